"""Corners of saving, merging and thinning: what once went wrong, and must not again."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from backage.errors import ConfigError, SourceError
from backage.models.history import Downloads, Owner, PackageDay
from backage.owners import OptOut
from backage.pipeline.index import write_index
from backage.pipeline.snapshot import restore_snapshot, save_snapshot
from backage.publish.archive import pack
from backage.store.combine import combine_days
from backage.store.database import open_history
from backage.store.imports import save_published
from backage.store.merge import merge_history
from backage.store.owners import finish_owner, load_owner, load_owners, save_owner
from backage.store.packages import load_index
from backage.store.runs import start_run
from backage.store.thin import thin_history
from backage.store.versions import load_index_versions
from tests.parse.test_published import read
from tests.store.databases import ask, dump
from tests.store.histories import BUOY, FORGE, build, day, save
from tests.store.test_snapshot import make_overwritten, pack_database

ALPHA, BETA, NEW = Owner("alpha", "orgs", 1), Owner("beta", "orgs", 1), Owner("alpha", "users")


def take(mine: Path, theirs: Path) -> None:
    """Merge one into the other."""
    with open_history(mine) as history:
        merge_history(history, theirs)


def test_zero_fills_what_is_unknown() -> None:
    """A total of zero is known, and takes the place of nothing known."""
    (entry,) = combine_days([PackageDay(day(0))], None, [PackageDay(day(0), Downloads(0))], None)
    assert entry.downloads.total == 0


def test_names_that_differ_in_a_long_type_have_files(tmp_path: Path) -> None:
    """What is taken in can be written as an index."""
    with open_history(tmp_path / "history.db") as history:
        for kind in ("a" * 32, "b" * 32, "container", "rubygems"):
            with suppress(SourceError):
                save_published(history, read(package_type=kind, package="x" * 240))
        assert write_index(history, tmp_path / "index", OptOut()).written > 0


def test_the_last_known_numbers_of_a_version_stay(tmp_path: Path) -> None:
    """That it was gone in the same week takes them away no more than before."""
    path = tmp_path / "history.db"
    with open_history(path) as history:
        save(history, 0, 10, {1: 5, 2: 5})
        save(history, 2, 12, {1: 6})
        thin_history(history, day(800), 365)
    assert ask(path, "SELECT id, downloads FROM versions ORDER BY id") == [(1, 6), (2, 5)]


@pytest.mark.parametrize("both", [False, True])
def test_two_accounts_of_the_source_do_not_become_one(mine: Path, theirs: Path, *, both: bool) -> None:
    """One was renamed, and another took its login; both may have a package that is new here."""
    with open_history(mine) as history:
        save(history, 0, 10, owner=ALPHA)
    shutil.copy(mine, theirs)
    with open_history(theirs) as history:
        save_owner(history, BETA, "alpha")
        if both:
            save(history, 0, 5, owner=BETA, package=BUOY)
            save(history, 1, 3, owner=NEW, package=BUOY)
        else:
            save(history, 1, 3, owner=NEW)
    take(mine, theirs)
    assert dump(mine) == dump(theirs)


def test_two_rows_of_one_account_become_one(mine: Path, theirs: Path) -> None:
    """The source knows it by its id and, from a day without the API, by its new login alone."""
    with open_history(theirs) as history:
        save(history, 0, 5, {1: 5}, owner=Owner("a", "orgs", 5))
        save(history, 1, 6, {1: 6}, owner=Owner("b", "orgs"))
    with open_history(mine) as history:
        save(history, 2, 9, owner=Owner("b", "orgs", 5), package=BUOY)
    for _ in range(2):
        take(mine, theirs)
        assert ask(mine, "PRAGMA integrity_check") == [("ok",)]
        assert ask(mine, "SELECT id FROM owner WHERE id IS NOT NULL") == [(5,)]


def test_owners_without_login_and_id_stay_apart(mine: Path, theirs: Path) -> None:
    """The names under which they were set aside mean nothing elsewhere."""
    for path, login, number, total in ((mine, "gamma", 1, 7), (theirs, "delta", 2, 50)):
        with open_history(path) as history:
            save(history, 0, 10, owner=Owner("alpha", "orgs", number))
            save(history, 1, total, owner=Owner(login, "users"))
            save_owner(history, Owner(login, "orgs", number))
    take(mine, theirs)
    found = ask(mine, "SELECT downloads FROM packages WHERE owner LIKE '~%' ORDER BY 1")
    assert found == [(7,), (50,)]


def test_a_rename_alone_is_taken_over(mine: Path, theirs: Path) -> None:
    """Also from a run that read no package after it."""
    shutil.copy(build(mine, 10), theirs)
    with open_history(theirs) as history:
        save_owner(history, Owner("hexa-forge", "orgs", FORGE.id))
        finish_owner(history, "hexa-forge", start_run(history, day(1)))
    take(mine, theirs)
    assert dump(mine) == dump(theirs)


def test_a_full_disk_is_told_as_one(mine: Path, theirs: Path) -> None:
    """And not as a fault of the source, nor as one of the way back."""
    build(mine, 1)
    build(theirs, *range(2000))
    with open_history(mine) as history:
        history.execute("PRAGMA max_page_count = 1")  # as many as there are
        with pytest.raises(ConfigError, match=r"mine.db cannot be used .*full.*: make room"):
            merge_history(history, theirs)


def test_nothing_is_left_beside_what_is_read(mine: Path, theirs: Path) -> None:
    """Neither by saving, nor by merging."""
    take(mine, build(theirs, 1))
    save_snapshot(mine, mine.parent / "s.zst")
    names = sorted(path.name for path in mine.parent.iterdir())
    assert names == ["mine.db", "s.zst", "s.zst.sha256", "theirs.db"]


@pytest.mark.parametrize("number", [2, 99])
def test_a_packed_history_with_a_log_leaves_nothing(tmp_path: Path, number: int) -> None:
    """Restored, or refused for its schema."""
    plain = build(tmp_path / "plain.db", 1)
    with closing(sqlite3.connect(plain)) as database:
        database.execute(f"PRAGMA user_version = {number}")
    (tmp_path / "a").mkdir()
    pack(plain, tmp_path / "s.zst")
    with suppress(ConfigError):
        restore_snapshot(tmp_path / "s.zst", tmp_path / "a" / "history.db")
    assert {path.name for path in (tmp_path / "a").iterdir()} <= {"history.db"}


def test_a_snapshot_does_not_take_the_place_of_the_history(mine: Path) -> None:
    """It would be the end of it."""
    before = dump(build(mine, 1))
    with pytest.raises(ConfigError, match="is the history itself"):
        save_snapshot(mine, mine)
    assert dump(mine) == before


def test_a_damage_is_told_in_one_line(tmp_path: Path) -> None:
    """Whatever SQLite says of it."""
    pack_database(tmp_path / "s.zst", make_overwritten)
    with pytest.raises(ConfigError) as caught:
        restore_snapshot(tmp_path / "s.zst", tmp_path / "h.db")
    assert str(caught.value).isprintable()


def test_a_stand_in_goes_when_real_versions_come(mine: Path) -> None:
    """Also by two imports, of which the second knows them."""
    stand_in = {"id": -1, "name": "latest", "raw_downloads": 5}
    real = {"id": 7, "name": "1.0.0", "raw_downloads": 5}
    for date, entry in (("2026-08-10", stand_in), ("2026-08-12", real)):
        other = mine.with_name(f"{date}.db")
        with open_history(other) as history:
            save_published(history, read(date=date, version=[{**entry, "date": date}]))
        take(mine, other)
    with open_history(mine) as history:
        (item,) = load_index(history, load_owners(history)[0].login)
        assert [version.id for version in load_index_versions(history, item.key)] == [7]


def test_the_login_of_today_goes_before_one_of_old(mine: Path) -> None:
    """Also where the owner that had it before has no id."""
    with open_history(mine) as history:
        save_owner(history, Owner("alpha", "orgs"))
        save_owner(history, Owner("gamma", "orgs"), "alpha")
        save_owner(history, Owner("alpha", "users", 7))
        history.execute("INSERT OR REPLACE INTO former SELECT 'alpha', key FROM owner WHERE login = 'gamma'")
        assert load_owner(history, "Alpha") == Owner("alpha", "users", 7)
