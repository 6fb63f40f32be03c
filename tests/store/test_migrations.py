"""Every schema that there has been is opened, brought up to date, and used on."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backage.errors import ConfigError
from backage.models.history import Owner, Package
from backage.store.database import open_history
from backage.store.owners import load_former, load_owners, save_owner
from backage.store.packages import load_days, load_index
from backage.store.queries import read_rows
from backage.store.runs import start_run
from backage.store.schema import MIGRATIONS
from backage.store.versions import load_index_versions
from tests.store.databases import SCHEMAS, ask, dump, make_schema
from tests.store.histories import FORGE, day, save

NEWEST = len(MIGRATIONS)
EVERY = range(1, NEWEST + 1)
BEACON = Package("container", "charts%2Fbeacon", "lighthouse")
BUOY = Package("npm", "buoy")

NAMES = (FORGE.id, "orgs", "container", "Octo-Forge", "lighthouse", "charts%2Fbeacon")
PACKAGES = [
    (*NAMES, 4096, 100, 30, 7, 1, "2026-03-01"),
    (*NAMES, 4096, 120, 50, 27, 21, "2026-03-03"),
]
"""What the view `packages` says of the first package."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file for a history."""
    return tmp_path / "history.db"


def migrate(path: Path, number: int) -> Path:
    """Make a history of a schema, and let it be brought up to date."""
    with open_history(make_schema(path, number)):
        return path


def schema_of(path: Path) -> list[tuple[str, str, str]]:
    """Read what a database says of its tables, views and indexes, without regard for line breaks."""
    found = ask(path, "SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
    return [(kind, name, re.sub(r"\s+", " ", sql)) for kind, name, sql in found]


def test_every_schema_has_a_file() -> None:
    """A new migration needs one of its own, with rows in every table."""
    assert sorted(file.name for file in SCHEMAS.iterdir()) == [f"{number}.sql" for number in EVERY]


@pytest.mark.parametrize("number", EVERY)
def test_a_schema_s_file_is_what_its_backage_left(path: Path, number: int) -> None:
    """It has its number, tables that the migrations up to there make, and rows in each of them."""
    make_schema(path, number)
    assert ask(path, "PRAGMA user_version") == [(number,)]
    assert all(dump(path).values())
    made = path.with_name("made.db")
    with closing(sqlite3.connect(made)) as database:
        for migration in MIGRATIONS[:number]:
            database.executescript(migration)
    assert schema_of(path) == schema_of(made)


@pytest.mark.parametrize("number", EVERY)
def test_a_schema_becomes_the_newest(path: Path, number: int) -> None:
    """The file says so, is whole, and has the tables and views that a new one has."""
    migrate(path, number)
    assert ask(path, "PRAGMA user_version") == [(NEWEST,)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert ask(path, "PRAGMA foreign_key_check") == []
    new = path.with_name("new.db")
    with open_history(new):
        pass
    assert schema_of(path) == schema_of(new)


@pytest.mark.parametrize("number", EVERY)
def test_no_row_is_lost(path: Path, number: int) -> None:
    """Each column of each table says afterwards what it said before."""
    before = dump(make_schema(path, number))
    migrate(path.with_name("migrated.db"), number)
    after = dump(path.with_name("migrated.db"))
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in after[table]]
        assert sorted(kept, key=repr) == sorted(rows, key=repr)


@pytest.mark.parametrize("number", EVERY)
def test_the_views_answer(path: Path, number: int) -> None:
    """What is documented is there, of any schema."""
    migrate(path, number)
    with open_history(path) as history:
        place = ("octo-forge", "lighthouse", "charts%2Fbeacon")
        assert list(read_rows(history, "packages", place, None, None).rows) == PACKAGES
        every = list(read_rows(history, "versions", (), None, None).rows)
    versions = [row for row in every if row[1] != "acme"]  # whose downloads came as events
    assert len(versions) == 5
    assert versions[0] == (
        *(134217801, "Octo-Forge", "lighthouse", "charts%2Fbeacon", "container", 11, "sha256:" + "0b" * 32),
        *(4096, 60, 20, 5, 1, "2026-03-01", "latest,v2"),
    )


@pytest.mark.parametrize("number", EVERY)
def test_what_is_known_is_loaded(path: Path, number: int) -> None:
    """Owners, packages, days and versions, as the program reads them."""
    migrate(path, number)
    with open_history(path) as history:
        owners = [owner for owner in load_owners(history) if owner.type in {"users", "orgs"}]
        assert owners == [Owner("mona-lab", "users"), FORGE]
        beacon, buoy = load_index(history, FORGE.login)
        assert (beacon.package, buoy.package) == (BEACON, BUOY)
        assert [entry.downloads.total for entry in load_days(history, beacon.key)] == [100, 100, 120]
        assert [entry.downloads.total for entry in load_days(history, buoy.key)] == [9, None, 11]
        (version,) = load_index_versions(history, beacon.key)
        assert (version.id, version.tags, version.downloads.total) == (11, ("latest", "v2"), 80)
        assert version.sizes == {"linux/amd64": 4096, "linux/arm64": 3000}
        assert load_index(history, "mona-lab") == []


@pytest.mark.parametrize("number", EVERY)
def test_it_is_used_on(path: Path, number: int) -> None:
    """A package is refreshed, an owner renamed, a run counted."""
    migrate(path, number)
    with open_history(path) as history:
        run = start_run(history, day(2))
        save(history, 2, 130, {11: 90, 12: 5}, package=BEACON, run=run)
        save_owner(history, Owner("hexa-forge", "orgs", FORGE.id))
        assert run == 3
        assert load_former(history)["octo-forge"] == "hexa-forge"
        item = load_index(history, "hexa-forge")[0]
        assert [entry.downloads.total for entry in load_days(history, item.key)] == [100, 100, 120, 130]
        assert {version.id for version in load_index_versions(history, item.key)} == {11, 12}


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    """Each step is one transaction, and the file is refused in a sentence."""
    make_schema(path, 1)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE former (login)")
    before = dump(path)
    with pytest.raises(ConfigError, match=r"history\.db is not a history \(table former already exists\)"):
        open_history(path)
    assert ask(path, "PRAGMA user_version") == [(1,)]
    assert dump(path) == before
