"""The second wave of a run: pages of single versions, for windows that follow from nothing cheaper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage import urls
from backage.errors import BackageError, PageChangedError, StoppedError
from backage.models import Observation, Request, VersionUpdate, Wanted
from backage.parse import parse_version, read_manifest
from backage.pipeline.job import in_batches, read
from backage.pipeline.sizes import read_sizes
from backage.pipeline.tally import failure_of, name_of
from backage.plan import plan_details, rank_versions
from backage.store import load_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backage.models import Manifest
    from backage.pipeline.crawl import Flow
    from backage.pipeline.job import Job, Scanned

BATCH = 1000
"""Pages of versions that are asked for together."""


def read_details(job: Job) -> Flow[None]:
    """Read what is unknown of the versions of the packages that this run read, as far as it may."""
    if job.lookups.version_pages != 0 or job.lookups.sizes != 0:
        yield from _look_up(job)
    for scanned in job.scanned:
        _, known = load_package(job.history, scanned.owner.login, scanned.package, scanned.day)
        if known.listed == scanned.day:  # else the newest version that is known may not be the newest
            job.history.details.settle_size(scanned.key, scanned.day)


def _look_up(job: Job) -> Flow[None]:
    wanted = [version for scanned in job.scanned for version in _wanted(job, scanned)]
    pages = plan_details((version for version in wanted if version.windows), job.lookups.version_pages)
    results = yield from in_batches(pages, BATCH, lambda version: _version_page(job, version))
    told: dict[tuple[int, int], Manifest] = {}
    for version, result in zip(pages, results, strict=True):
        if isinstance(result, PageChangedError):
            job.tally.failures.append(failure_of(name_of(version.owner, version.package), result))
        elif isinstance(result, BackageError):
            job.tally.note_lookup("page of a version", result)
        elif result is not None:
            told[version.key, version.id] = result
    yield from read_sizes(job, [version for version in wanted if version.size], told)


def _wanted(job: Job, scanned: Scanned) -> Iterator[Wanted]:
    rows = list(job.history.details.load_wanted(scanned.key, scanned.day, full=job.lookups.full))
    ranks = rank_versions([(number, tagged) for number, _, tagged, *_ in rows])
    for number, name, _, total, windows, size in rows:
        if windows or size:
            yield Wanted(
                scanned.owner,
                scanned.package,
                scanned.key,
                scanned.day,
                number,
                name,
                ranks[number],
                total,
                windows,
                size,
            )


def _version_page(job: Job, version: Wanted) -> Flow[Manifest | None]:
    """Read the page of a version and store its windows; return the manifest that it shows.

    A version's page names no day. Once the day is over on which its package was read, its windows are of
    another day, and not what is missing.
    """
    if job.today() != version.day:
        raise StoppedError("the day is over")
    url = urls.version_url(job.settings.server, version.owner, version.package, version.id)
    page = yield from read(
        job, Request(url), "version", lambda answer: parse_version(answer, version.package.name)
    )
    current = (page.downloads.total or 0) >= version.total  # else it is older than the list
    if current and job.today() == version.day:
        seen = Observation(version.day, page.downloads, from_page=True)
        update = VersionUpdate(version.id, version.name, (), None, None, seen)
        job.history.details.save_observation(version.key, update)
    return read_manifest(page.manifest, url) if page.manifest is not None else None
