"""Passwords of those who may see the dashboard: kept as what scrypt makes of them, never as they are.

The text is that of werkzeug, `scrypt:n:r:p$salt$hex`, so that either can read it. It is made here, for
`backage import` makes some too, and needs no web server.
"""

import hmac
import re
import secrets
from hashlib import scrypt
from threading import Lock

N, R, P = 2**15, 8, 1
SHORTEST = 8
"""Characters of a password."""

LONGEST = 256

_MEMORY = 64 * 1024 * 1024
"""Bytes; scrypt takes half of it."""

_HASH = re.compile(r"scrypt:([0-9]{1,8}):([0-9]{1,3}):([0-9]{1,3})\$([^$]+)\$([0-9a-f]+)")
_ONE_AT_A_TIME = Lock()
"""So that guesses cannot take all memory."""


def hash_password(password: str) -> str:
    """Make what is kept of a password."""
    salt = secrets.token_urlsafe(16)
    return f"scrypt:{N}:{R}:{P}${salt}${_scrypt(password, salt, N, R, P)}"


NOBODY = f"scrypt:{N}:{R}:{P}$nobody${'0' * 128}"
"""What no password fits, to take the same time for a name that is none."""


def fits(password: str, kept: str) -> bool:
    """Tell whether a password is the one of which something is kept, in the same time for each."""
    match = _HASH.fullmatch(kept)
    if match is None or len(password) > LONGEST:
        return False
    n, r, p = (int(number) for number in match.groups()[:3])
    return hmac.compare_digest(_scrypt(password, match[4], n, r, p), match[5])


def _scrypt(password: str, salt: str, n: int, r: int, p: int) -> str:
    with _ONE_AT_A_TIME:
        text = password.encode("utf-8", "surrogatepass")
        return scrypt(text, salt=salt.encode(), n=n, r=r, p=p, maxmem=_MEMORY, dklen=64).hex()
