"""What becomes of an instance when runs are killed, saved histories are damaged, or GitHub fails."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backage.standin.server import StandinServer
from tests.conftest import START
from tests.workflows.checks import (
    FILE,
    PUBLISH,
    RESTORE,
    SAVE,
    UPDATE,
    check,
    check_success,
    days_read,
    draft_tags,
    exit_codes,
    record_state,
    saved_tags,
    tip,
)
from tests.workflows.happenings import after_requests, count_waits, next_day, on_push, update
from tests.workflows.results import Hooks
from tests.workflows.site import Site

DAYS = [str(START + timedelta(days)) for days in range(4)]


def test_a_run_that_is_killed_while_it_reads_costs_only_what_it_read(
    site: Site, server: StandinServer
) -> None:
    """A run killed while reading publishes and saves nothing, and the next run goes on."""
    for requests in (20, 9):
        old_tip, kept = tip(site), saved_tags(site)
        run = update(site, hooks=Hooks(kill={UPDATE: after_requests(server, requests)}))
        assert (run.conclusion, exit_codes(run)) == ("failure", [0, -9]), run.log
        assert (tip(site), saved_tags(site), draft_tags(site)) == (old_tip, kept, [])
        before = record_state(site, history=bool(kept))
        check_success(update(site))
        check(site, server, before)
        next_day(site, server)
    assert days_read(site) == DAYS[:2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "when", "published"),
    [
        ("^release create", "assets 0", 1),
        ("^release create", "assets 1", 1),
        ("^release create", "after", 1),
        ("^release download history-.* --dir", "assets 1", 1),
        ("^release edit", "before", 1),
        ("^release edit", "after", 2),
        ("^release list", "before", 2),
    ],
)
def test_a_run_that_is_killed_while_it_saves_leaves_a_draft_at_most(
    site: Site, server: StandinServer, call: str, when: str, published: int
) -> None:
    """A run killed while saving leaves at most a draft: never restored, and removed by the next run."""
    check_success(update(site))
    before, old_tip = record_state(site), tip(site)
    next_day(site, server)
    hooks = Hooks(
        before={SAVE: lambda _: site.gh.fail(call, when=when, hang=True, times=1)},
        kill={SAVE: lambda: site.gh.hanging},
    )
    run = update(site, hooks=hooks)
    assert (run.conclusion, exit_codes(run)) == ("failure", [0, 0, -9]), run.log
    assert (tip(site), len(saved_tags(site))) == (old_tip, published)
    assert len(draft_tags(site)) == 2 - published
    site.gh.heal()
    next_day(site, server)
    run = check_success(update(site))
    check(site, server, before)
    assert days_read(site) == (DAYS[:3] if published == 2 else [DAYS[0], DAYS[2]])


@pytest.mark.slow
@pytest.mark.parametrize("script", ["", '"$git" "$@"', None])
def test_a_run_that_is_killed_before_or_while_it_publishes_is_published_by_the_next(
    site: Site, server: StandinServer, script: str | None
) -> None:
    """A run killed around its push has saved its history, and the next run publishes it."""
    check_success(update(site))
    before, old_tip = record_state(site), tip(site)
    next_day(site, server)
    reached = site.folder / "reached"
    if script is not None:
        on_push(site, f"{script}\ntouch '{reached}'\nexec tail -f /dev/null")
    run = update(site, hooks=Hooks(kill={PUBLISH: lambda: script is None or reached.exists()}))
    assert (run.conclusion, exit_codes(run)) == ("failure", [0, 0, 0, -9]), run.log
    assert len(saved_tags(site)) == 2
    assert (tip(site) == old_tip) == (not script)
    on_push(site, "")
    check_success(update(site))
    check(site, server, before)
    assert days_read(site) == DAYS[:2]


def remove_saved(site: Site) -> None:
    """Remove all saved histories, with their tags."""
    for tag in saved_tags(site):
        site.git("tag", "--delete", tag)
    site.gh.change(releases=[])


@pytest.mark.slow
def test_without_a_saved_history_the_index_is_imported(site: Site, server: StandinServer) -> None:
    """Without a saved history the run imports the index and reports it; earlier lines of the CSVs stay."""
    check_success(update(site))
    before = record_state(site, history=False)
    remove_saved(site)
    server.world.advance()
    run = check_success(update(site))
    check(site, server, before)
    assert run.step(RESTORE).log == "12 packages of index imported into history.db\n"
    assert (days_read(site), len(saved_tags(site))) == (DAYS[:2], 1)


def damage_archive(site: Site, tag: str) -> None:
    """Change bytes in the middle of the archive."""
    path = site.gh.asset(tag, FILE)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


def cut(site: Site, tag: str) -> None:
    """Keep half of the archive."""
    path = site.gh.asset(tag, FILE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change(site: Site, tag: str, what: Callable[[dict[str, Any]], object]) -> None:
    """Change what GitHub says of a release."""
    releases = site.gh.releases
    what(next(release for release in releases if release["tagName"] == tag))
    site.gh.change(releases=releases)


def drop_sum(site: Site, tag: str) -> None:
    """Remove the file beside the archive."""
    change(site, tag, lambda release: release["assets"].pop())


def half(site: Site, tag: str) -> None:
    """Turn the archive into one whose upload never ended."""
    change(site, tag, lambda release: release["assets"][0].update(state="starter", size=0))


DAMAGES = {
    "has another SHA-256": damage_archive,
    "it is damaged": cut,
    f"it has no {FILE}.sha256.": drop_sum,
    f"it has no {FILE}.": half,
}


def check_damaged(site: Site, server: StandinServer, reason: str) -> None:
    """Damage the newest of two saved histories; the next run restores the other, and imports the index."""
    check_success(update(site))
    next_day(site, server)
    check_success(update(site))
    before = record_state(site)
    next_day(site, server)
    older, newest = saved_tags(site)
    DAMAGES[reason](site, newest)
    run = check_success(update(site))
    said = run.step(RESTORE).log.splitlines()
    assert said[0].startswith(f"Not restored: {newest}: ")
    assert reason in said[0]
    assert said[1:] == [
        f"{older} restored as history.db",
        "12 packages of index imported into history.db",
    ]
    check(site, server, before)
    assert days_read(site) == DAYS[:3]


def test_a_damaged_history_is_passed_over(site: Site, server: StandinServer) -> None:
    """A damaged history is skipped, and its days come from the index: no day of a CSV is lost or wrong."""
    check_damaged(site, server, "has another SHA-256")


@pytest.mark.slow
@pytest.mark.parametrize("reason", list(DAMAGES)[1:])
def test_an_incomplete_history_is_skipped(site: Site, server: StandinServer, reason: str) -> None:
    """An incomplete history is skipped, whatever its damage."""
    check_damaged(site, server, reason)


@pytest.mark.slow
def test_if_all_histories_are_damaged_the_index_is_imported(site: Site, server: StandinServer) -> None:
    """If all histories are damaged, the run imports the index and gives the reason for each."""
    check_success(update(site))
    next_day(site, server)
    check_success(update(site))
    before = record_state(site, history=False)
    next_day(site, server)
    for tag in saved_tags(site):
        damage_archive(site, tag)
    run = check_success(update(site))
    assert [line[:12] for line in run.step(RESTORE).log.splitlines()] == [
        "Not restored",
        "Not restored",
        "12 packages ",
    ]
    check(site, server, before)


@pytest.mark.slow
def test_a_day_of_which_only_a_draft_is_left_stays_in_the_csv(site: Site, server: StandinServer) -> None:
    """A day that only a draft has comes from the index, while an older history is restored."""
    check_success(update(site))
    next_day(site, server)
    check_success(update(site))
    before = record_state(site)
    next_day(site, server)
    older, newest = saved_tags(site)
    change(site, newest, lambda release: release.update(isDraft=True, publishedAt=None))
    site.git("tag", "--delete", newest)
    run = check_success(update(site))
    assert f"{older} restored as history.db\n" in run.step(RESTORE).log
    check(site, server, before)
    assert days_read(site) == DAYS[:3]


@pytest.mark.slow
@pytest.mark.parametrize("call", ["^release create", "^release edit", "^release download"])
def test_a_day_that_could_not_be_saved_is_not_lost(site: Site, server: StandinServer, call: str) -> None:
    """If saving fails, the run fails, and the days that it published are still there after the next run."""
    check_success(update(site))
    next_day(site, server)
    run = update(site, hooks=Hooks(before={SAVE: lambda _: site.gh.fail(call)}))
    assert (run.conclusion, exit_codes(run)[2]) == ("failure", 2), run.log
    before = record_state(site)
    site.gh.heal()
    next_day(site, server)
    check_success(update(site))
    check(site, server, before)


@pytest.mark.slow
@pytest.mark.parametrize("call", ["^release list", "^release view", "^release download"])
def test_without_an_answer_nothing_is_published_or_saved(
    site: Site, server: StandinServer, call: str
) -> None:
    """If GitHub does not answer, the run fails before reading: no older history replaces a newer one."""
    check_success(update(site))
    before, old_tip, releases = record_state(site), tip(site), site.gh.releases
    site.gh.fail(call)
    requests_before = len(server.requests)
    run = update(site)
    assert (run.conclusion, [step.outcome for step in run.steps[3:]]) == (
        "failure",
        ["failure", *["skipped"] * 4, "failure"],
    )
    assert "HTTP 502: Server Error" in run.step(RESTORE).log
    assert (tip(site), site.gh.releases, len(server.requests)) == (old_tip, releases, requests_before)
    assert count_waits(site) == 5
    site.gh.heal()
    next_day(site, server)
    check_success(update(site))
    check(site, server, before)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_github_may_fail_twice(site: Site, server: StandinServer, when: str) -> None:
    """A call that fails twice is repeated, whether it was done or not, and leaves nothing behind."""
    check_success(update(site))
    before = record_state(site)
    next_day(site, server)
    for call in ("list", "view", "download", "create", "edit"):
        site.gh.fail(f"^release {call}", times=2, when=when)
    check_success(update(site))
    check(site, server, before)
    assert len(saved_tags(site)) == 2
