"""Who may see the dashboard, by name, with what is kept of the password; and the key that signs sessions."""

import secrets
from collections.abc import Mapping

from backage.store.database import History, transaction


def load_users(history: History) -> dict[str, str]:
    """Read the names, each with the hash of its password."""
    return dict(history.execute("SELECT name, password FROM web_user ORDER BY name"))


def load_password(history: History, name: str) -> str | None:
    """Read the hash of a user's password, None where there is no such user."""
    row = history.execute("SELECT password FROM web_user WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def save_users(history: History, users: Mapping[str, str], *, replace: bool = False) -> list[str]:
    """Write users by name, with the hashes of their passwords; return whose are written.

    One that is there stays as it is, unless it is to be replaced.
    """
    known = {name.lower() for name in load_users(history)}
    new = {name: kept for name, kept in users.items() if (name.lower() in known) == replace}
    with transaction(history) as db:
        db.executemany("INSERT OR REPLACE INTO web_user VALUES (?, ?)", list(new.items()))
    return list(new)


def remove_user(history: History, name: str) -> bool:
    """Delete a user; tell whether it was there."""
    with transaction(history) as db:
        return db.execute("DELETE FROM web_user WHERE name = ?", (name,)).rowcount == 1


def load_secret(history: History) -> bytes:
    """Read the key that signs sessions, which is made when it is first asked for."""
    query = "SELECT secret FROM web_key"
    row = history.execute(query).fetchone()
    if row is None:
        with transaction(history) as db:
            db.execute("INSERT OR IGNORE INTO web_key VALUES (1, ?)", (secrets.token_bytes(32),))
        row = history.execute(query).fetchone()
    return bytes(row[0])
