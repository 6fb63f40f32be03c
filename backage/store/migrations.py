"""The schema, by numbered migrations: `PRAGMA user_version` says which ones a file has had.

A migration is never changed once it is released; the next one goes to the end of the list.

Days are whole days since 1970-01-01, in UTC. A row of `package_day` holds from its day until the next row
or the last day that is covered; a row of NULLs says that nothing is known from there. A row of `version_day`
holds until the next row; NULL says that the version was not listed any more.
"""

import sqlite3
from contextlib import closing
from functools import cache

from backage.errors import ConfigError, DamagedError

REPAIR = "restore a snapshot of it, or move it away and begin anew with `backage import index`"

_COLUMNS = (
    "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c"
    " WHERE t.type IN ('table', 'view')"
)

_VIEWS = """
CREATE VIEW packages AS
SELECT owner.id AS owner_id, owner.type AS owner_type, package.type AS package_type, owner.login AS owner,
    coalesce(package.repo, package.name) AS repo, package.name AS package, package_day.size,
    package_day.downloads, package_day.downloads_month, package_day.downloads_week,
    package_day.downloads_day, date(package_day.day * 86400, 'unixepoch') AS date
FROM package_day
JOIN package ON package.key = package_day.package
JOIN owner ON owner.key = package.owner
WHERE package_day.downloads IS NOT NULL;

CREATE VIEW versions AS
SELECT owner.id AS owner_id, owner.login AS owner, coalesce(package.repo, package.name) AS repo,
    package.name AS package, package.type AS package_type, version.id,
    coalesce(version.name, 'sha256:' || lower(hex(version.digest))) AS name, version.size,
    version_day.downloads, version_day.downloads_month, version_day.downloads_week,
    version_day.downloads_day, date(version_day.day * 86400, 'unixepoch') AS date, version.tags
FROM version_day
JOIN version ON version.key = version_day.version
JOIN package ON package.key = version.package
JOIN owner ON owner.key = package.owner
WHERE version_day.downloads IS NOT NULL;
"""

_FIRST = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    day INTEGER NOT NULL
) STRICT;

CREATE TABLE owner (
    key INTEGER PRIMARY KEY,
    id INTEGER UNIQUE,
    login TEXT NOT NULL UNIQUE COLLATE NOCASE,
    type TEXT NOT NULL CHECK (type IN ('users', 'orgs')),
    run INTEGER NOT NULL DEFAULT 0 -- the last that went through all of its packages
) STRICT;

CREATE TABLE package (
    key INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES owner ON DELETE CASCADE,
    type TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE, -- in URL form
    repo TEXT, -- NULL where it is linked to none
    run INTEGER NOT NULL DEFAULT 0, -- the last that read it
    walk INTEGER NOT NULL DEFAULT 1, -- the page on which an unfinished list of versions goes on
    covered INTEGER, -- the last day that its days tell of
    settled INTEGER, -- the last day that is over for good: a chart of a later day has told it
    held INTEGER, -- the day on which a lower total was first kept out
    gone INTEGER, -- the day on which it was found to be gone
    UNIQUE (owner, type, name)
) STRICT;

CREATE TABLE scan (
    package INTEGER NOT NULL REFERENCES package ON DELETE CASCADE,
    day INTEGER NOT NULL,
    listed INTEGER NOT NULL, -- of the versions: 0 none or not all, 1 to the end, 2 all in one go
    PRIMARY KEY (package, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE package_day (
    package INTEGER NOT NULL REFERENCES package ON DELETE CASCADE,
    day INTEGER NOT NULL,
    downloads INTEGER,
    downloads_month INTEGER,
    downloads_week INTEGER,
    downloads_day INTEGER,
    size INTEGER,
    versions INTEGER,
    tagged INTEGER,
    PRIMARY KEY (package, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE version (
    key INTEGER PRIMARY KEY,
    package INTEGER NOT NULL REFERENCES package ON DELETE CASCADE,
    id INTEGER NOT NULL,
    digest BLOB, -- of a container's version, whose name it is
    name TEXT, -- of any other
    tags TEXT NOT NULL, -- comma-separated
    size INTEGER, -- bytes; never changes once it is known
    sizes TEXT, -- of an image for several platforms: a JSON object, bytes by platform
    asked INTEGER, -- the day on which its size was last looked up in vain
    absent INTEGER, -- the last day at whose end it was not published yet
    held INTEGER, -- the day on which a lower total was first kept out
    gone INTEGER, -- the day on which a whole list lacked it
    UNIQUE (package, id),
    CHECK ((digest IS NULL) <> (name IS NULL))
) STRICT;

CREATE TABLE version_day (
    version INTEGER NOT NULL REFERENCES version ON DELETE CASCADE,
    day INTEGER NOT NULL,
    downloads INTEGER,
    downloads_month INTEGER,
    downloads_week INTEGER,
    downloads_day INTEGER,
    source INTEGER NOT NULL, -- of the windows: 0 derived from the history, 1 read from the version's page
    PRIMARY KEY (version, day)
) STRICT, WITHOUT ROWID;
"""

_SECOND = """
CREATE TABLE former (
    login TEXT PRIMARY KEY COLLATE NOCASE, -- that an owner had before it was renamed
    owner INTEGER NOT NULL REFERENCES owner ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
"""

_THIRD = """
CREATE TABLE failure (
    login TEXT NOT NULL COLLATE NOCASE, -- by which the owner is listed
    what TEXT NOT NULL, -- the owner, or one of its packages as OWNER/REPO/PACKAGE
    reason TEXT NOT NULL,
    url TEXT NOT NULL, -- empty where there is none
    since INTEGER NOT NULL, -- the day on which it first failed, without a success since
    day INTEGER NOT NULL, -- the last on which it failed
    run INTEGER NOT NULL, -- the last in which it failed
    PRIMARY KEY (login, what)
) STRICT, WITHOUT ROWID;
"""

_FOURTH = """
ALTER TABLE package ADD COLUMN doubted INTEGER; -- the day on which its list of versions was first doubted
"""

_FIFTH = """
CREATE TABLE sender (
    key INTEGER PRIMARY KEY,
    id INTEGER UNIQUE,
    login TEXT NOT NULL UNIQUE COLLATE NOCASE,
    type TEXT NOT NULL, -- 'users' or 'orgs' of GitHub, else the source whose events are counted
    run INTEGER NOT NULL DEFAULT 0 -- the last that went through all of its packages
) STRICT;
INSERT INTO sender SELECT key, id, login, type, run FROM owner;
DROP VIEW packages;
DROP VIEW versions;
DROP TABLE owner;
ALTER TABLE sender RENAME TO owner;

CREATE TABLE file (
    key INTEGER PRIMARY KEY,
    package INTEGER NOT NULL REFERENCES package ON DELETE CASCADE,
    version INTEGER REFERENCES version ON DELETE CASCADE, -- NULL where its name tells of none
    repo TEXT NOT NULL, -- in URL form, and empty where the event names none
    path TEXT NOT NULL, -- as it was sent; empty for what was counted of a version before
    kind TEXT NOT NULL,
    baseline INTEGER NOT NULL DEFAULT 0, -- downloads that were counted before, on days that nobody knows
    since INTEGER -- the first day of which all downloads are known; NULL for every day
) STRICT;
CREATE UNIQUE INDEX file_place ON file (package, repo, path, coalesce(version, 0));
CREATE INDEX file_version ON file (version);

CREATE TABLE file_day (
    file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
    day INTEGER NOT NULL,
    downloads INTEGER NOT NULL,
    PRIMARY KEY (file, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_day_day ON file_day (day);

CREATE TABLE delivery (
    id BLOB PRIMARY KEY, -- of source and id, so that a delivery which is repeated counts once
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE web_user (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    password TEXT NOT NULL -- its hash
) STRICT, WITHOUT ROWID;

CREATE TABLE web_key (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    secret BLOB NOT NULL -- signs the sessions
) STRICT;
"""

FIRST_PLACEHOLDER = 1 << 62
"""Ids from here on are placeholders: of versions of Maven packages whose id GitHub has not told.

They grow with the order of publication, as GitHub's ids do, so that the highest id is the newest version.
"""

_SIXTH = f"""
-- the end of a Maven package's address on GitHub:
ALTER TABLE package ADD COLUMN number INTEGER;
DROP VIEW versions;
CREATE VIEW versions AS
SELECT owner.id AS owner_id, owner.login AS owner, coalesce(package.repo, package.name) AS repo,
    package.name AS package, package.type AS package_type,
    iif(version.id < {FIRST_PLACEHOLDER}, version.id, -1) AS id,
    coalesce(version.name, 'sha256:' || lower(hex(version.digest))) AS name, version.size,
    version_day.downloads, version_day.downloads_month, version_day.downloads_week,
    version_day.downloads_day, date(version_day.day * 86400, 'unixepoch') AS date, version.tags
FROM version_day
JOIN version ON version.key = version_day.version
JOIN package ON package.key = version.package
JOIN owner ON owner.key = package.owner
WHERE version_day.downloads IS NOT NULL;
"""  # noqa: S608 (a constant)

MIGRATIONS = (_FIRST + _VIEWS, _SECOND, _THIRD, _FOURTH, _FIFTH + _VIEWS, _SIXTH)


def check_version(connection: sqlite3.Connection, path: str) -> int:
    """Return the schema of a history.

    Raises:
        ConfigError: it was written by a newer backage, or it is no database of this program.
        DamagedError: it lacks a table or a column.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise ConfigError(
            f"{path} has schema {version} and this backage knows {len(MIGRATIONS)}: install a newer one."
        )
    ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'package_day'").fetchone()
    if version < 1 or not ours:
        raise ConfigError(f"{path} is a database of another program: name another file with --history.")
    try:
        missing = _columns_of(version) - set(connection.execute(_COLUMNS))
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such"):
            raise
        raise DamagedError(f"{path} is a damaged history ({error}): {REPAIR}.") from error
    if missing:
        raise DamagedError(
            f"{path} is a damaged history (no such column: {'.'.join(min(missing))}): {REPAIR}."
        )
    return int(version)


@cache
def _columns_of(version: int) -> frozenset[tuple[str, str]]:
    """Give all columns of a schema, each with its table or view."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in MIGRATIONS[:version]:
            run_script(connection, script)
        return frozenset(connection.execute(_COLUMNS))


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring a database up to date, in one transaction; an empty one gets the whole schema.

    Raises:
        ConfigError: it was written by a newer backage, or it is no database of this program.
        DamagedError: it lacks a table or a column.
    """
    if connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),):
        check_version(connection, path)
        return
    connection.execute("BEGIN IMMEDIATE")  # of two that open a new history at once, one waits
    try:
        _migrate(connection, path)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has gone back by itself where the disk is full
            connection.execute("ROLLBACK")
        raise


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one, for `executescript` would end the transaction."""
    for statement in script.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    new = connection.execute("PRAGMA user_version").fetchone() == (0,)
    new = new and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    version = 0 if new else check_version(connection, path)
    for number in range(version, len(MIGRATIONS)):
        run_script(connection, MIGRATIONS[number])
        connection.execute(f"PRAGMA user_version = {number + 1}")
