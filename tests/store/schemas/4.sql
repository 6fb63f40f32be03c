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

CREATE TABLE former (
    login TEXT PRIMARY KEY COLLATE NOCASE, -- that an owner had before it was renamed
    owner INTEGER NOT NULL REFERENCES owner ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

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

ALTER TABLE package ADD COLUMN doubted INTEGER;

INSERT INTO run (id, day) VALUES (1, 20513), (2, 20514);

INSERT INTO owner (key, id, login, type, run) VALUES
    (1, 134217801, 'Octo-Forge', 'orgs', 2),
    (2, NULL, 'mona-lab', 'users', 1);

INSERT INTO package (key, owner, type, name, repo, run, walk, covered, settled, held, gone) VALUES
    (1, 1, 'container', 'charts%2Fbeacon', 'lighthouse', 2, 1, 20515, 20514, NULL, NULL),
    (2, 1, 'npm', 'buoy', NULL, 1, 3, 20514, NULL, 20514, NULL),
    (3, 2, 'maven', 'org.example.lamp', 'lamp', 1, 1, 20513, NULL, NULL, 20514);

INSERT INTO scan (package, day, listed) VALUES (1, 20513, 2), (1, 20515, 0), (2, 20514, 1), (3, 20513, 2);

INSERT INTO package_day
    (package, day, downloads, downloads_month, downloads_week, downloads_day, size, versions, tagged)
VALUES
    (1, 20513, 100, 30, 7, 1, 4096, 2, 1),
    (1, 20515, 120, 50, 27, 21, 4096, 2, 1),
    (2, 20512, 9, NULL, NULL, NULL, NULL, 1, 0),
    (2, 20513, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (2, 20514, 11, NULL, NULL, 2, 512, 1, 0),
    (3, 20513, 5000000000, 0, 0, 0, NULL, NULL, NULL);

INSERT INTO version (key, package, id, digest, name, tags, size, sizes, asked, absent, held, gone) VALUES
    (1, 1, 11, x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', NULL, 'latest,v2', 4096, '{"linux/amd64":4096,"linux/arm64":3000}', NULL, 20510, NULL, NULL),
    (2, 1, 10, x'0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', NULL, '', NULL, NULL, 20513, NULL, NULL, 20515),
    (3, 2, 7, NULL, '1.0.0', '', 512, NULL, NULL, NULL, 20514, NULL),
    (4, 3, 5, NULL, '0.1', 'v0', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO version_day
    (version, day, downloads, downloads_month, downloads_week, downloads_day, source)
VALUES
    (1, 20513, 60, 20, 5, 1, 1),
    (1, 20515, 80, NULL, NULL, 20, 0),
    (2, 20513, 40, 10, 2, 0, 0),
    (2, 20515, NULL, NULL, NULL, NULL, 0),
    (3, 20514, 11, NULL, NULL, 2, 0),
    (4, 20513, 5000000000, 0, 0, 0, 1);

INSERT INTO former (login, owner) VALUES ('octo-factory', 1), ('mona', 2);

INSERT INTO failure (login, what, reason, url, since, day, run) VALUES
    ('nobody', 'nobody', 'not found (missing, private or renamed)', 'https://github.com/nobody', 20513, 20515, 2);

UPDATE package SET doubted = 20515 WHERE key = 2;

PRAGMA user_version = 4;
