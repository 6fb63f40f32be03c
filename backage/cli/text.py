"""Text for terminals and logs. No text of a page or a file can control either."""

import json
from collections.abc import Callable
from contextlib import suppress

import click
import humanize
from rich.cells import cell_len, set_cell_size

_BREAKS_CODE = str.maketrans("`|<", "\N{REPLACEMENT CHARACTER}" * 3)
"""Characters that end code or a table cell; and `<`, so that nothing becomes a tag outside of code."""


def printable(text: str) -> str:
    """Replace unprintable characters: escapes, line breaks, directions of writing.

    The runner of Actions obeys `##[command]` anywhere in a line, and `::command::` at its beginning.
    """
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    shown = shown.replace("##[", "#\N{REPLACEMENT CHARACTER}[")
    return "\N{REPLACEMENT CHARACTER}" + shown if shown.lstrip().startswith("::") else shown


def json_text(value: object, default: Callable[[object], object] | None = None) -> str:
    """Return JSON for a terminal or a log, in which everything is escaped that could control either."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=default).replace("##[", "#\\u0023[")
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def markdown(text: str) -> str:
    """Return text escaped for a cell of a Markdown table, as GitHub renders a job's summary."""
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_{}[]|~#@" else c for c in escaped)


def as_code(text: str) -> str:
    """Return text as code in Markdown: elsewhere GitHub links addresses and even an escaped `@name`."""
    return f"`{printable(text).translate(_BREAKS_CODE)}`"


def print_stderr(text: str) -> None:
    """Print a line of printable text to standard error. A full disk there does not end a run."""
    with suppress(OSError):
        click.echo(printable(text), err=True)


def number(value: int) -> str:
    """Return a count with thousands separators."""
    return humanize.intcomma(value)


def count(value: int, thing: str) -> str:
    """Return a count and its noun, such as `2 packages`."""
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"


def cut(text: str, columns: int) -> str:
    """Shorten text to so many columns of a terminal, with `…` at its end."""
    if cell_len(text) <= columns and len(text) <= 2 * columns:
        return text
    return set_cell_size(text[: 2 * columns], columns - 1).rstrip() + "…"  # accents take no column


def cut_middle(text: str, columns: int) -> str:
    """Shorten text in its middle: both its owner and its package matter."""
    if cut(text, columns) == text:
        return text
    beginning, end = cut(text, columns // 3), text[-columns:]
    while cell_len(beginning + end) > columns:
        end = end[1:]
    return beginning + end
