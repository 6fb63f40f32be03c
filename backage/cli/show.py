"""`backage show`: numbers and trend in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from backage.cli.options import Name, history_option, require, use_history
from backage.cli.text import json_text, number, printable
from backage.models import MONTH, WEEK
from backage.pipeline import find_packages
from backage.render import UNKNOWN, format_count, format_size, format_trend, render_head, repo_of, sparkline
from backage.urls import plain

if TYPE_CHECKING:
    from pathlib import Path

    from backage.pipeline import Found

BARS = 2 * WEEK
"""Days that a table draws: those that its trend compares."""

LONGEST = 24
PARTS = 3
"""Of the name of one package."""


@click.command()
@click.argument("name", type=Name())
@history_option
@click.option("--json", "as_json", is_flag=True, help="Write the keys of the index.")
def show(*, name: tuple[str, ...], history: Path, as_json: bool) -> None:
    """Show a package's numbers and how they go, or all of an owner or a repository."""
    require(history)
    with use_history(history) as opened:
        found = find_packages(opened, name, versions=as_json or len(name) == PARTS)
    if as_json:
        heads = [_head(each) for each in found]
        text = json_text(heads[0] if len(name) == PARTS else heads)
    else:
        text = (
            "\n".join(line for each in found for line in _card(each)) if len(name) == PARTS else _table(found)
        )
    click.echo(text)


def _table(found: list[Found]) -> str:
    """Write a line for each package; 80 columns, bars of the last two weeks included."""
    form = f"{{:<{LONGEST}}} {{:>7}} {{:>7}} {{:>7}} {{:>7}} {{:>7}}  {{}}"
    lines = [form.format("package", "total", "month", "week", "day", "trend", "two weeks")]
    for each in found:
        numbers = each.shown.latest.downloads
        counts = [_short(count) for count in (numbers.total, numbers.month, numbers.week, numbers.day)]
        bars = sparkline(_counts(each)[-BARS:])
        lines.append(form.format(_cut(each), *counts, format_trend(_counts(each)[:-1]), bars).rstrip())
    return "\n".join(lines)


def _card(each: Found) -> list[str]:
    """Write what is known of one package, a thing a line."""
    shown, head, counts = each.shown, _head(each), _counts(each)
    numbers = shown.latest.downloads
    totals = (numbers.total, numbers.month, numbers.week, numbers.day)
    return [
        printable(f"{shown.owner.login}/{repo_of(shown.package)}/{plain(shown.package.name)}"),
        *(
            f"{label:<12} {_long(count)}"
            for label, count in zip(("downloads", "month", "week", "day"), totals, strict=True)
        ),
        f"{'trend':<12} {format_trend(counts[:-1]) or UNKNOWN}",
        f"{'30 days':<12} {sparkline(counts[-MONTH:])}",
        f"{'size':<12} {format_size(shown.latest.size)}",
        f"{'versions':<12} {_long(shown.latest.versions)}, {_long(shown.latest.tagged)} tagged",
        f"{'latest':<12} {printable(head['latest_tag'])}",
        f"{'newest':<12} {printable(head['newest_tag'])}",
        f"{'rank':<12} {_long(shown.owner_rank)} in its owner, {_long(shown.repo_rank)} in its repository",
        f"{'type':<12} {printable(shown.package.type)}",
        f"{'refreshed':<12} {shown.refreshed}{' (stale)' if shown.stale else ''}",
    ]


def _head(each: Found) -> dict[str, Any]:
    return render_head(each.shown, each.versions)


def _counts(each: Found) -> list[int | None]:
    return [entry.downloads.day for entry in each.days]


def _cut(each: Found) -> str:
    package = each.shown.package
    name = printable(plain(package.name))
    name = name if package.name == repo_of(package) else f"{printable(repo_of(package))}/{name}"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _short(count: int | None) -> str:
    return "?" if count is None else format_count(count)


def _long(count: int | None) -> str:
    return UNKNOWN if count is None else number(count)
