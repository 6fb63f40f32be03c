"""Completion in a shell, as it is documented."""

import os
import shutil
import sys

import pytest

from tests.docs.process import run


def complete(**variables: str) -> str:
    """Ask the program as a shell does."""
    done = run(sys.executable, "-m", "backage", env={"PATH": os.environ["PATH"], **variables})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -o"), ("zsh", "#compdef backage"), ("fish", "complete --no-files")]
)
def test_a_shell_gets_its_script(shell: str, mark: str) -> None:
    """The variable that the documentation names makes the program write it."""
    assert mark in complete(_BACKAGE_COMPLETE=f"{shell}_source")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("backage sna", {"plain,snapshot"}),
        ("backage top --by gr", {"plain,growth"}),
        ("backage snapshot re", {"plain,restore"}),
    ],
)
def test_words_are_completed(line: str, expected: set[str]) -> None:
    """Commands, those below them, and choices of an option."""
    count = str(len(line.split()) - 1)
    found = complete(_BACKAGE_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=count)
    assert set(found.split()) == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed here")
def test_bash_takes_the_script() -> None:
    """The script for Bash has no errors and completes `backage`."""
    script = complete(_BACKAGE_COMPLETE="bash_source")
    done = run("bash", "--norc", "-c", f"{script}\ncomplete -p backage")
    assert done.returncode == 0, done.stderr
    assert "_backage_completion" in done.stdout
