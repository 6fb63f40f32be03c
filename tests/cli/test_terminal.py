"""What rich draws: colours and bars on a terminal, plain and whole lines everywhere else."""

import io
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.text import Text

from backage.cli import cli
from backage.cli.report import show_progress, show_steps
from backage.cli.terminal import draw, make_pairs, print_stdout
from backage.cli.text import print_stderr
from backage.crawl.tally import OwnerResult, Tally
from backage.fetch.budget import Budget
from backage.fetch.limiter import Limiter
from tests.store.histories import count, download


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Say that this is a terminal."""
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "70")


def become_terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> Terminal:
    """Make standard output or error a terminal; in a test, since pytest replaces them after fixtures."""
    stream = Terminal()
    monkeypatch.setattr(sys, name, stream)
    return stream


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """None in a pipe, on a dumb terminal, or where NO_COLOR is set."""
    bold = Text("x", "bold")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert draw(bold) == "x"
    become_terminal(monkeypatch, "stdout")
    assert draw(bold) == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert draw(bold) == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert draw(bold) == "x"


def test_a_pipe_takes_a_line_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However narrow the terminal is said to be; a terminal gets what is long below its label's value."""
    pairs = [("note", "word " * 40 + "end"), ("", "x" * 200)]
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert draw(make_pairs(pairs)).splitlines() == [f"{label:<12} {text}" for label, text in pairs]
    become_terminal(monkeypatch, "stdout")
    lines = draw(make_pairs(pairs)).splitlines()
    assert max(map(len, lines)) <= 70
    assert all(line.startswith(" " * 13) for line in lines[1:])


def test_nothing_is_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither brackets nor the names of emoji, and a long line can be copied from a terminal."""
    output = become_terminal(monkeypatch, "stdout")
    text = "[bold red]x[/] :smile: [link=https://example.com]y " * 5
    print_stdout(text, make_pairs([(":smile:", "[b]x[/b]")]))
    assert output.getvalue() == f"{text.rstrip()}\n\n:smile:      [b]x[/b]\n"


def test_an_encoding_without_bars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pipe that takes Latin alone gets question marks, no bars, and no traceback."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1", write_through=True))
    print_stdout("grün 日")
    assert raw.getvalue().decode("latin-1").rstrip() == "grün ?"
    path = tmp_path / "history.db"
    count(path, 0, download())
    for charset, bars in (("utf-8", True), ("latin-1", False)):
        shown = CliRunner(charset=charset).invoke(cli, ["show", "acme", "--history", str(path)]).output
        assert shown.splitlines()[1].endswith("▁" * 14 if bars else " 0")


def test_steps_are_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, and what is said meanwhile stands above it; results go to standard output."""
    output = become_terminal(monkeypatch, "stdout")
    errors = become_terminal(monkeypatch, "stderr")
    with show_steps("Merging", quiet=False) as on_step:
        on_step(1, 2)
        print_stderr("waiting for [github.com]")
        on_step(2, 2)
        print_stdout("result")
    assert output.getvalue() == "result\n"
    *above, last = click.unstyle(errors.getvalue()).splitlines()
    assert "waiting for [github.com]" in above
    assert last.startswith("Merging ━━━")
    assert "2/2" in last


@pytest.mark.parametrize("quiet", [False, True])
def test_steps_are_lines_elsewhere(monkeypatch: pytest.MonkeyPatch, *, quiet: bool) -> None:
    """Ten at most, on a dumb terminal too, and none where it shall be quiet."""
    errors = become_terminal(monkeypatch, "stderr")
    monkeypatch.setenv("TERM", "dumb")
    with show_steps("Reading", quiet=quiet) as on_step:
        for number in range(1, 51):
            on_step(number, 50)
    lines = [] if quiet else [f"Reading: {number} of 50" for number in range(5, 51, 5)]
    assert errors.getvalue().splitlines() == lines


def test_an_update_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts owners, and says what was read and what limits the run."""
    errors = become_terminal(monkeypatch, "stderr")
    tally = Tally(owners_planned=3)
    budget = Budget(lambda: 0.0)
    limiter = Limiter(2, lambda: 0.0, lambda _: None, print_stderr)
    with show_progress(tally, budget, limiter, verbose=False, quiet=False) as listener:
        listener.on_answer()
        listener.on_owner(OwnerResult("acme", reached=True))
    last = click.unstyle(errors.getvalue()).splitlines()[-1]
    assert last.startswith("Reading owners")
    assert "1/3" in last
    assert "0 packages, 0 requests" in last


def test_an_update_is_lines_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """One for each owner."""
    budget = Budget(lambda: 0.0)
    limiter = Limiter(2, lambda: 0.0, lambda _: None, print_stderr)
    with show_progress(Tally(), budget, limiter, verbose=False, quiet=False) as listener:
        listener.on_answer()
        listener.on_owner(OwnerResult("acme", reached=True))
    assert capsys.readouterr().err == "acme: 0 packages, 0 versions read\n"


def test_help_does_not_wait_for_rich() -> None:
    """It is loaded where something is shown."""
    code = """
import atexit, sys, backage.__main__
atexit.register(lambda: print("rich.console" in sys.modules))
backage.__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)  # noqa: S603 (our own code)
    assert done.stdout.splitlines()[-1] == "False"
