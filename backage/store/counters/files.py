"""The files that downloads are counted of: found, or made, with their package and their version."""

import sqlite3
from collections.abc import Iterable
from datetime import date

from backage.models.events import Baseline, Download
from backage.models.history import Owner
from backage.store.database import History, to_number, transaction
from backage.store.owners import write_owner
from backage.store.versions import digest_or_name

Place = tuple[int, int, int | None]
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


def save_file(db: sqlite3.Connection, download: Download) -> Place:
    """Give the keys of what was downloaded, made where they are new.

    A package stands where it was first downloaded from; of another repository it is the same all the same.

    Raises:
        TakenError: the owner's login is that of another source.
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
    """Give the key of a version by its name; a new one has the number after the last."""
    digest, text = digest_or_name(name)
    known = "SELECT key FROM version WHERE package = ?1 AND digest IS ?2 AND name IS ?3"
    row = db.execute(known, (package, digest, text)).fetchone()
    row = row or db.execute(_VERSION, (package, digest, text)).fetchone()
    return int(row[0])


def save_tag(db: sqlite3.Connection, package: int, version: int, tag: str) -> None:
    """Note the tag by which an image was asked for: it leads to this one now, and to no other."""
    rows = db.execute("SELECT key, tags FROM version WHERE package = ?", (package,)).fetchall()
    for key, text in rows:
        tags = text.split(",") if text else []
        wanted = [*tags, tag] if key == version and tag not in tags else tags
        kept = [name for name in wanted if name != tag or key == version]
        if kept != tags:
            db.execute("UPDATE version SET tags = ? WHERE key = ?", (",".join(kept), key))


def save_baselines(history: History, baselines: Iterable[Baseline], today: date) -> None:
    """Write what was counted before a day was over, on days that nobody knows."""
    with transaction(history) as db:
        for baseline in baselines:
            file, _, _ = save_file(db, baseline.download)
            db.execute(
                "UPDATE file SET baseline = ?, since = ? WHERE key = ?",
                (baseline.downloads, to_number(today) + 1, file),
            )
