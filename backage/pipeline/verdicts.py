"""Check lines for owners.txt and optout.txt before they are added. Needs no history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from backage.config import Settings
from backage.crawl.fetcher import Fetcher, gather, run_crawl
from backage.crawl.job import Reader
from backage.crawl.owner import API_UNAVAILABLE, fetch_account, fetch_owner_page, guess_owner_type
from backage.crawl.tally import Tally, make_failure
from backage.errors import (
    BackageError,
    LoginWallError,
    NotFoundError,
    PageChangedError,
    ReadError,
    RedirectError,
    StoppedError,
)
from backage.fetch.client import Client
from backage.models.history import Owner
from backage.models.pages import OwnerPage
from backage.owners import Entry, OptOut, parse_entry, parse_name, show_line

Verdict = Literal[
    "fine",
    "added",
    "removed",
    "unknown",
    "already there",
    "opted out",
    "no public packages",
    "bad name",
    "renamed",
    "not checked",
]

Answer: TypeAlias = "tuple[Owner, OwnerPage] | BackageError | None"
"""The account of a login and the first page of its list; None if GitHub does not know it."""

ListedOwners: TypeAlias = dict[str | int, str]
"""The lines of owners.txt, by login in lower case and by id."""

NO_ACCOUNT = (NotFoundError, PageChangedError, LoginWallError, RedirectError)
"""Errors for a login without an account: the site may show a page of its own there."""


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """The verdict on one line, safe to print; `entry` is its correct form.

    `packages` counts the first page of the owner's list, None if it was not read.
    """

    line: str
    verdict: Verdict
    detail: str = ""
    entry: Entry | None = None
    packages: int | None = None


def check_owners(
    client: Client,
    settings: Settings,
    lines: Sequence[str],
    *,
    existing: Iterable[str],
    optout: OptOut,
    jobs: int,
    max_owners: int,
) -> list[CheckedLine]:
    """Check lines of owners.txt, which already has the `existing` ones; ask for `max_owners` owners at most.

    A correct line joins the existing ones, so later lines are compared with it too.
    """
    listed: ListedOwners = {}
    for owner in filter(None, map(parse_entry, existing)):
        _add_owner(listed, owner)
    entries = [parse_entry(line) for line in lines]
    unsure = (entry for entry in entries if entry and not _judge_by_lists(entry, listed, optout))
    logins = list({entry.login.lower(): entry.login for entry in unsure}.values())
    beyond = StoppedError(f"the budget of {max_owners} requests is spent")  # an owner takes one at least
    answers = _fetch_answers(client, settings, logins[:max_owners], jobs)
    checked = []
    for line, entry in zip(lines, entries, strict=True):
        if entry is None:
            found = CheckedLine(show_line(line), "bad name", "no name of a GitHub user or organization")
        else:
            found = _judge_by_lists(entry, listed, optout) or _judge_answer(
                entry, answers.get(entry.login.lower(), beyond), listed, optout
            )
        if found.verdict == "fine" and found.entry:
            _add_owner(listed, found.entry)
        checked.append(found)
    return checked


def check_optout(lines: Iterable[str], *, existing: Iterable[str]) -> list[CheckedLine]:
    """Check lines of optout.txt, which already has the `existing` ones. Makes no requests."""
    listed = {_lowercase(parse_name(line)) for line in existing}
    checked = []
    for line in lines:
        name = _lowercase(parse_name(line))
        if name is None:
            reason = "not owner, owner/repo or owner/repo/package"
            checked.append(CheckedLine(show_line(line), "bad name", reason))
        elif name in listed:
            checked.append(CheckedLine(show_line(line), "already there"))
        else:
            checked.append(CheckedLine(show_line(line), "fine", "opts out"))
            listed.add(name)
    return checked


def _lowercase(name: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return name and tuple(part.lower() for part in name)


def _keys_of(entry: Entry) -> list[str | int]:
    return [entry.login.lower(), *([] if entry.id is None else [entry.id])]


def _add_owner(listed: ListedOwners, entry: Entry) -> None:
    for key in _keys_of(entry):
        listed.setdefault(key, entry.line)


def _judge_by_lists(entry: Entry, listed: ListedOwners, optout: OptOut) -> CheckedLine | None:
    """Judge a line from the lists alone, without a request, if possible."""
    if optout.owner(entry.login):
        return CheckedLine(entry.line, "opted out")
    same = next((listed[key] for key in _keys_of(entry) if key in listed), None)
    if same is None:
        return None
    return CheckedLine(entry.line, "already there", f"as {same}" if same != entry.line else "")


def _fetch_answers(client: Client, settings: Settings, logins: Sequence[str], jobs: int) -> dict[str, Answer]:
    """Ask GitHub for logins; the answers are by login in lower case."""

    async def every() -> dict[str, Answer]:
        async with Fetcher(client.fetch, jobs, client.budget) as fetcher:
            reader = Reader(settings, Tally(), fetcher.fetch, client.budget.stop)
            answers = await gather(_read_list(reader, login) for login in logins)
        return {login.lower(): answer for login, answer in zip(logins, answers, strict=True)}

    return run_crawl(every())


async def _read_list(reader: Reader, login: str) -> tuple[Owner, OwnerPage] | None:
    """Find out who a login is, and read the first page of its list; None where GitHub knows no such login.

    A former login is unknown to the API, and the site leads on from it.
    """
    nowhere: tuple[type[ReadError], ...] = NO_ACCOUNT
    try:
        owner = await fetch_account(reader, login)
    except NotFoundError:
        pass
    except API_UNAVAILABLE:
        nowhere = (NotFoundError,)
    else:
        return owner, (await fetch_owner_page(reader, owner.login, owner.type))
    try:
        return await guess_owner_type(reader, login)
    except nowhere:
        return None


def _judge_answer(entry: Entry, answer: Answer, listed: ListedOwners, optout: OptOut) -> CheckedLine:
    """Judge a line by GitHub's answer."""
    if answer is None:
        return CheckedLine(entry.line, "unknown", "GitHub knows no such user or organization")
    if isinstance(answer, BackageError):
        return CheckedLine(entry.line, "not checked", make_failure(entry.line, answer).reason)
    owner, page = answer
    found = Entry(page.login or owner.login, owner.id)
    known = _judge_by_lists(found, listed, optout)
    if known:
        return replace(known, line=entry.line, detail=known.detail or f"as {found.line}")
    fault = _find_fault(entry, found, page)
    if fault:
        return CheckedLine(entry.line, *fault)
    return CheckedLine(entry.line, "fine", _describe_owner(found, page, optout), found, len(page.packages))


def _find_fault(entry: Entry, found: Entry, page: OwnerPage) -> tuple[Verdict, str] | None:
    """Compare a line with the account that was found."""
    if found.login.lower() != entry.login.lower():
        return "renamed", f"write {found.login}"
    if entry.id is not None and found.id is None:
        return "not checked", "the API does not tell its id"
    if entry.id not in {None, found.id}:
        return "bad name", f"the id of {found.login} is {found.id}"
    if not page.packages:
        return "no public packages", ""
    return None


def _describe_owner(entry: Entry, page: OwnerPage, optout: OptOut) -> str:
    packages = f"{len(page.packages)} package{'' if len(page.packages) == 1 else 's'}"
    pages = f" on the first of {page.pages} pages" if page.pages > 1 else ""
    number = f", id {entry.id}" if entry.id is not None else ", id not known yet"
    return packages + pages + number + (", partly opted out" if optout.mentions(entry.login) else "")
