"""How an instance is: what fails since when, what is stale, and what is known of a name."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from backage.cli import cli
from backage.owners import parse_name, parse_optout
from backage.pipeline.index import write_index
from backage.pipeline.show import Known, find_known
from backage.standin.transport import Reply
from backage.store.database import open_history
from backage.store.merge import merge_history
from tests.conftest import START, Instance, differences
from tests.store.databases import dump

BEACON = "Octo-Forge/beacon/beacon"
PAGE = "/Octo-Forge/beacon/pkgs/container/beacon"


def fail(instance: Instance, path: str = PAGE, status: int = 500) -> None:
    """Let a page fail for a run."""
    instance.server.replies[path] = [Reply(status)] * 4


def known(instance: Instance, name: str, optout: str = "") -> Known:
    """Find what is known of a name."""
    with open_history(instance.history) as history:
        return find_known(history, parse_name(name) or (), parse_optout(optout)[0])


def health(instance: Instance) -> list[Any]:
    """Read how the instance is from its own file."""
    shown = instance.shown("")
    return [shown[key] for key in ("last_run", "oldest", "raw_fresh", "raw_stale", "raw_failing")]


def test_what_fails_is_known_from_its_first_day_until_it_succeeds(instance: Instance) -> None:
    """The day on which it began stays, reason and address are the last; a success ends it."""
    instance.update()
    assert known(instance, BEACON).fine
    assert health(instance) == [str(START), str(START), 3, 0, 0]
    for number in (1, 2):
        instance.server.world.advance()
        fail(instance, status=500 + number)
        instance.update()
        (failure,) = known(instance, BEACON).failures
        assert failure.what == BEACON
        assert failure.reason == f"the server failed (status {500 + number})"
        assert failure.url.endswith(PAGE)
        assert failure.since == START + timedelta(days=1)
    assert not known(instance, BEACON).fine
    assert known(instance, "mona-lab").fine
    assert health(instance) == [str(START + timedelta(days=2)), str(START), 3, 0, 1]
    instance.update()
    assert known(instance, BEACON).fine
    assert health(instance)[-1] == 0


def test_an_owner_that_was_never_found_fails_under_its_listed_name(instance: Instance) -> None:
    """It has no history and no file, and what is wrong with it is known all the same."""
    instance.update("mona-lab", "nobody-here")
    found = known(instance, "Nobody-Here")
    assert found.owner is None
    assert [failure.what for failure in found.failures] == ["nobody-here"]
    assert not found.fine
    assert health(instance)[-1] == 1


def test_what_fails_of_an_owner_that_left_the_list_is_over(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of the whole list forgets it; one of named owners knows no list."""
    instance.update("mona-lab", "nobody-here")
    monkeypatch.chdir(instance.folder)
    environment = {**instance.server.environment(), "BACKAGE_DATE": str(START)}
    owners = instance.folder / "owners.txt"
    for listed, named, failing in (
        ("mona-lab", ["mona-lab"], 1),
        ("mona-lab\nNobody-Here", [], 1),
        ("mona-lab", [], 0),
    ):
        owners.write_text(f"{listed}\n", encoding="utf-8")
        CliRunner(env=environment).invoke(cli, ["update", "-q", *named])
        assert health(instance)[-1] == failing


def test_what_the_budget_did_not_reach_fails_still(instance: Instance) -> None:
    """A run that did not come to it says nothing of it, and ends no failure."""
    instance.update()
    instance.server.world.advance()
    fail(instance)
    instance.update()
    instance.server.world.advance()
    instance.update(requests=1)
    assert known(instance, BEACON).failures


def test_a_package_that_is_not_refreshed_says_so_after_three_days(instance: Instance) -> None:
    """The last good state stays with its date; `stale` comes, and goes with the next good page."""
    instance.update()
    before = instance.shown(BEACON)
    for number in range(1, 5):
        instance.server.world.advance()
        fail(instance)
        instance.update()
        shown = instance.shown(BEACON)
        assert shown.get("stale", False) is (number > 3)
        assert (shown["date"], shown["raw_downloads"]) == (before["date"], before["raw_downloads"])
    assert health(instance) == [str(START + timedelta(days=4)), str(START), 2, 1, 1]
    kept = known(instance, BEACON).packages[0]
    assert kept.shown
    assert kept.shown.stale
    instance.update()
    assert "stale" not in instance.shown(BEACON)
    assert differences(instance) == []


def test_rendering_later_gives_the_same_bytes(instance: Instance) -> None:
    """What is stale is told against the day of the last run, not against a clock."""
    instance.update()
    instance.server.world.advance(5)
    instance.update("mona-lab")
    files = instance.files()
    with open_history(instance.history) as history:
        write_index(history, instance.index, instance.optout)
    assert instance.files() == files
    assert instance.shown(BEACON)["stale"] is True


def test_gone_and_opted_out_are_told_apart(instance: Instance) -> None:
    """What its owner's list does not name and whose page is missing is gone; its history stays."""
    instance.update()
    packages = instance.server.world.owners[0].packages
    packages[:] = [package for package in packages if package.name != "beacon"]
    instance.server.world.advance()
    instance.update()
    found = known(instance, BEACON)
    assert [kept.gone for kept in found.packages] == [START + timedelta(days=1)]
    assert not found.fine
    assert not found.opted_out
    assert known(instance, "octo-forge").fine
    assert known(instance, BEACON, "octo-forge/beacon").opted_out
    assert known(instance, "octo-forge", "octo-forge/beacon").opted_out is False
    assert known(instance, BEACON, "octo-forge").opted_out
    assert known(instance, "octo-forge/nothing").packages == ()


def test_opting_out_forgets_what_failed(instance: Instance) -> None:
    """Nothing of who is opted out stays, the reason why it could not be read neither."""
    instance.update("mona-lab", "nobody-here")
    instance.optout = parse_optout("nobody-here")[0]
    instance.update("mona-lab")
    assert known(instance, "nobody-here").failures == ()


def test_a_failure_that_is_over_does_not_come_back_by_a_merge(instance: Instance) -> None:
    """A history of before knows it still; that of the shard which read the owner since says otherwise."""
    instance.update()
    instance.server.world.advance()
    fail(instance)
    instance.update()
    base = instance.folder / "base.db"
    with open_history(base) as copy:
        merge_history(copy, instance.history)
    assert dump(base)["failure"] == dump(instance.history)["failure"] != []
    instance.update()
    for first, second in ((base, instance.history), (instance.history, base)):
        merged = instance.folder / f"{first.stem}-first.db"
        with open_history(merged) as history:
            merge_history(history, first)
            merge_history(history, second)
        assert dump(merged)["failure"] == []
