from __future__ import annotations

import threading

import pytest

from backage.errors import ServerError, StoppedError
from backage.models import Page, Request
from backage.pipeline import threads
from backage.pipeline.threads import GRACE, Threads


def test_what_hangs_in_the_air_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the run was told to end, an answer that does not come is waited for shortly, and given up."""
    monkeypatch.setattr(threads, "TICK", 0.001)
    released = threading.Event()
    looks: list[None] = []

    def fetch(request: Request) -> Page:
        if request.url == "slow":
            released.wait()
        return Page(request.url, b"")

    def ended() -> bool:
        looks.append(None)
        return len(looks) > 3

    with Threads(fetch, 2, ended) as pool:
        slow, quick = pool.ask(Request("slow")), pool.ask(Request("quick"))
        assert pool.answer() == (quick, Page("quick", b""))
        number, answer = pool.answer()
        assert number == slow
        assert isinstance(answer, StoppedError)
        assert len(looks) == 3 + GRACE
        assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("fetch-"))
        released.set()


def test_errors_come_back_and_bugs_are_raised() -> None:
    """An error that is meant for the user is an answer; any other ends the run with its traceback."""

    def fetch(request: Request) -> Page:
        raise ServerError(request.url, "no") if request.url == "known" else ZeroDivisionError

    with Threads(fetch, 1, lambda: False) as pool:
        pool.ask(Request("known"))
        _, answer = pool.answer()
        assert isinstance(answer, ServerError)
        pool.ask(Request("bug"))
        with pytest.raises(ZeroDivisionError):
            pool.answer()
