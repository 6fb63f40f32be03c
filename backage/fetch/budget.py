"""The requests and the time that a run may spend. All threads share them."""

import math
import threading
from collections.abc import Callable

from backage.errors import StoppedError


class Budget:
    """Counts requests, and ends the run when its requests or minutes are spent.

    `reason` says why the run ended, None while it goes on. It is `stopped` if it ended before its budget was
    spent, and `refused` if that is because a host refused, which is a failure.
    """

    def __init__(
        self, clock: Callable[[], float], requests: int | None = None, minutes: float | None = None
    ) -> None:
        """Start the time now. `clock` returns monotonic seconds; None means no limit."""
        self.spent = 0
        self.reason: str | None = None
        self.stopped = self.refused = False
        self._clock = clock
        self._requests = requests
        self._minutes = minutes
        self._end = math.inf if minutes is None else clock() + minutes * 60
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count one request.

        Raises:
            StoppedError: the run has ended, or its budget is spent.
        """
        with self._lock:
            if self.reason is None and self._requests is not None and self.spent >= self._requests:
                self.reason = f"the budget of {self._requests} requests is spent"
            if self.reason is None and self.seconds_left() <= 0:
                self.reason = f"the budget of {self._minutes:g} minutes is spent"
            self.check()
            self.spent += 1

    def check(self) -> None:
        """Raise `StoppedError` once the run has ended."""
        if self.reason is not None:
            raise StoppedError(self.reason)

    def stop(self, reason: str, *, refused: bool = False) -> None:
        """End the run. The first reason is kept."""
        with self._lock:
            self.reason, self.stopped = self.reason or reason, True
            self.refused = self.refused or refused

    def requests_left(self) -> float:
        """Return the number of requests that the run may still send."""
        return math.inf if self._requests is None else self._requests - self.spent

    def seconds_left(self) -> float:
        """Return the seconds that the run may still take."""
        return self._end - self._clock()
