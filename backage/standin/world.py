"""The world behind the pages: who owns what, and what a passing day changes."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from backage.demo.catalogue import default_owners
from backage.demo.manifests import digest, documents
from backage.demo.model import DAY, IMAGES, Owner, Package, Version

__all__ = ["Owner", "Package", "Version", "World"]

ID_STEP = 4001
WINDOWS = {"raw_downloads_month": 30, "raw_downloads_week": 7, "raw_downloads_day": 1}


class World:
    """Owners on a day. One start and one number of days always give the same world.

    `owners` replace the dozen packages of the demonstration. They are kept, not copied: `advance`
    changes their packages.

    Options, set after construction: `maven_counters` says whose counters a Maven package's first page
    shows, its newest version's or the whole package's. `list_twice` gives each owner's first package two
    rows in the list. `graphql_forbidden` and `rest_forbidden` are the logins, in lower case, for which
    GraphQL and REST's lists of versions are refused.
    """

    def __init__(self, start: date, owners: Iterable[Owner] | None = None) -> None:
        """Stand at `start`, before anything is published or deleted."""
        self.start = start
        self.today = start
        self.owners = list(default_owners(start) if owners is None else owners)
        versions = [v for owner in self.owners for p in owner.packages for v in p.versions + p.gone]
        self.maven_counters: Literal["version", "package"] = "version"
        self.list_twice = False
        self.graphql_forbidden: set[str] = set()
        self.rest_forbidden: set[str] = set()
        self._last_id = max((version.id for version in versions), default=1_000_000_000)

    def owner(self, login: str) -> Owner | None:
        """The owner of this login, in whatever case it is written."""
        return next((owner for owner in self.owners if owner.login.lower() == login.lower()), None)

    def renamed(self, login: str) -> Owner | None:
        """The owner that had this login before, unless another has it now."""
        if self.owner(login) is not None:
            return None
        return next((o for o in self.owners if login.lower() in map(str.lower, o.former)), None)

    def advance(self, days: int = 1) -> None:
        """Let days pass: versions are published and deleted, and tags move, as the packages say."""
        for _ in range(days):
            self.today += DAY
            age = (self.today - self.start).days
            for owner in self.owners:
                for package in owner.packages:
                    if package.publishes_every and age % package.publishes_every == 0:
                        self._publish(package)
                    if package.deletes_every and age % package.deletes_every == 0:
                        self._delete_oldest_untagged(package)

    def truth(self) -> list[dict[str, Any]]:
        """What a complete index says today, one object a package, in the owners' order.

        An unlinked package has its own name as `repo`. The day's window is today, the week's today
        and the 6 days before, the month's today and the 29 days before.
        """
        return [self._package_truth(owner, package) for owner in self.owners for package in owner.packages]

    def _publish(self, package: Package) -> None:
        self._last_id += ID_STEP
        before = package.newest
        fresh = replace(
            before,
            id=self._last_id,
            published=self.today,
            until=None,
            layers=(*before.layers[:-1], before.layers[-1] + self._last_id % 997),
            tags=(),
        )
        if package.type not in IMAGES:
            package.versions = (
                replace(fresh, name=_next_number([v.name for v in package.versions])),
                *package.versions,
            )
            return
        number = (
            (_next_number([tag for v in package.versions for tag in v.tags]),) if package.numbered else ()
        )
        name = digest(documents(fresh.id, fresh.layers, index=fresh.index)[0])
        older = (
            replace(v, tags=tuple(tag for tag in v.tags if tag not in package.moving))
            for v in package.versions
        )
        package.versions = (replace(fresh, name=name, tags=number + package.moving), *older)

    def _delete_oldest_untagged(self, package: Package) -> None:
        untagged = [version for version in package.versions if not version.tags]
        if untagged and len(package.versions) > 1:
            oldest = untagged[-1]
            package.versions = tuple(version for version in package.versions if version is not oldest)
            package.gone += (replace(oldest, until=min(oldest.until or self.today, self.today)),)

    def _package_truth(self, owner: Owner, package: Package) -> dict[str, Any]:
        return {
            "owner_id": owner.id,
            "owner_type": owner.kind,
            "owner": owner.login,
            "package_type": package.type,
            "repo": package.slug if package.repo is None else package.repo,
            "package": package.slug,
            "raw_versions": len(package.versions),
            "raw_tagged": len(package.tagged),
            **self._counts(package),
            "raw_size": package.newest.size,
            "version": [
                {"id": v.id, "name": v.name, "tags": list(v.tags), "raw_size": v.size, **self._counts(v)}
                for v in package.versions
            ],
        }

    def _counts(self, counted: Package | Version) -> dict[str, int]:
        windows = {key: counted.window(self.today, days) for key, days in WINDOWS.items()}
        return {"raw_downloads": counted.total(self.today), **windows}


def _next_number(names: Iterable[str]) -> str:
    """The highest `1.2.3` among the names with its last part one higher."""
    found = [tuple(map(int, name.split("."))) for name in names if re.fullmatch(r"\d+\.\d+\.\d+", name)]
    major, minor, patch = max(found, default=(0, 1, 0))
    return f"{major}.{minor}.{patch + 1}"
