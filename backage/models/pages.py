"""What is asked for, and what pages say: of GitHub's site, of its API, and of registries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from backage.models.history import Package

Service = Literal["web", "api", "graphql", "ghcr", "registry", "archive"]

ROWS_PER_PAGE = 50
"""Versions on a page of a package's list of versions."""


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

    @property
    def exact_value(self) -> int | None:
        """The number, or None where it is abbreviated."""
        return self.value if self.exact else None


@dataclass(frozen=True, slots=True)
class OwnerPage:
    """A page of an owner's packages; names that are `unfit` can be no file's."""

    login: str | None
    packages: tuple[Package, ...]
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
class Counters:
    """The four counters of a version's page, each exact below a million and abbreviated from there on."""

    total: Count
    month: Count
    week: Count
    day: Count


@dataclass(frozen=True, slots=True)
class VersionPage:
    """The page of one version; `manifest` is the JSON that a container's page shows."""

    downloads: Counters
    tags: tuple[str, ...]
    manifest: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class MavenRow:
    """A version of a Maven package, which its name identifies: GitHub's pages give it no id.

    `age` is how many days ago it was published, None for over a month; `size` is in bytes. GraphQL tells the
    size and the pages tell the age.
    """

    name: str
    downloads: int
    age: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class MavenList:
    """One page of a Maven package's versions on the site, newest first."""

    rows: tuple[MavenRow, ...]
    pages: int


@dataclass(frozen=True, slots=True)
class MavenPage:
    """The page of a Maven package, or of one of its versions.

    `name` is `group.artifact`, `version` the one in the dependency to copy, None where none stands there.
    Whose counters the package's page shows, its own or its newest version's, is not known. `versions` are the
    names of those that the page links to.
    """

    name: str
    version: str | None
    downloads: Counters
    versions: frozenset[str]


@dataclass(frozen=True, slots=True)
class MavenAnswer:
    """A page of what GraphQL says of a Maven package, newest version first.

    `downloads` is the package's total, `versions` how many there are, `next` where the next page begins. The
    sizes of all versions that have one are in `sizes`; numbers are None where GitHub has no statistics.
    """

    downloads: int | None
    versions: int
    rows: tuple[MavenRow, ...] | None
    sizes: Mapping[str, int]
    next: str | None


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
