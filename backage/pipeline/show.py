"""`backage show`, `top` and `check`: what the history knows about packages. Makes no requests."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backage.errors import ConfigError
from backage.models.history import Failure, Owner, Package, PackageDay, Version
from backage.owners import OptOut
from backage.render.format import find_growth
from backage.render.package import PackageView, build_package_views
from backage.render.paths import index_paths, repo_of
from backage.store.database import History
from backage.store.owners import load_former, load_owner, load_owners
from backage.store.packages import load_days, load_index
from backage.store.queries import load_gone, load_growth_months, load_packages
from backage.store.runs import load_failures, load_last_day
from backage.store.versions import load_index_versions
from backage.urls import plain


@dataclass(frozen=True, slots=True)
class Found:
    """A package with its days, oldest first and without a gap, and its versions."""

    shown: PackageView
    days: Sequence[PackageDay]
    versions: Sequence[Version]


def find_packages(history: History, name: Sequence[str], *, versions: bool) -> list[Found]:
    """Return the packages of `OWNER[/REPO[/PACKAGE]]`, in any case, most downloads first.

    Without `versions` the versions are not read, which is faster.

    Raises:
        ConfigError: the history has no package of that name.
    """
    owner = load_owner(history, name[0])
    packages = load_index(history, owner.login) if owner else []
    found = [
        Found(
            shown,
            load_days(history, shown.item.key),
            load_index_versions(history, shown.item.key) if versions else [],
        )
        for shown in (build_package_views(owner, packages, load_last_day(history)) if owner else [])
        if _matches((repo_of(shown.item.package), shown.item.package.name), name[1:])
    ]
    if not found:
        raise ConfigError(f'The history knows no package of "{plain("/".join(name))}".')
    return sorted(found, key=lambda each: -(each.shown.item.latest.downloads.total or 0))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A package with its `growth` in percent."""

    shown: PackageView
    growth: float | None


ORDERS: Mapping[str, Callable[[Ranked], float | None]] = {
    "downloads": lambda each: each.shown.item.latest.downloads.total,
    "month": lambda each: each.shown.item.latest.downloads.month,
    "week": lambda each: each.shown.item.latest.downloads.week,
    "day": lambda each: each.shown.item.latest.downloads.day,
    "growth": lambda each: each.growth,
    "size": lambda each: each.shown.item.latest.size,
}
"""The numbers by which packages can be ranked."""


def find_top(history: History, logins: Collection[str], order: str) -> list[Ranked]:
    """Return the packages of some owners, or of all if none is named, without those of unknown rank."""
    months, last_run, measure = load_growth_months(history), load_last_day(history), ORDERS[order]
    every = [
        Ranked(shown, find_growth(*months.get(shown.item.key, (None, None))))
        for owner in load_owners(history)
        if not logins or owner.login in logins
        for shown in build_package_views(owner, load_index(history, owner.login), last_run)
    ]
    known = [each for each in every if measure(each) is not None]
    return sorted(known, key=lambda each: (-(measure(each) or 0), *_name(each)))


def _name(each: Ranked) -> tuple[str, str, str]:
    return each.shown.owner.login, repo_of(each.shown.item.package), each.shown.item.package.name


@dataclass(frozen=True, slots=True)
class Kept:
    """A package of the history and its path below the index; `gone` is the day on which it was missing."""

    package: Package
    path: str
    shown: PackageView | None
    gone: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about an owner, a repository or a package; `owner` is None if nothing was ever read."""

    owner: Owner | None
    opted_out: bool
    packages: tuple[Kept, ...]
    failures: tuple[Failure, ...]

    @property
    def fine(self) -> bool:
        """Whether there is a package, no package is stale, and nothing fails."""
        there = [kept.shown for kept in self.packages if kept.shown]
        return bool(there) and not self.failures and not any(shown.stale for shown in there)


def find_known(history: History, name: Sequence[str], optout: OptOut) -> Known:
    """Return what is known about `OWNER[/REPO[/PACKAGE]]`, in any case."""
    owner = load_owner(history, name[0])
    optout, every = optout.follow(load_former(history)), load_failures(history)
    logins = {name[0].lower(), *({owner.login.lower()} if owner else ())}
    hidden = any(
        optout.owner(login) or (len(name) > 1 and optout.package(login, name[1], name[-1]))
        for login in logins
    )
    # a failure of an owner concerns all of its packages
    failures = (failure for login in sorted(logins) for failure in every.get(login, []))
    concerned = tuple(each for each in failures if _matches(each.what.split("/")[1:], name[1:]))
    return Known(owner, hidden, tuple(_load_kept(history, owner, name)) if owner else (), concerned)


def _load_kept(history: History, owner: Owner, name: Sequence[str]) -> list[Kept]:
    views = build_package_views(owner, load_index(history, owner.login), load_last_day(history))
    shown, gone = {view.item.package: view for view in views}, load_gone(history, owner.login)
    return [
        Kept(package, path, shown.get(package), gone.get(package))
        for package, path in index_paths(owner, load_packages(history, owner.login)).items()
        if _matches((repo_of(package), package.name), name[1:])
    ]


def _matches(place: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether a place begins with the wanted parts, in any case, or the other way around."""
    return all(part.lower() == asked.lower() for part, asked in zip(place, wanted, strict=False))
