"""Fixtures of the workflow tests: a repository on the stand-in, and small workflows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from backage.standin.server import StandinServer
from tests.workflows.happenings import small_world
from tests.workflows.results import Event, Hooks, Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

Running = Callable[..., Run]


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve a dozen packages with few versions."""
    with StandinServer(small_world()) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, server: StandinServer) -> Site:
    """Return a repository whose only file lists the stand-in's owners."""
    made = Site(tmp_path / "site", server.environment(), lambda: server.world.today)
    made.push({"owners.txt": "".join(f"{owner.login}\n" for owner in server.world.owners)})
    return made


@pytest.fixture
def running(site: Site, tmp_path: Path) -> Running:
    """Run the jobs of a text, as a workflow of a project of its own."""
    site.root = tmp_path / "project"
    (site.root / ".github" / "workflows").mkdir(parents=True)

    def run(jobs: str, event: Event | None = None, *, head: str = "", **hooks: dict[str, Any]) -> Run:
        on = "on: {schedule: [{cron: '1 1 * * *'}], workflow_dispatch: {inputs: {who: {default: you}}}}"
        text = f"name: small\n{on}\n{head or 'permissions: {}'}\njobs:\n{indent(dedent(jobs), '  ')}"
        path = site.root / ".github" / "workflows" / "small.yml"
        path.write_text(text, encoding="utf-8")
        return run_workflow(site, "small.yml", event, hooks=Hooks(**hooks))

    return run


def job_of_steps(steps: str, **keys: str) -> str:
    """Return the text of one job, `a`, with steps."""
    more = "".join(f"\n  {name}: {value}" for name, value in keys.items())
    return f"a:\n  runs-on: x{more}\n  steps:\n{indent(dedent(steps), '    ')}"
