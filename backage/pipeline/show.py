"""What the history says of an owner, a repository or a package now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backage.errors import ConfigError
from backage.render import repo_of, show_packages
from backage.store import load_days, load_index, load_index_versions
from backage.urls import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backage.models import PackageDay, Version
    from backage.render import Shown
    from backage.store import History


@dataclass(frozen=True, slots=True)
class Found:
    """A package as the index shows it, with its days, oldest first and without a gap."""

    shown: Shown
    days: Sequence[PackageDay]
    versions: Sequence[Version]


def find_packages(history: History, name: Sequence[str], *, versions: bool) -> list[Found]:
    """Read the packages of an owner, its repository, or one, in any case, most downloads first.

    Without `versions` those stay unread, which is quicker.

    Raises:
        ConfigError: the history knows none of that name.
    """
    owner = history.load_owner(name[0])
    packages = load_index(history, owner.login) if owner else []
    found = []
    every = show_packages(owner, packages, history.load_last_day()) if owner else []
    for item, shown in zip(packages, every, strict=True):
        place = (repo_of(item.package), item.package.name)
        if [part.lower() for part in name[1:]] == [part.lower() for part in place[: len(name) - 1]]:
            listed = load_index_versions(history, item.key) if versions else []
            found.append(Found(shown, load_days(history, item.key), listed))
    if not found:
        raise ConfigError(f'The history knows no package of "{plain("/".join(name))}".')
    return sorted(found, key=lambda each: -(each.shown.latest.downloads.total or 0))
