"""The main job against a small GitHub: pages in, history and index out."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from backage.owners import parse_optout
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World
from tests.conftest import START, Instance, differences

BEACON = "Octo-Forge/beacon/beacon"
PACKAGE_PAGE = "/Octo-Forge/beacon/pkgs/container/beacon"


def test_the_index_is_right(instance: Instance) -> None:
    """Every number of every package and version equals what GitHub counted, or is absent."""
    tally = instance.update()
    assert tally.failures == []
    assert differences(instance) == []
    assert (tally.owners, tally.packages, tally.new) == (3, 12, 12)


def test_it_stays_right_day_after_day(instance: Instance) -> None:
    """Versions come and go, tags move, totals grow: the index follows, and the CSV has a line a day."""
    instance.update()
    for _ in range(5):
        instance.server.world.advance()
        instance.update()
        assert differences(instance) == []
    days = [line[0] for line in instance.table(BEACON)]
    assert days == [(START + timedelta(days=n)).isoformat() for n in range(-29, 6)]


def test_days_without_a_run_are_filled(instance: Instance) -> None:
    """After four days of silence the package page tells what they counted."""
    instance.update()
    before = {line[0]: line for line in instance.table(BEACON)}
    instance.server.world.advance(5)
    instance.update()
    assert differences(instance) == []
    package = instance.server.world.owners[0].packages[0]
    lines = {line[0]: line for line in instance.table(BEACON)}
    assert list(lines) == [(START + timedelta(days=n)).isoformat() for n in range(-29, 6)]
    for number in range(-29, 6):
        day = START + timedelta(days=number)
        assert lines[day.isoformat()][4] == str(package.downloads_on(day))
        assert lines[day.isoformat()][1] == str(package.total(day))
    assert lines["2026-08-22"][6:] == ["", ""]
    assert all(lines[day] == before[day] for day in list(before)[:-1])


def test_the_head_is_the_last_line_of_the_csv(instance: Instance) -> None:
    """JSON and CSV say the same of today."""
    instance.update()
    head, last = instance.shown(BEACON), instance.table(BEACON)[-1]
    keys = ("downloads", "downloads_month", "downloads_week", "downloads_day")
    assert last[:5] == ["2026-08-20", *(str(head[f"raw_{key}"]) for key in keys)]
    assert last[6:] == [str(head["raw_versions"]), str(head["raw_tagged"])]


def test_a_second_run_of_a_day_reads_little_and_changes_nothing(instance: Instance) -> None:
    """Versions are listed once a day; where nothing moved, no file is touched."""
    instance.update()
    files = instance.files()
    instance.server.reset()
    tally = instance.update()
    assert (instance.count_requests("/versions"), instance.count_requests("/api/")) == (0, 0)
    assert tally.requests == 3 + 12
    assert tally.index is not None
    assert (tally.index.written, tally.index.removed) == (0, 0)
    assert instance.files() == files


def test_a_version_that_is_not_known_is_listed_at_once(instance: Instance) -> None:
    """The package page names a version that the day's first run did not see: its list is read again."""
    instance.update()
    package = instance.server.world.owners[0].packages[0]
    new = Version(package.newest.id + 1, "sha256:" + "ab" * 32, START, ("9.9.9",), pace=0)
    package.versions = (new, *package.versions)
    instance.server.reset()
    instance.update()
    assert instance.count_requests("/versions") == 3
    assert instance.shown(BEACON)["newest_tag"] == "9.9.9"


def test_requests_stay_within_the_bound(instance: Instance) -> None:
    """A run costs an owner's account, its list, and for each package its page and its list of versions."""
    tally = instance.update()
    pages = sum(-(-len(package["version"]) // 50) for package in instance.server.world.truth())
    assert tally.requests == 3 + 3 + 12 + pages
    instance.server.world.advance()
    pages = sum(-(-len(package["version"]) // 50) for package in instance.server.world.truth())
    assert instance.update().requests == 3 + 12 + pages


def test_a_budget_stops_with_all_work_saved(instance: Instance) -> None:
    """What the budget did not reach comes first in the next runs, until all is there."""
    tally = instance.update(requests=9)
    assert tally.requests == 9
    assert tally.stopped == "the budget of 9 requests is spent"
    assert tally.exit_code == 0
    assert tally.unreached
    assert 0 < len(list(instance.index.rglob("*.csv"))) < 12
    for _ in range(7):
        assert instance.update(requests=9).requests <= 9
    assert differences(instance) == []


def test_a_list_larger_than_the_budget_is_read_in_parts(tmp_path: Path) -> None:
    """Each run goes on where the last one stopped, so that the end of a long list is reached too."""
    versions = tuple(
        Version(1_000 + n, f"sha256:{n:064x}", START - timedelta(days=400), (f"1.{n}.0",), pace=n % 9)
        for n in range(330)
    )
    owner = Owner("mona-lab", 7, "users", [Package("container", "big", "big", versions)])
    with StandinServer(World(START, [owner])) as server:
        instance = Instance(tmp_path, server)
        instance.update(requests=6, jobs=1)
        assert len(instance.shown("mona-lab/big/big")["version"]) == 150
        assert instance.shown("mona-lab/big/big")["raw_versions"] == 330
        server.world.advance()
        instance.update(requests=4, jobs=1)
        instance.update(requests=6, jobs=1)
        assert [v["id"] for v in instance.shown("mona-lab/big/big")["version"]] == [
            v.id for v in reversed(versions)
        ]


def test_without_a_token_all_but_ids_is_right_at_once(tmp_path: Path) -> None:
    """The API refuses: the lists tell an owner's kind, and the id comes with a later run."""
    with StandinServer(World(START), api_limit=1) as server:
        instance = Instance(tmp_path, server)
        tally = instance.update(token=None, jobs=1)
        assert tally.failures == []
        ids = {
            path: instance.shown(f"{path}/")["owner_id"]
            for path in ("Octo-Forge", "mona-lab", "paper-lantern")
        }
        assert ids == {"Octo-Forge": 134_217_801, "mona-lab": -1, "paper-lantern": -1}
        assert instance.count_requests("/api/") == 1
        instance.clock.sleep(4000)
        server.api_limit = 60
        instance.update(token=None)
        assert differences(instance) == []


def test_a_token_that_is_refused_is_said_once(instance: Instance) -> None:
    """The run goes on without the API, and the summary says why ids are missing."""
    instance.server.replies["/api/v3/*"] = [Reply(401, {}, b'{"message":"Bad credentials"}')] * 9
    tally = instance.update()
    assert tally.failures == []
    assert tally.notes == ["the API refuses the token (GITHUB_TOKEN): ids stay unknown"]
    assert instance.shown(BEACON)["owner_id"] == -1


def test_one_failure_stops_nothing_else(instance: Instance) -> None:
    """A package whose page fails is reported with its address, and keeps its last good state and date."""
    instance.update()
    before = instance.shown(BEACON)
    instance.server.world.advance()
    instance.server.replies[PACKAGE_PAGE] = [Reply(502)] * 20
    tally = instance.update()
    assert [(f.what, f.reason) for f in tally.failures] == [(BEACON, "the server failed (status 502)")]
    assert tally.failures[0].url == f"{instance.server.url}{PACKAGE_PAGE}"
    assert tally.exit_code == 1
    after = instance.shown(BEACON)
    assert {**after, "raw_owner_rank": 0, "owner_rank": ""} == {
        **before,
        "raw_owner_rank": 0,
        "owner_rank": "",
    }
    assert instance.shown("Octo-Forge/beacon/charts%2Fbeacon")["date"] == "2026-08-21"


def test_a_changed_page_never_becomes_a_number(instance: Instance) -> None:
    """A page without its total is an error that names the page and the thing."""
    instance.update()
    before = instance.shown(BEACON)["raw_downloads"]
    instance.server.replies[PACKAGE_PAGE] = [Reply(200, {}, b"<h1>beacon</h1></html>")]
    tally = instance.update()
    assert [f.reason for f in tally.failures] == ['the package page has no "Total downloads"']
    assert instance.shown(BEACON)["raw_downloads"] == before


def test_an_abbreviated_total_replaces_nothing(instance: Instance) -> None:
    """51.1K is refused, whatever is known."""
    page = b"<h1>beacon</h1><div><span>Total downloads</span><h3>51.1K</h3></div></html>"
    instance.server.replies[PACKAGE_PAGE] = [Reply(200, {}, page)]
    tally = instance.update()
    assert [f.reason for f in tally.failures] == ["the package page has no exact total of downloads"]
    assert not (instance.index / f"{BEACON}.json").exists()


def test_a_failed_page_of_the_list_of_versions_removes_nothing(instance: Instance) -> None:
    """The versions of the other pages are refreshed, those of the failed one stay as they were."""
    instance.update()
    instance.server.world.advance()
    instance.server.replies[f"{PACKAGE_PAGE}/versions?page=2"] = [Reply(500)] * 20
    tally = instance.update()
    assert [f.reason for f in tally.failures] == ["the server failed (status 500)"]
    versions = instance.shown(BEACON)["version"]
    assert {version["id"] for version in versions} >= {
        v.id for v in instance.server.world.owners[0].packages[0].versions
    }
    instance.server.replies.clear()
    instance.update()
    assert differences(instance) == []


def test_a_package_that_is_gone_leaves_the_index_and_stays_in_the_history(instance: Instance) -> None:
    """Its page says 404 and its owner's list does not name it any more."""
    instance.update()
    owner = instance.server.world.owners[0]
    owner.packages = [package for package in owner.packages if package.name != "scratchpad"]
    tally = instance.update()
    assert (tally.gone, tally.failures) == (1, [])
    assert not (instance.index / "Octo-Forge/scratchpad").exists()
    assert differences(instance) == []
    with closing(sqlite3.connect(instance.history)) as database:
        rows = database.execute("SELECT count(*) FROM packages WHERE package = 'scratchpad'").fetchone()
    assert rows[0] > 0


def test_a_404_of_a_listed_package_removes_nothing(instance: Instance) -> None:
    """One 404 is no proof."""
    instance.update()
    instance.server.replies[PACKAGE_PAGE] = [Reply(404)] * 20
    tally = instance.update()
    assert [f.reason for f in tally.failures] == ["not found (missing, private or renamed)"]
    assert instance.shown(BEACON)["raw_downloads"] > 0


def test_a_truncated_list_of_packages_removes_nothing(instance: Instance) -> None:
    """A list with fewer rows than its heading counts is an error, not a list."""
    instance.update()
    files = instance.packages()
    page = b'<div id="org-packages"><h3>6 packages</h3></div></html>'
    instance.server.replies["/orgs/Octo-Forge/packages*"] = [Reply(200, {}, page)]
    tally = instance.update("Octo-Forge")
    assert tally.exit_code == 4
    assert instance.packages() == files


def test_a_package_that_lags_in_the_list_is_kept(instance: Instance) -> None:
    """The list forgot a package, but its page answers: it is read as ever."""
    instance.update()
    page = b'<div id="org-packages"><h3>0 packages</h3></div></html>'
    instance.server.replies["/orgs/Octo-Forge/packages*"] = [Reply(200, {}, page)]
    tally = instance.update("Octo-Forge")
    assert (tally.packages, tally.gone, tally.failures) == (6, 0, [])


def test_a_total_that_falls_is_held_back_for_a_day(instance: Instance) -> None:
    """It is reported and kept out, and accepted when it stands on the next day."""
    instance.update()
    total = instance.shown(BEACON)["raw_downloads"]
    page = b"<h1>beacon</h1><div><span>Total downloads</span><h3 title='7'>7</h3></div></html>"
    instance.server.replies[PACKAGE_PAGE] = [Reply(200, {}, page)] * 3
    for _ in range(2):
        tally = instance.update("Octo-Forge")
        assert f"its total fell from {total} to 7" in tally.failures[0].reason
        assert instance.shown(BEACON)["raw_downloads"] == total
    instance.server.world.advance()
    assert instance.update("Octo-Forge").failures == []
    assert instance.shown(BEACON)["raw_downloads"] == 7


def test_an_owner_that_is_not_there_is_a_failure_with_its_name(instance: Instance) -> None:
    """The others are read."""
    tally = instance.update("nobody-here", "mona-lab")
    assert [(f.what, f.reason) for f in tally.failures] == [
        ("nobody-here", "not found (missing, private or renamed)")
    ]
    assert (tally.owners, tally.owners_failed, tally.exit_code) == (1, 1, 1)


def test_nothing_readable_has_its_own_exit_code(instance: Instance) -> None:
    """Where every owner fails the run ends with 4."""
    assert instance.update("nobody-here").exit_code == 4


def test_a_change_of_all_pages_stops_the_run(tmp_path: Path) -> None:
    """When page after page lacks the same, GitHub changed it: the run stops with 3 and loses nothing."""
    packages = [
        Package("npm", f"package-{n}", f"repo-{n}", (Version(n + 1, "1.0.0", START, ()),)) for n in range(20)
    ]
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", packages)])) as server:
        instance = Instance(tmp_path, server)
        instance.update()
        files = instance.packages()
        server.reset()
        server.replies["/mona-lab/*"] = [Reply(200, {}, b"<html>all new</html>")] * 40
        tally = instance.update(jobs=1)
        assert tally.exit_code == 3
        assert 'the package page has no "Total downloads"' in (tally.stopped or "")
        assert len(server.requests) < 15
        assert instance.packages() == files


def test_what_is_opted_out_is_not_read_and_is_forgotten(instance: Instance) -> None:
    """Files and history of an owner, a repository and a package go; no request names them."""
    instance.update()
    instance.server.reset()
    instance.optout, _ = parse_optout("paper-lantern\noctO-forge/beacon/charts/beacon\nmona-lab/moon-phase\n")
    instance.update()
    assert (
        instance.count_requests("paper-lantern")
        + instance.count_requests("charts")
        + instance.count_requests("moon-phase")
        == 0
    )
    left = {path.split("/")[-1] for path in instance.files() if path.endswith(".csv")}
    assert "beacon.csv" in left
    assert not left & {"charts%2Fbeacon.csv", "moon-phase.csv", "gateway.csv"}
    assert not (instance.index / "paper-lantern").exists()
    with closing(sqlite3.connect(instance.history)) as database:
        rows = database.execute("SELECT DISTINCT owner, package FROM versions").fetchall()
    assert len(rows) == 8


def test_a_package_that_moves_to_another_repository_keeps_its_history(instance: Instance) -> None:
    """The new file comes, the old one goes, and no day is lost."""
    instance.update()
    instance.server.world.advance()
    owner = instance.server.world.owners[0]
    owner.packages[0].repo = "lighthouse"
    instance.update()
    assert differences(instance) == []
    assert not (instance.index / f"{BEACON}.json").exists()
    assert len(instance.table("Octo-Forge/lighthouse/beacon")) == 31


def test_files_that_the_history_does_not_know_stay(instance: Instance) -> None:
    """A lost history takes no published file with it."""
    stranger = instance.index / "Octo-Forge/beacon/older.json"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("{}\n")
    instance.update()
    assert stranger.read_text() == "{}\n"


def test_two_types_of_one_name_have_a_file_each(tmp_path: Path) -> None:
    """The package known first keeps the plain path, whatever comes later."""
    made = START - timedelta(days=50)
    npm = Package("npm", "kit", "kit", (Version(1, "1.0.0", made, ()),))
    image = Package("container", "kit", "kit", (Version(2, f"sha256:{2:064x}", made, ("v1",)),))
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", [npm])])) as server:
        instance = Instance(tmp_path, server)
        instance.update()
        server.world.owners[0].packages.insert(0, image)
        instance.update()
        assert instance.shown("mona-lab/kit/kit")["package_type"] == "npm"
        assert instance.shown("mona-lab/kit/kit@container")["package_type"] == "container"


def test_an_owner_without_packages_is_no_failure(tmp_path: Path) -> None:
    """An empty list is an answer."""
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", [])])) as server:
        tally = Instance(tmp_path, server).update()
        assert (tally.owners, tally.failures, tally.exit_code) == (1, [], 0)


def test_the_page_names_the_day(instance: Instance) -> None:
    """Around midnight a page may be of the next day already: its own dates count, not the clock."""
    instance.update(day=START - timedelta(days=1))
    assert instance.shown(BEACON)["date"] == "2026-08-20"
    assert differences(instance) == []


def test_days_far_from_the_clock_are_refused(instance: Instance) -> None:
    """A chart of next week is not believed."""
    tally = instance.update(day=date(2026, 8, 10))
    assert "2026-08-10, the day of this run" in tally.failures[0].reason
    assert tally.packages == 0
