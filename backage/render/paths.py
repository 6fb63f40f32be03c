"""The paths of a package's files in the index, and the message of a commit that changes some.

URLs never change, so the rules for paths must not change.
"""

import re
from collections.abc import Iterable

from backage.models.history import Owner, Package
from backage.render.format import plural
from backage.urls import is_package, is_repo

MOST_NAMED = 50
"""Packages named in a message; further ones are only counted."""

_PACKAGE = re.compile(r"[^/]+/[^/]+/[^/]+\.json")
_VERBS = {"A": "new", "M": "changed", "D": "gone"}


def repo_of(package: Package) -> str:
    """Return the folder of a package: its repository, or its own name if it has no repository."""
    return package.repo or package.name


def label_of(owner: Owner, package: Package) -> str:
    """Return the name of a package in paths, failures and notes: `owner/folder/package`."""
    return f"{owner.login}/{repo_of(package)}/{package.name}"


def has_valid_names(package: Package) -> bool:
    """Return whether a package has valid names for a file. A foreign history may have others."""
    place = package.repo
    return is_package(package.name) and (place is None or is_repo(place) or is_package(place))


def index_paths(owner: Owner, packages: Iterable[Package]) -> dict[Package, str]:
    """Return each package's path below the index, without an ending.

    Two packages of different types can share repository and name. The first in `packages`, which was known
    first, has the plain path. The path of the other ends in its type: `name@npm`.
    """
    paths: dict[Package, str] = {}
    taken = set()
    for package in packages:
        path = label_of(owner, package)
        while path_key(path) in taken:
            path = f"{path}@{package.type}"
        taken.add(path_key(path))
        paths[package] = path
    return paths


def names_of(stem: str) -> tuple[str, str]:
    """Return the names that the package of a file may have: for `a@npm` itself, or `a` of that type."""
    return stem, stem.rpartition("@")[0] or stem


def path_key(path: str) -> str:
    """Return a key that is equal for two paths that are one file on a disk that ignores case."""
    return path.casefold()


def render_message(changes: Iterable[tuple[str, str]]) -> str:
    """Render a subject that counts packages and owners, and a line for each package.

    `changes` are pairs of `A`, `M` or `D` and a path below the index.
    """
    packages = {
        path.removesuffix(".json"): _VERBS.get(kind, "changed")
        for kind, path in changes
        if _PACKAGE.fullmatch(path)
    }
    if not packages:
        return "index: totals"
    owners = {path.partition("/")[0] for path in packages}
    found = list(packages.values())
    counts = [f"{found.count(verb)} {verb}" for verb in _VERBS.values() if verb in found]
    subject = (
        f"index: {_count(len(packages), 'package')} of {_count(len(owners), 'owner')}, {', '.join(counts)}"
    )
    named = [f"{packages[path]} {path}" for path in sorted(packages)[:MOST_NAMED]]
    more = len(packages) - len(named)
    return "\n".join([subject, "", *named, *([f"and {more} more"] if more else [])])


def _count(number: int, thing: str) -> str:
    return f"{number} {plural(number, thing)}"
