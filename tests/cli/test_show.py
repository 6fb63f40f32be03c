"""`backage show`: the same numbers as the index, in 80 columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from backage.cli import cli

if TYPE_CHECKING:
    from click.testing import Result

    from tests.conftest import Instance

WIDTH = 80


def show(instance: Instance, *arguments: str) -> Result:
    """Run the command on an instance's history."""
    return CliRunner().invoke(cli, ["show", "--history", str(instance.history), *arguments])


@pytest.fixture
def known(instance: Instance) -> Instance:
    """Give an instance that knows two days."""
    instance.update()
    instance.server.world.advance()
    instance.update()
    return instance


def test_an_owner_is_a_table(known: Instance) -> None:
    """A line for each package, most downloads first, none wider than a terminal."""
    lines = show(known, "octo-forge").output.splitlines()
    assert lines[0].split() == ["package", "total", "month", "week", "day", "trend", "two", "weeks"]
    packages = known.shown("Octo-Forge/")["package"]
    assert len(lines) == 1 + len(packages)
    assert max(map(len, lines)) <= WIDTH
    for line, package in zip(lines[1:], packages, strict=True):
        assert package["downloads"] in line.split()


def test_a_package_is_a_card(known: Instance) -> None:
    """The exact numbers of the index, whatever the case of the name."""
    package = known.shown("Octo-Forge/")["package"][0]
    name = f"{package['owner']}/{package['repo']}/{package['package']}"
    lines = show(known, name.upper().replace("%2F", "/")).output.splitlines()
    told = {line[:12].strip(): line[13:] for line in lines[1:]}
    assert told["downloads"] == f"{package['raw_downloads']:,}"
    assert told["day"] == f"{package['raw_downloads_day']:,}"
    assert told["versions"] == f"{package['raw_versions']:,}, {package['raw_tagged']:,} tagged"
    assert told["latest"] == package["latest_tag"]
    assert told["refreshed"] == package["date"]
    assert len(told["30 days"]) == 30


def test_json_has_the_keys_of_the_index(known: Instance) -> None:
    """One object for a package, a list for more."""
    packages = known.shown("Octo-Forge/")["package"]
    assert json.loads(show(known, "octo-forge", "--json").output) == packages
    name = "/".join(packages[0][key] for key in ("owner", "repo", "package"))
    assert json.loads(show(known, name, "--json").output) == packages[0]


@pytest.mark.parametrize("name", ["nobody", "octo-forge/nothing", "octo-forge/beacon/nothing"])
def test_an_unknown_name_is_a_sentence(known: Instance, name: str) -> None:
    """Nothing is shown of what the history does not know."""
    error = show(known, name).exception
    assert str(error) == f'The history knows no package of "{name}".'
