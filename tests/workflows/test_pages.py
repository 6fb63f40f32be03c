"""The site is built and deployed after each update, where Pages is on, and nothing is red where it is off."""

from pathlib import Path

import pytest

from tests.workflows.results import Event, Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

ADDRESS = "https://downloads.example.org/"
ON = {"html_url": ADDRESS, "build_type": "workflow"}
BY_HAND = Event("workflow_dispatch")


def deployed(run: Run) -> dict[str, Path]:
    """Return the deployed files."""
    folder = run.folder / "deployed"
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("workflow", ["update.yml", "shards.yml"])
def test_an_update_deploys_the_site(site: Site, workflow: str) -> None:
    """An update deploys the whole site, with names that begin with a dot, under the address from Pages."""
    site.gh.change(pages=ON)
    site.settings["BACKAGE_SHARDS"] = "2" if workflow == "shards.yml" else ""
    run = run_workflow(site, workflow)
    assert run.conclusion == "success", run.log
    files = deployed(run)
    published = {f"index/{name}" for name in site.files(below="index")}
    assert published <= files.keys()
    assert {
        ".nojekyll",
        "index/mona-lab/.json",
        "package/mona-lab/moon-phase/moon-phase.html",
    } <= files.keys()
    assert f"<loc>{ADDRESS}</loc>" in files["sitemap.xml"].read_text(encoding="utf-8")


@pytest.mark.parametrize("pages", [None, {**ON, "build_type": "legacy"}])
def test_without_pages_no_site_is_built(site: Site, pages: dict[str, str] | None) -> None:
    """If Pages is off or serves a branch, the run builds no site, succeeds, and says how to turn it on."""
    site.gh.change(pages=pages)
    run = run_workflow(site, "pages.yml", BY_HAND)
    assert {name: job.result for name, job in run.jobs.items()} == {"build": "success", "deploy": "skipped"}
    assert "Settings, Pages" in run.step("pages").log
    assert deployed(run) == {}


def test_a_failed_look_up_of_pages_fails_the_run(site: Site) -> None:
    """If GitHub does not answer whether Pages is on, the run fails, and the deployed site stays."""
    site.gh.change(pages=ON)
    site.gh.fail("api", "gh: Server Error (HTTP 502)")
    assert run_workflow(site, "pages.yml", BY_HAND).conclusion == "failure"


def test_before_the_first_update_there_is_nothing_to_build(site: Site) -> None:
    """Before the first update a run by hand reports that there is nothing to build, and deploys nothing."""
    site.gh.change(pages=ON)
    run = run_workflow(site, "pages.yml", BY_HAND)
    assert run.conclusion == "failure"
    assert "`backage update` creates it" in run.log
    assert deployed(run) == {}
