"""Runs a workflow as it stands: its jobs in order, each step a real process, each action a stand-in.

    run = run_workflow(site, "update.yml", Event("workflow_dispatch", {"owners": "Octo-Forge"}))
    assert run.conclusion == "success", run.log
    assert run.step("Publish").outputs["changed"] == "true"

What GitHub would refuse, and what it would silently take for nothing, is a `WorkflowError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from tests.workflows.expressions import Evaluator, Known, WorkflowError, show
from tests.workflows.job import TOKEN, Job
from tests.workflows.results import Event, Hooks, JobResult, Run, status
from tests.workflows.site import Site
from tests.workflows.syntax import CONTEXTS, grant_permissions, inputs, load, order_jobs


def run_workflow(
    site: Site, workflow: str | Path, event: Event | None = None, *, hooks: Hooks | None = None
) -> Run:
    """Run a workflow of the project, or one at a path, for an event; by default that of its schedule.

    Raises:
        WorkflowError: GitHub would refuse it, or take a part of it for nothing.
    """
    event = event or Event()
    path = site.root / ".github" / "workflows" / workflow
    loaded = load(path)
    if event.name not in loaded["on"]:
        raise WorkflowError(f"{path.name} does not run on {event.name}")
    kinds = [loaded["on"].get(kind) or {} for kind in ("workflow_dispatch", "workflow_call")]
    unset = {name: None for about in kinds for name in about.get("inputs") or {}}
    dispatched = event.name == "workflow_dispatch"
    values = inputs(kinds[0].get("inputs"), dict(event.inputs)) if dispatched else {}
    site.runs += 1
    site.gh.change(now=f"{site.today()}T12:00:00+00:00")
    github = {
        **_github(site, event),
        "workflow": loaded.get("name", path.name),
        "event_name": event.name,
        "event": {**event.payload, "inputs": {name: show(value) for name, value in values.items()}},
        "head_ref": "topic" if event.name == "pull_request" else "",
        "base_ref": "main" if event.name == "pull_request" else "",
    }
    run = Run(site, site.folder / "runs" / str(site.runs), github, hooks or Hooks(), event.fork)
    run.jobs.update(Workflow(run, loaded, {**unset, **values}).run())
    run.check_hooks()
    return run


def _github(site: Site, event: Event) -> dict[str, Any]:
    return {
        "ref": event.ref,
        "ref_name": event.ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
        "ref_type": "branch",
        "sha": event.sha or site.git("rev-parse", event.ref),
        "repository": site.repository,
        "repository_owner": site.repository.partition("/")[0],
        "run_id": str(1000 + site.runs),
        "run_number": str(site.runs),
        "run_attempt": "1",
        "server_url": site.server["GITHUB_SERVER_URL"],
        "api_url": site.server["GITHUB_API_URL"],
        "graphql_url": site.server["GITHUB_GRAPHQL_URL"],
        "actor": "mona",
        "triggering_actor": "mona",
    }


@dataclass
class Workflow:
    """The jobs of a workflow, one after the other."""

    run_of: Run
    loaded: dict[str, Any]
    inputs: dict[str, Any]
    limit: dict[str, str] | None = None
    prefix: str = ""
    jobs: dict[str, JobResult] = field(default_factory=dict)

    def run(self) -> dict[str, JobResult]:
        """Run all jobs that are to run."""
        evaluator = self.evaluator("workflow env", {})
        evaluator.fill(self.loaded.get("concurrency"))
        evaluator.fill(self.loaded.get("run-name"))
        for name in order_jobs(self.loaded["jobs"]):
            self.jobs[name] = self._run_job(name, self.loaded["jobs"][name])
        return self.jobs

    def _run_job(self, name: str, job: dict[str, Any]) -> JobResult:
        result = JobResult(f"{self.prefix}{name}")
        evaluator = self.evaluator("job if", job)
        ends = {self.jobs[other].result for other in self._ancestors(name)}
        evaluator.status = status(failed="failure" in ends, whole=ends <= {"success"})
        if not evaluator.condition(job.get("if")):
            return result
        requested = job.get("permissions", self.loaded.get("permissions"))
        result.permissions = grant_permissions(requested, self.limit)
        if self.run_of.fork:
            result.permissions = {
                kind: "read" for kind, level in result.permissions.items() if level != "none"
            }
        strategy = self.evaluator("strategy", job).fill(job.get("strategy") or {})
        rows = _rows(strategy.get("matrix"))
        rows_end = list[str]()
        for number, row in enumerate(rows):
            if "failure" in rows_end and strategy.get("fail-fast", True):
                rows_end.append("cancelled")
                continue
            title = f"{result.name} ({', '.join(map(show, row.values()))})" if row else result.name
            about = {
                "job-index": number,
                "job-total": len(rows),
                "fail-fast": strategy.get("fail-fast", True),
            }
            more = {"matrix": Known(row), "strategy": Known({**about, "max-parallel": len(rows)})}
            rows_end.append(self._run_row(title, job, more, result))
        result.result = next((end for end in ("failure", "cancelled") if end in rows_end), "success")
        return result

    def _run_row(self, title: str, job: dict[str, Any], more: dict[str, Any], result: JobResult) -> str:
        evaluator = self.evaluator("job", job, more)
        evaluator.fill([job.get(key) for key in ("name", "runs-on", "timeout-minutes", "concurrency")])
        passed_over = evaluator.fill(job.get("continue-on-error", False)) is True
        if "uses" in job:
            end = self._call(title, job, more, result)
        else:
            row = Job(self.run_of, self.loaded, self.evaluator, title, job, more, result.permissions)
            end = row.run()
            result.workspaces.append(row.workspace)
            result.outputs.update({key: value for key, value in row.outputs().items() if value})
        return "success" if passed_over else end

    def _call(self, title: str, job: dict[str, Any], more: dict[str, Any], result: JobResult) -> str:
        """Run a workflow of this repository that a job uses."""
        if not str(job["uses"]).startswith("./.github/workflows/"):
            raise WorkflowError(f"only workflows of this repository: {job['uses']}")
        loaded = load(self.run_of.site.root / job["uses"])
        evaluator = self.evaluator("call", job, more)
        about = loaded["on"].get("workflow_call", "none") or {}
        if about == "none":
            raise WorkflowError(f"{job['uses']} cannot be called")
        values = inputs(about.get("inputs"), evaluator.fill(job.get("with") or {}))
        evaluator.fill(job.get("secrets") if job.get("secrets") != "inherit" else None)
        called = Workflow(self.run_of, loaded, values, result.permissions, f"{title} / ")
        for inner in called.run().values():
            self.run_of.jobs[inner.name] = inner
        ends = {inner.result for inner in called.jobs.values()}
        jobs = {
            name: Known(outputs=inner.outputs, result=inner.result) for name, inner in called.jobs.items()
        }
        outer = called.evaluator("call outputs", {}, {"jobs": Known(jobs)})
        declared = about.get("outputs") or {}
        result.outputs.update({name: show(outer.fill(item["value"])) for name, item in declared.items()})
        return next((end for end in ("failure", "cancelled") if end in ends), "success")

    def _ancestors(self, name: str) -> set[str]:
        direct = set(self.loaded["jobs"][name]["needs"])
        return direct.union(*(self._ancestors(other) for other in direct))

    def evaluator(self, place: str, job: dict[str, Any], more: Mapping[str, Any] | None = None) -> Evaluator:
        """Return the evaluator of expressions at a place, with the contexts that GitHub offers there."""
        site = self.run_of.site
        secrets = {} if self.run_of.fork else site.secrets
        needs = {
            name: Known(outputs=self._known_outputs(name), result=self.jobs[name].result)
            for name in job.get("needs", [])
        }
        contexts = {
            "github": Known({**self.run_of.github, "token": TOKEN}),
            "inputs": Known(self.inputs),
            "vars": site.settings,
            "secrets": {"GITHUB_TOKEN": TOKEN, **secrets},
            "needs": Known(needs),
            "matrix": None,
            "strategy": None,
            **(more or {}),
        }
        allowed = CONTEXTS[place].split()
        return Evaluator({name: contexts[name] for name in allowed if name in contexts}, {})

    def _known_outputs(self, name: str) -> dict[str, Any]:
        """Return the outputs of a job; a job with steps has only those that it declares."""
        job = self.loaded["jobs"][name]
        found = self.jobs[name].outputs
        return found if "uses" in job else Known({**dict.fromkeys(job.get("outputs") or {}), **found})


def _rows(matrix: Any) -> list[dict[str, Any]]:
    """Return the jobs of a matrix; without a matrix, one job without values."""
    if matrix is None:
        return [{}]
    axes = {name: values for name, values in matrix.items() if name not in {"include", "exclude"}}
    for name, values in axes.items():
        if not isinstance(values, list) or not values:
            raise WorkflowError(f"matrix.{name} is no list of values: {values!r}")
    rows = [dict(zip(axes, row, strict=True)) for row in product(*axes.values())] if axes else []
    if matrix.get("exclude") or (rows and matrix.get("include")):
        # No workflow here needs it; one that does must not be taken for a matrix of its lists alone.
        raise NotImplementedError("a matrix of lists, with something included or excluded")
    return [*rows, *(matrix.get("include") or [])]
