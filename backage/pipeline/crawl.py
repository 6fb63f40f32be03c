"""Many requests in the air, one thread that thinks.

A flow is a generator. It yields what it needs next, requests or further flows, and gets back their results
in the same order: a page, a flow's return value, or the `BackageError` that came instead. Only requests
leave the main thread; so parsing, planning and storing need no locks, and read from top to bottom.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from backage.errors import BackageError
from backage.models import Request
from backage.pipeline.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from backage.models import Page

T = TypeVar("T")
Flow: TypeAlias = Generator[Sequence["Request | Flow[Any]"], Any, T]
"""What a flow gets back has as many types as what it asks for; each flow knows its own."""

AHEAD = 2
"""Requests handed over for each thread, so that none waits for the main thread to think."""

SHARE = 2
"""As a budget runs out, so much of what is left stays back: its last requests finish what was begun."""

Place = tuple[int, ...]


@dataclass(eq=False, slots=True)
class _Task:
    """A flow under way: where its result goes, and the results it waits for."""

    flow: Flow[Any]
    place: Place
    parent: _Task | None = None
    slot: int = 0
    results: list[Any] = field(default_factory=list)
    open: int = 0


class Crawl:
    """Runs flows; what stands first in a list is asked for first, however deep it lies."""

    def __init__(
        self,
        fetch: Callable[[Request], Page],
        jobs: int,
        on_answer: Callable[[], None] = lambda: None,
        left: Callable[[], float] = lambda: math.inf,
        ended: Callable[[], bool] = lambda: False,
    ) -> None:
        """Keep `jobs` requests in the air; `fetch` is called by as many threads, the others by this one.

        `left` tells how many requests may still be sent, not counting those handed over; `ended` whether the
        run was told to end: then what is in the air is waited for only shortly.
        """
        self._ended = ended
        self._on_answer = on_answer
        self._left = left
        self._fetch = fetch
        self._jobs = jobs
        self._waiting: list[tuple[Place, int, _Task, int, Request]] = []
        self._count = itertools.count()

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end.

        Raises:
            BackageError: the flow itself ended with it.
        """
        root = _Task(flow, ())
        outcome: list[Any] = []
        asked: dict[int, tuple[_Task, int]] = {}
        with Threads(self._fetch, self._jobs, self._ended) as threads:
            self._resume(root, None, outcome)
            while self._waiting or asked:
                width = max(1, min(AHEAD * self._jobs, self._left() / SHARE))
                while self._waiting and len(asked) < width:
                    *_, task, slot, request = heapq.heappop(self._waiting)
                    asked[threads.ask(request)] = task, slot
                number, answer = threads.answer()
                task, slot = asked.pop(number)
                self._deliver(task, slot, answer, outcome)
                self._on_answer()
        if isinstance(outcome[0], BackageError):
            raise outcome[0]
        result: T = outcome[0]
        return result

    def _resume(self, task: _Task, results: list[Any] | None, outcome: list[Any]) -> None:
        """Let a flow go on, from its start with None, and take in what it needs next."""
        needs: list[Any] = []
        while not needs:
            try:
                needs = list(task.flow.send(results))
            except StopIteration as end:
                self._finish(task, end.value, outcome)
                return
            except BackageError as error:
                self._finish(task, error, outcome)
                return
            results = []
        task.results, task.open = [None] * len(needs), len(needs)
        for slot, need in enumerate(needs):
            place = (*task.place, slot)
            if isinstance(need, Request):
                heapq.heappush(self._waiting, (place, next(self._count), task, slot, need))
            else:
                self._resume(_Task(need, place, task, slot), None, outcome)

    def _finish(self, task: _Task, value: object, outcome: list[Any]) -> None:
        if task.parent is None:
            outcome.append(value)
        else:
            self._deliver(task.parent, task.slot, value, outcome)

    def _deliver(self, task: _Task, slot: int, value: object, outcome: list[Any]) -> None:
        task.results[slot] = value
        task.open -= 1
        if task.open == 0:
            self._resume(task, task.results, outcome)
