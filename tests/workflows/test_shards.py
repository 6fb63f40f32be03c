"""Several jobs that read at once leave what one job leaves, whatever happens to one of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from tests.conftest import differences
from tests.workflows.listing import (
    LATER,
    packages_of,
    published_instance,
    render_newest,
    small_world,
    take_no_pauses,
)
from tests.workflows.results import Event, Hooks, Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

WAITING = "/users/mona-lab/packages"
CHANGED = Reply(200, {"Content-Type": "text/html"}, b"<html><body>Something else</body></html>")


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve few packages on loopback."""
    with StandinServer(small_world()) as running:
        yield running


@pytest.fixture
def shards(site: Site) -> Site:
    """Return an instance of two jobs: Octo-Forge in the first, the others in the second."""
    site.settings["BACKAGE_SHARDS"] = "2"
    return site


def job_results(run: Run) -> dict[str, str]:
    """Return the results of the workflow's own jobs."""
    return {name: job.result for name, job in run.jobs.items() if " / " not in name}


def index_of_one_job(site: Site, folder: Path) -> Site:
    """Return another instance of the same GitHub, with one job."""
    plain = Site(folder, site.server, site.today)
    plain.push({"owners.txt": site.files()["owners.txt"]})
    return plain


def check_whole(site: Site, server: StandinServer) -> None:
    """Compare what is published with what GitHub counted, and with what the newest release holds."""
    assert not differences(published_instance(site, server))
    assert render_newest(site) == site.files(below="index")


@pytest.mark.parametrize(
    ("number", "days"),
    [
        ("2", 1),
        pytest.param("3", 2, marks=pytest.mark.slow),
        pytest.param("4", 1, marks=pytest.mark.slow),
    ],
)
def test_the_index_is_that_of_one_job(
    site: Site, server: StandinServer, tmp_path: Path, number: str, days: int
) -> None:
    """On each day the index equals that of one job byte for byte; the release has all parts' history."""
    plain = index_of_one_job(site, tmp_path / "plain")
    site.settings["BACKAGE_SHARDS"] = number
    for day in range(days):
        server.world.advance(day)
        run = run_workflow(site, "shards.yml")
        assert run.conclusion == "success", run.log
        assert run_workflow(plain, "update.yml").conclusion == "success"
        assert site.files(below="index") == plain.files(below="index")
        check_whole(site, server)
    assert len([step for step in run.steps if step.name == "Update"]) == int(number)


def move_owner_and_package(server: StandinServer) -> None:
    """Rename an owner, and let a package go to another repository."""
    server.world.owners[0].rename("forge-of-octo")
    server.world.owners[1].packages[0].repo = "elsewhere"


def reuse_login(server: StandinServer) -> None:
    """Give a login to another account."""
    before = server.world.owners[2]
    other = replace(before.packages[0], name="other", versions=before.packages[0].versions[:1])
    server.world.owners[2] = replace(before, id=7_000_001, packages=[other])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "file"),
    [
        (move_owner_and_package, "mona-lab/elsewhere/.json"),
        (reuse_login, "paper-lantern/gateway/other.json"),
    ],
)
def test_moves_are_found_as_by_one_job(
    shards: Site, server: StandinServer, tmp_path: Path, change: Callable[[StandinServer], None], file: str
) -> None:
    """A renamed login, a moved repository and a reused login are found although one part alone sees them."""
    plain = index_of_one_job(shards, tmp_path / "plain")
    for day in range(2):
        server.world.advance(day)
        if day:
            change(server)
        assert run_workflow(shards, "shards.yml").conclusion == "success"
        assert run_workflow(plain, "update.yml").conclusion == "success"
    index = shards.files(below="index")
    assert file in index
    assert index == plain.files(below="index")
    assert not differences(published_instance(shards, server))
    assert render_newest(shards).items() <= index.items()  # files of an account that is gone stay


@pytest.mark.slow
def test_a_part_that_dies_loses_only_its_own_work(shards: Site, server: StandinServer) -> None:
    """If a part dies, the others' work survives, the run fails, and the next run catches up."""
    assert run_workflow(shards, "shards.yml").conclusion == "success"
    before = shards.files(below="index")
    server.world.advance()
    server.requests.clear()
    server.replies[f"{WAITING}*"] = server.replies["/mona-lab*"] = [LATER]

    def reached() -> bool:
        return any("/mona-lab" in target and "/api/" not in target for _, target in server.requests)

    run = run_workflow(shards, "shards.yml", hooks=Hooks(kill={"read (2): Update": reached}))
    assert (run.conclusion, job_results(run)["read"], job_results(run)["write"]) == (
        "failure",
        "failure",
        "success",
    )
    after = shards.files(below="index")
    assert render_newest(shards) == after
    assert before.keys() == after.keys()
    assert packages_of(before, "mona-lab") == packages_of(after, "mona-lab")
    assert packages_of(before, "Octo-Forge") != packages_of(after, "Octo-Forge")
    server.replies.clear()
    assert run_workflow(shards, "shards.yml").conclusion == "success"
    check_whole(shards, server)


@pytest.mark.slow
def test_a_part_that_dies_on_the_first_day_loses_only_its_own_work(
    shards: Site, server: StandinServer
) -> None:
    """If a part dies on the first day, without any earlier history, the others' work survives."""
    server.replies["/mona-lab*"] = server.replies[f"{WAITING}*"] = [LATER]

    def reached() -> bool:
        return any("/mona-lab" in target and "/api/" not in target for _, target in server.requests)

    run = run_workflow(shards, "shards.yml", hooks=Hooks(kill={"read (2): Update": reached}))
    assert (run.conclusion, job_results(run)["write"]) == ("failure", "success")
    assert packages_of(shards.files(below="index"), "Octo-Forge")
    assert not packages_of(shards.files(below="index"), "mona-lab")
    assert render_newest(shards) == shards.files(below="index")
    server.replies.clear()
    assert run_workflow(shards, "shards.yml").conclusion == "success"
    check_whole(shards, server)


@pytest.mark.slow
def test_what_failed_makes_the_run_red_and_the_rest_is_published(shards: Site, server: StandinServer) -> None:
    """An owner that GitHub does not know is no reason to throw away the others."""
    listed = shards.files()["owners.txt"].decode()
    shards.push({"owners.txt": f"{listed}nobody-here\n"})
    run = run_workflow(shards, "shards.yml")
    codes = {step.job: step.outputs.get("code") for step in run.steps if step.name == "Update"}
    assert sorted(codes.values(), key=str) == ["0", "1"]
    assert (run.conclusion, job_results(run)) == (
        "failure",
        {
            "restore": "success",
            "read": "failure",
            "write": "success",
            "report": "skipped",
            "pages": "success",
        },
    )
    assert "nobody-here" in run.summary
    assert not shards.gh.issues
    check_whole(shards, server)


@pytest.mark.slow
def test_a_changed_page_is_reported_once(shards: Site, server: StandinServer) -> None:
    """If a part cannot read its pages, an issue is opened, and the next run opens no second one."""
    forge = server.world.owners[0]
    forge.packages += [replace(forge.packages[0], name=f"more-{number}") for number in range(5)]
    assert run_workflow(shards, "shards.yml").conclusion == "success"
    before = shards.files(below="index")
    before.pop(".json")  # it tells of the last run
    for _ in range(2):
        server.replies["/Octo-Forge/*"] = server.replies["/orgs/Octo-Forge/packages/*"] = [CHANGED] * 99
        run = run_workflow(shards, "shards.yml")
        assert run.step("read (1): Update").outputs["code"] == "3", run.log
        assert (run.conclusion, job_results(run)["report"]) == ("failure", "success")
        assert [issue["labels"] for issue in shards.gh.issues] == [["pages-changed"]]
        assert (shards.folder / "runs" / str(shards.runs) / "artifacts" / "page-1" / "package.html").is_file()
    after = shards.files(below="index")
    after.pop(".json")
    assert after == before


@pytest.mark.slow
def test_opted_out_owners_leave_index_and_history(shards: Site, server: StandinServer) -> None:
    """An owner that opted out leaves index and history, although all parts began with it."""
    assert run_workflow(shards, "shards.yml").conclusion == "success"
    assert packages_of(shards.files(below="index"), "mona-lab")
    shards.push({"optout.txt": "mona-lab\nOcto-Forge/scratchpad\n"})
    server.world.advance()
    server.requests.clear()
    run = run_workflow(shards, "shards.yml")
    assert run.conclusion == "success", run.log
    left = shards.files(below="index")
    assert not [name for name in left if "mona-lab" in name or "scratchpad" in name]
    assert not [name for name, data in left.items() if b"mona-lab" in data or b"scratchpad" in data]
    assert packages_of(left, "Octo-Forge")
    assert not [target for _, target in server.requests if "mona-lab" in target]
    assert render_newest(shards) == left


@pytest.mark.parametrize("number", [None, "", "1", "0", "many"])
def test_nothing_happens_if_one_job_is_enough(site: Site, server: StandinServer, number: str | None) -> None:
    """Without the variable, or with one below 2, this workflow is skipped and update.yml runs."""
    if number is not None:
        site.settings["BACKAGE_SHARDS"] = number
    run = run_workflow(site, "shards.yml")
    assert (run.conclusion, set(job_results(run).values())) == ("skipped", {"skipped"})
    assert [*run.steps, *server.requests, *site.gh.calls] == []


def test_update_is_skipped_with_several_jobs(shards: Site, server: StandinServer) -> None:
    """With several jobs the workflow for one job does nothing."""
    run = run_workflow(shards, "update.yml", Event("workflow_dispatch"))
    assert (run.conclusion, server.requests) == ("skipped", [])


def test_nothing_is_read_when_the_list_of_releases_fails(shards: Site, server: StandinServer) -> None:
    """If GitHub does not list the releases, nothing is read: no new history replaces the saved one."""
    take_no_pauses(shards)
    tip = shards.git("rev-parse", "main")
    shards.gh.fail("release list", "HTTP 403: Resource not accessible by integration")
    run = run_workflow(shards, "shards.yml")
    assert (run.conclusion, job_results(run)) == (
        "failure",
        {
            "restore": "failure",
            "read": "skipped",
            "write": "skipped",
            "report": "skipped",
            "pages": "skipped",
        },
    )
    assert (server.requests, shards.gh.releases, shards.git("rev-parse", "main")) == ([], [], tip)
