"""The values that all tasks of a run share, and the function that reads a page."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from backage import urls
from backage.config import Settings
from backage.crawl.tally import OwnerResult, Tally
from backage.errors import MovedError, PageChangedError
from backage.models.history import Owner, Package
from backage.models.pages import Page, Request, Service
from backage.owners import Entry, OptOut
from backage.store.database import History

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LookupLimits:
    """Limits for version pages and sizes, None is no limit; `full` reads all version pages."""

    version_pages: int | None = 0
    sizes: int | None = 0
    full: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The owners to read, for which day, with how many parallel requests, and how many lookups.

    `day` is the day on which the run began; `today` returns the current day.
    """

    entries: Sequence[Entry]
    optout: OptOut
    day: date
    today: Callable[[], date]
    jobs: int
    lookups: LookupLimits


@dataclass(frozen=True, slots=True)
class Listener:
    """Callbacks of a run: after each owner, and after each answer."""

    on_owner: Callable[[OwnerResult], None] = lambda _: None
    on_answer: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """A package that this run has read: its key in the history, and the day of its page."""

    owner: Owner
    package: Package
    key: int
    day: date


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading a page takes: GitHub's addresses, and the tally.

    `fetch` awaits an answer, and `stop` ends the run with a reason.
    """

    settings: Settings
    tally: Tally
    fetch: Callable[[Request], Awaitable[Page]]
    stop: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job(Reader):
    """One run: its number, its plan and its progress.

    `requested_login_by_owner` has a key for each owner whose list was read, with the login in owners.txt.
    `refused` are APIs that refuse to answer for an owner: they are not asked about its other packages.
    `first_answers` are set once an API has answered, or refused to, for the first package of an owner.
    """

    history: History
    plan: Plan
    run: int
    read_packages: list[ReadPackage] = field(default_factory=list)
    requested_login_by_owner: dict[str, str] = field(default_factory=dict)
    refused: set[tuple[Service, str]] = field(default_factory=set)
    first_answers: dict[tuple[Service, str], Event] = field(default_factory=dict)


async def fetch_and_parse(
    reader: Reader, request: Request, kind: str, parse: Callable[[Page], T], owner: Owner | None = None
) -> T:
    """Fetch and parse one page, so that its bytes are freed at once.

    Raises:
        MovedError: the page now belongs to another account than `owner`.
        BackageError: it could not be read, or it lacks what its parser needs.
    """
    answer = await reader.fetch(request)
    if owner is not None:
        login = urls.login_of(reader.settings.server, answer.url)
        if login is not None and login.lower() != owner.login.lower():
            raise MovedError(answer.url, "its page is that of another owner now")
    counted = request.service == "web"  # a registry's answer tells nothing about GitHub's layout
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
