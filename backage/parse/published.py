"""A package as somebody published it: the JSON and CSV of an index, or the rows of a flat database.

Indexes of this kind have been published since 2024 in an older form: `owner_id` is text, tags are `[""]`, an
unknown number is -1, also where text is expected, and a package without readable versions has one version
with the id -1. The files come from strangers, so names, numbers and dates are validated.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, TypeGuard

from backage.errors import SourceError
from backage.models.events import OWNER_TYPES
from backage.models.history import ONE_DAY, Downloads, Owner, Package, PackageDay, Published, Version
from backage.owners import is_login
from backage.urls import is_package, is_repo, is_type, normalize

Record = dict[str, Any]

UNKNOWN_ID = -1
"""Also the id that the older form gives to a version which it made up to have one."""

OLDEST = date(2008, 1, 1)
"""GitHub did not exist before; what is dated earlier is no observation."""

MOST = 10**18
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})((?:,[0-9]{0,18}){7})")
_LONGEST_NAME = 255


def parse_published(text: bytes, table: bytes, today: date) -> Published:
    """Read a package's JSON, and the CSV beside it, which may be empty.

    Raises:
        SourceError: it is no JSON object of a package, or lacks its name, its owner's or its date.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"is no JSON: {error}") from error
    if not isinstance(record, dict):
        raise SourceError(f"holds a {type(record).__name__} and not an object")
    if "package" not in record and {"id", "name"} <= record.keys():
        raise SourceError("holds a version and not a package")
    entries = record.get("version")
    if not isinstance(entries, list):
        raise SourceError('has no list of versions, "version"')
    owner, package = _read_identity(record)
    refreshed = _read_day(record.get("date"), today)
    if refreshed is None:
        raise SourceError(f"has no date that can be: {_quote(record.get('date'))}")
    found = [_read_version(entry, refreshed, today, "raw_") for entry in entries]
    by_name = package.type == "maven"  # and not by its id, which may be unknown
    versions = {
        version.name if by_name else version.id: version for version in reversed(found) if version is not None
    }
    lines = {entry.day: entry for entry in _read_lines(table, today) if entry.day <= refreshed}
    return Published(
        owner,
        package,
        refreshed,
        (*(lines[day] for day in sorted(lines)), _package_day(record, refreshed, "raw_")),
        _find_final_day(lines, refreshed),
        tuple(versions.values()),
        whole="raw_versions_omitted" not in record,
        skipped=len(entries) - sum(version is not None for version in found),
    )


def parse_flat(rows: Sequence[Record], versions: Iterable[Record], today: date) -> Published:
    """Read one package of the flat form: its rows a day, and those of its versions.

    Raises:
        SourceError: a name in it cannot be one, or no row has a date.
    """
    owner, package = _read_identity(rows[-1])
    days = {day: row for row in rows if (day := _read_day(row.get("date"), today))}
    if not days:
        raise SourceError("has no date that can be")
    newest = max(days)
    seen = [_read_version(row, newest, today, "") for row in versions]
    known = sorted((version for version in seen if version is not None), key=lambda version: version.date)
    return Published(
        owner,
        package,
        newest,
        tuple(_package_day(days[day], day, "") for day in sorted(days)),
        None,
        tuple(known),
        whole=False,
        skipped=len(seen) - len(known) + len(rows) - len(days),
    )


def _read_identity(record: Mapping[str, Any]) -> tuple[Owner, Package]:
    """Read whose package it is; one in a folder of its own name may be linked to no repository."""
    login, kind = record.get("owner"), record.get("owner_type")
    if not isinstance(login, str) or not is_login(login):
        raise SourceError(f'has no "owner" that can be one: {_quote(login)}')
    owner_type = next((known for known in OWNER_TYPES if known == kind), None)
    if owner_type is None:
        raise SourceError(f'has an "owner_type" that is neither users nor orgs: {_quote(kind)}')
    repo, name, package_type = (record.get(key) for key in ("repo", "package", "package_type"))
    if not isinstance(package_type, str) or not is_type(package_type):
        raise SourceError(f'has no "package_type" that can be one: {_quote(package_type)}')
    if not _is_text(name) or not is_package(normalize(name)):
        raise SourceError(f'has no "package" that can be one: {_quote(name)}')
    if not _is_text(repo) or not (is_repo(repo) or is_package(normalize(repo))):
        raise SourceError(f'has no "repo" that can be one: {_quote(repo)}')
    owner = Owner(login, owner_type, _read_number(record.get("owner_id")) or None)
    place = None if normalize(repo) == normalize(name) else normalize(repo)
    return owner, Package(package_type, normalize(name), place)


def _read_version(entry: object, otherwise: date, today: date, prefix: str) -> Version | None:
    """Read a version; None where it is none. A date that it lacks is that of its package."""
    if not isinstance(entry, dict):
        return None
    number, name = entry.get("id"), entry.get("name")
    if isinstance(number, str) and _NUMBER.fullmatch(number):
        number = int(number)
    if (
        not isinstance(number, int)
        or isinstance(number, bool)
        or not (0 < number < MOST or number == UNKNOWN_ID)
    ):
        return None
    if not _is_text(name):
        return None
    tags = entry.get("tags")
    listed = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []
    sizes = entry.get("sizes")
    return Version(
        None if number == UNKNOWN_ID else number,
        name,
        tuple(tag for tag in listed if _is_tag(tag)),
        _read_day(entry.get("date"), today) or otherwise,
        _read_downloads(entry, prefix),
        _read_number(entry.get(f"{prefix}size")),
        _read_sizes(sizes) if isinstance(sizes, dict) else {},
    )


def _is_tag(tag: object) -> bool:
    return _is_text(tag) and "," not in tag


def _is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a name that can be stored and shown."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and not _CONTROL.search(value)


def _read_sizes(sizes: Mapping[str, object]) -> dict[str, int]:
    """Read the sizes by platform."""
    known = {name: _read_number(size) for name, size in sizes.items() if _is_text(name)}
    return {name: size for name, size in known.items() if size is not None}


def _package_day(record: Mapping[str, Any], day: date, prefix: str) -> PackageDay:
    size, versions, tagged = (
        _read_number(record.get(prefix + key)) for key in ("size", "versions", "tagged")
    )
    return PackageDay(day, _read_downloads(record, prefix), size, versions, tagged)


def _read_downloads(record: Mapping[str, Any], prefix: str) -> Downloads:
    keys = ("downloads", "downloads_month", "downloads_week", "downloads_day")
    return Downloads(*(_read_number(record.get(prefix + key)) for key in keys))


def _read_lines(table: bytes, today: date) -> Iterable[PackageDay]:
    """Read the lines of a CSV that are some, oldest first."""
    for line in table.decode(errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        day = _read_day(match[1], today) if match else None
        if match and day:
            total, month, week, count, size, versions, tagged = map(_read_number, match[2][1:].split(","))
            yield PackageDay(day, Downloads(total, month, week, count), size, versions, tagged)


def _find_final_day(lines: Mapping[date, PackageDay], refreshed: date) -> date | None:
    """Return the day before the last one, if a chart had it: it is final."""
    before = lines.get(refreshed - ONE_DAY)
    return before.day if before and before.downloads.day is not None else None


def _read_number(value: object) -> int | None:
    """Read a count, as a number or as text; unknown is negative, empty or absent."""
    if type(value) is int:
        return value if 0 <= value < MOST else None
    if isinstance(value, str) and _NUMBER.fullmatch(value) and not value.startswith("-"):
        return int(value)
    return None


def _read_day(value: object, today: date) -> date | None:
    """Read a day that can be: not before GitHub, nor after tomorrow, which today is somewhere."""
    day = _calendar_day(value) if isinstance(value, str) else None
    return day if day and OLDEST <= day <= today + ONE_DAY else None


@lru_cache(maxsize=4096)
def _calendar_day(value: str) -> date | None:
    """Read YYYY-MM-DD, and no other of the forms that ISO 8601 has."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.isoformat() == value else None


def _quote(value: object) -> str:
    """Quote a stranger's value, short and printable."""
    return json.dumps(value if isinstance(value, str | int) else None)[:60]
