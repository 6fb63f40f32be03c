"""The runner does what GitHub's does, with small workflows."""

import os
import time
from pathlib import Path

import pytest

from tests.workflows.conftest import Running, job_of_steps
from tests.workflows.expressions import WorkflowError
from tests.workflows.results import Event
from tests.workflows.site import Site


def test_jobs_run_in_the_order_of_their_needs(running: Running) -> None:
    """Jobs run in the order of their needs, outputs go from job to job, and the log has all of it."""
    run = running("""
        b:
          needs: a
          runs-on: x
          env: {GOT: "${{ needs.a.outputs.word }}"}
          steps:
            - {name: Say, run: 'echo "got $GOT from ${{ needs.a.result }}"'}
        a:
          runs-on: x
          outputs: {word: "${{ steps.say.outputs.word }}"}
          steps:
            - {id: say, run: 'echo word=hello >> "$GITHUB_OUTPUT"; echo "# Sum" >> "$GITHUB_STEP_SUMMARY"'}
    """)
    assert run.conclusion == "success"
    assert run.step("Say").log == "got hello from success\n"
    assert run.step("a: say").outputs == {"word": "hello"}
    assert run.summary == "# Sum\n"


def test_a_failure_ends_a_job_but_for_steps_that_run_always(running: Running) -> None:
    """After a failure only `always` steps run, dependent jobs are skipped, and a script stops at once."""
    run = running("""
        a:
          runs-on: x
          steps:
            - {name: Fails, id: fails, run: "false\\necho not reached"}
            - {name: Skipped, run: echo}
            - {name: Always, if: "always() && steps.fails.outcome == 'failure'", run: echo}
            - {name: After, if: "failure()", run: "exit 3"}
        b: {needs: a, runs-on: x, steps: [{run: echo}]}
        c: {needs: b, if: "failure()", runs-on: x, steps: [{run: echo}]}
        d: {needs: [a, b], if: "always() && needs.b.result == 'skipped'", runs-on: x, steps: [{run: echo}]}
    """)
    assert [(step.name, step.outcome, step.code) for step in run.steps[:4]] == [
        ("Fails", "failure", 1),
        ("Skipped", "skipped", None),
        ("Always", "success", 0),
        ("After", "failure", 3),
    ]
    assert "not reached" not in run.log
    assert [(name, job.result) for name, job in run.jobs.items()] == [
        ("a", "failure"),
        ("b", "skipped"),
        ("c", "success"),
        ("d", "success"),
    ]
    assert run.conclusion == "failure"


def test_a_failure_can_be_ignored(running: Running) -> None:
    """With `continue-on-error` a step's outcome stays a failure, and the job goes on."""
    run = running(job_of_steps("- {id: x, continue-on-error: true, run: 'exit 1'}\n- {run: echo}"))
    assert (run.conclusion, run.step("x").outcome, run.step("x").conclusion) == (
        "success",
        "failure",
        "success",
    )


@pytest.mark.parametrize(("shell", "outcome"), [("", "success"), (", shell: bash", "failure")])
def test_a_pipeline_fails_only_in_a_named_shell(running: Running, shell: str, outcome: str) -> None:
    """Without `shell: bash` GitHub runs `bash -e`, which ignores a failure within a pipeline."""
    run = running(job_of_steps(f"- {{name: Pipe, run: 'false | true'{shell}}}"))
    assert run.step("Pipe").outcome == outcome


def test_a_step_has_the_variables_of_actions_and_no_more(
    running: Running, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step has no token or outside variable and its own home; it can set variables for later steps."""
    monkeypatch.setenv("OUTSIDE", "x")
    run = running(
        job_of_steps(
            """
            - {name: Env, env: {OWN: step}, run: env}
            - {name: Twice, env: {OWN: "${{ env.OUTER }}"}, run: 'echo "$OWN $INNER ${GITHUB_TOKEN-none}"'}
            - run: |
                echo LATER=1 >> "$GITHUB_ENV"
                mkdir "$RUNNER_TEMP/bin"; printf '#!/bin/sh\\necho mine' > "$RUNNER_TEMP/bin/mine"
                chmod +x "$RUNNER_TEMP/bin/mine"; echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
            - {name: Later, run: 'echo "$LATER ${{ env.LATER }} $(mine)"'}
            - {name: Event, run: 'cat "$GITHUB_EVENT_PATH"'}
            """,
            env="{INNER: job}",
        ),
        Event("workflow_dispatch", {"who": "me"}, {"a": 1}),
        head="env: {OUTER: flow, INNER: flow}",
    )
    lines = run.step("Env").log.splitlines()
    found = {line.partition("=")[0]: line.partition("=")[2] for line in lines}
    assert not {"GITHUB_TOKEN", "GH_TOKEN", "OUTSIDE", "GITHUB_ACTION_PATH"} & set(found)
    assert found["GITHUB_REPOSITORY"] == "octo-forge/backage"
    assert found["GITHUB_REPOSITORY_OWNER"] == "octo-forge"
    assert (found["GITHUB_REF"], found["GITHUB_REF_NAME"]) == ("refs/heads/main", "main")
    assert found["GITHUB_SHA"] == site.git("rev-parse", "main")
    assert (found["CI"], found["GITHUB_ACTIONS"], found["GITHUB_JOB"]) == ("true", "true", "a")
    assert found["GITHUB_API_URL"] == site.server["GITHUB_API_URL"]
    assert (found["OUTER"], found["INNER"], found["OWN"]) == ("flow", "job", "step")
    assert found["PATH"].startswith(str(site.bin))
    assert run.step("Twice").log == "flow job none\n"
    assert run.step("Later").log == "1 1 mine\n"
    assert run.step("Event").log == '{"a": 1, "inputs": {"who": "me"}}'


def test_outputs_have_two_forms(running: Running) -> None:
    """Outputs are `name=value` lines or heredocs; another form fails the step."""
    run = running(
        job_of_steps("""
        - id: x
          run: |
            { echo a=b=c; echo 'd<<END'; echo 1; echo e=f; echo END; } >> "$GITHUB_OUTPUT"
        - {id: y, continue-on-error: true, run: 'echo nothing >> "$GITHUB_OUTPUT"'}
        """)
    )
    assert run.step("x").outputs == {"a": "b=c", "d": "1\ne=f"}
    assert run.step("y").outcome == "failure"


@pytest.mark.parametrize(
    ("fast", "ends"), [("true", "success failure"), ("false", "success failure success")]
)
def test_a_matrix_is_made_of_lists(running: Running, fast: str, ends: str) -> None:
    """A matrix can come from an earlier job; with `fail-fast` the first failure cancels the rest."""
    run = running(f"""
        a:
          runs-on: x
          outputs: {{list: "${{{{ steps.x.outputs.list }}}}"}}
          steps: [{{id: x, run: 'echo "list=[1, 2, 3]" >> "$GITHUB_OUTPUT"'}}]
        b:
          needs: a
          runs-on: x
          strategy: {{fail-fast: {fast}, matrix: {{n: "${{{{ fromJSON(needs.a.outputs.list) }}}}"}}}}
          steps: [{{name: Row, env: {{N: "${{{{ matrix.n }}}}"}}, run: 'test "$N" != 2'}}]
    """)
    assert " ".join(step.outcome for step in run.steps if step.name == "Row") == ends
    assert run.jobs["b"].result == "failure"
    assert run.step("b (1): Row").code == 0


def is_still_read(pipe: Path) -> bool:
    """Return whether a process still reads from a pipe; a killed one may take a moment to end."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
    return True


def test_a_killed_step_ends_its_job_as_on_a_machine_that_died(running: Running, tmp_path: Path) -> None:
    """A killed step ends its job and processes, without `always` steps; other jobs see a failure."""
    started, ended, pipe = tmp_path / "started", tmp_path / "ended", tmp_path / "pipe"
    os.mkfifo(pipe)
    run = running(
        f"""
        a:
          runs-on: x
          outputs: {{x: "${{{{ steps.dies.outputs.x }}}}${{{{ steps.early.outputs.x }}}}"}}
          steps:
            - {{id: early, run: 'echo x=2 >> "$GITHUB_OUTPUT"'}}
            - id: dies
              run: |
                echo x=1 >> "$GITHUB_OUTPUT"
                (exec 3<> '{pipe}'; touch '{started}'; read -r _ < '{pipe}'; touch '{ended}')
            - {{name: Always, if: always(), run: echo}}
        b:
          needs: a
          if: always()
          runs-on: x
          steps: [{{name: Say, run: 'echo "[${{{{ needs.a.outputs.x }}}}]"'}}]
        """,
        kill={"dies": started.exists},
    )
    assert (run.step("dies").killed, run.step("dies").code) == (True, -9)
    assert [step.id for step in run.steps if step.job == "a"] == ["early", "dies"]
    assert (run.jobs["a"].result, run.step("Say").log) == ("failure", "[]\n")
    assert not is_still_read(pipe)
    assert not ended.exists()


@pytest.mark.parametrize(
    ("jobs", "sentence"),
    [
        (job_of_steps("- {run: echo, timeout: 3}"), "a step has no timeout"),
        (job_of_steps("- {run: echo}", needs="b"), "which is no job"),
        (job_of_steps("- {run: echo}", needs="a"), "jobs that need each other"),
        (job_of_steps("- {name: x}"), "a step has to run or to use something"),
        (job_of_steps("- {uses: some/thing@v1}"), "no stand-in for some/thing"),
        (job_of_steps("- {uses: actions/checkout@v7, with: {depth: 1}}"), "has no input depth"),
        (
            job_of_steps("- {run: 'echo ${{ steps.later.outputs.x }}'}\n- {id: later, run: echo}"),
            "unknown key",
        ),
        (job_of_steps("- {run: 'echo ${{ inputs.whom }}'}"), "unknown key"),
        (job_of_steps("- {run: echo, if: secrets.X}"), 'no context "secrets"'),
        (job_of_steps("- {run: echo}", **{"if": "env.X == ''"}), 'no context "env"'),
        (job_of_steps("- {run: echo}\n- {id: x, run: echo}\n- {id: x, run: echo}"), "an id twice"),
        (job_of_steps("- {run: 'gh release frobnicate || true', env: {GH_TOKEN: x}}"), "unknown command"),
        ("a: {uses: ./.github/workflows/x.yml, timeout-minutes: 3}", "a call has no timeout-minutes"),
    ],
)
def test_invalid_workflows_are_errors(running: Running, jobs: str, sentence: str) -> None:
    """A workflow that GitHub would refuse or silently misread is an error."""
    with pytest.raises(WorkflowError, match=sentence):
        running(jobs)


def test_unused_hooks_are_errors(running: Running) -> None:
    """A hook that is never reached and a step that ends too early are errors: no test passes in vain."""
    for hooks in (
        {"before": {"None": print}},
        {"after": {"Skipped": print}},
        {"kill": {"Runs": lambda: False}},
    ):
        with pytest.raises(WorkflowError, match=r"never reached|ended before"):
            running(
                job_of_steps("- {name: Runs, run: echo}\n- {name: Skipped, if: false, run: echo}"), **hooks
            )
    with pytest.raises(WorkflowError, match="does not run on push"):
        running(job_of_steps("- {run: echo}"), Event("push"))
    with pytest.raises(WorkflowError, match="no input whom"):
        running(job_of_steps("- {run: echo}"), Event("workflow_dispatch", {"whom": "x"}))


def test_workflow_commands_in_the_log_are_reported(running: Running) -> None:
    """Log lines that are commands to the runner are reported, so that tests find injected ones."""
    run = running(job_of_steps("- {id: x, run: 'echo a; echo \"::error title=x::y\"'}"))
    assert run.step("x").commands == ["::error title=x::y"]
