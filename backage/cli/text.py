"""Text for terminals and logs: nothing that came from a page or a file can steer either."""

import json
from collections.abc import Callable
from contextlib import suppress

import click
import humanize
from rich.cells import cell_len, set_cell_size

_BREAKS_CODE = str.maketrans("`|<", "\N{REPLACEMENT CHARACTER}" * 3)
"""What ends code, or a cell; and `<`, so that nothing is a tag even where code is taken for none."""


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


def as_code(text: str) -> str:
    """Write as code in Markdown: GitHub makes a mention even of an escaped `@`, and a link of an address."""
    return f"`{printable(text).translate(_BREAKS_CODE)}`"


def print_stderr(text: str) -> None:
    """Say something on standard error, as far as it takes it: that a log is full must not end a run."""
    with suppress(OSError):
        click.echo(text, err=True)


def number(value: int) -> str:
    """Write a count with separators."""
    return humanize.intcomma(value)


def count(value: int, thing: str) -> str:
    """Write how many there are of a thing."""
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"


def cut(text: str, columns: int) -> str:
    """Shorten what is too wide, with a mark at its end."""
    if cell_len(text) <= columns and len(text) <= 2 * columns:
        return text
    return set_cell_size(text[: 2 * columns], columns - 1).rstrip() + "…"  # accents take no column


def cut_middle(text: str, columns: int) -> str:
    """Shorten what is too wide where it tells least: a name begins with its owner and ends in its own."""
    if cut(text, columns) == text:
        return text
    beginning, end = cut(text, columns // 3), text[-columns:]
    while cell_len(beginning + end) > columns:
        end = end[1:]
    return beginning + end
