"""The command as its users meet it: sentences, exit codes, and what goes where."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from backage.cli import COMMANDS, cli
from backage.standin.transport import Reply
from tests.conftest import Instance, differences


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


Run = "Callable[..., Result]"


@pytest.fixture
def run(instance: Instance) -> Callable[..., Result]:
    """Run the command in the instance's folder, as a process of its own."""

    def command(*arguments: str, **variables: str) -> Result:
        environment = {
            "PATH": os.environ["PATH"],
            "GITHUB_TOKEN": "token",
            "BACKAGE_DATE": instance.server.world.today.isoformat(),
            **instance.server.environment(),
            **variables,
        }
        done = subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "-m", "backage", *arguments],
            cwd=instance.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    return command


def listed(instance: Instance, *lines: str) -> None:
    """Write owners.txt."""
    (instance.folder / "owners.txt").write_text("".join(f"{line}\n" for line in lines))


def test_update_ends_with_a_table(instance: Instance, run: Callable[..., Result]) -> None:
    """Results go to standard output, a line an owner to standard error, and all is right."""
    listed(instance, "# whom we like", "octo-forge", "98765431/mona-lab", "paper-lantern  # too")
    result = run("update")
    assert result.code == 0
    assert result.out.splitlines()[:3] == [
        "owners       3 of 3",
        "packages     12 (12 new, 0 changed)",
        "versions     222 read",
    ]
    assert "failed       0" in result.out
    assert sorted(result.err.splitlines()) == [
        "Octo-Forge: 6 packages, 159 versions read",
        "mona-lab: 4 packages, 30 versions read",
        "paper-lantern: 2 packages, 33 versions read",
    ]
    assert differences(instance) == []


def test_a_missing_list_is_one_sentence(run: Callable[..., Result]) -> None:
    """It says which file, and what to do."""
    result = run("update")
    assert (result.code, result.out) == (2, "")
    advice = "Create it, with one GitHub owner on each line, or name it with --owners."
    assert result.err == f"backage: owners.txt does not exist. {advice}\n"


def test_a_bad_line_is_named_and_skipped(instance: Instance, run: Callable[..., Result]) -> None:
    """The others are read, and the run ends with 1, so that somebody looks."""
    listed(instance, "mona-lab", "../../etc/passwd", "\x1b[31mred")
    result = run("update", "--json")
    assert result.code == 1
    failures = [failure["reason"] for failure in json.loads(result.out)["failures"]]
    bad = "is not the name of a GitHub user or organization; the line is skipped."
    assert failures == [
        f'owners.txt:2: "../../etc/passwd" {bad}',
        f'owners.txt:3: "\ufffd[31mred" {bad}',
    ]
    assert (instance.index / "mona-lab").is_dir()
    assert f'             owners.txt:2: "../../etc/passwd" {bad}' in run("update").out.splitlines()


def test_a_list_without_owners_is_wrong_usage(instance: Instance, run: Callable[..., Result]) -> None:
    """There is nothing to do."""
    listed(instance, "# nobody")
    result = run("update")
    assert (result.code, result.err) == (
        2,
        "backage: owners.txt names no owner: write one GitHub owner on each line.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["update", "--rate", "fast"], "Invalid value for '--rate'"),
        (["update", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["update", "--date", "yesterday"], "Invalid value for '--date'"),
        (["update", "a b"], '"a b" is not the name of a GitHub user or organization.'),
        (["update", "--optout", "none.txt", "mona-lab"], "none.txt does not exist. Name it with --optout."),
        (["render"], "history.db does not exist. `backage update` creates it; --history names another file."),
        (["inspect", "none.html"], "does not exist"),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_wrong_usage_ends_with_2(run: Callable[..., Result], arguments: list[str], sentence: str) -> None:
    """One sentence says what is wrong."""
    result = run(*arguments)
    assert result.code == 2
    assert sentence in result.err


def test_a_server_address_that_is_none_is_wrong_configuration(run: Callable[..., Result]) -> None:
    """The variable is named."""
    result = run("update", "mona-lab", GITHUB_SERVER_URL="file:///etc")
    assert result.code == 2
    assert "GITHUB_SERVER_URL" in result.err


def test_named_owners_need_no_list(instance: Instance, run: Callable[..., Result]) -> None:
    """`backage update NAME` reads that one."""
    assert run("update", "-q", "mona-lab").code == 0
    assert sorted(path.name for path in instance.index.iterdir()) == [".json", "mona-lab"]


def test_options_come_from_variables(instance: Instance, run: Callable[..., Result]) -> None:
    """`--max-requests` is BACKAGE_MAX_REQUESTS, and so on."""
    result = run("update", "mona-lab", "--json", BACKAGE_MAX_REQUESTS="3", BACKAGE_INDEX="elsewhere")
    assert json.loads(result.out)["requests"] == 3
    assert result.code == 0
    assert (instance.folder / "elsewhere/.json").exists()


def test_some_failures_end_with_1(instance: Instance, run: Callable[..., Result]) -> None:
    """The table counts them by reason and names them with their address."""
    instance.server.replies["/mona-lab/moon-phase/pkgs/npm/moon-phase"] = [Reply(404)] * 9
    result = run("update", "mona-lab")
    assert result.code == 1
    address = f"{instance.server.url}/mona-lab/moon-phase/pkgs/npm/moon-phase"
    assert "1 x not found (missing, private or renamed)" in result.out
    assert f"mona-lab/moon-phase/moon-phase: not found (missing, private or renamed) {address}" in result.out


def test_nothing_readable_ends_with_4(run: Callable[..., Result]) -> None:
    """All owners failed."""
    result = run("update", "-q", "nobody")
    assert result.code == 4
    assert "nobody: not found (missing, private or renamed)" in result.err


def test_changed_pages_end_with_3(instance: Instance, run: Callable[..., Result]) -> None:
    """GitHub changed its pages: the summary says which, and what is missing."""
    instance.server.replies["/Octo-Forge/*"] = [Reply(200, {}, b"<html>new</html>")] * 99
    instance.server.replies["/mona-lab/*"] = [Reply(200, {}, b"<html>new</html>")] * 99
    result = run("update", "octo-forge", "mona-lab")
    assert result.code == 3
    assert 'GitHub changed its pages: the package page has no "Total downloads"' in result.out
    assert "such a page is kept: backage inspect package.html" in result.out
    assert (instance.folder / "package.html").read_bytes() == b"<html>new</html>"
    assert run("inspect", "package.html").code == 3


def test_in_actions_the_own_owner_is_added_and_a_summary_written(
    instance: Instance, run: Callable[..., Result]
) -> None:
    """A fork needs no owners.txt, and its job shows the table."""
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY_OWNER": "mona-lab",
        "GITHUB_REPOSITORY": "mona-lab/backage",
        "GITHUB_STEP_SUMMARY": str(instance.folder / "summary.md"),
    }
    listed(instance, "paper-lantern")
    assert run("update", **variables).code == 0
    assert {path.name for path in instance.index.iterdir()} == {".json", "mona-lab", "paper-lantern"}
    summary = (instance.folder / "summary.md").read_text()
    assert "| owners | 2 of 2 |" in summary
    assert "| packages | 6 (6 new, 0 changed) |" in summary


def test_render_gives_the_same_bytes(instance: Instance, run: Callable[..., Result]) -> None:
    """The index can be thrown away: the history gives it back."""
    instance.update()
    files = instance.files()
    assert run("render").out == "0 files written, 0 removed in index\n"
    assert run("render", "--index", "again").code == 0
    again = instance.folder / "again"
    assert {str(p.relative_to(again)): p.read_bytes() for p in again.rglob("*") if p.is_file()} == files


def test_inspect_shows_what_a_parser_reads(instance: Instance, run: Callable[..., Result]) -> None:
    """A saved page becomes JSON."""
    page = Path(__file__).parent.parent / "pages" / "package" / "thirty-days" / "page.html"
    pages = sorted(page.parent.parent.glob("*/expected.json"))
    result = run("inspect", str(pages[0].parent / "page.html"))
    assert result.code == 0
    assert json.loads(result.out)["kind"] == "package"
    (instance.folder / "saved.html").write_text("<html>nothing</html>")
    result = run("inspect", "saved.html")
    assert result.code == 3
    assert "the saved page has no list of packages or versions, nor a count of downloads" in result.err


def test_the_demo_runs_offline(instance: Instance, run: Callable[..., Result]) -> None:
    """Three days, compared with what was counted, and where to look."""
    result = run("demo", "-o", "here", "--date", "2026-08-22")
    assert result.code == 0
    assert "All 12 packages and 225 versions equal what the stand-in counted." in result.out
    for line in result.out.splitlines():
        if line.startswith("  here"):
            assert (instance.folder / line.strip()).is_file()
    assert run("demo", "-o", "here").code == 0


def test_the_demo_spares_a_folder_that_is_not_its_own(instance: Instance, run: Callable[..., Result]) -> None:
    """It removes only what a demo made."""
    (instance.folder / "mine").mkdir()
    result = run("demo", "-o", "mine")
    assert result.code == 2
    assert "mine exists and was not made by `backage demo`" in result.err


def test_help_and_version(run: Callable[..., Result]) -> None:
    """Every command explains itself."""
    assert run("--version").out.startswith("backage, version ")
    shown = " ".join(run("--help").out.split())
    for name, (_, text) in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command
        assert command.help
        assert f"{name} {text}" in shown
        assert command.help.split("\n\n")[0] == text
    assert run("update", "--help").code == 0


@pytest.mark.parametrize(
    ("during", "code", "said"),
    [("imports", -signal.SIGINT, ""), ("command", 1, "Aborted!")],
)
def test_ctrl_c_prints_no_traceback(during: str, code: int, said: str) -> None:
    """Neither while the command is imported, nor while it runs."""
    script = """
import click, os, signal, sys
import backage.__main__, backage.cli

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class Module:
    update_command = click.Command("update", callback=interrupt)

def load(name):
    if during == "imports":
        interrupt()
    return Module

backage.cli.import_module = load
during = sys.argv.pop()
backage.__main__.main()
"""
    arguments = [sys.executable, "-c", script, "update", during]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 (our own code)
    assert (done.returncode, done.stderr.strip()) == (code, said)
