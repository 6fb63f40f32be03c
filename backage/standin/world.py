"""The world behind the pages: the owners of the demonstration, and what a passing day changes.

All names are made up.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from backage.standin.model import DAY, IMAGES, Owner, Package, Version, digest, first

MIB = 1 << 20
SERIES_ID_STEP, PUBLISHED_ID_STEP = 10_007, 4001
WINDOWS = {"raw_downloads_month": 30, "raw_downloads_week": 7, "raw_downloads_day": 1}


@dataclass(frozen=True)
class Series:
    """Versions published one after the other: `count` of them, `every` days apart, the last `age` days ago.

    Every `untagged`-th image has no tag. The last image is `latest`.
    """

    first_id: int
    count: int
    every: int
    age: int
    pace: int = 8
    layers: tuple[int, ...] = (3_406_012, 30_441)
    index: bool = False
    untagged: int = 0

    def images(self, start: date) -> tuple[Version, ...]:
        """Return container versions, named by the digest of the document that the registry serves."""
        return tuple(self._image(place, start) for place in range(self.count))

    def archives(self, start: date) -> tuple[Version, ...]:
        """Return versions named 1.0.0, 1.1.0 and so on, without tags."""
        return tuple(replace(self._bare(n, start), name=f"1.{n}.0") for n in range(self.count))

    def _bare(self, place: int, start: date) -> Version:
        number = self.first_id + place * SERIES_ID_STEP
        published = start - (self.age + (self.count - 1 - place) * self.every) * DAY
        layers = (*self.layers[:-1], self.layers[-1] + place * 512)
        pace = max(1, self.pace * (place + 1) // self.count)  # the newer, the more downloads
        return Version(number, "", published, (), layers, pace)

    def _image(self, place: int, start: date) -> Version:
        last = place == self.count - 1
        tags: tuple[str, ...] = (f"1.{place}.0", "latest") if last else (f"1.{place}.0",)
        if self.untagged and place % self.untagged == 0 and not last:
            tags = ()
        index = self.index and bool(tags) and place % 2 == 1
        image = replace(self._bare(place, start), tags=tags, index=index)
        return replace(image, name=digest(image.documents[0]))


def default_owners(start: date) -> list[Owner]:
    """Return a dozen packages of three owners, as they stand on the day `start`."""
    return [_octo_forge(start), _mona_lab(start), _paper_lantern(start)]


def maven_owner(start: date) -> Owner:
    """Return an owner with two Maven packages in one repository and an npm package."""
    reel = Series(1_026_100_019, 3, 30, 10, 18, (412_907,)).archives(start)
    core = Series(1_027_000_037, 60, 7, 2, 45, (1_840_332,)).archives(start)
    client = Series(1_029_300_043, 4, 20, 8, 7, (58_112,)).archives(start)
    packages = [
        Package("maven", "io.libworks.reel", "reel", reel, number=3_104_512),
        Package("maven", "io.libworks.reel-core", "reel", core, publishes_every=3, number=3_104_519),
        Package("npm", "reel-client", "reel-client", client, publishes_every=6),
    ]
    return Owner("Lib-Works", 187_654_329, "orgs", packages)


def _octo_forge(start: date) -> Owner:
    layers = (28_231_104, 4 * MIB, 918_233)
    beacon = Series(1_012_004_011, 124, 5, 1, 60, layers, index=True, untagged=3).images(start)
    chart = Series(1_015_220_417, 6, 40, 12, 9, (14_208,)).images(start)
    *days, last = Series(1_017_130_201, 12, 1, 0, 14, (29 * MIB, 1_002_311), untagged=1).images(start)
    nightly = (*days, replace(last, tags=("nightly",)))
    scratch = Series(1_016_530_091, 3, 9, 80, 2, (2 * MIB, 77_120)).images(start)
    client = Series(1_018_400_057, 9, 30, 4, 35, (184_332,)).archives(start)
    dotnet = Series(1_019_100_301, 5, 60, 20, 12, (612_480,)).archives(start)
    packages = [
        Package("container", "beacon", "beacon", beacon, publishes_every=2, deletes_every=3),
        Package("container", "charts/beacon", "beacon", chart),
        Package(
            "container",
            "beacon-nightly",
            "beacon",
            nightly,
            publishes_every=1,
            moving=("nightly",),
            numbered=False,
        ),
        Package("container", "scratchpad", None, scratch),
        Package("npm", "beacon-client", "beacon-client", client, publishes_every=4),
        Package("nuget", "Octo.Beacon.Client", "beacon-dotnet", dotnet),
    ]
    return Owner("Octo-Forge", 134_217_801, "orgs", packages)


def _mona_lab(start: date) -> Owner:
    tides = Series(1_020_004_703, 18, 14, 3, 25, (11 * MIB, 244_019), index=True, untagged=4).images(start)
    gem = Series(1_022_700_119, 7, 45, 30, 5, (96_256,)).archives(start)
    moon = Series(1_021_090_033, 4, 50, 200, 6, (51_204,)).archives(start)
    idle = tuple(replace(version, until=start - 60 * DAY) for version in moon)
    light = Series(1_040_990_021, 1, 1, 5, 4, (5 * MIB,)).images(start)
    packages = [
        Package("container", "tide-tables", "tide-tables", tides, publishes_every=5),
        Package("rubygems", "tide_tables", "tide-tables-ruby", gem),
        Package("npm", "moon-phase", "moon-phase", idle),
        Package("container", "first-light", "first-light", light),
    ]
    return Owner("mona-lab", 98_765_431, "users", packages)


def _paper_lantern(start: date) -> Owner:
    layers = (31_442_108, 12 * MIB, 4_417)
    gateway = Series(1_023_310_007, 30, 21, 6, 6_500, layers, index=True, untagged=5).images(start)
    dotnet = Series(1_024_800_049, 3, 75, 15, 40, (1_204_224,)).archives(start)
    packages = [
        Package("container", "gateway", "gateway", gateway, publishes_every=7, deletes_every=10),
        Package("nuget", "Paper.Lantern.Gateway", "gateway", dotnet, publishes_every=9),
    ]
    return Owner("paper-lantern", 201_326_592, "orgs", packages)


class World:
    """Owners on a day. One start and one number of days always give the same world.

    `owners` replace the dozen packages of the demonstration. They are kept, not copied: `advance`
    changes their packages.

    Options, set after construction: `maven_counters` chooses whose counters a Maven package's first page
    shows, its newest version's or the whole package's. `list_twice` gives each owner's first package two
    rows in the list. `graphql_forbidden` and `rest_forbidden` are the logins, in lower case, for which
    GraphQL and REST's lists of versions are refused.
    """

    def __init__(self, start: date, owners: Iterable[Owner] | None = None) -> None:
        """Stand at `start`, before anything is published or deleted."""
        self.start = start
        self.today = start
        self.owners = list(default_owners(start) if owners is None else owners)
        self.maven_counters: Literal["version", "package"] = "version"
        self.list_twice = False
        self.graphql_forbidden: set[str] = set()
        self.rest_forbidden: set[str] = set()
        versions = (v for owner in self.owners for p in owner.packages for v in p.versions + p.gone)
        self._last_id = max((version.id for version in versions), default=1_000_000_000)

    def find_owner(self, login: str) -> Owner:
        """Return the owner of this login; case does not matter.

        Raises:
            NotFoundError: nobody has this login today.
        """
        return first(owner for owner in self.owners if owner.login.lower() == login.lower())

    def advance(self, days: int = 1) -> None:
        """Advance by days: versions are published and deleted, and tags move, as the packages define it."""
        for _ in range(days):
            self.today += DAY
            age = (self.today - self.start).days
            for package in (package for owner in self.owners for package in owner.packages):
                if package.publishes_every and age % package.publishes_every == 0:
                    self._publish(package)
                if package.deletes_every and age % package.deletes_every == 0:
                    self._delete_oldest_untagged(package)

    def truth(self) -> list[dict[str, Any]]:
        """Return the content of a complete index today, one object a package, in the owners' order.

        An unlinked package has its own name as `repo`. The day's window is today, the week's today
        and the 6 days before, the month's today and the 29 days before.
        """
        return [self._package_truth(owner, package) for owner in self.owners for package in owner.packages]

    def _publish(self, package: Package) -> None:
        """Add a version like the newest, with the next id, and move the tags that follow the newest."""
        self._last_id += PUBLISHED_ID_STEP
        layers = package.newest.layers
        layers = (*layers[:-1], layers[-1] + self._last_id % 997)
        new = replace(
            package.newest, id=self._last_id, published=self.today, until=None, layers=layers, tags=()
        )
        older = package.versions
        if package.type in IMAGES:
            number = _next_number(tag for version in older for tag in version.tags)
            tags = ((number,) if package.numbered else ()) + package.moving
            new = replace(new, name=digest(new.documents[0]), tags=tags)
            older = tuple(
                replace(version, tags=tuple(tag for tag in version.tags if tag not in package.moving))
                for version in older
            )
        else:
            new = replace(new, name=_next_number(version.name for version in older))
        package.versions = (new, *older)

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
    """Return the highest `1.2.3` among the names with its last part one higher."""
    found = [tuple(map(int, name.split("."))) for name in names if re.fullmatch(r"\d+\.\d+\.\d+", name)]
    major, minor, patch = max(found, default=(0, 1, 0))
    return f"{major}.{minor}.{patch + 1}"
