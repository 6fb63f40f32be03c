"""Where a package's files stand in the index. A URL never moves, so neither do these rules."""

from collections.abc import Iterable

from backage.models.history import Owner, Package
from backage.urls import is_package, is_repo


def repo_of(package: Package) -> str:
    """Give the folder of a package: its repository, or its own name where it is linked to none."""
    return package.repo or package.name


def label_of(owner: Owner, package: Package) -> str:
    """Name a package for a failure or a note; one without a repository stands under its own name."""
    return f"{owner.login}/{repo_of(package)}/{package.name}"


def is_fit(package: Package) -> bool:
    """Tell whether a package of a history, wherever that is from, can have a file."""
    place = package.repo
    return is_package(package.name) and (place is None or is_repo(place) or is_package(place))


def index_paths(owner: Owner, packages: Iterable[Package]) -> dict[Package, str]:
    """Give each package its path below the index, without an ending.

    Two packages of different types can share repository and name. The one that was known first has the
    plain path and keeps it; the other's ends in its type: `name@npm`. The order of `packages` is theirs.
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
    """Give the names of packages that a file without its ending may be of: `a@npm`, or `a` of that type."""
    return stem, stem.rpartition("@")[0] or stem


def path_key(path: str) -> str:
    """Give what two paths share that are one file on a disk that ignores case."""
    return path.casefold()
