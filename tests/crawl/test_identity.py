"""Who is who: owners that are renamed, logins that change hands, packages that move, and who opted out."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from backage.crawl.tally import Tally
from backage.owners import Entry, OptOut, parse_optout
from backage.pipeline.imports import import_history
from backage.standin.model import Owner, Package, Version
from backage.standin.transport import Reply
from backage.store.database import open_history
from backage.store.merge import merge_history
from tests.conftest import START, Instance, differences
from tests.store.databases import ask, dump

FORGE, LAB = 0, 1
"""The places of two owners in the small GitHub: an organization and a user."""

NEW_LOGIN = {"Octo-Forge": "Octo-Works", "mona-lab": "mona-sea"}


def alone(instance: Instance, place: int = FORGE) -> Owner:
    """Leave one owner in the small GitHub, read it on two days, and give it."""
    world = instance.server.world
    world.owners = [world.owners[place]]
    instance.update()
    world.advance()
    instance.update()
    return world.owners[0]


def rename(instance: Instance, owner: Owner) -> str:
    """Let an owner take another login, and a day pass; give the old login."""
    old = owner.login
    owner.rename(NEW_LOGIN[old])
    instance.server.world.advance()
    return old


def update(instance: Instance, *names: str | Entry, **options: Any) -> Tally:
    """Run the main job for entries of the list."""
    instance.server.reset()
    entries = [Entry(name) if isinstance(name, str) else name for name in names]
    return instance.update(entries=entries, **options)


def owners_of(instance: Instance) -> list[tuple[Any, ...]]:
    """Read key, id and login of all owners."""
    return ask(instance.history, "SELECT key, id, login FROM owner ORDER BY key")


def folders(instance: Instance) -> list[str]:
    """Name the owners' folders of the index."""
    return sorted(path.name for path in instance.index.iterdir() if path.is_dir())


def check_tables(instance: Instance) -> None:
    """Compare every line of every table with what the small GitHub counted."""
    world = instance.server.world
    for owner in world.owners:
        for package in owner.packages:
            repo = package.slug if package.repo is None else package.repo
            lines = instance.table(f"{owner.login}/{repo}/{package.slug}")
            days = [date.fromisoformat(line[0]) for line in lines]
            first = START - timedelta(days=29)
            assert days == [first + timedelta(days=n) for n in range((world.today - first).days + 1)]
            for day, line in zip(days, lines, strict=True):
                assert (line[1], line[4]) == (str(package.total(day)), str(package.downloads_on(day)))


# --- a login that changes ---------------------------------------------------------------------


@pytest.mark.parametrize("place", [FORGE, LAB], ids=["organization", "user"])
@pytest.mark.parametrize("token", ["token", None], ids=["with a token", "without"])
def test_a_renamed_owner_keeps_its_history(instance: Instance, place: int, token: str | None) -> None:
    """The list has the old login still: the site leads on, and the API says that it is the same account."""
    owner = alone(instance, place)
    before = owners_of(instance)
    old = rename(instance, owner)
    tally = update(instance, old, token=token)
    assert (tally.failures, tally.notes, tally.exit_code) == ([], [], 0)
    assert differences(instance) == []
    check_tables(instance)
    assert owners_of(instance) == [(*before[0][:2], owner.login)]
    assert folders(instance) == [owner.login]


def test_what_a_rename_costs_is_paid_once(instance: Instance) -> None:
    """One call of the API; then a redirect, which says that the old login is still the same owner's."""
    owner = alone(instance)
    old = rename(instance, owner)
    update(instance, old)
    assert instance.count_requests("/api/") == 1
    for name in (old, owner.login, old.upper(), Entry(old, owner.id), Entry(owner.login, owner.id)):
        tally = update(instance, name)
        redirected = isinstance(name, str) and name.lower() == old.lower()
        assert tally.requests == 1 + 6 + redirected
        assert instance.count_requests("/api/") == 0
        assert (tally.failures, tally.notes) == ([], [])
    instance.server.world.advance()
    assert update(instance, old).failures == []
    assert differences(instance) == []
    check_tables(instance)


@pytest.mark.parametrize("order", [1, -1], ids=["old first", "new first"])
def test_an_owner_that_is_listed_under_both_logins_is_read_once(instance: Instance, order: int) -> None:
    """It is said, so that somebody tidies the list; now and in the next runs."""
    owner = alone(instance)
    names = [rename(instance, owner), owner.login][::order]
    for _ in range(2):
        tally = update(instance, *names)
        assert (tally.packages, tally.failures) == (6, [])
        assert len(tally.notes) == 1
        assert tally.notes[0].endswith("is called Octo-Works now, which is listed too")
        assert instance.count_requests("/pkgs/container/beacon/versions?page=1") == 1
        assert len(owners_of(instance)) == 1
        assert differences(instance) == []
        check_tables(instance)
        instance.server.world.advance()


@pytest.mark.parametrize("known", [True, False])
def test_a_line_with_an_id_means_that_account(instance: Instance, known: bool) -> None:  # noqa: FBT001
    """`id/oldname` leads to the renamed owner, and another id to nobody."""
    owner = alone(instance)
    old = rename(instance, owner)
    if not known:
        instance.history.unlink()
        shutil.rmtree(instance.index)
    before = instance.files()
    tally = update(instance, Entry(old, 99))
    assert [(failure.what, failure.reason) for failure in tally.failures] == [
        (old, f"the list says id 99 and GitHub says {owner.id}: another account")
    ]
    assert {path: data for path, data in instance.files().items() if path != ".json"} == {
        path: data for path, data in before.items() if path != ".json"
    }
    assert update(instance, Entry(old, owner.id)).failures == []
    assert differences(instance) == []
    assert folders(instance) == [owner.login]


def test_a_rename_that_the_api_does_not_confirm_waits(instance: Instance) -> None:
    """The account is known by its id: without a word of the API nothing is stored under a new login."""
    owner = alone(instance)
    files = instance.packages()
    old = rename(instance, owner)
    instance.server.replies["/api/*"] = [Reply(403)] * 9
    tally = update(instance, old)
    assert [failure.reason for failure in tally.failures] == ["not allowed (status 403)"]
    assert instance.packages() == files
    instance.server.replies.clear()
    instance.server.world.advance()
    assert update(instance, old).failures == []
    assert differences(instance) == []
    check_tables(instance)
    assert folders(instance) == [owner.login]


def test_an_owner_without_an_id_is_followed_by_the_site_alone(instance: Instance) -> None:
    """Where the API never answered there is nothing to compare, and the history stays one."""
    instance.server.replies["/api/*"] = [Reply(403)] * 99
    owner = alone(instance)
    key = owners_of(instance)[0][0]
    old = rename(instance, owner)
    for _ in range(2):
        assert update(instance, old).failures == []
        check_tables(instance)
        assert owners_of(instance) == [(key, None, owner.login)]
        assert folders(instance) == [owner.login]
        instance.server.world.advance()


def test_an_owner_that_was_renamed_before_it_was_ever_read(instance: Instance) -> None:
    """Its old login in the list is enough."""
    owner = instance.server.world.owners[FORGE]
    instance.server.world.owners = [owner]
    old = rename(instance, owner)
    for _ in range(2):
        assert update(instance, old).failures == []
        assert differences(instance) == []
        assert [row[1:] for row in owners_of(instance)] == [(owner.id, owner.login)]
        instance.server.world.advance()


def test_an_owner_that_is_renamed_again_and_back(instance: Instance) -> None:
    """Every login that it had leads to it, and it has one folder."""
    owner = alone(instance)
    before = owners_of(instance)
    for login in ("Octo-Works", "octo-3", "Octo-Forge", "Octo-Works"):
        owner.rename(login)
        owner.former = tuple(name for name in owner.former if name != login)
        instance.server.world.advance()
        assert update(instance, "octo-forge").failures == []
        assert differences(instance) == []
        assert owners_of(instance) == [(*before[0][:2], login)]
        assert folders(instance) == [login]
    check_tables(instance)
    for name, redirects in (("Octo-Forge", 1), ("OCTO-3", 1), ("octo-works", 0)):
        assert update(instance, name).requests == 1 + 6 + redirects


def test_a_login_that_changes_its_case_is_the_same(instance: Instance) -> None:
    """The folder is renamed, no file stays under the old spelling, and no call of the API is needed."""
    owner = alone(instance)
    before = owners_of(instance)
    owner.login = "octo-FORGE"
    instance.server.world.advance()
    for name in ("Octo-Forge", "octo-forge"):
        tally = update(instance, name)
        assert (tally.failures, tally.notes, instance.count_requests("/api/")) == ([], [], 0)
        assert differences(instance) == []
        check_tables(instance)
        assert owners_of(instance) == [(*before[0][:2], "octo-FORGE")]
        assert folders(instance) == ["octo-FORGE"]
    assert ask(instance.history, "SELECT * FROM former") == []


def test_a_folder_is_known_by_the_id_in_its_files(instance: Instance) -> None:
    """Also where the history that knew the old login is lost: its lines go along, and it goes."""
    owner = alone(instance)
    rename(instance, owner)
    instance.history.unlink()
    assert update(instance, owner.login).failures == []
    assert folders(instance) == [owner.login]
    assert differences(instance) == []
    check_tables(instance)


def test_a_renamed_owner_keeps_its_place_among_the_others(instance: Instance) -> None:
    """Under its old login it is as fresh as it is, and not read before all others."""
    instance.update()
    owner = instance.server.world.owners[FORGE]
    old = rename(instance, owner)
    update(instance, old)
    instance.server.world.advance()
    tally = update(instance, old, "mona-lab", "paper-lantern", jobs=1, requests=3)
    assert tally.unreached[-1] == old
    assert instance.count_requests("/orgs/Octo-Works") == 0


def test_histories_from_before_and_after_a_rename_become_one(instance: Instance, tmp_path: Path) -> None:
    """In whichever order they are merged."""
    owner = alone(instance)
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    shutil.copyfile(instance.history, before)
    update(instance, rename(instance, owner))
    shutil.copyfile(instance.history, after)
    for number, sources in enumerate(([before, after], [after, before])):
        merged = tmp_path / f"{number}.db"
        with open_history(merged) as history:
            for source in sources:
                merge_history(history, source)
        assert dump(merged) == dump(after)


# --- a login that changes hands ---------------------------------------------------------------


def stranger(instance: Instance, login: str) -> Owner:
    """Let another account have a login, with a package of a name that is known, and smaller numbers."""
    made = START - timedelta(days=99)
    images = tuple(Version(n, f"sha256:{n:064x}", made, (f"v{n}",), pace=n) for n in (1, 2, 3))
    owner = Owner(login, 55, "orgs", [Package("container", "beacon", "beacon", images)])
    instance.server.world.owners.append(owner)
    return owner


@pytest.mark.parametrize("how", ["redirect", "answer"])
def test_a_list_of_another_account_is_refused(instance: Instance, how: str) -> None:
    """The site leads to a login of another id: a failure that names it, and no number changes."""
    instance.update()
    owner = instance.server.world.owners[FORGE]
    old = rename(instance, owner)
    if how == "redirect":
        owner.id = 777
    else:
        body = json.dumps({"login": owner.login, "id": 777, "type": "Organization"}).encode()
        instance.server.replies["/api/v3/users/Octo-Works"] = [Reply(200, {}, body)]
    before, rows = instance.files(), owners_of(instance)
    tally = update(instance, old, "mona-lab")
    assert [(failure.what, failure.reason) for failure in tally.failures] == [
        (old, "its list is now that of Octo-Works, another account")
    ]
    assert (tally.owners, tally.exit_code) == (1, 1)
    after = instance.files()
    mine = [path for path in before if path.startswith(old)]
    assert [path for path in mine if after[path] != before[path]] == []
    assert [path for path in after if path.startswith("Octo-Works")] == []
    assert owners_of(instance) == rows


def test_a_former_login_of_one_is_the_login_of_another(instance: Instance) -> None:
    """Two owners, two folders, and no line of the one in a table of the other."""
    owner = instance.server.world.owners[FORGE]
    instance.server.world.owners = [owner]
    old = rename(instance, owner)
    stranger(instance, old)
    for _ in range(2):
        assert update(instance, old, owner.login).failures == []
        assert differences(instance) == []
        assert {row[1:] for row in owners_of(instance)} == {(owner.id, owner.login), (55, old)}
        assert folders(instance) == [old, owner.login]
        for one in instance.server.world.owners:
            package = one.packages[0]
            for line in instance.table(f"{one.login}/beacon/beacon"):
                assert line[1] == str(package.total(date.fromisoformat(line[0])))
        instance.server.world.advance()


def test_an_owner_is_found_again_by_its_id_where_its_login_has_changed_hands(instance: Instance) -> None:
    """The list has the new login alone: the history of the account goes on there, the old folder goes."""
    owner = alone(instance)
    before = owners_of(instance)
    old = rename(instance, owner)
    taken = stranger(instance, old)
    assert update(instance, owner.login).failures == []
    assert owners_of(instance) == [(*before[0][:2], owner.login)]
    assert folders(instance) == [owner.login]
    instance.server.world.owners.remove(taken)
    assert differences(instance) == []
    check_tables(instance)


# --- packages that move -----------------------------------------------------------------------


@pytest.mark.parametrize("repo", ["lighthouse", "Beacon", None], ids=["another", "case", "none"])
def test_packages_that_move_keep_their_days(instance: Instance, repo: str | None) -> None:
    """To another repository, to none, or to another spelling; nothing stays where they were."""
    owner = alone(instance)
    moved = [package for package in owner.packages if package.repo == "beacon"]
    for package in moved:
        package.repo = repo
    instance.server.world.advance()
    for _ in range(2):
        assert update(instance, owner.login).failures == []
        assert differences(instance) == []
        check_tables(instance)
        left = sorted(path for path in instance.files() if path.startswith("Octo-Forge/beacon/"))
        own = [] if repo else [".json", "beacon.csv", "beacon.json"]  # without one its name is in its place
        assert left == [f"Octo-Forge/beacon/{name}" for name in own]
        instance.server.world.advance()


def test_an_owner_and_its_packages_can_move_at_once(instance: Instance) -> None:
    """Another login, another repository, on one day."""
    owner = alone(instance)
    owner.packages[0].repo, owner.packages[3].repo = "lighthouse", "beacon"
    old = rename(instance, owner)
    assert update(instance, old).failures == []
    assert differences(instance) == []
    check_tables(instance)
    assert folders(instance) == [owner.login]
    assert not (instance.index / owner.login / "beacon/beacon.json").exists()
    assert not (instance.index / owner.login / "scratchpad").exists()


# --- who opted out ----------------------------------------------------------------------------


@pytest.mark.parametrize("old_index", [True, False], ids=["by import", "by itself"])
def test_an_owner_that_opted_out_does_not_come_back(
    instance: Instance, tmp_path: Path, *, old_index: bool
) -> None:
    """Neither from an old index nor under a new login, as long as its old one stands in both lists."""
    owner = alone(instance, LAB)
    shutil.copytree(instance.index, tmp_path / "old")
    instance.optout, _ = parse_optout("Mona-Lab\n")
    update(instance, owner.login)
    assert list(instance.files()) == [".json"]
    old = rename(instance, owner)
    if old_index:
        with open_history(instance.history) as history:
            import_history(
                history,
                tmp_path / "old",
                optout=instance.optout,
                today=instance.server.world.today,
                revision="HEAD",
                on_step=lambda _done, _total: None,
            )
    for _ in range(2):
        tally = update(instance, old)
        assert (tally.requests, tally.packages) == (0, 0)
        assert list(instance.files()) == [".json"]
        assert [rows for table, rows in dump(instance.history).items() if rows and table != "run"] == []
        instance.server.world.advance()


def test_an_owner_that_opts_out_under_its_old_login_is_forgotten(instance: Instance) -> None:
    """The history knows whose login that was; the list may name either."""
    owner = alone(instance, LAB)
    old = rename(instance, owner)
    update(instance, old)
    instance.optout, _ = parse_optout(f"{old}\n")
    tally = update(instance, old, owner.login)
    assert (tally.requests, tally.packages) == (0, 0)
    assert list(instance.files()) == [".json"]
    assert ask(instance.history, "SELECT count(*) FROM package") == [(0,)]
    for _ in range(2):  # its logins stay known, or it would be read again under the new one
        assert update(instance, owner.login).requests == 0
        assert list(instance.files()) == [".json"]


def test_packages_that_opted_out_stay_out_after_a_rename(instance: Instance) -> None:
    """A repository and a package, under the login that their owner had."""
    owner = alone(instance, LAB)
    instance.optout, _ = parse_optout("mona-lab/Tide-Tables\nmona-lab/moon-phase/moon-phase\n")
    update(instance, owner.login)
    old = rename(instance, owner)
    for _ in range(2):
        update(instance, old)
        tables = {path.rpartition("/")[2] for path in instance.files() if path.endswith(".csv")}
        assert tables == {"first-light.csv", "tide_tables.csv"}
        instance.server.world.advance()
    names = ask(instance.history, "SELECT name FROM package ORDER BY name")
    assert names == [("first-light",), ("tide_tables",)]
    assert instance.count_requests("moon-phase") + instance.count_requests("/tide-tables/") == 0
    assert [row[2] for row in owners_of(instance)] == ["mona-sea"]


@pytest.mark.parametrize("entry", ["octo-forge", "octo-forge/BEACON", "octo-forge/beacon/charts/beacon"])
def test_what_opted_out_may_come_back_when_it_wants_to(instance: Instance, entry: str) -> None:
    """Its line is removed: the days that its page shows are there again, and nothing else changed."""
    alone(instance)
    instance.optout, _ = parse_optout(f"{entry}\n")
    instance.update()
    assert not (instance.index / "Octo-Forge/beacon/charts%2Fbeacon.json").exists()
    assert ask(instance.history, "SELECT * FROM package WHERE name = 'charts%2Fbeacon'") == []
    instance.optout = OptOut()
    instance.update()
    assert differences(instance) == []
