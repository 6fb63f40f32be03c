"""A job: a machine of its own, with a workspace, a home and variables, and its steps one after the other."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.actions import ActionFailedError, Bench
from tests.workflows.expressions import Evaluator, Known, WorkflowError, show
from tests.workflows.process import Finished, Step
from tests.workflows.results import Run, StepResult, status
from tests.workflows.syntax import CONTEXTS, inputs, load_action

TOKEN = "ghs_of-the-job"  # noqa: S105 (the stand-in takes any)
GITCONFIG = """[url "file://{remote}"]
    insteadOf = {scheme}://{host}/{name}
    insteadOf = {scheme}://{host}/{name}.git
    insteadOf = {scheme}://x-access-token:{token}@{host}/{name}
    insteadOf = {scheme}://x-access-token:{token}@{host}/{name}.git
"""


@dataclass
class Scope:
    """Steps that see each other: those of a job, or those of an action that it uses."""

    place: str = "step"
    inputs: Known | None = None
    path: Path | None = None
    variables: dict[str, str] = field(default_factory=dict)
    steps: Known = field(default_factory=Known)
    failed: bool = False


@dataclass
class Job:
    """One job, or one of a matrix."""

    run_of: Run
    loaded: dict[str, Any]
    evaluator_of: Callable[..., Evaluator]
    title: str
    job: dict[str, Any]
    more: Mapping[str, Any]
    permissions: dict[str, str]

    def __post_init__(self) -> None:
        """Make the machine."""
        self.run_of.machines += 1
        self.folder = self.run_of.folder / f"machine{self.run_of.machines}"
        name = self.run_of.site.repository.partition("/")[2]
        self.workspace = self.folder / "work" / name / name
        self.home, self.temp = self.folder / "home", self.folder / "temp"
        for folder in (self.workspace, self.home, self.temp):
            folder.mkdir(parents=True)
        self.dead = False
        self.scope = Scope()
        self.paths = list[str]()
        self.set_later = dict[str, str]()
        event = {key: value for key, value in self.run_of.github["event"].items() if key != "inputs" or value}
        (self.folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
        self._write_gitconfig()
        outer = self.evaluator_of("workflow env", {}).fill(self.loaded.get("env") or {})
        own = self.evaluator_of("job env", self.job, self.more).fill(self.job.get("env") or {})
        self.declared = {key: show(value) for key, value in {**outer, **own}.items()}

    def run(self) -> str:
        """Run the steps and return the job's result."""
        self._run_steps(self.job["steps"], self.scope)
        return "failure" if self.scope.failed or self.dead else "success"

    def outputs(self) -> dict[str, str]:
        """Return the outputs that the job declares; a machine that died has none."""
        if self.dead:
            return {}
        evaluator = self._evaluator("job outputs", self.scope, {})
        return {name: show(evaluator.fill(value)) for name, value in (self.job.get("outputs") or {}).items()}

    def _run_steps(self, steps: list[dict[str, Any]], scope: Scope) -> None:
        for step in steps:
            if self.dead:
                return
            title = step.get("name") or step.get("uses") or step["run"].splitlines()[0]
            result = StepResult(job=self.title, name=title, id=step.get("id", ""))
            self._run_step(step, scope, result)
            self.run_of.steps.append(result)
            if result.id:
                scope.steps[result.id] = Known(
                    outputs=result.outputs, outcome=result.outcome, conclusion=result.conclusion
                )

    def _run_step(self, step: dict[str, Any], scope: Scope, result: StepResult) -> None:
        place = scope.place
        given = self._evaluator(place, scope, {}).fill(step.get("env") or {})
        variables = {**scope.variables, **{name: show(value) for name, value in given.items()}}
        if not self._evaluator(f"{place} if", scope, variables).condition(step.get("if")):
            return
        evaluator = self._evaluator(place, scope, variables)
        result.name = show(evaluator.fill(result.name))
        for hook in self.run_of.hook("before", result):
            hook(self.workspace)
        done = self._do(step, scope, variables, evaluator, result)
        for name, value in vars(done).items():
            setattr(result, name, value)
        result.outcome = "failure" if done.code else "success"
        passed_over = evaluator.fill(step.get("continue-on-error", False)) is True
        result.conclusion = "success" if passed_over else result.outcome
        scope.failed |= result.conclusion == "failure"
        self.set_later.update(done.variables)
        self.paths = [*reversed(done.paths), *self.paths]
        for hook in self.run_of.hook("after", result):
            hook(self.workspace)

    def _do(
        self,
        step: dict[str, Any],
        scope: Scope,
        variables: dict[str, str],
        evaluator: Evaluator,
        result: StepResult,
    ) -> Finished:
        if "uses" in step:
            given = {name: show(value) for name, value in evaluator.fill(step.get("with") or {}).items()}
            return self._use(step["uses"], given, variables)
        defaults = self._defaults(evaluator) if scope.place == "step" else {}
        shell = evaluator.fill(step.get("shell", defaults.get("shell")))
        folder = self.workspace / show(
            evaluator.fill(step.get("working-directory", defaults.get("working-directory", ".")))
        )
        if not folder.is_dir():
            return Finished(1, f"An error occurred trying to start process: no folder {folder}")
        number = len(list(self.folder.glob("step*")))
        environment = self._environment(scope, variables)
        started = Step(evaluator.fill(step["run"]), shell, folder, environment, self.folder / f"step{number}")
        kill = next(self.run_of.hook("kill", result), None)
        done = started.run(kill)
        if kill and not done.killed:
            raise WorkflowError(f"the step ended before it was killed:\n{done.log}")
        self.dead = done.killed
        return done

    def _defaults(self, evaluator: Evaluator) -> dict[str, Any]:
        levels = (self.loaded.get("defaults") or {}, self.job.get("defaults") or {})
        merged = {key: value for level in levels for key, value in (level.get("run") or {}).items()}
        filled: dict[str, Any] = evaluator.fill(merged)
        return filled

    def _use(self, uses: str, given: dict[str, str], variables: dict[str, str]) -> Finished:
        name = uses.partition("@")[0]
        local = self.workspace / name if name.startswith("./") else self.run_of.site.actions.get(name)
        if local is not None:
            return self._use_composite(local, given, variables)
        bench = Bench(
            self.workspace,
            self._environment(self.scope, variables),
            self.run_of.folder / "artifacts",
            self.permissions.get("contents") in {"read", "write"},
            self.run_of.checkouts,
            self.permissions,
        )
        try:
            bench.use(name, given)
        except ActionFailedError as error:
            return Finished(1, f"##[error]{error}\n")
        return Finished(0)

    def _use_composite(self, folder: Path, given: dict[str, str], variables: dict[str, str]) -> Finished:
        """Run the steps of an action; it fails if one of them does."""
        path = next((path for path in (folder / "action.yml", folder / "action.yaml") if path.exists()), None)
        if path is None:
            return Finished(1, f"##[error]Can't find 'action.yml' under '{folder}'.\n")
        action = load_action(path)
        scope = Scope("action", path=folder, variables=variables)
        evaluator = self._evaluator("action", scope, variables)
        declared = {name: {**(about or {}), "type": "string"} for name, about in action["inputs"].items()}
        scope.inputs = Known(
            {key: show(evaluator.fill(value)) for key, value in inputs(declared, given).items()}
        )
        before = len(self.run_of.steps)
        self._run_steps(action["runs"]["steps"], scope)
        log = "".join(step.log for step in self.run_of.steps[before:])
        done = Finished(1 if scope.failed or self.dead else 0, log, killed=self.dead)
        if not self.dead:
            outer = self._evaluator("action", scope, variables)
            wanted = action.get("outputs") or {}
            done.outputs = {name: show(outer.fill(about["value"])) for name, about in wanted.items()}
        return done

    def _evaluator(self, place: str, scope: Scope, variables: dict[str, str]) -> Evaluator:
        own: dict[str, Any] = {
            **self.more,
            "env": Known({**self.declared, **self.set_later, **variables}),
            "steps": scope.steps,
            "job": Known(status="failure" if scope.failed else "success"),
            "runner": Known(os="Linux", arch="X64", name="stand-in", temp=str(self.temp), debug=""),
            "github": Known({**self._github(scope), "token": TOKEN}),
        }
        if scope.inputs is not None:
            own["inputs"] = scope.inputs
        place = place if place in CONTEXTS else scope.place
        evaluator = self.evaluator_of(place, self.job, own)
        evaluator.status = status(failed=scope.failed, whole=not scope.failed)
        return evaluator

    def _github(self, scope: Scope) -> dict[str, Any]:
        return {
            **self.run_of.github,
            "workspace": str(self.workspace),
            "event_path": str(self.folder / "event.json"),
            "job": self.title.partition(" (")[0].rpartition(" / ")[2],
            "action_path": str(scope.path or ""),
        }

    def _environment(self, scope: Scope, variables: dict[str, str]) -> dict[str, str]:
        """Return the variables that Actions sets, the declared ones, and the addresses of the stand-ins."""
        site = self.run_of.site
        github = {name: value for name, value in self._github(scope).items() if isinstance(value, str)}
        if scope.path is None:
            del github["action_path"]
        path = [*self.paths, str(site.bin), os.environ["PATH"]]
        return {
            **self.declared,
            **self.set_later,
            **variables,
            **{f"GITHUB_{name.upper()}": value for name, value in github.items()},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "PATH": os.pathsep.join(path),
            "ACTIONS_PERMISSIONS": json.dumps(self.permissions),
            **site.outside(),
        }

    def _write_gitconfig(self) -> None:
        """Point git to the bare repository instead of GitHub."""
        scheme, _, host = self.run_of.github["server_url"].partition("://")
        site = self.run_of.site
        text = GITCONFIG.format(
            remote=site.remote, scheme=scheme, host=host, name=site.repository, token=TOKEN
        )
        (self.home / ".gitconfig").write_text(text, encoding="utf-8")
