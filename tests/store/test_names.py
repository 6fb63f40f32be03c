"""Versions that their name identifies: those of Maven packages, whose ids may be unknown."""

from collections.abc import Mapping
from pathlib import Path

from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    VersionUpdate,
)
from backage.store.database import open_history
from backage.store.merge import merge_history
from backage.store.owners import save_owner
from backage.store.packages import load_index, save_package
from backage.store.queries import load_package_runs, read_rows
from backage.store.runs import start_run
from backage.store.schema import FIRST_PLACEHOLDER
from backage.store.versions import (
    assign_ids,
    load_index_versions,
    load_versions,
    match_maven_ids,
    save_version_ids,
)
from tests.store.databases import ask
from tests.store.histories import day

ACME = Owner("acme", "orgs", 7)
LAMP = Package("maven", "org.example.lamp", "java-lamp", 48213)
NEXT = FIRST_PLACEHOLDER + 1


def write(path: Path, number: int, versions: Mapping[str, tuple[int, int]], package: Package = LAMP) -> None:
    """Write a whole list of versions, oldest first: the id and the total of each by its name."""
    updates = tuple(
        VersionUpdate(key, name, (), None, None, Observation(day(number), Downloads(total)))
        for name, (key, total) in versions.items()
    )
    total = sum(total for _, total in versions.values())
    today = PackageDay(day(number), Downloads(total), versions=len(versions), tagged=0)
    with open_history(path) as history:
        save_owner(history, ACME)
        run = start_run(history, day(number))
        update = PackageUpdate(day(number), (today,), None, None, 1, True, True, updates)  # noqa: FBT003
        save_package(history, ACME.login, package, update, run)


def read(path: Path) -> list[tuple[int | None, str, int | None]]:
    """Read the versions as the index shows them: id, name and total."""
    with open_history(path) as history:
        (item,) = load_index(history, ACME.login)
        found = load_index_versions(history, item.key)
    return [(version.id, version.name, version.downloads.total) for version in found]


def test_a_new_version_gets_a_placeholder_above_all_ids() -> None:
    """So the order of the ids stays that of publication; one that is known keeps its own."""
    assert assign_ids(["1.0", "1.1"], {}) == {"1.0": NEXT, "1.1": NEXT + 1}
    assert assign_ids(["1.0", "1.1"], {"1.0": 5}) == {"1.0": 5, "1.1": NEXT}
    assert assign_ids(["1.0", "1.1", "1.2"], {"1.1": NEXT}) == {"1.0": NEXT + 1, "1.1": NEXT, "1.2": NEXT + 2}
    assert assign_ids([], {"1.0": 5}) == {}


def test_a_placeholder_is_unknown_in_the_index_and_in_the_views(tmp_path: Path) -> None:
    """The newest still comes first."""
    path = tmp_path / "history.db"
    write(path, 0, {"1.0": (NEXT, 5), "1.1": (NEXT + 1, 3)})
    assert read(path) == [(None, "1.1", 3), (None, "1.0", 5)]
    with open_history(path) as history:
        rows = list(read_rows(history, "versions", (), None, None).rows)
    assert [(row[5], row[6]) for row in rows] == [(-1, "1.0"), (-1, "1.1")]


def test_an_id_that_is_learnt_is_the_same_version_s(tmp_path: Path) -> None:
    """Its observations stay; an id that another version has is no id."""
    path = tmp_path / "history.db"
    write(path, 0, {"1.0": (NEXT, 5), "1.1": (NEXT + 1, 3)})
    with open_history(path) as history:
        (item,) = load_index(history, ACME.login)
        save_version_ids(history, item.key, {"1.0": 11, "1.1": 12, "9.9": 13})
        save_version_ids(history, item.key, {"1.1": 11})
        known = load_versions(history, item.key, day(0))
    assert read(path) == [(12, "1.1", 3), (11, "1.0", 5)]
    assert [seen.downloads.total for seen in known[11].observations] == [5]


def test_the_number_is_kept_and_follows_the_list(tmp_path: Path) -> None:
    """It says where the package is, and not which it is."""
    path = tmp_path / "history.db"
    write(path, 0, {"1.0": (NEXT, 5)})
    write(path, 1, {"1.0": (NEXT, 6)}, Package("maven", LAMP.name, LAMP.repo, 7))
    with open_history(path) as history:
        (package,) = load_package_runs(history, ACME.login)
        (item,) = load_index(history, ACME.login)
    assert package.number == item.package.number == 7


def test_histories_are_merged_by_the_names_of_versions(tmp_path: Path) -> None:
    """Whichever of the two knows an id; twice changes nothing."""
    mine, theirs = tmp_path / "mine.db", tmp_path / "theirs.db"
    write(mine, 0, {"1.0": (NEXT, 5), "1.1": (NEXT + 1, 3)})
    write(theirs, 1, {"1.0": (11, 8), "1.1": (12, 4), "1.2": (13, 1)})
    for _ in range(2):
        with open_history(mine) as history:
            merge_history(history, theirs)
        assert read(mine) == [(13, "1.2", 1), (12, "1.1", 4), (11, "1.0", 8)]
    days = ask(mine, "SELECT count(*) FROM version_day JOIN version ON key = version WHERE name = '1.0'")
    assert days == [(2,)]
    with open_history(theirs) as history:
        merge_history(history, mine)
    assert read(theirs) == read(mine)


def test_placeholders_of_two_histories_do_not_meet(tmp_path: Path) -> None:
    """The same placeholder is of two versions there, and each keeps its own numbers."""
    mine, theirs = tmp_path / "mine.db", tmp_path / "theirs.db"
    write(mine, 0, {"1.0": (NEXT, 5), "1.1": (NEXT + 1, 3)})
    write(theirs, 1, {"1.1": (NEXT, 4), "1.2": (NEXT + 1, 1)})
    with open_history(mine) as history:
        merge_history(history, theirs)
    assert read(mine) == [(None, "1.2", 1), (None, "1.1", 4)]  # 1.0 is not on the later list


def test_an_id_that_two_names_share_is_no_id(tmp_path: Path) -> None:
    """A published index may say anything: the numbers of two versions never become one's."""
    path = tmp_path / "history.db"
    write(path, 0, {"1.0": (NEXT, 5)})
    with open_history(path) as history:
        (item,) = load_index(history, ACME.login)
        ids = match_maven_ids(history, item.key, [("1.0", 7), ("1.1", 7), ("1.2", 8), ("1.3", None)])
    assert ids == {"1.0": NEXT, "1.1": NEXT + 1, "1.2": 8, "1.3": NEXT + 2}
