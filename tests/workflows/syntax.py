"""Workflow files: what keys they may have, and which contexts GitHub offers where."""

from pathlib import Path
from typing import Any

import yaml

from tests.workflows.expressions import WorkflowError

KEYS = {
    "workflow": "name run-name on permissions env defaults concurrency jobs",
    "job": """name needs if permissions runs-on env defaults outputs strategy steps timeout-minutes
        continue-on-error concurrency environment uses with secrets""",
    "call": "name uses with secrets strategy needs if concurrency permissions",
    "step": "name id if uses run shell with env continue-on-error timeout-minutes working-directory",
    "strategy": "matrix fail-fast max-parallel",
    "action": "name description author inputs outputs runs branding",
    "runs": "using steps",
}
_IN_A_STEP = "github needs strategy matrix job runner env vars steps inputs"
CONTEXTS = {  # https://docs.github.com/actions/reference/workflows-and-actions/contexts
    "workflow env": "github secrets inputs vars",
    "job if": "github needs vars inputs",
    "strategy": "github needs vars inputs",
    "job": "github needs strategy matrix vars inputs",
    "job env": "github needs strategy matrix vars secrets inputs",
    "job outputs": f"{_IN_A_STEP} secrets",
    "call": "github needs strategy matrix inputs vars secrets",
    "call outputs": "github jobs vars inputs",
    "step if": _IN_A_STEP,
    "step": f"{_IN_A_STEP} secrets",
    "action": "github strategy matrix job runner env steps inputs",
}
ORDER = ("none", "read", "write")


def load(path: Path) -> dict[str, Any]:
    """Read a workflow, and refuse keys that GitHub does not know.

    Raises:
        WorkflowError: GitHub would not take it.
    """
    workflow = _read(path)
    workflow["on"] = _events(workflow.pop("on"))
    check("workflow", workflow)
    for name, job in workflow["jobs"].items():
        check("job", job)
        check("strategy", job.get("strategy") or {})
        job["needs"] = as_list(job.get("needs"))
        unknown = set(job["needs"]) - set(workflow["jobs"])
        if unknown:
            raise WorkflowError(f"{name} needs {', '.join(unknown)}, which is no job")
        if ("uses" in job) == ("steps" in job):
            raise WorkflowError(f"{name} has to have steps, or to use a workflow")
        if "uses" in job:
            check("call", {key: value for key, value in job.items() if value != []})
        check_steps(job.get("steps") or [])
    return workflow


def load_action(path: Path) -> dict[str, Any]:
    """Read a composite action, and refuse what GitHub does not know.

    Raises:
        WorkflowError: GitHub would not take it.
    """
    action = _read(path)
    check("action", action)
    check("runs", action["runs"])
    if action["runs"]["using"] != "composite":
        raise WorkflowError(f"{path} is no composite action")
    check_steps(action["runs"]["steps"])
    for step in action["runs"]["steps"]:
        if "run" in step and "shell" not in step:
            raise WorkflowError(f"a step of an action has to name its shell: {step['run']}")
    return action


def check_steps(steps: list[dict[str, Any]]) -> None:
    """Refuse steps that GitHub would refuse.

    Raises:
        WorkflowError: one has an unknown key, nothing to do, or another's id.
    """
    for step in steps:
        check("step", step)
        if ("uses" in step) == ("run" in step):
            raise WorkflowError(f"a step has to run or to use something: {step}")
    names = [step["id"] for step in steps if "id" in step]
    if len(names) != len(set(names)):
        raise WorkflowError(f"an id twice: {names}")


def check(kind: str, found: dict[str, Any]) -> None:
    """Refuse unknown keys.

    Raises:
        WorkflowError: there is one.
    """
    unknown = set(found) - set(KEYS[kind].split())
    if unknown:
        raise WorkflowError(f"a {kind} has no {', '.join(sorted(unknown))}")


def as_list(value: Any) -> list[Any]:
    """Return one value, several or none as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def order_jobs(jobs: dict[str, Any]) -> list[str]:
    """Order jobs by their needs.

    Raises:
        WorkflowError: they need each other.
    """
    found = list[str]()
    while len(found) < len(jobs):
        ready = [name for name in jobs if name not in found and set(jobs[name]["needs"]) <= set(found)]
        if not ready:
            raise WorkflowError("jobs that need each other")
        found.append(ready[0])
    return found


def grant_permissions(requested: Any, limit: dict[str, str] | None = None) -> dict[str, str]:
    """Return what `permissions` grant.

    Raises:
        WorkflowError: they are more than the caller of a workflow has.
    """
    if requested is None:
        return {"contents": "read"} if limit is None else limit
    if not isinstance(requested, dict):
        raise WorkflowError(f"permissions for all: {requested}")
    for name, level in requested.items():
        if limit is not None and ORDER.index(level) > ORDER.index(limit.get(name, "none")):
            raise WorkflowError(f"the called workflow asks for {name}: {level}, and its caller has less")
    return requested


def inputs(declared: dict[str, Any] | None, given: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of a dispatched or called workflow, with their defaults.

    Raises:
        WorkflowError: one is unknown, missing, or not among the choices.
    """
    declared = declared or {}
    unknown = set(given) - set(declared)
    if unknown:
        raise WorkflowError(f"no input {', '.join(unknown)}")
    found = {}
    for name, about in declared.items():
        value = given.get(name, (about or {}).get("default"))
        kind = (about or {}).get("type", "string")
        if value is None and (about or {}).get("required"):
            raise WorkflowError(f"the input {name} is required")
        if kind == "choice" and value is not None and value not in about["options"]:
            raise WorkflowError(f"{name} is {value}, which is no choice")
        found[name] = {"boolean": False, "number": 0}.get(kind, "") if value is None else value
        if kind == "boolean" and not isinstance(found[name], bool):
            raise WorkflowError(f"{name} is true or false, not {value!r}")
    return found


def _read(path: Path) -> dict[str, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


def _events(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else dict.fromkeys(as_list(value))
