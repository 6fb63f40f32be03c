"""Users of the dashboard with their password hashes, and the key that signs sessions."""

import secrets
from collections.abc import Mapping
from hashlib import scrypt

from backage.store.database import History, transaction

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256
"""Characters of a password."""

_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024
"""Most bytes that scrypt may take; it takes half of them."""

DUMMY_HASH = f"scrypt:{_N}:{_R}:{_P}$nobody${'0' * 128}"
"""Fits no password. Checking it makes an unknown name take as long as a known one."""


def hash_password(password: str) -> str:
    """Return the hash of a password in werkzeug's form, with which the server checks it.

    It is made here because `backage import` and `backage users` work without the web server.
    """
    salt = secrets.token_urlsafe(16)
    text = password.encode("utf-8", "surrogatepass")
    key = scrypt(text, salt=salt.encode(), n=_N, r=_R, p=_P, maxmem=_MEMORY)
    return f"scrypt:{_N}:{_R}:{_P}${salt}${key.hex()}"


def load_users(history: History) -> dict[str, str]:
    """Return all password hashes by user name."""
    return dict(history.execute("SELECT name, password FROM web_user ORDER BY name"))


def load_password(history: History, name: str) -> str | None:
    """Return a user's password hash; None if there is no such user."""
    row = history.execute("SELECT password FROM web_user WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def save_users(history: History, users: Mapping[str, str], *, replace: bool = False) -> list[str]:
    """Save password hashes by user name; return the names that were written.

    Only new users are written or, with `replace`, only existing ones.
    """
    known = {name.lower() for name in load_users(history)}
    new = {name: kept for name, kept in users.items() if (name.lower() in known) == replace}
    with transaction(history) as db:
        db.executemany("INSERT OR REPLACE INTO web_user VALUES (?, ?)", list(new.items()))
    return list(new)


def remove_user(history: History, name: str) -> bool:
    """Delete a user; return whether there was one."""
    with transaction(history) as db:
        return db.execute("DELETE FROM web_user WHERE name = ?", (name,)).rowcount == 1


def load_secret(history: History) -> bytes:
    """Return the key that signs sessions; create it on first use."""
    query = "SELECT secret FROM web_key"
    row = history.execute(query).fetchone()
    if row is None:
        with transaction(history) as db:
            db.execute("INSERT OR IGNORE INTO web_key VALUES (1, ?)", (secrets.token_bytes(32),))
        row = history.execute(query).fetchone()
    return bytes(row[0])
