"""`backage badge`: what is pasted, with and without a history."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from click.testing import CliRunner, Result

from backage.cli import cli
from backage.models.history import Package
from backage.render.site.links import LABELS
from backage.store.database import open_history
from backage.store.queries import mark_gone
from tests.conftest import Instance
from tests.support.repositories import Repository

RAW = "https://raw.githubusercontent.com/octo-forge/backage/main/index"
REPOSITORY = ("--repository", "octo-forge/backage")


def badge(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["badge", *arguments])


def file_of(line: str) -> str:
    """Give the address that a badge reads."""
    return parse_qs(urlsplit(line).query)["url"][0]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with nothing in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    return tmp_path


@pytest.fixture
def here(empty: Path, instance: Instance) -> Instance:
    """Work in the folder of an instance that ran."""
    assert instance.folder == empty
    instance.update()
    return instance


@pytest.mark.usefixtures("here")
def test_a_known_package_has_its_own_case_and_page() -> None:
    """Nothing but the badge is written; it is the one that `backage check` names."""
    result = badge("octo-forge/BEACON/charts/beacon", *REPOSITORY)
    image = (
        "https://img.shields.io/badge/dynamic/json?url=https%3A%2F%2Fraw.githubusercontent.com%2Focto-forge"
        "%2Fbackage%2Fmain%2Findex%2FOcto-Forge%2Fbeacon%2Fcharts%25252Fbeacon.json"
        "&query=%24.downloads&label=downloads"
    )
    page = "https://github.com/Octo-Forge/beacon/pkgs/container/charts%2Fbeacon"
    assert result.stdout == f"[![downloads of charts/beacon]({image})]({page})\n"
    assert result.stderr == ""
    told = CliRunner().invoke(cli, ["check", "octo-forge/beacon/charts/beacon", *REPOSITORY]).stdout
    assert f"badge        {image}\n" in told


def test_every_package_of_an_owner(here: Instance) -> None:
    """Each reads a file that is there, those without a repository and of other types too."""
    lines = badge("octo-forge", *REPOSITORY, "--format", "url").stdout.splitlines()
    files = sorted(file_of(line).removeprefix(RAW).replace("%25", "%") for line in lines)
    written = sorted(
        f"/{path}"
        for path in here.files()
        if path.startswith("Octo-Forge/") and not path.endswith((".csv", "/.json"))
    )
    assert files == written


@pytest.mark.usefixtures("empty")
def test_a_package_that_nobody_knows() -> None:
    """It is named in full, and taken for a container; with a history, that is said."""
    result = badge("someone/tools/a/b", *REPOSITORY, "--format", "url")
    assert file_of(result.stdout.strip()) == f"{RAW}/someone/tools/a%252Fb.json"
    assert (
        result.stderr
        == "Assuming a container package. Pass --type for another kind; it only changes the link.\n"
    )
    npm = badge("someone/tools/a", *REPOSITORY, "--type", "npm")
    assert npm.stdout.endswith("](https://github.com/someone/tools/pkgs/npm/a)\n")
    assert npm.stderr == ""
    assert "Name the package in full" in str(badge("someone/tools", *REPOSITORY).exception)
    assert "none.db does not exist" in str(badge("a/b/c", *REPOSITORY, "--history", "none.db").exception)


@pytest.mark.usefixtures("here")
def test_a_package_that_the_history_does_not_know() -> None:
    """The badge is there all the same, and standard error says that it is not known."""
    result = badge("octo-forge/beacon/nothing", *REPOSITORY, "--type", "npm")
    assert result.exit_code == 0
    assert result.stdout.startswith("[![downloads of nothing](")
    said = 'The history knows no package of "octo-forge/beacon/nothing": its badge has no number.'
    assert result.stderr == f"{said}\n"
    npm = badge("octo-forge/beacon/beacon", *REPOSITORY, "--type", "npm", "--format", "url")
    assert file_of(npm.stdout.strip()) == f"{RAW}/Octo-Forge/beacon/beacon%40npm.json"


def test_a_package_that_is_gone(here: Instance) -> None:
    """It has no file any more, which is said."""
    with open_history(here.history) as history:
        mark_gone(history, "Octo-Forge", Package("container", "beacon", "beacon"), here.server.world.today)
    result = badge("octo-forge/beacon/beacon", *REPOSITORY, "--format", "url")
    assert file_of(result.stdout.strip()) == f"{RAW}/Octo-Forge/beacon/beacon.json"
    assert f'"octo-forge/beacon/beacon", gone since {here.server.world.today}: its badge' in result.stderr


@pytest.mark.usefixtures("empty")
def test_metrics() -> None:
    """Several at once, each on its line; all of them once."""
    lines = badge("a/b/c", *REPOSITORY, "--format", "url", "--metric", "all", "--metric", "raw_size").stdout
    queries = [parse_qs(urlsplit(line).query) for line in lines.splitlines()]
    assert [query["label"][0] for query in queries] == [*LABELS.values(), "size"]
    assert queries[-1]["query"] == ["$.raw_size"]
    assert badge("a/b/c", *REPOSITORY, "--metric", "$.x").exit_code == 2


@pytest.mark.usefixtures("empty")
def test_endpoint() -> None:
    """The files of a site need no repository, and have no exact numbers."""
    site = "https://octo-forge.github.io/backage/"
    line = badge("a/b/c/d", "--endpoint", site, "--metric", "latest", "--format", "url").stdout.strip()
    assert line.startswith("https://img.shields.io/endpoint?url=")
    assert file_of(line) == f"{site}badge/a/b/c%252Fd/latest.json"
    assert "no badge of raw_size" in str(badge("a/b/c", "--endpoint", site, "--metric", "raw_size").exception)


def test_what_is_asked_of_a_site_is_there(here: Instance) -> None:
    """Each address that is written for an endpoint is that of a file that `backage site` writes."""
    site = "https://octo-forge.github.io/backage/"
    assert CliRunner().invoke(cli, ["site", "-o", "site", "--url", site]).exit_code == 0
    lines = badge("octo-forge", "--endpoint", site, "--metric", "all", "--format", "url").stdout.splitlines()
    paths = {unquote(file_of(line).removeprefix(site)) for line in lines}
    assert len(paths) == len(lines) > len(LABELS)
    assert "badge/Octo-Forge/beacon/charts%2Fbeacon/owner_rank.json" in paths
    assert {path for path in paths if not (here.folder / "site" / path).is_file()} == set()


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    "site", ["octo-forge.github.io", "javascript:x", "https://[", "https://x/?y", "https://x y"]
)
def test_an_endpoint_that_is_no_address(site: str) -> None:
    """A sentence."""
    assert "is not the http or https address of a site" in str(badge("a/b/c", "--endpoint", site).exception)


@pytest.mark.usefixtures("empty")
def test_look() -> None:
    """Label, colour and style."""
    look = ("--label", "pulls|", "--color", "#0a0", "--style", "flat-square")
    text = badge("a/b/c", *REPOSITORY, *look).stdout
    assert "[![pulls\\| of c](" in text
    assert "&label=pulls%7C&color=0a0&style=flat-square)" in text
    assert "is not a colour" in str(badge("a/b/c", *REPOSITORY, "--color", "url(x)").exception)


def test_the_clone_that_one_is_in(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remote names the repository where nothing else does; one on another host is none."""
    assert "with --repository OWNER/NAME" in str(badge("a/b/c").exception)
    clone = Repository(empty).begin()
    clone.git("remote", "add", "origin", "x")
    for url, found in (
        ("git@github.com:octo-forge/backage.git", True),
        ("https://github.com/octo-forge/backage", True),
        ("https://user:secret@github.com/octo-forge/backage.git/", True),
        ("ssh://git@github.com/octo-forge/backage.git", True),
        ("https://elsewhere.example/octo-forge/backage", False),
        ("https://github.com/octo-forge/../backage", False),
        ("https://[", False),
        ("/srv/octo-forge/backage", False),
    ):
        clone.git("remote", "set-url", "origin", url)
        result = badge("a/b/c", "--format", "url")
        assert (result.exit_code == 0) == found, url
        if found:
            assert file_of(result.stdout.strip()) == f"{RAW}/a/b/c.json"
    monkeypatch.setenv("GITHUB_REPOSITORY", "mona-lab/stats")
    assert "/mona-lab/stats/main/" in file_of(badge("a/b/c", "--format", "url").stdout.strip())


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    "name", ["../../x", "a/../c", "a/b/", "a/b/%1b[31m", "a/b/c\n", "a/%2F/c", "a/b%20c/d"]
)
def test_names_that_are_none(name: str) -> None:
    """Wrong usage, and no badge."""
    result = badge(*REPOSITORY, "--", name)
    assert result.exit_code != 0
    assert result.stdout == ""
