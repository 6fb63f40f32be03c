"""One history into another: what both know is combined, and the later of two accounts says how things are.

Owners are the same by id, else by login; packages by owner, type and name; versions by package and id, or by
name where downloads are counted here and in Maven packages. What only the source has is copied by SQL; what
both have and say differently is combined row by row.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backage.store.combine import combine_days, combine_rows
from backage.store.counters.merge_counts import COUNTED_HERE, merge_counts
from backage.store.database import History, address, as_day, current_copy, read_only, transaction
from backage.store.migrations import run_script
from backage.store.owners import merge_owners
from backage.store.packages import read_days, replace_days
from backage.store.runs import MERGE_FAILURES
from backage.store.versions import assign_ids, is_placeholder, save_ids

_PACKAGES = f"""
CREATE TEMP TABLE their_last (package INTEGER PRIMARY KEY, day INTEGER);
INSERT INTO their_last SELECT key, max(coalesce(gone, -1),
    coalesce((SELECT max(day) FROM source.scan WHERE scan.package = key), -1)) FROM source.package;
CREATE TEMP TABLE my_last (package INTEGER PRIMARY KEY, day INTEGER);
INSERT INTO my_last SELECT key, max(coalesce(gone, -1),
    coalesce((SELECT max(day) FROM main.scan WHERE scan.package = key), -1)) FROM main.package;

CREATE TEMP TABLE package_map (source INTEGER PRIMARY KEY, target INTEGER, fresh INTEGER, later INTEGER);
INSERT INTO package_map
SELECT theirs.key, mine.key,
    mine.key IS NULL AND row_number() OVER (
        PARTITION BY owner_map.target, theirs.type, theirs.name ORDER BY theirs.key) = 1,
    mine.key IS NULL OR (their_last.day, theirs.run) > (my_last.day, mine.run)
FROM source.package AS theirs
JOIN their_last ON their_last.package = theirs.key
JOIN owner_map ON owner_map.source = theirs.owner
LEFT JOIN main.package AS mine
    ON mine.owner = owner_map.target AND mine.type = theirs.type AND mine.name = theirs.name
LEFT JOIN my_last ON my_last.package = mine.key
JOIN source.owner ON owner.key = theirs.owner
WHERE mine.key IS NULL OR NOT {COUNTED_HERE} -- where both have counters, days follow from these
;

INSERT INTO main.package (owner, type, name, repo, run, walk, covered, settled, held, gone, doubted, number)
SELECT owner_map.target, p.type, p.name, p.repo, p.run, p.walk, p.covered, p.settled, p.held, p.gone,
    p.doubted, p.number
FROM source.package AS p
JOIN package_map ON package_map.source = p.key AND fresh
JOIN owner_map ON owner_map.source = p.owner
ORDER BY p.key;

UPDATE package_map SET target = mine.key
FROM source.package AS theirs, owner_map, main.package AS mine
WHERE package_map.target IS NULL AND theirs.key = package_map.source AND owner_map.source = theirs.owner
    AND mine.owner = owner_map.target AND mine.type = theirs.type AND mine.name = theirs.name;

UPDATE main.package SET name = p.name, repo = p.repo, walk = p.walk, held = p.held, gone = p.gone,
    doubted = p.doubted, number = coalesce(p.number, package.number)
FROM package_map JOIN source.package AS p ON p.key = package_map.source
WHERE package.key = package_map.target AND later AND NOT fresh;

UPDATE main.package SET run = max(package.run, p.run)
FROM package_map JOIN source.package AS p ON p.key = package_map.source
WHERE package.key = package_map.target AND p.run > package.run;
"""  # noqa: S608 (constants)

_IDS = """
CREATE TEMP TABLE their_id (version INTEGER PRIMARY KEY, id INTEGER NOT NULL);
INSERT INTO their_id SELECT version.key, version.id FROM source.version
JOIN package_map ON package_map.source = version.package;
"""
_VERSIONS = """
CREATE TEMP TABLE version_map (source INTEGER PRIMARY KEY, target INTEGER, fresh INTEGER, later INTEGER);
INSERT INTO version_map
SELECT theirs.key, mine.key, mine.key IS NULL AND row_number() OVER (
    PARTITION BY package_map.target, their_id.id ORDER BY theirs.key) = 1, package_map.later
FROM source.version AS theirs
JOIN their_id ON their_id.version = theirs.key
JOIN package_map ON package_map.source = theirs.package
LEFT JOIN main.version AS mine ON mine.package = package_map.target AND mine.id = their_id.id;
CREATE INDEX version_map_target ON version_map (target);

UPDATE main.version SET gone = package.covered
FROM package_map JOIN main.package ON package.key = package_map.target
WHERE later AND version.package = package.key AND version.id < 0 AND version.gone IS NULL
    AND EXISTS (SELECT 1 FROM source.version AS v WHERE v.package = package_map.source AND v.id > 0)
    AND NOT EXISTS (SELECT 1 FROM source.version AS v WHERE v.package = package_map.source AND v.id < 0);

UPDATE main.version SET gone = whole.day
FROM (
    SELECT target, max(scan.day) AS day FROM package_map
    JOIN source.scan ON scan.package = package_map.source AND scan.listed = 2
    WHERE later AND NOT fresh GROUP BY target
) AS whole
WHERE version.package = whole.target AND version.gone IS NULL
    AND NOT EXISTS (SELECT 1 FROM version_map WHERE target = version.key)
    AND whole.day > (SELECT max(day) FROM main.scan WHERE package = whole.target);

INSERT INTO main.version (package, id, digest, name, tags, size, sizes, asked, absent, held, gone)
SELECT package_map.target, their_id.id, v.digest, v.name, v.tags, v.size, v.sizes, v.asked, v.absent, v.held,
    CASE WHEN v.gone IS NOT NULL OR package_map.later THEN v.gone ELSE (
        SELECT max(day) FROM main.scan WHERE package = package_map.target AND listed = 2
            AND day > (SELECT max(day) FROM source.scan WHERE package = package_map.source)
    ) END
FROM source.version AS v
JOIN version_map ON version_map.source = v.key AND version_map.fresh
JOIN their_id ON their_id.version = v.key
JOIN package_map ON package_map.source = v.package
ORDER BY v.key;

UPDATE version_map SET target = mine.key
FROM source.version AS theirs, their_id, package_map, main.version AS mine
WHERE version_map.target IS NULL AND theirs.key = version_map.source AND package_map.source = theirs.package
    AND their_id.version = theirs.key AND mine.package = package_map.target AND mine.id = their_id.id;

UPDATE main.version SET digest = v.digest, name = v.name, tags = v.tags, held = v.held, gone = v.gone
FROM version_map JOIN source.version AS v ON v.key = version_map.source
WHERE version.key = version_map.target AND later AND NOT fresh;

UPDATE main.version SET size = coalesce(version.size, v.size),
    sizes = CASE WHEN version.size IS NULL THEN v.sizes ELSE version.sizes END,
    asked = coalesce(max(version.asked, v.asked), version.asked, v.asked),
    absent = coalesce(max(version.absent, v.absent), version.absent, v.absent)
FROM version_map JOIN source.version AS v ON v.key = version_map.source
WHERE version.key = version_map.target AND NOT fresh
    AND (v.size IS NOT NULL OR v.asked IS NOT NULL OR v.absent IS NOT NULL);

INSERT INTO main.version_day
SELECT version_map.target, d.day, d.downloads, d.downloads_month, d.downloads_week, d.downloads_day, d.source
FROM source.version_day AS d JOIN version_map ON version_map.source = d.version AND fresh
ORDER BY version_map.target, d.day;
"""

_SCANS = """
INSERT INTO main.scan SELECT target, day, listed
FROM source.scan JOIN package_map ON package_map.source = scan.package WHERE true
ON CONFLICT (package, day) DO UPDATE SET listed = max(listed, excluded.listed) WHERE listed < excluded.listed;

INSERT OR IGNORE INTO main.run SELECT * FROM source.run;

DROP TABLE my_last;
DROP TABLE their_last;
DROP TABLE owner_map;
DROP TABLE package_map;
DROP TABLE their_id;
DROP TABLE version_map;
"""

_NUMBERS = (
    "SELECT day, downloads, downloads_month, downloads_week, downloads_day, source"
    " FROM {schema}.version_day WHERE version = ? ORDER BY day"
)
_DIFFERENT_VERSIONS = """
SELECT DISTINCT map.source, map.target
FROM version_map AS map JOIN source.version_day AS theirs ON theirs.version = map.source
LEFT JOIN main.version_day AS mine ON mine.version = map.target AND mine.day = theirs.day
WHERE NOT map.fresh AND (mine.version IS NULL OR theirs.downloads IS NOT mine.downloads
    OR theirs.downloads_month IS NOT mine.downloads_month OR theirs.downloads_week IS NOT mine.downloads_week
    OR theirs.downloads_day IS NOT mine.downloads_day OR theirs.source <> mine.source)
"""


def merge_history(history: History, source: Path) -> None:
    """Take all that another history knows into this one, in one transaction; the other stays as it is.

    Raises:
        ConfigError: the other is no history, is a newer one, or cannot be read.
    """
    with (
        current_copy(source) as path,
        read_only(path) as theirs,
        _detaching(history),
        transaction(history) as db,
    ):
        db.execute("ATTACH ? AS source", (address(path),))  # now, for a transaction locks all that it finds
        merge_owners(db)
        run_script(db, _PACKAGES)
        _merge_days(db, theirs)
        run_script(db, _IDS)
        _match_maven_versions(db)
        run_script(db, _VERSIONS)
        _merge_numbers(db)
        merge_counts(db)
        run_script(db, _SCANS)
        run_script(db, MERGE_FAILURES)


@contextmanager
def _detaching(db: sqlite3.Connection) -> Iterator[None]:
    """Let go of the source at the end, if it was there."""
    try:
        yield
    finally:
        if "source" in {name for _, name, _ in db.execute("PRAGMA database_list")}:
            db.execute("DETACH source")


def _merge_days(db: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Copy the days of new packages, and combine those of packages that both know."""
    db.execute(
        "INSERT INTO main.package_day SELECT target, day, downloads, downloads_month, downloads_week,"
        " downloads_day, size, versions, tagged FROM source.package_day"
        " JOIN package_map ON package_map.source = package AND fresh ORDER BY target, day"
    )
    pairs = db.execute(
        "SELECT mine.key, mine.settled, theirs.key, theirs.settled FROM package_map"
        " JOIN main.package AS mine ON mine.key = target JOIN source.package AS theirs ON theirs.key = source"
        " WHERE NOT fresh"
    ).fetchall()
    for mine, settled, theirs, their_settled in pairs:
        known = read_days(db, mine, None)
        other = read_days(source, theirs, None)
        combined = combine_days(known, as_day(settled), other, as_day(their_settled))
        if combined != known:
            replace_days(db, mine, combined)
        last = max((day for day in (settled, their_settled) if day is not None), default=None)
        if last != settled:
            db.execute("UPDATE main.package SET settled = ? WHERE key = ?", (last, mine))


def _match_maven_versions(db: sqlite3.Connection) -> None:
    """Give their versions of Maven packages the ids that those of the same name have here.

    Where they know GitHub's id and this history does not, it is taken over.
    """
    pairs = db.execute(
        "SELECT package_map.source, package_map.target FROM package_map"
        " JOIN main.package ON package.key = target WHERE package.type = 'maven' AND NOT fresh"
    ).fetchall()
    for source, target in pairs:
        query = "SELECT name, id, key FROM source.version WHERE package = ? ORDER BY id"
        theirs = db.execute(query, (source,)).fetchall()
        told = {name: number for name, number, _ in theirs if not is_placeholder(number)}
        save_ids(db, target, told)
        known = dict(db.execute("SELECT name, id FROM main.version WHERE package = ?", (target,)).fetchall())
        taken = set(known.values())
        known |= {name: number for name, number in told.items() if name not in known and number not in taken}
        ids = assign_ids((name for name, *_ in theirs), known)
        db.executemany(
            "UPDATE their_id SET id = ? WHERE version = ?", [(ids[name], key) for name, _, key in theirs]
        )


def _merge_numbers(db: sqlite3.Connection) -> None:
    """Combine what both say of a version's numbers, where it is not the same."""
    for theirs, mine in db.execute(_DIFFERENT_VERSIONS).fetchall():
        before = db.execute(_NUMBERS.format(schema="main"), (mine,)).fetchall()
        rows = combine_rows(before, db.execute(_NUMBERS.format(schema="source"), (theirs,)).fetchall())
        if rows != before:
            db.execute("DELETE FROM main.version_day WHERE version = ?", (mine,))
            db.executemany(
                "INSERT INTO main.version_day VALUES (?, ?, ?, ?, ?, ?, ?)", [(mine, *row) for row in rows]
            )
