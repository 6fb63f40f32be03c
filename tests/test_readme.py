"""The README holds what the program does."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from backage import __main__
from backage.cli import cli
from backage.pipeline.tally import CHANGED_SHAPE, DONE, NOTHING_READ, SOME_FAILED
from backage.render.table import HEADER

assert __main__  # it adds the commands of the web server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_and_option_is_there(name: str) -> None:
    """A command has its heading, and each of its options stands in the text."""
    command = cli.commands[name]
    assert f"### `backage {name}" in README
    members = command.commands if isinstance(command, click.Group) else {}
    for member in members:
        assert f"backage {name} {member}" in README or f"|{member}" in README, member
    for parameter in (parameter for each in (command, *members.values()) for parameter in each.params):
        if isinstance(parameter, click.Option):
            for option in parameter.opts:
                assert f"`{option}`" in README or f"`{option} " in README, option


def test_exit_codes_and_columns_are_there() -> None:
    """What scripts rely on is written down."""
    for code in (DONE, SOME_FAILED, CHANGED_SHAPE, NOTHING_READ):
        assert f"| {code} |" in README
    assert HEADER in README


def test_files_it_links_exist() -> None:
    """No link leads nowhere."""
    for part in README.split("](")[1:]:
        target = part.partition(")")[0]
        if target.startswith("#"):
            assert f"\n## {target[1:].replace('-', ' ').capitalize()}\n" in README
        else:
            file, _, heading = target.partition("#")
            assert file.startswith("http") or (ROOT / file).exists()
            if heading:
                text = (ROOT / file).read_text(encoding="utf-8")
                assert f"# {heading.replace('-', ' ').capitalize()}\n" in text


def test_the_set_up_commands_are_those_of_ci() -> None:
    """CI runs what the README tells people to run."""
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make test", "make lint", "make types", "make slow"):
        assert command in ci
        assert command in README
    assert "make demo" in README
