"""Names of strangers through the whole path: pages, the history, every file, every command's output."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage.demo.model import Owner, Package, Version
from backage.demo.server import DemoServer
from backage.demo.world import World
from backage.models import Owner as Account
from backage.models import Package as Kept
from backage.owners import is_login
from backage.render import index_paths
from backage.urls import is_package, is_repo, normalize
from tests.cli.test_history_commands import Command
from tests.conftest import START, Instance
from tests.repositories import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "::error::stop",
    "##[error]stop",
    "@everyone",
    "www.evil.example",
    "[x](evil.example)",
    "a`|b",
    "\u202egpj.exe",
    "\U0001f680\U0001f4e6",
    "long-" * 40,
    "CON",
    "aux.json",
    "-rf",
    "dot.",
    "a b",
    "$(id)",
    "';DROP TABLE package;--",
    "a/b%2Fc",
)
UNFIT = (
    "../../etc/passwd",
    "a\x1b[31mred",
    "nul\x00l",
    ".git/config",
    "a\nb",
    "..",
    "back\\slash",
    "x" * 300,
)
TWINS = ("Twin", "twin")
"""On a disk that ignores case they are one file: the first has it, and the other is reported."""

SPACED = tuple(name for name in NAMES if " " in name)
"""No page of GitHub's can name these in one piece: they are failures with an address."""

TAGS = (*NAMES, *(name for name in UNFIT if "\x00" not in name))


def owners() -> list[Owner]:
    """Make an owner whose packages, tags and versions have bad names, and one with good ones."""
    made = [
        Package(
            "container",
            name,
            None,
            (
                Version(
                    10 * number + 1, f"sha256:{number:064x}", START, (TAGS[number % len(TAGS)], "v1"), pace=90
                ),
            ),
        )
        for number, name in enumerate((*NAMES, *UNFIT, *TWINS))
    ]
    made += [
        Package("npm", f"lib-{number}", "libs", (Version(5000 + number, name, START),))
        for number, name in enumerate(NAMES)
    ]
    return [
        Owner("evil", 13, "users", made),
        Owner("good", 14, "orgs", [Package("npm", "fine", "fine", (Version(9, "1.0.0", START),))]),
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """Serve them."""
    with DemoServer(World(START, owners())) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Work in the folder of an instance that reads them, which is a repository."""
    Repository(tmp_path).git("init", "--quiet", "--initial-branch=main")
    monkeypatch.chdir(tmp_path)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "owners.txt").write_text("evil\ngood\n" + "\n".join(NAMES) + "\n", encoding="utf-8")
    return Instance(tmp_path, server)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command, run in this process."""
    return Command(monkeypatch, capsys)


def is_safe(text: str) -> bool:
    """Tell whether no terminal and no runner of Actions obeys anything in a text."""
    steers = any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in text.replace("\n", ""))
    commands = any(line.lstrip().startswith("::") for line in text.splitlines())
    return not steers and not commands and "##[" not in text


def update(command: Command) -> None:
    """Run the main job; what can have no file is reported, and the rest is there."""
    result = command("update", "-v", "--date", str(START), "--json")
    assert (result.code, is_safe(result.out), is_safe(result.err)) == (1, True, True)
    told = json.loads(result.out)
    reasons = [failure["reason"] for failure in told["failures"]]
    assert reasons.count("its name can be no file's") == len(UNFIT)
    assert reasons.count("a package of this name in another case is there already") == 1
    assert reasons.count("the package page has no heading that names its package") == len(SPACED)
    assert told["packages"] == len(NAMES) - len(SPACED) + len(NAMES) + len(["twin", "good"])


def test_every_file(here: Instance, command: Command) -> None:
    """None leaves its folder; JSON, CSV and XML are whole, and say each name as it is."""
    before = {path for path in here.folder.rglob("*") if ".git" not in path.parts}
    update(command)
    site = here.folder / "site"
    assert command("site", "-o", "site", "--repository", "good/backage").code == 0
    made = {path for path in here.folder.rglob("*") if ".git" not in path.parts} - before
    inside = {here.index, site, *(here.folder / f"history.db{end}" for end in ("", "-wal", "-shm"))}
    summary = here.folder / "summary.md"
    assert all(path in {*inside, summary} or {here.index, site} & set(path.parents) for path in made)
    files = [path for path in here.index.rglob("*.json") if path.is_file() and path.name != ".json"]
    shown = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    slugs = {normalize(quote(name, safe="")) for name in {*NAMES} - {*SPACED}}
    assert slugs <= {each["package"] for each in shown}
    tags = {tag for each in shown for version in each["version"] for tag in version["tags"]}
    assert {name for name in NAMES if name.isprintable() and name not in SPACED} <= tags
    names = {version["name"] for each in shown for version in each["version"]}
    assert {name for name in NAMES if name.isprintable() and name not in SPACED} <= names
    for path in site.rglob("*.xml"):
        if path.name != "sitemap.xml":
            assert ET.parse(path).getroot().tag == "bkg"  # noqa: S314 (our own file)
    for path in site.rglob("*.svg"):
        ET.parse(path)  # noqa: S314 (our own file)
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(files)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img src=x" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "evil"],
        ["show", "evil", "--json"],
        ["show", "evil", "--versions", "--days", "3"],
        ["top"],
        ["top", "--json"],
        ["check", "evil"],
        ["check", "evil", "--json"],
        ["badge", "evil", "--repository", "good/backage"],
        ["badge", "evil", "--repository", "good/backage", "--format", "html", "--metric", "latest"],
        ["badge", "evil", "--repository", "good/backage", "--format", "asciidoc"],
        ["render"],
        ["owners", "list"],
        ["owners", "check"],
        ["owners", "check", "--markdown"],
        ["owners", "add", *NAMES[3:6]],
        ["vacuum"],
        ["merge", "history.db", "-o", "other.db"],
        ["import", "index", "--history", "other.db"],
        ["snapshot", "save", "kept.zst"],
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_every_output(here: Instance, command: Command, arguments: list[str]) -> None:
    """Nothing in it steers a terminal or a runner; HTML in it is escaped."""
    update(command)
    result = command(*arguments)
    assert result.code in {0, 1}
    assert is_safe(result.out)
    assert is_safe(result.err)
    if "--json" not in arguments:
        assert "html" not in arguments or "<script>" not in result.out
    assert (here.folder / "owners.txt").is_file()


def test_every_summary(here: Instance, command: Command) -> None:
    """In the summary of a job each word of a stranger's is code, which nothing in it ends."""
    update(command)
    command("owners", "check")
    lines = (here.folder / "summary.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) > len(NAMES)
    for line in lines:
        assert is_safe(line)
        outside = re.sub(r"`[^`|]*`", "", line)
        assert not re.search(r"<|@|\]\(|https?:|www\.", outside), line


def test_every_cell(here: Instance, command: Command) -> None:
    """A spreadsheet takes none for a formula, and reading them back gives what was there."""
    update(command)
    for view in ("packages", "versions"):
        assert command("export", view, "-o", f"{view}.csv").code == 0
        text = (here.folder / f"{view}.csv").read_bytes().decode()
        for row in csv.DictReader(text.splitlines(keepends=True)):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
        assert command("export", view, "--format", "jsonl", "-o", f"{view}.jsonl").code == 0
        lines = (here.folder / f"{view}.jsonl").read_text(encoding="utf-8").split("\n")
        assert all(json.loads(line)["owner"] in {"evil", "good"} for line in lines if line)
    rows = [json.loads(line) for line in lines if line]
    assert {name for name in NAMES if name.isprintable() and name not in SPACED} <= {
        row["name"] for row in rows
    }


def test_every_commit(here: Instance, command: Command) -> None:
    """The message names packages, and none of them is an option, a trailer or a command."""
    update(command)
    repository = Repository(here.folder)
    bare = here.folder.with_name(f"{here.folder.name}-remote.git")
    repository.git("init", "--quiet", "--bare", str(bare))
    repository.git("remote", "add", "origin", str(bare))
    repository.git("config", "user.name", "x")
    repository.git("config", "user.email", "x@example.org")
    repository.git("add", "owners.txt")
    repository.git("commit", "--quiet", "-m", "begin")
    repository.git("push", "--quiet", "origin", "main")
    result = command("publish")
    assert (result.code, is_safe(result.out), is_safe(result.err)) == (0, True, True)
    message = repository.git("log", "-1", "--format=%B")
    assert is_safe(message)
    assert [line for line in message.splitlines() if ": " in line and not line.startswith("index: ")] == [
        "Backage-Index: yes"
    ]
    names = repository.git("ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0")
    assert all(name.startswith("index/") or name == "owners.txt" for name in names if name)


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_what_is_a_name_stays_inside(name: str, repo: str, login: str) -> None:
    """On any system: a path of three parts, none of which leads up, to a drive, or to git's own folder."""
    slug = normalize(name)
    for part, fits in ((slug, is_package(slug)), (repo, is_repo(repo)), (login, is_login(login))):
        if not fits:
            continue
        for path in (PurePosixPath("index") / f"{part}.json", PureWindowsPath("index") / f"{part}.json"):
            assert path.parts == ("index", f"{part}.json")
        assert part.isascii()
        assert len(f"{part}@container.json".encode()) <= 255


@given(st.lists(st.sampled_from([*"aAbB", "a%2Fb", "A%2FB"]), min_size=1, max_size=6, unique=True))
def test_no_two_packages_share_a_file(names: list[str]) -> None:
    """Also where their names differ in case alone, on a disk that ignores it."""
    packages = [Kept(kind, name, "repo") for name in names for kind in ("container", "npm")]
    paths = index_paths(Account("evil", "users"), packages).values()
    assert len({path.casefold() for path in paths}) == len(packages)
