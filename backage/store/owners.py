"""Owners: the same by id, else by login; a login that was theirs before leads to them still."""

import sqlite3

from backage.errors import TakenError
from backage.models.events import SOURCES
from backage.models.history import Owner
from backage.owners import OptOut
from backage.store.database import transaction

ASIDE = "~"
"""What a login begins with that is none any more, for it belongs to another account now."""

_LAST_SEEN = (
    "SELECT coalesce(max(scan.day), -1), owner.run FROM {schema}.owner"
    " LEFT JOIN {schema}.package ON package.owner = owner.key"
    " LEFT JOIN {schema}.scan ON scan.package = package.key WHERE owner.key = ?"
)
"""When an owner was last seen: the day, and within it the run."""


def load_owner(db: sqlite3.Connection, login: str, number: int | None = None) -> Owner | None:
    """Read an owner by its id where that is given, else by its login, or one that it had, in any case.

    One that has lost its login has the one that it is asked for by.
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
    return Owner(login if found.startswith(ASIDE) else found, kind, known)


def load_owners(db: sqlite3.Connection) -> list[Owner]:
    """Read all owners, in the order of their names."""
    rows = db.execute("SELECT login, type, id FROM owner ORDER BY login COLLATE NOCASE")
    return [Owner(*row) for row in rows]


def load_former(db: sqlite3.Connection) -> dict[str, str]:
    """Read the logins that owners had before, in lower case, each with the one it has now."""
    rows = db.execute("SELECT former.login, owner.login FROM former JOIN owner ON owner.key = former.owner")
    return {was.lower(): login for was, login in rows}


def load_runs(db: sqlite3.Connection) -> dict[str, int]:
    """Read in which run each owner was last gone through, by each login it has or had, in lower case."""
    rows = db.execute(
        "SELECT former.login, run FROM former JOIN owner ON owner.key = former.owner"
        " UNION ALL SELECT login, run FROM owner"
    )
    return {login.lower(): run for login, run in rows}


def save_owner(db: sqlite3.Connection, owner: Owner, was: str | None = None) -> None:
    """Write an owner in a transaction of its own (see `write_owner`)."""
    with transaction(db):
        write_owner(db, owner, was)


def finish_owner(db: sqlite3.Connection, login: str, run: int) -> None:
    """Note that a run went through all packages of an owner."""
    with transaction(db):
        db.execute("UPDATE owner SET run = ? WHERE login = ?", (run, login))


def write_owner(db: sqlite3.Connection, owner: Owner, was: str | None = None) -> int:
    """Write an owner under its login, and return its key.

    It is the one with its id, else the one of its login, else the one that was without an id under the login
    it had before. A login that now belongs to another id is set aside first, with its history, under a name
    that no login can have.

    Raises:
        TakenError: the login is that of another source.
    """
    check_source(db, owner)
    key = _find(db, owner)
    if key is None and was:
        key = _find(db, Owner(was, owner.type, owner.id))
    if key is None:
        key = _insert(db, owner)
    _name(db, key, owner)
    if was and _find(db, Owner(was, owner.type)) is None:
        db.execute("INSERT OR REPLACE INTO former VALUES (?, ?)", (was, key))
    db.execute("UPDATE owner SET id = coalesce(?, id) WHERE key = ?", (owner.id, key))
    return key


def check_source(db: sqlite3.Connection, owner: Owner) -> None:
    """Make sure that numbers of two sources never come under one login.

    Raises:
        TakenError: the login is, or was, an owner's of another source.
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
    """Delete the history of what is opted out; return how many packages that were.

    Of a renamed owner its logins stay, so that it stays opted out under each of them.
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
    """Fill the table `owner_map`: the target's owner for each of the source, made where there is none."""
    db.execute("CREATE TEMP TABLE owner_map (source INTEGER PRIMARY KEY, target INTEGER NOT NULL)")
    taken = set()
    for theirs, number, login, kind, run in db.execute(
        "SELECT key, id, login, type, run FROM source.owner ORDER BY id IS NULL, key"
    ).fetchall():
        owner = Owner(login, kind, number)
        if not login.startswith(ASIDE):
            check_source(db, owner)
        mine = _find(db, owner)
        held = db.execute("SELECT key FROM owner WHERE login = ?", (login,)).fetchone()
        holders = [key for key in (mine, held and int(held[0])) if key is not None]
        if mine is None or mine in taken:
            mine = _insert(db, owner)
        taken.add(mine)
        if all(_is_later(db, theirs, holder, login) for holder in holders):
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
    if row is None and not owner.login.startswith(ASIDE):
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


def _is_later(db: sqlite3.Connection, theirs: int, mine: int, login: str) -> bool:
    """Tell whether what the source says of an owner is later; on a tie, a login that was not had before."""
    source = db.execute(_LAST_SEEN.format(schema="source"), (theirs,)).fetchone()
    target = db.execute(_LAST_SEEN.format(schema="main"), (mine,)).fetchone()
    had = db.execute(
        "SELECT 1 FROM main.former WHERE login = ?1 AND owner = ?2"
        " UNION SELECT 1 FROM main.owner WHERE login = ?1 AND key = ?2",
        (login, mine),
    ).fetchone()
    return bool(source > target or (source == target and had is None))
