"""What a run says of itself: a line for each owner, and a table at its end."""

from typing import Any

import click
import humanize

from backage.cli.text import as_code, count, markdown, number, printable
from backage.config import Settings
from backage.crawl.tally import OwnerResult, Tally, count_reasons
from backage.errors import describe_os_error

MOST_SHOWN = 20
"""Failures named one by one; more are counted by reason."""

_FOREIGN = {"", "note", "stopped"}
"""Labels of the lines in which there may be what a stranger wrote, or an address made of it."""


def write_summary(settings: Settings, text: str) -> None:
    """Add Markdown to the summary of an Actions job, if this is one."""
    if not settings.summary:
        return
    try:
        with settings.summary.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        click.echo(
            printable(
                f"backage: the summary cannot be written: {describe_os_error(error, settings.summary)}"
            ),
            err=True,
        )


def owner_line(result: OwnerResult) -> str:
    """Say in a line what became of an owner."""
    if not result.reached:
        return printable(f"{result.login}: not reached")
    failed = f", {len(result.failures)} failed" if result.failures else ""
    packages, versions = count(result.packages, "package"), count(result.versions, "version")
    return printable(f"{result.login}: {packages}, {versions} read{failed}")


def rows(tally: Tally) -> list[tuple[str, str]]:
    """Give the table of a run's end, as label and text."""
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
    found += [("", f"{number(times)} x {reason}") for reason, times in count_reasons(tally.failures)]
    if tally.unreached:
        found.append(
            ("not reached", f"{count(len(tally.unreached), 'owner')}; the next run begins with them")
        )
    if tally.stopped:
        found.append(("stopped", tally.stopped))
    found += [("note", note) for note in _notes(tally)]
    return found + [("", failure) for failure in _failures(tally)]


def as_markdown(tally: Tally) -> str:
    """Write the table for the summary of an Actions job."""
    lines = [
        f"| {label} | {as_code(text) if label in _FOREIGN else markdown(text)} |"
        for label, text in rows(tally)
    ]
    return "\n".join(["| backage | |", "|---|---|", *lines, ""])


def as_json(tally: Tally) -> dict[str, Any]:
    """Give the same for a program."""
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
        "notes": _notes(tally),
    }


def _notes(tally: Tally) -> list[str]:
    held, missing = tally.totals_held_back, tally.versions_missing
    doubts = []
    if held:
        doubts.append(f"{count(held, 'version')} whose total fell: kept out unless it stands on the next day")
    if missing:
        doubts.append(
            f"{count(missing, 'version')} that a list lacks: kept unless they are missing on the next day"
        )
    return [*tally.lookups_failed, *tally.notes, *doubts]


def _failures(tally: Tally) -> list[str]:
    shown = [
        f"{failure.what}: {failure.reason} {failure.url}".removeprefix(": ").rstrip()
        for failure in tally.failures
    ]
    more = len(shown) - MOST_SHOWN
    return shown[:MOST_SHOWN] + ([f"and {number(more)} more (--json lists all)"] if more > 0 else [])
