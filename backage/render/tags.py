"""Choosing the tag to show for a version, and the latest version of a package."""

import re
from collections.abc import Sequence

from backage.models.history import Version

NO_TAG = "none"
_RELEASE = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)([-+._][0-9A-Za-z].*)?")
_SIGNATURE = re.compile(r"sha256-[0-9a-f]{64}.*")
_FLOATING = frozenset({"latest", "main", "master", "develop", "dev", "edge", "nightly", "next", "stable"})


def telling_tag(tags: Sequence[str]) -> str | None:
    """Return the most specific tag: `1.2.3` before `1.2` before `build-7` before `latest`."""
    return max(tags, key=_telling, default=None)


def find_latest(versions: Sequence[Version]) -> Version | None:
    """Return the version tagged `latest`, else the newest with a tag, else the newest.

    `versions` come newest first. Tags of signatures and attestations (`sha256-...`) do not count.
    """
    tagged = [version for version in versions if any(not _SIGNATURE.fullmatch(tag) for tag in version.tags)]
    latest = next((version for version in tagged if "latest" in version.tags), None)
    return latest or next(iter(tagged), None) or next(iter(versions), None)


def shown_tag(version: Version) -> str:
    """Return the tag to show for a version; without tags its name, or `none` if that is a digest."""
    tag = telling_tag(version.tags)
    if tag is not None:
        return tag
    return NO_TAG if version.name.startswith("sha256:") else version.name


def _telling(tag: str) -> tuple[int, ...]:
    if _SIGNATURE.fullmatch(tag):
        return (0, 0, 0)
    if tag in _FLOATING:
        return (1, tag != "latest", 0)
    if match := _RELEASE.fullmatch(tag):
        return (3, match[1].count("."), not match[2], len(tag))
    return (2, 0, 0)
