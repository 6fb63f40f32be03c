"""The files of a package: one JSON object, and its XML twin for consumers that query by XPath.

The head of the JSON is one line, then comes one line a version, newest first. The XML has the same lines:

    <?xml version="1.0" encoding="UTF-8"?>
    <bkg><owner_type>orgs</owner_type> ... <downloads>570.1M</downloads> ...
    <version><id>235119022</id> ... <tags>latest</tags><tags>v3.3.21</tags></version>
    </bkg>

The root is `bkg`, because existing badges read `/bkg/size`. Below it each key of the JSON is an element of
the same name, in the same order. A list repeats its element (`version`, and `tags` within it), and each of
`sizes` has its platform as an attribute. Begin a query at the root (`/bkg/downloads`): `//downloads` also
finds those of all versions. Filters work: `/bkg/version[latest="true"]/tags`.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backage.models.history import Downloads, IndexPackage, Owner, Version
from backage.render.format import UNKNOWN, escape_xml, format_count, format_size
from backage.render.paths import path_key, repo_of

RAW_UNKNOWN = -1
"""An exact number that is unknown, so that its key is always a number."""

Head = dict[str, Any]
"""The keys of a package in JSON, except its versions."""

FRESH_DAYS = 3
"""Days without a refresh after which a package is stale."""

LARGEST_FILE = 50_000_000
"""Bytes. GitHub warns above this size and refuses files twice as large."""

NO_TAG = "none"
_RELEASE = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)([-+._][0-9A-Za-z].*)?")
_SIGNATURE = re.compile(r"sha256-[0-9a-f]{64}.*")
_FLOATING = frozenset({"latest", "main", "master", "develop", "dev", "edge", "nightly", "next", "stable"})


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package with its ranks, which are None if the total is unknown.

    `stale` is true if it was refreshed more than `FRESH_DAYS` before the last run.
    """

    owner: Owner
    item: IndexPackage
    owner_rank: int | None
    repo_rank: int | None
    stale: bool = False


def build_package_views(
    owner: Owner, packages: Sequence[IndexPackage], last_run: date | None
) -> list[PackageView]:
    """Return an owner's packages with their ranks, in the same order."""
    fresh = last_run - timedelta(days=FRESH_DAYS) if last_run else date.min
    totals = {item.key: item.latest.downloads.total for item in packages}
    in_owner = rank_packages(totals)
    by_repo: dict[str, dict[int, int | None]] = defaultdict(dict)
    for item in packages:
        by_repo[path_key(repo_of(item.package))][item.key] = totals[item.key]
    in_repo = {key: rank for members in by_repo.values() for key, rank in rank_packages(members).items()}
    return [
        PackageView(owner, item, in_owner[item.key], in_repo[item.key], stale=item.refreshed < fresh)
        for item in packages
    ]


def rank_packages(totals: Mapping[int, int | None]) -> dict[int, int | None]:
    """Return ranks by key, from 1. Equal totals share a rank; a package without a total has none."""
    known = sorted(total for total in totals.values() if total is not None)
    return {
        key: None if total is None else len(known) - bisect_right(known, total) + 1
        for key, total in totals.items()
    }


def dump(value: Any) -> str:  # noqa: ANN401 (whatever JSON can hold)
    """Return JSON with fixed separators and without escapes for other letters than ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def raw(number: int | None) -> int:
    """Return a number, or `RAW_UNKNOWN` for None."""
    return RAW_UNKNOWN if number is None else number


def downloads_by_key(downloads: Downloads) -> dict[str, int | None]:
    """Return the four download numbers by their keys in the index."""
    return {
        "downloads": downloads.total,
        "downloads_month": downloads.month,
        "downloads_week": downloads.week,
        "downloads_day": downloads.day,
    }


def format_numbers(numbers: Mapping[str, int | None]) -> Head:
    """Return each number as text, and after these each one exactly under a `raw_` key."""
    texts = {
        key: format_size(number) if key == "size" else format_count(number) for key, number in numbers.items()
    }
    return {**texts, **{f"raw_{key}": raw(number) for key, number in numbers.items()}}


def render_head(view: PackageView, versions: Sequence[Version]) -> Head:
    """Return all keys of a package except its versions: the old keys in their old order, then new ones."""
    item, package, numbers = view.item, view.item.package, view.item.latest
    newest, latest = next(iter(versions), None), find_latest(versions)
    older = item.listed if item.listed and item.listed < item.refreshed else None
    return {
        "owner_type": view.owner.type,
        "package_type": package.type,
        "owner_id": raw(view.owner.id),
        "owner": view.owner.login,
        "repo": repo_of(package),
        "package": package.name,
        "date": item.refreshed.isoformat(),
        **format_numbers(
            {
                "size": numbers.size,
                "versions": numbers.versions,
                "tagged": numbers.tagged,
                "owner_rank": view.owner_rank,
                "repo_rank": view.repo_rank,
                **downloads_by_key(numbers.downloads),
            }
        ),
        "latest_version": latest.name if latest else UNKNOWN,
        "latest_tag": shown_tag(latest) if latest else UNKNOWN,
        "newest_version": newest.name if newest else UNKNOWN,
        "newest_tag": shown_tag(newest) if newest else UNKNOWN,
        **({"versions_date": older.isoformat()} if older else {}),
        **({"stale": True} if view.stale else {}),
    }


def render_package(head: Head, versions: Sequence[Version], largest: int = LARGEST_FILE) -> bytes:
    """Render the whole file. If it is too large, leave out the oldest untagged versions."""
    head, entries = keep_versions(head, versions, largest)
    body = b",\n".join(line for _, line in entries)
    return dump(head)[:-1].encode() + b',"version":[\n' + body + (b"\n" if body else b"") + b"]}\n"


def keep_versions(
    head: Head, versions: Sequence[Version], largest: int = LARGEST_FILE
) -> tuple[Head, list[tuple[dict[str, Any], bytes]]]:
    """Return the head and the versions that fit into the file, each with its line of JSON."""
    latest = find_latest(versions)
    entries = [_version(version, versions[0], latest) for version in versions]
    lines = [(entry, dump(entry).encode()) for entry in entries]
    size = len(dump(head).encode()) + sum(len(line) + 2 for _, line in lines)
    kept: list[tuple[dict[str, Any], bytes]] = []
    for entry, line in reversed(lines):
        if size > largest and not entry["tags"]:
            size -= len(line) + 2
        else:
            kept.append((entry, line))
    omitted = len(lines) - len(kept)
    return {**head, "raw_versions_omitted": omitted} if omitted else head, kept[::-1]


def _version(version: Version, newest: Version, latest: Version | None) -> dict[str, Any]:
    return {
        "id": raw(version.id),
        "name": version.name,
        "date": version.date.isoformat(),
        "newest": version is newest,
        "latest": version is latest,
        **format_numbers({"size": version.size, **downloads_by_key(version.downloads)}),
        **({"sizes": dict(version.sizes)} if version.sizes else {}),
        "tags": list(version.tags),
    }


def render_xml(head: Head, versions: Sequence[Version], largest: int = LARGEST_FILE) -> bytes:
    """Render the same keys and versions as `render_package`, as XML with a line for each version."""
    head, entries = keep_versions(head, versions, largest)
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<bkg>{_fields(head)}']
    lines += (f"<version>{_fields(entry)}</version>" for entry, _ in entries)
    return "\n".join([*lines, "</bkg>\n"]).encode()


def _fields(entry: Mapping[str, Any]) -> str:
    return "".join(_elements(key, value) for key, value in entry.items())


def _elements(key: str, value: Any) -> str:  # noqa: ANN401 (whatever stands in the file)
    if isinstance(value, dict):
        return "".join(
            f'<{key} platform="{escape_xml(platform)}">{size}</{key}>' for platform, size in value.items()
        )
    items = value if isinstance(value, list) else [value]
    return "".join(f"<{key}>{_text(item)}</{key}>" for item in items)


def _text(value: str | int) -> str:
    return escape_xml(str(value).lower() if isinstance(value, bool) else str(value))


def find_specific_tag(tags: Sequence[str]) -> str | None:
    """Return the most specific tag: `1.2.3` before `1.2` before `build-7` before `latest`."""
    return max(tags, key=_rank_tag, default=None)


def find_latest(versions: Sequence[Version]) -> Version | None:
    """Return the version tagged `latest`, else the newest with a tag, else the newest.

    `versions` come newest first. Tags of signatures and attestations (`sha256-...`) do not count.
    """
    tagged = [version for version in versions if any(not _SIGNATURE.fullmatch(tag) for tag in version.tags)]
    latest = next((version for version in tagged if "latest" in version.tags), None)
    return latest or next(iter(tagged), None) or next(iter(versions), None)


def shown_tag(version: Version) -> str:
    """Return the tag to show for a version; without tags its name, or `none` if that is a digest."""
    tag = find_specific_tag(version.tags)
    if tag is not None:
        return tag
    return NO_TAG if version.name.startswith("sha256:") else version.name


def _rank_tag(tag: str) -> tuple[int, ...]:
    if _SIGNATURE.fullmatch(tag):
        return (0,)
    if tag in _FLOATING:
        return (1, tag != "latest")
    if match := _RELEASE.fullmatch(tag):
        return (3, match[1].count("."), not match[2], len(tag))
    return (2,)
