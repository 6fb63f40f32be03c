"""What the routes of a server share."""

import hmac
import ipaddress
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha1
from pathlib import Path

from flask import current_app, request

from backage.owners import OptOut
from backage.store.counters.ledger import Ledger
from backage.webhook.throttle import Throttle

MEGABYTE = 1024 * 1024
SIGNATURE = "X-Cloudsmith-Signature"
TOKEN = "X-Backage-Token"  # noqa: S105 (the name of a header)
NO_OPTOUTS = OptOut()


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
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr)  # noqa: T201 (a log)

    def today(self) -> date:
        """Return the day for which downloads count, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC).date()


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
        self.setup.say(f"{status} {request.url_rule or 'no such page'} from {address()}: {sentence}")


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
