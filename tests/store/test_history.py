"""The history: change-only, whole, and never another program's file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from backage.errors import ConfigError, DamagedError
from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    Version,
    VersionUpdate,
)
from backage.owners import parse_optout
from backage.store.database import History, open_history
from backage.store.details import save_size
from backage.store.owners import finish_owner, forget, load_owner, load_owners, load_runs, save_owner
from backage.store.packages import load_days, load_index, load_package, save_package
from backage.store.queries import load_package_runs, load_packages, mark_gone
from backage.store.runs import start_run
from backage.store.schema import MIGRATIONS
from backage.store.versions import load_index_versions, load_versions

TODAY = date(2026, 8, 20)
OWNER = Owner("Octo-Forge", "orgs", 134_217_801)
BEACON = Package("container", "beacon", "lighthouse")
DIGEST = "sha256:" + "ab" * 32


def day(number: int) -> date:
    """Return the day that is so many days after the first."""
    return TODAY + timedelta(days=number)


def update(number: int, *days: PackageDay, complete: bool = True, **versions: int | None) -> PackageUpdate:
    """Make an update; versions are named v1, v2 and so on, None is held back."""
    return PackageUpdate(
        day(number),
        days,
        None,
        None,
        1,
        list_finished=True,
        complete=complete,
        versions=tuple(version(number, int(name[1:]), total) for name, total in versions.items()),
    )


def version(number: int, version_id: int, total: int | None) -> VersionUpdate:
    """Make what a run found out about a version."""
    seen = None if total is None else Observation(day(number), Downloads(total, 3, 2, 1))
    name = DIGEST if version_id == 1 else f"1.{version_id}.0"
    held = day(number) if total is None else None
    return VersionUpdate(version_id, name, ("latest", "v1") if version_id == 1 else (), None, held, seen)


def total(number: int, downloads: int) -> PackageDay:
    """Make a day with a total alone."""
    return PackageDay(day(number), Downloads(downloads))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file for a history."""
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    """Open a new history with an owner."""
    with open_history(path) as opened:
        save_owner(opened, OWNER)
        yield opened


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask the file itself, as an analyst would."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_what_is_saved_is_loaded(history: History) -> None:
    """A package, its days and its versions come back as they were."""
    numbers = PackageDay(TODAY, Downloads(100, 30, 7, 1), size=5, versions=2, tagged=1)
    save_package(history, "octo-forge", BEACON, update(0, numbers, v1=60, v2=40), 1)
    save_size(history, 1, 2, 5, {})
    (item,) = load_index(history, "OCTO-FORGE")
    assert (item.package, item.refreshed, item.latest) == (BEACON, TODAY, numbers)
    assert load_index_versions(history, item.key) == [
        Version(2, "1.2.0", (), TODAY, Downloads(40, 3, 2, 1), 5),
        Version(1, DIGEST, ("latest", "v1"), TODAY, Downloads(60, 3, 2, 1)),
    ]
    _, known = load_package(history, "octo-forge", BEACON, TODAY)
    assert known.days == {TODAY: numbers}
    assert (known.list_read_on, known.full_list_days, set(known.version_ids)) == (TODAY, (TODAY,), {1, 2})


def test_the_documented_views(history: History, path: Path) -> None:
    """The dataset has the columns and values that are promised."""
    numbers = PackageDay(TODAY, Downloads(100, 30, 7, 1), size=5, versions=2, tagged=1)
    save_package(history, "octo-forge", BEACON, update(0, numbers, v1=60), 1)
    assert rows(path, "SELECT * FROM packages") == [
        (134217801, "orgs", "container", "Octo-Forge", "lighthouse", "beacon", 5, 100, 30, 7, 1, "2026-08-20")
    ]
    assert rows(path, "SELECT * FROM versions") == [
        (
            *(134217801, "Octo-Forge", "lighthouse", "beacon", "container", 1, DIGEST, None, 60, 3, 2, 1),
            *("2026-08-20", "latest,v1"),
        )
    ]
    names = rows(path, "SELECT name FROM pragma_table_info('packages')")
    expected = "owner_id owner_type package_type owner repo package size downloads"
    expected += " downloads_month downloads_week downloads_day date"
    assert " ".join(name for (name,) in names) == expected


def test_unchanged_numbers_leave_a_heartbeat_and_no_row(history: History, path: Path) -> None:
    """Three days alike are one row of numbers and three scans."""
    for number in range(3):
        save_package(history, "octo-forge", BEACON, update(number, total(number, 100), v1=60), 1)
    assert rows(path, "SELECT day - 20685, downloads FROM package_day") == [(0, 100)]
    assert rows(path, "SELECT day - 20685, downloads FROM version_day") == [(0, 60)]
    assert rows(path, "SELECT day - 20685, listed FROM scan") == [(0, 2), (1, 2), (2, 2)]
    (item,) = load_index(history, "octo-forge")
    assert item.refreshed == day(2)
    assert load_days(history, item.key) == [total(number, 100) for number in range(3)]


def test_a_gap_stays_a_gap(history: History) -> None:
    """Days of which nothing is known are there, and empty; they do not take the numbers of before."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100)), 1)
    save_package(history, "octo-forge", BEACON, update(3, total(3, 100)), 2)
    (item,) = load_index(history, "octo-forge")
    nothing = [PackageDay(day(1)), PackageDay(day(2))]
    assert load_days(history, item.key) == [total(0, 100), *nothing, total(3, 100)]


def test_days_before_the_first_known_one_can_come_later(history: History) -> None:
    """A chart that was missing at first fills what lies before, and what lies between stays."""
    save_package(history, "octo-forge", BEACON, update(5, total(5, 100)), 1)
    save_package(history, "octo-forge", BEACON, update(6, total(6, 110)), 2)
    save_package(history, "octo-forge", BEACON, update(8, total(4, 90), total(7, 90), total(8, 90)), 3)
    (item,) = load_index(history, "octo-forge")
    totals = [entry.downloads.total for entry in load_days(history, item.key)]
    assert totals == [90, 100, 110, 90, 90]


def test_a_day_written_again_replaces_itself(history: History, path: Path) -> None:
    """Today is provisional: a later run of the day corrects it, also back to what yesterday was."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100)), 1)
    save_package(history, "octo-forge", BEACON, update(1, total(1, 105), v1=5), 2)
    save_package(history, "octo-forge", BEACON, update(1, total(1, 100), v1=6), 3)
    assert rows(path, "SELECT day - 20685, downloads FROM package_day") == [(0, 100)]
    assert rows(path, "SELECT day - 20685, downloads FROM version_day") == [(1, 6)]


def test_the_head_keeps_the_last_known_number_of_versions(history: History) -> None:
    """A run that could not list versions does not make their number unknown."""
    save_package(
        history, "octo-forge", BEACON, update(0, PackageDay(TODAY, Downloads(9), 5, versions=2, tagged=1)), 1
    )
    save_package(history, "octo-forge", BEACON, update(1, total(1, 10)), 2)
    (item,) = load_index(history, "octo-forge")
    assert item.latest == PackageDay(day(1), Downloads(10), versions=2, tagged=1)


def test_a_whole_list_without_a_version_removes_it(history: History, path: Path) -> None:
    """It leaves the index, its numbers stay in the history, and it can come back."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100), v1=60, v2=40), 1)
    save_package(history, "octo-forge", BEACON, update(1, total(1, 101), v2=41), 2)
    (item,) = load_index(history, "octo-forge")
    assert [version.id for version in load_index_versions(history, item.key)] == [2]
    assert (DIGEST, 60) in rows(path, "SELECT name, downloads FROM versions")
    save_package(history, "octo-forge", BEACON, update(2, total(2, 101), v1=60, v2=41), 3)
    assert [version.id for version in load_index_versions(history, item.key)] == [2, 1]
    gone = load_versions(history, item.key, day(-30))[1].observations
    assert [(seen.day, seen.downloads.total) for seen in gone] == [(day(0), 60), (day(1), None), (day(2), 60)]


def test_a_quiet_version_has_its_last_observation_alone(history: History) -> None:
    """Versions with another total, or with downloads in their windows, have all observations since a day."""
    for number, windows in enumerate([(3, 2, 1), (1, 0, 0), (0, 0, 0)]):
        seen = [Observation(day(number), Downloads(60 + key, *windows[: 3 * (key < 3)])) for key in (1, 2, 3)]
        versions = [VersionUpdate(each, f"v{each}", (), None, None, seen[each - 1]) for each in (1, 2, 3)]
        plan = update(number, total(number, 100))
        save_package(history, "octo-forge", BEACON, replace(plan, versions=tuple(versions)), number)
    (item,) = load_index(history, "octo-forge")
    known = load_versions(history, item.key, day(0), {1: 61, 2: 63, 3: 63})
    assert [len(known[number].observations) for number in (1, 2, 3)] == [1, 3, 1]
    assert known[1].observations == (Observation(day(2), Downloads(61, 0, 0, 0)),)
    assert [
        len(version.observations) for version in load_versions(history, item.key, day(0), {}).values()
    ] == [
        1,
        1,
        1,
    ]
    assert len(load_versions(history, item.key, day(0))[1].observations) == 3


def test_a_part_of_a_list_removes_nothing(history: History) -> None:
    """Only a list that was read whole in one go says what is gone."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100), v1=60, v2=40), 1)
    save_package(history, "octo-forge", BEACON, update(1, total(1, 101), complete=False, v2=41), 2)
    (item,) = load_index(history, "octo-forge")
    assert [version.id for version in load_index_versions(history, item.key)] == [2, 1]


def test_a_version_that_goes_on_the_day_it_was_seen_keeps_that_day(history: History) -> None:
    """What is known of a day is not taken back by a later run of it."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100), v1=60, v2=40), 1)
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100), v2=40), 2)
    (item,) = load_index(history, "octo-forge")
    seen = load_versions(history, item.key, day(-30))[1].observations
    assert [(seen.day, seen.downloads.total) for seen in seen] == [(day(0), 60), (day(1), None)]


def test_observations_since_a_day_come_with_the_one_before(history: History) -> None:
    """What held on that day is needed, and no more."""
    for number in range(5):
        save_package(history, "octo-forge", BEACON, update(number, v1=10 * number), 1)
    (key, _) = load_package(history, "octo-forge", BEACON, day(5))
    assert key is not None
    seen = load_versions(history, key, day(2))[1].observations
    assert [observation.downloads.total for observation in seen] == [20, 30, 40]


def test_a_held_total_leaves_the_last_good_one(history: History) -> None:
    """The version keeps its numbers and their date, and the day on which a lower one was seen."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100), v1=60), 1)
    save_package(history, "octo-forge", BEACON, update(1, total(1, 101), v1=None), 2)
    (item,) = load_index(history, "octo-forge")
    assert load_index_versions(history, item.key)[0].downloads.total == 60
    assert load_versions(history, item.key, TODAY)[1].total_drop_since == day(1)


def test_an_owner_is_one_whatever_its_case(history: History) -> None:
    """Case changes of a login are the same owner; the newest spelling shows."""
    save_owner(history, Owner("octo-FORGE", "orgs", OWNER.id))
    assert load_owners(history) == [Owner("octo-FORGE", "orgs", OWNER.id)]


def test_an_owner_that_is_renamed_keeps_its_history(history: History) -> None:
    """The id stays, so what is known goes with it."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100)), 1)
    save_owner(history, Owner("Hexa-Forge", "orgs", OWNER.id))
    assert load_owners(history) == [Owner("Hexa-Forge", "orgs", OWNER.id)]
    assert [item.package for item in load_index(history, "hexa-forge")] == [BEACON]


def test_a_login_that_changes_hands_is_another_owner(history: History) -> None:
    """The new account does not take the old one's numbers."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100)), 1)
    save_owner(history, Owner("Octo-Forge", "users", 7))
    assert load_owner(history, "octo-forge") == Owner("Octo-Forge", "users", 7)
    assert load_index(history, "octo-forge") == []


def test_an_id_that_comes_later_is_kept(history: History) -> None:
    """Without the API an owner has no id; with it the same owner gets one, and does not lose it again."""
    save_owner(history, Owner("mona-lab", "users"))
    save_owner(history, Owner("mona-lab", "users", 7))
    save_owner(history, Owner("mona-lab", "users"))
    assert load_owner(history, "mona-lab") == Owner("mona-lab", "users", 7)


def test_runs_and_their_order(history: History) -> None:
    """Each run has a higher number; an owner remembers the last that went through it."""
    first, second = start_run(history, TODAY), start_run(history, TODAY)
    assert first < second
    finish_owner(history, "octo-forge", second)
    assert load_runs(history) == {"octo-forge": second}
    save_package(history, "octo-forge", BEACON, update(0), second)
    save_package(history, "octo-forge", BEACON, update(1), None)
    assert load_package_runs(history, "octo-forge") == {BEACON: second}


def test_what_is_opted_out_is_forgotten(history: History, path: Path) -> None:
    """Its days, versions and scans go with it."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100), v1=60), 1)
    optout, _ = parse_optout("octo-forge/lighthouse\n")
    assert forget(history, optout) == 1
    for table in ("package", "package_day", "version", "version_day", "scan"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 (constants)
    assert load_owners(history) == [OWNER]


def test_a_gone_package_is_not_shown_and_comes_back(history: History) -> None:
    """Its history stays, also for the day on which it is listed again."""
    save_package(history, "octo-forge", BEACON, update(0, total(0, 100)), 1)
    mark_gone(history, "octo-forge", BEACON, day(1))
    assert (load_index(history, "octo-forge"), load_packages(history, "octo-forge")) == ([], [BEACON])
    save_package(history, "octo-forge", BEACON, update(2, total(2, 120)), 2)
    (item,) = load_index(history, "octo-forge")
    assert [entry.downloads.total for entry in load_days(history, item.key)] == [100, None, 120]


def test_a_write_that_fails_leaves_nothing_behind(history: History, path: Path) -> None:
    """A package is stored in one transaction."""
    broken = update(0, total(0, 100), v1=60)
    bad = VersionUpdate(3, "x", (), None, None, Observation(TODAY, Downloads(1 << 70)))
    with pytest.raises(OverflowError):
        save_package(
            history,
            "octo-forge",
            BEACON,
            PackageUpdate(
                TODAY, broken.days, None, None, 1, list_finished=True, complete=True, versions=(bad,)
            ),
            1,
        )
    assert rows(path, "SELECT count(*) FROM package") == [(0,)]


def test_opening_twice_changes_nothing(path: Path) -> None:
    """The schema is made once."""
    for _ in range(2):
        with open_history(path) as history:
            assert load_owners(history) == []
    assert rows(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_newer_history_is_refused(path: Path) -> None:
    """It is not touched, and the sentence says what to do."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(
        ConfigError, match=f"has schema 99 and this backage knows {len(MIGRATIONS)}: install a newer one"
    ):
        open_history(path)


@pytest.mark.parametrize("error", [RuntimeError, UnicodeError, KeyboardInterrupt, DamagedError])
def test_what_cannot_be_opened_is_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Whatever goes wrong with it."""
    opened: list[sqlite3.Connection] = []

    def fail(connection: sqlite3.Connection, _: str) -> None:
        opened.append(connection)
        raise error

    monkeypatch.setattr("backage.store.database.migrate", fail)
    with pytest.raises(error):
        open_history(path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def test_another_programs_database_is_refused(path: Path) -> None:
    """Its tables are left alone."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")
        database.commit()
    with pytest.raises(ConfigError, match="is a database of another program"):
        open_history(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("theirs",)]


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """It is named, and it stays."""
    path.write_bytes(b"something else entirely, and long enough to be looked at" * 30)
    with pytest.raises(ConfigError, match="is not a history"):
        open_history(path)
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_history(path / "below" / "a file")
