"""What a run may spend: requests and time. Shared by all threads."""

import math
import threading
from collections.abc import Callable

from backage.errors import StoppedError


class Budget:
    """Counts requests, and ends the run when they or the minutes are spent."""

    def __init__(
        self, clock: Callable[[], float], requests: int | None = None, minutes: float | None = None
    ) -> None:
        """Start the run's time now; `clock` gives seconds that never go back, None is no limit."""
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
        """Why the run stopped sending, None while it goes on."""
        return self._reason

    @property
    def stopped(self) -> bool:
        """Whether the run was told to end, and has not just spent what it had."""
        return self._stopped

    @property
    def refused(self) -> bool:
        """Whether it ended because a host would not go on, which is a failure."""
        return self._refused

    def take(self) -> None:
        """Count one request.

        Raises:
            StoppedError: there is none left.
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
        """Let no more requests be sent; the first reason is kept."""
        with self._lock:
            self._reason, self._stopped = self._reason or reason, True
            self._refused = self._refused or refused

    def requests_left(self) -> float:
        """How many requests the run may still send."""
        return math.inf if self._requests is None else self._requests - self.spent

    def seconds_left(self) -> float:
        """How long the run may still take."""
        return self._end - self._clock()
