"""Every command that the documentation shows exists, with the options it uses."""

import os
import re
from contextlib import suppress
from pathlib import Path

import click
import pytest

from backage.cli import cli
from tests.docs.text import TEXTS, find_commands, find_spans

COMMANDS = [
    pytest.param(words, id=f"{path.name}:{line}") for path in TEXTS for line, words in find_commands(path)
]
SPANS = sorted({span for path in TEXTS for span in find_spans(path) if span.startswith("backage ")})
_ALTERNATIVES = re.compile(r"[a-z]+(\|[a-z]+)*")


def parse(words: list[str]) -> None:
    """Parse a command line with click without running it; click raises its error if the line is wrong."""
    command: click.Command = cli
    context: click.Context | None = None
    name, *rest = words
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        context = click.Context(command, parent=context, info_name=name)
        name, *rest = rest
        below = command.get_command(context, name)
        if below is None:
            context.fail(f"no command {name}")
        command = below
    with suppress(click.exceptions.Exit):  # where it is asked for help, or for the version
        command.make_context(name, rest, parent=context)


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, without variables that are options."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("BACKAGE_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(click.Path, "convert", lambda _, value, *__: Path(value))  # none is there


@pytest.mark.parametrize("words", COMMANDS)
def test_every_line_can_be_typed(words: list[str]) -> None:
    """Click accepts each command in a block."""
    parse(words)


@pytest.mark.parametrize("span", SPANS)
def test_every_command_in_a_sentence_exists(span: str) -> None:
    """`backage a|b ARGUMENT --option` names commands that are there, and options of theirs."""
    commands: list[click.Command] = [cli]
    for word in span.split()[1:]:
        if word.startswith("-"):
            option = word.strip("[]").partition("=")[0]
            known = {opt for each in commands for part in each.params for opt in part.opts}
            assert option in known | {"--help", "-h"}
        elif all(isinstance(each, click.Group) for each in commands) and _ALTERNATIVES.fullmatch(word):
            groups = [each for each in commands if isinstance(each, click.Group)]
            found = [
                group.get_command(click.Context(group), name) for group in groups for name in word.split("|")
            ]
            assert None not in found
            commands = [command for command in found if command]


@pytest.mark.parametrize(
    "words",
    [
        ["backage", "updat"],
        ["backage", "update", "--no-such-option"],
        ["backage", "snapshot", "save"],
        ["backage", "snapshot", "hide", "x"],
        ["backage", "update", "--jobs", "many"],
        ["backage", "top", "--by", "beauty"],
    ],
)
def test_the_check_finds_what_is_wrong(words: list[str]) -> None:
    """An unknown command, option or value is reported."""
    with pytest.raises(click.ClickException):
        parse(words)


def test_commands_are_found(tmp_path: Path) -> None:
    """Indented and fenced lines, after variables, up to the end of the command, over several lines."""
    path = tmp_path / "text.md"
    path.write_text(
        "    backage top -n 3 | head\n\nText:\n\n```sh\nA=1 backage show \\\n  x # why\nmake test\n```\n",
        encoding="utf-8",
    )
    assert [words for _, words in find_commands(path)] == [
        ["backage", "top", "-n", "3"],
        ["backage", "show", "x"],
    ]
    assert len(COMMANDS) > 20
