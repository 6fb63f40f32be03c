"""Save a published package into a separate history, which is then merged."""

import sqlite3
from collections.abc import Sequence

from backage.models.history import Downloads, Observation, Package, Published, Version, VersionUpdate
from backage.store.combine import combine_days
from backage.store.database import History, as_day, to_number, transaction
from backage.store.owners import save_owner
from backage.store.packages import load_days, replace_days, save_days
from backage.store.versions import mark_versions_gone, match_maven_ids, save_versions, write_size

STAND_IN = -1
"""The id of a version without one; an older form of the index used it, too."""

_PACKAGE = (
    "INSERT INTO package (owner, type, name, repo) SELECT key, ?2, ?3, ?4 FROM owner WHERE login = ?1"
    " ON CONFLICT (owner, type, name) DO UPDATE SET name = excluded.name, repo = excluded.repo, gone = NULL"
    " RETURNING key"
)


def save_published(history: History, published: Published) -> None:
    """Save a published package. Save older files of a package before newer ones.

    The package's page counts as read, but its list of versions does not: a published file does not say when
    that was read.
    """
    login, package = published.owner.login, published.package
    save_owner(history, published.owner)
    with transaction(history) as db:
        (key,) = db.execute(_PACKAGE, (login, package.type, package.name, package.repo)).fetchone()
        _save_days(db, key, published)
        numbered = _number(db, key, package, published.versions)
        _save_versions(db, key, numbered)
        if published.whole:
            mark_versions_gone(db, key, {number for number, _ in numbered}, to_number(published.refreshed))
        db.execute(
            "INSERT OR IGNORE INTO scan (package, day, listed) VALUES (?, ?, 0)",
            (key, to_number(published.refreshed)),
        )


def _number(
    db: sqlite3.Connection, key: int, package: Package, versions: Sequence[Version]
) -> list[tuple[int, Version]]:
    """Return the versions with their ids: by name in Maven packages, else GitHub's."""
    if package.type != "maven":
        return [(STAND_IN if version.id is None else version.id, version) for version in versions]
    ids = match_maven_ids(db, key, [(version.name, version.id) for version in versions])
    return [(ids[version.name], version) for version in versions]


def _save_days(db: sqlite3.Connection, key: int, published: Published) -> None:
    """Write the days; combine them with known days only if they overlap."""
    settled, covered = db.execute("SELECT settled, covered FROM package WHERE key = ?", (key,)).fetchone()
    over = as_day(settled)
    if covered is None or to_number(published.days[0].day) > covered:
        save_days(db, key, combine_days([], None, published.days, None))
    else:
        known = load_days(db, key)
        replace_days(db, key, combine_days(known, over, published.days, published.settled))
    last = max((day for day in (over, published.settled) if day), default=None)
    if last is not None:
        db.execute("UPDATE package SET settled = ? WHERE key = ?", (to_number(last), key))


def _save_versions(db: sqlite3.Connection, key: int, versions: Sequence[tuple[int, Version]]) -> None:
    save_versions(db, key, (_update(number, version) for number, version in versions))
    for number, version in versions:
        if version.size is not None:
            write_size(db, key, number, version.size, version.sizes)


def _update(number: int, version: Version) -> VersionUpdate:
    seen = Observation(version.date, version.downloads, _is_consistent(version.downloads))
    return VersionUpdate(number, version.name, version.tags, None, None, seen)


def _is_consistent(numbers: Downloads) -> bool:
    """Return whether the windows may be from a page; such windows tell the totals at their starts."""
    known = [
        count for count in (numbers.day, numbers.week, numbers.month, numbers.total) if count is not None
    ]
    return numbers.month is not None and known == sorted(known)
