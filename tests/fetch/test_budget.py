import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from backage.errors import StoppedError
from backage.fetch.budget import Budget
from tests.fetch.clock import FrozenClock, SleepClock


def test_no_limit() -> None:
    """Without limits requests are only counted."""
    budget = Budget(SleepClock())
    for _ in range(1000):
        budget.take()
    budget.check()
    assert (budget.spent, budget.reason, budget.seconds_left()) == (1000, None, math.inf)


def test_requests_are_spent() -> None:
    """After the last request the run is told to stop, which costs nothing."""
    budget = Budget(SleepClock(), requests=2)
    budget.take()
    budget.take()
    budget.check()
    for _ in range(2):
        with pytest.raises(StoppedError, match=r"^the budget of 2 requests is spent$"):
            budget.take()
    with pytest.raises(StoppedError):
        budget.check()
    assert (budget.spent, budget.reason) == (2, "the budget of 2 requests is spent")


def test_a_budget_of_nothing() -> None:
    """A budget of 0 requests sends none, and is not taken for no limit."""
    budget = Budget(SleepClock(), requests=0)
    with pytest.raises(StoppedError, match=r"^the budget of 0 requests is spent$"):
        budget.take()
    assert budget.spent == 0


@pytest.mark.parametrize(("minutes", "shown"), [(2, "2"), (0.5, "0.5")])
def test_minutes_are_spent(minutes: float, shown: str) -> None:
    """The time is counted from the start, and ends at its last second."""
    clock = SleepClock()
    budget = Budget(clock, minutes=minutes)
    clock.now += minutes * 60 - 1
    budget.take()
    assert budget.seconds_left() == 1
    clock.now += 1
    with pytest.raises(StoppedError, match=f"^the budget of {shown} minutes is spent$"):
        budget.take()
    assert budget.spent == 1


def test_first_reason_is_kept() -> None:
    """Told to stop, the run sends nothing more, and the first reason stays."""
    budget = Budget(SleepClock(), requests=0)
    budget.stop("interrupted")
    budget.stop("again")
    with pytest.raises(StoppedError, match=r"^interrupted$"):
        budget.take()
    with pytest.raises(StoppedError, match=r"^interrupted$"):
        budget.check()
    assert (budget.spent, budget.reason) == (0, "interrupted")


def test_threads_share_it() -> None:
    """Eight threads together take no more than there is."""
    budget = Budget(FrozenClock(), requests=100)

    def take_all(_: int) -> int:
        taken = 0
        while budget.reason is None:
            try:
                budget.take()
            except StoppedError:
                break
            taken += 1
        return taken

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take_all, range(8))) == budget.spent == 100


def test_requests_left() -> None:
    """The requests left count down to zero; without a limit they never run out."""
    budget = Budget(SleepClock(), requests=2)
    budget.take()
    assert budget.requests_left() == 1
    budget.take()
    assert budget.requests_left() == 0
    assert Budget(SleepClock()).requests_left() == math.inf
