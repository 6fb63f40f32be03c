"""The requests and the time that a run may spend. All threads share them."""

import math
import threading
from collections.abc import Callable

from backage.errors import StoppedError


class Budget:
    """Counts requests, and ends the run when its requests or minutes are spent."""

    def __init__(
        self, clock: Callable[[], float], requests: int | None = None, minutes: float | None = None
    ) -> None:
        """Start the time now. `clock` returns monotonic seconds; None means no limit."""
        self.spent = 0
        self._clock = clock
        self._requests = requests
        self._minutes = minutes
        self._end = math.inf if minutes is None else clock() + minutes * 60
        self._reason: str | None = None
        self._stopped = self._refused = False
        self._lock = threading.Lock()

    @property
    def reason(self) -> str | None:
        """The reason why the run ended, None while it goes on."""
        return self._reason

    @property
    def stopped(self) -> bool:
        """Whether the run was stopped, as opposed to having spent its budget."""
        return self._stopped

    @property
    def refused(self) -> bool:
        """Whether the run ended because a host refused, which is a failure."""
        return self._refused

    def take(self) -> None:
        """Count one request.

        Raises:
            StoppedError: the run has ended, or its budget is spent.
        """
        with self._lock:
            if self._reason is None and self._requests is not None and self.spent >= self._requests:
                self._reason = f"the budget of {self._requests} requests is spent"
            if self._reason is None and self.seconds_left() <= 0:
                self._reason = f"the budget of {self._minutes:g} minutes is spent"
            self.check()
            self.spent += 1

    def check(self) -> None:
        """Raise `StoppedError` once the run has ended."""
        if self._reason is not None:
            raise StoppedError(self._reason)

    def stop(self, reason: str, *, refused: bool = False) -> None:
        """End the run. The first reason is kept."""
        with self._lock:
            self._reason, self._stopped = self._reason or reason, True
            self._refused = self._refused or refused

    def requests_left(self) -> float:
        """Return the number of requests that the run may still send."""
        return math.inf if self._requests is None else self._requests - self.spent

    def seconds_left(self) -> float:
        """Return the seconds that the run may still take."""
        return self._end - self._clock()
