"""The files with totals: of an owner, of a repository, and of the instance.

A sum with an unknown part is unknown.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backage.models.history import Downloads, Owner
from backage.render.format import UNKNOWN
from backage.render.package import Head, PackageView, downloads_by_key, dump, format_numbers, raw


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of some packages.

    `date` is the last and `oldest` the first day on which one of them was refreshed. `stale` is the number of
    owners with a stale package.
    """

    date: dt.date | None
    owners: int
    packages: int
    versions: int | None
    tagged: int | None
    downloads: Downloads
    oldest: dt.date | None = None
    stale: int = 0


def sum_packages(views: Iterable[PackageView]) -> Totals:
    """Return the totals of packages."""
    listed = list(views)
    parts = []
    for view in listed:
        day, numbers = view.item.refreshed, view.item.latest
        parts.append(Totals(day, 0, 1, numbers.versions, numbers.tagged, numbers.downloads, day))
    return replace(
        sum_totals(parts),
        owners=len({view.owner.login for view in listed}),
        stale=len({view.owner.login for view in listed if view.stale}),
    )


def sum_totals(parts: Sequence[Totals]) -> Totals:
    """Return the sum of owners' totals."""
    downloads = [part.downloads for part in parts]
    return Totals(
        date=max((part.date for part in parts if part.date), default=None),
        owners=sum(part.owners for part in parts),
        packages=sum(part.packages for part in parts),
        versions=_sum([part.versions for part in parts]),
        tagged=_sum([part.tagged for part in parts]),
        downloads=Downloads(
            total=_sum([each.total for each in downloads]),
            month=_sum([each.month for each in downloads]),
            week=_sum([each.week for each in downloads]),
            day=_sum([each.day for each in downloads]),
        ),
        oldest=min((part.oldest for part in parts if part.oldest), default=None),
        stale=sum(part.stale for part in parts),
    )


def _sum(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def render_owner(owner: Owner, totals: Totals, heads: Sequence[Head], repo: str | None = None) -> bytes:
    """Write `index/<owner>/.json`, or with `repo` the file of that repository.

    The totals come first, then a line for each package, most downloads first.
    """
    head = {"owner_type": owner.type, "owner_id": raw(owner.id), "owner": owner.login}
    head |= {} if repo is None else {"repo": repo}
    ordered = sorted(heads, key=lambda item: (-item["raw_downloads"], item["repo"], item["package"]))
    body = ",\n".join(dump(item) for item in ordered)
    end = "\n]}\n" if body else "]}\n"
    return f'{dump({**head, **_totals(totals)})[:-1]},"package":[\n{body}{end}'.encode()


def render_instance(totals: Totals, last_run: dt.date | None, failing: int) -> bytes:
    """Write `index/.json`: the totals and the state of the instance. `failing` owners could not be read."""
    counts = {"fresh": totals.owners - totals.stale, "stale": totals.stale, "failing": failing}
    health = {"last_run": _day(last_run), "oldest": _day(totals.oldest)}
    owners = format_numbers({"owners": totals.owners})
    return f"{dump({**_totals(totals), **owners, **health, **format_numbers(counts)})}\n".encode()


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else UNKNOWN


def _totals(totals: Totals) -> Head:
    numbers = {"packages": totals.packages, "versions": totals.versions, "tagged": totals.tagged}
    return {
        "date": _day(totals.date),
        **format_numbers({**numbers, **downloads_by_key(totals.downloads)}),
    }
