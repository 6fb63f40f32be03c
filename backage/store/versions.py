"""Versions of packages, and the days on which their numbers changed."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from backage.models.history import Downloads, KnownVersion, Observation, Version, VersionUpdate
from backage.store.database import History, as_day, as_number, from_number, to_number, transaction
from backage.store.schema import FIRST_PLACEHOLDER

_DIGEST = "sha256:"
_HEX = re.compile(r"[0-9a-f]{64}")


def assign_ids(names: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """Return ids by name for the versions of a Maven package.

    `names` are oldest first, `known` are ids by name. A new version gets a placeholder above all known ids,
    so that ids stay in the order of publication.
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
    """Return whether an id was made here and is not GitHub's."""
    return number < 0 or number >= FIRST_PLACEHOLDER


def save_version_ids(history: History, package: int, ids: Mapping[str, int]) -> None:
    """Save GitHub's ids of a Maven package's versions, which keep their history."""
    with transaction(history) as db:
        save_ids(db, package, ids)


def save_ids(db: sqlite3.Connection, package: int, ids: Mapping[str, int]) -> None:
    """Write ids of versions by name; skip an id that another version of the package has."""
    db.executemany(
        "UPDATE OR IGNORE version SET id = ?1 WHERE package = ?2 AND name = ?3 AND id <> ?1",
        [(number, package, name) for name, number in ids.items()],
    )


def match_maven_ids(
    db: sqlite3.Connection, package: int, versions: Sequence[tuple[str, int | None]]
) -> dict[str, int]:
    """Return the ids, by name, of Maven versions that another source lists oldest first.

    A version that is known here keeps its id, unless the other source knows GitHub's. An id that two names
    share is no id.
    """
    told = {name: number for name, number in versions if number is not None}
    names_by_id = Counter(told.values())
    theirs = {name: number for name, number in told.items() if names_by_id[number] == 1}
    save_ids(db, package, theirs)
    known = dict(db.execute("SELECT name, id FROM version WHERE package = ?", (package,)).fetchall())
    taken = set(known.values())
    known |= {name: number for name, number in theirs.items() if name not in known and number not in taken}
    return assign_ids((name for name, _ in versions), known)


def load_ids(db: sqlite3.Connection, package: int) -> frozenset[int]:
    """Return the ids of a package's listed versions."""
    rows = db.execute("SELECT id FROM version WHERE package = ? AND gone IS NULL", (package,))
    return frozenset(number for (number,) in rows)


def load_versions(
    history: History, package: int, since: date, totals: Mapping[int, int] | None = None
) -> dict[int, KnownVersion]:
    """Return all versions of a package by id, with their observations since a day and the last one before it.

    `totals` by id are those of today. If a version still has its last total and had no downloads in its
    windows, or is not in `totals`, its last observation is enough, so only this one is loaded.
    """
    found: dict[int, KnownVersion] = {}
    active = []
    for key, number, digest, name, tags, absent, held, gone, *seen in history.execute(
        "SELECT key, id, digest, name, tags, absent, held, gone,"
        " d.day, d.downloads, d.downloads_month, d.downloads_week, d.downloads_day, d.source"
        " FROM version LEFT JOIN version_day AS d ON d.version = version.key"
        " AND d.day = (SELECT max(day) FROM version_day WHERE version = version.key) WHERE package = ?",
        (package,),
    ):
        last = _read_observation(*seen) if seen[0] is not None else None
        found[number] = KnownVersion(
            number,
            version_name(digest, name),
            split_tags(tags),
            listed=gone is None,
            unpublished_until=as_day(absent),
            total_drop_since=as_day(held),
            observations=(last,) if last else (),
        )
        quiet = totals is not None and (
            number not in totals or (last and last.downloads == Downloads(totals[number], 0, 0, 0))
        )
        if last and not quiet:
            active.append(key)
    for number, observations in _load_observations(history, active, since).items():
        found[number] = replace(found[number], observations=tuple(observations))
    return found


def _load_observations(history: History, versions: list[int], since: date) -> dict[int, list[Observation]]:
    """Return the observations of versions, oldest first, by their ids."""
    observations: dict[int, list[Observation]] = {}
    rows = history.execute(
        "SELECT version.id, d.day, d.downloads, d.downloads_month, d.downloads_week, d.downloads_day,"
        " d.source FROM json_each(?1) AS wanted JOIN version ON version.key = wanted.value"
        " JOIN version_day AS d ON d.version = version.key AND d.day >= coalesce("
        "(SELECT max(day) FROM version_day WHERE version = version.key AND day <= ?2), 0)"
        " ORDER BY d.version, d.day",
        (json.dumps(versions), to_number(since)),
    )
    for number, *seen in rows:
        observations.setdefault(number, []).append(_read_observation(*seen))
    return observations


def _read_observation(
    day: int, total: int | None, month: int | None, week: int | None, today: int | None, source: int
) -> Observation:
    return Observation(from_number(day), Downloads(total, month, week, today), bool(source))


def load_index_versions(history: History, package: int) -> list[Version]:
    """Return a package's listed versions with their newest known numbers, highest id first."""
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
            split_tags(tags),
            from_number(day),
            Downloads(*numbers),
            size,
            json.loads(sizes) if sizes else {},
        )
        for number, digest, name, tags, size, sizes, day, *numbers in rows
    ]


def count_listed(db: sqlite3.Connection, package: int) -> tuple[int, int]:
    """Return the number of a package's listed versions, and how many of them have tags."""
    query = "SELECT count(*), coalesce(sum(tags <> ''), 0) FROM version WHERE package = ? AND gone IS NULL"
    versions, tagged = db.execute(query, (package,)).fetchone()
    return int(versions), int(tagged)


def newest_size(db: sqlite3.Connection, package: int) -> int | None:
    """Return the size of a package in bytes: the size of its newest version."""
    row = db.execute(
        "SELECT size FROM version WHERE package = ? AND gone IS NULL ORDER BY id DESC LIMIT 1", (package,)
    ).fetchone()
    return row[0] if row else None


def save_versions(db: sqlite3.Connection, package: int, updates: Iterable[VersionUpdate]) -> None:
    """Write changed versions, and a row for numbers that differ from those before."""
    updates = [update for update in updates if update.changed]
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
    """Write the numbers of versions if they differ from those before."""
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


def mark_versions_gone(db: sqlite3.Connection, package: int, listed: set[int], day: int) -> None:
    """Mark versions as gone that a complete list lacks; their numbers are unknown from that day on."""
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


def write_size(
    db: sqlite3.Connection, package: int, version: int, size: int, platforms: Mapping[str, int]
) -> None:
    """Write a version's size in bytes, and by platform if it is a multi-platform image; never replace one."""
    text = json.dumps(dict(platforms), separators=(",", ":")) if platforms else None
    db.execute(
        "UPDATE version SET size = ?, sizes = ? WHERE package = ? AND id = ? AND size IS NULL",
        (size, text, package, version),
    )


def digest_or_name(name: str) -> tuple[bytes | None, str | None]:
    """Split a version's name into its columns `digest` (32 bytes) and `name`, of which one is None."""
    text = name.removeprefix(_DIGEST)
    if text != name and _HEX.fullmatch(text):
        return bytes.fromhex(text), None
    return None, name


def version_name(digest: bytes | None, name: str | None) -> str:
    """Return the version's name from its columns `digest` and `name`."""
    return _DIGEST + digest.hex() if digest is not None else name or ""


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags in a version's column `tags`."""
    return tuple(text.split(",")) if text else ()
