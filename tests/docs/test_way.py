"""A number's way through the files is the one that `docs/how-it-works.md` tells: it is traced, both ways."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import FrameType

import pytest
from click.testing import CliRunner

import backage
from backage.cli import cli
from tests.conftest import Instance
from tests.docs.text import ROOT

CODE = Path(backage.__file__).parent
NAME = "Octo-Forge/beacon/beacon"
COUNTS = ("raw_downloads", "raw_downloads_month", "raw_downloads_week", "raw_downloads_day")
LONGEST = 5


@dataclass
class Way:
    """The files that a number went through: which gave it on, which got it, and those above the first."""

    number: int
    gave: set[str] = field(default_factory=set)
    got: set[str] = field(default_factory=set)
    above: list[str] = field(default_factory=list)

    def note(self, frame: FrameType, event: str, value: object) -> None:
        """Note a function that is called with the number, or that returns it, alone or within a value."""
        file = file_of(frame)
        if file is None or frame.f_code.co_name.startswith("<"):  # a comprehension is part of a function
            return
        if event == "call" and any(map(self._is_in, frame.f_locals.values())):
            self.got.add(file)
        elif event == "return" and self._is_in(value):
            self.above = self.above or files_above(frame)
            self.gave.add(file)

    def _is_in(self, value: object) -> bool:
        if isinstance(value, Mapping):
            return any(map(self._is_in, (*value.keys(), *value.values())))
        if isinstance(value, list | tuple | set | frozenset):
            return any(map(self._is_in, value))
        if is_dataclass(value) and not isinstance(value, type):
            return any(self._is_in(getattr(value, each.name)) for each in fields(value))
        return type(value) is int and value == self.number


def file_of(frame: FrameType) -> str | None:
    """Give the file of a function of the program; the small GitHub is none of it."""
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(CODE) or path.is_relative_to(CODE / "standin"):
        return None
    return path.relative_to(CODE).as_posix()


def files_above(frame: FrameType | None) -> list[str]:
    """Give the files from the command down to a function, each once."""
    found: list[str] = []
    while frame is not None:
        file = file_of(frame)
        found += [file] if file and file not in found else []
        frame = frame.f_back
    return found[::-1]


@contextmanager
def traced(number: int) -> Iterator[Way]:
    """Follow a number through what is done within, in this thread."""
    way, before = Way(number), sys.getprofile()
    sys.setprofile(way.note)
    try:
        yield way
    finally:
        sys.setprofile(before)


@pytest.fixture
def number(instance: Instance) -> int:
    """Give the downloads of a package, a number that is nothing else's in its world."""
    truth = instance.server.world.truth()
    counted = [each[key] for package in truth for each in (package, *package["version"]) for key in COUNTS]
    (found,) = (
        package["raw_downloads"]
        for package in truth
        if f"{package['owner']}/{package['repo']}/{package['package']}" == NAME
    )
    assert counted.count(found) == 1
    return int(found)


def told(beginning: str) -> list[str]:
    """Give the files that are named in a paragraph of the page, or in its table."""
    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    way = text.partition("## A number's way\n")[2].partition("\n## ")[0]
    (paragraph,) = (part for part in way.split("\n\n") if part.startswith(beginning))
    return re.findall(r"`([a-z]+/[a-z_]+\.py)`", paragraph)


def test_from_the_page_to_the_index(instance: Instance, number: int) -> None:
    """The files that hand it on are those of the table, five at most, and whoever else has it is named."""
    table, carriers, others = told("| file"), told("Four carry"), told("Five look")
    with traced(number) as way:
        assert instance.update().failures == []
    assert instance.shown(NAME)["raw_downloads"] == number
    assert way.gave - set(carriers) == set(table)
    assert (len(table), len(carriers), len(others)) == (LONGEST, 4, 5)
    assert way.gave | way.got == {*table, *others, *(way.gave & set(carriers))}


def test_what_carries_it_does_not_look() -> None:
    """A file that only carries it does not have the word for it."""
    for file in told("Four carry"):
        assert "downloads" not in (CODE / file).read_text(encoding="utf-8"), file


def test_from_the_command_line_to_sql(instance: Instance, number: int) -> None:
    """Down to where it comes from there are three files, and those that it comes up through are named."""
    instance.update()
    with traced(number) as way:
        done = CliRunner().invoke(cli, ["show", NAME, "--history", str(instance.history)])
    assert f"{number:,}" in done.output
    files = told("Back")
    assert way.above == files[:3]
    assert {*way.above, *way.gave, *way.got} == set(files)
    assert len({*way.above, *way.gave}) <= LONGEST
