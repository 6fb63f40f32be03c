"""The time of the next request to a host. All threads share one limiter.

GitHub's pages and its API have different limits, even if an Enterprise server has both on one host. So
requests are paced by host, and refusals are remembered by service.
"""

import threading
from collections.abc import Callable

from backage.errors import LimitError
from backage.fetch.budget import Budget
from backage.models.pages import Service

SHORTEST_BLOCK = 60.0
"""Seconds to wait if a limit names none, doubled each time, as GitHub's documentation asks."""

MOST_REFUSALS = 5
"""After so many limits in a row, each after the wait it asked for, the run gives the service up."""

PATIENCE, PATIENCE_FOR_PAGES = 90.0, 3600.0
"""Seconds that a request may wait for a limit to end. Later runs can still read ids and sizes."""


class Limiter:
    """Paces requests and remembers who refused."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Send `rate` requests a second to a host, 0 for no limit; `sleep` takes seconds.

        `on_wait` is called with a message, once for all threads, when a wait for a host begins.
        """
        self._on_wait = on_wait
        self._interval = 1 / rate if rate else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self._blocked: dict[Service, float] = {}
        self._refusals: dict[Service, int] = {}
        self._lock = threading.Lock()
        self._rate = rate
        self._waiting_for: str | None = None

    def describe(self) -> str:
        """Describe the current limit, for the progress of a run."""
        if self._waiting_for:
            return f"waiting for {self._waiting_for}"
        return f"{self._rate:g} requests a second" if self._rate else "no limit"

    def wait(self, url: str, host: str, service: Service, budget: Budget) -> None:
        """Wait until a request may be sent.

        Raises:
            LimitError: the wait would be longer than the run's time or this service's patience.
            StoppedError: the run ended meanwhile.
        """
        while True:
            budget.check()
            with self._lock:
                now = self._clock()
                blocked = self._blocked.get(service, 0.0) - now
                slot = max(now, self._next.get(host, 0.0))
                if blocked <= 0:
                    self._next[host] = slot + self._interval
            if blocked > min(PATIENCE_FOR_PAGES if service == "web" else PATIENCE, budget.seconds_left()):
                if service == "web":  # without pages there is nothing to do
                    budget.stop(f"{host} refuses for now", refused=True)
                raise LimitError(url, f"{host} refuses for now", blocked)
            if blocked <= 0:
                if slot <= now:
                    return
                self._sleep(slot - now)
                if self._blocked.get(service, 0.0) <= self._clock():
                    return
                continue  # the service refused while this thread waited for its turn
            with self._lock:
                announced, self._waiting_for = self._waiting_for, f"{host} for {blocked:.0f} s"
            if announced is None:
                self._on_wait(f"{host} refuses for now: waiting for {blocked:.0f} s")
            self._sleep(blocked)
            self._waiting_for = None

    def refuse(self, service: Service, seconds: float | None) -> None:
        """Block a service for the seconds it asked for.

        Refusals of requests that were already sent count as one refusal with the longest wait.
        """
        with self._lock:
            now, blocked = self._clock(), self._blocked.get(service, 0.0)
            refusals = self._refusals[service] = self._refusals.get(service, 0) + (blocked <= now)
            wait = SHORTEST_BLOCK * 2 ** max(0, refusals - 1) if seconds is None else seconds
            self._blocked[service] = float("inf") if refusals >= MOST_REFUSALS else max(blocked, now + wait)

    def accept(self, service: Service) -> None:
        """Forget refusals, because the service answered."""
        if self._refusals.get(service):
            with self._lock:
                self._refusals[service] = 0

    def give_up(self, service: Service) -> None:
        """Block a service for the rest of the run."""
        with self._lock:
            self._blocked[service] = float("inf")

    def exhaust(self, service: Service, seconds: float) -> None:
        """Block a service for some seconds, because its answer says that its limit is used up."""
        with self._lock:
            self._blocked[service] = max(self._blocked.get(service, 0.0), self._clock() + seconds)
