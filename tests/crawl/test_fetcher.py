"""What the tasks of a crawl may rely on: order, bounds, and an end in time."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from backage.crawl import fetcher as crawl
from backage.crawl.fetcher import MAX_TASKS, DaemonThreads, Fetcher, gather, run_crawl
from backage.errors import BackageError, ServerError, StoppedError
from backage.fetch.budget import Budget
from backage.models.pages import Page, Request


def answer(request: Request) -> Page:
    """Serve any address."""
    return Page(request.url, b"")


def run(
    names: list[str], fetch: Callable[[Request], Page] = answer, jobs: int = 1, budget: Budget | None = None
) -> list[Page | BackageError]:
    """Fetch addresses by one task each."""

    async def every() -> list[Page | BackageError]:
        async with Fetcher(fetch, jobs, budget or Budget(lambda: 0.0)) as fetcher:
            return await gather(fetcher.fetch(Request(name)) for name in names)

    return run_crawl(every())


def test_results_come_in_the_order_of_their_tasks() -> None:
    """An error that is meant for the user is a result, too."""

    def fetch(request: Request) -> Page:
        if request.url == "b":
            raise ServerError("b", "no")
        return answer(request)

    first, second, third = run(["a", "b", "c"], fetch, jobs=3)
    assert (first, third) == (Page("a", b""), Page("c", b""))
    assert isinstance(second, ServerError)


def test_what_comes_first_is_asked_first_however_deep_it_lies() -> None:
    """The first owner's last package is asked for before the second owner's list is gone through."""
    asked: list[str] = []

    def fetch(request: Request) -> Page:
        asked.append(request.url)
        return answer(request)

    async def owner(fetcher: Fetcher, name: str) -> None:
        await fetcher.fetch(Request(name))
        await gather(package(fetcher, f"{name}{number}") for number in range(4))

    async def package(fetcher: Fetcher, name: str) -> None:
        await fetcher.fetch(Request(f"{name}p"))
        await fetcher.fetch(Request(f"{name}v"))

    async def every() -> None:
        async with Fetcher(fetch, 1, Budget(lambda: 0.0)) as fetcher:
            await gather(owner(fetcher, name) for name in "abc")

    run_crawl(every())
    first_of_b = asked.index("b0p")
    assert asked[:2] == ["a", "b"]  # handed over together, so that the thread need not wait
    assert all(name[0] == "a" for name in asked[2 : first_of_b - 1])
    assert {f"a{number}{kind}" for number in range(4) for kind in "pv"} <= {*asked[:first_of_b], "a3v"}


@pytest.mark.parametrize("jobs", [1, 3])
def test_so_many_requests_are_in_the_air(jobs: int) -> None:
    """Never more than there are threads, and no thread is idle while something waits."""
    lock, most, now = threading.Lock(), 0, 0
    together = threading.Barrier(jobs)

    def fetch(request: Request) -> Page:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        together.wait(10)
        with lock:
            now -= 1
        return answer(request)

    assert len(run([str(number) for number in range(6 * jobs)], fetch, jobs)) == 6 * jobs
    assert most == jobs


def test_as_a_budget_runs_out_what_was_begun_is_finished_first() -> None:
    """Six requests are enough for three of many tasks of two requests each, and for no half of a fourth."""
    budget = Budget(lambda: 0.0, 6)

    def fetch(request: Request) -> Page:
        budget.take()
        return answer(request)

    async def package(fetcher: Fetcher, name: str) -> str:
        await fetcher.fetch(Request(f"{name}p"))
        await fetcher.fetch(Request(f"{name}v"))
        return name

    async def every() -> list[str | BackageError]:
        async with Fetcher(fetch, 4, budget) as fetcher:
            return await gather(package(fetcher, str(number)) for number in range(20))

    done = run_crawl(every())
    assert done[:3] == ["0", "1", "2"]
    assert all(isinstance(result, StoppedError) for result in done[3:])


def test_a_group_runs_so_many_tasks_at_once() -> None:
    """An owner with 60,000 packages has as many coroutines alive as one with 200."""
    made = alive = most = 0

    async def package(fetcher: Fetcher) -> None:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        await fetcher.fetch(Request("p"))
        alive -= 1

    async def every() -> int:
        nonlocal made
        async with Fetcher(answer, 4, Budget(lambda: 0.0)) as fetcher:
            made = len(await gather(package(fetcher) for _ in range(3 * MAX_TASKS)))
        return made

    assert run_crawl(every()) == 3 * MAX_TASKS
    assert most <= MAX_TASKS


def test_what_hangs_in_the_air_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the run was told to end, an answer that does not come is waited for shortly, and given up."""
    monkeypatch.setattr(crawl, "STOP_CHECK_SECONDS", 0.001)
    monkeypatch.setattr(crawl, "GRACE_SECONDS", 0.001)
    budget, released = Budget(lambda: 0.0), threading.Event()

    def fetch(request: Request) -> Page:
        if request.url == "slow":
            budget.stop("told to end")
            released.wait()
        return answer(request)

    (result,) = run(["slow"], fetch, budget=budget)
    assert isinstance(result, StoppedError)
    released.set()


def test_the_threads_end_with_the_program() -> None:
    """Whatever they are doing: none of them is waited for."""
    threads = DaemonThreads(2)
    named = [thread for thread in threading.enumerate() if thread.name.startswith("fetch-")]
    assert all(thread.daemon for thread in named)
    threads.shutdown()


def test_a_bug_ends_the_run_with_its_traceback() -> None:
    """It is raised as it is, and not as a group of errors."""

    def fetch(request: Request) -> Page:
        if request.url == "3":
            raise ZeroDivisionError
        return answer(request)

    with pytest.raises(ZeroDivisionError):
        run([str(number) for number in range(9)], fetch, jobs=2)

    async def nested() -> None:
        await gather(broken() for _ in range(2))

    async def broken() -> None:
        await asyncio.sleep(0)
        raise KeyError("deep")

    with pytest.raises(KeyError, match="deep"):
        run_crawl(nested())
