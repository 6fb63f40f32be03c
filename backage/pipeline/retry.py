"""Asking again where others may have been in the way, or a host may have had a bad minute."""

from collections.abc import Callable
from typing import TypeVar

from backage.errors import RemoteError

T = TypeVar("T")

PAUSES = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between attempts."""


def retry(action: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Do something until it is done, six times at most.

    Raises:
        RemoteError: it failed every time.
    """
    for pause in PAUSES:
        try:
            return action()
        except RemoteError:
            sleep(pause)
    return action()
