"""Gone, private, handed over, empty: each is told from the others, and none costs a number that was known."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from backage.cli import cli
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.standin.transport import Reply, Request
from backage.standin.world import World
from tests.conftest import START, Instance, differences
from tests.store.databases import ask

BEACON = "Octo-Forge/beacon/beacon"
PAGE = "/Octo-Forge/beacon/pkgs/container/beacon"
FORGE, LAB = 0, 1
"""Places of owners in the small GitHub."""


def check(instance: Instance, name: str) -> tuple[int, dict[str, str]]:
    """Run `backage check` for a name; give its exit code and its lines by their label."""
    result = CliRunner().invoke(cli, ["check", name, "--history", str(instance.history)])
    lines = [line.partition(" ") for line in result.output.splitlines()]
    return result.exit_code, {label: text.strip() for label, _, text in lines}


def days_of(instance: Instance, name: str) -> int:
    """Count the days that the history has of a package."""
    query = f"SELECT count(*) FROM packages WHERE package = '{name}'"  # noqa: S608 (the tests' own)
    ((count,),) = ask(instance.history, query)
    return int(count)


@pytest.mark.parametrize("place", [FORGE, LAB], ids=["organization", "user"])
def test_a_known_owner_that_is_not_there_any_more(instance: Instance, place: int) -> None:
    """Deleted, private or renamed without a redirect: a failure, day after day, and nothing of it goes."""
    instance.update()
    owner = instance.server.world.owners[place]
    names, files = [each.login for each in instance.server.world.owners], instance.packages()
    instance.server.world.owners = [each for each in instance.server.world.owners if each is not owner]
    for number in range(1, 5):
        instance.server.world.advance()
        tally = instance.update(*names)
        assert [(failure.what, failure.reason) for failure in tally.failures] == [
            (owner.login, "not found (missing, private or renamed)")
        ]
        assert (tally.exit_code, tally.gone) == (1, 0)
        assert {path for path in files if path.startswith(owner.login)} <= instance.packages().keys()
        code, lines = check(instance, owner.login)
        assert code == 1
        assert (
            f"not found (missing, private or renamed) since {START.replace(day=21)} http" in lines["failing"]
        )
        assert ("stale" in lines["found"]) is (number > 3)
    for path in files:
        if path.startswith(f"{owner.login}/") and path.endswith(".json") and not path.endswith("/.json"):
            shown = json.loads((instance.index / path).read_bytes())
            assert (shown["date"], shown["stale"]) == (str(START), True)
    assert differences(instance) == []
    instance.server.world.owners.append(owner)
    assert instance.update(*names).exit_code == 0
    assert differences(instance) == []


def test_an_owner_that_is_gone_alone_has_its_own_exit_code(instance: Instance) -> None:
    """Where it was the only one nothing could be read: 4, and its files stay."""
    instance.update("mona-lab")
    files = instance.packages()
    instance.server.world.owners.clear()
    assert instance.update("mona-lab").exit_code == 4
    assert instance.packages() == files


@pytest.mark.parametrize("listed", [False, True], ids=["list knows", "list lags"])
def test_a_package_that_is_handed_over_to_another_owner(instance: Instance, *, listed: bool) -> None:
    """Its old address leads to its new owner's: the numbers there are not the old owner's any more."""
    instance.update()
    forge, lab = instance.server.world.owners[FORGE], instance.server.world.owners[LAB]
    (beacon,) = (package for package in forge.packages if package.name == "beacon")
    before, days = instance.shown(BEACON), days_of(instance, "beacon")
    lab.packages.append(beacon)
    if not listed:
        forge.packages.remove(beacon)
    instance.server.world.advance()
    there = instance.server.url + PAGE.replace("Octo-Forge", "mona-lab")
    instance.server.replies[PAGE] = [Reply(301, {"Location": there})] * 4
    tally = instance.update()
    reasons = [failure.reason for failure in tally.failures]
    if listed:
        assert reasons == ["its page is that of another owner now"]
        shown = instance.shown(BEACON)
        assert (shown["date"], shown["raw_downloads"]) == (before["date"], before["raw_downloads"])
        return
    assert (reasons, tally.gone) == ([], 1)
    assert not (instance.index / f"{BEACON}.json").exists()
    assert differences(instance) == []
    assert instance.shown("mona-lab/beacon/beacon")["raw_downloads"] == beacon.total(
        instance.server.world.today
    )
    assert days_of(instance, "beacon") > days
    code, lines = check(instance, BEACON)
    assert (code, lines["gone"]) == (
        1,
        "beacon/beacon: deleted or private since 2026-08-21; its history stays",
    )


def test_what_is_renamed_says_so(instance: Instance) -> None:
    """Asked by its old login, an owner is shown with both."""
    instance.update()
    instance.server.world.owners[FORGE].rename("Octo-Works")
    instance.server.world.advance()
    instance.update("octo-forge")
    code, lines = check(instance, "octo-forge")
    assert code == 0
    assert lines["owner"].startswith("Octo-Works, which was octo-forge, id ")
    assert check(instance, "octo-works/beacon/beacon")[1]["file"] == "index/Octo-Works/beacon/beacon.json"


def test_a_package_without_downloads(tmp_path: Path) -> None:
    """Nothing was taken yet: that is 0, and not unknown, whether its page has a chart or not."""
    nobody = Version(1, "1.0.0", START, pace=0)
    package = Package("npm", "quiet", "quiet", (nobody,))
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", [package])])) as server:
        instance = Instance(tmp_path, server)
        for page in (
            None,
            b"<h1>quiet</h1><div><span>Total downloads</span><h3 title='0'>0</h3></div></html>",
        ):
            server.replies["/mona-lab/quiet/pkgs/npm/quiet"] = [Reply(200, {}, page)] if page else []
            assert instance.update().failures == []
            shown = instance.shown("mona-lab/quiet/quiet")
            numbers = {key: shown[key] for key in shown if key.startswith("raw_downloads")}
            assert numbers["raw_downloads"] == shown["version"][0]["raw_downloads"] == 0
            assert set(numbers.values()) == {0}
            assert (shown["downloads"], shown["raw_versions"]) == ("0", 1)
            assert instance.table("mona-lab/quiet/quiet")[-1][:5] == [
                str(server.world.today),
                "0",
                "0",
                "0",
                "0",
            ]
            server.world.advance()


def test_a_package_that_turns_private_and_public_again(instance: Instance) -> None:
    """Its files go and come back; its days are those of before and after."""
    instance.update()
    forge = instance.server.world.owners[FORGE]
    (beacon,) = (package for package in forge.packages if package.name == "beacon")
    forge.packages.remove(beacon)
    instance.server.world.advance()
    assert instance.update().gone == 1
    assert check(instance, BEACON)[0] == 1
    forge.packages.append(beacon)
    instance.server.world.advance()
    assert instance.update().failures == []
    assert differences(instance) == []
    assert check(instance, BEACON)[0] == 0
    assert len(instance.table(BEACON)) == 32


def test_a_deleted_version_is_gone_the_same_day(instance: Instance) -> None:
    """A list that has as many versions as it counts proves itself: what it lacks is deleted."""
    instance.update("octo-forge")
    beacon = instance.server.world.owners[0].packages[0]
    for _ in range(4):
        instance.server.world.advance()
        instance.update("octo-forge")
        shown = instance.shown("Octo-Forge/beacon/beacon")
        assert shown["raw_versions"] == len(shown["version"]) == len(beacon.versions)
    assert len(beacon.gone) > 0


def test_a_list_that_was_changed_while_it_was_read_proves_nothing(instance: Instance) -> None:
    """Its pages count differently: what it lacks may have moved from one page to the one before."""
    instance.update("octo-forge")
    instance.server.world.advance(3)  # the oldest untagged version goes
    beacon = instance.server.world.owners[0].packages[0]
    url = "/Octo-Forge/beacon/pkgs/container/beacon/versions?page=1"
    server = instance.server
    body = server.answer(Request("GET", url, {}, server.url)).body
    untagged = len(beacon.versions) - len(beacon.tagged)
    old = body.replace(f"{untagged:,} untagged".encode(), f"{untagged + 1:,} untagged".encode())
    assert old != body
    server.replies[url] = [Reply(200, {}, old)]
    instance.update("octo-forge")
    assert len(instance.shown("Octo-Forge/beacon/beacon")["version"]) > len(beacon.versions)
    server.world.advance()
    instance.update("octo-forge")
    assert len(instance.shown("Octo-Forge/beacon/beacon")["version"]) == len(beacon.versions)


def test_the_count_fits_the_list_though_the_total_is_held_back(instance: Instance) -> None:
    """A total that fell waits for a day, and versions that were deleted do not."""
    instance.update("octo-forge")
    instance.server.world.advance(3)
    body = b'<h1>beacon</h1><div><span>Total downloads</span><h3 title="7">7</h3></div></html>'
    instance.server.replies["/Octo-Forge/beacon/pkgs/container/beacon"] = [Reply(200, {}, body)]
    assert "total fell" in instance.update("octo-forge").failures[0].reason
    shown = instance.shown("Octo-Forge/beacon/beacon")
    beacon = instance.server.world.owners[0].packages[0]
    assert shown["date"] == START.isoformat()
    assert shown["raw_versions"] == len(shown["version"]) == len(beacon.versions)
    assert shown["raw_tagged"] == len(beacon.tagged)
