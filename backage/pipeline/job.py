"""What the flows of one run share, and how each of them reads a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from backage.errors import BackageError, PageChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from backage.config import Settings
    from backage.models import Owner, Package, Page, Request, Service
    from backage.owners import OptOut
    from backage.pipeline.crawl import Flow
    from backage.pipeline.tally import Tally
    from backage.store import History

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lookups:
    """How many version pages and sizes a run may read, None is no limit; `full` wants all pages."""

    version_pages: int | None = 0
    sizes: int | None = 0
    full: bool = False


@dataclass(frozen=True, slots=True)
class Scanned:
    """A package that this run read, by its key in the history, and the day that its page named."""

    owner: Owner
    package: Package
    key: int
    day: date


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading a page takes: where GitHub is, and who counts what its pages lack."""

    settings: Settings
    tally: Tally


@dataclass(frozen=True, slots=True)
class Job(Reader):
    """One run: where it reads, what it may, for which day and number, and what it counts.

    `day` is the day on which it began, `today` the day it is by now. `begun` are the logins of owners whose
    list was read, each with the login by which it was asked for. `refused` are APIs that do not answer for
    an owner: what a token may not see of one package it may not see of the next.
    """

    history: History
    optout: OptOut
    day: date
    run: int
    lookups: Lookups
    today: Callable[[], date]
    scanned: list[Scanned] = field(default_factory=list)
    begun: dict[str, str] = field(default_factory=dict)
    refused: set[tuple[Service, str]] = field(default_factory=set)


def read(reader: Reader, request: Request, kind: str, parse: Callable[[Page], T]) -> Flow[T]:
    """Read and parse one page of a kind, so that its bytes are gone before the next comes.

    Raises:
        BackageError: it could not be read, or it lacks what its parser needs.
    """
    (answer,) = yield [request]
    if isinstance(answer, BackageError):
        raise answer
    counted = request.service == "web"  # what a registry says is no sign of a change of GitHub's pages
    try:
        value = parse(answer)
    except PageChangedError as error:
        if counted:
            reader.tally.add_page(kind, error, answer.body)
        raise
    if counted:
        reader.tally.add_page(kind)
    return value


def in_batches(items: Sequence[S], size: int, make: Callable[[S], Flow[T]]) -> Flow[list[T | BackageError]]:
    """Run a flow for each item, so many at a time: what waits takes memory too."""
    results: list[T | BackageError] = []
    for start in range(0, len(items), size):
        results += yield [make(item) for item in items[start : start + size]]
    return results
