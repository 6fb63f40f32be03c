"""What jobs use: actions, other workflows, and programs that are stand-ins."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.workflows.conftest import Running, job_of_steps
from tests.workflows.expressions import WorkflowError
from tests.workflows.site import Site

CHECKOUT = "- uses: actions/checkout@v7"


def test_a_workflow_can_call_another(running: Running, site: Site) -> None:
    """A called workflow has inputs and outputs, and never more permissions than its caller."""
    called = """
        on:
          workflow_call:
            inputs: {who: {type: string, required: true}}
            outputs: {x: {value: "${{ jobs.c.outputs.x }}"}}
        permissions: {}
        jobs:
          c:
            runs-on: x
            permissions: {issues: LEVEL}
            outputs: {x: "${{ steps.x.outputs.x }}"}
            steps: [{id: x, env: {WHO: "${{ inputs.who }}"}, run: 'echo "x=$WHO!" >> "$GITHUB_OUTPUT"'}]
    """
    jobs = """
        a: {permissions: {issues: read}, uses: ./.github/workflows/called.yml, with: {who: me}}
        b: {needs: a, runs-on: x, steps: [{name: Say, run: "echo ${{ needs.a.outputs.x }}"}]}
    """
    path = site.root / ".github" / "workflows" / "called.yml"
    path.write_text(dedent(called).replace("LEVEL", "read"), encoding="utf-8")
    run = running(jobs)
    assert run.step("Say").log == "me!\n"
    assert run.jobs["a / c"].permissions == {"issues": "read"}
    path.write_text(dedent(called).replace("LEVEL", "write"), encoding="utf-8")
    with pytest.raises(WorkflowError, match="its caller has less"):
        running(jobs)
    with pytest.raises(WorkflowError, match="input who is required"):
        running("a: {permissions: {}, uses: ./.github/workflows/called.yml}")


def test_an_action_runs_in_the_job_that_uses_it(running: Running, site: Site, tmp_path: Path) -> None:
    """An action has its inputs, its folder and its own steps; its failure is the step's."""
    action = """
        name: x
        description: x
        inputs: {who: {default: "${{ github.repository_owner }}"}, bad: {default: "false"}}
        outputs: {said: {value: "${{ steps.say.outputs.said }}"}}
        runs:
          using: composite
          steps:
            - id: say
              shell: bash
              env: {WHO: "${{ inputs.who }}"}
              run: 'echo "said=$WHO" >> "$GITHUB_OUTPUT"'
            - {name: Look, shell: bash, run: 'ls "$GITHUB_ACTION_PATH"; ${{ inputs.bad }} && exit 5 || true'}
            - {name: End, shell: bash, if: always(), run: 'echo "$OUTER"'}
    """
    (tmp_path / "action").mkdir()
    (tmp_path / "action" / "action.yml").write_text(dedent(action), encoding="utf-8")
    site.actions["some/action"] = tmp_path / "action"
    run = running(
        job_of_steps("""
        - {id: it, uses: some/action@v1, env: {OUTER: seen}}
        - {name: Say, run: 'echo ${{ steps.it.outputs.said }}'}
        - {id: bad, uses: some/action@v1, with: {bad: true}}
        - {name: Never, run: echo}
        """)
    )
    assert run.step("Say").log == "octo-forge\n"
    assert next(step.log for step in run.steps if step.name == "Look") == "action.yml\n"
    assert [(step.outcome, step.log) for step in run.steps if step.name == "End"] == [
        ("success", "seen\n"),
        ("success", "\n"),
    ]
    assert (run.step("bad").outcome, run.step("Never").outcome) == ("failure", "skipped")
    with pytest.raises(WorkflowError, match="no input whom"):
        running(job_of_steps("- {uses: some/action@v1, with: {whom: x}}"))
    (tmp_path / "action" / "action.yml").write_text(
        dedent(action).replace("shell: bash, ", ""), encoding="utf-8"
    )
    with pytest.raises(WorkflowError, match="has to name its shell"):
        running(job_of_steps("- {uses: some/action@v1}"))


def test_a_checkout_is_of_the_commit_that_started_the_run(running: Running, site: Site) -> None:
    """A checkout has the commit that started the run, or the tip of `ref`; it is shallow by default."""
    site.push({"late.txt": "1"})

    def push(_: Path) -> None:
        site.push({"later.txt": "2"})

    run = running(
        job_of_steps(
            f"""
            - {{id: before, run: 'echo'}}
            {CHECKOUT}
            - {{name: Old, run: 'ls; git rev-list --count HEAD; git branch --show-current'}}
            {CHECKOUT}
              with: {{ref: "${{{{ github.ref }}}}", path: sub, fetch-depth: 0, persist-credentials: false}}
            - name: New
              working-directory: sub
              run: ls; git rev-list --count HEAD; git config remote.origin.url
            """,
            permissions="{contents: read}",
        ),
        before={"before": push},
    )
    assert run.step("Old").log.split() == ["late.txt", "owners.txt", "1", "main"]
    address = f"{site.server['GITHUB_SERVER_URL']}/{site.repository}"
    assert run.step("New").log.split() == ["late.txt", "later.txt", "owners.txt", "3", address]
    assert run.checkouts[1]["persist-credentials"] == "false"


@pytest.mark.parametrize(
    ("level", "kept", "outcome"),
    [("write", "true", "success"), ("read", "true", "failure"), ("write", "false", "failure")],
)
def test_a_push_needs_a_permission_and_credentials(
    running: Running, site: Site, level: str, kept: str, outcome: str
) -> None:
    """A push fails with a token that may only read, and without kept credentials."""
    run = running(
        job_of_steps(
            f"""
            {CHECKOUT}
              with: {{persist-credentials: {kept}}}
            - name: Push
              run: |
                git config user.name me && git config user.email me@example.org
                git commit --allow-empty -m more && git push origin HEAD:main
            """,
            permissions=f"{{contents: {level}}}",
        )
    )
    assert run.step("Push").outcome == outcome
    assert site.git("rev-list", "--count", "main") == ("2" if outcome == "success" else "1")


def test_artifacts_go_from_job_to_job(running: Running) -> None:
    """An artifact has the files below its paths, without hidden ones; a name can be used once."""
    run = running("""
        a:
          runs-on: x
          steps:
            - run: mkdir -p d/e && touch d/1.txt d/.hidden d/e/2.txt d/e/3.log one.txt
            - {uses: actions/upload-artifact@v7, with: {name: x-1, path: d}}
            - {uses: actions/upload-artifact@v7, with: {name: x-2, path: "d/e/*.txt\\nd/1.txt"}}
            - {uses: actions/upload-artifact@v7, with: {name: y, path: one.txt}}
            - {uses: actions/upload-artifact@v7, with: {name: z, path: "d/**/*\\n!d/e"}}
            - {uses: actions/upload-artifact@v7, with: {name: none, path: none}}
            - {id: twice, continue-on-error: true, uses: actions/upload-artifact@v7, with: {name: y, path: d}}
            - id: missing
              continue-on-error: true
              uses: actions/upload-artifact@v7
              with: {path: none, if-no-files-found: error}
        b:
          needs: a
          runs-on: x
          steps:
            - {uses: actions/download-artifact@v8, with: {name: y, path: single}}
            - {uses: actions/download-artifact@v8, with: {pattern: "x-*", path: several}}
            - {uses: actions/download-artifact@v8, with: {path: merged, merge-multiple: true}}
            - {name: List, run: find . -type f | LC_ALL=C sort}
            - {id: missing, uses: actions/download-artifact@v8, with: {name: none}}
    """)
    assert run.step("List").log.split() == [
        "./merged/1.txt",
        "./merged/e/2.txt",
        "./merged/e/3.log",
        "./merged/one.txt",
        "./several/x-1/1.txt",
        "./several/x-1/e/2.txt",
        "./several/x-1/e/3.log",
        "./several/x-2/1.txt",
        "./several/x-2/e/2.txt",
        "./single/one.txt",
    ]
    assert (run.step("twice").outcome, run.step("a: missing").outcome) == ("failure", "failure")
    assert run.step("b: missing").outcome == "failure"


def test_programs_have_stand_ins(running: Running, site: Site) -> None:
    """Programs are stand-ins that neither install nor wait, but `backage` is the project's."""
    run = running(
        job_of_steps("""
        - run: pip install --quiet . && python -m pip install x && sleep 3600
        - run: python3 -m venv "$RUNNER_TEMP/venv" && "$RUNNER_TEMP/venv/bin/pip" install y
        - {name: Version, run: 'backage --version; python -c "print(1)"'}
        """)
    )
    assert run.conclusion == "success", run.log
    assert site.installed() == ["pip install --quiet .", "pip install x", "pip install y"]
    assert run.step("Version").log.splitlines()[1:] == ["1"]
