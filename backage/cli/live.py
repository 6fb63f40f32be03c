"""`backage check --live`: read a package's pages from GitHub, and tell whether they agree."""

import os
import shlex
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_args

import click
from rich.cells import cell_len, set_cell_size

from backage.cli.report import write_summary
from backage.cli.text import as_code, count, cut, json_text, number, printable
from backage.cli.update import Limits, connect
from backage.config import PROJECT, load_settings
from backage.crawl.tally import DONE, LAYOUT_CHANGED, NOTHING_READ
from backage.errors import ConfigError, NotFoundError, describe_os_error
from backage.models.history import Owner
from backage.models.pages import (
    Count,
    Manifest,
    MavenAnswer,
    MavenList,
    MavenPage,
    OwnerPage,
    PackagePage,
    VersionPage,
    VersionsPage,
)
from backage.owners import OptOut
from backage.pipeline.live import LivePage, read_live
from backage.plan.agreement import PageKind
from backage.render.format import format_size

Pages = Sequence[LivePage]

REQUESTS, MINUTES = 60, 5.0
"""The budget. Nine requests read the pages; the others are for a long list of packages."""

REPORT = f"{PROJECT}/issues/new?template=bug.yml"
JSON_KINDS = ("account", "manifest", "graphql", "ids")
LONGEST_LIST = 60
"""Columns that the platforms of an index may take."""


def check_live(
    name: Sequence[str], optout: OptOut, *, day: date, rate: float, keep: Path | None, as_json: bool
) -> int:
    """Read and compare the pages of a package, print the result, and return the exit code.

    `name` has its parts in URL form, `day` is today in UTC, and `rate` is in requests a second. The pages are
    saved in the folder `keep`.

    Raises:
        ConfigError: the name has not three parts, the package is opted out, or the folder is not writable.
    """
    if len(name) != len(("owner", "repo", "package")):
        raise ConfigError("--live needs the name of a package: backage check --live OWNER/REPO/PACKAGE.")
    login, repo, package = name
    if optout.package(login, repo, package):
        raise ConfigError("This package is opted out. Choose another one.")
    if keep:
        _make_folder(keep)
    settings = load_settings(os.environ)
    with connect(settings, Limits(1, rate, REQUESTS, MINUTES)) as (client, _):
        pages = read_live(client, settings, (login, repo, package), day)
    if keep:
        _keep_pages(keep, pages)
    if as_json:
        click.echo(json_text(_as_json(pages, keep)))
    else:
        for line in (*_format_table(pages), *_format_result(pages), *_format_advice(pages, keep)):
            click.echo(printable(line))
    write_summary(settings, _as_markdown(pages))
    if all(page.is_fine for page in pages):
        return DONE
    return LAYOUT_CHANGED if any(page.body for page in pages) else NOTHING_READ


def _make_folder(folder: Path) -> None:
    """Create the folder. This happens before the first request."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"Cannot keep the pages: {describe_os_error(error, folder)}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"Cannot keep the pages: {folder} is not writable.")


def _keep_pages(folder: Path, pages: Pages) -> None:
    """Write the pages, and remove those of an earlier run."""
    try:
        for kind in get_args(PageKind):
            (folder / _name_file(kind)).unlink(missing_ok=True)
        for page in pages:
            if page.body:
                (folder / _name_file(page.kind)).write_bytes(page.body)
    except OSError as error:
        raise ConfigError(f"Cannot keep the pages: {describe_os_error(error, folder)}.") from error


def _name_file(kind: PageKind) -> str:
    return f"{kind}.{'json' if kind in JSON_KINDS else 'html'}"


def _describe(value: object) -> str:
    """Describe what was read from a page; empty if it was not read."""
    text = ""
    match value:
        case Owner():
            text = f"{value.login}, {'an organization' if value.type == 'orgs' else 'a user'}, id {value.id}"
        case OwnerPage():
            packages = len(value.packages) + len(value.unfit)
            text = f"{count(packages, 'package')} on one of {count(value.pages, 'page')}"
        case PackagePage():
            days = f"{count(len(value.days), 'day')} up to {value.days[0][0]}" if value.days else "no days"
            text = f"{_format_counter(value.downloads)} downloads, {days}"
        case VersionsPage() | MavenList():
            text = _describe_list(value)
        case MavenAnswer():
            total = "no" if value.downloads is None else number(value.downloads)
            text = f"{total} downloads, {count(value.versions, 'version')}"
        case list():
            text = f"ids of {count(len(value), 'version')}"
        case VersionPage() | MavenPage():
            counters = value.downloads
            month, week = _format_counter(counters.month), _format_counter(counters.week)
            text = f"{_format_counter(counters.total)} downloads, {month} in 30 days, {week} in 7"
            text = f"{text}, {_format_counter(counters.day)} today"
        case Manifest():
            text = _describe_manifest(value)
    return text


def _describe_list(page: VersionsPage | MavenList) -> str:
    of = ""
    if isinstance(page, VersionsPage) and page.tagged is not None and page.untagged is not None:
        of = f" of {number(page.tagged)} tagged and {number(page.untagged)} untagged"
    return f"{count(len(page.rows), 'version')}{of} on one of {count(page.pages, 'page')}"


def _describe_manifest(manifest: Manifest) -> str:
    if not manifest.children:
        return format_size(manifest.size) if manifest.size is not None else "no size"
    platforms = ", ".join(child.platform for child in manifest.children if child.platform)
    return cut(f"an index of {count(len(manifest.children), 'manifest')}: {platforms}", LONGEST_LIST)


def _format_counter(counter: Count) -> str:
    return number(counter.value) if counter.exact else f"about {number(counter.value)}"


def _format_table(pages: Pages) -> Iterator[str]:
    """Yield a line for each page, followed by its findings."""
    rows = [(page.verdict, page.kind, _describe(page.value) or page.reason, page.url) for page in pages]
    columns = [max(cell_len(printable(row[place])) for row in rows) for place in range(3)]
    for page, row in zip(pages, rows, strict=True):
        cells = [set_cell_size(printable(text), column) for text, column in zip(row, columns, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()
        for finding in page.findings:
            yield f"{'':<{sum(columns[:2]) + 4}}{'' if finding.disagrees else 'note: '}{finding.text}"


def _format_result(pages: Pages) -> Iterator[str]:
    """Yield the result in a line, and another one where the name may be wrong."""
    expected, wrong = sum(page.expected for page in pages), sum(not page.is_fine for page in pages)
    result = f"{wrong} of {expected} pages could not be read or disagree."
    yield result if wrong else f"All {expected} pages agree."
    missing = [page.kind for page in pages if isinstance(page.error, NotFoundError)]
    if not {"account", "package", "maven"}.isdisjoint(missing):
        yield "GitHub has no such package. Check the name first."


def _format_advice(pages: Pages, keep: Path | None) -> Iterator[str]:
    """Yield how to report pages that could not be read or disagree; nothing if there are none."""
    wrong = [page for page in pages if not page.is_fine]
    arrived = [page for page in wrong if page.body]
    if wrong and not arrived:
        yield "None of these pages arrived. Check the network and the addresses, and try again."
    elif wrong and keep is None:
        yield f"A report needs these pages: run this again with --keep DIR, then open {REPORT}"
    elif wrong and keep:
        yield f"To report this, open {REPORT}"
        yield "Paste the lines above and the output of these commands, and attach the files:"
        for page in arrived:
            file = shlex.quote(str(keep / _name_file(page.kind)))
            yield f"    {file}" if page.kind in JSON_KINDS else f"    backage inspect {file}"


def _as_json(pages: Pages, keep: Path | None) -> dict[str, Any]:
    agree = all(page.is_fine for page in pages)
    return {
        "agree": agree,
        "report": None if agree else REPORT,
        "pages": [
            {
                "kind": page.kind,
                "url": page.url or None,
                "verdict": page.verdict,
                "read": _describe(page.value) or None,
                "reason": page.reason or None,
                "findings": [
                    {"text": finding.text, "disagrees": finding.disagrees} for finding in page.findings
                ],
                "file": str(keep / _name_file(page.kind)) if keep and page.body else None,
            }
            for page in pages
        ],
    }


def _as_markdown(pages: Pages) -> str:
    """Return the table and the result for the summary of an Actions job."""
    rows = []
    for page in pages:
        said = _describe(page.value) or page.reason
        rows.append(f"| {page.verdict} | {page.kind} | {as_code(f'{said} {page.url}'.strip())} |")
        rows += [f"| | | {as_code(finding.text)} |" for finding in page.findings]
    return "\n".join(["| check | page | |", "|---|---|---|", *rows, "", *_format_result(pages), ""])
