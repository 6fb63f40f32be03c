"""The second wave of a run: pages of single versions, for windows that follow from nothing cheaper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backage import urls
from backage.errors import BackageError, PageChangedError, StoppedError
from backage.models import Request, VersionUpdate, Wanted
from backage.parse import parse_maven, parse_version, read_manifest
from backage.pipeline.job import in_batches, read
from backage.pipeline.sizes import read_sizes
from backage.pipeline.tally import failure_of, name_of
from backage.plan import (
    complete_windows,
    has_windows,
    plan_details,
    plan_observation,
    rank_versions,
    sum_windows,
)
from backage.plan.windows import LOOK_BACK
from backage.store import load_package, load_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backage.models import Counters, Manifest, PackageDay
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
            if scanned.package.type == "maven":
                _add_windows(job, scanned, known.days.get(scanned.day))


def _add_windows(job: Job, scanned: Scanned, today: PackageDay | None) -> None:
    """Give a Maven package the windows that follow now that pages of its versions were read."""
    if today is None or today.downloads.total is None or has_windows(today.downloads):
        return
    versions = load_versions(job.history, scanned.key, scanned.day - LOOK_BACK).values()
    listed = [
        version.observations[-1].downloads if version.observations else None
        for version in versions
        if version.listed
    ]
    windows = complete_windows(today.downloads, sum_windows(scanned.day, listed, versions))
    job.history.details.save_windows(scanned.key, scanned.day, windows)


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
    for number, name, _, downloads, windows, size in rows:
        if windows or size:
            yield Wanted(
                scanned.owner,
                scanned.package,
                scanned.key,
                scanned.day,
                number,
                name,
                ranks[number],
                downloads,
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
    url = urls.version_url(job.settings.server, version.owner, version.package, version.id, version.name)
    counters, manifest = yield from _counters(job, url, version)
    seen = plan_observation(version.day, version.downloads, counters)
    if seen is not None and job.today() == version.day:
        update = VersionUpdate(version.id, version.name, (), None, None, seen)
        job.history.details.save_observation(version.key, update)
    return read_manifest(manifest, url) if manifest is not None else None


def _counters(job: Job, url: str, version: Wanted) -> Flow[tuple[Counters, Mapping[str, Any] | None]]:
    """Read a version's counters, and for a container its manifest."""
    name = version.package.name
    if version.package.type != "maven":
        page = yield from read(job, Request(url), "version", lambda answer: parse_version(answer, name))
        return page.downloads, page.manifest
    shown = yield from read(
        job, Request(url), "maven", lambda answer: parse_maven(answer, urls.plain(name), version.name)
    )
    if shown is None:
        raise PageChangedError(url, "maven", "dependency of its version")
    return shown.downloads, None
