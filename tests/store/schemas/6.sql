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

INSERT INTO owner (key, id, login, type, run) VALUES (3, NULL, 'acme', 'cloudrepo', 0);

INSERT INTO package (key, owner, type, name, repo, run, walk, covered, settled, held, gone) VALUES
    (4, 3, 'maven', 'org.example.widget', 'releases', 0, 1, 20514, 20513, NULL, NULL);

INSERT INTO package_day
    (package, day, downloads, downloads_month, downloads_week, downloads_day, size, versions, tagged)
VALUES
    (4, 20513, 12, NULL, NULL, NULL, NULL, 1, 0),
    (4, 20514, 15, NULL, NULL, 3, NULL, 1, 0);

INSERT INTO version (key, package, id, digest, name, tags, size, sizes, asked, absent, held, gone) VALUES
    (5, 4, 1, NULL, '1.0', '', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO version_day
    (version, day, downloads, downloads_month, downloads_week, downloads_day, source)
VALUES
    (5, 20513, 12, NULL, NULL, NULL, 0),
    (5, 20514, 15, NULL, NULL, 3, 0);

INSERT INTO file (key, package, version, repo, path, kind, baseline, since) VALUES
    (1, 4, 5, 'releases', 'org/example/widget/1.0/widget-1.0.jar', 'jar', 12, 20514),
    (2, 4, 5, 'releases', 'org/example/widget/1.0/widget-1.0.jar.sha1', 'crypto', 0, NULL);

INSERT INTO file_day (file, day, downloads) VALUES (1, 20514, 3), (2, 20513, 1), (2, 20514, 2);

INSERT INTO delivery (id, day) VALUES (x'00112233445566778899aabbccddeeff', 20514);

INSERT INTO web_user (name, password) VALUES ('ada', 'scrypt:32768:8:1$c2FsdA$00');

INSERT INTO web_key (key, secret) VALUES (1, x'0123456789abcdef0123456789abcdef');

-- the end of a Maven package's address on GitHub:
ALTER TABLE package ADD COLUMN number INTEGER;
DROP VIEW versions;
CREATE VIEW versions AS
SELECT owner.id AS owner_id, owner.login AS owner, coalesce(package.repo, package.name) AS repo,
    package.name AS package, package.type AS package_type,
    iif(version.id < 4611686018427387904, version.id, -1) AS id,
    coalesce(version.name, 'sha256:' || lower(hex(version.digest))) AS name, version.size,
    version_day.downloads, version_day.downloads_month, version_day.downloads_week,
    version_day.downloads_day, date(version_day.day * 86400, 'unixepoch') AS date, version.tags
FROM version_day
JOIN version ON version.key = version_day.version
JOIN package ON package.key = version.package
JOIN owner ON owner.key = package.owner
WHERE version_day.downloads IS NOT NULL;

UPDATE package SET number = 48213 WHERE key = 1;

PRAGMA user_version = 6;
