"""Data that the site's pages load: the list of packages, days and versions of one, colours of badges.

The files are scripts, not JSON, because browsers load those also for a page opened from a disk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backage.models.history import MONTH, PackageDay, Version
from backage.render.format import MOST_PERCENT, find_trend, one_line, sparkline
from backage.render.package import Head, PackageView, dump, find_latest
from backage.render.site.badge import COLORS, Badge, package_badges, text_width
from backage.render.site.links import LABELS, metric_key

NEWEST = 200
"""Versions in a page's own data. It loads the others on request."""

_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
_ASCII = range(32, 127)


@dataclass(frozen=True, slots=True)
class Entry:
    """A package as the site shows it. `path` is that of its files, `counts` its last 30 daily downloads."""

    view: PackageView
    head: Head
    path: str
    counts: Sequence[int | None]


def render_list(entries: Iterable[Entry]) -> bytes:
    """Render the list of all packages, which the pages search."""
    return _call("list", [_row(entry) for entry in entries])


def last_counts(days: Sequence[PackageDay]) -> tuple[int | None, ...]:
    """Return the daily downloads of the last 30 days, oldest first, None for a missing day."""
    known = {entry.day.toordinal(): entry.downloads.day for entry in days}
    last = max(known, default=0)
    return tuple(known.get(day) for day in range(last - MONTH + 1, last + 1))


def cut_versions(head: Head, versions: Sequence[Version], most: int) -> tuple[Head, Sequence[Version]]:
    """Keep the newest `most` versions and the latest one; count the others in the head."""
    latest = find_latest(versions)
    kept = [version for place, version in enumerate(versions) if place < most or version is latest]
    omitted = len(versions) - len(kept)
    return ({**head, "raw_versions_omitted": omitted}, kept) if omitted else (head, versions)


def render_data(entry: Entry, days: Sequence[PackageDay], versions: Sequence[Version]) -> bytes:
    """Render the data of a package's page: its days, its newest versions, its badges."""
    badges = package_badges(entry.head)
    value = {
        "path": entry.path,
        "days": _steps((each.day - date(1970, 1, 1)).days for each in days),
        "total": _steps(each.downloads.total for each in days),
        "daily": [each.downloads.day for each in days],
        "count": len(versions),
        "omitted": entry.head.get("raw_versions_omitted", 0),
        "versions": [_version(version) for version in versions[:NEWEST]],
        "badges": {key: _badge(key, badge, entry.head) for key, badge in badges.items()},
    }
    return _call("add", value)


def render_palette() -> bytes:
    """Render the colours of badges and the widths of letters."""
    widths = [round(text_width(chr(code)), 2) for code in _ASCII]
    return (
        f'"use strict";\nbackage.colors = {_escape(dump(COLORS))};\n'
        f"backage.widths = {_escape(dump(widths))};\n"
    ).encode()


def week_change(counts: Sequence[int | None]) -> int | None:
    """Return the change of the last whole week from the week before, in percent, None if unknown."""
    change = find_trend(counts[:-1])
    if change is None:
        return None
    percent = round(change)
    return percent if percent <= MOST_PERCENT else int(change // 100) * 100  # shown as `x18`


def _row(entry: Entry) -> list[Any]:
    package, latest = entry.view.item.package, entry.view.item.latest
    names = [entry.view.owner.login, str(entry.head["repo"]), package.name]
    numbers = [latest.downloads.total, latest.downloads.month, week_change(entry.counts), latest.size]
    bars = sparkline(entry.counts, "0123456789", "-")
    path = [] if entry.path == "/".join(names) else [entry.path]
    return [*names, package.type, *numbers, bars, int(entry.view.stale), *path]


def _badge(metric: str, badge: Badge, head: Head) -> list[str]:
    """Return the texts of our badge, then those of a dynamic badge for the same key of the index."""
    return [badge.label, badge.message, badge.color, LABELS[metric], one_line(str(head[metric_key(metric)]))]


def _steps(numbers: Iterable[int | None]) -> list[int | None]:
    """Return each number's difference from the known one before it, which takes a third of the bytes."""
    steps: list[int | None] = []
    last = 0
    for number in numbers:
        steps.append(None if number is None else number - last)
        last = last if number is None else number
    return steps


def _version(version: Version) -> list[Any]:
    downloads, day = version.downloads, version.date.isoformat()
    numbers = [downloads.total, downloads.month, downloads.week, downloads.day, version.size]
    return [version.id, version.name, list(version.tags), *numbers, dict(version.sizes), day]


def _call(name: str, value: list[Any] | Mapping[str, Any]) -> bytes:
    return f'"use strict";\nbackage.{name}({_escape(dump(value))});\n'.encode()


def _escape(json: str) -> str:
    """Make JSON safe within a script. The escaped characters occur only within its strings."""
    return json.translate(_ESCAPED)
