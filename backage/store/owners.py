"""Owners: the same by id, else by login; a login that was theirs before leads to them still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.models import Owner

if TYPE_CHECKING:
    import sqlite3

ASIDE = "~"
"""What a login begins with that is none any more, for it belongs to another account now."""

_LAST_SEEN = (
    "SELECT coalesce(max(scan.day), -1) FROM {schema}.scan"
    " JOIN {schema}.package ON package.key = scan.package WHERE package.owner = ?"
)


def load_owner(db: sqlite3.Connection, login: str, number: int | None = None) -> Owner | None:
    """Read an owner by its id where that is given, else by its login, or one that it had, in any case."""
    row = db.execute(
        "SELECT login, type, id FROM owner WHERE id = ?2 OR login = ?1"
        " OR key = (SELECT owner FROM former WHERE login = ?1)"
        " ORDER BY id IS ?2 DESC, login = ?1 DESC LIMIT 1",
        (login, number),
    ).fetchone()
    return Owner(*row) if row else None


def save_owner(db: sqlite3.Connection, owner: Owner, was: str | None = None) -> int:
    """Write an owner under its login, and return its key.

    It is the one with its id, else the one of its login, else the one that was without an id under the login
    it had before. A login that now belongs to another id is set aside first, with its history, under a name
    that no login can have.
    """
    key = _find(db, owner)
    if key is None and was:
        key = _find(db, Owner(was, owner.type, owner.id))
    if key is None:
        key = _insert(db, owner)
    _name(db, key, owner)
    db.execute("UPDATE owner SET id = coalesce(?, id) WHERE key = ?", (owner.id, key))
    return key


def merge_owners(db: sqlite3.Connection) -> None:
    """Fill the table `owner_map`: the target's owner for each of the source, made where there is none."""
    db.execute("CREATE TEMP TABLE owner_map (source INTEGER PRIMARY KEY, target INTEGER NOT NULL)")
    for theirs, number, login, kind, run in db.execute(
        "SELECT key, id, login, type, run FROM source.owner ORDER BY key"
    ).fetchall():
        owner = Owner(login, kind, number)
        mine = _find(db, owner)
        holder = mine if mine is not None else _find(db, Owner(login, kind))
        if mine is None:
            mine = _insert(db, owner)
        if holder is None or _last_seen(db, "source", theirs) > _last_seen(db, "main", holder):
            _name(db, mine, owner)
        db.execute(
            "UPDATE owner SET id = coalesce(id, ?), run = max(run, ?) WHERE key = ?", (number, run, mine)
        )
        db.execute("INSERT INTO owner_map VALUES (?, ?)", (theirs, mine))
    db.execute(
        "INSERT OR IGNORE INTO main.former SELECT former.login, target FROM source.former"
        " JOIN owner_map ON owner_map.source = former.owner"
        " WHERE NOT EXISTS (SELECT 1 FROM main.owner WHERE login = former.login)"
    )


def _find(db: sqlite3.Connection, owner: Owner) -> int | None:
    row = db.execute("SELECT key FROM owner WHERE id = ?", (owner.id,)).fetchone()
    if row is None:
        row = db.execute(
            "SELECT key FROM owner WHERE login = ?1 AND (id IS NULL OR ?2 IS NULL)", (owner.login, owner.id)
        ).fetchone()
    return int(row[0]) if row else None


def _insert(db: sqlite3.Connection, owner: Owner) -> int:
    """Make an owner that has no login yet."""
    (key,) = db.execute(
        "INSERT INTO owner (login, type) VALUES (?, ?) RETURNING key", (ASIDE, owner.type)
    ).fetchone()
    db.execute("UPDATE owner SET login = ? || key WHERE key = ?", (ASIDE, key))
    return int(key)


def _name(db: sqlite3.Connection, key: int, owner: Owner) -> None:
    """Give an owner its login, and remember the one it had."""
    if owner.login.startswith(ASIDE):
        return
    db.execute("UPDATE owner SET login = ? || key WHERE login = ? AND key <> ?", (ASIDE, owner.login, key))
    db.execute("DELETE FROM former WHERE login = ?", (owner.login,))
    db.execute(
        "INSERT OR REPLACE INTO former SELECT login, key FROM owner WHERE key = ? AND login <> ?"
        " AND substr(login, 1, 1) <> ?",
        (key, owner.login, ASIDE),
    )
    db.execute("UPDATE owner SET login = ?, type = ? WHERE key = ?", (owner.login, owner.type, key))


def _last_seen(db: sqlite3.Connection, schema: str, key: int) -> int:
    return int(db.execute(_LAST_SEEN.format(schema=schema), (key,)).fetchone()[0])
