"""Find out from a file's path what it is: a Maven artifact, a Python wheel or sdist, else a generic file.

Packages have the names that GitHub gives them: Maven's are the group and the artifact with a dot between,
Python's have PyPA's normal form. A checksum, a signature or a POM belongs to the package of its path.
"""

import math
import re
from collections.abc import Sequence

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from backage.errors import EventError
from backage.models.events import Artifact, Kind
from backage.parse.events.fields import LONGEST_VERSION, package_of
from backage.parse.registry import CHECKS

_ENDINGS: dict[str, Kind] = {
    ".jar": "jar",
    ".pom": "pom",
    ".war": "war",
    ".aar": "aar",
    ".module": "module",
    ".whl": "wheel",
    ".tar.gz": "sdist",
}
_METADATA = "maven-metadata.xml"
_PEP658 = ".whl.metadata"
_SNAPSHOT = "-SNAPSHOT"
_STAMP = re.compile(r"[0-9]{8}\.[0-9]{6}-[0-9]{1,9}")
MOST_TAGS = 1000
_TAG_PARTS = 3
"""A wheel's name ends with Pythons, interfaces and platforms; each part may name several."""

_LEAST = 4
"""Parts of the shortest Maven path: group, artifact, version and file."""


def parse_artifact(path: str) -> Artifact:
    """Return the package, version and kind of a file from its path.

    Raises:
        EventError: no file can have this path, or the name or the version is too long.
    """
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise EventError("the path of the file leads elsewhere, or nowhere")
    *folders, name = parts
    bare = _without_crypto(name)
    found = _parse_maven(folders, bare) or _parse_metadata(folders, bare) or _parse_python(bare)
    if found is None:
        found = Artifact("generic", package_of("/".join([*folders, bare])), None, _kind_of(bare))
    if found.version is not None and len(found.version) > LONGEST_VERSION:
        raise EventError(f"the version is longer than {LONGEST_VERSION} characters")
    return Artifact(found.type, found.package, found.version, "crypto" if bare != name else found.kind)


def _without_crypto(name: str) -> str:
    """Return the file that a checksum or signature belongs to, as of `widget-1.0.jar.asc.sha1`."""
    for ending in CHECKS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return _without_crypto(name[: -len(ending)])
    return name


def _kind_of(name: str) -> Kind:
    """Return the kind from the ending; a `.tar.gz` that is no sdist is of kind `other`."""
    if name.endswith(_PEP658) or name == _METADATA:
        return "metadata"
    return next(
        (kind for ending, kind in _ENDINGS.items() if name.lower().endswith(ending) and kind != "sdist"),
        "other",
    )


def _parse_maven(folders: Sequence[str], name: str) -> Artifact | None:
    """Read `group/artifact/version/artifact-version[-classifier].ext`."""
    if len(folders) < _LEAST - 1:
        return None
    *group, artifact, version = folders
    rest = name.removeprefix(f"{artifact}-")
    if rest == name:
        return None
    if version.endswith(_SNAPSHOT) and not rest.startswith(version):
        base = version.removesuffix("SNAPSHOT")
        stamp = _STAMP.match(rest.removeprefix(base)) if rest.startswith(base) else None
        tail = rest[len(base) + stamp.end() :] if stamp else ""
    else:
        tail = rest.removeprefix(version) if rest.startswith(version) else ""
    if tail[:1] not in {".", "-"} or "." not in tail or tail.endswith("."):
        return None
    return Artifact("maven", package_of(".".join([*group, artifact])), version, _kind_of(name))


def _parse_metadata(folders: Sequence[str], name: str) -> Artifact | None:
    """Read Maven's lists of versions, which clients fetch to look for new ones."""
    if name != _METADATA or len(folders) < _LEAST - 2:
        return None
    artifact = folders[:-1] if folders[-1].endswith(_SNAPSHOT) else folders
    return Artifact("maven", package_of(".".join(artifact)), None, "metadata")


def _has_many_tags(name: str) -> bool:
    """Return whether a wheel has more tags than any real one: `packaging` makes each, which takes time."""
    tags = name.removesuffix(".metadata").removesuffix(".whl").split("-")[-_TAG_PARTS:]
    return math.prod(part.count(".") + 1 for part in tags) > MOST_TAGS


def _parse_python(name: str) -> Artifact | None:
    """Read a wheel, its metadata, or an sdist, which PyPA allows only as `.tar.gz` today."""
    try:
        if name.endswith((".whl", _PEP658)) and not _has_many_tags(name):
            package, version, _, _ = parse_wheel_filename(name.removesuffix(".metadata"))
        elif name.endswith(".tar.gz"):
            package, version = parse_sdist_filename(name)
        else:
            return None
    except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
        return None
    kind: Kind = "sdist" if name.endswith(".tar.gz") else _kind_of(name)
    return Artifact("python", package_of(package), str(version), kind)
