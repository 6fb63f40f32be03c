"""Small histories, as a run would leave them: what the tests of the store share."""

from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from backage.models.events import Counted, Download, Source
from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    Version,
    VersionUpdate,
)
from backage.parse.events.artifact import parse_artifact
from backage.store.counters.ledger import Ledger
from backage.store.counters.users import load_secret, save_users
from backage.store.database import History, open_history
from backage.store.owners import save_owner
from backage.store.packages import load_days, load_index, save_package
from backage.store.versions import load_index_versions

START = date(2026, 3, 2)
"""A Monday."""

FORGE = Owner("Octo-Forge", "orgs", 134_217_801)
LAB = Owner("mona-lab", "users", 7)
BEACON = Package("container", "beacon", "lighthouse")
BUOY = Package("npm", "buoy")


def day(number: int) -> date:
    """Return the day that is so many days after the first."""
    return START + timedelta(days=number)


def download(
    path: str = "org/example/lamp/1.0/lamp-1.0.jar",
    *,
    owner: str = "acme",
    repo: str | None = "releases",
    source: Source = "cloudrepo",
    number: str | None = None,
) -> Download:
    """Make what tells of one file that was downloaded."""
    return Download(source, owner, repo, path, parse_artifact(path), number)


def count(path: Path, number: int, *downloads: Download) -> Counted:
    """Count downloads on a day."""
    with closing(Ledger(path, lambda: day(number))) as ledger:
        return ledger.count(downloads)


def make_web(path: Path) -> None:
    """Add a user and the key that signs sessions."""
    with open_history(path) as history:
        save_users(history, {"ada": "scrypt:1:1:1$salt$00"})
        load_secret(history)


def saw(number: int, version_id: int, total: int | None, tags: tuple[str, ...] = ()) -> VersionUpdate:
    """Make what a run found out about a version; None is a total that was held back."""
    name = f"sha256:{version_id:064x}" if version_id % 2 else f"1.{version_id}.0"
    seen = None if total is None else Observation(day(number), Downloads(total, 3, 2, 1))
    return VersionUpdate(version_id, name, tags, None, day(number) if total is None else None, seen)


def save(  # noqa: PLR0913 (each has a default)
    history: History,
    number: int,
    total: int | None,
    versions: Mapping[int, int] | None = None,
    *,
    owner: Owner = FORGE,
    package: Package = BEACON,
    run: int | None = 1,
    complete: bool = True,
    settled: int | None = None,
) -> int:
    """Store what a run found out about a package on a day: its total, and those of its versions by id."""
    save_owner(history, owner)
    found = tuple(saw(number, version_id, count) for version_id, count in (versions or {}).items())
    told = PackageDay(day(number), Downloads(total), versions=len(found))
    over = None if settled is None else day(settled)
    return save_package(
        history,
        owner.login,
        package,
        PackageUpdate(
            day(number), (told,), over, None, 1, list_finished=True, complete=complete, versions=found
        ),
        run,
    )


def build(path: Path, *totals: int, owner: Owner = FORGE, package: Package = BEACON, since: int = 0) -> Path:
    """Make a history of a package with a total a day, and a version that was downloaded half as often."""
    with open_history(path) as history:
        for number, total in enumerate(totals, since):
            save(history, number, total, {1: total // 2}, owner=owner, package=package, settled=number - 1)
    return path


def load_versions(path: Path, owner: Owner = FORGE) -> dict[int, Version]:
    """Read the listed versions of an owner's only package, by id."""
    with open_history(path) as history:
        (item,) = load_index(history, owner.login)
        return {version.id or 0: version for version in load_index_versions(history, item.key)}


def load_totals(path: Path, owner: Owner = FORGE) -> list[int | None]:
    """Read the totals of an owner's only package, day by day."""
    with open_history(path) as history:
        (item,) = load_index(history, owner.login)
        return [entry.downloads.total for entry in load_days(history, item.key)]
