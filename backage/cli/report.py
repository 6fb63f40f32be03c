"""What commands report: a run's progress and its table, and the verdicts about lines of the lists."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import humanize

from backage.cli.text import as_code, count, markdown, number, print_stderr, printable
from backage.config import Settings
from backage.crawl.job import Listener
from backage.crawl.tally import DONE, NOTHING_READ, SOME_FAILED, OwnerResult, Tally
from backage.errors import describe_os_error
from backage.fetch.budget import Budget
from backage.fetch.limiter import Limiter
from backage.pipeline.verdicts import CheckedLine

MOST_SHOWN = 20
"""Failures that a summary lists; all are counted by reason."""

_FOREIGN = {"", "note", "stopped"}
"""Labels of lines that may contain a stranger's text, or an address made of it."""

PARTS = 10
"""Lines in a log that show the progress of a command."""

MOST_NAMED = 200
"""Lines that a report lists, wrong ones first; GitHub shows 1 MiB of a summary."""

RIGHT = {"fine", "added", "removed"}


def write_summary(settings: Settings, text: str) -> None:
    """Add Markdown to the summary of an Actions job, if this is one."""
    if not settings.summary:
        return
    try:
        with settings.summary.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        reason = describe_os_error(error, settings.summary)
        print_stderr(f"backage: the summary cannot be written: {reason}")


def describe_owner(result: OwnerResult) -> str:
    """Return a line about an owner that was read, or not reached."""
    if not result.reached:
        return printable(f"{result.login}: not reached")
    failed = f", {len(result.failures)} failed" if result.failures else ""
    packages, versions = count(result.packages, "package"), count(result.versions, "version")
    return printable(f"{result.login}: {packages}, {versions} read{failed}")


def summarize_run(tally: Tally) -> list[tuple[str, str]]:
    """Return the lines of a run's summary, each as label and text."""
    packages = f"{number(tally.packages)} ({number(tally.new)} new, {number(tally.changed)} changed"
    packages += f", {number(tally.gone)} gone)" if tally.gone else ")"
    owners = f"{number(tally.owners)} of {number(tally.owners_planned)}"
    owners += f" ({number(tally.owners_failed)} failed)" if tally.owners_failed else ""
    found = [
        ("owners", owners),
        ("packages", packages),
        ("versions", f"{number(tally.versions)} read"),
        ("sizes", f"{number(tally.sizes)} found"),
        ("requests", number(tally.requests)),
        ("time", humanize.precisedelta(round(tally.seconds), minimum_unit="seconds")),
        ("failed", number(len(tally.failures))),
    ]
    if tally.index:
        written, removed = count(tally.index.written, "file"), number(tally.index.removed)
        found.insert(-1, ("index", f"{written} written, {removed} removed"))
    reasons = Counter(failure.reason for failure in tally.failures)
    found += [("", f"{number(times)} x {reason}") for reason, times in reasons.most_common()]
    if tally.unreached:
        owners = count(len(tally.unreached), "owner")
        found.append(("not reached", f"{owners}; the next run begins with them"))
    if tally.stopped:
        found.append(("stopped", tally.stopped))
    found += [("note", note) for note in _list_notes(tally)]
    return found + [("", failure) for failure in _list_failures(tally)]


def format_run_markdown(tally: Tally) -> str:
    """Return the summary of a run as a Markdown table, for the summary of an Actions job."""
    lines = [
        f"| {label} | {as_code(text) if label in _FOREIGN else markdown(text)} |"
        for label, text in summarize_run(tally)
    ]
    return "\n".join(["| backage | |", "|---|---|", *lines, ""])


def list_run_values(tally: Tally) -> dict[str, Any]:
    """Return the results of a run for JSON; `seconds` has three decimals."""
    return {
        "owners": tally.owners,
        "owners_planned": tally.owners_planned,
        "owners_failed": tally.owners_failed,
        "owners_not_reached": len(tally.unreached),
        "packages": tally.packages,
        "packages_new": tally.new,
        "packages_changed": tally.changed,
        "packages_gone": tally.gone,
        "versions": tally.versions,
        "sizes": tally.sizes,
        "requests": tally.requests,
        "seconds": round(tally.seconds, 3),
        "files_written": tally.index.written if tally.index else 0,
        "files_removed": tally.index.removed if tally.index else 0,
        "stopped": tally.stopped,
        "failures": [{"what": f.what, "reason": f.reason, "url": f.url} for f in tally.failures],
        "notes": _list_notes(tally),
    }


def _list_notes(tally: Tally) -> list[str]:
    doubts = {
        "whose total fell: not stored unless the next day's page says the same": tally.totals_held_back,
        "that a list lacks: kept unless they are missing on the next day": tally.versions_missing,
    }
    counted = [f"{count(versions, 'version')} {doubt}" for doubt, versions in doubts.items() if versions]
    return [*tally.lookups_failed, *tally.notes, *counted]


def _list_failures(tally: Tally) -> list[str]:
    shown = [
        f"{failure.what}: {failure.reason} {failure.url}".removeprefix(": ").rstrip()
        for failure in tally.failures
    ]
    more = len(shown) - MOST_SHOWN
    return shown[:MOST_SHOWN] + ([f"and {number(more)} more (--json lists all)"] if more > 0 else [])


@contextmanager
def show_progress(
    tally: Tally, budget: Budget, limiter: Limiter, *, verbose: bool, quiet: bool
) -> Iterator[Listener]:
    """Show a bar on a terminal, lines in a log or with `verbose`, nothing with `quiet`."""
    from backage.cli.terminal import make_bar

    def line(result: OwnerResult) -> None:
        if not quiet and (verbose or result.reached):
            print_stderr(describe_owner(result))
        if verbose:
            for failure in result.failures:
                print_stderr(f"  {failure.what}: {failure.reason} {failure.url}")

    bar = None if quiet or verbose else make_bar("{task.fields[state]}")
    if bar is None:
        yield Listener(line)
        return
    with bar:
        task = bar.add_task("Reading owners", total=None, state="")

        def show_state() -> None:
            state = f"{tally.packages} packages, {budget.spent} requests, {limiter.describe()}"
            bar.update(task, total=tally.owners_planned, state=state)

        yield Listener(lambda _: bar.advance(task), show_state)
        show_state()  # what the last answer brought


@contextmanager
def show_steps(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback for the number of steps done and of all. It moves a bar, or prints lines in a log."""
    from backage.cli.terminal import make_bar

    printed = 0

    def line(done: int, total: int) -> None:
        nonlocal printed
        part = done * PARTS // total
        if part > printed:
            printed = part
            print_stderr(f"{label}: {done} of {total}")

    bar = None if quiet else make_bar()
    if bar is None:
        yield (lambda _done, _total: None) if quiet else line
        return
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def choose_exit_code(rows: Sequence[CheckedLine], *, adding: bool = False) -> int:
    """Return the exit code of a check. A line that is there already is wrong, except when adding owners."""
    wrong = [
        row for row in rows if row.verdict not in RIGHT and not (adding and row.verdict == "already there")
    ]
    if not wrong:
        return DONE
    judged = sum(row.verdict != "removed" for row in rows)
    unchecked = sum(row.verdict == "not checked" for row in wrong)
    return NOTHING_READ if unchecked == judged else SOME_FAILED


def format_verdicts(rows: Sequence[CheckedLine], code: int) -> str:
    """Return a line for each verdict, which comes first, so that no line begins with a stranger's text."""
    named, rest = _choose_lines(rows)
    verdicts = max((len(row.verdict) for row in named), default=0)
    lines = max((len(row.line) for row in named), default=0)
    table = [f"{row.verdict:<{verdicts}}  {row.line:<{lines}}  {row.detail}".rstrip() for row in named]
    return "\n".join([*map(printable, table), *rest, _describe_outcome(rows, code)])


def format_verdicts_markdown(rows: Sequence[CheckedLine], code: int) -> str:
    """Return a Markdown table for a comment or the summary of an Actions job."""
    named, rest = _choose_lines(rows)
    head = ["", "| line | verdict | |", "|---|---|---|"] if named else []
    table = [f"| {as_code(row.line)} | {row.verdict} | {markdown(row.detail)} |" for row in named]
    return "\n".join([_describe_outcome(rows, code), *head, *table, *(f"\n{more}" for more in rest), ""])


def list_verdicts(rows: Sequence[CheckedLine]) -> list[dict[str, Any]]:
    """Return all verdicts for JSON."""
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


def _choose_lines(rows: Sequence[CheckedLine]) -> tuple[Sequence[CheckedLine], list[str]]:
    """Return the lines to list, and a sentence that counts the others."""
    more = len(rows) - MOST_NAMED
    if more <= 0:
        return rows, []
    wrong_first = sorted(rows, key=lambda row: row.verdict in RIGHT)
    return wrong_first[:MOST_NAMED], [f"and {count(more, 'line')} more (--json names all)"]


def _describe_outcome(rows: Sequence[CheckedLine], code: int) -> str:
    if not rows:
        return "Nothing to check."
    outcome = {
        DONE: "All lines are right",
        SOME_FAILED: "Some lines are not right",
        NOTHING_READ: "No line could be checked",
    }
    verdicts = Counter(row.verdict for row in rows).items()
    return f"{outcome[code]}: {', '.join(f'{number(times)} {verdict}' for verdict, times in verdicts)}."
