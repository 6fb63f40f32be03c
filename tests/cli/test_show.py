"""`backage show`: the same numbers as the index, in 80 columns."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from backage.cli import cli
from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    VersionUpdate,
)
from backage.store.database import open_history
from backage.store.owners import save_owner
from backage.store.packages import save_package
from tests.conftest import Instance
from tests.store.histories import count, day, download

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


BEACON = "octo-forge/beacon/beacon"


def test_versions_are_a_table(known: Instance) -> None:
    """Newest first: the most telling tag first, else a digest's beginning; the index's numbers."""
    index = known.shown("Octo-Forge/beacon/beacon")["version"]
    lines = show(known, BEACON, "--versions", "--limit", "0").output.split("\n\n")[1].splitlines()
    assert lines[0].split() == ["version", "total", "month", "week", "day", "size", "date"]
    assert len(lines) == 1 + len(index)
    for line, version in zip(lines[1:], index, strict=True):
        name = line[:28].rstrip()
        assert name.split(", ")[0] in version["tags"] if version["tags"] else version["name"].startswith(name)
        assert len(name) <= len("sha256:0123456789ab, latest")
        numbers = [
            version[key] for key in ("downloads", "downloads_month", "downloads_week", "downloads_day")
        ]
        told = " ".join("?" if text == "unknown" else text for text in [*numbers, version["size"]])
        assert " ".join(line[28:].split()) == f"{told} {version['date']}"
    assert max(map(len, lines)) <= WIDTH


def test_so_many_versions(known: Instance) -> None:
    """Twenty of them where nothing else is said, and how many more there are."""
    shown = known.shown("Octo-Forge/beacon/beacon")
    lines = show(known, BEACON, "--versions").output.splitlines()
    assert lines[-1] == f"and {shown['raw_versions'] - 20} versions more; --limit 0 lists all"
    lines = show(known, BEACON, "--versions", "--limit", "2").output.split("\n\n")[1].splitlines()
    assert len(lines) == 4


def test_days_are_a_table(known: Instance) -> None:
    """The last days of the CSV, oldest first, exactly."""
    table = known.table("Octo-Forge/beacon/beacon")
    lines = show(known, BEACON, "--days", "3").output.split("\n\n")[1].splitlines()
    assert lines[0].split() == ["date", "downloads", "month", "week", "day", "size", "versions"]
    assert [[cell.replace(",", "") for cell in line.split()[:5]] for line in lines[1:]] == [
        [cell or "?" for cell in row[:5]] for row in table[-3:]
    ]
    assert max(map(len, lines)) <= WIDTH
    every = show(known, BEACON, "--days", "99999").output.split("\n\n")[1].splitlines()
    assert len(every) == 1 + len(table)


def test_a_number_for_a_history(known: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is days, unless a file is called so; the file comes beside it, by the variable, or is the usual."""
    monkeypatch.chdir(known.folder)
    runner = CliRunner()
    days = show(known, BEACON, "--days", "3").output
    assert show(known, BEACON, "--history", "3").output == days
    assert runner.invoke(cli, ["show", BEACON, "--history", "3"]).output == days
    assert show(known, BEACON, "--history", "9", "--days", "3").output == days
    assert show(known, BEACON, "--history", "0").exit_code == 2
    other = known.history.rename(known.folder / "an other:one.db")
    variable = {"BACKAGE_HISTORY": str(other)}
    assert runner.invoke(cli, ["show", BEACON, "--history", "3"], env=variable).output == days
    assert str(runner.invoke(cli, ["show", BEACON, "--history", "3"]).exception).startswith(
        "history.db does not"
    )
    other.rename(known.folder / "3")
    assert "date " not in runner.invoke(cli, ["show", BEACON, "--history", "3"]).output
    assert runner.invoke(cli, ["show", BEACON, "--history", "./3", "--history", "03"]).output == days
    assert runner.invoke(cli, ["show", BEACON, "--days", "3"], env={"BACKAGE_HISTORY": "3"}).output == days


def test_tables_of_an_owner(known: Instance) -> None:
    """Each package has its name and its tables."""
    output = show(known, "octo-forge/beacon", "--days", "1", "--versions", "--limit", "1").output
    names = [line for line in output.splitlines() if line.startswith("Octo-Forge/")]
    assert sorted(names) == [
        "Octo-Forge/beacon/beacon",
        "Octo-Forge/beacon/beacon-nightly",
        "Octo-Forge/beacon/charts/beacon",
    ]
    assert len([line for line in output.splitlines() if line.startswith(("date ", "version "))]) == 6


def test_json_has_days_and_versions(known: Instance) -> None:
    """All versions as the index has them, unless a limit is set, and days with the columns of the CSV."""
    index = known.shown("Octo-Forge/beacon/beacon")
    assert json.loads(show(known, BEACON, "--json", "--versions").output) == index
    found = json.loads(show(known, BEACON, "--json", "--versions", "--limit", "2", "--history", "2").output)
    assert found["version"] == index["version"][:2]
    rows = known.table("Octo-Forge/beacon/beacon")[-2:]
    assert [
        ["" if value is None else str(value) for value in entry.values()] for entry in found["days"]
    ] == rows
    several = json.loads(show(known, "octo-forge", "--json", "--days", "1").output)
    assert all("version" not in each and len(each["days"]) == 1 for each in several)


def test_hostile_and_wide_names(tmp_path: Path) -> None:
    """Escapes are shown and not obeyed, a line stays a line, and columns stay where they are."""
    path = tmp_path / "history.db"
    tags = ("日" * 60, "v1\x1b[31m", "a\nb")
    names = ["🦊" * 40, "x" * 300, "e\u0301" * 200, "\u202e" * 40]
    seen = Observation(day(1), Downloads(2**60, 2**60, 2**60, 2**60))
    versions = [VersionUpdate(1, "1.0.0", tags, None, None, seen)]
    versions += [VersionUpdate(2 + n, name, (), None, None, seen) for n, name in enumerate(names)]
    name = quote("日本/" * 10 + "🦊\u202e", safe="")
    told = PackageDay(day(1), Downloads(2**60, 2**60, 2**60, 2**60), 2**60, 2**60, 2**60)
    update = PackageUpdate(
        day(1), (told,), None, None, 1, list_finished=True, complete=True, versions=tuple(versions)
    )
    with open_history(path) as history:
        save_owner(history, Owner("mona-lab", "users"))
        save_package(history, "mona-lab", Package("npm", name, "r" * 100), update, 1)
    for arguments in (
        ["mona-lab"],
        ["mona-lab", "--days", "9", "--versions"],
        ["mona-lab", "--history", "2"],
    ):
        result = CliRunner().invoke(cli, ["show", *arguments, "--history", str(path)])
        assert result.exit_code == 0
        assert not {"\x1b", "\u202e"} & set(result.output)
        assert max(map(cell_len, result.output.splitlines())) <= WIDTH
    lines = (
        CliRunner()
        .invoke(cli, ["show", "mona-lab", "--versions", "--history", str(path)])
        .output.splitlines()
    )
    assert [cell_len(line) for line in lines[-5:]] == [WIDTH] * 5


def test_counts_that_cannot_become_days_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was known before is shown, and it is said that something is left out."""
    path = tmp_path / "history.db"
    count(path, 0, download())
    shown = CliRunner().invoke(cli, ["show", "acme", "--history", str(path)])
    assert (shown.exit_code, "org.example" in shown.stdout, shown.stderr) == (0, True, "")
    count(path, 0, download(), download("other.jar"))
    monkeypatch.setattr("backage.store.database.BUSY_SECONDS", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = CliRunner().invoke(cli, ["show", "acme", "--history", str(path)])
    assert busy.exit_code == 0
    assert busy.stdout == shown.stdout
    assert "newest downloads of events are missing" in busy.stderr
    assert "other.jar" in CliRunner().invoke(cli, ["show", "acme", "--history", str(path)]).stdout
