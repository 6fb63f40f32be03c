"""The values of downloads that arrive as events, and where an owner's numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

Source = Literal["cloudrepo", "cloudsmith", "harbor", "distribution", "generic"]
SOURCES: tuple[Source, ...] = get_args(Source)
"""Registries that send events. An owner counted from events has the registry as its `type`."""

OwnerType = Literal["users", "orgs", Source]
OWNER_TYPES: tuple[OwnerType, ...] = ("users", "orgs", *SOURCES)

Kind = Literal[
    "jar", "pom", "war", "aar", "module", "wheel", "sdist", "manifest", "crypto", "metadata", "other"
]
NO_DOWNLOADS: tuple[Kind, ...] = ("crypto", "pom", "metadata")
"""Kinds that are counted, but are no downloads of the package: what a client fetches beside it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a file belongs to: `package` in URL form; `version` is None if the file's name has none.

    `tag` is the name by which an image was asked for, where that was not its digest.
    """

    type: str
    package: str
    version: str | None
    kind: Kind
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """One file that was downloaded: `repo` in URL form, None for that of the package; `path` as sent."""

    source: Source
    owner: str
    repo: str | None
    path: str
    artifact: Artifact
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the downloads of one request: how many counted, and how many were there already."""

    counted: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """Downloads of a file that were counted before, on days that nobody knows."""

    download: Download
    downloads: int


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """The downloads of a package, or of a version.

    `first` is the first known day. `before` is the total at the end of the day before `days` begin, with the
    baseline. Days before `since` have unknown downloads; None if there are no such days.
    """

    first: date
    before: int
    since: date | None
    days: Mapping[date, int] = field(default_factory=dict)
