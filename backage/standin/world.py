"""The world behind the pages: the owners of the demonstration, and what a passing day changes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from backage.standin.model import DAY, IMAGES, Owner, Package, Version, digest, documents

MIB = 1 << 20
ID_STEP = 10_007


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
        """Container versions, named by the digest of the document that the registry serves."""
        return tuple(self._image(place, start) for place in range(self.count))

    def archives(self, start: date) -> tuple[Version, ...]:
        """Versions named 1.0.0, 1.1.0 and so on, without tags."""
        return tuple(replace(self._bare(n, start), name=f"1.{n}.0", index=False) for n in range(self.count))

    def _bare(self, place: int, start: date) -> Version:
        number = self.first_id + place * ID_STEP
        published = start - (self.age + (self.count - 1 - place) * self.every) * DAY
        layers = (*self.layers[:-1], self.layers[-1] + place * 512)
        share = max(1, self.pace * (place + 1) // self.count)  # the newer, the more it is taken
        return Version(number, "", published, (), layers, share)

    def _image(self, place: int, start: date) -> Version:
        bare = self._bare(place, start)
        last = place == self.count - 1
        tags: tuple[str, ...] = (f"1.{place}.0", "latest") if last else (f"1.{place}.0",)
        if self.untagged and place % self.untagged == 0 and not last:
            tags = ()
        index = self.index and bool(tags) and place % 2 == 1
        name = digest(documents(bare.id, bare.layers, index=index)[0])
        return replace(bare, name=name, tags=tags, index=index)


def default_owners(start: date) -> list[Owner]:
    """A dozen packages of three owners, as they stand on the day `start`."""
    return [_octo_forge(start), _mona_lab(start), _paper_lantern(start)]


def maven_owner(start: date) -> Owner:
    """An owner with two Maven packages in one repository and an npm package. No default owner has any."""
    reel = Series(1_026_100_019, 3, 30, 10, 18, (412_907,))
    core = Series(1_027_000_037, 60, 7, 2, 45, (1_840_332,))
    client = Series(1_029_300_043, 4, 20, 8, 7, (58_112,))
    packages = [
        Package("maven", "io.libworks.reel", "reel", reel.archives(start), number=3_104_512),
        Package(
            "maven",
            "io.libworks.reel-core",
            "reel",
            core.archives(start),
            publishes_every=3,
            number=3_104_519,
        ),
        Package("npm", "reel-client", "reel-client", client.archives(start), publishes_every=6),
    ]
    return Owner("Lib-Works", 187_654_329, "orgs", packages)


def _octo_forge(start: date) -> Owner:
    beacon = Series(1_012_004_011, 124, 5, 1, 60, (28_231_104, 4 * MIB, 918_233), index=True, untagged=3)
    chart = Series(1_015_220_417, 6, 40, 12, 9, (14_208,))
    scratch = Series(1_016_530_091, 3, 9, 80, 2, (2 * MIB, 77_120))
    nightly = Series(1_017_130_201, 12, 1, 0, 14, (29 * MIB, 1_002_311), untagged=1)
    packages = [
        Package("container", "beacon", "beacon", beacon.images(start), publishes_every=2, deletes_every=3),
        Package("container", "charts/beacon", "beacon", chart.images(start)),
        Package(
            "container",
            "beacon-nightly",
            "beacon",
            _retagged(nightly.images(start), "nightly"),
            publishes_every=1,
            moving=("nightly",),
            numbered=False,
        ),
        Package("container", "scratchpad", None, scratch.images(start)),
        Package(
            "npm",
            "beacon-client",
            "beacon-client",
            Series(1_018_400_057, 9, 30, 4, 35, (184_332,)).archives(start),
            publishes_every=4,
        ),
        Package(
            "nuget",
            "Octo.Beacon.Client",
            "beacon-dotnet",
            Series(1_019_100_301, 5, 60, 20, 12, (612_480,)).archives(start),
        ),
    ]
    return Owner("Octo-Forge", 134_217_801, "orgs", packages)


def _mona_lab(start: date) -> Owner:
    tides = Series(1_020_004_703, 18, 14, 3, 25, (11 * MIB, 244_019), index=True, untagged=4)
    idle = Series(1_021_090_033, 4, 50, 200, 6, (51_204,)).archives(start)
    packages = [
        Package("container", "tide-tables", "tide-tables", tides.images(start), publishes_every=5),
        Package(
            "rubygems",
            "tide_tables",
            "tide-tables-ruby",
            Series(1_022_700_119, 7, 45, 30, 5, (96_256,)).archives(start),
        ),
        Package("npm", "moon-phase", "moon-phase", tuple(replace(v, until=start - 60 * DAY) for v in idle)),
        Package(
            "container",
            "first-light",
            "first-light",
            Series(1_040_990_021, 1, 1, 5, 4, (5 * MIB,)).images(start),
        ),
    ]
    return Owner("mona-lab", 98_765_431, "users", packages)


def _paper_lantern(start: date) -> Owner:
    gateway = Series(1_023_310_007, 30, 21, 6, 6_500, (31_442_108, 12 * MIB, 4_417), index=True, untagged=5)
    packages = [
        Package(
            "container", "gateway", "gateway", gateway.images(start), publishes_every=7, deletes_every=10
        ),
        Package(
            "nuget",
            "Paper.Lantern.Gateway",
            "gateway",
            Series(1_024_800_049, 3, 75, 15, 40, (1_204_224,)).archives(start),
            publishes_every=9,
        ),
    ]
    return Owner("paper-lantern", 201_326_592, "orgs", packages)


def _retagged(versions: tuple[Version, ...], tag: str) -> tuple[Version, ...]:
    """The versions with `tag` alone on the last, and none on the others."""
    return (*versions[:-1], replace(versions[-1], tags=(tag,)))


NEW_ID_STEP = 4001
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
        self._last_id += NEW_ID_STEP
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
