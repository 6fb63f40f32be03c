"""The paths of a package's files in the index. URLs never change, so these rules must not change."""

from collections.abc import Iterable

from backage.models.history import Owner, Package
from backage.urls import is_package, is_repo


def repo_of(package: Package) -> str:
    """Return the folder of a package: its repository, or its own name if it has no repository."""
    return package.repo or package.name


def label_of(owner: Owner, package: Package) -> str:
    """Return the name of a package for a failure or a note: `owner/folder/package`."""
    return f"{owner.login}/{repo_of(package)}/{package.name}"


def is_fit(package: Package) -> bool:
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
        path = f"{owner.login}/{repo_of(package)}/{package.name}"
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
