import threading

from tests.conftest import Clock


class SleepClock(Clock):
    """A clock that only sleeping moves, and that remembers the sleeps; starts at 1,000,000 seconds."""

    def __init__(self) -> None:
        """Nobody has slept yet."""
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Advance the time."""
        self.slept.append(seconds)
        super().sleep(seconds)


class FrozenClock:
    """A clock that stands still even while threads sleep; it remembers how long each wanted to."""

    def __init__(self) -> None:
        """Nobody has slept yet."""
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return the same second always."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Remember, and return at once."""
        with self._lock:
            self.slept.append(seconds)
