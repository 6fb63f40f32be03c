"""`backage show`: the packages of an owner or a repository, or one package, from the history."""

from collections.abc import Sequence
from dataclasses import dataclass

from backage.errors import ConfigError
from backage.models.history import PackageDay, Version
from backage.render.package import PackageView, build_package_views
from backage.render.paths import repo_of
from backage.store.database import History
from backage.store.owners import load_owner
from backage.store.packages import load_days, load_index
from backage.store.runs import load_last_day
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
    found = []
    every = build_package_views(owner, packages, load_last_day(history)) if owner else []
    for item, shown in zip(packages, every, strict=True):
        place = (repo_of(item.package), item.package.name)
        if [part.lower() for part in name[1:]] == [part.lower() for part in place[: len(name) - 1]]:
            listed = load_index_versions(history, item.key) if versions else []
            found.append(Found(shown, load_days(history, item.key), listed))
    if not found:
        raise ConfigError(f'The history knows no package of "{plain("/".join(name))}".')
    return sorted(found, key=lambda each: -(each.shown.latest.downloads.total or 0))
