"""Names that strangers gave to packages: a bad one costs its owner's list nothing."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backage.models.history import Downloads, PackageDay, PackageUpdate
from backage.models.history import Owner as Account
from backage.models.history import Package as Known
from backage.owners import OptOut
from backage.pipeline.index import write_index
from backage.pipeline.site import write_site
from backage.render.site.pages import SiteAddresses
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World
from backage.store.database import open_history
from backage.store.owners import save_owner
from backage.store.packages import save_package
from tests.conftest import START, Instance, differences
from tests.support.hostile import UNFIT_NAMES


def package(name: str, number: int, repo: str | None = None) -> Package:
    """Make a package with one version."""
    return Package("npm", name, repo, (Version(number, "1.0.0", START),))


@pytest.fixture
def owner() -> Owner:
    """Give an owner with two packages."""
    return Owner("mona-lab", 7, "users", [package("beacon", 11), package("buoy", 12)])


@pytest.fixture
def here(tmp_path: Path, owner: Owner) -> Iterator[Instance]:
    """Give an instance of a small GitHub with that owner alone."""
    with StandinServer(World(START, [owner])) as server:
        yield Instance(tmp_path, server)


@pytest.mark.parametrize("name", UNFIT_NAMES, ids=lambda name: ascii(name[:20]))
def test_a_bad_name_costs_its_owners_list_nothing(here: Instance, owner: Owner, name: str) -> None:
    """It is one failure, with the name in it; the others are read, and nothing is asked for under it."""
    owner.packages.insert(1, package(name, 13))
    tally = here.update()
    (failure,) = tally.failures
    assert failure.what.startswith("mona-lab/")
    assert failure.what.isprintable()
    assert len(failure.what) < 100
    assert failure.reason == "its name can be no file's"
    assert (tally.packages, tally.exit_code) == (2, 1)
    assert set(here.packages()) == {
        "mona-lab/.json",
        *(f"mona-lab/{known}/{known}.{end}" for known in ("beacon", "buoy") for end in ("json", "csv")),
        *(f"mona-lab/{known}/.json" for known in ("beacon", "buoy")),
    }
    assert {path.name for path in here.folder.iterdir()} == {"history.db", "index"}


def test_a_bad_name_removes_nothing_that_answers(here: Instance, owner: Owner) -> None:
    """A package that its list lacks goes when its page is missing too, whatever else is in the list."""
    here.update()
    before = set(here.packages())
    owner.packages.append(package("bu\0oy", 13))
    assert [failure.reason for failure in here.update().failures] == ["its name can be no file's"]
    assert set(here.packages()) == before
    del owner.packages[1]
    assert here.update().gone == 1
    assert not [path for path in here.packages() if "buoy" in path]


def test_bad_names_stop_no_run(here: Instance, owner: Owner) -> None:
    """Pages full of them are no change of GitHub's pages, however many."""
    owner.packages += [package(str(number) + "x" * 241, 20 + number) for number in range(200)]
    tally = here.update()
    assert (len(tally.failures), tally.packages, tally.exit_code) == (200, 2, 1)


def test_a_history_from_elsewhere_leads_nowhere(tmp_path: Path) -> None:
    """What no page could have told has no file in the index and none in the site; the others have theirs."""
    day = PackageDay(START, Downloads(5, 5, 5, 5), None, 1, 0)
    update = PackageUpdate(START, (day,), None, None, 1, list_finished=True, complete=True, versions=())
    with open_history(tmp_path / "history.db") as history:
        for number, login in enumerate(("mona-lab", "../mona", "/etc")):
            save_owner(history, Account(login, "users", number + 1))
            for name in ("beacon", *UNFIT_NAMES):
                save_package(history, login, Known("npm", name), update, 1)
            save_package(history, login, Known("npm", "buoy", "../.."), update, 1)
        index, site = tmp_path / "index", tmp_path / "site"
        changes = write_index(history, index, OptOut())
        write_site(history, site, index, OptOut(), SiteAddresses())
    assert len(changes.failures) == len(UNFIT_NAMES) + 1
    assert {path.name for path in tmp_path.iterdir()} == {"history.db", "index", "site"}
    for root in (index, site / "index", site / "package"):
        assert {path.name for path in root.iterdir()} <= {".json", "mona-lab"}
        assert {path.name for path in (root / "mona-lab").iterdir()} <= {".json", "beacon"}


def test_a_name_that_the_disk_refuses(here: Instance, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some disks take names of 143 bytes: that package fails, and the others have their files."""
    owner.packages.append(package("x" * 200, 13))
    replaced = os.replace

    def replace_short(source: Path, target: Path) -> None:
        if len(target.name) > 143:
            raise OSError(errno.ENAMETOOLONG, "File name too long", str(target))
        replaced(source, target)

    monkeypatch.setattr(os, "replace", replace_short)
    tally = here.update()
    (failure,) = tally.failures
    assert failure.reason == "it can have no file: File name too long"
    assert {path.split("/")[-1] for path in here.packages()} >= {"beacon.json", "buoy.csv"}


def test_names_that_differ_in_case_share_no_file(here: Instance, owner: Owner) -> None:
    """Of two of a type the one that was known first goes on, and the other is a failure with its name."""
    here.update()
    before = here.packages()["mona-lab/beacon/beacon.csv"]
    owner.packages.insert(0, package("BEACON", 13, "Beacon"))
    tally = here.update()
    (failure,) = tally.failures
    assert failure.what == "mona-lab/Beacon/BEACON"
    assert failure.reason == "a package of this name in another case is there already"
    files = here.packages()
    assert files["mona-lab/beacon/beacon.csv"] == before
    assert len({path.casefold() for path in files}) == len(files)
    assert not [path for path in files if "BEACON" in path]


def test_a_package_in_two_rows_counts_once(instance: Instance) -> None:
    """The heading of a list counts its rows."""
    instance.server.world.list_twice = True
    tally = instance.update()
    assert (tally.failures, tally.notes, differences(instance)) == ([], [], [])


def test_rows_that_disagree_about_the_repository_are_noted(tmp_path: Path) -> None:
    """The first row counts."""
    row = (
        '<li><a href="/users/mona-lab/packages/npm/package/kit">kit</a> in <a href="/mona-lab/{}">x</a></li>'
    )
    rows = "".join(row.format(repo) for repo in ("kit", "other"))
    body = f'<div id="user-packages-list"><h3>2 packages</h3><ul>{rows}</ul></div></html>'
    package = Package("npm", "kit", "kit", (Version(1, "1.0.0", START),))
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", [package])])) as server:
        server.replies["/mona-lab?tab=packages*"] = [Reply(200, {}, body.encode())]
        instance = Instance(tmp_path, server)
        tally = instance.update()
        assert tally.failures == []
        assert tally.notes == ["mona-lab/kit/kit: another row of the list names other as its repository"]
        assert differences(instance) == []
