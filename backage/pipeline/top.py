"""`backage top`: packages of the history, ranked by one of their numbers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from backage.render.format import find_growth
from backage.render.package import PackageView, build_package_views
from backage.render.paths import repo_of
from backage.store.database import History
from backage.store.owners import load_owners
from backage.store.package_queries import load_months
from backage.store.packages import load_index
from backage.store.runs import load_last_day

Number = float | int | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A package with its `growth` in percent; `key` finds its versions."""

    key: int
    shown: PackageView
    growth: float | None


ORDERS: Mapping[str, Callable[[Ranked], Number]] = {
    "downloads": lambda each: each.shown.latest.downloads.total,
    "month": lambda each: each.shown.latest.downloads.month,
    "week": lambda each: each.shown.latest.downloads.week,
    "day": lambda each: each.shown.latest.downloads.day,
    "growth": lambda each: each.growth,
    "size": lambda each: each.shown.latest.size,
}
"""The numbers by which packages can be ranked."""


def find_top(history: History, logins: Collection[str], order: str) -> list[Ranked]:
    """Return the packages of some owners, or of all if none is named, without those of unknown rank."""
    months, last_run = load_months(history), load_last_day(history)
    measure = ORDERS[order]
    found = []
    for owner in load_owners(history):
        if logins and owner.login not in logins:
            continue
        items = load_index(history, owner.login)
        for item, shown in zip(items, build_package_views(owner, items, last_run), strict=True):
            each = Ranked(item.key, shown, find_growth(*months.get(item.key, (None, None))))
            if measure(each) is not None:
                found.append(each)
    return sorted(found, key=lambda each: (-(measure(each) or 0), *_name(each)))


def _name(each: Ranked) -> tuple[str, str, str]:
    return each.shown.owner.login, repo_of(each.shown.package), each.shown.package.name
