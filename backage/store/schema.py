"""The schema as numbered migrations, and what each column means.

A migration never changes once it is released; add the next one at the end. The comments in the SQL are part
of released migrations, too, so this text is the complete reference.

Days are days since 1970-01-01, in UTC. `downloads` are totals; `downloads_month`, `_week` and `_day` are
those of the last 30, 7 and 1 days. NULL means unknown. Sizes are in bytes. `key` is a table's own key.

- `run`: `id` is the number of a run, `day` the day on which it began.
- `owner`: `id` is GitHub's. `login` begins with `~` if it now belongs to another account. `type` is 'users'
  or 'orgs' on GitHub, else the source of events. `run` is the last run that went through all packages.
- `former`: a `login` that `owner` had before.
- `package`: `type`, `name` and `repo` are as in the URL; `repo` is NULL if none is linked. `number` ends
  a Maven package's URL. `run` is the last run that read it. `walk` is the page at which an unfinished list
  of versions resumes. `covered` is the last day with known or unknown numbers in `package_day`. `settled` is
  the last final day: days up to it do not change. `held` is the day since which a lower total is kept out.
  `doubted` is the day since which its list of versions is in doubt. `gone` is the day on which it was found
  to be gone.
- `scan`: a `day` on which the page of `package` was read. `listed` tells what was read of its list of
  versions: 0 nothing or a part, 1 up to its end, 2 all in one run.
- `package_day`: a row holds from `day` to the next row or to `package.covered`. A row of NULLs begins unknown
  days. `size` is that of the newest version, `versions` counts the listed versions, `tagged` those with tags.
- `version`: `id` is GitHub's or, from FIRST_PLACEHOLDER on, our own. Its name is `digest` in a container
  package, else `name`. `tags` are comma-separated. `size` never changes once it is known; `sizes` is a JSON
  object of bytes by platform. `asked` is the day on which the size was last looked up without success.
  `absent` is the last day on which it was not published yet. `held` is as in `package`. `gone` is the day
  on which a complete list lacked it.
- `version_day`: a row holds from `day` to the next row; a total of NULL means that it was no longer listed.
  `source` tells where the windows are from: 0 computed from the history, 1 read from the version's page.
- `failure`: `what` failed (the owner, or OWNER/REPO/PACKAGE) of the owner listed as `login`, for `reason`, at
  `url` (or empty). It failed first on `since`, and last on `day` in `run`.
- `file`: a file whose downloads are counted here, of `package` and of `version`, if its name tells one.
  `repo` is empty if the event names none. `path` is as sent; it is empty for an imported count. `kind` is
  that of the file. `baseline` counts earlier downloads, on unknown days. `since` is the first day on which
  all downloads are known; NULL if all days are.
- `file_day`: the `downloads` of `file` on `day`.
- `delivery`: a hash of source and `id`, so that an event that is repeated counts once; `day` is its day.
- `web_user`: the `name` of a user of the dashboard, and the hash of the `password`.
- `web_key`: the `secret` that signs sessions; its only row has `key` 1.
"""

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
"""Ids from here on are placeholders, for versions of Maven packages whose id at GitHub is unknown.

They grow in the order of publication, as GitHub's ids do, so the highest id is the newest version.
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
