"""`backage check` as a person meets it."""

import json

import pytest
from click.testing import CliRunner

from backage.cli import cli
from backage.render.site.links import LABELS
from backage.standin.transport import Reply
from tests.conftest import Instance


@pytest.fixture
def here(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Work in the folder of an instance that ran."""
    monkeypatch.chdir(instance.folder)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    (instance.folder / "owners.txt").write_text("98765431/mona-lab\nOcto-Forge\nnobody\n", encoding="utf-8")
    instance.update()
    return instance


def check(*arguments: str, code: int = 0) -> dict[str, str]:
    """Run the command; give its lines by their label."""
    result = CliRunner().invoke(cli, ["check", *arguments])
    assert result.exit_code == code, result.output
    lines = [line.partition(" ") for line in result.output.splitlines()]
    return {label: text.strip() for label, _, text in lines}


def test_a_package_has_its_url_and_badge(here: Instance) -> None:
    """A slash in a package's name is `%2F` in its file and `%252F` in its address."""
    assert here.shown("Octo-Forge/beacon/beacon")
    lines = check("octo-forge/BEACON/charts/beacon", "--repository", "octo-forge/backage")
    assert lines["name"] == "octo-forge/BEACON/charts/beacon"
    assert lines["listed"] == "yes, as Octo-Forge"
    assert lines["file"] == "index/Octo-Forge/beacon/charts%2Fbeacon.json"
    raw = "https://raw.githubusercontent.com/octo-forge/backage/main/index/Octo-Forge/beacon/charts%252Fbeacon.json"
    assert lines["url"] == raw
    assert lines["badge"].startswith("https://img.shields.io/badge/dynamic/json?url=https%3A%2F%2Fraw.")
    assert lines["badge"].endswith("charts%25252Fbeacon.json&query=%24.downloads&label=downloads")
    assert "name the repository" in check("octo-forge/beacon/beacon")["url"]


def test_an_owner_without_a_name_in_the_list(here: Instance) -> None:
    """It was read once, and is not listed now: it will be stale."""
    (here.folder / "owners.txt").write_text("", encoding="utf-8")
    lines = check("mona-lab")
    assert lines["listed"] == "no: owners.txt does not name its owner"
    assert lines["owner"] == "mona-lab, id 98765431"


def test_what_is_not_there_ends_with_1(here: Instance) -> None:
    """Never read, never named, failing: each is said, with what is known."""
    assert check("paper-lanterns", code=1)["found"] == "no: nothing was ever read of this owner"
    assert check("mona-lab/none", code=1)["found"] == "no: its owner's list never named it"
    here.server.replies["/Octo-Forge/beacon/pkgs/container/beacon"] = [Reply(500)] * 4
    here.update()
    lines = check("octo-forge/beacon/beacon", code=1)
    assert lines["failing"].startswith(
        "Octo-Forge/beacon/beacon: the server failed (status 500) since 2026-08-20 "
    )
    (here.folder / "optout.txt").write_text("octo-forge\n", encoding="utf-8")
    assert check("octo-forge", code=1)["opted"].endswith("yes: it is not read, and has no files")


def test_for_a_program(here: Instance) -> None:
    """The same as JSON."""
    result = CliRunner().invoke(cli, ["check", "mona-lab", "--json"])
    found = json.loads(result.output)
    assert (found["listed"], found["fine"], found["owner_id"]) == (True, True, 98765431)
    assert [package["date"] for package in found["packages"]] == [str(here.server.world.today)] * 4
    assert [(package["url"], package["badges"]) for package in found["packages"]] == [(None, {})] * 4
    result = CliRunner().invoke(cli, ["check", "mona-lab", "--json", "--repository", "octo-forge/backage"])
    for package in json.loads(result.output)["packages"]:
        assert (
            package["url"] == f"https://raw.githubusercontent.com/octo-forge/backage/main/{package['path']}"
        )
        assert list(package["badges"]) == list(LABELS)
        assert package["badges"]["latest"].endswith("&query=%24.latest_tag&label=latest")


@pytest.mark.parametrize(
    "name", ["../../x", "$(id)", "a b", "-rf", "a/b/c/../d", "\x00", "::set-output name=a::b"]
)
def test_hostile_names_are_wrong_usage(here: Instance, name: str) -> None:
    """A sentence, and nothing is looked for."""
    result = CliRunner().invoke(cli, ["check", "--", name])
    assert result.exit_code == 2
    assert not any(line.startswith("::") for line in result.output.splitlines())
    result = CliRunner().invoke(cli, ["check", "mona-lab", "--repository", name])
    assert "is not OWNER/NAME of a repository" in str(result.exception)
    assert here.history.exists()
