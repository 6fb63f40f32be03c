"""What holds for all workflows of the project, and for its action."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.site import ROOT
from tests.workflows.syntax import load, load_action

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
ACTION = ROOT / "action.yml"
FILES = [*WORKFLOWS, *([ACTION] if ACTION.exists() else [])]
USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<what>\S+)(?P<rest>.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
PUSHES = re.compile(r"\bgit push\b|\bbackage publish\b")

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def steps_of(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Return the steps of each job, or those of an action."""
    if path == ACTION:
        yield load_action(path)["runs"]["steps"]
        return
    for job in load(path)["jobs"].values():
        yield job.get("steps") or []


def test_there_are_workflows() -> None:
    """The tests of this module find workflows."""
    assert WORKFLOWS


@each_workflow
def test_a_token_may_nothing_by_default(path: Path) -> None:
    """By default a token has no permission; each job states its permissions and its time limit."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert isinstance(job.get("permissions"), dict), name
        assert "uses" in job or job["timeout-minutes"] <= 360, name


@each_workflow
def test_events_are_those_of_this_repository(path: Path) -> None:
    """No event gives a stranger's code a token that may write; no schedule is at the start of an hour."""
    events = load(path)["on"]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(events)
    for schedule in events.get("schedule") or []:
        minute = int(schedule["cron"].split()[0])
        assert minute % 2 == 1


def test_schedules_do_not_meet() -> None:
    """No two workflows start at the same minute."""
    found = [s["cron"].split()[0] for path in WORKFLOWS for s in load(path)["on"].get("schedule") or []]
    assert len(found) == len(set(found))


@each_file
def test_actions_are_local_or_pinned(path: Path) -> None:
    """An action is local or pinned to a commit, with its version in a comment."""
    for use in USES.finditer(path.read_text(encoding="utf-8")):
        if use["what"].startswith("./"):
            continue
        assert PINNED.fullmatch(use["what"]), use["what"]
        assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", use["rest"]), use[0]


def test_an_action_has_one_version() -> None:
    """All files name the same commit of an action."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    found = {use["what"] for use in USES.finditer(text) if not use["what"].startswith("./")}
    names = [what.partition("@")[0] for what in found]
    assert len(names) == len(set(names)), sorted(found)


@each_file
def test_scripts_have_no_expressions(path: Path) -> None:
    """A script has no expression: a stranger's text reaches it only through a variable."""
    for steps in steps_of(path):
        for step in steps:
            assert "${{" not in step.get("run", ""), step["run"]


@each_file
def test_credentials_are_kept_only_to_push(path: Path) -> None:
    """Each checkout states whether it keeps credentials, and keeps them only in a job that pushes."""
    for steps in steps_of(path):
        pushes = any(PUSHES.search(step.get("run", "")) for step in steps)
        for step in steps:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] in ({True, False} if pushes else {False}), step


@each_workflow
def test_a_job_that_pushes_is_the_only_one(path: Path) -> None:
    """Jobs that push wait for each other, and none is cancelled."""
    if any(PUSHES.search(step.get("run", "")) for steps in steps_of(path) for step in steps):
        concurrency = load(path)["concurrency"]
        assert concurrency["group"]
        assert concurrency["cancel-in-progress"] is False
