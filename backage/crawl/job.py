"""What the flows of one run share, and how each of them reads a page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from backage.config import Settings
from backage.crawl.tally import OwnerResult, Tally
from backage.errors import PageChangedError
from backage.models.history import Owner, Package
from backage.models.pages import Page, Request, Service
from backage.owners import Entry, OptOut
from backage.store.database import History

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lookups:
    """How many version pages and sizes a run may read, None is no limit; `full` wants all pages."""

    version_pages: int | None = 0
    sizes: int | None = 0
    full: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom a run reads, for which day, with how many requests in the air, and what it may look up.

    `day` is the day on which it began, and `today` returns the day it is by now.
    """

    entries: Sequence[Entry]
    optout: OptOut
    day: date
    today: Callable[[], date]
    jobs: int
    lookups: Lookups


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told what a run does: of each owner that was gone through, and of each answer."""

    on_owner: Callable[[OwnerResult], None] = lambda _: None
    on_answer: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """A package that this run read, by its key in the history, and the day that its page named."""

    owner: Owner
    package: Package
    key: int
    day: date


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading a page takes: where GitHub is, and who counts what its pages lack.

    `fetch` awaits an answer, and `stop` ends the run for a reason.
    """

    settings: Settings
    tally: Tally
    fetch: Callable[[Request], Awaitable[Page]]
    stop: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job(Reader):
    """One run, with its number, its plan, and what it has done so far.

    `requested_login_by_owner` has a key for each owner whose list was read, with the login in owners.txt.
    `refused` are APIs that refuse to answer for an owner: they are not asked about its other packages.
    """

    history: History
    plan: Plan
    run: int
    read_packages: list[ReadPackage] = field(default_factory=list)
    requested_login_by_owner: dict[str, str] = field(default_factory=dict)
    refused: set[tuple[Service, str]] = field(default_factory=set)


async def fetch_and_parse(reader: Reader, request: Request, kind: str, parse: Callable[[Page], T]) -> T:
    """Read and parse one page of a kind, so that its bytes are gone before the next comes.

    Raises:
        BackageError: it could not be read, or it lacks what its parser needs.
    """
    answer = await reader.fetch(request)
    counted = request.service == "web"  # what a registry says is no sign of a change of GitHub's pages
    try:
        value = parse(answer)
    except PageChangedError as error:
        if counted:
            reader.tally.add_page(kind, error, answer.body)
            if reader.tally.layout_change is not None:
                reader.stop(f"GitHub changed its pages: {reader.tally.layout_change}")
        raise
    if counted:
        reader.tally.add_page(kind)
    return value
