"""What was counted of a package, as planning needs it, and what follows from it, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backage.models import Downloads, Observation, VersionUpdate
from backage.models.events import NO_DOWNLOADS
from backage.store import days, versions
from backage.store.calendar import as_day, from_number, to_number
from backage.store.database import transaction
from backage.store.versions import version_name

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from backage.models import PackageDay
    from backage.store.history import History

_LEFT_OUT = ", ".join(f"'{kind}'" for kind in NO_DOWNLOADS)
IS_DOWNLOAD = f"kind NOT IN ({_LEFT_OUT})"
"""What tells downloads of a package from what is only counted, as SQL."""

_VERSIONS = f"""
SELECT file.version, version.id, version.digest, version.name, version.tags,
    min(min(
        coalesce((SELECT min(day) FROM file_day WHERE file = file.key), 1 << 30),
        coalesce(file.since - 1, 1 << 30)
    )),
    sum(iif({IS_DOWNLOAD}, baseline, 0)),
    max(iif({IS_DOWNLOAD}, since, NULL)),
    sum(iif({IS_DOWNLOAD}, (SELECT sum(downloads) FROM file_day WHERE file = file.key AND day < ?2), 0))
FROM file LEFT JOIN version ON version.key = file.version
WHERE file.package = ?1
GROUP BY file.version
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class CountedVersion:
    """What was counted of a version, None for `id` where the files tell of none.

    `before` are the downloads before a day, `days` those since, by day.
    """

    id: int | None
    name: str
    tags: tuple[str, ...]
    first: date
    before: int
    since: date | None
    days: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class CountedPackage:
    """A package whose downloads are counted here: what is settled of it, and its newest day."""

    key: int
    settled: date | None
    covered: date | None
    latest: PackageDay | None


def load_counted(history: History) -> list[CountedPackage]:
    """Read the packages whose downloads are counted here."""
    db = history.connection
    rows = db.execute(
        "SELECT key, settled, covered FROM package WHERE gone IS NULL"
        " AND key IN (SELECT DISTINCT package FROM file)"
    ).fetchall()
    return [
        CountedPackage(key, as_day(settled), as_day(covered), days.load_latest(db, key))
        for key, settled, covered in rows
    ]


def load_counts(history: History, package: int, since: date) -> list[CountedVersion]:
    """Read what was counted of a package by version, by day since a day."""
    db, start = history.connection, to_number(since)
    recent: dict[int | None, dict[date, int]] = {}
    for version, day, count in db.execute(
        "SELECT version, day, sum(downloads) FROM file JOIN file_day ON file_day.file = file.key"  # noqa: S608 (constants)
        f" WHERE package = ? AND day >= ? AND {IS_DOWNLOAD} GROUP BY version, day",
        (package, start),
    ):
        recent.setdefault(version, {})[from_number(day)] = count
    rows = db.execute(_VERSIONS, (package, start))
    return [
        CountedVersion(
            number,
            version_name(digest, name),
            tuple(tags.split(",")) if tags else (),
            from_number(first),
            baseline + (before or 0),
            as_day(since),
            recent.get(key, {}),
        )
        for key, number, digest, name, tags, first, baseline, since, before in rows
    ]


def save_counted(
    history: History,
    package: int,
    found: Sequence[PackageDay],
    seen: Iterable[tuple[CountedVersion, Sequence[tuple[date, Downloads]]]],
    settled: date,
) -> None:
    """Write the days of a package and of its versions, up to `settled` for good."""
    updates = [
        VersionUpdate(version.id, version.name, version.tags, None, None, Observation(day, downloads))
        for version, derived in seen
        if version.id is not None
        for day, downloads in derived
    ]
    with transaction(history.connection) as db:
        _save(db, package, found, updates, settled)


def _save(
    db: sqlite3.Connection,
    package: int,
    found: Sequence[PackageDay],
    updates: Sequence[VersionUpdate],
    settled: date,
) -> None:
    days.save_days(db, package, found)
    for update in updates:  # one by one, for each is compared with the one before
        versions.save_observations(db, package, [update])
    db.execute("UPDATE package SET settled = ? WHERE key = ?", (to_number(settled), package))
