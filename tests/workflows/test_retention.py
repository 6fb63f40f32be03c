"""What runs leave in the repository as the days go by: releases, commits of the index, and an issue."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from tests.conftest import Instance, differences
from tests.support.repositories import Repository
from tests.workflows.checks import (
    RESTORE,
    SAVE,
    UPDATE,
    check,
    check_success,
    exit_codes,
    record_state,
    saved_tags,
    tip,
)
from tests.workflows.happenings import FORM, next_day, update
from tests.workflows.site import Site


def release(number: int, tag: str, *, draft: bool = False) -> dict[str, Any]:
    """Return a release without files, as in the state of `gh`."""
    made = {"createdAt": "2025-01-01T12:00:00Z", "publishedAt": None if draft else "2025-01-01T12:00:00Z"}
    flags = {"isDraft": draft, "isPrerelease": False, "isImmutable": False, "makeLatest": None}
    texts = {"tagName": tag, "name": tag, "body": "", "targetCommitish": ""}
    return {"id": number, **texts, **flags, **made, "assets": []}


def add(site: Site, releases: list[dict[str, Any]]) -> None:
    """Put releases beside those that there are, with a tag for each that is no draft."""
    commit = tip(site)
    tags = [item["tagName"] for item in releases if not item["isDraft"]]
    text = "".join(f"create refs/tags/{tag} {commit}\n" for tag in tags)
    Repository(site.remote).git("update-ref", "--stdin", text=text)
    site.gh.change(releases=[*releases, *site.gh.releases])


def newest_of_groups(tags: list[str], group: Callable[[datetime], object], number: int) -> set[str]:
    """Return the newest tag of each of the last groups."""
    found = {group(datetime.strptime(tag, FORM).replace(tzinfo=UTC)): tag for tag in sorted(tags)}
    return set(list(found.values())[-number:])


def tags_to_keep(tags: list[str]) -> set[str]:
    """Return the tags to keep: the newest of each of 7 days, 8 weeks and 12 months."""
    days, weeks = (
        newest_of_groups(tags, lambda at: at.date(), 7),
        newest_of_groups(tags, lambda at: at.isocalendar()[:2], 8),
    )
    return days | weeks | newest_of_groups(tags, lambda at: (at.year, at.month), 12)


OTHERS = ("v1.0", "history-of-rome", "history-20250101", "backup-history-20250101T000000Z")


def fill(site: Site, days: int, often: int = 30) -> None:
    """Put in histories, four a day of the last days, drafts of killed runs, and releases of people."""
    moment = datetime.now(UTC).replace(hour=23, minute=59, second=0)
    hours = [(0, 6, 12, 18) if day < often else (0,) for day in range(days)]
    moments = [moment - timedelta(1 + day, hours=hour) for day in range(days) for hour in hours[day]]
    add(site, [release(10_000 + number, f"{at:{FORM}}") for number, at in enumerate(reversed(moments))])
    add(site, [release(20_000 + n, f"{moments[n]:{FORM}}"[:-2] + "9Z", draft=True) for n in (0, 9, 29)])
    people = [release(30_000 + number, tag) for number, tag in enumerate(OTHERS)]
    add(site, [*people, release(40_000, "v2.0", draft=True)])


def check_remaining(site: Site, wanted: set[str]) -> None:
    """Make sure that exactly those histories are left, with their tags, and all that is of people."""
    assert set(saved_tags(site)) == wanted
    assert set(site.git("tag").split()) == {*wanted, *OTHERS}
    assert {item["tagName"] for item in site.gh.releases if item["isDraft"]} == {"v2.0"}
    assert {item["tagName"] for item in site.gh.releases} == {*wanted, *OTHERS, "v2.0"}


@pytest.mark.slow
def test_releases_of_days_weeks_and_months_are_kept(site: Site) -> None:
    """After 400 days the releases of days, weeks and months are left, and people's are untouched."""
    check_success(update(site))
    fill(site, 400)
    before = saved_tags(site)
    run = check_success(update(site))
    wanted = tags_to_keep([*before, *saved_tags(site)])
    assert 12 <= len(wanted) <= 7 + 8 + 12
    check_remaining(site, wanted)
    assert f"{len(before) + 1 - len(wanted) + 3} old ones retired" in run.step(SAVE).log


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_failed_deletions_are_repeated_by_the_next_run(site: Site, server: StandinServer, when: str) -> None:
    """If an old release cannot be deleted, the run still succeeds, and the next run deletes it."""
    check_success(update(site))
    before = record_state(site)
    fill(site, 30, often=2)
    old = saved_tags(site)
    site.gh.fail("^release delete", when=when)
    run = check_success(update(site))
    assert "Old ones were not retired: gh says: HTTP 502: Server Error.\n" in run.step(SAVE).log
    first = saved_tags(site)[-1]
    assert first not in old
    site.gh.heal()
    check_success(update(site))
    check_remaining(site, tags_to_keep([*old, first, *saved_tags(site)]))
    assert record_state(site).days >= before.days
    assert differences(Instance(site.clone(), server)) == []


@pytest.mark.slow
def test_the_history_is_found_among_very_many_releases(site: Site, server: StandinServer) -> None:
    """The history is found however many newer releases people made."""
    check_success(update(site))
    before, old = record_state(site), saved_tags(site)
    many = [release(10_000 + number, f"v1.{number}") for number in range(1000)]
    add(site, [{**item, "createdAt": "2026-11-01T12:00:00Z"} for item in many])
    server.world.advance()
    run = check_success(update(site))
    assert run.step(RESTORE).log == f"{old[0]} restored as history.db\n"
    assert len(saved_tags(site)) == 1
    check(site, server, before)


@pytest.mark.slow
def test_releases_may_be_immutable(site: Site, server: StandinServer) -> None:
    """Published releases are never changed, and a tag is never used again."""
    site.variables["GH_IMMUTABLE"] = "1"
    check_success(update(site))
    before = record_state(site)
    check_success(update(site))
    next_day(site, server)
    check_success(update(site))
    check(site, server, before)
    assert [item["isImmutable"] for item in site.gh.releases] == [True, True]
    assert len(site.gh.state["burned"]) == 3


def authors(site: Site) -> list[str]:
    """Return the author of each commit of the branch, oldest first."""
    found = site.git("log", "--reverse", "--format=%an", "main").splitlines()
    return ["person" if name == "Mona" else "index" for name in found]


def check_tags(site: Site, replaced: set[str]) -> None:
    """Make sure that no branch and no tag keeps a commit that was replaced."""
    assert replaced
    for commit in replaced:
        assert site.git("for-each-ref", "--contains", commit) == ""


@pytest.mark.slow
def test_amending_keeps_the_commits_of_people_and_one_of_the_index_on_each(
    site: Site, server: StandinServer
) -> None:
    """Amending keeps people's commits with one index commit on each, and no tag keeps replaced ones."""
    site.settings["BACKAGE_AMEND"] = "true"
    authors_before = authors(site)
    tips = set[str]()
    before = None
    for person in (False, True, False, False, True):
        if person:
            site.push({f"{len(tips)}.txt": "mine"})
        check_success(update(site))
        check(site, server, before)
        assert {site.git("log", "-1", "--format=%an", tag) for tag in saved_tags(site)} == {"Mona"}
        tips.add(tip(site))
        before = record_state(site)
        next_day(site, server)
    assert authors(site) == [*authors_before, "index", "person", "index", "person", "index"]
    check_tags(site, tips - set(site.git("rev-list", "main").split()))


@pytest.mark.slow
def test_amending_can_be_turned_on_later(site: Site, server: StandinServer) -> None:
    """With amending turned on later, earlier index commits stay, and no tag keeps the ones replaced since."""
    for _ in range(2):
        check_success(update(site))
        next_day(site, server)
    authors_before = authors(site)
    site.settings["BACKAGE_AMEND"] = "true"
    before, tips = record_state(site), {tip(site)}
    for _ in range(3):
        check_success(update(site))
        check(site, server, before)
        tips.add(tip(site))
        before = record_state(site)
        next_day(site, server)
    assert authors(site) == authors_before
    made_since = tips - set(site.git("rev-list", "main").split())
    check_tags(site, made_since)


CHANGED = "GitHub changed its pages: backage has to be updated"


def packages(site: Site) -> dict[str, bytes]:
    """Read the index but for the instance's own file, which tells of the last run."""
    return {path: data for path, data in site.files(below="index").items() if path != ".json"}


@pytest.mark.slow
def test_pages_that_changed_open_one_issue_and_change_no_number(site: Site, server: StandinServer) -> None:
    """Changed pages open one issue, which the next run updates; a stranger's is untouched."""
    check_success(update(site))
    before, files = record_state(site), packages(site)
    author = {"login": "somebody", "is_bot": False}
    theirs = {"number": 1, "title": CHANGED, "body": "no", "state": "OPEN", "labels": [], "author": author}
    site.gh.change(issues=[theirs])
    for number in range(2):
        next_day(site, server)
        page = Reply(200, {}, b"<html>all new</html>")
        logins = [owner.login for owner in server.world.owners]
        pages = [f"/{login}/*" for login in logins] + [f"/orgs/{login}/packages/*" for login in logins]
        server.replies = {address: [page] * 200 for address in pages}
        run = update(site)
        assert (run.conclusion, exit_codes(run)) == ("failure", [0, 0, 0, 0, 3]), run.log
        assert run.step(UPDATE).outputs == {"code": "3"}
        assert packages(site) == files
        assert any((site.folder / "runs" / str(site.runs) / "artifacts" / "page").glob("*.html"))
        first, mine = site.gh.issues
        assert (first, mine["title"], mine["labels"], mine["state"]) == (
            theirs,
            CHANGED,
            ["pages-changed"],
            "OPEN",
        )
        assert f"/{site.repository}/actions/runs/{run.github['run_id']}\n" in mine["body"]
        assert len(saved_tags(site)) == 2 + number
    server.replies.clear()
    check_success(update(site))
    check(site, server, before)
    assert site.gh.issues[0] == theirs


@pytest.mark.slow
def test_a_small_budget_gets_there_in_several_runs(site: Site, server: StandinServer) -> None:
    """With a small budget each run continues where the last one stopped, and none fails."""
    site.settings.update(BACKAGE_MAX_REQUESTS="40", BACKAGE_MAX_MINUTES="5", BACKAGE_JOBS="2")
    before, runs = record_state(site, history=False), 0
    stopped = True
    while stopped and runs < 9:
        requests_before = len(server.requests)
        run = check_success(update(site))
        assert len(server.requests) - requests_before <= 40
        stopped, runs = "| stopped |" in run.summary, runs + 1
    assert 2 < runs < 9
    check(site, server, before)
    assert "not reached" not in run.summary
