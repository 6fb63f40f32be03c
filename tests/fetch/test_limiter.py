import threading

import pytest

from backage.errors import LimitError, StoppedError
from backage.fetch.budget import Budget
from backage.fetch.limiter import MOST_REFUSALS, Limiter
from tests.fetch.clock import FrozenClock, SleepClock

URL = "https://github.com/acme"
HOST = "github.com"


class Pace:
    """A limiter with its clock, and requests to ask it for."""

    def __init__(self, rate: float = 0, minutes: float | None = None) -> None:
        """Start now."""
        self.clock = SleepClock()
        self.start = self.clock.now
        self.budget = Budget(self.clock, minutes=minutes)
        self.limiter = Limiter(rate, self.clock, self.clock.sleep)

    def web(self, host: str = HOST) -> float:
        """Wait for a page; give the seconds since the start."""
        self.limiter.wait(URL, host, "web", self.budget)
        return self.clock.now - self.start

    def api(self) -> float:
        """Wait for the API; give the seconds since the start."""
        self.limiter.wait(URL, "api.github.com", "api", self.budget)
        return self.clock.now - self.start


def test_requests_are_paced() -> None:
    """The first request goes at once, each further one to the host half a second later."""
    pace = Pace(2)
    assert [pace.web() for _ in range(5)] == [0, 0.5, 1, 1.5, 2]
    assert pace.clock.slept == [0.5] * 4


def test_time_that_passed_counts() -> None:
    """Who took longer than the pace does not wait, and idle time is not saved up."""
    pace = Pace(2)
    pace.web()
    pace.clock.now += 10
    assert [pace.web(), pace.web(), pace.web()] == [10, 10.5, 11]


def test_hosts_have_paces_of_their_own() -> None:
    """A request to another host does not wait for the first one's."""
    pace = Pace(1)
    assert [pace.web(), pace.web("ghcr.io"), pace.api()] == [0, 0, 0]
    assert [pace.web(), pace.web("ghcr.io"), pace.api()] == [1, 1, 1]


def test_services_of_one_host_share_its_pace() -> None:
    """On an Enterprise server pages and API are one host, and paced as one."""
    pace = Pace(1)
    pace.limiter.wait(URL, HOST, "web", pace.budget)
    pace.limiter.wait(URL, HOST, "api", pace.budget)
    assert pace.clock.slept == [1]


def test_no_limit() -> None:
    """A rate of 0 never waits."""
    pace = Pace(0)
    assert {pace.web() for _ in range(100)} == {0}
    assert pace.clock.slept == []


def test_refusal_with_seconds() -> None:
    """After a refusal the service waits as long as it was asked to, the other does not."""
    pace = Pace()
    pace.limiter.refuse("web", 30)
    assert pace.api() == 0
    assert pace.web() == 30
    assert pace.web() == 30


def test_refusals_without_seconds_double() -> None:
    """A refusal without seconds waits for a minute, and twice as long each time it happens again."""
    pace = Pace()
    waits = []
    for _ in range(MOST_REFUSALS - 1):
        before = pace.clock.now
        pace.limiter.refuse("web", None)
        pace.web()
        waits.append(pace.clock.now - before)
    assert waits == [60, 120, 240, 480]


def test_five_refusals_close_a_service() -> None:
    """After five refusals in a row a service is left alone, and the run goes on without it."""
    pace = Pace()
    for _ in range(MOST_REFUSALS):
        pace.api()
        pace.limiter.refuse("api", 1)
    slept = list(pace.clock.slept)
    for later in (0, 3600, 1_000_000):
        pace.clock.now += later
        with pytest.raises(LimitError, match=r"api\.github\.com refuses for now") as caught:
            pace.api()
        assert caught.value.url == URL
    assert pace.clock.slept == slept
    pace.limiter.accept("api")
    with pytest.raises(LimitError):
        pace.api()
    assert pace.web() > 0
    assert not pace.budget.stopped


def test_without_pages_the_run_ends() -> None:
    """If pages are refused, the run ends with the first refusal."""
    pace = Pace()
    pace.limiter.give_up("web")
    with pytest.raises(LimitError, match=r"github\.com refuses for now"):
        pace.web()
    for ask in (pace.web, pace.api):
        with pytest.raises(StoppedError, match=r"github\.com refuses for now"):
            ask()
    assert pace.budget.stopped
    assert pace.clock.slept == []


def test_an_answer_ends_the_row() -> None:
    """Refusals with an answer between them are not in a row, and their waits do not grow."""
    pace = Pace()
    for _ in range(3 * MOST_REFUSALS):
        pace.limiter.refuse("web", None)
        before = pace.clock.now
        pace.web()
        assert pace.clock.now - before == 60
        pace.limiter.accept("web")


def test_refusals_on_their_way_do_not_count() -> None:
    """Only the first refusal counts of the requests that were on their way when the limit came."""
    pace = Pace()
    for _ in range(3 * MOST_REFUSALS):
        pace.limiter.refuse("web", None)
    assert pace.web() == 60
    pace.limiter.refuse("web", None)
    assert pace.web() == 60 + 120


def test_the_longest_wait_holds() -> None:
    """Whichever of two answers that were on their way at once is read first."""
    for waits in ((7, 40), (40, 7), (7, 40, None), (None, 7)):
        pace = Pace()
        for seconds in waits:
            pace.limiter.refuse("web", seconds)
        assert pace.web() == (60 if None in waits else 40)


def test_patience() -> None:
    """A page is worth an hour's wait and an id a minute and a half; what is longer is an error at once."""
    pace = Pace()
    pace.limiter.refuse("web", 3600)
    pace.limiter.refuse("api", 91)
    with pytest.raises(LimitError) as caught:
        pace.api()
    assert caught.value.wait == 91
    assert pace.clock.slept == []
    assert pace.web() == 3600
    assert pace.api() == 3600
    pace.limiter.refuse("web", 3601)
    with pytest.raises(LimitError):
        pace.web()


def test_no_wait_beyond_the_run() -> None:
    """A wait that the run's minutes do not reach is not begun."""
    pace = Pace(minutes=2)
    pace.limiter.refuse("web", 121)
    with pytest.raises(LimitError):
        pace.web()
    assert pace.clock.slept == []


def test_exhausted() -> None:
    """After the last answer that a window allows, requests wait for the next window."""
    pace = Pace()
    pace.limiter.exhaust("api", 80)
    pace.limiter.exhaust("api", 20)
    assert pace.web() == 0
    assert pace.api() == 80


def test_exhaustion_is_no_refusal() -> None:
    """A spent window does not count towards the five refusals."""
    pace = Pace()
    for _ in range(3 * MOST_REFUSALS):
        pace.limiter.exhaust("api", 1)
        pace.api()
    pace.limiter.refuse("api", None)
    pace.api()
    assert pace.clock.slept[-1] == 60


def test_a_stopped_run_waits_for_nothing() -> None:
    """Once the run is told to stop, asking for a slot raises, blocked or not."""
    pace = Pace(2)
    pace.web()
    pace.limiter.refuse("web", 30)
    pace.budget.stop("interrupted")
    with pytest.raises(StoppedError, match="interrupted"):
        pace.web()
    with pytest.raises(StoppedError, match="interrupted"):
        pace.api()
    assert pace.clock.slept == []


def test_description() -> None:
    """The progress shows the rate, and while it waits whom it waits for."""
    shown: list[str] = []
    clock = SleepClock()

    def sleep(seconds: float) -> None:
        shown.append(limiter.describe())
        clock.sleep(seconds)

    limiter = Limiter(2.5, clock, sleep)
    limiter.refuse("web", 30)
    limiter.wait(URL, HOST, "web", Budget(clock))
    assert shown == ["waiting for github.com for 30 s"]
    assert limiter.describe() == "2.5 requests a second"
    assert Limiter(0, clock, sleep).describe() == "no limit"


def test_threads_share_one_pace() -> None:
    """Eight threads get forty different slots, half a second apart."""
    clock = FrozenClock()
    limiter, budget = Limiter(2, clock, clock.sleep), Budget(clock)

    def ask() -> None:
        for _ in range(5):
            limiter.wait(URL, HOST, "web", budget)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(clock.slept) == [0.5 * slot for slot in range(1, 40)]


def test_a_wait_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks on learns why nothing happens, and for how long."""
    messages: list[str] = []
    pace = Pace()
    monkeypatch.setattr(pace, "limiter", Limiter(0, pace.clock, pace.clock.sleep, messages.append))
    pace.limiter.refuse("web", 90)
    pace.web()
    pace.web()
    assert messages == ["github.com refuses for now: waiting for 90 s"]
