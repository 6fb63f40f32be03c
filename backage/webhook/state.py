"""What the routes of one server share."""

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
NOBODY = OptOut()


@dataclass(frozen=True, slots=True)
class Setup:
    """How a server is set up; without a `token` everybody may send events.

    `max_body` is in bytes, `proxies` are how many stand before it, `clock` gives seconds since 1970.
    """

    history: Path
    clock: Callable[[], float]
    token: str | None = None
    organization: str = "cloudrepo"
    optout: OptOut = NOBODY
    max_body: int = MEGABYTE
    proxies: int = 0
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr)  # noqa: T201 (a log)

    def today(self) -> date:
        """Give the day that a download counts for."""
        return datetime.fromtimestamp(self.clock(), UTC).date()


@dataclass(frozen=True, slots=True)
class State:
    """A server that runs: its counters, what brakes guesses, and what became of requests since it began."""

    setup: Setup
    ledger: Ledger
    throttle: Throttle
    since: datetime
    tally: Counter[str] = field(default_factory=Counter)

    def may_send(self, token: str | None, signature: str | None, body: Callable[[], bytes]) -> bool:
        """Tell whether a sender knows the token, or signed the body with it; each is compared in full."""
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
        """Count and log a request that was refused; nothing that it held is in the log."""
        self.tally[what] += 1
        self.setup.say(f"{status} {request.url_rule or 'no such page'} from {address()}: {sentence}")


def state() -> State:
    """Give what the server of this request shares."""
    found = current_app.extensions["backage"]
    if not isinstance(found, State):
        raise TypeError(found)
    return found


def address() -> str:
    """Give the address of who asks, as far as it is one."""
    try:
        return str(ipaddress.ip_address(request.remote_addr or ""))
    except ValueError:
        return "an unknown address"
