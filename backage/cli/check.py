"""`backage check`: why something is, or is not, in the index."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from backage.cli.live import check_live
from backage.cli.options import (
    PATH,
    Name,
    branch_option,
    date_option,
    find_repository,
    history_option,
    load_optout,
    optout_option,
    owners_option,
    rate_option,
    repository_option,
    require,
    use_history,
)
from backage.cli.text import count, json_text, printable
from backage.crawl.tally import DONE, SOME_FAILED
from backage.errors import ConfigError
from backage.models.events import SOURCES
from backage.owners import parse_owners
from backage.pipeline.show import Kept, Known, find_known
from backage.render.paths import repo_of
from backage.render.site.links import LABELS, badge_url, file_url
from backage.urls import plain

PARTS = 3
"""Of the name of one package."""


@click.command()
@click.argument("name", type=Name())
@owners_option
@optout_option
@history_option
@repository_option
@branch_option
@click.option("--json", "as_json", is_flag=True, help="Write what is known as JSON.")
@click.option("--live", is_flag=True, help="Read a package's pages on GitHub now, and compare them.")
@click.option("--keep", type=PATH, metavar="DIR", help="With --live, save the pages there.")
@date_option
@rate_option
def check(  # noqa: PLR0913 (one for each option)
    *,
    name: tuple[str, ...],
    owners: Path,
    optout: Path,
    history: Path,
    repository: str | None,
    branch: str,
    as_json: bool,
    live: bool,
    keep: Path | None,
    day: date,
    rate: float,
) -> None:
    """Show what is known about an owner, a repository or a package, and its URL.

    It sends no request. It ends with 0 if the package is there and fresh and nothing fails, else with 1.

    With --live it needs no history. It reads one page of each kind for OWNER/REPO/PACKAGE from GitHub, and
    compares them; --keep, --date and --rate are for this. It ends with 0 when all agree, with 3 when a page
    cannot be read or two disagree, and with 4 when no page arrived.
    """
    opted_out, _ = load_optout(optout)
    if live:
        raise SystemExit(check_live(name, opted_out, day=day, rate=rate, keep=keep, as_json=as_json))
    _refuse_without_live()
    require(history)
    repository = find_repository(repository)
    with use_history(history) as opened:
        known = find_known(opened, name, opted_out)
    listed = _find_line(owners, name[0])
    if as_json:
        click.echo(json_text(_as_json(known, listed, repository, branch), str))
    else:
        for label, text in _lines(name, known, listed, repository, branch):
            click.echo(f"{label:<12} {printable(text)}".rstrip())
    raise SystemExit(DONE if known.fine else SOME_FAILED)


def _refuse_without_live() -> None:
    """Refuse options that only --live uses. Their variables may be set: `backage update` has the same.

    Raises:
        ConfigError: one was typed.
    """
    context = click.get_current_context()
    for name, typed in (("keep", "--keep"), ("day", "--date"), ("rate", "--rate")):
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise ConfigError(f"{typed} needs --live.")


def _find_line(path: Path, login: str) -> str | None:
    """Return the line of owners.txt that names an owner."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    entries, _ = parse_owners(text)
    return next((entry.line for entry in entries if entry.login.lower() == login.lower()), None)


def _lines(
    name: tuple[str, ...], known: Known, listed: str | None, repository: str | None, branch: str
) -> Iterator[tuple[str, str]]:
    owner = known.owner
    yield "name", plain("/".join(name))
    yield "listed", f"yes, as {listed}" if listed else "no: owners.txt does not name its owner"
    if known.opted_out:
        yield "opted out", "yes: it is not read, and has no files"
    if owner is None:
        yield "found", "no: nothing was ever read of this owner"
    else:
        if owner.type in SOURCES:
            yield "counted", f"yes: its downloads come as events of {owner.type}"
        renamed = f", which was {name[0]}" if owner.login.lower() != name[0].lower() else ""
        yield "owner", f"{owner.login}{renamed}, id {owner.id if owner.id is not None else 'not known yet'}"
        yield "found", _counts(known)
    for kept in known.packages:
        yield from _package(kept, repository, branch, whole=len(name) == PARTS)
    for failure in known.failures:
        yield "failing", f"{failure.what}: {failure.reason} since {failure.since} {failure.url}".rstrip()


def _counts(known: Known) -> str:
    there = [kept.shown for kept in known.packages if kept.shown]
    if not known.packages:
        return "no: its owner's list never named it"
    parts = [
        (len(there), "here"),
        (sum(shown.stale for shown in there), "stale"),
        (sum(kept.gone is not None for kept in known.packages), "gone"),
    ]
    return (
        ", ".join(f"{count(number, 'package')} {what}" for number, what in parts if number) or "no number yet"
    )


def _package(kept: Kept, repository: str | None, branch: str, *, whole: bool) -> Iterator[tuple[str, str]]:
    """Yield a line for a package of several, or all there is to say for a single one."""
    label = f"{repo_of(kept.package)}/{plain(kept.package.name)}"
    if kept.gone is not None:
        yield "gone", f"{label}: deleted or private since {kept.gone}; its history stays"
    elif kept.shown is not None and whole:
        yield "refreshed", f"{kept.shown.item.refreshed}{', stale' if kept.shown.stale else ''}"
        yield "type", kept.package.type
        yield "file", f"index/{kept.path}.json"
        url, badges = _find_urls(kept, repository, branch)
        yield "url", url or "name the repository of the index with --repository"
        if url:
            yield "badge", badges["downloads"]
            yield "badges", f"of {', '.join(list(LABELS)[1:])}: backage badge, with --metric"
    elif kept.shown is not None and kept.shown.stale:
        yield "stale", f"{label}: refreshed {kept.shown.item.refreshed}"


def _find_urls(kept: Kept, repository: str | None, branch: str) -> tuple[str | None, dict[str, str]]:
    """Return the URL of a package's file, and those of its badges; none if no repository is known."""
    if repository is None or kept.shown is None:
        return None, {}
    url = file_url(repository, branch, f"index/{kept.path}.json")
    return url, {metric: badge_url(url, metric) for metric in LABELS}


def _as_json(known: Known, listed: str | None, repository: str | None, branch: str) -> dict[str, Any]:
    return {
        "listed": listed is not None,
        "opted_out": known.opted_out,
        "owner": known.owner and known.owner.login,
        "owner_id": known.owner and known.owner.id,
        "fine": known.fine,
        "packages": [
            {
                "repo": repo_of(kept.package),
                "package": kept.package.name,
                "package_type": kept.package.type,
                "path": kept.shown and f"index/{kept.path}.json",
                "date": kept.shown and kept.shown.item.refreshed,
                "stale": kept.shown and kept.shown.stale,
                "gone": kept.gone,
                **dict(zip(("url", "badges"), _find_urls(kept, repository, branch), strict=True)),
            }
            for kept in known.packages
        ],
        "failures": list(map(asdict, known.failures)),
    }
