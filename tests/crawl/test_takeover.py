"""Logins that change hands: two accounts stay two, and no number of one is shown as the other's."""

import pytest

from backage.owners import Entry, parse_optout
from backage.standin.transport import Reply
from tests.conftest import Instance, differences
from tests.crawl.test_identity import LAB, alone, owners_of, rename, stranger, update
from tests.store.databases import ask

STRANGER = 55


def ids(instance: Instance) -> set[tuple[int, str]]:
    """Give the owners that the history knows, by id and login."""
    return {row[1:3] for row in owners_of(instance)}


def test_a_login_is_taken_between_two_runs(instance: Instance) -> None:
    """Both are listed, and read at once: one is renamed while the other's list is on its way."""
    owner = alone(instance)
    old = rename(instance, owner)
    stranger(instance, old)
    for _ in range(2):
        update(instance, old, owner.login)
        instance.server.world.advance()
    assert update(instance, old, owner.login).failures == []
    assert ids(instance) == {(owner.id, owner.login), (STRANGER, old)}
    assert differences(instance) == []


def test_another_account_under_a_login_is_found_out(instance: Instance) -> None:
    """The list lacks what was there, or a total fell: then the API has to say whose login it is."""
    owner = alone(instance)
    update(instance, owner.login)
    kept = {row[1] for row in instance.table("Octo-Forge/beacon/beacon")}
    old = rename(instance, owner)
    stranger(instance, old)
    for _ in range(3):
        update(instance, old)
        instance.server.world.advance()
    assert (STRANGER, old) in ids(instance)
    shown = {row[1] for row in instance.table("Octo-Forge/beacon/beacon")}
    assert not shown & (kept - {""})


@pytest.mark.parametrize(
    "names",
    [["Octo-Forge", "Octo-Works"], ["Octo-Forge"], [Entry("Octo-Forge", STRANGER), "Octo-Works"]],
    ids=str,
)
def test_a_former_login_that_is_taken(instance: Instance, names: list[str | Entry]) -> None:
    """It leads nowhere else any more, so it is the new account's."""
    owner = alone(instance)
    old = rename(instance, owner)
    update(instance, old)
    stranger(instance, old)
    instance.server.world.advance()
    assert update(instance, *names).failures == []
    assert (STRANGER, old) in ids(instance)
    assert (owner.id, owner.login) in ids(instance)


def test_the_note_names_the_old_login(instance: Instance) -> None:
    """Whichever of the two stands first in the list."""
    owner = alone(instance)
    old = rename(instance, owner)
    for _ in range(3):
        for names in ((old, owner.login), (owner.login, old)):
            notes = update(instance, *names, jobs=1).notes
            assert notes == ["Octo-Forge is called Octo-Works now, which is listed too"]
        instance.server.world.advance()


def test_the_id_comes_when_the_api_answers_again(instance: Instance) -> None:
    """Also for an owner that was renamed while it did not."""
    instance.server.replies["/api/*"] = [Reply(403)] * 99
    owner = alone(instance)
    old = rename(instance, owner)
    update(instance, old)
    instance.server.replies.clear()
    instance.server.world.advance()
    update(instance, old)
    assert [row[1] for row in owners_of(instance)] == [owner.id]


def test_an_old_login_on_a_new_history_is_remembered(instance: Instance) -> None:
    """The API is asked once who that is."""
    owner = instance.server.world.owners[0]
    instance.server.world.owners = [owner]
    old = rename(instance, owner)
    update(instance, old)
    assert (update(instance, old).requests, instance.count_requests("/api/")) == (1 + 6 + 1, 0)


@pytest.mark.parametrize(("listed", "opted_out"), [("old", "old"), ("old", "new"), ("new", "old")])
def test_a_renamed_owner_stays_opted_out(instance: Instance, listed: str, opted_out: str) -> None:
    """Under the login it had and the one it has; its folders go, and it is not read again."""
    owner = alone(instance, LAB)
    old = rename(instance, owner)
    if opted_out == "old":
        update(instance, old)  # so that the history knows of both
    logins = {"old": old, "new": owner.login}
    instance.optout, _ = parse_optout(f"{logins[opted_out]}\n")
    for _ in range(3):
        update(instance, logins[listed])
        instance.server.world.advance()
    assert list(instance.files()) == [".json"]
    assert ask(instance.history, "SELECT count(*) FROM package") == [(0,)]


def test_what_is_opted_out_is_not_read_by_the_run_that_finds_a_rename(instance: Instance) -> None:
    """The old login still stands in the list of those who do not want to be read."""
    owner = alone(instance, LAB)
    instance.optout, _ = parse_optout("mona-lab/tide-tables\nmona-lab/moon-phase/moon-phase\n")
    update(instance, owner.login)
    update(instance, rename(instance, owner))
    assert b"moon-phase" not in instance.files()["mona-sea/.json"]
    assert instance.count_requests("moon-phase") + instance.count_requests("/tide-tables/") == 0
