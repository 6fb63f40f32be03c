"""`backage publish` as a cron job and a person meet it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from backage.cli import cli
from tests.support.repositories import Repository, begin_bare

KILOBYTE = "x" * 999 + "\n"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Work in a clone of a bare repository, with an index of two files of a kilobyte each."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    clone = begin_bare(tmp_path / "bare.git").clone(tmp_path / "clone")
    monkeypatch.chdir(clone.folder)
    for name in ("beacon", "buoy"):
        write(clone, name, KILOBYTE)
    return clone


def write(clone: Repository, name: str, text: str) -> None:
    """Write the file of a package."""
    path = clone.folder / "index" / "octo" / "forge" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def publish(*arguments: str, code: int = 0, variables: dict[str, str] | None = None) -> str:
    """Run the command; give what it says."""
    result = CliRunner().invoke(cli, ["publish", *arguments], env=variables)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code
    return result.output


def test_it_says_what_it_published(clone: Repository) -> None:
    """How many files, where, as which commit, and what changed; and that there was nothing."""
    name = clone.git("rev-parse", "HEAD")
    said = publish()
    assert said.startswith("2 files published on main as ")
    assert said.endswith(": index: 2 packages of 1 owner, 2 new\n")
    assert clone.git("rev-parse", "origin/main") != name
    assert clone.git("rev-parse", "HEAD")[:10] in said
    assert publish() == "Nothing changed, so nothing was published.\n"
    write(clone, "beacon", "{}\n")
    assert publish("--quiet") == ""
    assert clone.git("rev-list", "--count", "origin/main") == "3"


@pytest.mark.parametrize(
    ("variables", "commits"),
    [
        ({}, 3),
        ({"BACKAGE_AMEND": "", "BACKAGE_AMEND_ABOVE": ""}, 3),
        ({"BACKAGE_AMEND": "false", "BACKAGE_AMEND_ABOVE": "0.002"}, 3),
        ({"BACKAGE_AMEND": "true"}, 2),
        ({"BACKAGE_AMEND_ABOVE": "0.0019"}, 2),
        ({"BACKAGE_AMEND_ABOVE": "0"}, 2),
    ],
)
def test_when_it_amends(clone: Repository, variables: dict[str, str], commits: int) -> None:
    """When it is told to, and when the files of the index come to more than it was told."""
    publish(variables=variables)
    write(clone, "beacon", KILOBYTE.upper())
    publish(variables=variables)
    assert clone.git("rev-list", "--count", "origin/main") == str(commits)
    assert (
        clone.git("cat-file", "blob", "origin/main:index/octo/forge/beacon.json") == KILOBYTE.upper().strip()
    )


def test_a_branch_of_its_own(clone: Repository) -> None:
    """A branch that is not there is begun, and the one that is checked out stays."""
    assert " published on data as " in publish("--branch", "data")
    assert publish("--branch", "data") == "Nothing changed, so nothing was published.\n"
    assert clone.git("rev-list", "--count", "origin/main") == "1"


def test_wrong_usage_ends_with_2(clone: Repository) -> None:
    """What is no megabyte is wrong usage."""
    assert "Invalid value for '--amend-above'" in publish("--amend-above", "-1", code=2)
    assert clone.git("rev-list", "--count", "origin/main") == "1"
