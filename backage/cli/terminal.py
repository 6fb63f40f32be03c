"""What rich draws on a terminal. It takes time to load, so the commands import this where they use it."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import TextIO

import click
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from backage.cli.text import count, cut, cut_middle, number, printable
from backage.models.history import MONTH, WEEK, Downloads, PackageDay, Version
from backage.pipeline.show import Found, Ranked
from backage.render.format import UNKNOWN, format_count, format_growth, format_size, format_trend, sparkline
from backage.render.package import PackageView, render_head, shown_tag
from backage.render.paths import repo_of
from backage.urls import plain

WIDEST = 1_000_000
"""Columns of a pipe, so that no line is wrapped."""

BARS = 2 * WEEK
"""Days in the bars of a table: those that the trend compares."""

WIDTH = 80
"""Columns of a line, on a terminal and in a pipe."""

LONGEST = 24

LONGEST_VERSION = 28

LONGEST_RANKED = 34

LONGEST_TAG = 67
"""Columns of a name."""

COUNTS = {"total": 7, "month": 7, "week": 7, "day": 7}

DAY = {"downloads": 13, "month": 12, "week": 11, "day": 10, "size": 8, "versions": 9}
"""Columns of numbers, and their width."""

STALE = " (stale)"

_DIGEST = "sha256:"

_HEX = 12


def open_console(stream: TextIO) -> Console:
    """Open a console on a stream. It interprets no markup, and writes plain text to a pipe."""
    terminal = stream.isatty()
    return Console(
        file=stream,
        force_terminal=terminal,  # whatever FORCE_COLOR says
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        width=None if terminal else WIDEST,
        markup=False,
        highlight=False,
        emoji=False,
    )


def draw(*parts: object) -> str:
    """Return parts as text for standard output, with a blank line between them."""
    console = open_console(sys.stdout)
    with console.capture() as captured:
        for part in parts:
            console.print(part, soft_wrap=True)
            console.print()
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def print_stdout(*parts: object) -> None:
    """Print parts to standard output, with blank lines between. What it cannot encode becomes `?`."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(draw(*parts).encode(encoding, "replace").decode(encoding))


def make_pairs(pairs: Iterable[tuple[str, RenderableType]]) -> Table:
    """Return a table of labels and values."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=12)
    table.add_column(overflow="fold")
    for pair in pairs:
        table.add_row(*pair)
    return table


def make_bar(state: str = "") -> Progress | None:
    """Return a bar on standard error, with a state or the remaining time; None if it is not a terminal."""
    console = open_console(sys.stderr)
    if not console.is_interactive:
        return None
    label = TextColumn("{task.description}", markup=False)
    last = TextColumn(state, markup=False) if state else TimeRemainingColumn()
    return Progress(label, BarColumn(), MofNCompleteColumn(), last, console=console, redirect_stdout=False)


def draw_packages(
    found: Sequence[Found], days: int, limit: int, *, single: bool, versions: bool
) -> Iterator[RenderableType]:
    """Yield a table of packages, or for each its card or name, then tables of its days and versions."""
    if not (single or days or versions):
        yield _make_package_table(found)
        return
    for each in found:
        yield _make_card(each) if single else _make_title(each)
        if days:
            yield _make_day_table(each.days[-days:])
        if versions:
            yield _make_version_table(each.versions, limit)


def draw_ranking(ranked: Sequence[Ranked], order: str) -> Table:
    """Return a table with a line for each package, in 80 columns, with its size if that is the order."""
    last = "size" if order == "size" else "growth"
    table = _make_table("    package", len("  1 ") + LONGEST_RANKED, {**COUNTS, last: len("999.9 MB")})
    for place, each in enumerate(ranked, 1):
        shown = each.shown
        name = _shorten_name(shown, cut_middle, LONGEST_RANKED, shown.owner.login)
        end = _format_size(shown.item.latest.size) if order == "size" else format_growth(each.growth)
        table.add_row(f"{place:>3} {name}", *_format_counts(shown.item.latest.downloads), end)
    return table


def _make_package_table(found: Sequence[Found]) -> Table:
    """Return a table with a line for each package, in 80 columns, with bars for the last two weeks."""
    table = _make_table("package", LONGEST, {**COUNTS, "trend": 7})
    table.add_column(" two weeks", min_width=BARS + 1, no_wrap=True)
    for each in found:
        counts = _format_counts(each.shown.item.latest.downloads)
        table.add_row(
            _shorten_name(each.shown, cut, LONGEST),
            *counts,
            _describe_trend(each, ""),
            f" {_draw_bars(each, BARS)}",
        )
    return table


def _make_title(each: Found) -> Text:
    """Return the full name of a package, shortened to a line."""
    shown = each.shown
    name = f"{shown.owner.login}/{repo_of(shown.item.package)}/{plain(shown.item.package.name)}"
    return Text(cut_middle(printable(name), WIDTH), "bold")


def _make_card(each: Found) -> Group:
    """Return the card of a package, with its title."""
    shown, head = each.shown, render_head(each.shown, each.versions)
    item, latest = shown.item, shown.item.latest
    as_of = f" (as of {head['versions_date']})" if "versions_date" in head else ""
    owner_rank, repo_rank = map(_format_exact, (shown.owner_rank, shown.repo_rank))
    labels = ("downloads", "month", "week", "day")
    pairs: list[tuple[str, RenderableType]] = [
        *zip(labels, map(_format_exact, astuple(latest.downloads)), strict=True),
        ("trend", _describe_trend(each, UNKNOWN)),
        ("30 days", _draw_bars(each, MONTH)),
        ("size", format_size(latest.size)),
        ("versions", f"{_format_exact(latest.versions)}, {_format_exact(latest.tagged)} tagged{as_of}"),
        ("latest", cut(printable(head["latest_tag"]), LONGEST_TAG)),
        ("newest", cut(printable(head["newest_tag"]), LONGEST_TAG)),
        ("rank", f"{owner_rank} in its owner, {repo_rank} in its repository"),
        ("type", printable(item.package.type)),
        ("refreshed", f"{item.refreshed}{STALE if shown.stale else ''}"),
    ]
    return Group(_make_title(each), make_pairs(pairs))


def _make_day_table(days: Sequence[PackageDay]) -> Table:
    """Return a table with a line for each day, oldest first, with exact numbers, even of the current day."""
    table = _make_table("date", len("2026-01-31"), DAY)
    widths = [width for column, width in DAY.items() if column != "size"]
    for entry in days:
        *counts, versions = map(_format_within, (*astuple(entry.downloads), entry.versions), widths)
        table.add_row(str(entry.day), *counts, _format_size(entry.size), versions)
    return table


def _make_version_table(versions: Sequence[Version], limit: int) -> Table:
    """Return a table with a line for each version, newest first, and a count of the others."""
    table = _make_table("version", LONGEST_VERSION, {**COUNTS, "size": 8, "date": 10})
    for version in versions[:limit]:
        name = cut(printable(_describe_version(version)), LONGEST_VERSION)
        counts = _format_counts(version.downloads)
        table.add_row(name, *counts, _format_size(version.size), str(version.date))
    if len(versions) > limit:
        table.caption = f"and {count(len(versions) - limit, 'version')} more; --limit 0 lists all"
    return table


def _make_table(name: str, longest: int, numbers: Mapping[str, int]) -> Table:
    """Return a table of names and numbers, whose columns stay as wide on a narrow terminal."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, caption_justify="left")
    table.add_column(name, min_width=longest, no_wrap=True)
    for label, width in numbers.items():
        table.add_column(label, min_width=width, justify="right", no_wrap=True)
    return table


def _format_counts(downloads: Downloads) -> list[str]:
    """Return the four numbers, in at most seven columns each."""
    return ["?" if value is None else format_count(value) for value in astuple(downloads)]


def _format_size(value: int | None) -> str:
    """Return a size in at most eight columns."""
    return "?" if value is None else format_size(value)


def _describe_version(version: Version) -> str:
    """Return a version's tags, first the one that the index shows, else its name or shortened digest."""
    if version.tags:
        first = shown_tag(version)
        return ", ".join([first, *(tag for tag in version.tags if tag != first)])
    digest = version.name.startswith(_DIGEST)
    return version.name[: len(_DIGEST) + _HEX] if digest else version.name


def _draw_bars(each: Found, days: int) -> str:
    """Return bars for the last days; empty if it cannot encode them, because `?` means unknown."""
    missing = open_console(sys.stdout).options.ascii_only
    return "" if missing else sparkline([entry.downloads.day for entry in each.days[-days:]])


def _describe_trend(each: Found, unknown: str) -> Text:
    trend = format_trend([entry.downloads.day for entry in each.days[:-1]])
    color = "red" if trend.startswith("-") else "green" if trend and trend != "+0 %" else ""
    return Text(trend or unknown, color)


def _shorten_name(shown: PackageView, shorten: Callable[[str, int], str], columns: int, *owner: str) -> str:
    """Return a package's name, after the repository's if the two differ."""
    repo = repo_of(shown.item.package)
    names = [*owner, *([repo] if repo != shown.item.package.name else []), plain(shown.item.package.name)]
    mark = STALE if shown.stale else ""
    return shorten(printable("/".join(names)), columns - len(mark)) + mark


def _format_exact(value: int | None) -> str:
    return UNKNOWN if value is None else number(value)


def _format_within(value: int | None, columns: int) -> str:
    """Return an exact count, or a short one if it is wider than its column."""
    if value is None:
        return "?"
    return number(value) if len(number(value)) <= columns else format_count(value)
