"""Text for terminals and logs: nothing that came from a page or a file can steer either."""

import json
import os
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click
import humanize

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


def style(text: str, **looks: Any) -> str:  # noqa: ANN401 (click's own)
    """Colour a text on a terminal, but where NO_COLOR is set; it says nothing that the text does not."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if plain else click.style(text, **looks)


def say(text: str) -> None:
    """Write to standard output; a character that its encoding does not have becomes a question mark."""
    click.echo(text.encode(_encoding(), "replace").decode(_encoding()))


def drawn(bars: str) -> str:
    """Leave bars out where standard output has none: a question mark says that a number is unknown."""
    return bars if bars.encode(_encoding(), "ignore").decode(_encoding()) == bars else ""


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def width(text: str) -> int:
    """Count the columns that a text takes: two for a character of East Asia or an emoji, none for a mark."""
    return sum(
        0 if unicodedata.category(c) in {"Mn", "Me"} else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def pad(text: str, columns: int) -> str:
    """Fill with blanks up to a width."""
    return text + " " * (columns - width(text))


def cut(text: str, columns: int) -> str:
    """Shorten what is too wide, with a mark at its end."""
    if width(text) <= columns and len(text) <= 2 * columns:
        return text
    shown = text[: 2 * columns]  # marks take no column, and must not be a thousand
    while width(shown) >= columns:
        shown = shown[:-1]
    return f"{shown}…"


def cut_middle(text: str, columns: int) -> str:
    """Shorten what is too wide where it tells least: a name begins with its owner and ends in its own."""
    if width(text) <= columns and len(text) <= 2 * columns:
        return text
    beginning = cut(text, columns // 3)
    end = text[-columns:]
    while width(beginning + end) > columns:
        end = end[1:]
    return beginning + end
