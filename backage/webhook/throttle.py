"""Slow down the guessing of passwords: each failure after the first few doubles the wait."""

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

FREE = 5
"""Failures without a wait."""

LONGEST = 900
"""The longest wait in seconds; failures are forgotten after as many seconds without one."""

MOST_KNOWN = 10_000


class Throttle:
    """Counts failures by address and by user name; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin without failures."""
        self._clock = clock
        self._lock = Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait(self, address: str, name: str) -> int:
        """Return the seconds to wait before the next try."""
        with self._lock:
            return max(self._wait(key) for key in _keys(address, name))

    def fail(self, address: str, name: str) -> None:
        """Record a failure."""
        with self._lock:
            for key in _keys(address, name):
                count, last = self._failures.pop(key, (0, self._clock()))
                count = 0 if self._clock() - last > LONGEST else count
                self._failures[key] = (count + 1, self._clock())
            while len(self._failures) > MOST_KNOWN:
                self._failures.popitem(last=False)

    def succeed(self, address: str, name: str) -> None:
        """Forget the failures of an address and a name."""
        with self._lock:
            for key in _keys(address, name):
                self._failures.pop(key, None)

    def _wait(self, key: tuple[str, str]) -> int:
        count, last = self._failures.get(key, (0, 0.0))
        if count < FREE:
            return 0
        seconds = min(LONGEST, 1 << min(count - FREE, LONGEST.bit_length()))
        return max(0, math.ceil(last + seconds - self._clock()))


def _keys(address: str, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("address", address), ("name", name.casefold())
