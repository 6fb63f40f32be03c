"""The values that cross from one step to the next: frozen, typed, without behaviour.

Unknown is None. Days are UTC. Sizes are bytes. Names of repositories and packages are in the form
they have in GitHub's URLs (`charts%2Fwidget`), which is also their form in the index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from backage.models.events import OwnerType

Service = Literal["web", "api", "graphql", "ghcr", "registry", "archive"]

DAY, WEEK, MONTH = 1, 7, 30
"""Days in a window; each ends with today, so a week is today and the six days before."""

ROWS_PER_PAGE = 50
"""Versions on a page of a package's list of versions."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, an organization, or a source of events; `id` is GitHub's, None until the API told it."""

    login: str
    type: OwnerType
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A package of an owner; `repo` is None where it is not linked to a repository."""

    type: str
    name: str
    repo: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an owner or a package was not read; `url` is empty where there is none, `since` the first day."""

    what: str
    reason: str
    url: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Downloads:
    """The four numbers that a package and a version have alike."""

    total: int | None = None
    month: int | None = None
    week: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class PackageDay:
    """What is known of a package at the end of a day; of today, as far as it has come."""

    day: date
    downloads: Downloads = Downloads()
    size: int | None = None
    versions: int | None = None
    tagged: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version as the index shows it; `date` is when its numbers last changed, `sizes` are by platform."""

    id: int
    name: str
    tags: tuple[str, ...]
    date: date
    downloads: Downloads = Downloads()
    size: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to read. `service` decides about token and limits.

    `bearer` is a token for it alone, `query` a document to POST as JSON, `length` asks only for the size.
    """

    url: str
    service: Service = "web"
    accept: str | None = None
    bearer: str | None = field(default=None, repr=False)
    query: str | None = None
    length: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What came back: the body, the address it came from in the end, and its length where that was asked."""

    url: str
    body: bytes
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A number on a page; `51.1K` is not exact."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class OwnerPage:
    """A page of an owner's packages: `legacy` have a number for an address, `unfit` can be no file's name."""

    login: str | None
    packages: tuple[Package, ...]
    legacy: tuple[str, ...]
    unfit: tuple[str, ...]
    pages: int


@dataclass(frozen=True, slots=True)
class PackagePage:
    """A package's page; `days` are its daily downloads, newest first, empty where there is no chart."""

    downloads: Count
    days: tuple[tuple[date, int], ...]
    version_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A row of the list of versions; `age` is how many days ago it was published, None for over a month."""

    id: int
    name: str
    tags: tuple[str, ...]
    downloads: int
    age: int | None = None


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """One page of a package's versions; the counts are of all versions and None where the page has none."""

    rows: tuple[VersionRow, ...]
    tagged: int | None
    untagged: int | None
    pages: int


@dataclass(frozen=True, slots=True)
class VersionPage:
    """The page of one version; `manifest` is the JSON that a container's page shows."""

    downloads: Downloads
    tags: tuple[str, ...]
    manifest: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a version on a day; `from_page` tells windows of its page from derived ones."""

    day: date
    downloads: Downloads
    from_page: bool = False


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version as the history has it.

    `absent` is the last day at whose end it is known to have been unpublished, `held` the day on which a
    lower total, or its absence, was first kept out, `observations` those of the last 31 days, oldest first.
    """

    id: int
    name: str
    tags: tuple[str, ...]
    listed: bool
    absent: date | None
    held: date | None
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class VersionUpdate:
    """What a run found out about a version, to be stored; of a total held back nothing is known."""

    id: int
    name: str
    tags: tuple[str, ...]
    absent: date | None
    held: date | None
    observation: Observation | None


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A package as the history has it, before it is read again.

    `days` are the last two months and all since `settled`, as far as they are known, those up to it for good;
    `scans` are the days of whole lists, `listed` the last of one read to its end, `walk` the page where one
    goes on, `touched` when it was read; on `held` a lower total was first kept out, on `doubted` a list.
    """

    days: Mapping[date, PackageDay]
    settled: date | None
    scans: tuple[date, ...]
    listed: date | None
    held: date | None
    walk: int
    version_ids: frozenset[int]
    touched: date | None = None
    doubted: date | None = None


@dataclass(frozen=True, slots=True)
class PackageUpdate:
    """What a run found out about a package, to be stored in one piece.

    `complete` says that the list of versions was read whole in one go, so that what it lacks is gone.
    """

    day: date
    days: tuple[PackageDay, ...]
    settled: date | None
    held: date | None
    walk: int
    listed: bool
    complete: bool
    versions: tuple[VersionUpdate, ...]
    doubted: date | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """A manifest that an index names; `runnable` is false for attestations and where no platform is told."""

    digest: str
    platform: str | None
    runnable: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image with its size, an index with its children, or neither where no size is told."""

    size: int | None
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version of which something is unknown: its windows, its size, or both; `key` is its package's.

    `rank` is its place in the order in which a package's versions are asked for, `total` what was seen last.
    """

    owner: Owner
    package: Package
    key: int
    day: date
    id: int
    name: str
    rank: int
    total: int
    windows: bool
    size: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A package as a published index or another program's database has it.

    `refreshed` is the day of its newest numbers. `days` are those known of, oldest first, up to `settled` for
    good; two that tell of the same day complete each other. A version may be there several times, once a day
    on which it was seen, oldest first; `whole` says that what is not there is gone. `skipped` counts what was
    no version.
    """

    owner: Owner
    package: Package
    refreshed: date
    days: tuple[PackageDay, ...]
    settled: date | None
    versions: tuple[Version, ...]
    whole: bool
    skipped: int = 0
