"""What `backage show` writes: a card of a package, and tables of packages, days and versions."""

from collections.abc import Sequence

from backage.cli.text import count, cut, cut_middle, drawn, number, pad, printable, style
from backage.models.history import MONTH, WEEK, PackageDay, Version
from backage.pipeline.show import Found
from backage.render.format import UNKNOWN, format_count, format_size
from backage.render.package import render_head
from backage.render.paths import repo_of
from backage.render.tags import shown_tag
from backage.render.trend import format_trend, sparkline
from backage.urls import plain

BARS = 2 * WEEK
"""Days that a table draws: those that its trend compares."""

WIDTH = 80
"""Columns of a line, on a terminal and in a pipe."""

LONGEST = 24
LONGEST_VERSION = 28
"""Columns of a name."""

STALE = " (stale)"
_DIGEST = "sha256:"
_HEX = 12


def show_packages(found: Sequence[Found]) -> str:
    """Write a line for each package; 80 columns, bars of the last two weeks included."""
    form = "{} {:>7} {:>7} {:>7} {:>7} {}  {}"
    head = form.format(pad("package", LONGEST), "total", "month", "week", "day", f"{'trend':>7}", "two weeks")
    lines = [style(head, bold=True)]
    for each in found:
        numbers = each.shown.latest.downloads
        counts = [short(value) for value in (numbers.total, numbers.month, numbers.week, numbers.day)]
        trend, bars = format_trend(_counts(each)[:-1]), drawn(sparkline(_counts(each)[-BARS:]))
        lines.append(form.format(_name(each), *counts, _tinted(trend, f"{trend:>7}"), bars).rstrip())
    return "\n".join(lines)


def show_name(each: Found) -> str:
    """Write the whole name of a package, as far as a line goes."""
    shown = each.shown
    name = f"{shown.owner.login}/{repo_of(shown.package)}/{plain(shown.package.name)}"
    return style(cut_middle(printable(name), WIDTH), bold=True)


def show_card(each: Found) -> list[str]:
    """Write what is known of one package, a thing a line."""
    shown, head, counts = each.shown, render_head(each.shown, each.versions), _counts(each)
    numbers = shown.latest.downloads
    totals = (numbers.total, numbers.month, numbers.week, numbers.day)
    trend = format_trend(counts[:-1])
    return [
        show_name(each),
        *(
            f"{label:<12} {_long(value)}"
            for label, value in zip(("downloads", "month", "week", "day"), totals, strict=True)
        ),
        f"{'trend':<12} {_tinted(trend, trend or UNKNOWN)}",
        f"{'30 days':<12} {drawn(sparkline(counts[-MONTH:]))}".rstrip(),
        f"{'size':<12} {format_size(shown.latest.size)}",
        f"{'versions':<12} {_long(shown.latest.versions)}, {_long(shown.latest.tagged)} tagged"
        + (f" (as of {head['versions_date']})" if "versions_date" in head else ""),
        f"{'latest':<12} {_tag(head['latest_tag'])}",
        f"{'newest':<12} {_tag(head['newest_tag'])}",
        f"{'rank':<12} {_long(shown.owner_rank)} in its owner, {_long(shown.repo_rank)} in its repository",
        f"{'type':<12} {printable(shown.package.type)}",
        f"{'refreshed':<12} {shown.refreshed}{STALE if shown.stale else ''}",
    ]


def show_days(days: Sequence[PackageDay]) -> str:
    """Write a line for each day, oldest first, with exact numbers; of the last day as far as it has come."""
    form = "{:<10} {:>13} {:>12} {:>11} {:>10} {:>8} {:>9}"
    head = form.format("date", "downloads", "month", "week", "day", "size", "versions")
    lines = [style(head, bold=True)]
    for entry in days:
        numbers = entry.downloads
        counts = [
            _fit(value, columns)
            for value, columns in (
                (numbers.total, 13),
                (numbers.month, 12),
                (numbers.week, 11),
                (numbers.day, 10),
            )
        ]
        lines.append(
            form.format(str(entry.day), *counts, short_size(entry.size), _fit(entry.versions, 9)).rstrip()
        )
    return "\n".join(lines)


def show_versions(versions: Sequence[Version], limit: int) -> str:
    """Write a line for each version, newest first, and how many more there are."""
    form = "{} {:>7} {:>7} {:>7} {:>7} {:>8} {:>10}"
    head = form.format(pad("version", LONGEST_VERSION), "total", "month", "week", "day", "size", "date")
    lines = [style(head, bold=True)]
    for version in versions[:limit]:
        numbers = version.downloads
        counts = [short(value) for value in (numbers.total, numbers.month, numbers.week, numbers.day)]
        name = pad(cut(printable(_version_name(version)), LONGEST_VERSION), LONGEST_VERSION)
        lines.append(form.format(name, *counts, short_size(version.size), str(version.date)))
    if len(versions) > limit:
        lines.append(f"and {count(len(versions) - limit, 'version')} more; --limit 0 lists all")
    return "\n".join(lines)


def short(value: int | None) -> str:
    """Write a count in seven columns."""
    return "?" if value is None else format_count(value)


def short_size(value: int | None) -> str:
    """Write a size in eight columns."""
    return "?" if value is None else format_size(value)


def _version_name(version: Version) -> str:
    """Give a version's tags, the most telling one first, else its name; of a digest its beginning."""
    if version.tags:
        first = shown_tag(version)
        return ", ".join([first, *(tag for tag in version.tags if tag != first)])
    digest = version.name.startswith(_DIGEST)
    return version.name[: len(_DIGEST) + _HEX] if digest else version.name


def _tag(tag: str) -> str:
    return cut(printable(tag), WIDTH - len(f"{'latest':<12} "))


def _counts(each: Found) -> list[int | None]:
    return [entry.downloads.day for entry in each.days]


def _name(each: Found) -> str:
    package = each.shown.package
    name = plain(package.name)
    name = name if package.name == repo_of(package) else f"{repo_of(package)}/{name}"
    mark = STALE if each.shown.stale else ""
    return pad(cut(printable(name), LONGEST - len(mark)) + mark, LONGEST)


def _tinted(trend: str, text: str) -> str:
    color = "red" if trend.startswith("-") else "green" if trend and trend != "+0 %" else None
    return style(text, fg=color) if color else text


def _long(value: int | None) -> str:
    return UNKNOWN if value is None else number(value)


def _fit(value: int | None, columns: int) -> str:
    """Write a count exactly, where it is not absurdly long."""
    if value is None:
        return "?"
    return number(value) if len(number(value)) <= columns else format_count(value)
