"""The instance's main workflow, as it stands: what a run publishes, saves and says."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from backage.standin.server import StandinServer
from tests.conftest import START
from tests.workflows.checks import (
    PUBLISH,
    RESTORE,
    SAVE,
    UPDATE,
    check,
    check_success,
    days_read,
    exit_codes,
    record_state,
    saved_tags,
    tip,
)
from tests.workflows.happenings import count_waits, next_day, on_push, update
from tests.workflows.results import Event, Hooks
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site
from tests.workflows.syntax import load

BEACON = "Octo-Forge/beacon/beacon"


def test_the_first_run_reads_publishes_and_saves_all(site: Site, server: StandinServer) -> None:
    """The first run makes one commit that names the new packages, one release, and a summary."""
    before = record_state(site, history=False)
    run = check_success(update(site))
    check(site, server, before)
    assert run.step(RESTORE).log.endswith("no saved history and no index, so history.db begins anew\n")
    assert "| packages | 12 (12 new, 0 changed) |\n" in run.summary
    assert (len(saved_tags(site)), len(site.gh.releases)) == (1, 1)
    assert site.git("rev-parse", f"{saved_tags(site)[0]}") == site.git("rev-parse", "main~1")
    subject, _, *named = site.git("log", "-1", "--format=%B", "main").splitlines()
    assert subject == "index: 12 packages of 3 owners, 12 new"
    truth = {f"new {t['owner']}/{t['repo']}/{t['package']}" for t in server.world.truth()}
    assert set(named) == {*truth, "", "Backage-Index: yes"}
    assert days_read(site) == [str(START)]


@pytest.mark.slow
def test_a_run_that_finds_nothing_new_commits_nothing(site: Site, server: StandinServer) -> None:
    """A run without news makes no commit, but saves the history; of one day one release stays."""
    check_success(update(site))
    before, first, at = record_state(site), saved_tags(site), tip(site)
    run = check_success(update(site))
    check(site, server, before)
    assert run.step(PUBLISH).log == "Nothing changed, so nothing was published.\n"
    assert tip(site) == at
    assert "1 old one retired" in run.step(SAVE).log
    assert (len(saved_tags(site)), saved_tags(site) > first) == (1, True)


@pytest.mark.slow
def test_the_next_day_is_added(site: Site, server: StandinServer) -> None:
    """The next day adds a commit, a release and a line in each CSV."""
    check_success(update(site))
    before, first, at = record_state(site), saved_tags(site), tip(site)
    next_day(site, server)
    run = check_success(update(site))
    check(site, server, before)
    assert site.git("rev-parse", "main~1") == at
    assert days_read(site) == [str(START), str(START + timedelta(1))]
    assert (len(first), len(saved_tags(site))) == (1, 2)
    assert f"{saved_tags(site)[0]} restored as history.db\n" in run.step(RESTORE).log


OWN = ("notes.md", "Octo-Forge/beacon/mine.json", "mine/too/far/below.csv")


@pytest.mark.slow
def test_commits_pushed_during_a_run_stay(site: Site, server: StandinServer) -> None:
    """Commits that people push during a run stay, also below the index and to files that the run changes."""
    check_success(update(site))
    before, old_tip = record_state(site), tip(site)
    next_day(site, server)
    commits = list[str]()

    def push(_: Path) -> None:
        files: list[dict[str, str | None]] = [
            {"notes.txt": "mine"},
            {f"index/{name}": "mine" for name in OWN},
        ]
        files += [{f"index/{BEACON}.json": "{}", f"index/{BEACON}.csv": "mine"}, {"owners.txt": None}]
        commits.extend(site.push(each) for each in files)

    run = check_success(update(site, hooks=Hooks(before={PUBLISH: push})))
    assert "12 packages of 3 owners, 12 changed\n" in run.step(PUBLISH).log
    assert site.git("rev-list", "--reverse", f"{old_tip}..main").split()[:-1] == commits
    for _ in range(2):
        check(site, server, before, own=OWN)
        files = site.files()
        assert {files[name] for name in ("notes.txt", *(f"index/{own}" for own in OWN))} == {b"mine"}
        assert "owners.txt" not in files
        check_success(update(site))
    assert site.git("rev-list", "--count", f"{old_tip}..main") == "5"


@pytest.mark.slow
def test_a_file_that_only_people_changed_is_theirs_until_the_next_run(
    site: Site, server: StandinServer
) -> None:
    """A run leaves a file that only people changed during it; the next run repairs it."""
    check_success(update(site))
    before, name = record_state(site), f"index/{BEACON}.json"

    def push(_: Path) -> None:
        site.push({name: "{}"})

    run = check_success(update(site, hooks=Hooks(before={PUBLISH: push})))
    assert "Nothing changed" in run.step(PUBLISH).log
    assert site.files()[name] == b"{}"
    check_success(update(site))
    check(site, server, before)


def push_before(site: Site, number: int) -> list[str]:
    """Make so many pushes come second to somebody else's; return the commits that come first."""
    commits = [site.push({f"people/{count}.txt": "mine"}, branch="people") for count in range(number)]
    queue = site.folder / "queue"
    queue.write_text("".join(f"{commit}\n" for commit in commits), encoding="utf-8")
    script = f"""
        next=$(head -n 1 '{queue}')
        sed -i 1d '{queue}'
        if [ -n "$next" ]; then "$git" --git-dir='{site.remote}' update-ref refs/heads/main "$next"; fi
    """
    on_push(site, script)
    return commits


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 5])
def test_commits_pushed_between_fetch_and_push_stay(site: Site, server: StandinServer, times: int) -> None:
    """A push that comes second is refused and retried on the new tip; nothing is ever forced."""
    check_success(update(site))
    before, old_tip = record_state(site), tip(site)
    next_day(site, server)
    site.git("update-ref", "refs/heads/people", old_tip)
    commits = push_before(site, times)
    check_success(update(site))
    check(site, server, before)
    assert site.git("rev-list", "--reverse", f"{old_tip}..main").split()[:-1] == commits
    assert count_waits(site) == times


@pytest.mark.slow
def test_a_branch_that_takes_nothing_makes_the_run_red_and_the_next_one_publishes(
    site: Site, server: StandinServer
) -> None:
    """If the branch refuses every push, the run fails after saving the history; the next one publishes."""
    check_success(update(site))
    before, old_tip = record_state(site), tip(site)
    next_day(site, server)
    on_push(site, "echo '! [remote rejected] protected' >&2; exit 1")
    run = update(site)
    assert (run.conclusion, exit_codes(run)) == ("failure", [0, 0, 0, 2, 0]), run.log
    assert "git says: ! [remote rejected] protected." in run.step(PUBLISH).log
    assert (tip(site), len(saved_tags(site))) == (old_tip, 2)
    server.world.advance()
    on_push(site, "")
    check_success(update(site))
    check(site, server, before)
    assert days_read(site) == [str(START + timedelta(days)) for days in range(3)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nobody-here", "nobody-here: not found (missing, private or renamed)"),
        (
            "no owner/at all",
            'owners.txt:4: "no owner/at all" is not the name of a GitHub user or organization',
        ),
    ],
)
def test_an_owner_that_fails_makes_the_run_red_at_its_end(
    site: Site, server: StandinServer, line: str, reason: str
) -> None:
    """If an owner fails, the others are published; the run fails and its summary names the line."""
    before = record_state(site, history=False)
    site.push({"owners.txt": f"{site.files()['owners.txt'].decode()}{line}\n"})
    run = update(site)
    assert (run.conclusion, exit_codes(run)) == ("failure", [0, 0, 0, 0, 1]), run.log
    check(site, server, before)
    assert reason in run.step(UPDATE).log
    assert "| failed | 1 |" in run.summary
    assert run.jobs["report"].result == "skipped"


def pages(server: StandinServer) -> int:
    """Count the requests for pages of single versions."""
    return sum(re.search(r"/pkgs/\w+/[^/]+/[0-9]+$", target) is not None for _, target in server.requests)


@pytest.mark.slow
def test_a_person_may_name_owners_and_ask_for_every_page(site: Site, server: StandinServer) -> None:
    """A run by hand reads only the named owners and every page; the others stay as they are."""
    dispatched = Event("workflow_dispatch", {"owners": "mona-lab  paper-lantern"})
    check_success(update(site, dispatched))
    named = {"mona-lab", "paper-lantern", ".json"}
    assert {name.partition("/")[0] for name in site.files(below="index")} == named
    assert not [target for _, target in server.requests if "octo-forge" in target.lower()]
    check_success(update(site))
    before = record_state(site)
    next_day(site, server)
    server.reset()
    check_success(update(site, Event("workflow_dispatch", {"owners": "mona-lab", "full": True})))
    assert pages(server) == sum(len(package.versions) for package in server.world.owners[1].packages)
    server.reset()
    check_success(update(site))
    assert pages(server) < sum(len(p.versions) for owner in server.world.owners for p in owner.packages)
    check(site, server, before)


HOSTILE = (
    "$(touch pwned)",
    "; touch pwned",
    "-rf",
    "--history=pwned",
    "--",
    "*",
    "../../etc",
    "::error::pwned",
    "##[error]pwned",
)


@pytest.mark.slow
def test_inputs_of_a_run_are_names(site: Site, server: StandinServer) -> None:
    """Other inputs than names are refused with a sentence and never executed; only the first line is read."""
    check_success(update(site))
    before, old_tip = record_state(site), tip(site)
    requests_before = len(server.requests)
    for text in HOSTILE:
        run = update(site, Event("workflow_dispatch", {"owners": text}))
        assert (run.conclusion, exit_codes(run)) == ("failure", [0, 0, 0, 0, 2]), run.log
        assert "is not the name of a GitHub user or organization." in run.step(UPDATE).log
        assert run.step(UPDATE).commands == []
        assert "##[" not in run.step(UPDATE).log
        assert "pwned" not in {path.name for path in run.folder.rglob("*")}
    assert (len(server.requests), tip(site)) == (requests_before, old_tip)
    run = check_success(update(site, Event("workflow_dispatch", {"owners": "mona-lab\ntouch pwned"})))
    assert "| owners | 1 of 1 |" in run.summary
    assert "pwned" not in {path.name for path in run.folder.rglob("*")}
    check(site, server, before)


def test_the_schedules_are_kept_alive(site: Site) -> None:
    """A run enables all workflows that have a schedule."""
    paths = sorted((site.root / ".github" / "workflows").glob("*.yml"))
    site.push({f".github/workflows/{path.name}": path.read_bytes() for path in paths})
    run = run_workflow(site, "keepalive.yml")
    assert (run.conclusion, run.step("Enable the schedules").log) == ("success", ""), run.log
    scheduled = [path.name for path in paths if "schedule" in load(path)["on"]]
    assert sorted(site.gh.state["enabled"]) == scheduled
    assert scheduled == ["keepalive.yml", "live.yml", "shards.yml", "update.yml"]


@pytest.mark.slow
@pytest.mark.parametrize(("shards", "conclusion"), [("2", "skipped"), ("1", "success"), ("", "success")])
def test_an_instance_of_several_jobs_does_not_run_this_one(
    site: Site, server: StandinServer, shards: str, conclusion: str
) -> None:
    """With BACKAGE_SHARDS of 2 or more this workflow is skipped; an empty variable counts as unset."""
    names = ("AMEND", "MAX_MINUTES", "MAX_REQUESTS", "RATE", "JOBS")
    site.settings.update({f"BACKAGE_{name}": "" for name in names}, BACKAGE_SHARDS=shards)
    run = update(site)
    assert run.conclusion == conclusion, run.log
    assert (run.steps == [], server.requests == []) == (shards == "2",) * 2
    assert len(saved_tags(site)) == (shards != "2")
