"""What is asked for, and what pages say: of GitHub's site, of its API, and of registries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from backage.models.history import Downloads, Package

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
