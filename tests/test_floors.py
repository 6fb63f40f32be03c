import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import backage

ROOT = Path(backage.__file__).parent
LONGEST_MODULE, LONGEST_FUNCTION = 300, 50
MOST_MODULES = 15
"""In a folder: more are too many to hold in mind."""

CROWDED: set[str] = set()
"""Folders that still have more."""

STEPS = {"fetch", "parse", "plan", "store", "render", "publish"}
FLOORS = {
    "errors": 0,
    "models": 1,
    "config": 2,
    "owners": 2,
    "urls": 2,
    **dict.fromkeys(STEPS, 3),
    "crawl": 4,
    "pipeline": 5,
    "webhook": 6,
    "cli": 7,
    "__main__": 8,
}
STANDIN_USER = "backage.cli.serve"
"""The only module that may import the stand-in. The stand-in imports nothing of the program: it must not
compute with the program's own code what tests and `backage demo` compare with."""

NEIGHBOURS = {("owners", "urls")}  # what may stand in an opt-out is what may stand in an address

OWNED = {
    "requests": "fetch",
    "urllib3": "fetch",
    "tenacity": "fetch",
    "sqlite3": "store",
    "subprocess": "publish",
    "backports": "publish",
    "compression": "publish",
    "pyarrow": "publish",
    "rich": "cli",
    "flask": "webhook",
    "waitress": "webhook",
    "werkzeug": "webhook",
}
"""Libraries that one unit alone may import."""

PURE = {"parse", "plan", "render"}
IMPURE = set(
    """
    asyncio builtins concurrent ctypes fileinput ftplib glob http.client http.server importlib io
    logging mmap multiprocessing os pathlib queue random secrets select selectors shelve shutil signal
    smtplib socket socketserver ssl sys tempfile threading time urllib.request uuid
    """.split()  # noqa: SIM905 (a list would take forty lines)
)
IMPURE_CALLS = {"open", "print", "input", "__import__", "breakpoint"}
CLOCKS = {"now", "utcnow", "today"}


def unit_of(module: str) -> str:
    """The file or folder of the package that a module belongs to, `` for the package itself."""
    return [*module.split("."), ""][1]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each imported module with its line; `from a import b` gives `a.b`, for `b` may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def may_see(unit: str, target: str) -> bool:
    """Whether a unit may import another."""
    if unit == target:
        return True
    if "standin" in {unit, target}:
        return False
    if target in {"", "__version__"}:
        return True
    if unit not in FLOORS or target not in FLOORS:
        return False
    return FLOORS[target] < FLOORS[unit] or (unit, target) in NEIGHBOURS


def is_impure(name: str) -> bool:
    """Whether an import reaches the world: files, network, clock, chance, threads."""
    parts = name.split(".")
    return any(".".join(parts[:length]) in IMPURE for length in range(1, len(parts) + 1))


def find_faults(module: str, text: str) -> list[str]:
    """What a module imports or calls against the rules, as sentences."""
    unit, tree, faults = unit_of(module), ast.parse(text), []
    for line, name in imports(tree):
        top = name.partition(".")[0]
        if name.startswith("."):
            faults.append(f"{module}:{line} imports relatively")
        elif top == "backage" and module == STANDIN_USER and unit_of(name) == "standin":
            continue
        elif top == "backage" and not may_see(unit, unit_of(name)):
            faults.append(f"{module}:{line} imports {name}")
        elif OWNED.get(top, unit) != unit:
            faults.append(f"{module}:{line} imports {top}, which is for {OWNED[top]}")
        elif unit in PURE and is_impure(name):
            faults.append(f"{module}:{line} imports {name}, which is I/O")
    if unit in PURE:
        faults += [f"{module}:{line} calls {name}" for line, name in impure_calls(tree)]
    return faults


def impure_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls that reach the world without an import of their own."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield node.lineno, node.func.id
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield node.lineno, node.func.attr


def find_long(module: str, text: str) -> list[str]:
    """The module and its functions that are too long to be read at once."""
    lines = len(text.splitlines())
    faults = [f"{module} has {lines} lines"] if lines > LONGEST_MODULE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                faults.append(f"{module}.{node.name} has {length} lines")
    return faults


def modules() -> dict[str, str]:
    """All modules of the package by dotted name, with their text."""
    named = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ("backage", *path.relative_to(ROOT).with_suffix("").parts)
        named[".".join(parts).removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return named


def test_imports_point_down() -> None:
    """Every module imports from lower floors or its own folder, and each library where it belongs."""
    assert [fault for module, text in modules().items() for fault in find_faults(module, text)] == []


def test_every_module_stands_on_a_floor() -> None:
    """A new module has its place in the design, and all steps are there."""
    units = {unit_of(module) for module in modules()}
    assert units - {"", "standin"} <= FLOORS.keys()
    assert units >= STEPS


def test_package_itself_imports_nothing() -> None:
    """`backage/__init__.py` holds the version, so that everyone may import it."""
    assert {name for _, name in imports(ast.parse(modules()["backage"]))} <= {"__future__.annotations"}


def test_no_modules_need_each_other() -> None:
    """The modules of a folder can be read in an order, from those that import no other."""
    every = modules()
    needs = {
        module: {name if name in every else name.rpartition(".")[0] for _, name in imports(ast.parse(text))}
        & every.keys()
        for module, text in every.items()
    }
    while free := {module for module, needed in needs.items() if not needed & needs.keys()}:
        needs = {module: needed for module, needed in needs.items() if module not in free}
    assert needs == {}


def test_no_folder_is_crowded() -> None:
    """A newcomer can hold the names of a folder in mind."""
    folders = [path for path in ROOT.rglob("*") if path.is_dir() and path.name not in CROWDED]
    counts = {
        path.name: len([file for file in path.glob("*.py") if file.stem != "__init__"]) for path in folders
    }
    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_modules_and_functions_are_short() -> None:
    """No module has over 300 lines and no function over 50."""
    assert [fault for module, text in modules().items() for fault in find_long(module, text)] == []


@pytest.mark.parametrize(
    ("module", "text", "fault"),
    [
        ("backage.errors", "from backage.models import Owner", "imports backage.models.Owner"),
        ("backage.errors", "from backage import models", "imports backage.models"),
        ("backage.urls", "import backage.owners", "imports backage.owners"),
        ("backage.models", "from backage.cli.text import printable", "imports backage.cli.text.printable"),
        ("backage.parse.owner", "from backage.fetch import Client", "imports backage.fetch.Client"),
        ("backage.render", "from backage.plan.days import plan_days", "imports backage.plan.days.plan_days"),
        ("backage.store.packages", "import backage.pipeline.read", "imports backage.pipeline.read"),
        ("backage.webhook", "from backage.cli import cli", "imports backage.cli.cli"),
        ("backage.pipeline.read", "from backage.unheard import of", "imports backage.unheard.of"),
        ("backage.standin.world", "from backage.models import Owner", "imports backage.models.Owner"),
        ("backage.standin.world", "from backage import __version__", "imports backage.__version__"),
        ("backage.standin.pages", "from backage.parse import owner", "imports backage.parse.owner"),
        ("backage.pipeline", "from backage.standin.server import X", "imports backage.standin.server.X"),
        ("backage.cli.update", "from backage.standin.server import X", "imports backage.standin.server.X"),
        ("backage.parse", "from .document import Document", "imports relatively"),
        ("backage.parse", "from .. import fetch", "imports relatively"),
        ("backage.cli", "import requests.exceptions", "imports requests, which is for fetch"),
        ("backage.pipeline", "from tenacity import Retrying", "imports tenacity, which is for fetch"),
        ("backage.cli.publish", "import sqlite3", "imports sqlite3, which is for store"),
        ("backage.cli", "from subprocess import run", "imports subprocess, which is for publish"),
        ("backage.standin.server", "import flask", "imports flask, which is for webhook"),
        ("backage.parse", "from pathlib import Path", "imports pathlib.Path, which is I/O"),
        ("backage.plan.days", "import os.path", "imports os.path, which is I/O"),
        ("backage.render", "from urllib import request", "imports urllib.request, which is I/O"),
        ("backage.render", "from urllib.request import urlopen", "imports urllib.request.urlopen"),
        ("backage.render", "import random, re", "imports random, which is I/O"),
        ("backage.parse", "open('x')", "calls open"),
        ("backage.plan", "date.today()", "calls today"),
    ],
)
def test_checker_reports(module: str, text: str, fault: str) -> None:
    """A forbidden import is reported with its line, wherever it stands."""
    places = [
        ("{}", 1),
        ("if TYPE_CHECKING:\n    {}", 2),
        ("def late() -> None:\n    {}", 2),
        ("try:\n    {}\nexcept ImportError:\n    pass", 2),
    ]
    for place, line in places:
        (found,) = find_faults(module, place.format(text))
        assert found.startswith(f"{module}:{line} {fault}")


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("backage.errors", "import re"),
        ("backage.config", "from backage import __version__"),
        ("backage.owners", "from backage.urls import is_repo"),
        ("backage.parse.owner", "from backage.parse.document import Document"),
        ("backage.parse.inspect", "from backage.parse import owner, version"),
        ("backage.render", "from urllib.parse import quote"),
        ("backage.plan", "from datetime import date"),
        ("backage.fetch.client", "import requests, time"),
        ("backage.publish", "import subprocess"),
        ("backage.crawl.update", "from backage import urls"),
        ("backage.cli.serve", "from backage.standin.server import StandinServer"),
        ("backage.__main__", "from backage.cli import cli"),
        ("backage.standin.server", "from backage.standin.world import World"),
    ],
)
def test_checker_allows(module: str, text: str) -> None:
    """An import that points down, or into the own folder, is no fault."""
    assert find_faults(module, text) == []


def test_checker_measures() -> None:
    """A module of 301 lines and a function of 51 are reported, one line less is not."""
    assert find_long("m", "\n" * 301) == ["m has 301 lines"]
    assert find_long("m", "\n" * 300) == []
    assert find_long("m", "class A:\n    async def f():\n" + "        a\n" * 50) == ["m.f has 51 lines"]
    assert find_long("m", "def f():\n" + "    a\n" * 49) == []
