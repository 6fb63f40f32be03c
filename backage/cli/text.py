"""Text for terminals and logs: nothing that came from a page or a file can steer either."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import click
import humanize

if TYPE_CHECKING:
    from collections.abc import Callable


def printable(text: str) -> str:
    """Replace what is no printable character: escapes, line breaks, directions of writing.

    The runner of Actions obeys `##[command]` anywhere in a line, and `::command::` at its beginning.
    """
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    shown = shown.replace("##[", "#\N{REPLACEMENT CHARACTER}[")
    return "\N{REPLACEMENT CHARACTER}" + shown if shown.lstrip().startswith("::") else shown


def json_text(value: object, default: Callable[[object], object] | None = None) -> str:
    """Write JSON for a terminal or a log: the same value, with all escaped that could steer either."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=default).replace("##[", "#\\u0023[")
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def markdown(text: str) -> str:
    """Escape for a cell of a Markdown table, as GitHub renders a job's summary."""
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_{}[]|~#@" else c for c in escaped)


def tell(text: str) -> None:
    """Say something on standard error, as far as it takes it: that a log is full must not end a run."""
    with suppress(OSError):
        click.echo(text, err=True)


def number(value: int) -> str:
    """Write a count with separators."""
    return humanize.intcomma(value)


def count(value: int, thing: str) -> str:
    """Write how many there are of a thing."""
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"
