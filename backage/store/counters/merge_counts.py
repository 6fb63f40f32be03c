"""Merge the counters of two histories: for each file and day, the higher count stays.

Merging twice changes nothing, and a history that went on after a snapshot loses nothing. If two servers count
the same owner at once, each has one part of the downloads; this does not add the parts.
"""

import sqlite3

from backage.models.events import SOURCES
from backage.store.migrations import run_script

_SOURCES = ", ".join(f"'{source}'" for source in SOURCES)
COUNTED_HERE = f"owner.type IN ({_SOURCES})"
"""SQL condition: the owner belongs to a source of events, not to GitHub."""

_FILES = """
FROM source.file AS theirs
JOIN counted_map ON counted_map.source = theirs.package
LEFT JOIN source.version AS v ON v.key = theirs.version
LEFT JOIN main.version AS w ON w.package = counted_map.target AND w.digest IS v.digest AND w.name IS v.name
"""
_MINE = """
JOIN main.file AS mine ON mine.package = counted_map.target AND mine.repo = theirs.repo
    AND mine.path = theirs.path AND mine.version IS w.key
"""
_COUNTS = f"""
CREATE TEMP TABLE counted_map (source INTEGER PRIMARY KEY, target INTEGER NOT NULL);
INSERT INTO counted_map
SELECT theirs.key, mine.key FROM source.package AS theirs
JOIN owner_map ON owner_map.source = theirs.owner
JOIN main.package AS mine
    ON mine.owner = owner_map.target AND mine.type = theirs.type AND mine.name = theirs.name
WHERE theirs.key IN (SELECT package FROM source.file);

INSERT INTO main.version (package, id, digest, name, tags)
SELECT counted_map.target, row_number() OVER (PARTITION BY counted_map.target ORDER BY v.id)
    + coalesce((SELECT max(id) FROM main.version WHERE package = counted_map.target), 0), v.digest, v.name, ''
FROM source.version AS v JOIN counted_map ON counted_map.source = v.package
WHERE NOT EXISTS (
    SELECT 1 FROM main.version AS w
    WHERE w.package = counted_map.target AND w.digest IS v.digest AND w.name IS v.name
);

INSERT INTO main.file (package, version, repo, path, kind, baseline, since)
SELECT counted_map.target, w.key, theirs.repo, theirs.path, theirs.kind, theirs.baseline, theirs.since
{_FILES} WHERE true
ON CONFLICT (package, repo, path, coalesce(version, 0)) DO UPDATE SET baseline = excluded.baseline,
    since = excluded.since WHERE excluded.baseline > baseline;

UPDATE main.package SET settled = changed.day - 1
FROM (
    SELECT counted_map.target AS target, min(d.day) AS day {_FILES} {_MINE}
    JOIN source.file_day AS d ON d.file = theirs.key
    LEFT JOIN main.file_day AS known ON known.file = mine.key AND known.day = d.day
    WHERE known.downloads IS NULL OR known.downloads < d.downloads
    GROUP BY counted_map.target
) AS changed
WHERE package.key = changed.target AND package.settled >= changed.day
    AND package.key NOT IN (SELECT target FROM package_map WHERE is_new);

INSERT INTO main.file_day SELECT mine.key, d.day, d.downloads {_FILES} {_MINE}
JOIN source.file_day AS d ON d.file = theirs.key WHERE true
ON CONFLICT (file, day) DO UPDATE SET downloads = excluded.downloads
WHERE excluded.downloads > downloads;

INSERT OR IGNORE INTO main.delivery SELECT id, day FROM source.delivery;

DROP TABLE counted_map;
"""  # noqa: S608 (constants)
_LEFT = f"""
CREATE TEMP TABLE uncounted AS
SELECT package.key AS key, coalesce(package.repo, '') AS repo, package.covered AS covered
FROM main.package JOIN main.owner ON owner.key = package.owner
WHERE {COUNTED_HERE} AND package.covered IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM main.file WHERE file.package = package.key);

INSERT INTO main.file (package, version, repo, path, kind, baseline, since)
SELECT uncounted.key, version.key, uncounted.repo, '', 'other', coalesce((
    SELECT downloads FROM main.version_day
    WHERE version_day.version = version.key AND downloads IS NOT NULL ORDER BY day DESC LIMIT 1
), 0), uncounted.covered + 1
FROM uncounted JOIN main.version ON version.package = uncounted.key;

INSERT INTO main.file (package, version, repo, path, kind, baseline, since)
SELECT uncounted.key, NULL, uncounted.repo, '', 'other', max(0, coalesce((
    SELECT downloads FROM main.package_day
    WHERE package_day.package = uncounted.key AND downloads IS NOT NULL ORDER BY day DESC LIMIT 1
), 0) - coalesce((SELECT sum(baseline) FROM main.file WHERE file.package = uncounted.key), 0)),
    uncounted.covered + 1
FROM uncounted;

UPDATE main.package SET settled = covered WHERE key IN (SELECT key FROM uncounted);

DROP TABLE uncounted;
"""  # noqa: S608 (constants)


def merge_counts(db: sqlite3.Connection) -> None:
    """Merge the counters of the source.

    A package without counters gets one that starts from its known total. This happens if only the published
    index is left.
    """
    run_script(db, _COUNTS)
    run_script(db, _LEFT)
