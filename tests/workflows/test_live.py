"""The weekly check of GitHub's pages, as it stands: which package, what it keeps, and what it reports."""

import pytest

from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from tests.workflows.results import Event
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

TIDES = "mona-lab/tide-tables/tide-tables"
PAGE = "/mona-lab/tide-tables/pkgs/container/tide-tables"


@pytest.fixture
def here(site: Site) -> Site:
    """Name a package."""
    site.settings["BACKAGE_LIVE_PACKAGE"] = TIDES
    return site


@pytest.mark.parametrize("named", [None, ""])
def test_without_a_package_nothing_is_checked(site: Site, server: StandinServer, named: str | None) -> None:
    """Without a package the run succeeds with a sentence, and sends no request."""
    if named is not None:
        site.settings["BACKAGE_LIVE_PACKAGE"] = named
    run = run_workflow(site, "live.yml")
    assert run.conclusion == "success", run.log
    assert run.step("Skip without a package").log == (
        "Nothing to check. Set the repository variable BACKAGE_LIVE_PACKAGE to OWNER/REPO/PACKAGE.\n"
    )
    assert {step.name for step in run.steps if step.outcome != "skipped"} == {"Skip without a package"}
    assert run.jobs["report"].result == "skipped"
    assert server.requests == []


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
def test_agreeing_pages_pass(here: Site, event: str) -> None:
    """If all pages agree, the run succeeds with a table in its summary, and keeps no page."""
    run = run_workflow(here, "live.yml", Event(event))
    assert run.conclusion == "success", run.log
    assert run.step("Check").log.endswith("\nAll 8 pages agree.\n")
    assert run.summary.count("| agrees |") == 8
    assert run.jobs["report"].result == "skipped"
    assert here.gh.issues == []
    assert not (run.folder / "artifacts").exists()


def test_a_page_that_changed_is_reported_once(here: Site, server: StandinServer) -> None:
    """If a page changed, the run fails and keeps the pages, and one issue links to the last run."""
    for number in (1, 2):
        server.replies[PAGE] = [Reply(200, {}, b"<html><h1>tide-tables</h1></html>")]
        run = run_workflow(here, "live.yml")
        assert (run.conclusion, run.step("Check").outputs["code"]) == ("failure", "3"), run.log
        assert "| not read | package |" in run.summary
        kept = run.folder / "artifacts" / "pages"
        assert (kept / "package.html").read_bytes() == b"<html><h1>tide-tables</h1></html>"
        assert (kept / "versions-tagged.html").exists()
        (issue,) = here.gh.issues
        assert issue["labels"] == ["pages-changed"]
        assert issue["body"].startswith("The last run of *live* ended with exit code 3: ")
        assert f"/actions/runs/{1000 + number}\n" in issue["body"]


@pytest.mark.parametrize(
    "name", ["mona-lab", "$(touch pwned)", "--keep=pwned", "; touch pwned", "::error::x"]
)
def test_an_invalid_package_is_refused(site: Site, server: StandinServer, name: str) -> None:
    """An invalid package fails the run with a sentence; nothing is executed, and no issue blames GitHub."""
    site.settings["BACKAGE_LIVE_PACKAGE"] = name
    run = run_workflow(site, "live.yml")
    assert (run.conclusion, run.step("Check").outputs["code"]) == ("failure", "2"), run.log
    assert "owner/repo/package" in run.step("Check").log.lower()
    assert run.step("Check").commands == []
    assert "pwned" not in {path.name for path in run.folder.rglob("*")}
    assert (server.requests, site.gh.issues) == ([], [])
