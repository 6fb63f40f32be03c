"""Owners: matched by id, then by login. A former login still leads to its owner."""

import sqlite3

from backage.errors import TakenError
from backage.models.events import SOURCES
from backage.models.history import Owner
from backage.owners import OptOut
from backage.store.database import transaction

DISPLACED_PREFIX = "~"
"""Marks the impossible login of an owner whose login now belongs to another account."""

_LAST_SEEN = (
    "SELECT coalesce(max(scan.day), -1), owner.run FROM {schema}.owner"
    " LEFT JOIN {schema}.package ON package.owner = owner.key"
    " LEFT JOIN {schema}.scan ON scan.package = package.key WHERE owner.key = ?"
)
"""SQL: when an owner was last seen, as day and run."""


def load_owner(db: sqlite3.Connection, login: str, number: int | None = None) -> Owner | None:
    """Return an owner by id, then by login, then by former login, in any case.

    If the owner has lost its login, the result has the login of the call.
    """
    row = db.execute(
        "SELECT login, type, id FROM owner WHERE id = ?2 OR login = ?1"
        " OR key = (SELECT owner FROM former WHERE login = ?1)"
        " ORDER BY id = ?2 DESC, login = ?1 DESC LIMIT 1",
        (login, number),
    ).fetchone()
    if row is None:
        return None
    found, kind, known = row
    return Owner(login if found.startswith(DISPLACED_PREFIX) else found, kind, known)


def load_owners(db: sqlite3.Connection) -> list[Owner]:
    """Return all owners, sorted by login."""
    rows = db.execute("SELECT login, type, id FROM owner ORDER BY login COLLATE NOCASE")
    return [Owner(*row) for row in rows]


def load_former(db: sqlite3.Connection) -> dict[str, str]:
    """Return former logins, in lower case, with the owners' current ones."""
    rows = db.execute("SELECT former.login, owner.login FROM former JOIN owner ON owner.key = former.owner")
    return {was.lower(): login for was, login in rows}


def load_runs(db: sqlite3.Connection) -> dict[str, int]:
    """Return each owner's last completed run, by current and former logins in lower case."""
    rows = db.execute(
        "SELECT former.login, run FROM former JOIN owner ON owner.key = former.owner"
        " UNION ALL SELECT login, run FROM owner"
    )
    return {login.lower(): run for login, run in rows}


def save_owner(db: sqlite3.Connection, owner: Owner, was: str | None = None) -> None:
    """Save an owner in one transaction (see `write_owner`)."""
    with transaction(db):
        write_owner(db, owner, was)


def finish_owner(db: sqlite3.Connection, login: str, run: int) -> None:
    """Note that a run went through all packages of an owner."""
    with transaction(db):
        db.execute("UPDATE owner SET run = ? WHERE login = ?", (run, login))


def write_owner(db: sqlite3.Connection, owner: Owner, was: str | None = None) -> int:
    """Write an owner under its login, and return its key.

    Match by id, then by login, then by former login (`was`) if that owner has no id. If another account still
    holds the login, rename that one to an impossible login, keeping its history.

    Raises:
        TakenError: the login belongs to another source.
    """
    check_source(db, owner)
    key = _find(db, owner)
    if key is None and was:
        key = _find(db, Owner(was, owner.type, owner.id))
    if key is None:
        key = _insert(db, owner)
    _set_login(db, key, owner)
    if was and _find(db, Owner(was, owner.type)) is None:
        db.execute("INSERT OR REPLACE INTO former VALUES (?, ?)", (was, key))
    db.execute("UPDATE owner SET id = coalesce(?, id) WHERE key = ?", (owner.id, key))
    return key


def check_source(db: sqlite3.Connection, owner: Owner) -> None:
    """Check that no other source has, or had, an owner of this login.

    Raises:
        TakenError: another source has.
    """
    rows = db.execute(
        "SELECT type FROM owner WHERE login = ?1"
        " UNION SELECT type FROM former JOIN owner ON owner.key = former.owner WHERE former.login = ?1",
        (owner.login,),
    )
    for (kind,) in rows:
        if kind != owner.type and (kind in SOURCES or owner.type in SOURCES):
            here, there = (name if name in SOURCES else "GitHub" for name in (owner.type, kind))
            raise TakenError(
                f"{owner.login} is already an owner of {there} in this history, and cannot be one of {here}:"
                " name that of the events with --organization"
            )


def forget(db: sqlite3.Connection, optout: OptOut) -> int:
    """Delete the history of packages that are opted out, and return how many there were.

    A renamed owner keeps its logins, so that it stays opted out under all of them.
    """
    if not optout.entries:
        return 0
    rows = db.execute(
        "SELECT package.key, owner.login, coalesce(package.repo, package.name), package.name"
        " FROM package JOIN owner ON owner.key = package.owner"
    )
    keys = [(key,) for key, login, repo, name in rows if optout.package(login, repo, name)]
    logins = [(login,) for (login,) in db.execute("SELECT login FROM owner") if optout.owner(login)]
    failed = [
        (login,) for (login,) in db.execute("SELECT DISTINCT login FROM failure") if optout.owner(login)
    ]
    if keys or logins or failed:
        with transaction(db):
            db.executemany("DELETE FROM failure WHERE login = ?", failed)
            db.executemany("DELETE FROM package WHERE key = ?", keys)
            db.executemany(
                "DELETE FROM owner WHERE login = ?"
                " AND NOT EXISTS (SELECT 1 FROM former WHERE former.owner = owner.key)",
                logins,
            )
    return len(keys)


def merge_owners(db: sqlite3.Connection) -> None:
    """Fill the table `owner_map` with the target's owner for each of the source; add missing owners."""
    db.execute("CREATE TEMP TABLE owner_map (source INTEGER PRIMARY KEY, target INTEGER NOT NULL)")
    taken = set()
    for theirs, number, login, kind, run in db.execute(
        "SELECT key, id, login, type, run FROM source.owner ORDER BY id IS NULL, key"
    ).fetchall():
        owner = Owner(login, kind, number)
        if not login.startswith(DISPLACED_PREFIX):
            check_source(db, owner)
        mine = _find(db, owner)
        held = db.execute("SELECT key FROM owner WHERE login = ?", (login,)).fetchone()
        holders = [key for key in (mine, held and int(held[0])) if key is not None]
        if mine is None or mine in taken:
            mine = _insert(db, owner)
        taken.add(mine)
        if all(_is_newer(db, theirs, holder, login) for holder in holders):
            _set_login(db, mine, owner)
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
    if row is None and not owner.login.startswith(DISPLACED_PREFIX):
        row = db.execute(
            "SELECT key FROM owner WHERE login = ?1 AND (id IS NULL OR ?2 IS NULL)", (owner.login, owner.id)
        ).fetchone()
    return int(row[0]) if row else None


def _insert(db: sqlite3.Connection, owner: Owner) -> int:
    """Add an owner that has no login yet, and return its key."""
    (key,) = db.execute(
        "INSERT INTO owner (login, type) VALUES (?, ?) RETURNING key", (DISPLACED_PREFIX, owner.type)
    ).fetchone()
    db.execute("UPDATE owner SET login = ? || key WHERE key = ?", (DISPLACED_PREFIX, key))
    return int(key)


def _set_login(db: sqlite3.Connection, key: int, owner: Owner) -> None:
    """Set an owner's login, and keep the one before as a former login."""
    if owner.login.startswith(DISPLACED_PREFIX):
        return
    db.execute(
        "UPDATE owner SET login = ? || key WHERE login = ? AND key <> ?", (DISPLACED_PREFIX, owner.login, key)
    )
    db.execute("DELETE FROM former WHERE login = ?", (owner.login,))
    db.execute(
        "INSERT OR REPLACE INTO former SELECT login, key FROM owner WHERE key = ? AND login <> ?"
        " AND substr(login, 1, 1) <> ?",
        (key, owner.login, DISPLACED_PREFIX),
    )
    db.execute("UPDATE owner SET login = ?, type = ? WHERE key = ?", (owner.login, owner.type, key))


def _is_newer(db: sqlite3.Connection, theirs: int, mine: int, login: str) -> bool:
    """Return whether the source saw an owner later; on a tie, whether the login is new here."""
    source = db.execute(_LAST_SEEN.format(schema="source"), (theirs,)).fetchone()
    target = db.execute(_LAST_SEEN.format(schema="main"), (mine,)).fetchone()
    had = db.execute(
        "SELECT 1 FROM main.former WHERE login = ?1 AND owner = ?2"
        " UNION SELECT 1 FROM main.owner WHERE login = ?1 AND key = ?2",
        (login, mine),
    ).fetchone()
    return bool(source > target or (source == target and had is None))
