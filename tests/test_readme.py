"""The README holds what the program does."""

import re
from pathlib import Path

import click
import pytest

from backage import __version__
from backage.cli import COMMANDS, cli
from backage.crawl.tally import DONE, LAYOUT_CHANGED, NOTHING_READ, SOME_FAILED
from backage.render.table import HEADER

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


COMMON = {"--history", "-v", "--verbose", "-q", "--quiet"}
"""Of which the text says once that most commands take them."""


def section(name: str) -> str:
    """Give what stands below the headings of a command."""
    parts = re.split(
        r"^### `",
        README.partition("## Commands")[2].partition("### Environment variables")[0],
        flags=re.MULTILINE,
    )
    return "".join(part for part in parts[1:] if re.match(rf"backage {name}[ `]", part))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_there(name: str) -> None:
    """A command has its heading, and below it stand its options, and none that it has not."""
    command, text = cli.get_command(click.Context(cli), name), section(name)
    assert command
    members = command.commands if isinstance(command, click.Group) else {}
    for member in members:
        assert f"backage {name} {member}" in text or f"|{member}" in text, member
    options = {
        option
        for each in (command, *members.values())
        for parameter in each.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    told = set(re.findall(r"`(--?[a-z][a-z-]*)", text))
    assert options - told - COMMON == set()
    assert told - options - {"-h", "--help"} == set()


def test_exit_codes_and_columns_are_there() -> None:
    """What scripts rely on is written down."""
    for code in (DONE, SOME_FAILED, LAYOUT_CHANGED, NOTHING_READ):
        assert f"| {code} |" in README
    assert HEADER in README


def test_variables_are_there() -> None:
    """Each that the program reads by itself; those of options follow from the options' names."""
    named: set[str] = set()
    for path in (ROOT / "backage").rglob("*.py"):
        named |= set(re.findall(r'"((?:BACKAGE|GITHUB|GH)_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    options = {name: f"`--{name.removeprefix('BACKAGE_').lower().replace('_', '-')}" for name in named}
    assert [name for name in named if f"`{name}`" not in README and options[name] not in README] == []


def test_this_version_is_in_the_changelog() -> None:
    """A release has its heading; before the first there is none but the one of what is to come."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[?([^\] \n]+)", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert __version__ in headings[1:] or len(headings) == 1


def test_the_set_up_commands_are_those_of_ci() -> None:
    """CI runs what the README tells people to run."""
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make test", "make lint", "make types", "make slow"):
        assert command in ci
        assert command in README
    assert "make demo" in README
