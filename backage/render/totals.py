"""The files with totals: of an owner, of a repository, and of the instance.

A sum with an unknown part is unknown.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backage.models.history import Downloads, Owner
from backage.render.format import UNKNOWN, format_count
from backage.render.package import Head, PackageView, downloads_raw, downloads_text, dump, raw


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
    numbers = [item.latest for item in listed]
    return Totals(
        max((item.refreshed for item in listed), default=None),
        len({item.owner.login for item in listed}),
        len(listed),
        _sum(entry.versions for entry in numbers),
        _sum(entry.tagged for entry in numbers),
        _sum_downloads(entry.downloads for entry in numbers),
        min((item.refreshed for item in listed), default=None),
        len({item.owner.login for item in listed if item.stale}),
    )


def sum_totals(parts: Sequence[Totals]) -> Totals:
    """Return the sum of owners' totals."""
    return Totals(
        max((part.date for part in parts if part.date), default=None),
        sum(part.owners for part in parts),
        sum(part.packages for part in parts),
        _sum(part.versions for part in parts),
        _sum(part.tagged for part in parts),
        _sum_downloads(part.downloads for part in parts),
        min((part.oldest for part in parts if part.oldest), default=None),
        sum(part.stale for part in parts),
    )


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
    owners = {"owners": format_count(totals.owners), "raw_owners": totals.owners}
    texts = {key: format_count(count) for key, count in counts.items()}
    exact = {f"raw_{key}": count for key, count in counts.items()}
    return f"{dump({**_totals(totals), **owners, **health, **texts, **exact})}\n".encode()


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else UNKNOWN


def _totals(totals: Totals) -> Head:
    return {
        "date": _day(totals.date),
        "packages": format_count(totals.packages),
        "versions": format_count(totals.versions),
        "tagged": format_count(totals.tagged),
        **downloads_text(totals.downloads),
        "raw_packages": totals.packages,
        "raw_versions": raw(totals.versions),
        "raw_tagged": raw(totals.tagged),
        **downloads_raw(totals.downloads),
    }


def _sum(numbers: Iterable[int | None]) -> int | None:
    listed = list(numbers)
    known = [number for number in listed if number is not None]
    return sum(known) if len(known) == len(listed) else None


def _sum_downloads(parts: Iterable[Downloads]) -> Downloads:
    listed = list(parts)
    return Downloads(
        _sum(part.total for part in listed),
        _sum(part.month for part in listed),
        _sum(part.week for part in listed),
        _sum(part.day for part in listed),
    )
