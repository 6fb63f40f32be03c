"""What rich does on a terminal. It takes time to load, so the commands import this where they use it."""

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

WIDEST = 1_000_000
"""Columns of a pipe, in which no line is wrapped."""


def open_console(stream: TextIO) -> Console:
    """Open a console on a stream. It takes nothing for markup, and writes plain text into a pipe."""
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
    """Draw parts for standard output, with a blank line between them."""
    console = open_console(sys.stdout)
    with console.capture() as captured:
        for part in parts:
            console.print(part, soft_wrap=True)
            console.print()
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def make_pairs(pairs: Iterable[tuple[str, RenderableType]]) -> Table:
    """Make a table of labels and values."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=12)
    table.add_column(overflow="fold")
    for pair in pairs:
        table.add_row(*pair)
    return table


def make_bar(state: str = "") -> Progress | None:
    """Make a bar on standard error, with a state or the time that remains; None where that is no terminal."""
    console = open_console(sys.stderr)
    if not console.is_interactive:
        return None
    label = TextColumn("{task.description}", markup=False)
    last = TextColumn(state, markup=False) if state else TimeRemainingColumn()
    return Progress(label, BarColumn(), MofNCompleteColumn(), last, console=console, redirect_stdout=False)
