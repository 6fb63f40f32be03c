"""The files with totals: of an owner, of a repository, and of the instance.

A sum with an unknown part is unknown.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backage.models.history import Owner
from backage.render.format import UNKNOWN
from backage.render.package import Head, PackageView, downloads_by_key, dump, format_numbers, raw

NUMBERS = (
    "packages",
    "versions",
    "tagged",
    "downloads",
    "downloads_month",
    "downloads_week",
    "downloads_day",
)
"""The sums, by their keys in the index."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of some packages: `numbers` are those of `NUMBERS`.

    `date` is the last and `oldest` the first day on which one of them was refreshed. `stale` is the number of
    owners with a stale package.
    """

    date: dt.date | None
    oldest: dt.date | None
    owners: int
    stale: int
    numbers: Mapping[str, int | None]


def sum_packages(views: Iterable[PackageView]) -> Totals:
    """Return the totals of packages."""
    listed = list(views)
    days, numbers = [view.item.refreshed for view in listed], [view.item.latest for view in listed]
    return Totals(
        date=max(days, default=None),
        oldest=min(days, default=None),
        owners=len({view.owner.login for view in listed}),
        stale=len({view.owner.login for view in listed if view.stale}),
        numbers=_sum(
            {"packages": 1, "versions": each.versions, "tagged": each.tagged}
            | downloads_by_key(each.downloads)
            for each in numbers
        ),
    )


def sum_totals(parts: Sequence[Totals]) -> Totals:
    """Return the sum of owners' totals."""
    return Totals(
        date=max((part.date for part in parts if part.date), default=None),
        oldest=min((part.oldest for part in parts if part.oldest), default=None),
        owners=sum(part.owners for part in parts),
        stale=sum(part.stale for part in parts),
        numbers=_sum(part.numbers for part in parts),
    )


def _sum(parts: Iterable[Mapping[str, int | None]]) -> Mapping[str, int | None]:
    listed, sums = list(parts), {}
    for key in NUMBERS:
        known = [number for part in listed if (number := part[key]) is not None]
        sums[key] = sum(known) if len(known) == len(listed) else None
    return sums


def render_owner(owner: Owner, totals: Totals, heads: Sequence[Head], repo: str | None = None) -> bytes:
    """Render `index/<owner>/.json`, or with `repo` the file of that repository.

    The totals come first, then a line for each package, most downloads first.
    """
    head = {"owner_type": owner.type, "owner_id": raw(owner.id), "owner": owner.login}
    head |= {} if repo is None else {"repo": repo}
    ordered = sorted(heads, key=lambda item: (-item["raw_downloads"], item["repo"], item["package"]))
    body = ",\n".join(dump(item) for item in ordered)
    end = "\n]}\n" if body else "]}\n"
    return f'{dump({**head, **_totals(totals)})[:-1]},"package":[\n{body}{end}'.encode()


def render_instance(totals: Totals, last_run: dt.date | None, failing: int) -> bytes:
    """Render `index/.json`: the totals and the state of the instance. `failing` owners could not be read."""
    counts = {"fresh": totals.owners - totals.stale, "stale": totals.stale, "failing": failing}
    health = {"last_run": _day(last_run), "oldest": _day(totals.oldest)}
    owners = format_numbers({"owners": totals.owners})
    return f"{dump({**_totals(totals), **owners, **health, **format_numbers(counts)})}\n".encode()


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else UNKNOWN


def _totals(totals: Totals) -> Head:
    return {"date": _day(totals.date), **format_numbers(totals.numbers)}
