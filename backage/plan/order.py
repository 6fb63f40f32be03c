"""Which owners and packages to read, in which order, and whether to list the versions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from backage.models.history import KnownPackage, Owner, Package
from backage.models.pages import PackagePage
from backage.owners import Entry, OptOut


@dataclass(frozen=True, slots=True)
class OwnerPlan:
    """The packages of an owner to read, oldest refresh first; its list lacks the `missing` ones."""

    packages: tuple[Package, ...]
    missing: frozenset[Package]


def plan_owners(entries: Iterable[Entry], runs: Mapping[str, int], optout: OptOut) -> list[Entry]:
    """Sort owners by their last refresh, oldest first; owners without one come first. `runs` is by login."""
    wanted = [entry for entry in entries if not optout.owner(entry.login)]
    return sorted(wanted, key=lambda entry: runs.get(entry.login.lower(), 0))


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
    wanted = [
        (known.get(key, (0, package))[0], package)
        for key, package in {**found, **missing}.items()
        if not optout.package(owner.login, package.repo or package.name, package.name)
    ]
    ordered = sorted(wanted, key=lambda item: item[0])
    return OwnerPlan(tuple(package for _, package in ordered), frozenset(missing.values()))


def needs_versions(known: KnownPackage, page: PackagePage, day: date) -> bool:
    """Return whether to list the versions: in the day's first run, or if the page has an unknown one."""
    return known.list_read_on != day or known.resume_page > 1 or not page.version_ids <= known.version_ids
