"""What `backage owners` says of the lines it checked, as text, as Markdown and as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from backage.cli.text import as_code, count, markdown, number, printable
from backage.crawl.tally import DONE, NOTHING_READ, SOME_FAILED
from backage.crawl.verdicts import CheckedLine

MOST_NAMED = 200
"""Lines that a text names, those that are not right before the others; GitHub shows 1 MiB of a summary."""

RIGHT = {"fine", "added", "removed"}


def exit_code(rows: Sequence[CheckedLine], *, adding: bool = False) -> int:
    """Tell what a check comes to; that a line is there already is wrong in a check, and well when adding."""
    wrong = [
        row for row in rows if row.verdict not in RIGHT and not (adding and row.verdict == "already there")
    ]
    if not wrong:
        return DONE
    judged = sum(row.verdict != "removed" for row in rows)
    unchecked = sum(row.verdict == "not checked" for row in wrong)
    return NOTHING_READ if unchecked == judged else SOME_FAILED


def as_text(rows: Sequence[CheckedLine], code: int) -> str:
    """Write a line for each, its verdict first, so that none begins with what a stranger wrote."""
    named, rest = _named(rows)
    verdicts = max((len(row.verdict) for row in named), default=0)
    lines = max((len(row.line) for row in named), default=0)
    table = [f"{row.verdict:<{verdicts}}  {row.line:<{lines}}  {row.detail}".rstrip() for row in named]
    return "\n".join([*map(printable, table), *rest, _outcome(rows, code)])


def as_markdown(rows: Sequence[CheckedLine], code: int) -> str:
    """Write a table for a comment or the summary of an Actions job."""
    named, rest = _named(rows)
    head = ["", "| line | verdict | |", "|---|---|---|"] if named else []
    table = [f"| {as_code(row.line)} | {row.verdict} | {markdown(row.detail)} |" for row in named]
    return "\n".join([_outcome(rows, code), *head, *table, *(f"\n{more}" for more in rest), ""])


def as_json(rows: Sequence[CheckedLine]) -> list[dict[str, Any]]:
    """Give the same for a program, every line of it."""
    return [
        {
            "line": row.line,
            "verdict": row.verdict,
            "detail": row.detail,
            "login": row.entry and row.entry.login,
            "id": row.entry and row.entry.id,
            "packages": row.packages,
        }
        for row in rows
    ]


def _named(rows: Sequence[CheckedLine]) -> tuple[Sequence[CheckedLine], list[str]]:
    """Choose the lines to name; of the others it is said how many there are."""
    more = len(rows) - MOST_NAMED
    if more <= 0:
        return rows, []
    wrong_first = sorted(rows, key=lambda row: row.verdict in RIGHT)
    return wrong_first[:MOST_NAMED], [f"and {count(more, 'line')} more (--json names all)"]


def _outcome(rows: Sequence[CheckedLine], code: int) -> str:
    if not rows:
        return "Nothing to check."
    outcome = {
        DONE: "All lines are right",
        SOME_FAILED: "Some lines are not right",
        NOTHING_READ: "No line could be checked",
    }
    verdicts = Counter(row.verdict for row in rows).items()
    return f"{outcome[code]}: {', '.join(f'{number(times)} {verdict}' for verdict, times in verdicts)}."
