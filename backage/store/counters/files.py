"""Files whose downloads are counted: find or add them, with their package and version."""

import sqlite3
from collections.abc import Iterable
from datetime import date

from backage.models.events import Baseline, Download
from backage.models.history import Owner
from backage.store.database import History, to_number, transaction
from backage.store.owners import write_owner
from backage.store.versions import digest_or_name, split_tags

FileKeys = tuple[int, int, int | None]
"""The keys of a file, of its package, and of its version, if any."""

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
