"""What is kept of owners, packages and versions, and what a run adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from backage.models.events import OwnerType

DAY, WEEK, MONTH = 1, 7, 30
"""Days in a window; each ends with today, so a week is today and the six days before."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, an organization, or a source of events; `id` is GitHub's, None until the API told it."""

    login: str
    type: OwnerType
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A package of an owner; `repo` is None where it is not linked to a repository.

    `number` is the end of a Maven package's address on GitHub. It says where the package is read, and not
    which package it is: two that differ in it alone are equal.
    """

    type: str
    name: str
    repo: str | None = None
    number: int | None = field(default=None, compare=False)


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
    """A version as the index shows it; `date` is when its numbers last changed, `sizes` are by platform.

    `id` is None where it is unknown: GitHub tells the ids of Maven versions to those with a token alone.
    """

    id: int | None
    name: str
    tags: tuple[str, ...]
    date: date
    downloads: Downloads = Downloads()
    size: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)


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
class IndexPackage:
    """A package as the index shows it; `key` finds its days and versions.

    `listed` is the last day on which its list of versions was read to its end, None where that is not known.
    """

    key: int
    package: Package
    refreshed: date
    latest: PackageDay
    listed: date | None


@dataclass(frozen=True, slots=True)
class VersionLookup:
    """A version of which something is unknown: its windows, its size, or both; `key` is its package's.

    `rank` is its place in the order in which a package's versions are asked for, `downloads` what was seen
    last.
    """

    owner: Owner
    package: Package
    key: int
    day: date
    id: int
    name: str
    rank: int
    downloads: Downloads
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


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """How many files of the index were written and removed, and what cannot have a file."""

    written: int
    removed: int
    failures: tuple[Failure, ...] = ()
