"""The result of a run: steps with their logs, jobs with their results, and the hooks of tests."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.expressions import WorkflowError
from tests.workflows.process import Finished
from tests.workflows.site import Site


@dataclass
class StepResult(Finished):
    """A step's result; `continue-on-error` turns a failed `conclusion` into `success`, but not `outcome`."""

    job: str = ""
    name: str = ""
    id: str = ""
    outcome: str = "skipped"
    conclusion: str = "skipped"


@dataclass
class JobResult:
    """A job's result, with the permissions of its token."""

    name: str
    result: str = "skipped"
    outputs: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    workspaces: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Event:
    """The event that starts a run.

    `inputs` are those of workflow_dispatch; `payload` is what `github.event` holds. `sha` is the commit that
    the event is about, by default that of `ref`. A run for a `fork` has no secrets and may only read.
    """

    name: str = "schedule"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"
    sha: str = ""
    fork: bool = False


@dataclass
class Hooks:
    """Hooks at steps, by their name, id or `job: name`; an unreached hook is an error.

    `before` and `after` get the job's workspace. `kill` kills the step once it is true, and the job with it,
    as on a machine that died: none of its later steps run.
    """

    before: dict[str, Callable[[Path], object]] = field(default_factory=dict)
    after: dict[str, Callable[[Path], object]] = field(default_factory=dict)
    kill: dict[str, Callable[[], bool]] = field(default_factory=dict)


@dataclass
class Run:
    """A run of a workflow: its jobs and steps, with those of called workflows and actions."""

    site: Site
    folder: Path
    github: dict[str, Any]
    hooks: Hooks
    fork: bool = False
    jobs: dict[str, JobResult] = field(default_factory=dict)
    steps: list[StepResult] = field(default_factory=list)
    checkouts: list[dict[str, str]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    machines: int = 0

    @property
    def conclusion(self) -> str:
        """How the run ended."""
        results = {job.result for job in self.jobs.values()}
        return next((worst for worst in ("failure", "cancelled", "success") if worst in results), "skipped")

    @property
    def log(self) -> str:
        """The logs of all steps."""
        return "\n".join(f"--- {s.job}: {s.name} ({s.outcome}, {s.code})\n{s.log}" for s in self.steps)

    @property
    def summary(self) -> str:
        """The run's summary, as its page shows it."""
        return "\n".join(step.summary for step in self.steps if step.summary)

    def step(self, name: str) -> StepResult:
        """Return the only step with this name, id or `job: name`."""
        (found,) = [step for step in self.steps if name in names_of(step)]
        return found

    def hook(self, kind: str, step: StepResult) -> Iterator[Any]:
        """Return the hooks of a step."""
        for name, hook in getattr(self.hooks, kind).items():
            if name in names_of(step):
                self.reached.add(f"{kind} {name}")
                yield hook

    def check_hooks(self) -> None:
        """Refuse a run with an unreached hook or an invalid call of `gh`.

        Raises:
            WorkflowError: it was so.
        """
        kinds: dict[str, Mapping[str, object]] = vars(self.hooks)
        left = {f"{kind} {name}" for kind, hooks in kinds.items() for name in hooks} - self.reached
        if left:
            raise WorkflowError(f"never reached: {', '.join(sorted(left))}\n{self.log}")
        if self.site.gh.misuse:
            raise WorkflowError(self.site.gh.misuse)


def names_of(step: StepResult) -> set[str]:
    """Return all names of a step."""
    return {name for name in (step.name, step.id) for name in (name, f"{step.job}: {name}") if name}


def status(*, failed: bool, whole: bool) -> dict[str, Callable[[], bool]]:
    """Return the status functions; no run is ever cancelled here."""
    return {
        "always": lambda: True,
        "success": lambda: whole,
        "failure": lambda: failed,
        "cancelled": lambda: False,
    }
