"""The versions of packages, and the days on which their numbers changed."""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date

from backage.models.history import Downloads, KnownVersion, Observation, Version, VersionUpdate
from backage.store.calendar import as_day, as_number, from_number, to_number
from backage.store.database import History, transaction
from backage.store.migrations import FIRST_PLACEHOLDER

_DIGEST = "sha256:"
_HEX = re.compile(r"[0-9a-f]{64}")


def assign_ids(names: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """Give an id to each version of a Maven package, which its name identifies.

    `names` are oldest first, `known` are ids by name. A new version gets a placeholder above all ids that
    there are, so that the order of the ids stays that of publication.
    """
    last = max((FIRST_PLACEHOLDER, *known.values()))
    ids = {}
    for name in names:
        if name in known:
            ids[name] = known[name]
        elif name not in ids:
            last += 1
            ids[name] = last
    return ids


def is_placeholder(number: int) -> bool:
    """Tell whether an id is not GitHub's."""
    return number < 0 or number >= FIRST_PLACEHOLDER


def save_version_ids(history: History, package: int, ids: Mapping[str, int]) -> None:
    """Write the ids that GitHub told of a Maven package's versions; each stays the version that it was."""
    with transaction(history) as db:
        save_ids(db, package, ids)


def save_ids(db: sqlite3.Connection, package: int, ids: Mapping[str, int]) -> None:
    """Write ids of versions by their names; one that another version of the package has is no id."""
    db.executemany(
        "UPDATE OR IGNORE version SET id = ?1 WHERE package = ?2 AND name = ?3 AND id <> ?1",
        [(number, package, name) for name, number in ids.items()],
    )


def load_ids(db: sqlite3.Connection, package: int) -> frozenset[int]:
    """Read the ids of a package's listed versions."""
    rows = db.execute("SELECT id FROM version WHERE package = ? AND gone IS NULL", (package,))
    return frozenset(number for (number,) in rows)


def load_versions(history: History, package: int, since: date) -> dict[int, KnownVersion]:
    """Read all versions of a package, each with what was seen since a day and the last time before it."""
    db = history
    observations: dict[int, list[Observation]] = {}
    rows = db.execute(
        "SELECT key, d.day, d.downloads, d.downloads_month, d.downloads_week, d.downloads_day, d.source"
        " FROM version JOIN version_day AS d ON d.version = version.key AND d.day >= coalesce("
        "(SELECT max(day) FROM version_day WHERE version = version.key AND day <= ?2), 0)"
        " WHERE version.package = ?1 ORDER BY d.version, d.day",
        (package, to_number(since)),
    )
    for key, day, total, month, week, today, source in rows:
        observation = Observation(from_number(day), Downloads(total, month, week, today), bool(source))
        observations.setdefault(key, []).append(observation)
    found = {}
    for key, number, digest, name, tags, absent, held, gone in db.execute(
        "SELECT key, id, digest, name, tags, absent, held, gone FROM version WHERE package = ?", (package,)
    ):
        found[number] = KnownVersion(
            number,
            version_name(digest, name),
            _tags(tags),
            listed=gone is None,
            unpublished_until=as_day(absent),
            total_drop_since=as_day(held),
            observations=tuple(observations.get(key, ())),
        )
    return found


def load_index_versions(history: History, package: int) -> list[Version]:
    """Read the listed versions of a package with their newest numbers, if any, highest id first."""
    rows = history.execute(
        "SELECT version.id, version.digest, version.name, version.tags, version.size, version.sizes, d.day,"
        " d.downloads, d.downloads_month, d.downloads_week, d.downloads_day"
        " FROM version JOIN version_day AS d ON d.version = version.key AND d.day = coalesce("
        "(SELECT max(day) FROM version_day WHERE version = version.key AND downloads IS NOT NULL),"
        " (SELECT max(day) FROM version_day WHERE version = version.key))"
        " WHERE version.package = ? AND version.gone IS NULL ORDER BY version.id DESC",
        (package,),
    )
    return [
        Version(
            None if is_placeholder(number) else number,
            version_name(digest, name),
            _tags(tags),
            from_number(day),
            Downloads(*numbers),
            size,
            json.loads(sizes) if sizes else {},
        )
        for number, digest, name, tags, size, sizes, day, *numbers in rows
    ]


def count_listed(db: sqlite3.Connection, package: int) -> tuple[int, int]:
    """Count a package's listed versions, and those of them that are tagged."""
    query = "SELECT count(*), coalesce(sum(tags <> ''), 0) FROM version WHERE package = ? AND gone IS NULL"
    versions, tagged = db.execute(query, (package,)).fetchone()
    return int(versions), int(tagged)


def newest_size(db: sqlite3.Connection, package: int) -> int | None:
    """Read the size of a package, which is that of its newest version."""
    row = db.execute(
        "SELECT size FROM version WHERE package = ? AND gone IS NULL ORDER BY id DESC LIMIT 1", (package,)
    ).fetchone()
    return row[0] if row else None


def save_versions(db: sqlite3.Connection, package: int, updates: Iterable[VersionUpdate]) -> None:
    """Write what changed: of a version its tags and marks, of its numbers a row where they are new."""
    updates = list(updates)
    db.executemany(
        "INSERT INTO version (package, id, digest, name, tags, absent, held) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (package, id) DO UPDATE SET digest = excluded.digest, name = excluded.name,"
        " tags = excluded.tags, absent = excluded.absent, held = excluded.held, gone = NULL"
        " WHERE tags <> excluded.tags OR absent IS NOT excluded.absent OR held IS NOT excluded.held"
        " OR gone IS NOT NULL OR digest IS NOT excluded.digest OR name IS NOT excluded.name",
        [
            (
                package,
                u.id,
                *digest_or_name(u.name),
                ",".join(u.tags),
                as_number(u.unpublished_until),
                as_number(u.total_drop_since),
            )
            for u in updates
        ],
    )
    save_observations(db, package, updates)


def save_observations(db: sqlite3.Connection, package: int, updates: Iterable[VersionUpdate]) -> None:
    """Write the numbers of versions where they are new."""
    db.executemany(
        "WITH new (package, id, day, total, month, week, today, source) AS (VALUES (?, ?, ?, ?, ?, ?, ?, ?))"
        " INSERT INTO version_day SELECT version.key, new.day, total, month, week, today, new.source"
        " FROM new JOIN version ON version.package = new.package AND version.id = new.id"
        " WHERE NOT EXISTS (SELECT 1 FROM version_day AS d WHERE d.version = version.key"
        " AND d.day = (SELECT max(day) FROM version_day WHERE version = version.key AND day <= new.day)"
        " AND d.downloads IS total AND d.downloads_month IS month AND d.downloads_week IS week"
        " AND d.downloads_day IS today)"
        " ON CONFLICT (version, day) DO UPDATE SET downloads = excluded.downloads,"
        " downloads_month = excluded.downloads_month, downloads_week = excluded.downloads_week,"
        " downloads_day = excluded.downloads_day, source = excluded.source",
        [_observed(package, u.id, u.observation) for u in updates if u.observation],
    )


def mark_gone(db: sqlite3.Connection, package: int, listed: set[int], day: int) -> None:
    """Mark the versions that a whole list of a day lacks: from there on nothing is known of them."""
    rows = db.execute("SELECT key, id FROM version WHERE package = ? AND gone IS NULL", (package,))
    gone = [key for key, number in rows.fetchall() if number not in listed]
    db.executemany("UPDATE version SET gone = ? WHERE key = ?", [(day, key) for key in gone])
    db.executemany(
        "INSERT OR IGNORE INTO version_day (version, day, source) SELECT ?1, ?2 + EXISTS"
        " (SELECT 1 FROM version_day WHERE version = ?1 AND day = ?2), 0 WHERE (SELECT downloads"
        " FROM version_day WHERE version = ?1 ORDER BY day DESC LIMIT 1) IS NOT NULL",
        [(key, day) for key in gone],
    )


def _observed(package: int, number: int, observation: Observation) -> tuple[int | None, ...]:
    numbers = observation.downloads
    windows = (numbers.total, numbers.month, numbers.week, numbers.day)
    return (package, number, to_number(observation.day), *windows, int(observation.from_page))


def digest_or_name(name: str) -> tuple[bytes | None, str | None]:
    """Split a version's name into the two columns: 32 bytes for a digest, else the text."""
    text = name.removeprefix(_DIGEST)
    if text != name and _HEX.fullmatch(text):
        return bytes.fromhex(text), None
    return None, name


def version_name(digest: bytes | None, name: str | None) -> str:
    """Join the two columns to the version's name."""
    return _DIGEST + digest.hex() if digest is not None else name or ""


def _tags(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
