"""Two histories become one: nothing is lost, nothing doubled, and the source stays as it is."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backage.errors import ConfigError
from backage.models.history import Downloads, Failure, Owner, Package, PackageDay, PackageUpdate
from backage.store.database import open_history
from backage.store.details import note_size_lookup_failed, save_size
from backage.store.merge import merge_history
from backage.store.owners import finish_owner, load_former, load_owner, load_owners, load_runs, save_owner
from backage.store.packages import load_index, save_package
from backage.store.queries import mark_gone
from backage.store.runs import save_failures, start_run
from tests.store.databases import ask, dump, make_cut, make_foreign, make_newer, make_schema
from tests.store.histories import (
    BEACON,
    BUOY,
    FORGE,
    LAB,
    build,
    count,
    day,
    download,
    load_totals,
    load_versions,
    make_web,
    save,
    saw,
)

RENAMED = replace(FORGE, login="hexa-forge")


def take(target: Path, *sources: Path) -> None:
    """Merge histories into one."""
    with open_history(target) as history:
        for source in sources:
            merge_history(history, source)


def copy(path: Path, name: str) -> Path:
    """Copy a history that nobody uses."""
    target = path.with_name(name)
    shutil.copy(path, target)
    return target


def see(path: Path, *owners: Owner, number: int = 0) -> None:
    """Record owners in a history one after the other, a day each, each with one package."""
    with open_history(path) as history:
        for later, owner in enumerate(owners):
            save(history, number + later, 10, owner=owner)


def owners(path: Path) -> list[Owner]:
    """Read the owners; the login of one that has none any more is left out."""
    with open_history(path) as history:
        found = load_owners(history)
    return [replace(owner, login="") if owner.login.startswith("~") else owner for owner in found]


# --- the whole --------------------------------------------------------------------------------


def test_into_an_empty_history_all_is_copied(mine: Path, theirs: Path) -> None:
    """Every table says what it said in the source, and none is empty."""
    with open_history(theirs) as history:
        run = start_run(history, day(0))
        key = save(history, 0, 10, {1: 6, 2: 4}, run=run)
        save(history, 1, 12, {2: 5}, run=run)
        save_size(history, key, 2, 700, {"linux/amd64": 700})
        save_owner(history, RENAMED)
        save(history, 1, 3, owner=LAB, package=BUOY)
        mark_gone(history, LAB.login, BUOY, day(2))
        finish_owner(history, RENAMED.login, run)
        save_failures(history, "nobody", [Failure("nobody", "not found")], day(0), run, whole=True)
    count(theirs, 1, download(number="1"))
    make_web(theirs)
    take(mine, theirs)
    web: dict[str, list[dict[str, Any]]] = {
        "web_user": [],
        "web_key": [],
    }  # who may see one server need not be let into another
    assert dump(mine) == dump(theirs) | web
    assert all(dump(theirs).values())


def test_owners_of_either_are_all_there(mine: Path, theirs: Path, tmp_path: Path) -> None:
    """Shards that share no owner come to the history of both."""
    build(mine, 10, 12)
    build(theirs, 3, 4, owner=LAB, package=BUOY)
    both = build(build(tmp_path / "both.db", 10, 12), 3, 4, owner=LAB, package=BUOY)
    take(mine, theirs)
    assert dump(mine) == dump(both)


def run_job(path: Path, *jobs: tuple[Owner, Package, int]) -> None:
    """Do what a run does: a number for it, its packages on the third day, and its owners' ends."""
    with open_history(path) as history:
        run = start_run(history, day(2))
        for owner, package, total in jobs:
            versions = {1: total // 2, total: 1}
            save(history, 2, total, versions, owner=owner, package=package, run=run, settled=1)
            finish_owner(history, owner.login, run)


def test_shards_of_one_base_come_to_one_history(tmp_path: Path) -> None:
    """Jobs that began with the same history leave, joined in any order, what one job would have left."""
    base = build(build(tmp_path / "base.db", 10, 12), 3, 4, owner=LAB, package=BUOY)
    jobs = [(FORGE, BEACON, 15), (LAB, BUOY, 6)]
    shards = [copy(base, f"{number}.db") for number in range(2)]
    for shard, job in zip(shards, jobs, strict=True):
        run_job(shard, job)
    joined = tmp_path / "joined.db"
    take(joined, *shards)
    one = copy(base, "one.db")
    run_job(one, *jobs)
    take(base, *reversed(shards))
    assert dump(joined) == dump(one)
    assert dump(base) == dump(one)


def test_merging_twice_changes_nothing(mine: Path, theirs: Path) -> None:
    """All that the source says is there after the first time."""
    build(mine, 10, 12, 13)
    build(theirs, 11, 11, 15, 18, since=1)
    take(mine, theirs)
    once = dump(mine)
    take(mine, theirs)
    assert dump(mine) == once


def test_merging_a_copy_changes_nothing(mine: Path) -> None:
    """A history knows all that it says itself."""
    build(build(mine, 10, 12), 3, 4, owner=LAB, package=BUOY)
    with open_history(mine) as history:
        save_owner(history, RENAMED)
    before = dump(mine)
    take(mine, copy(mine, "copy.db"))
    assert dump(mine) == before


def test_keys_stay_true(mine: Path, theirs: Path) -> None:
    """No row leads nowhere, and the file is whole."""
    build(build(mine, 10), 3, owner=LAB, package=BUOY)
    build(build(theirs, 4, owner=LAB, package=BUOY), 12)
    take(mine, theirs)
    assert ask(mine, "PRAGMA integrity_check") == [("ok",)]
    assert ask(mine, "PRAGMA foreign_key_check") == []
    assert (load_totals(mine), load_totals(mine, LAB)) == ([12], [4])


def test_the_source_stays_as_it_is(mine: Path, theirs: Path) -> None:
    """Not a byte of it changes."""
    build(mine, 10, 12)
    build(theirs, 11, 13, since=1)
    before = theirs.read_bytes()
    take(mine, theirs)
    assert theirs.read_bytes() == before


# --- days and packages ------------------------------------------------------------------------


def test_the_same_package_grows_by_both(mine: Path, theirs: Path) -> None:
    """Days before mine, within and after; between them unknown ones."""
    build(mine, 12, 14, since=2)
    build(build(theirs, 10), 13, 14, 19, since=2)
    build(theirs, 25, since=6)
    take(mine, theirs)
    assert load_totals(mine) == [10, None, 13, 14, 19, None, 25]


def test_a_day_that_is_over_stays(mine: Path, theirs: Path) -> None:
    """The last day of mine is settled in theirs, and the other way round."""
    build(mine, 10, 12, 15)
    build(theirs, 10, 17)
    take(theirs, copy(mine, "copy.db"))
    take(mine, theirs)
    assert load_totals(mine) == load_totals(theirs) == [10, 12, 15]
    assert ask(theirs, "SELECT settled FROM package") == ask(mine, "SELECT settled FROM package")


def test_the_later_account_says_how_a_package_is(mine: Path, theirs: Path) -> None:
    """Its repository, its spelling and whether it is gone; and never that of the earlier one."""
    moved = replace(BEACON, name="Beacon", repo="harbour")
    with open_history(mine) as history:
        save(history, 0, 10)
    with open_history(theirs) as history:
        save(history, 1, 11, package=moved)
        mark_gone(history, FORGE.login, moved, day(2))
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    assert ask(mine, "SELECT name, repo, gone FROM package") == [("Beacon", "harbour", 20516)]
    assert dump(theirs)["package"] == dump(mine)["package"]


def test_a_package_that_came_back_is_not_gone(mine: Path, theirs: Path) -> None:
    """It was seen after the day on which the other did not find it."""
    build(mine, 10)
    build(theirs, 10, 11, 12)
    with open_history(mine) as history:
        mark_gone(history, FORGE.login, BEACON, day(1))
    take(mine, theirs)
    assert load_totals(mine) == [10, 11, 12]


def test_a_package_that_was_found_to_be_gone_is_gone(mine: Path, theirs: Path) -> None:
    """After the other had seen it last, whichever of the two found out."""
    build(mine, 10, 11)
    build(theirs, 10)
    with open_history(theirs) as history:
        mark_gone(history, FORGE.login, BEACON, day(2))
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    for path in (mine, theirs):
        assert ask(path, "SELECT gone FROM package") == [(20516,)]


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_a_whole_list_of_a_day_stays_one(mine: Path, theirs: Path, *, first: bool, second: bool) -> None:
    """Also where the other read a part of it on that day."""
    for path, complete in ((mine, first), (theirs, second)):
        with open_history(path) as history:
            save(history, 0, 10, {1: 5}, complete=complete)
    take(mine, theirs)
    assert ask(mine, "SELECT listed FROM scan") == [(2,)]


def test_packages_of_one_name_and_two_types_stay_two(mine: Path, theirs: Path) -> None:
    """The type is part of what a package is."""
    build(mine, 10)
    build(theirs, 90, package=replace(BEACON, type="npm"))
    take(mine, theirs)
    with open_history(mine) as history:
        found = {item.package.type: item.latest.downloads.total for item in load_index(history, FORGE.login)}
    assert found == {"container": 10, "npm": 90}


def test_an_unfinished_walk_is_that_of_the_later(mine: Path, theirs: Path) -> None:
    """Where the list of versions goes on, and which run read it last."""
    walking = PackageUpdate(
        *(day(1), (PackageDay(day(1), Downloads(11)),), None, day(1), 4),
        list_finished=False,
        complete=False,
        versions=(),
    )
    build(mine, 10)
    build(theirs, 10)
    with open_history(theirs) as history:
        save_package(history, FORGE.login, BEACON, walking, 5)
    take(mine, theirs)
    assert ask(mine, "SELECT walk, held, run FROM package") == [(4, 20515, 5)]


# --- owners -----------------------------------------------------------------------------------


def test_an_owner_is_found_by_its_id_and_has_the_later_login(mine: Path, theirs: Path) -> None:
    """Whichever of the two was seen under a login later, the one before leads to it."""
    see(mine, FORGE)
    see(theirs, RENAMED, number=1)
    early = copy(mine, "early.db")
    take(mine, theirs)
    assert owners(mine) == [RENAMED]
    take(theirs, early)
    assert owners(theirs) == [RENAMED]
    with open_history(mine) as history:
        assert load_owner(history, "octo-forge") == RENAMED
        assert load_former(history) == {"octo-forge": "hexa-forge"}


def test_logins_that_an_owner_had_come_along(mine: Path, theirs: Path) -> None:
    """What led to it in the source leads to it in the target."""
    build(mine, 10)
    with open_history(theirs) as history:
        save(history, 1, 11, owner=replace(FORGE, login="octo-factory"))
        save(history, 2, 12, owner=FORGE)
    take(mine, theirs)
    with open_history(mine) as history:
        assert load_owner(history, "Octo-Factory") == FORGE


@pytest.mark.parametrize("numbers", [(FORGE.id, None), (None, FORGE.id), (None, None)])
def test_an_owner_without_an_id_is_found_by_its_login(
    mine: Path, theirs: Path, numbers: tuple[int | None, int | None]
) -> None:
    """In any case; the id that one of them knows stays."""
    for path, number, login in zip((mine, theirs), numbers, ("octo-forge", "Octo-Forge"), strict=True):
        see(path, replace(FORGE, id=number, login=login))
    take(mine, theirs)
    assert owners(mine) == [replace(FORGE, id=numbers[0] or numbers[1], login="octo-forge")]
    assert load_totals(mine) == [10]


def test_accounts_of_one_login_and_two_ids_stay_two(mine: Path, theirs: Path) -> None:
    """The later has the login, in either order; the other keeps its numbers without one."""
    other = replace(FORGE, id=5)
    build(mine, 10)
    build(theirs, 90, owner=other, since=3)
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    assert set(owners(mine)) == set(owners(theirs)) == {other, replace(FORGE, login="")}
    assert dump(mine) == dump(theirs)
    assert load_totals(mine, other) == [90]


def test_an_owner_that_lost_its_login_is_found_by_its_id(mine: Path, theirs: Path) -> None:
    """It has no login to be found by, in neither of the two."""
    successor = replace(FORGE, id=5)
    see(mine, FORGE, successor)
    shared = copy(mine, "shared.db")
    see(theirs, LAB)
    take(theirs, shared)
    take(mine, theirs)
    assert set(owners(mine)) == {successor, replace(FORGE, login=""), LAB}


def test_owners_that_lost_their_logins_stay_apart(mine: Path, theirs: Path) -> None:
    """Nothing is the same about them."""
    see(mine, replace(FORGE, id=1), replace(FORGE, id=2))
    see(theirs, replace(LAB, id=3), replace(LAB, id=4), number=5)
    take(mine, theirs)
    assert {(owner.login, owner.id) for owner in owners(mine)} == {
        *(("Octo-Forge", 2), ("mona-lab", 4), ("", 1), ("", 3))
    }


def test_a_login_that_was_given_up_and_taken_leads_to_the_new_account(mine: Path, theirs: Path) -> None:
    """It does not lead to the one that had it before any more."""
    see(mine, FORGE, RENAMED)
    successor = replace(FORGE, id=5)
    see(theirs, successor, number=3)
    take(mine, theirs)
    with open_history(mine) as history:
        assert load_former(history) == {}
        assert load_owner(history, "octo-forge") == successor
        assert load_owner(history, "hexa-forge") == RENAMED


def test_the_last_run_of_an_owner_is_the_later(mine: Path, theirs: Path) -> None:
    """Who was gone through by either does not come first in the next run."""
    for path, run in ((mine, 3), (theirs, 8)):
        with open_history(path) as history:
            save(history, 0, 10)
            finish_owner(history, FORGE.login, run)
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    for path in (mine, theirs):
        with open_history(path) as history:
            assert load_runs(history) == {"octo-forge": 8}


# --- versions ---------------------------------------------------------------------------------


def test_versions_of_either_are_all_there(mine: Path, theirs: Path) -> None:
    """Lists that were not whole say nothing of the others."""
    for path, number, counts in ((mine, 0, {1: 5, 2: 3}), (theirs, 1, {2: 4, 3: 1})):
        with open_history(path) as history:
            save(history, number, 10, counts, complete=False)
    take(mine, theirs)
    assert {key: version.downloads.total for key, version in load_versions(mine).items()} == {
        1: 5,
        2: 4,
        3: 1,
    }


def test_a_version_that_a_later_whole_list_lacks_is_gone(mine: Path, theirs: Path) -> None:
    """Its numbers stay, marked with the day of that list."""
    with open_history(mine) as history:
        save(history, 0, 10, {1: 5, 2: 3})
    with open_history(theirs) as history:
        save(history, 1, 11, {1: 6})
    take(mine, theirs)
    assert set(load_versions(mine)) == {1}
    assert ask(mine, "SELECT id, gone FROM version ORDER BY id") == [(1, None), (2, 20515)]
    assert ask(mine, "SELECT downloads FROM versions WHERE id = 2") == [(3,)]


def test_a_version_that_only_the_older_knows_is_taken_in_as_gone(mine: Path, theirs: Path) -> None:
    """The later whole list of mine lacks it."""
    with open_history(mine) as history:
        save(history, 1, 11, {1: 6})
    with open_history(theirs) as history:
        save(history, 0, 10, {1: 5, 2: 3})
    take(mine, theirs)
    assert set(load_versions(mine)) == {1}
    assert ask(mine, "SELECT id, gone FROM version ORDER BY id") == [(1, None), (2, 20515)]
    assert ask(mine, "SELECT downloads FROM versions WHERE id = 2") == [(3,)]


def test_a_later_list_that_was_not_whole_removes_nothing(mine: Path, theirs: Path) -> None:
    """Of what it lacks nothing is known."""
    with open_history(mine) as history:
        save(history, 0, 10, {1: 5, 2: 3})
    with open_history(theirs) as history:
        save(history, 1, 11, {1: 6}, complete=False)
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    assert set(load_versions(mine)) == set(load_versions(theirs)) == {1, 2}


def test_a_version_that_was_seen_after_a_whole_list_is_not_gone(mine: Path, theirs: Path) -> None:
    """Though the account with that list goes on later, in parts."""
    with open_history(mine) as history:
        save(history, 0, 10, {1: 5})
        save(history, 3, 12, {1: 7}, complete=False)
    with open_history(theirs) as history:
        save(history, 1, 11, {1: 6, 2: 3}, complete=False)
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    assert set(load_versions(mine)) == set(load_versions(theirs)) == {1, 2}


def test_a_version_that_was_gone_is_taken_in_as_gone(mine: Path, theirs: Path) -> None:
    """Though mine goes on later, in parts."""
    with open_history(mine) as history:
        save(history, 3, 12, {1: 7}, complete=False)
    with open_history(theirs) as history:
        save(history, 0, 10, {1: 5, 2: 3})
        save(history, 1, 11, {1: 6})
    take(mine, theirs)
    assert ask(mine, "SELECT id, gone FROM version ORDER BY id") == [(1, None), (2, 20515)]


def test_a_version_that_came_back_is_listed(mine: Path, theirs: Path) -> None:
    """The later of the two lists has it again."""
    with open_history(mine) as history:
        save(history, 0, 10, {1: 5, 2: 3})
        save(history, 1, 11, {1: 6})
    with open_history(theirs) as history:
        save(history, 2, 12, {1: 7, 2: 4})
    take(mine, theirs)
    assert {key: version.downloads.total for key, version in load_versions(mine).items()} == {1: 7, 2: 4}


def test_tags_and_marks_are_those_of_the_later(mine: Path, theirs: Path) -> None:
    """In either order; the day on which it was not published yet is the latest known."""
    for path, number, tags, absent in ((mine, 0, ("v1", "latest"), 4), (theirs, 1, ("v1",), 2)):
        version = replace(saw(number, 2, None, tags), unpublished_until=day(-absent))
        told = PackageDay(day(number), Downloads(10))
        with open_history(path) as history:
            save_owner(history, FORGE)
            save_package(
                history,
                FORGE.login,
                BEACON,
                PackageUpdate(
                    day(number),
                    (told,),
                    None,
                    None,
                    1,
                    list_finished=True,
                    complete=False,
                    versions=(version,),
                ),
                1,
            )
    early = copy(mine, "early.db")
    take(mine, theirs)
    take(theirs, early)
    expected = [("v1", 20515, 20512)]
    assert ask(mine, "SELECT tags, held, absent FROM version") == expected
    assert ask(theirs, "SELECT tags, held, absent FROM version") == expected


def test_numbers_of_versions_are_combined(mine: Path, theirs: Path) -> None:
    """The higher total of a day, and the days that only one of them has."""
    for path, totals in ((mine, {0: 5, 2: 7}), (theirs, {0: 6, 1: 6, 3: 9})):
        with open_history(path) as history:
            for number, total in totals.items():
                save(history, number, 10, {2: total}, complete=False)
    take(mine, theirs)
    assert ask(mine, "SELECT day, downloads FROM version_day ORDER BY day") == [
        *((20514, 6), (20516, 7), (20517, 9))
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_sizes_are_combined(mine: Path, theirs: Path, *, swapped: bool) -> None:
    """What is known stays, what is not comes from the other; of two look-ups in vain the later counts."""
    with open_history(mine) as history:
        key = save(history, 0, 10, {1: 5, 2: 3, 3: 1, 4: 1})
        save_size(history, key, 1, 700, {"linux/amd64": 700})
        note_size_lookup_failed(history, key, 3, day(0))
        note_size_lookup_failed(history, key, 4, day(1))
    with open_history(theirs) as history:
        key = save(history, 0, 10, {1: 5, 2: 3, 3: 1, 4: 1})
        save_size(history, key, 2, 900, {})
        note_size_lookup_failed(history, key, 3, day(1))
    first, second = (theirs, mine) if swapped else (mine, theirs)
    take(first, second)
    assert ask(first, "SELECT id, size, sizes, asked FROM version ORDER BY id") == [
        (1, 700, '{"linux/amd64":700}', None),
        (2, 900, None, None),
        (3, None, None, 20515),
        (4, None, None, 20515),
    ]


def test_a_size_that_is_known_is_not_replaced(mine: Path, theirs: Path) -> None:
    """Nor are its platforms, for the two belong together."""
    for path, size, platforms in ((mine, 700, {}), (theirs, 900, {"linux/amd64": 900})):
        with open_history(path) as history:
            key = save(history, 0, 10, {1: 5})
            save_size(history, key, 1, size, platforms)
    take(mine, theirs)
    assert ask(mine, "SELECT size, sizes FROM version") == [(700, None)]


# --- sources of other kinds -------------------------------------------------------------------


def test_an_older_schema_is_merged_and_stays(mine: Path, theirs: Path, tmp_path: Path) -> None:
    """What it says is there, and the file itself is byte for byte what it was."""
    make_schema(theirs, 1)
    before = theirs.read_bytes()
    take(mine, theirs)
    assert theirs.read_bytes() == before
    newest = copy(theirs, "newest.db")
    with open_history(newest):
        pass
    assert dump(mine) == dump(newest)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.db", "newest.db", "theirs.db"]


def numbered(path: Path) -> None:
    """Make a database of another program that counts its schemas as we do."""
    make_foreign(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 1")


def text(path: Path) -> None:
    """Make a file that is no database."""
    path.write_text("something else entirely, and long enough to be looked at\n" * 30, encoding="utf-8")


def nothing(path: Path) -> None:
    """Make no file at all."""
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (make_newer, "theirs.db has schema 99 and this backage knows"),
        (make_foreign, "theirs.db is a database of another program"),
        (numbered, "theirs.db is a database of another program"),
        (text, "theirs.db cannot be read as a database: file is not a database"),
        (make_cut, "theirs.db cannot be read as a database: database disk image is malformed"),
        (nothing, "theirs.db cannot be read as a database: unable to open database file"),
    ],
)
def test_what_is_no_history_is_refused(
    mine: Path, theirs: Path, make: Callable[[Path], None], sentence: str
) -> None:
    """It is named, mine stays as it is, and can be used on."""
    build(mine, 10, 12)
    before = dump(mine)
    make(theirs)
    with open_history(mine) as history:
        with pytest.raises(ConfigError, match=re.escape(sentence)):
            merge_history(history, theirs)
        assert dump(mine) == before
        save(history, 3, 13)


def test_an_empty_file_is_refused(mine: Path, theirs: Path) -> None:
    """To SQLite it is a database, but none with a history."""
    theirs.touch()
    with pytest.raises(ConfigError, match=r"theirs\.db is a database of another program"):
        take(mine, theirs)
    assert theirs.read_bytes() == b""
