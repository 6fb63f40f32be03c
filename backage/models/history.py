"""What is kept of owners, packages and versions, and what a run adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from backage.models.events import OwnerType

ONE_DAY = timedelta(days=1)
DAY, WEEK, MONTH = 1, 7, 30
WINDOWS = MONTH, WEEK, DAY
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

    @property
    def windows(self) -> tuple[int | None, int | None, int | None]:
        """The numbers of month, week and day, in the order of `WINDOWS`."""
        return self.month, self.week, self.day


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

    The version was not published yet at the end of `unpublished_until`. Its total fell, or a list lacked it,
    for the first time on `total_drop_since`. `observations` are those of the last 31 days, oldest first. The
    last one is enough for a version without downloads in that time.
    """

    id: int
    name: str
    tags: tuple[str, ...]
    listed: bool
    unpublished_until: date | None
    total_drop_since: date | None
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class VersionUpdate:
    """New knowledge about a version, to be stored. A total that fell is unknown until the next day.

    If it is not `changed`, the history has all of it already.
    """

    id: int
    name: str
    tags: tuple[str, ...]
    unpublished_until: date | None
    total_drop_since: date | None
    observation: Observation | None
    changed: bool = True


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A package as the history has it, before it is read again.

    `days` are the known days of the last two months and all since `final_until`. Days up to `final_until` do
    not change any more. Its whole list of versions was read on `full_list_days`, and last to its end on
    `list_read_on`. An unfinished list continues on `resume_page`. The package was read on `last_read_on`.
    Its total fell for the first time on `total_drop_since`. Its list of versions contradicts the history
    since `version_list_suspect_since`.
    """

    days: Mapping[date, PackageDay]
    final_until: date | None
    full_list_days: tuple[date, ...]
    list_read_on: date | None
    total_drop_since: date | None
    resume_page: int
    version_ids: frozenset[int]
    last_read_on: date | None = None
    version_list_suspect_since: date | None = None


@dataclass(frozen=True, slots=True)
class PackageUpdate:
    """New knowledge about a package, stored in one transaction.

    `list_finished` says that the list of versions was read to its end. `complete` says that it was read whole
    in one go, so versions it lacks are gone.
    """

    day: date
    days: tuple[PackageDay, ...] = ()
    final_until: date | None = None
    total_drop_since: date | None = None
    resume_page: int = 1
    list_finished: bool = False
    complete: bool = False
    versions: tuple[VersionUpdate, ...] = ()
    version_list_suspect_since: date | None = None


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
    """A version whose windows, size or both are unknown; `key` is its package's.

    `rank` is its place in the order of lookups within the package. `downloads` are the last known numbers.
    """

    owner: Owner
    package: Package
    key: int
    day: date
    id: int
    name: str
    rank: int
    downloads: Downloads
    wants_windows: bool
    wants_size: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A package as a published index or another program's database has it.

    `refreshed` is the day of its newest numbers. `days` are the known days, oldest first; days up to
    `final_until` do not change any more. Two entries for the same day complete each other. A version may
    occur once for each day on which it was seen, oldest first. `whole` says that versions not included are
    gone. `skipped` counts entries that were no versions.
    """

    owner: Owner
    package: Package
    refreshed: date
    days: tuple[PackageDay, ...]
    final_until: date | None
    versions: tuple[Version, ...]
    whole: bool
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """How many files of the index were written and removed, and what cannot have a file."""

    written: int
    removed: int
    failures: tuple[Failure, ...] = ()
