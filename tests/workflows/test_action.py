"""The action keeps the numbers on a branch of somebody's repository, and touches nothing else there."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from backage.standin.server import StandinServer
from tests.conftest import differences
from tests.workflows.listing import find_harm, packages_of, published_instance, render, small_world
from tests.workflows.results import Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import ROOT, Site

HISTORY = {".history.db.zst", ".history.db.zst.sha256"}
MINE = {"src/main.c": "int main;\n", "optout.txt": "nobody-here\n", "index/mine.txt": "Mine\n"}


@dataclass
class Project:
    """A repository of somebody else's, with the workflow that the README shows."""

    site: Site

    def __call__(self, **inputs: str) -> Run:
        """Run it, with inputs for the action."""
        _, _, text = (ROOT / "README.md").read_text(encoding="utf-8").partition("backage.yml`:\n\n")
        text = dedent(text.partition("\n\n")[0]) + "\n"
        more = f"        with: {json.dumps(inputs)}\n" if inputs else ""
        path = self.site.root / ".github" / "workflows" / "numbers.yml"
        path.write_text(text + more, encoding="utf-8")
        tip = self.site.git("rev-parse", "main")
        run = run_workflow(self.site, "numbers.yml")
        assert self.site.git("rev-parse", "main") == tip or inputs.get("branch") == "main"
        assert not find_harm(self.site)
        return run

    @property
    def branches(self) -> list[str]:
        """The branches that there are."""
        return self.site.git("branch", "--format=%(refname:short)").split()

    def commits(self, branch: str = "backage") -> int:
        """Count the commits of a branch."""
        return int(self.site.git("rev-list", "--count", branch))

    def index(self, branch: str = "backage", folder: str = "index") -> dict[str, bytes]:
        """Read the index of a branch, without the history."""
        files = self.site.files(branch, folder)
        assert files.keys() >= HISTORY
        return {name: data for name, data in files.items() if name not in HISTORY}

    def check_whole(self, branch: str = "backage", folder: str = "index") -> None:
        """The history that is kept with the index tells the same."""
        index = self.index(branch, folder)
        assert render(self.site, self.site.clone("kept", branch) / folder / ".history.db.zst") == index


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve few packages of the repository's owner alone on loopback."""
    with StandinServer(small_world()) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: StandinServer) -> Project:
    """Return a repository with a program of its own."""
    site = Site(tmp_path / "site", server.environment(), lambda: server.world.today)
    site.root = tmp_path / "project"
    (site.root / ".github" / "workflows").mkdir(parents=True)
    site.actions["ipitio/backage"] = ROOT
    site.push(MINE)
    return Project(site)


def files_outside_action(run: Run) -> list[str]:
    """List what a job left that is not in the action's own folder."""
    (workspace,) = run.jobs["backage"].workspaces
    own = {workspace, workspace / ".backage"}
    return [str(path) for path in (*workspace.parent.iterdir(), *workspace.iterdir()) if path not in own]


def test_the_branch_is_created_kept_and_replaced(project: Project, server: StandinServer) -> None:
    """The branch has only index and history; a run without news keeps it, the next day's replaces it."""
    server.world.owners = server.world.owners[:1]
    run = project()
    assert (run.conclusion, run.step("update").outputs) == ("success", {"code": "0"}), run.log
    assert project.branches == ["backage", "main"]
    assert {name.partition("/")[0] for name in project.site.files("backage")} == {"index"}
    assert set(project.index()) == set(packages_of(project.index(), "Octo-Forge")) | {".json"}
    assert not differences(published_instance(project.site, server, "backage"))
    assert files_outside_action(run) == []
    first, tip = project.index(), project.site.git("rev-parse", "backage")
    assert project().conclusion == "success"
    assert project.site.git("rev-parse", "backage") == tip
    server.world.advance()
    assert project().conclusion == "success"
    assert (project.commits(), project.site.git("rev-parse", "backage") != tip) == (1, True)
    assert not differences(published_instance(project.site, server, "backage"))
    check_grown(first, project.index())
    project.check_whole()


def check_grown(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Each table has the days that it had, and one more; the last was provisional."""
    tables = [name for name in before if name.endswith(".csv")]
    assert tables
    for name in tables:
        days, now = before[name].splitlines(), after[name].splitlines()
        assert now[: len(days) - 1] == days[:-1]
        assert len(now) == len(days) + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("branch", "folder"), [("numbers", "stats/of/ours"), ("$(id)", "$(id)"), ("a/b", "."), ("main", "./n/")]
)
def test_branch_and_folder_can_be_chosen(project: Project, branch: str, folder: str) -> None:
    """Unusual names of branch and folder are names, and other files of the branch stay."""
    if branch == "numbers":
        project.site.push({"notes.md": "Keep me\n"}, branch)
    kept = project.site.files(branch) if branch in project.branches else {}
    run = project(branch=branch, folder=folder)
    assert run.conclusion == "success", run.log
    assert ".json" in project.index(branch, folder)
    project.check_whole(branch, folder)
    files = project.site.files(branch)
    below = f"{os.path.normpath(folder)}/".removeprefix("./")
    assert {name: data for name, data in files.items() if not name.startswith(below)} == kept
    assert files_outside_action(run) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", ["../x", "../../x", "-rf", "x/../../y", ".git", ".git/x", "x/../.git", "{tmp}/x"]
)
def test_a_folder_that_leads_elsewhere_is_refused(project: Project, tmp_path: Path, folder: str) -> None:
    """A folder outside the branch is refused: nothing is written or published, and the run fails."""
    run = project(folder=folder.replace("{tmp}", str(tmp_path)))
    assert files_outside_action(run) == []
    assert not (tmp_path / "x").exists()
    assert project.branches == ["main"]
    assert run.conclusion == "failure"
    (workspace,) = run.jobs["backage"].workspaces
    assert not list((workspace / ".backage" / ".git").rglob("*.json"))


def test_a_folder_that_is_left_empty_is_the_usual_one(project: Project) -> None:
    """An empty folder, as from an unset variable, means the default one."""
    run = project(folder="", owners="paper-lantern")
    assert run.conclusion == "success", run.log
    assert ".json" in project.index()


@pytest.mark.parametrize("branch", ["../x", "-rf", "a b", "x..y", "x\ny", "--orphan", "@{-1}", "x:main"])
def test_an_invalid_branch_is_refused(project: Project, branch: str) -> None:
    """An invalid branch is refused before anything is read."""
    run = project(branch=branch)
    assert (run.conclusion, project.branches, files_outside_action(run)) == ("failure", ["main"], [])
    assert run.step("Publish").outcome == "skipped"


@pytest.mark.parametrize(
    ("owners", "logins"),
    [
        ("paper-lantern mona-lab", {"paper-lantern", "mona-lab"}),
        ("\n  paper-lantern\n\tmona-lab\n", {"paper-lantern", "mona-lab"}),
        ("  ", {"Octo-Forge"}),
    ],
)
def test_owners_are_separated_by_blanks(project: Project, owners: str, logins: set[str]) -> None:
    """Owners are in a line or one a line; without any, the repository's own owner is read."""
    run = project(owners=owners)
    assert run.conclusion == "success", run.log
    assert {name.partition("/")[0] for name in project.index() if "/" in name} == logins


@pytest.mark.parametrize(
    "owners", ["$(touch pwned)", "--history=x", "`touch pwned`", "; touch pwned", "*", "-rf"]
)
def test_invalid_owners_are_refused(project: Project, server: StandinServer, owners: str) -> None:
    """Texts that are not logins are refused, whatever they look like."""
    run = project(owners=f"mona-lab {owners}")
    assert (run.conclusion, run.step("update").outputs["code"]) == ("failure", "2")
    assert (project.branches, server.requests, files_outside_action(run)) == (["main"], [], [])


def test_what_failed_makes_the_run_red_and_the_rest_is_published(project: Project) -> None:
    """The steps after it can ask for the code."""
    run = project(owners="paper-lantern nobody-here")
    (step,) = [step for step in run.steps if step.name.startswith("ipitio/backage")]
    assert (run.conclusion, step.outputs) == ("failure", {"code": "1"})
    assert packages_of(project.index(), "paper-lantern")
    project.check_whole()


@pytest.mark.slow
def test_each_run_can_add_a_commit(project: Project, server: StandinServer) -> None:
    """Without `amend` each run adds a commit."""
    for day in range(3):
        server.world.advance(min(day, 1))
        assert project(amend="false", owners="paper-lantern").conclusion == "success"
        assert project.commits() == day + 1
    project.check_whole()


@pytest.mark.slow
def test_what_others_commit_to_the_branch_stays(project: Project, server: StandinServer) -> None:
    """Commits of others between two runs and just before a push stay."""
    assert project(owners="paper-lantern").conclusion == "success"
    project.site.push({"notes.md": "Keep me\n"}, "backage")
    for _ in range(2):
        server.world.advance()
        assert project(owners="paper-lantern").conclusion == "success"
    assert project.commits() == 3
    assert project.site.files("backage")["notes.md"] == b"Keep me\n"
    project.check_whole()


@pytest.mark.slow
def test_an_index_without_its_history_is_imported(project: Project, server: StandinServer) -> None:
    """If somebody removed the history, the days of the published tables are imported."""
    assert project().conclusion == "success"
    first = project.index()
    project.site.push({f"index/{name}": None for name in HISTORY}, "backage")
    server.world.advance()
    run = project()
    assert run.conclusion == "success", run.log
    check_grown(first, project.index())
    project.check_whole()


@pytest.mark.slow
def test_a_broken_history_is_not_replaced(project: Project, server: StandinServer) -> None:
    """With a broken history the run fails, and the published files stay."""
    assert project(owners="paper-lantern").conclusion == "success"
    tip = project.site.push({"index/.history.db.zst": b"broken"}, "backage")
    server.world.advance()
    server.requests.clear()
    run = project(owners="paper-lantern")
    assert (run.conclusion, run.step("restore").outcome) == ("failure", "failure")
    assert (project.site.git("rev-parse", "backage"), server.requests) == (tip, [])
