"""Owners, packages and versions: their downloads on any day, and the documents behind an image."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any, Literal, TypeVar
from urllib.parse import quote

CYCLE = 32
"""A version's daily counts repeat after so many days, so that a total needs no walk through its days."""

DAY = timedelta(days=1)
IMAGES = ("container", "docker")
"""The types whose versions are named by a digest and carry tags."""
MAVEN = "maven"
"""The type whose pages stand at a number, `/OWNER/REPO/packages/NUMBER`."""

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
IN_TOTO = "application/vnd.in-toto+json"

Document = dict[str, Any]
T = TypeVar("T")


class NotFoundError(Exception):
    """The world has no such owner, package or version."""


def first(found: Iterable[T]) -> T:
    """Return the first of the things found.

    Raises:
        NotFoundError: nothing was found.
    """
    for thing in found:
        return thing
    raise NotFoundError


@dataclass(frozen=True)
class Version:
    """One version.

    `pace` is about the downloads of an average day, and 0 for a version that nobody downloads. `until` is
    the first day without downloads: the day of its deletion, or when its users left. `layers` are
    compressed bytes: of the linux/amd64 image, or one archive. `index` makes it a multi-platform image.
    """

    id: int
    name: str
    published: date
    tags: tuple[str, ...] = ()
    layers: tuple[int, ...] = (1_000_000,)
    pace: int = 8
    until: date | None = None
    index: bool = False

    @property
    def size(self) -> int:
        """Bytes, as a complete index shows them."""
        return sum(self.layers)

    @property
    def documents(self) -> list[Document]:
        """The manifest of its image, or the index followed by the documents that it names.

        An index names a larger linux/arm64 image before the linux/amd64 one, and an attestation after
        it, which is no image at all.
        """
        amd64 = _image(f"{self.id}/amd64", self.layers)
        if not self.index:
            return [amd64]
        arm64 = _image(f"{self.id}/arm64", [size + 4096 for size in self.layers])
        attestation = _image(f"{self.id}/attestation", [1850], layer_type=IN_TOTO)
        kind = "vnd.docker.reference"
        note = {f"{kind}.type": "attestation-manifest", f"{kind}.digest": digest(amd64)}
        entries = [
            _entry(arm64, "linux", "arm64"),
            _entry(amd64, "linux", "amd64"),
            {**_entry(attestation, "unknown", "unknown"), "annotations": note},
        ]
        return [{"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, arm64, amd64, attestation]

    def downloads_on(self, day: date) -> int:
        """Return the downloads of one UTC day: 0 before it was published and from `until` on."""
        if day < self.published or (self.until is not None and day >= self.until):
            return 0
        running, place = _running(self.id, self.pace), day.toordinal() % CYCLE
        return running[place + 1] - running[place]

    def total(self, today: date) -> int:
        """Return all downloads up to and including `today`."""
        last = today if self.until is None else min(today, self.until - DAY)
        return max(0, self._before(last + DAY) - self._before(self.published))

    def window(self, today: date, days: int) -> int:
        """Return the downloads of `today` and the days before it, `days` in all."""
        return self.total(today) - self.total(today - days * DAY)

    def _before(self, day: date) -> int:
        cycles, place = divmod(day.toordinal(), CYCLE)
        running = _running(self.id, self.pace)
        return cycles * running[CYCLE] + running[place]


@dataclass
class Package:
    """One package with at least one version; `repo` is None where no repository is linked.

    `gone` are deleted versions, whose downloads stay in the package's. With `publishes_every` a version
    appears each so many days after the world's start, with a version number as tag where `numbered`, and
    takes over the `moving` tags. With `deletes_every` the oldest untagged version goes, while one stands.

    A Maven package is named `group.artifact` and always has a repository. Its page is
    `/OWNER/REPO/packages/NUMBER`. Its version pages are found by name; only the API gives their ids.
    """

    type: str
    name: str
    repo: str | None
    versions: tuple[Version, ...]
    gone: tuple[Version, ...] = ()
    publishes_every: int = 0
    deletes_every: int = 0
    moving: tuple[str, ...] = ("latest",)
    numbered: bool = True
    number: int | None = None

    def __post_init__(self) -> None:
        """Put the newest version first.

        Raises:
            ValueError: a Maven package lacks its number or repository, or another package has a number.
        """
        if (self.type == MAVEN) != (self.number is not None) or (self.type == MAVEN and self.repo is None):
            raise ValueError(f"{self.name}: a Maven package has a number and a repository, no other a number")
        self.versions = tuple(sorted(self.versions, key=lambda version: -version.id))

    @property
    def slug(self) -> str:
        """Its name in addresses, with `%2F` for a slash."""
        return quote(self.name, safe="")

    @property
    def group(self) -> str:
        """The `groupId` of a Maven package."""
        return self.name.rpartition(".")[0]

    @property
    def artifact(self) -> str:
        """The `artifactId` of a Maven package."""
        return self.name.rpartition(".")[2]

    @property
    def newest(self) -> Version:
        """The version with the highest id."""
        return self.versions[0]

    @property
    def tagged(self) -> tuple[Version, ...]:
        """The versions with a tag, newest first."""
        return tuple(version for version in self.versions if version.tags)

    def is_in(self, repo: str) -> bool:
        """Whether it is linked to this repository; case does not matter."""
        return self.repo is not None and self.repo.lower() == repo.lower()

    def downloads_on(self, day: date) -> int:
        """Return the downloads of one UTC day, including those of deleted versions."""
        return sum(version.downloads_on(day) for version in self.versions + self.gone)

    def total(self, today: date) -> int:
        """Return all downloads up to and including `today`, with those of deleted versions."""
        return sum(version.total(today) for version in self.versions + self.gone)

    def window(self, today: date, days: int) -> int:
        """Return the downloads of `today` and the days before it, `days` in all, as `total` counts them."""
        return sum(version.window(today, days) for version in self.versions + self.gone)


@dataclass
class Owner:
    """A user or an organisation, with its login as it was registered; `former` logins lead to it."""

    login: str
    id: int
    kind: Literal["users", "orgs"]
    packages: list[Package] = field(default_factory=list)
    former: tuple[str, ...] = ()

    def rename(self, login: str) -> None:
        """Take another login. The site redirects from the old one; the API no longer knows it."""
        self.former, self.login = (*self.former, self.login), login


def encode(document: Document) -> bytes:
    """Return the bytes that a registry serves; the digest of a document is the digest of these."""
    return json.dumps(document, separators=(",", ":")).encode()


def digest(document: Document) -> str:
    """Return `sha256:` and 64 hexadecimal digits."""
    return _hash(encode(document))


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@lru_cache(maxsize=4096)
def _running(number: int, pace: int) -> tuple[int, ...]:
    """Sums of the first 0, 1, ... 32 daily counts of a cycle."""
    return tuple(
        accumulate((pace * byte // 128 for byte in hashlib.sha256(b"%d" % number).digest()), initial=0)
    )


def _image(seed: str, layers: Sequence[int], layer_type: str = LAYER) -> Document:
    """Return a manifest whose config and layers are nowhere served."""
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": _hash(f"{seed}/config".encode()), "size": 2311},
        "layers": [
            {"mediaType": layer_type, "digest": _hash(f"{seed}/{number}".encode()), "size": size}
            for number, size in enumerate(layers)
        ],
    }


def _entry(document: Document, system: str, architecture: str) -> Document:
    return {
        "mediaType": document["mediaType"],
        "digest": digest(document),
        "size": len(encode(document)),  # of the child document, never of the image
        "platform": {"architecture": architecture, "os": system},
    }
