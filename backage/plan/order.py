"""Which owners, packages and versions to read, in which order; and an image's size from its children's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import islice

from backage.models.history import KnownPackage, Owner, Package, VersionLookup
from backage.models.pages import Child, PackagePage
from backage.owners import Entry, OptOut

PREFERRED = "linux/amd64"


@dataclass(frozen=True, slots=True)
class OwnerPlan:
    """The packages of an owner to read, oldest refresh first; its list lacks the `missing` ones."""

    packages: tuple[Package, ...]
    missing: frozenset[Package]


def plan_owners(entries: Iterable[Entry], runs: Mapping[str, int], optout: OptOut) -> list[Entry]:
    """Sort owners by their last refresh, oldest first; owners without one come first. `runs` is by login."""
    allowed = (entry for entry in entries if not optout.owner(entry.login))
    return sorted(allowed, key=lambda entry: runs.get(entry.login.lower(), 0))


def choose_shard(entries: Sequence[Entry], number: int, shards: int) -> list[Entry]:
    """Return the owners of one of several parallel jobs, numbered from 1.

    Shards are ranges of the owners, sorted by a hash of the login. Their sizes differ by one at most. They do
    not depend on the order of the list. Adding an owner moves at most one owner between two shards.
    """
    ordered = sorted(entries, key=lambda entry: sha256(entry.login.lower().encode()).digest())
    first, end = ((len(ordered) * place) // shards for place in (number - 1, number))
    return ordered[first:end]


def plan_packages(
    owner: Owner, listed: Iterable[Package], runs: Mapping[Package, int], optout: OptOut
) -> OwnerPlan:
    """Plan the listed packages, and the known ones that the list lacks."""
    found = {(package.type, package.name.lower()): package for package in listed}
    known = {(package.type, package.name.lower()): (run, package) for package, run in runs.items()}
    missing = {key: package for key, (_, package) in known.items() if key not in found}
    runs_of_packages = [
        (known.get(key, (0, package))[0], package)
        for key, package in {**found, **missing}.items()
        if not optout.package(owner.login, package.repo or package.name, package.name)
    ]
    ordered = sorted(runs_of_packages, key=lambda item: item[0])
    return OwnerPlan(tuple(package for _, package in ordered), frozenset(missing.values()))


def needs_versions(known: KnownPackage, page: PackagePage, day: date) -> bool:
    """Return whether to list the versions: in the day's first run, or if the page has an unknown one."""
    return known.list_read_on != day or known.resume_page > 1 or not page.version_ids <= known.version_ids


def choose_lookups(versions: Iterable[VersionLookup], most: int | None) -> list[VersionLookup]:
    """Return the newest version of each package first, then tagged ones, then the others; None is no limit.

    Packages take turns, so a large one does not spend a run's budget alone.
    """
    return list(islice(sorted(versions, key=lambda version: version.rank), most))


def rank_versions(versions: Sequence[tuple[int, bool]]) -> dict[int, int]:
    """Rank a package's versions: the newest, then tagged ones, then the others. Takes (id, tagged)."""
    newest = max((number for number, _ in versions), default=0)
    ordered = sorted(versions, key=lambda item: (item[0] != newest, not item[1], -item[0]))
    return {number: rank for rank, (number, _) in enumerate(ordered)}


def choose_size(children: Sequence[tuple[Child, int | None]]) -> tuple[int | None, dict[str, int]]:
    """Return an index's size, chosen from its children's (None for a deleted one), and all platforms' sizes.

    The size is that of linux/amd64, else of the first runnable platform, else of the only manifest. An
    attestation (`unknown/unknown`) is never a size.
    """
    runnable = [
        (child.platform or "", size) for child, size in children if child.runnable and size is not None
    ]
    platforms: dict[str, int] = {}
    for platform, size in runnable:
        platforms.setdefault(platform, size)
    if platforms:
        amd64 = [size for name, size in platforms.items() if f"{name}/".startswith(f"{PREFERRED}/")]
        return platforms.get(PREFERRED, amd64[0] if amd64 else next(iter(platforms.values()))), platforms
    plain = [size for child, size in children if child.platform is None and size is not None]
    return (plain[0] if len(plain) == 1 == len(children) else None), {}
