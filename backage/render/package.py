"""The file of a package: one JSON object. Its head is one line, then one line a version, newest first."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backage.models.history import Downloads, IndexPackage, Owner, Package, PackageDay, Version
from backage.render.format import UNKNOWN, format_count, format_size
from backage.render.paths import path_key, repo_of
from backage.render.tags import find_latest, shown_tag

RAW_UNKNOWN = -1
"""An exact number that is unknown, so that its key is always a number."""

Head = dict[str, Any]
"""The keys of a package in JSON, except its versions."""

FRESH_DAYS = 3
"""Days without a refresh after which a package is stale."""

LARGEST_FILE = 50_000_000
"""Bytes. GitHub warns above this size and refuses files twice as large."""


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package with its newest numbers and its ranks, which are None if the total is unknown.

    `stale` is true if it was refreshed more than `FRESH_DAYS` before the last run. `listed` is the last day
    on which its whole list of versions was read.
    """

    owner: Owner
    package: Package
    refreshed: date
    latest: PackageDay
    owner_rank: int | None
    repo_rank: int | None
    listed: date | None = None
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
        PackageView(
            owner=owner,
            package=item.package,
            refreshed=item.refreshed,
            latest=item.latest,
            owner_rank=in_owner[item.key],
            repo_rank=in_repo[item.key],
            listed=item.listed,
            stale=item.refreshed < fresh,
        )
        for item in packages
    ]


def rank_packages(totals: Mapping[int, int | None]) -> dict[int, int | None]:
    """Return ranks by key, from 1. Equal totals share a rank; a package without a total has none."""
    known = sorted((total for total in totals.values() if total is not None), reverse=True)
    first: dict[int, int] = {}
    for place, total in enumerate(known, 1):
        first.setdefault(total, place)
    return {key: None if total is None else first[total] for key, total in totals.items()}


def dump(value: Any) -> str:  # noqa: ANN401 (whatever JSON can hold)
    """Write JSON with fixed separators and without escapes for other letters than ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def raw(number: int | None) -> int:
    """Return a number, or `RAW_UNKNOWN` for None."""
    return RAW_UNKNOWN if number is None else number


def downloads_text(downloads: Downloads) -> dict[str, str]:
    """Return the keys of the four download numbers as text."""
    return {
        "downloads": format_count(downloads.total),
        "downloads_month": format_count(downloads.month),
        "downloads_week": format_count(downloads.week),
        "downloads_day": format_count(downloads.day),
    }


def downloads_raw(downloads: Downloads) -> dict[str, int]:
    """Return the keys of the four exact download numbers."""
    return {
        "raw_downloads": raw(downloads.total),
        "raw_downloads_month": raw(downloads.month),
        "raw_downloads_week": raw(downloads.week),
        "raw_downloads_day": raw(downloads.day),
    }


def render_head(view: PackageView, versions: Sequence[Version]) -> Head:
    """Return all keys of a package except its versions: the old keys in their old order, then new ones."""
    numbers, package = view.latest, view.package
    newest, latest = next(iter(versions), None), find_latest(versions)
    older = view.listed if view.listed and view.listed < view.refreshed else None
    return {
        "owner_type": view.owner.type,
        "package_type": package.type,
        "owner_id": raw(view.owner.id),
        "owner": view.owner.login,
        "repo": repo_of(package),
        "package": package.name,
        "date": view.refreshed.isoformat(),
        "size": format_size(numbers.size),
        "versions": format_count(numbers.versions),
        "tagged": format_count(numbers.tagged),
        "owner_rank": format_count(view.owner_rank),
        "repo_rank": format_count(view.repo_rank),
        **downloads_text(numbers.downloads),
        "raw_size": raw(numbers.size),
        "raw_versions": raw(numbers.versions),
        "raw_tagged": raw(numbers.tagged),
        "raw_owner_rank": raw(view.owner_rank),
        "raw_repo_rank": raw(view.repo_rank),
        **downloads_raw(numbers.downloads),
        "latest_version": latest.name if latest else UNKNOWN,
        "latest_tag": shown_tag(latest) if latest else UNKNOWN,
        "newest_version": newest.name if newest else UNKNOWN,
        "newest_tag": shown_tag(newest) if newest else UNKNOWN,
        **({"versions_date": older.isoformat()} if older else {}),
        **({"stale": True} if view.stale else {}),
    }


def render_package(head: Head, versions: Sequence[Version], largest: int = LARGEST_FILE) -> bytes:
    """Write the whole file. If it is too large, leave out the oldest untagged versions."""
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
        "size": format_size(version.size),
        **downloads_text(version.downloads),
        "raw_size": raw(version.size),
        **downloads_raw(version.downloads),
        **({"sizes": dict(version.sizes)} if version.sizes else {}),
        "tags": list(version.tags),
    }
