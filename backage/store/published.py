"""Taking in a package as it was published, into a history of its own that is then merged."""

import json
import sqlite3
from collections.abc import Sequence

from backage.models.history import Downloads, Observation, Package, Published, Version, VersionUpdate
from backage.store.calendar import as_day, to_number
from backage.store.combine import combine_days
from backage.store.database import History, transaction
from backage.store.owners import save_owner
from backage.store.packages import read_days, replace_days, save_days
from backage.store.versions import assign_ids, mark_gone, save_ids, save_versions

STAND_IN = -1
"""The id of a version that the older form of an index made up to have one, and of any other without an id."""

_PACKAGE = (
    "INSERT INTO package (owner, type, name, repo) SELECT key, ?2, ?3, ?4 FROM owner WHERE login = ?1"
    " ON CONFLICT (owner, type, name) DO UPDATE SET name = excluded.name, repo = excluded.repo, gone = NULL"
    " RETURNING key"
)


def save_published(history: History, published: Published) -> None:
    """Write what was published of a package; of one package the newer has to come after the older.

    It leaves the heartbeat of a package's page and none of its list of versions, for a published file does
    not say when that was read.
    """
    login, package = published.owner.login, published.package
    save_owner(history, published.owner)
    with transaction(history) as db:
        (key,) = db.execute(_PACKAGE, (login, package.type, package.name, package.repo)).fetchone()
        _save_days(db, key, published)
        numbered = _number(db, key, package, published.versions)
        _save_versions(db, key, numbered)
        if published.whole:
            mark_gone(db, key, {number for number, _ in numbered}, to_number(published.refreshed))
        db.execute(
            "INSERT OR IGNORE INTO scan (package, day, listed) VALUES (?, ?, 0)",
            (key, to_number(published.refreshed)),
        )


def _number(
    db: sqlite3.Connection, key: int, package: Package, versions: Sequence[Version]
) -> list[tuple[int, Version]]:
    """Give each version its id: a Maven package's versions are known by name, others' by GitHub's id."""
    if package.type != "maven":
        return [(STAND_IN if version.id is None else version.id, version) for version in versions]
    save_ids(db, key, {version.name: version.id for version in versions if version.id is not None})
    known = dict(db.execute("SELECT name, id FROM version WHERE package = ?", (key,)).fetchall())
    taken = set(known.values())
    for version in versions:
        if version.id is not None and version.name not in known and version.id not in taken:
            known[version.name] = version.id
            taken.add(version.id)
    ids = assign_ids((version.name for version in versions), known)
    return [(ids[version.name], version) for version in versions]


def _save_days(db: sqlite3.Connection, key: int, published: Published) -> None:
    """Write the days; those that follow on what is known need no second look at it."""
    settled, covered = db.execute("SELECT settled, covered FROM package WHERE key = ?", (key,)).fetchone()
    over = as_day(settled)
    if covered is None or to_number(published.days[0].day) > covered:
        save_days(db, key, combine_days([], None, published.days, None))
    else:
        known = read_days(db, key, None)
        replace_days(db, key, combine_days(known, over, published.days, published.final_until))
    last = max((day for day in (over, published.final_until) if day), default=None)
    if last is not None:
        db.execute("UPDATE package SET settled = ? WHERE key = ?", (to_number(last), key))


def _save_versions(db: sqlite3.Connection, key: int, versions: Sequence[tuple[int, Version]]) -> None:
    save_versions(db, key, (_update(number, version) for number, version in versions))
    sizes = [
        (
            version.size,
            json.dumps(dict(version.sizes), separators=(",", ":")) if version.sizes else None,
            key,
            number,
        )
        for number, version in versions
        if version.size is not None
    ]
    db.executemany(
        "UPDATE version SET size = ?, sizes = ? WHERE package = ? AND id = ? AND size IS NULL", sizes
    )


def _update(number: int, version: Version) -> VersionUpdate:
    seen = Observation(version.date, version.downloads, _is_consistent(version.downloads))
    return VersionUpdate(number, version.name, version.tags, None, None, seen)


def _is_consistent(numbers: Downloads) -> bool:
    """Tell whether windows can be those of a page: then they say what the totals at their starts were."""
    known = [
        count for count in (numbers.day, numbers.week, numbers.month, numbers.total) if count is not None
    ]
    return numbers.month is not None and known == sorted(known)
