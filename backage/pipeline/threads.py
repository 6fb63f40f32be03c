"""The threads that fetch. They end with the program: what hangs in the air cannot hold it up."""

from __future__ import annotations

import itertools
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from backage.errors import BackageError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from backage.models import Page, Request

TICK, GRACE = 0.5, 5
"""Seconds between looks whether the run was told to end, and how many of them its last answers have."""


class Threads:
    """So many threads that fetch; each request has a number, by which its answer is known."""

    def __init__(self, fetch: Callable[[Request], Page], count: int, ended: Callable[[], bool]) -> None:
        """Use a number of threads; `ended` tells whether the run was told to end."""
        self._fetch = fetch
        self._count = count
        self._ended = ended
        self._numbers = itertools.count()
        self._open: set[int] = set()
        self._asked: SimpleQueue[tuple[int, Request] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, Page | BaseException]] = SimpleQueue()
        self._ticks = 0

    def __enter__(self) -> Self:
        """Start the threads."""
        for number in range(self._count):
            Thread(target=self._work, name=f"fetch-{number}", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the threads end."""
        for _number in range(self._count):
            self._asked.put(None)

    def ask(self, request: Request) -> int:
        """Hand over a request, and return its number."""
        number = next(self._numbers)
        self._open.add(number)
        self._asked.put((number, request))
        return number

    def answer(self) -> tuple[int, Page | BackageError]:
        """Wait for the next answer; once the run was told to end, for a few seconds in all."""
        while True:
            if self._ticks >= GRACE:
                return self._open.pop(), StoppedError("no answer before the run had to end")
            try:
                number, result = self._done.get(timeout=TICK)
            except Empty:
                self._ticks += self._ended()
                continue
            self._open.discard(number)
            if isinstance(result, BaseException) and not isinstance(result, BackageError):
                raise result
            return number, result

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            number, request = asked
            try:
                self._done.put((number, self._fetch(request)))
            except BaseException as error:  # noqa: BLE001 (the thread that waits for it raises it)
                self._done.put((number, error))
