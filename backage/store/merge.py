"""Merge one history into another. Numbers are combined; the newer history decides names, tags and marks.

Owners match by id, then by login. Packages match by owner, type and name. Versions match by package and id,
or by name in Maven packages and where downloads are counted here. SQL copies what only the source has. Rows
that differ are combined one by one.

The temporary tables `owner_map`, `package_map` and `version_map` map the source's keys to this history's.
There, `is_new` marks what only the source has, and `is_newer` what the source saw last.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backage.store.combine import combine_days, combine_rows
from backage.store.counters.merge_counts import COUNTED_HERE, merge_counts
from backage.store.database import History, address, as_day, current_copy, open_existing, transaction
from backage.store.migrations import run_script
from backage.store.owners import merge_owners
from backage.store.packages import load_days, replace_days
from backage.store.runs import MERGE_FAILURES
from backage.store.versions import is_placeholder, match_maven_ids

_PACKAGES = f"""
CREATE TEMP TABLE their_last (package INTEGER PRIMARY KEY, day INTEGER);
INSERT INTO their_last SELECT key, max(coalesce(gone, -1),
    coalesce((SELECT max(day) FROM source.scan WHERE scan.package = key), -1)) FROM source.package;
CREATE TEMP TABLE my_last (package INTEGER PRIMARY KEY, day INTEGER);
INSERT INTO my_last SELECT key, max(coalesce(gone, -1),
    coalesce((SELECT max(day) FROM main.scan WHERE scan.package = key), -1)) FROM main.package;

CREATE TEMP TABLE package_map (source INTEGER PRIMARY KEY, target INTEGER, is_new INTEGER, is_newer INTEGER);
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
WHERE mine.key IS NULL OR NOT {COUNTED_HERE} -- if both have counters, days follow from them
;

INSERT INTO main.package (owner, type, name, repo, run, walk, covered, settled, held, gone, doubted, number)
SELECT owner_map.target, p.type, p.name, p.repo, p.run, p.walk, p.covered, p.settled, p.held, p.gone,
    p.doubted, p.number
FROM source.package AS p
JOIN package_map ON package_map.source = p.key AND is_new
JOIN owner_map ON owner_map.source = p.owner
ORDER BY p.key;

UPDATE package_map SET target = mine.key
FROM source.package AS theirs, owner_map, main.package AS mine
WHERE package_map.target IS NULL AND theirs.key = package_map.source AND owner_map.source = theirs.owner
    AND mine.owner = owner_map.target AND mine.type = theirs.type AND mine.name = theirs.name;

UPDATE main.package SET name = p.name, repo = p.repo, walk = p.walk, held = p.held, gone = p.gone,
    doubted = p.doubted, number = coalesce(p.number, package.number)
FROM package_map JOIN source.package AS p ON p.key = package_map.source
WHERE package.key = package_map.target AND is_newer AND NOT is_new;

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
CREATE TEMP TABLE version_map (source INTEGER PRIMARY KEY, target INTEGER, is_new INTEGER, is_newer INTEGER);
INSERT INTO version_map
SELECT theirs.key, mine.key, mine.key IS NULL AND row_number() OVER (
    PARTITION BY package_map.target, their_id.id ORDER BY theirs.key) = 1, package_map.is_newer
FROM source.version AS theirs
JOIN their_id ON their_id.version = theirs.key
JOIN package_map ON package_map.source = theirs.package
LEFT JOIN main.version AS mine ON mine.package = package_map.target AND mine.id = their_id.id;
CREATE INDEX version_map_target ON version_map (target);

UPDATE main.version SET gone = package.covered
FROM package_map JOIN main.package ON package.key = package_map.target
WHERE is_newer AND version.package = package.key AND version.id < 0 AND version.gone IS NULL
    AND EXISTS (SELECT 1 FROM source.version AS v WHERE v.package = package_map.source AND v.id > 0)
    AND NOT EXISTS (SELECT 1 FROM source.version AS v WHERE v.package = package_map.source AND v.id < 0);

UPDATE main.version SET gone = whole.day
FROM (
    SELECT target, max(scan.day) AS day FROM package_map
    JOIN source.scan ON scan.package = package_map.source AND scan.listed = 2
    WHERE is_newer AND NOT is_new GROUP BY target
) AS whole
WHERE version.package = whole.target AND version.gone IS NULL
    AND NOT EXISTS (SELECT 1 FROM version_map WHERE target = version.key)
    AND whole.day > (SELECT max(day) FROM main.scan WHERE package = whole.target);

INSERT INTO main.version (package, id, digest, name, tags, size, sizes, asked, absent, held, gone)
SELECT package_map.target, their_id.id, v.digest, v.name, v.tags, v.size, v.sizes, v.asked, v.absent, v.held,
    CASE WHEN v.gone IS NOT NULL OR package_map.is_newer THEN v.gone ELSE (
        SELECT max(day) FROM main.scan WHERE package = package_map.target AND listed = 2
            AND day > (SELECT max(day) FROM source.scan WHERE package = package_map.source)
    ) END
FROM source.version AS v
JOIN version_map ON version_map.source = v.key AND version_map.is_new
JOIN their_id ON their_id.version = v.key
JOIN package_map ON package_map.source = v.package
ORDER BY v.key;

UPDATE version_map SET target = mine.key
FROM source.version AS theirs, their_id, package_map, main.version AS mine
WHERE version_map.target IS NULL AND theirs.key = version_map.source AND package_map.source = theirs.package
    AND their_id.version = theirs.key AND mine.package = package_map.target AND mine.id = their_id.id;

UPDATE main.version SET digest = v.digest, name = v.name, tags = v.tags, held = v.held, gone = v.gone
FROM version_map JOIN source.version AS v ON v.key = version_map.source
WHERE version.key = version_map.target AND is_newer AND NOT is_new;

UPDATE main.version SET size = coalesce(version.size, v.size),
    sizes = CASE WHEN version.size IS NULL THEN v.sizes ELSE version.sizes END,
    asked = coalesce(max(version.asked, v.asked), version.asked, v.asked),
    absent = coalesce(max(version.absent, v.absent), version.absent, v.absent)
FROM version_map JOIN source.version AS v ON v.key = version_map.source
WHERE version.key = version_map.target AND NOT is_new
    AND (v.size IS NOT NULL OR v.asked IS NOT NULL OR v.absent IS NOT NULL);

INSERT INTO main.version_day
SELECT version_map.target, d.day, d.downloads, d.downloads_month, d.downloads_week, d.downloads_day, d.source
FROM source.version_day AS d JOIN version_map ON version_map.source = d.version AND is_new
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
WHERE NOT map.is_new AND (mine.version IS NULL OR theirs.downloads IS NOT mine.downloads
    OR theirs.downloads_month IS NOT mine.downloads_month OR theirs.downloads_week IS NOT mine.downloads_week
    OR theirs.downloads_day IS NOT mine.downloads_day OR theirs.source <> mine.source)
"""


def merge_history(history: History, source: Path) -> None:
    """Merge another history into this one, in one transaction. The other does not change.

    Raises:
        ConfigError: the other is no history, is a newer one, or cannot be read.
    """
    with (
        current_copy(source) as path,
        open_existing(path) as theirs,
        _detaching(history),
        transaction(history) as db,
    ):
        db.execute("ATTACH ? AS source", (address(path),))  # now, so that BEGIN does not lock it
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
    """Detach the source at the end, if it was attached."""
    try:
        yield
    finally:
        if "source" in {name for _, name, _ in db.execute("PRAGMA database_list")}:
            db.execute("DETACH source")


def _merge_days(db: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Copy the days of new packages, and combine the days of packages that both have."""
    db.execute(
        "INSERT INTO main.package_day SELECT target, day, downloads, downloads_month, downloads_week,"
        " downloads_day, size, versions, tagged FROM source.package_day"
        " JOIN package_map ON package_map.source = package AND is_new ORDER BY target, day"
    )
    pairs = db.execute(
        "SELECT mine.key, mine.settled, theirs.key, theirs.settled FROM package_map"
        " JOIN main.package AS mine ON mine.key = target JOIN source.package AS theirs ON theirs.key = source"
        " WHERE NOT is_new"
    ).fetchall()
    for mine, settled, theirs, their_settled in pairs:
        known = load_days(db, mine)
        other = load_days(source, theirs)
        combined = combine_days(known, as_day(settled), other, as_day(their_settled))
        if combined != known:
            replace_days(db, mine, combined)
        last = max((day for day in (settled, their_settled) if day is not None), default=None)
        if last != settled:
            db.execute("UPDATE main.package SET settled = ? WHERE key = ?", (last, mine))


def _match_maven_versions(db: sqlite3.Connection) -> None:
    """Map the source's Maven versions to the ids that the same names have here.

    If only the source knows GitHub's id, use that id here too.
    """
    pairs = db.execute(
        "SELECT package_map.source, package_map.target FROM package_map"
        " JOIN main.package ON package.key = target WHERE package.type = 'maven' AND NOT is_new"
    ).fetchall()
    for source, target in pairs:
        query = "SELECT name, id, key FROM source.version WHERE package = ? ORDER BY id"
        theirs = db.execute(query, (source,)).fetchall()
        ids = match_maven_ids(
            db, target, [(name, None if is_placeholder(number) else number) for name, number, _ in theirs]
        )
        db.executemany(
            "UPDATE their_id SET id = ? WHERE version = ?", [(ids[name], key) for name, _, key in theirs]
        )


def _merge_numbers(db: sqlite3.Connection) -> None:
    """Combine the numbers of versions that differ."""
    for theirs, mine in db.execute(_DIFFERENT_VERSIONS).fetchall():
        before = db.execute(_NUMBERS.format(schema="main"), (mine,)).fetchall()
        rows = combine_rows(before, db.execute(_NUMBERS.format(schema="source"), (theirs,)).fetchall())
        if rows != before:
            db.execute("DELETE FROM main.version_day WHERE version = ?", (mine,))
            db.executemany(
                "INSERT INTO main.version_day VALUES (?, ?, ?, ?, ?, ?, ?)", [(mine, *row) for row in rows]
            )
