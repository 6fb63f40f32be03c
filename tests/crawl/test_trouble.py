"""Right or absent, in odd conditions: each of these once put a wrong number into the index, or lost one."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from backage.crawl.job import LookupLimits
from backage.errors import ConfigError
from backage.owners import Entry, parse_optout
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World
from backage.store.database import open_history
from backage.store.runs import start_run
from tests.conftest import START, Instance, differences

BEACON = "Octo-Forge/beacon/beacon"
PACKAGE_PAGE = "/Octo-Forge/beacon/pkgs/container/beacon"
MANIFESTS = "/v2/octo-forge/beacon/manifests/"


def page(total: int, counts: Iterable[tuple[date, int]] = ()) -> Reply:
    """Make the page of the package beacon."""
    bars = "".join(f'<rect data-merge-count="{count}" data-date="{day}"></rect>' for day, count in counts)
    body = f'<h1>beacon</h1><div><span>Total downloads</span><h3 title="{total}">x</h3>{bars}</div></html>'
    return Reply(200, {}, body.encode())


def day(number: int) -> date:
    """Give the day so many days from the first."""
    return START + timedelta(days=number)


def tamper(instance: Instance, change: str, number: int) -> None:
    """Change what the history says of a version, behind the program's back."""
    with closing(sqlite3.connect(instance.history)) as database:
        query = f"{change} WHERE version = (SELECT key FROM version WHERE id = ?)"  # noqa: S608 (the tests' own)
        database.execute(query, (number,))
        database.commit()


def test_a_version_page_of_the_next_day_is_not_of_today(instance: Instance) -> None:
    """A run that goes on past midnight reads no version's page any more: it would be of tomorrow."""

    def today() -> date:
        return START if len(instance.server.requests) < 40 else day(1)

    tally = instance.update("octo-forge", lookups=LookupLimits(None, 0), today=today, jobs=1)
    assert tally.failures == []
    assert differences_of(instance, "Octo-Forge") == []
    query = "SELECT count(*) FROM version_day WHERE source = 1"
    with closing(sqlite3.connect(instance.history)) as database:
        (read,) = database.execute(query).fetchone()
    assert 0 < read < 40


def test_a_fall_that_stands_is_accepted_once(instance: Instance) -> None:
    """After it was accepted the package is read as ever, and not held back on every other day."""
    instance.update("octo-forge")
    failures = []
    for number in range(1, 7):
        instance.server.world.advance()
        counts = [(day(number - back), 1) for back in range(30)]
        instance.server.replies[PACKAGE_PAGE] = [page(1000 + 9999 * number, counts)]
        failures.append(len(instance.update("octo-forge").failures))
    assert failures == [1, 0, 0, 0, 0, 0]
    assert instance.shown(BEACON)["raw_downloads"] == 1000 + 9999 * 6


def test_a_day_whose_total_was_held_back_has_its_own_line(instance: Instance) -> None:
    """It does not take the line of the day before, nor make that one final; the head keeps its own date."""
    instance.update("octo-forge")
    provisional = instance.table(BEACON)[-1]
    beacon = instance.server.world.owners[0].packages[0]
    instance.server.world.advance()
    instance.server.replies[PACKAGE_PAGE] = [page(7)]
    instance.update("octo-forge")
    assert instance.shown(BEACON)["date"] == START.isoformat()
    assert instance.table(BEACON)[-1] == provisional
    instance.server.world.advance()
    instance.update("octo-forge")
    for line in instance.table(BEACON):
        when = date.fromisoformat(line[0])
        assert (line[1], line[4]) == (str(beacon.total(when)), str(beacon.downloads_on(when)))
    assert differences_of(instance, "Octo-Forge") == []


def differences_of(instance: Instance, login: str) -> list[str]:
    """Compare one owner."""
    owners = instance.server.world.owners
    instance.server.world.owners = [owner for owner in owners if owner.login == login]
    found = differences(instance)
    instance.server.world.owners = owners
    return found


def test_a_page_of_long_ago_is_refused(instance: Instance) -> None:
    """A cache's page of three days ago is not today's."""
    instance.update("octo-forge")
    total = instance.shown(BEACON)["raw_downloads"]
    instance.server.world.advance(3)
    counts = [(day(-back), 1) for back in range(30)]
    instance.server.replies[PACKAGE_PAGE] = [page(total + 1, counts)]
    tally = instance.update("octo-forge")
    assert "daily counts up to 2026-08-23, the day of this run" in tally.failures[0].reason
    assert (instance.shown(BEACON)["raw_downloads"], instance.shown(BEACON)["date"]) == (total, "2026-08-20")


def test_a_held_version_total_is_reported_and_tells_nothing(instance: Instance) -> None:
    """The version keeps its numbers and their date; the day after has no window from the day in doubt."""
    beacon = instance.server.world.owners[0].packages[0]
    newest, number = beacon.newest, beacon.newest.id
    instance.update("octo-forge")
    tamper(instance, "UPDATE version_day SET downloads = downloads + 999999", number)
    instance.server.world.advance()
    tally = instance.update("octo-forge")
    assert tally.totals_held_back == 1
    shown = next(version for version in instance.shown(BEACON)["version"] if version["id"] == number)
    assert (shown["date"], shown["raw_downloads"] > 999_999) == ("2026-08-20", True)
    instance.server.world.advance()
    assert instance.update("octo-forge").totals_held_back == 0
    shown = next(version for version in instance.shown(BEACON)["version"] if version["id"] == number)
    assert (shown["raw_downloads"], shown["raw_downloads_day"]) == (newest.total(day(2)), -1)


def test_an_older_snapshot_takes_nothing_from_the_csv(instance: Instance) -> None:
    """What was published of days that the history lost stays in their lines."""
    instance.update("octo-forge")
    older = instance.history.read_bytes()
    for _ in range(3):
        instance.server.world.advance()
        instance.update("octo-forge")
    before = instance.table(BEACON)
    instance.history.write_bytes(older)
    instance.server.world.advance()
    instance.update("octo-forge")
    after = {line[0]: line for line in instance.table(BEACON)}
    assert all(after[line[0]] == line for line in before[:-1])


def two_kits() -> list[Owner]:
    """Make two packages of one name and different types, in two repositories."""
    made = START - timedelta(days=50)
    image = Package("container", "kit", "box", (Version(2, f"sha256:{2:064x}", made, ("v1",)),))
    npm = Package("npm", "kit", "kit", (Version(1, "1.0.0", made, ()),))
    return [Owner("mona-lab", 7, "users", [image, npm])]


def test_a_lost_history_takes_no_file_of_another_package(tmp_path: Path) -> None:
    """A file of the same name but another type is not taken for one that moved."""
    with StandinServer(World(START, two_kits())) as server:
        instance = Instance(tmp_path, server)
        instance.update()
        server.world.advance(40)
        instance.update()
        lines = instance.table("mona-lab/kit/kit")
        instance.history.unlink()
        instance.update(requests=4, jobs=1)
        assert instance.table("mona-lab/kit/kit") == lines


def test_a_package_that_moves_takes_its_lines_along(tmp_path: Path) -> None:
    """Also those that only the published file still has."""
    with StandinServer(World(START, two_kits())) as server:
        instance = Instance(tmp_path, server)
        instance.update()
        server.world.advance(40)
        instance.update()
        lines = instance.table("mona-lab/kit/kit")
        instance.history.unlink()
        instance.update()
        server.world.owners[0].packages[1].repo = "tool"
        instance.update()
        assert instance.table("mona-lab/tool/kit") == lines
        assert not (instance.index / "mona-lab/kit").exists()


def test_no_url_moves_when_a_neighbour_goes(tmp_path: Path) -> None:
    """The second of two packages with one name keeps its file when the first is gone."""
    owners = two_kits()
    owners[0].packages[1].repo = "box"
    with StandinServer(World(START, owners)) as server:
        instance = Instance(tmp_path, server)
        instance.update(jobs=1)
        assert instance.shown("mona-lab/box/kit@npm")["package_type"] == "npm"
        lines = instance.table("mona-lab/box/kit@npm")
        del server.world.owners[0].packages[0]
        instance.update()
        assert instance.table("mona-lab/box/kit@npm") == lines
        assert not (instance.index / "mona-lab/box/kit.json").exists()


def test_an_empty_list_of_versions_is_a_changed_page(instance: Instance) -> None:
    """A package has a version: none at all, and no count, is no list."""
    instance.update("octo-forge")
    instance.server.world.advance()
    body = b'<h1>beacon</h1><div id="versions-list"></div></html>'
    instance.server.replies[f"{PACKAGE_PAGE}/versions?page=1"] = [Reply(200, {}, body)]
    tally = instance.update("octo-forge")
    assert [failure.reason for failure in tally.failures] == ["the versions page has no row of a version"]
    assert len(instance.shown(BEACON)["version"]) > 100


def test_the_size_stands_in_the_csv_without_look_ups_too(instance: Instance) -> None:
    """A size that is known is the day's, also in a run that looks nothing up."""
    instance.update("octo-forge", lookups=LookupLimits(0, None))
    instance.server.world.advance()
    instance.update("octo-forge", lookups=LookupLimits(0, 0))
    assert instance.table("Octo-Forge/beacon/charts%2Fbeacon")[-1][5] == str(
        instance.shown("Octo-Forge/beacon/charts%2Fbeacon")["raw_size"]
    )


HOSTILE: dict[str, Any] = {
    "surrogate": {
        "manifests": [{"digest": "sha256:1", "platform": {"os": "linux", "architecture": "\ud800"}}]
    },
    "large": {"layers": [{"size": (1 << 53) - 1}] * 2000},
    "text": {"layers": [{"size": "9"}]},
    "wide": {
        "manifests": [
            {"digest": f"sha256:{n:064x}", "platform": {"os": "linux", "architecture": f"a{n}"}}
            for n in range(3000)
        ]
    },
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_manifest_costs_its_size_alone(instance: Instance, kind: str) -> None:
    """It ends no run, reaches no file, and sends us on no walk."""
    newest = instance.server.world.owners[0].packages[0].newest
    body = json.dumps(HOSTILE[kind]).encode()
    instance.server.replies[f"{MANIFESTS}{newest.name}"] = [Reply(200, {}, body)]
    tally = instance.update("octo-forge", lookups=LookupLimits(0, 6))
    assert tally.failures == []
    assert instance.count_requests(MANIFESTS) < 10
    assert instance.shown(BEACON)["size"] == "unknown"
    assert instance.update("octo-forge").failures == []


@pytest.mark.parametrize(
    "address", ["http://[", f"https://{'a' * 64}.com/x", "ftp://x/y", "", "javascript:x"]
)
def test_a_hostile_address_of_an_archive_costs_its_size_alone(instance: Instance, address: str) -> None:
    """Whether metadata names it or a redirect."""
    versions = {f"1.{n}.0": {"dist": {"tarball": address}} for n in range(4)}
    body = json.dumps({"versions": versions}).encode()
    instance.server.replies["/npm/@mona-lab%2Fmoon-phase"] = [Reply(200, {}, body)]
    instance.server.replies["/rubygems/*"] = [Reply(302, {"Location": address})] * 7
    tally = instance.update("mona-lab", lookups=LookupLimits(0, None))
    assert tally.failures == []
    assert instance.shown("mona-lab/moon-phase/moon-phase")["size"] == "unknown"
    assert instance.shown("mona-lab/tide-tables/tide-tables")["raw_size"] > 0


def test_a_changed_heading_is_a_change_of_the_page(tmp_path: Path) -> None:
    """Whatever the package's name: the run stops with 3."""
    packages = [
        Package("npm", f"package-{n}", f"repo-{n}", (Version(n + 1, "1.0.0", START, ()),)) for n in range(20)
    ]
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", packages)])) as server:
        instance = Instance(tmp_path, server)
        server.replies["/mona-lab/*"] = [page(7)] * 30
        assert instance.update(jobs=1).exit_code == 3


def test_a_total_that_is_cut_everywhere_is_a_change_of_the_page(tmp_path: Path) -> None:
    """Where pages say `51.1K` in the place of a total the run stops: that is no number to keep."""
    packages = [
        Package("npm", f"package-{n}", f"repo-{n}", (Version(n + 1, "1.0.0", START, ()),)) for n in range(20)
    ]
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", packages)])) as server:
        instance = Instance(tmp_path, server)
        for package in packages:
            text = f"<h1>{package.name}</h1><div><span>Total downloads</span><h3>51.1K</h3></div></html>"
            path = f"/mona-lab/{package.repo}/pkgs/npm/{package.name}"
            server.replies[path] = [Reply(200, {}, text.encode())] * 4
        tally = instance.update(jobs=1)
        assert tally.exit_code == 3
        assert b"51.1K" in tally.page
        assert "exact total of downloads" in (tally.stopped or "")


def test_a_list_that_was_cut_short_yesterday_is_read_whole_today(instance: Instance) -> None:
    """The pages before the one that failed are of today too, and are not left as they were for the day."""
    instance.update()
    instance.server.world.advance()
    instance.server.replies[f"{PACKAGE_PAGE}/versions?page=2"] = [Reply(500)] * 4
    assert instance.update().exit_code == 1
    assert (instance.shown(BEACON)["date"], instance.shown(BEACON)["versions_date"]) == (
        "2026-08-21",
        "2026-08-20",
    )
    instance.server.world.advance()
    assert instance.update().exit_code == 0
    assert "versions_date" not in instance.shown(BEACON)
    assert differences(instance) == []
    instance.server.reset()
    instance.update()
    assert instance.count_requests("versions") == 0


def test_what_a_run_that_was_cut_short_read_is_looked_up_by_the_next(instance: Instance) -> None:
    """Packages that need no reading again today still lack what only single versions tell."""
    full = LookupLimits(version_pages=None, sizes=None)
    instance.update(lookups=full, requests=23, jobs=1)
    assert instance.shown("mona-lab/tide-tables/tide-tables")["raw_size"] == -1
    instance.update(lookups=full)
    assert instance.shown("mona-lab/tide-tables/tide-tables")["raw_size"] > 0


def test_an_owner_whose_last_package_goes_shows_none(instance: Instance) -> None:
    """What is gone or opted out stands in no aggregate."""
    instance.update()
    instance.server.world.owners[2].packages.clear()
    instance.update()
    assert not (instance.index / "paper-lantern").exists()
    instance.optout, _ = parse_optout(
        "mona-lab/tide-tables\nmona-lab/tide-tables-ruby\nmona-lab/moon-phase\nmona-lab/first-light\n"
    )
    instance.update()
    assert not (instance.index / "mona-lab").exists()


def test_what_a_half_read_list_lacks_is_not_asked_for(tmp_path: Path) -> None:
    """Whether it is gone the next whole list tells; until then its file stays as it is."""
    packages = [
        Package("npm", f"kit-{number:02}", None, (Version(number, "1.0.0", START),))
        for number in range(1, 32)
    ]
    with StandinServer(World(START, [Owner("acme", 7, "orgs", packages)])) as server:
        instance = Instance(tmp_path, server)
        instance.update("acme")
        last = packages[-1].name
        before = instance.shown(f"acme/{last}/{last}")
        server.world.advance()
        server.requests.clear()
        server.replies["/orgs/acme/packages?visibility=public&page=2"] = [Reply(500)] * 4
        server.replies[f"*{last}*"] = [Reply(404)] * 4
        tally = instance.update("acme")
        assert [failure.what for failure in tally.failures] == ["acme"]
        assert (instance.count_requests(last), instance.count_requests(packages[0].name)) == (0, 2)
        after = instance.shown(f"acme/{last}/{last}")
        assert [after[key] for key in ("date", "raw_downloads")] == [before["date"], before["raw_downloads"]]


def test_a_failed_list_is_read_again_by_the_day_s_next_run(instance: Instance) -> None:
    """A run that was cut short does not make it fresh."""
    instance.server.replies[f"{PACKAGE_PAGE}/versions?page=1"] = [Reply(500)] * 4
    instance.update("octo-forge", requests=12, jobs=1)
    instance.update("octo-forge", jobs=1)
    assert differences_of(instance, "Octo-Forge") == []


def test_an_index_that_cannot_be_written_is_one_sentence(instance: Instance) -> None:
    """A file stands where a folder should be."""
    instance.index.mkdir()
    (instance.index / "Octo-Forge").write_text("mine")
    with pytest.raises(ConfigError, match=r"The index cannot be written: .*Octo-Forge"):
        instance.update("octo-forge")


def test_a_login_of_another_id_is_not_read(instance: Instance) -> None:
    """`id/name` in the list says whose packages are meant, also when the owner is known."""
    instance.update("mona-lab")
    for _ in range(2):
        tally = instance.update(entries=[Entry("mona-lab", 99)])
        assert "the list says id 99 and GitHub says 98765431" in tally.failures[0].reason


def test_a_history_in_use_is_one_sentence(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run holds it."""
    monkeypatch.setattr("backage.store.database.BUSY_SECONDS", 0)
    instance.update("mona-lab")
    with (
        closing(sqlite3.connect(instance.history, isolation_level=None)) as other,
        open_history(instance.history) as history,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigError, match="is another backage at work"):
            start_run(history, START)


def test_a_history_that_fails_in_the_middle_is_not_passed_over(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with the history, and not with an owner, ends the run with its sentence."""

    def refuse(*_: object) -> None:
        raise ConfigError("The history cannot be written (disk full).")

    monkeypatch.setattr("backage.crawl.owner.finish_owner", refuse)
    with pytest.raises(ConfigError, match="disk full"):
        instance.update("mona-lab")
