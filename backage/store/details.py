"""Look-ups of single versions: the windows on their pages, and their sizes."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from backage.models.history import Downloads, VersionUpdate
from backage.store.database import to_number, transaction
from backage.store.packages import load_days, save_days
from backage.store.versions import digest_or_name, newest_size, save_observations, version_name, write_size

RETRY_DAYS = 7
"""Days before a size that was not found is looked up again."""

Row = tuple[int, str, bool, Downloads, bool, bool]
"""A version's id, name, whether it has tags, its numbers, and whether its windows and size are wanted."""


def load_versions_to_look_up(db: sqlite3.Connection, package: int, day: date, *, full: bool) -> Iterator[Row]:
    """Read a package's listed versions, and which of their windows and sizes to look up on a day.

    Versions whose total fell that day are left out. With `full`, all windows are wanted that were not read
    from the version's page that day.
    """
    number = to_number(day)
    rows = db.execute(
        "SELECT version.id, version.digest, version.name, version.tags <> '',"
        " d.downloads, d.downloads_month, d.downloads_week, d.downloads_day,"
        " CASE WHEN ?4 THEN d.day <> ?2 OR d.source = 0 ELSE"
        " d.downloads_month IS NULL OR d.downloads_week IS NULL OR d.downloads_day IS NULL END,"
        " version.size IS NULL AND (version.asked IS NULL OR version.asked <= ?3)"
        " FROM version JOIN version_day AS d ON d.version = version.key AND d.day = ("
        "SELECT max(day) FROM version_day WHERE version = version.key AND downloads IS NOT NULL)"
        " WHERE version.package = ?1 AND version.gone IS NULL AND version.id > 0"
        " AND version.held IS NOT ?2",
        (package, number, number - RETRY_DAYS, full),
    )
    for version, digest, name, tagged, *numbers, windows, size in rows:
        downloads = Downloads(*numbers)
        yield version, version_name(digest, name), bool(tagged), downloads, bool(windows), bool(size)


def save_observation(db: sqlite3.Connection, package: int, update: VersionUpdate) -> None:
    """Save the numbers of a version's page."""
    with transaction(db):
        save_observations(db, package, [update])


def load_sizes(db: sqlite3.Connection, package: int, names: Iterable[str]) -> dict[str, int]:
    """Return the known sizes of some of a package's images in bytes, by digest."""
    digests = [digest for digest, _ in map(digest_or_name, names) if digest is not None]
    marks = ", ".join("?" * len(digests))
    query = "SELECT digest, size FROM version WHERE package = ? AND size IS NOT NULL"
    rows = db.execute(f"{query} AND digest IN ({marks})", (package, *digests))
    return {version_name(digest, None): size for digest, size in rows}


def save_size(
    db: sqlite3.Connection, package: int, version: int, size: int, platforms: Mapping[str, int]
) -> None:
    """Save a version's size in bytes, and by platform if it is a multi-platform image."""
    with transaction(db):
        write_size(db, package, version, size, platforms)


def save_sizes(db: sqlite3.Connection, package: int, sizes: Mapping[str, int]) -> int:
    """Save sizes of versions by name, if they are not known; return how many were new."""
    query = "SELECT name FROM version WHERE package = ? AND size IS NULL AND gone IS NULL"
    names = [name for (name,) in db.execute(query, (package,)) if name in sizes]
    if names:
        with transaction(db):
            db.executemany(
                "UPDATE version SET size = ? WHERE package = ? AND name = ?",
                [(sizes[name], package, name) for name in names],
            )
    return len(names)


def save_windows(db: sqlite3.Connection, package: int, day: date, windows: Downloads) -> None:
    """Save the windows of a package's day, which follow from its versions; its total stays."""
    for entry in load_days(db, package, to_number(day))[:1]:
        downloads = replace(windows, total=entry.downloads.total)
        if entry.downloads.total is not None and entry.downloads != downloads:
            with transaction(db):
                save_days(db, package, [replace(entry, downloads=downloads)])


def note_size_lookup_failed(db: sqlite3.Connection, package: int, version: int, day: date) -> None:
    """Note that a version's size was not found on a day."""
    with transaction(db):
        db.execute(
            "UPDATE version SET asked = ? WHERE package = ? AND id = ?",
            (to_number(day), package, version),
        )


def update_package_size(db: sqlite3.Connection, package: int, day: date) -> None:
    """Save the size of the newest version as the package's size on a day."""
    size = newest_size(db, package)
    for entry in load_days(db, package, to_number(day))[:1]:
        if entry.downloads.total is not None and entry.size != size:
            with transaction(db):
                save_days(db, package, [replace(entry, size=size)])
