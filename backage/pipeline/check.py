"""`backage check`: what the local history knows about a name. Makes no requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backage.models.history import Failure, Owner, Package
from backage.owners import OptOut
from backage.render.package import PackageView, build_package_views
from backage.render.paths import index_paths, repo_of
from backage.store.database import History
from backage.store.owners import load_former, load_owner
from backage.store.package_queries import load_gone, load_packages
from backage.store.packages import load_index
from backage.store.runs import load_failures, load_last_day


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
    optout = optout.follow(load_former(history))
    logins = {name[0].lower(), *({owner.login.lower()} if owner else ())}
    every = load_failures(history)
    failures = [failure for login in sorted(logins) for failure in every.get(login, [])]
    hidden = any(
        optout.owner(login) or (len(name) > 1 and optout.package(login, name[1], name[-1]))
        for login in logins
    )
    return Known(
        owner,
        hidden,
        tuple(_packages(history, owner, name)) if owner else (),
        tuple(failure for failure in failures if _is_of(failure, name)),
    )


def _packages(history: History, owner: Owner, name: Sequence[str]) -> list[Kept]:
    listed = load_index(history, owner.login)
    every = build_package_views(owner, listed, load_last_day(history))
    shown = {item.package: entry for item, entry in zip(listed, every, strict=True)}
    gone = load_gone(history, owner.login)
    return [
        Kept(package, path, shown.get(package), gone.get(package))
        for package, path in index_paths(owner, load_packages(history, owner.login)).items()
        if _matches((repo_of(package), package.name), name[1:])
    ]


def _is_of(failure: Failure, name: Sequence[str]) -> bool:
    """Return whether a failure concerns a name. A failure of an owner concerns all of its packages."""
    return _matches(failure.what.split("/")[1:], name[1:])


def _matches(place: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(part.lower() == asked.lower() for part, asked in zip(place, wanted, strict=False))
