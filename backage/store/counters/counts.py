"""Files whose downloads are counted: find or add them, and sum them up by package and version.

Planning reads the sums; the days that follow from them are saved here too.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from backage.models.events import NO_DOWNLOADS, Baseline, DailyCounts, Download
from backage.models.history import Downloads, Observation, Owner, PackageDay, VersionUpdate
from backage.store.database import History, as_day, from_number, to_number, transaction
from backage.store.owners import write_owner
from backage.store.packages import load_latest, save_days
from backage.store.versions import digest_or_name, save_observations, split_tags, version_name

_LEFT_OUT = ", ".join(f"'{kind}'" for kind in NO_DOWNLOADS)
IS_DOWNLOAD = f"kind NOT IN ({_LEFT_OUT})"
"""SQL condition: the file is a download of a package, not a checksum or the like."""

_NEVER = 1 << 30
"""A day after all others, because SQL's `min(a, b)` is NULL if one is."""

_VERSIONS = f"""
SELECT file.version, version.id, version.digest, version.name, version.tags,
    min(min(
        coalesce((SELECT min(day) FROM file_day WHERE file = file.key), {_NEVER}),
        coalesce(file.since - 1, {_NEVER})
    )),  -- the inner `min` compares two days, the outer one all files
    sum(iif({IS_DOWNLOAD}, baseline, 0)),
    max(iif({IS_DOWNLOAD}, since, NULL)),
    sum(iif({IS_DOWNLOAD}, (SELECT sum(downloads) FROM file_day WHERE file = file.key AND day < ?2), 0))
FROM file LEFT JOIN version ON version.key = file.version
WHERE file.package = ?1
GROUP BY file.version
"""  # noqa: S608 (constants)

_PACKAGE = (
    "INSERT INTO package (owner, type, name, repo) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (owner, type, name) DO UPDATE SET gone = NULL RETURNING key"
)
_FILE = (
    "INSERT INTO file (package, version, repo, path, kind) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (package, repo, path, coalesce(version, 0)) DO UPDATE SET kind = excluded.kind"
    " RETURNING key"
)
_VERSION = (
    "INSERT INTO version (package, id, digest, name, tags)"
    " SELECT ?1, coalesce(max(id), 0) + 1, ?2, ?3, '' FROM version WHERE package = ?1 RETURNING key"
)

FileKeys = tuple[int, int, int | None]
"""The keys of a file, of its package, and of its version, if any."""


@dataclass(frozen=True, slots=True)
class CountedVersion:
    """The counts of a version; `id` is None for files that belong to no version."""

    id: int | None
    name: str
    tags: tuple[str, ...]
    counts: DailyCounts


@dataclass(frozen=True, slots=True)
class CountedPackage:
    """A package whose downloads are counted here, with its last settled, last covered and newest day."""

    key: int
    settled: date | None
    covered: date | None
    latest: PackageDay | None


DerivedDays = tuple[Sequence[PackageDay], Iterable[tuple[CountedVersion, Sequence[tuple[date, Downloads]]]]]
Derive = Callable[[Sequence[CountedVersion]], DerivedDays]
"""A function from counts to the days of a package and of its versions."""


def save_file(db: sqlite3.Connection, download: Download) -> FileKeys:
    """Return the keys of a downloaded file; add what is new.

    A package belongs to the repository of its first download; other repositories do not change that.

    Raises:
        TakenError: the owner's login belongs to another source.
    """
    artifact = download.artifact
    owner = write_owner(db, Owner(download.owner, download.source))
    (package,) = db.execute(_PACKAGE, (owner, artifact.type, artifact.package, download.repo)).fetchone()
    version = find_version(db, package, artifact.version) if artifact.version else None
    (file,) = db.execute(
        _FILE, (package, version, download.repo or "", download.path, artifact.kind)
    ).fetchone()
    return int(file), int(package), version


def find_version(db: sqlite3.Connection, package: int, name: str) -> int:
    """Return the key of a version by name; a new one gets the next id of its package."""
    digest, text = digest_or_name(name)
    known = "SELECT key FROM version WHERE package = ?1 AND digest IS ?2 AND name IS ?3"
    row = db.execute(known, (package, digest, text)).fetchone()
    row = row or db.execute(_VERSION, (package, digest, text)).fetchone()
    return int(row[0])


def save_tag(db: sqlite3.Connection, package: int, version: int, tag: str) -> None:
    """Move a tag to the version that was downloaded by it."""
    rows = db.execute("SELECT key, tags FROM version WHERE package = ?", (package,)).fetchall()
    for key, text in rows:
        tags = split_tags(text)
        wanted = [*tags, tag] if key == version and tag not in tags else tags
        kept = tuple(name for name in wanted if name != tag or key == version)
        if kept != tags:
            db.execute("UPDATE version SET tags = ? WHERE key = ?", (",".join(kept), key))


def save_baselines(history: History, baselines: Iterable[Baseline], today: date) -> None:
    """Save downloads that were counted elsewhere up to today, on unknown days."""
    with transaction(history) as db:
        for baseline in baselines:
            file, _, _ = save_file(db, baseline.download)
            db.execute(
                "UPDATE file SET baseline = ?, since = ? WHERE key = ?",
                (baseline.downloads, to_number(today) + 1, file),
            )


def load_counted(history: History) -> list[CountedPackage]:
    """Return the packages whose downloads are counted here."""
    rows = history.execute(
        "SELECT key, settled, covered FROM package WHERE gone IS NULL"
        " AND key IN (SELECT DISTINCT package FROM file)"
    ).fetchall()
    return [
        CountedPackage(key, as_day(settled), as_day(covered), load_latest(history, key))
        for key, settled, covered in rows
    ]


def load_counts(history: History, package: int, start: date) -> list[CountedVersion]:
    """Return the counts of a package by version, and by day from `start` on."""
    begin = to_number(start)
    recent: dict[int | None, dict[date, int]] = {}
    for version, day, count in history.execute(
        "SELECT version, day, sum(downloads) FROM file JOIN file_day ON file_day.file = file.key"  # noqa: S608 (constants)
        f" WHERE package = ? AND day >= ? AND {IS_DOWNLOAD} GROUP BY version, day",
        (package, begin),
    ):
        recent.setdefault(version, {})[from_number(day)] = count
    rows = history.execute(_VERSIONS, (package, begin))
    return [
        CountedVersion(
            number,
            version_name(digest, name),
            split_tags(tags or ""),
            DailyCounts(from_number(first), baseline + (before or 0), as_day(since), recent.get(key, {})),
        )
        for key, number, digest, name, tags, first, baseline, since, before in rows
    ]


def save_counted(history: History, package: int, since: date, derive: Derive, settled: date) -> None:
    """Save the days of a package and its versions that follow from its counts since a day.

    The same transaction reads the counts, so that none is added in between. Days up to `settled` are final.
    """
    with transaction(history) as db:
        found, seen = derive(load_counts(history, package, since))
        save_days(db, package, found)
        for version, derived in seen:
            for day, downloads in derived if version.id is not None else ():
                observation = Observation(day, downloads)
                update = VersionUpdate(version.id or 0, version.name, version.tags, None, None, observation)
                save_observations(db, package, [update])  # compares each with the one before
        db.execute("UPDATE package SET settled = ? WHERE key = ?", (to_number(settled), package))
