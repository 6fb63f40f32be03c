"""What the routes of a server share."""

import hmac
import ipaddress
import math
import re
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha1
from pathlib import Path
from threading import Lock

from flask import current_app, request

from backage.errors import ConfigError
from backage.owners import OptOut
from backage.store.counters.ledger import Ledger

MEGABYTE = 1024 * 1024
SIGNATURE = "X-Cloudsmith-Signature"
TOKEN = "X-Backage-Token"  # noqa: S105 (the name of a header)
TOKEN_VARIABLE = "BACKAGE_WEBHOOK_TOKEN"  # noqa: S105 (the name of a variable)
SHORTEST_TOKEN = 16
"""Characters."""

_TOKEN = re.compile(rf"[A-Za-z0-9._~-]{{{SHORTEST_TOKEN},256}}")
NO_OPTOUTS = OptOut()

FREE_FAILURES = 5
"""Failed logins without a wait."""

LONGEST_WAIT = 900
"""The longest wait in seconds; failures are forgotten after as many seconds without one."""

MOST_FAILURES_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings of a server; without a `token` anybody may send events.

    `max_body` is in bytes, `proxies` is the number of trusted proxies, `clock` returns seconds since 1970.
    """

    history: Path
    clock: Callable[[], float]
    token: str | None = None
    organization: str = "cloudrepo"
    optout: OptOut = NO_OPTOUTS
    max_body: int = MEGABYTE
    proxies: int = 0
    log: Callable[[str], None] = lambda text: print(text, file=sys.stderr)  # noqa: T201 (a log)

    def today(self) -> date:
        """Return the day for which downloads count, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC).date()


def find_token(environ: Mapping[str, str], *, is_open: bool) -> str | None:
    """Return the token that events need; None if anybody may send them.

    Raises:
        ConfigError: the token is missing or too short, and the server is not open.
    """
    if is_open:
        return None
    token = environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise ConfigError(
            f"Set {TOKEN_VARIABLE} to a long random text, which registries have to send;"
            " with --open none is needed."
        )
    if not _TOKEN.fullmatch(token):
        raise ConfigError(
            f"{TOKEN_VARIABLE} has to have {SHORTEST_TOKEN} characters or more: letters, digits, - and _."
        )
    return token


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
                count = 0 if self._clock() - last > LONGEST_WAIT else count
                self._failures[key] = (count + 1, self._clock())
            while len(self._failures) > MOST_FAILURES_KNOWN:
                self._failures.popitem(last=False)

    def succeed(self, address: str, name: str) -> None:
        """Forget the failures of an address and a name."""
        with self._lock:
            for key in _keys(address, name):
                self._failures.pop(key, None)

    def _wait(self, key: tuple[str, str]) -> int:
        count, last = self._failures.get(key, (0, 0.0))
        if count < FREE_FAILURES:
            return 0
        seconds = min(LONGEST_WAIT, 1 << min(count - FREE_FAILURES, LONGEST_WAIT.bit_length()))
        return max(0, math.ceil(last + seconds - self._clock()))


def _keys(address: str, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("address", address), ("name", name.casefold())


@dataclass(frozen=True, slots=True)
class State:
    """A running server: its counters, its throttle, and a tally of outcomes since its start."""

    setup: Setup
    ledger: Ledger
    throttle: Throttle
    since: datetime
    tally: Counter[str] = field(default_factory=Counter)

    def may_send(self, token: str | None, signature: str | None, body: Callable[[], bytes]) -> bool:
        """Return whether a sender knows the token or signed the body with it, in constant time."""
        known = self.setup.token
        if known is None:
            return True
        if token is not None and hmac.compare_digest(token.encode(errors="replace"), known.encode()):
            return True
        if signature is None:
            return False
        wanted = hmac.new(known.encode(), body(), sha1).hexdigest()
        given = signature.strip().removeprefix("sha1=").lower()
        return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())

    def refuse(self, what: str, status: int, sentence: str) -> None:
        """Count and log a refused request; the log has nothing of its content."""
        self.tally[what] += 1
        self.setup.log(f"{status} {request.url_rule or 'no such page'} from {address()}: {sentence}")


def state() -> State:
    """Return the state of this request's server."""
    found = current_app.extensions["backage"]
    if not isinstance(found, State):
        raise TypeError(found)
    return found


def address() -> str:
    """Return the IP address of the client, if it is valid."""
    try:
        return str(ipaddress.ip_address(request.remote_addr or ""))
    except ValueError:
        return "an unknown address"
