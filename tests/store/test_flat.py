"""Databases of the flat form, as they were published: a table of packages, and one of versions for each."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backage.errors import ConfigError
from backage.store.imports import count_flat, is_flat, read_flat
from tests.store.histories import build

PACKAGES = (
    *("owner_id", "owner_type", "package_type", "owner", "repo", "package"),
    *("downloads", "downloads_month", "downloads_week", "downloads_day", "size", "date"),
)
VERSIONS = (
    *(
        "id",
        "name",
        "size",
        "downloads",
        "downloads_month",
        "downloads_week",
        "downloads_day",
        "date",
        "tags",
    ),
)
BEACON = ("7", "orgs", "container", "Octo-Forge", "lighthouse", "beacon")
BUOY = ("8", "users", "npm", "mona-lab", "buoy", "buoy")
OLD, NEW = ("100", "30", "7", "1", "500", "2024-05-01"), ("103", "33", "10", "3", "500", "2024-05-02")
FIRST = ("11", "sha256:" + "ab" * 32, "500", "60", "20", "5", "-1", "2024-05-01", "latest,v1")
SECOND = ("12", "sha256:" + "cd" * 32, "500", "43", "13", "5", "3", "2024-05-02", "")
BEACON_TABLE = "versions_orgs_container_Octo-Forge_lighthouse_beacon"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file for a database."""
    return tmp_path / "index.db"


def make(path: Path, table: str, columns: Iterable[str], *rows: tuple[object, ...]) -> None:
    """Make a table of which all columns are texts, as they are in the wild."""
    quoted = table.replace('"', '""')
    columns = list(columns)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f'CREATE TABLE "{quoted}" ({", ".join(f"{name} TEXT" for name in columns)})')
        marks = ", ".join("?" * len(columns))
        database.executemany(f'INSERT INTO "{quoted}" VALUES ({marks})', rows)  # noqa: S608 (quoted)
        database.commit()


def make_packages(path: Path, *rows: tuple[object, ...]) -> None:
    """Make the table of the packages."""
    make(path, "packages", PACKAGES, *rows)


def ids(versions: list[dict[str, Any]]) -> list[str]:
    """Name the versions that rows are of."""
    return [row["id"] for row in versions]


def test_packages_come_with_their_versions(path: Path) -> None:
    """Each package once, its rows oldest first, by the names of their columns."""
    make_packages(path, (*BEACON, *NEW), (*BUOY, *OLD), (*BEACON, *OLD))
    make(path, BEACON_TABLE, VERSIONS, FIRST, SECOND)
    make(path, "versions_users_npm_mona-lab_buoy_buoy", VERSIONS, FIRST)
    (beacon, versions), (buoy, others) = read_flat(path)
    assert beacon == [dict(zip(PACKAGES, (*BEACON, *numbers), strict=True)) for numbers in (OLD, NEW)]
    assert versions == [dict(zip(VERSIONS, row, strict=True)) for row in (FIRST, SECOND)]
    assert (len(buoy), ids(others)) == (1, ["11"])
    assert count_flat(path) == 2


def test_a_package_without_a_table_has_no_versions(path: Path) -> None:
    """Where it was never read, or is empty."""
    make_packages(path, (*BEACON, *OLD), (*BUOY, *OLD))
    make(path, BEACON_TABLE, VERSIONS)
    assert [versions for _, versions in read_flat(path)] == [[], []]


def test_without_packages_there_is_nothing(path: Path) -> None:
    """A database that is new is of the form too."""
    make_packages(path)
    assert is_flat(path)
    assert (count_flat(path), list(read_flat(path))) == (0, [])


def test_columns_that_came_later_may_be_missing(path: Path) -> None:
    """The owner's id, and the tags of versions."""
    make(path, "packages", PACKAGES[1:], (*BEACON[1:], *OLD))
    make(path, BEACON_TABLE, VERSIONS[:-1], FIRST[:-1])
    assert is_flat(path)
    (([package], [version]),) = read_flat(path)
    assert (package["owner"], "owner_id" in package) == ("Octo-Forge", False)
    assert (version["id"], "tags" in version) == ("11", False)


def test_columns_may_have_another_order(path: Path) -> None:
    """Their names say what they are, and those that nobody knows come along."""
    columns = (*reversed(PACKAGES), "extra")
    make(path, "packages", columns, (*reversed((*BEACON, *OLD)), "x"))
    ((rows, _),) = read_flat(path)
    assert rows == [{**dict(zip(PACKAGES, (*BEACON, *OLD), strict=True)), "extra": "x"}]


def test_names_with_quotes_are_read(path: Path) -> None:
    """They are names of tables, and no part of a query."""
    name = """bea"con'; DROP TABLE packages; --"""
    make_packages(path, (*BEACON[:-1], name, *OLD))
    make(path, f"versions_orgs_container_Octo-Forge_lighthouse_{name}", VERSIONS, FIRST)
    (([row], versions),) = read_flat(path)
    assert (row["package"], ids(versions)) == (name, ["11"])
    assert count_flat(path) == 1


def test_the_name_of_a_table_is_found_in_any_case(path: Path) -> None:
    """SQLite takes them for one, and the case of a login changes."""
    make_packages(path, (*BEACON, *OLD))
    make(path, BEACON_TABLE.upper(), VERSIONS, FIRST)
    ((_, versions),) = read_flat(path)
    assert ids(versions) == ["11"]


def test_spellings_of_one_package_each_come_with_the_versions(path: Path) -> None:
    """Which of them are one package the history knows; what belongs to both is given with both."""
    other = (*BEACON[:3], "octo-forge", *BEACON[4:])
    make_packages(path, (*BEACON, *OLD), (*other, *NEW))
    make(path, BEACON_TABLE, VERSIONS, FIRST)
    found = [([row["owner"] for row in rows], ids(versions)) for rows, versions in read_flat(path)]
    assert found == [(["Octo-Forge"], ["11"]), (["octo-forge"], ["11"])]
    assert count_flat(path) == 2


def test_a_package_that_moved_has_the_versions_of_both_tables(path: Path) -> None:
    """It is one package; each repository that it was in has a table of its own."""
    moved = (*BEACON[:4], "harbour", "beacon")
    make_packages(path, (*BEACON, *OLD), (*moved, *NEW))
    make(path, BEACON_TABLE, VERSIONS, FIRST)
    make(path, BEACON_TABLE.replace("lighthouse", "harbour"), VERSIONS, SECOND)
    ((rows, versions),) = read_flat(path)
    assert [row["repo"] for row in rows] == ["lighthouse", "harbour"]
    assert ids(versions) == ["11", "12"]
    assert count_flat(path) == 1


def test_a_package_that_moved_back_has_its_versions_once(path: Path) -> None:
    """A repository is named once, however often its days come."""
    moved = (*BEACON[:4], "harbour", "beacon")
    later = (*OLD[:-1], "2024-05-03")
    make_packages(path, (*BEACON, *OLD), (*moved, *NEW), (*BEACON, *later))
    make(path, BEACON_TABLE, VERSIONS, FIRST)
    ((rows, versions),) = read_flat(path)
    assert (len(rows), ids(versions)) == (3, ["11"])


def test_packages_of_one_name_are_told_apart(path: Path) -> None:
    """By their type, and by their owner."""
    make_packages(
        *(path, (*BEACON, *OLD), (*BEACON[:2], "npm", *BEACON[3:], *OLD)),
        (*BUOY[:4], "lighthouse", "beacon", *OLD),
    )
    assert [rows[0]["package_type"] for rows, _ in read_flat(path)] == ["container", "npm", "npm"]
    assert count_flat(path) == 3


def test_packages_are_read_one_by_one(path: Path) -> None:
    """A large database need not fit into memory."""
    make_packages(path, (*BEACON, *OLD), (*BUOY, *OLD))
    found = read_flat(path)
    assert next(found)[0][0]["package"] == "beacon"
    assert next(found)[0][0]["package"] == "buoy"
    assert list(found) == []


def test_the_database_stays_as_it_is(path: Path) -> None:
    """It is opened for reading alone."""
    make_packages(path, (*BEACON, *OLD))
    make(path, BEACON_TABLE, VERSIONS, FIRST)
    before = path.read_bytes()
    list(read_flat(path))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["index.db"]


def test_our_own_history_is_not_of_the_form(path: Path) -> None:
    """Its `packages` is a view."""
    assert not is_flat(build(path, 10))


@pytest.mark.parametrize(
    "missing", ["owner_type", "package_type", "owner", "repo", "package", "downloads", "date"]
)
def test_a_table_that_lacks_a_column_is_not_of_the_form(path: Path, missing: str) -> None:
    """It is another program's table of that name."""
    make(path, "packages", [name for name in PACKAGES if name != missing])
    assert not is_flat(path)


def test_another_database_is_not_of_the_form(path: Path) -> None:
    """Whatever it has."""
    make(path, "theirs", ["x"])
    assert not is_flat(path)


def test_what_is_no_database_is_told(path: Path) -> None:
    """In a sentence that names it; and where nothing is, nothing is made."""
    with pytest.raises(ConfigError, match=r"index\.db cannot be read as a database: unable to open"):
        is_flat(path)
    assert not path.exists()
    path.write_bytes(b"no database at all, but long enough to be looked at " * 50)
    with pytest.raises(ConfigError, match=r"index\.db cannot be read as a database: file is not a database"):
        is_flat(path)


def test_a_database_that_is_cut_is_told(path: Path) -> None:
    """Its packages are read as far as they go, and then it is said."""
    make_packages(path, *((*BEACON[:-1], f"beacon-{number}", *OLD) for number in range(500)))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(ConfigError, match=r"index\.db cannot be read as a database: database disk image is"):
        list(read_flat(path))
