"""`backage top`: who is first, by which number."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from backage.cli import cli
from backage.models.history import Downloads, Owner, Package, PackageDay, PackageUpdate
from backage.pipeline.show import ORDERS
from backage.store.database import open_history
from backage.store.owners import save_owner
from backage.store.packages import save_package
from backage.store.runs import start_run
from tests.conftest import Instance
from tests.store.histories import FORGE, LAB, day

WIDTH = 80
LAST = 90
NAME_ENDS, COUNTS_END = 38, 70
NUMBERS = re.compile(r"(?: +[0-9.]+[kMBTPE]?){4}")
LONG = "x" * 39
WIDE = "%E6%97%A5" * 20


def top(history: Path, *arguments: str) -> Result:
    """Run the command on a history."""
    return CliRunner().invoke(cli, ["top", "--history", str(history), *arguments])


def save(
    path: Path, owner: Owner, package: Package, totals: dict[int, int | None], *, last: int = LAST
) -> None:
    """Store a package with its totals at the ends of days, each until the next one."""
    known: int | None = None
    entries = []
    for number in range(min(totals), last + 1):
        known = totals.get(number, known)
        entries.append(
            PackageDay(day(number), Downloads(known, 30, 7, 1), size=1_000_000, versions=1, tagged=0)
        )
    update = PackageUpdate(
        day(last), tuple(entries), None, None, 1, list_finished=True, complete=True, versions=()
    )
    with open_history(path) as history:
        save_owner(history, owner)
        save_package(history, owner.login, package, update, start_run(history, day(last)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a history of packages that go up, down, and were small; day 90 is not over yet."""
    path = tmp_path / "history.db"
    save(path, FORGE, Package("npm", "up", "tools"), {0: 0, 40: 100, 70: 350, 90: 9999})
    save(path, FORGE, Package("npm", "down", "tools"), {0: 0, 30: 2_000_000, 60: 2_000_000, 80: 2_500_000})
    save(path, LAB, Package("npm", "halved", "halved"), {0: 0, 59: 1000, 89: 1500})
    save(path, LAB, Package("npm", "small", "halved"), {0: 0, 59: 1, 89: 4})
    save(path, LAB, Package("npm", "new", "halved"), {70: 50_000})
    save(path, LAB, Package("npm", "gap", "halved"), {0: 0, 28: None, 40: 200, 80: 7_000})
    return path


def test_most_downloaded(path: Path) -> None:
    """A line for each package, the first one first, and no number of one that is not known."""
    lines = top(path).output.splitlines()
    assert lines[0].split() == ["package", "total", "month", "week", "day", "growth"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["1", "Octo-Forge/tools/down", "2.5M"],
        ["2", "mona-lab/halved/new", "50k"],
        ["3", "Octo-Forge/tools/up", "9.9k"],
        ["4", "mona-lab/halved/gap", "7k"],
        ["5", "mona-lab/halved", "1.5k"],
        ["6", "mona-lab/halved/small", "4"],
    ]


def test_most_grown(path: Path) -> None:
    """Whole months, up to yesterday; neither what was small, nor what is new, nor what has a gap."""
    lines = [line.split() for line in top(path, "--by", "growth").output.splitlines()[1:]]
    assert [line[1] for line in lines] == ["Octo-Forge/tools/up", "mona-lab/halved", "Octo-Forge/tools/down"]
    assert [line[6:] for line in lines] == [["+150", "%"], ["-50", "%"], ["-75", "%"]]
    (found, *_) = json.loads(top(path, "--by", "growth", "--json").output)
    assert (found["package"], found["growth"], found["raw_downloads"]) == ("up", 150.0, 9999)


def test_some_owners_and_so_many(path: Path) -> None:
    """Owners in any case; an unknown one is a sentence."""
    assert "Octo" not in top(path, "MONA-lab").output
    assert len(top(path, "MONA-lab", "octo-forge", "-n", "2").output.splitlines()) == 3
    assert str(top(path, "nobody").exception) == 'The history knows no owner "nobody".'


@pytest.mark.parametrize("order", list(ORDERS))
def test_every_order_falls(instance: Instance, order: str) -> None:
    """What is ranked goes down, and has the keys of the index."""
    instance.update()
    key = {"downloads": "raw_downloads", "size": "raw_size"}.get(order, f"raw_downloads_{order}")
    found = json.loads(top(instance.history, "--by", order, "--json").output)
    numbers = [each[key] for each in found] if order != "growth" else []
    assert numbers == sorted(numbers, reverse=True)
    assert (order in {"growth", "size"}) == (not found)
    for each in found:
        head = instance.shown(f"{each['owner']}/{each['repo']}/{each['package']}")
        assert {**{name: head[name] for name in each if name != "growth"}, "growth": None} == each


def test_nothing_to_rank(instance: Instance) -> None:
    """Nothing on standard output, and the reason beside it."""
    instance.update()
    result = top(instance.history, "--by", "growth")
    assert result.stdout == ""
    assert result.stderr.startswith("No package has that number: it needs two months")


def test_long_and_wide_names_in_80_columns(path: Path) -> None:
    """Names of every length and script, of a package that is stale."""
    save(path, Owner(LONG, "users", 9), Package("npm", "y" * 200, "z" * 100), {0: 2**60}, last=80)
    save(path, Owner(LONG, "users", 9), Package("npm", WIDE), {0: 2**61})
    save(path, Owner(LONG, "users", 9), Package("npm", "%F0%9F%A6%8A%E2%80%AE" * 9), {0: 2**62})
    for order in ORDERS:
        output = top(path, "--by", order).output
        lines = output.splitlines()
        assert max(map(cell_len, lines)) <= WIDTH
        assert "\u202e" not in output
        for line in lines[1:]:
            cells = "".join(c * cell_len(c) for c in line)  # one for each column of the terminal
            assert NUMBERS.fullmatch(cells[NAME_ENDS:COUNTS_END]), line
    assert "(stale)" in top(path).output
