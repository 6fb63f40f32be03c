"""Many requests in flight, with one thread for everything else.

The blocking client runs in threads. Parsing, planning and SQLite run in the event loop and need no lock.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextvars import ContextVar, copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self, TypeVar

from backage.errors import BackageError, StoppedError
from backage.fetch.budget import Budget
from backage.models.pages import Page, Request

A = TypeVar("A")
T = TypeVar("T")
Priority = tuple[int, ...]

QUEUED_PER_THREAD = 2
"""Requests given to the pool for each thread, so that no thread waits for the event loop."""

BUDGET_PER_REQUEST = 2
"""Near the end of a budget, half of the requests left may be in flight. The rest finish open packages."""

MAX_TASKS = 200
"""Tasks of a group that run at once. A waiting task takes memory."""

STOP_CHECK_SECONDS, GRACE_SECONDS = 0.5, 5.0
"""Seconds between checks whether the run must stop, and for the last answers after that."""

_priority: ContextVar[Priority] = ContextVar("priority", default=())
"""The position of a task in its group, after that of the group itself; the lowest is first."""


class DaemonThreads:
    """A thread pool whose threads end with the program: a hanging request cannot delay the exit."""

    def __init__(self, count: int) -> None:
        """Start the threads."""
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._count = count
        for number in range(count):
            Thread(target=self._run, name=f"fetch-{number}", daemon=True).start()

    def submit(self, function: Callable[[A], T], argument: A) -> Future[T]:
        """Call a function in the next thread that is free."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(function(argument))
            except BaseException as error:  # noqa: BLE001 (whoever waits for the result raises it)
                future.set_exception(error)

        self._work.put(work)
        return future

    def shutdown(self) -> None:
        """End each thread after its current call."""
        for _ in range(self._count):
            self._work.put(None)

    def _run(self) -> None:
        for work in iter(self._work.get, None):
            work()


class Fetcher:
    """Fetches for the tasks of a crawl, in the order of their priorities; use it with `async with`."""

    def __init__(
        self,
        fetch: Callable[[Request], Page],
        jobs: int,
        budget: Budget,
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `fetch` in `jobs` threads.

        Fewer requests are in flight as the budget runs out. If the budget is stopped (the run must end),
        the fetcher waits only shortly for the last answers.
        """
        self._fetch, self._jobs, self._budget, self._on_answer = fetch, jobs, budget, on_answer
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._in_flight = 0

    async def __aenter__(self) -> Self:
        """Start the threads, and watch whether the run must end."""
        self._threads = DaemonThreads(self._jobs)
        self._end_watch = asyncio.ensure_future(self._wait_for_the_end())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the threads."""
        self._end_watch.cancel()
        self._threads.shutdown()

    async def fetch(self, request: Request) -> Page:
        """Read one address when it is this task's turn.

        Raises:
            BackageError: what the client raised, or a `StoppedError` if the run had to end before the answer.
        """
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        heapq.heappush(self._waiting, (_priority.get(), next(self._numbers), turn))
        loop.call_soon(self._start_waiting)  # after all tasks that were started together have asked
        await turn
        try:
            answer = asyncio.wrap_future(self._threads.submit(self._fetch, request))
            ends: set[asyncio.Future[Any]] = {answer, self._end_watch}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise StoppedError("no answer before the run had to end")
            return answer.result()
        finally:
            self._in_flight -= 1
            self._on_answer()
            # two turns of the loop later, so that this task, and those that it starts, ask first
            loop.call_soon(loop.call_soon, self._start_waiting)

    def _start_waiting(self) -> None:
        width = max(
            1.0, min(QUEUED_PER_THREAD * self._jobs, self._budget.requests_left() / BUDGET_PER_REQUEST)
        )
        while self._waiting and self._in_flight < width:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():  # else its task was cancelled
                turn.set_result(None)
                self._in_flight += 1

    async def _wait_for_the_end(self) -> None:
        while not self._budget.stopped:  # noqa: ASYNC110 (a signal handler sets it, between two checks too)
            await asyncio.sleep(STOP_CHECK_SECONDS)
        await asyncio.sleep(GRACE_SECONDS)


async def gather(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T | BackageError]:
    """Run the tasks of a group; return their results in their order, or the errors that ended them.

    The first task has the highest priority. Any error but a `BackageError` is a bug: it ends all tasks.
    """
    base, free = _priority.get(), asyncio.Semaphore(MAX_TASKS)
    results: dict[int, T | BackageError] = {}

    async def run(number: int, coroutine: Coroutine[Any, Any, T]) -> None:
        try:
            results[number] = await coroutine
        except BackageError as error:
            results[number] = error
        finally:
            free.release()

    async with asyncio.TaskGroup() as group:
        for number, coroutine in enumerate(coroutines):
            await free.acquire()
            context = copy_context()
            context.run(_priority.set, (*base, number))
            group.create_task(run(number, coroutine), context=context)
    return [results[number] for number in sorted(results)]


def run_crawl(crawl: Coroutine[Any, Any, T]) -> T:
    """Run a crawl to its end; raise a bug in one of its tasks without the exception groups around it."""
    try:
        return asyncio.run(crawl)
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error  # noqa: B904 (its own traceback says it all)
