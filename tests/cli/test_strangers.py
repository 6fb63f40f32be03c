"""What strangers wrote, the whole way: from GitHub's pages to every command's output and every file."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from backage.crawl.tally import CANARY_PAGES
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.standin.transport import Request
from backage.standin.world import World
from tests.conftest import START
from tests.support.hostile import FIT_NAMES, HOSTILE, TAGS, UNFIT_NAMES, UNFIT_TAGS
from tests.support.repositories import Repository, begin_bare

LOGIN = "mona-lab"
SITE = "https://site.example"
COMMANDS = (
    ("update", "-v"),
    ("update", "--json"),
    ("update", "-q"),
    ("render", "-v"),
    ("check", LOGIN),
    ("check", LOGIN, "--json"),
    ("check", f"{LOGIN}/con/con", "--repository", "a/b"),
    ("check", "--live", f"{LOGIN}/tagged/tagged", "--keep", "kept"),
    ("check", "--live", f"{LOGIN}/named/named", "--json"),
    ("show", LOGIN),
    ("show", LOGIN, "--versions", "--days", "2"),
    ("show", LOGIN, "--json", "--versions"),
    ("top", "-n", "99"),
    ("top", "--json"),
    ("badge", LOGIN, "--repository", "a/b", "--metric", "all"),
    ("badge", LOGIN, "--endpoint", SITE, "--format", "html"),
    ("badge", LOGIN, "--endpoint", SITE, "--format", "asciidoc", "--label", "::\x1b[31m##[x"),
    ("owners", "check"),
    ("owners", "check", "--markdown"),
    ("owners", "check", "--json"),
    ("owners", "list"),
    ("owners", "list", "--json"),
    ("owners", "add", *(line for line in HOSTILE if "\0" not in line and line[0] != "-" and len(line) < 99)),
    ("inspect", "list.html"),
    ("inspect", "versions.html"),
    ("export", "packages"),
    ("export", "versions"),
    ("export", "versions", "--format", "jsonl"),
    ("export", "versions", "-v", "-o", "versions.csv"),
    ("import", "index", "-v", "--history", "second.db"),
    ("import", "history.db", "-v", "--history", "second.db"),
    ("merge", "history.db", "-o", "merged.db", "-v"),
    ("site", "-o", "site", "-v", "--url", SITE),
    ("publish", "-v"),
    ("show", "\x1b[31m"),
    ("check", "::error::x"),
    ("top", "\x1b]0;x\x07"),
    ("\x1b[31m",),
    ("update", "--\x1b[31m"),
    ("merge", "\x1b[31m", "-o", "x"),
    ("render", "::error::##[x"),
    ("owners", "list", "\x1b[31m"),
)


PAGES = {
    "list.html": f"/{LOGIN}?tab=packages",
    "versions.html": f"/users/{LOGIN}/packages/container/tagged/versions",
}
"""Pages to inspect, by the names of their files."""


class Desk:
    """A clone of a repository with an instance in it, of a GitHub on which everything has a hostile name."""

    def __init__(self, folder: Path) -> None:
        """Name everything."""
        self.root = folder
        self.folder = begin_bare(folder / "bare.git").clone(folder / "clone").folder
        self.world = World(START, [owner()])
        lines = "".join(f"{line}\n" for line in HOSTILE)
        (self.folder / "owners.txt").write_text(f"{LOGIN}\n{lines}", encoding="utf-8")
        (self.folder / "optout.txt").write_text(lines, encoding="utf-8")

    def run(self, server: StandinServer, *arguments: str) -> str:
        """Run a command, and give all that it says, standard error too."""
        done = subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "-m", "backage", *arguments],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GITHUB_TOKEN": "token",
                "GITHUB_STEP_SUMMARY": str(self.root / "summary.md"),
                "BACKAGE_DATE": START.isoformat(),
                **server.environment(),
            },
            capture_output=True,
            timeout=60,
            check=False,
        )
        said = (done.stdout + done.stderr).decode()
        assert "Traceback" not in said, said
        return said


def owner() -> Owner:
    """Give an owner of packages, each with versions whose names and tags are somebody's idea."""
    packages = []
    for number, name in enumerate((*FIT_NAMES, *UNFIT_NAMES), 1):
        bare = Version(1000 * number, "1.0.0", START)
        repo = "con" if name == "aux.json" else None
        packages.append(Package("npm", name, repo, (bare,)))
    tagged = tuple(image(number, tag) for number, tag in enumerate(TAGS, 1))
    named = tuple(Version(number, tag, START) for number, tag in enumerate(TAGS, 101))
    packages.append(Package("container", "tagged", None, tagged))
    packages.append(Package("npm", "named", None, named))
    for number, tag in enumerate(UNFIT_TAGS, 201):
        packages.append(Package("container", f"unfit{number}", None, (image(number, tag),)))
    return Owner(LOGIN, 7, "users", packages)


def image(number: int, tag: str) -> Version:
    """Make a version with a tag."""
    return Version(number, f"sha256:{number:064x}", START, (tag,))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[tuple[str, ...], str]]]:
    """Run every command once."""
    desk = Desk(tmp_path_factory.mktemp("strangers"))
    with StandinServer(desk.world) as server:
        found: dict[tuple[str, ...], str] = {}
        for name, target in PAGES.items():
            page = server.answer(Request("GET", target, {}, server.url))
            (desk.folder / name).write_bytes(page.body)
        for command in COMMANDS:
            found[command] = desk.run(server, *command)
        yield desk, found


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_nothing_steers_a_terminal_or_a_log(
    said: tuple[Desk, dict[tuple[str, ...], str]], command: tuple[str, ...]
) -> None:
    """No control, no direction of writing, no command to the runner, whatever is said of whom."""
    text = said[1][command]
    assert text
    assert all(c.isprintable() for c in text.replace("\n", ""))
    assert not [line for line in text.split("\n") if line.lstrip().startswith("::") or "##[" in line]


def test_the_summary_is_no_live_markdown(said: tuple[Desk, dict[tuple[str, ...], str]]) -> None:
    """Tables of text and code: no link, image, tag or mention, and no line that is not ours."""
    text = (said[0].root / "summary.md").read_text(encoding="utf-8")
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    ours = {"table", "thead", "tbody", "tr", "th", "td", "code", "p"}
    assert set(re.findall(r"</?([a-z]+)", html)) <= ours
    bare = re.sub(r"`[^`\n]*`|\\.", "", text)
    assert not set(bare) & set("`<>@[]*_~#")
    assert "://" not in bare
    assert all(c.isprintable() for c in text.replace("\n", ""))


def test_a_commit_says_names_alone(said: tuple[Desk, dict[tuple[str, ...], str]]) -> None:
    """A line a package, in its form in addresses, which is made of no blanks and no control characters."""
    message = Repository(said[0].folder).git("log", "-1", "--format=%B", "origin/main")
    named = [line for line in message.splitlines() if line.startswith("new ")]
    assert len(named) > len(FIT_NAMES)
    assert all(re.fullmatch(rf"new {LOGIN}/[!-~]+/[!-~]+", line) for line in named)
    assert not set(message) & set("<>#`|[]")


def test_every_file_is_where_it_belongs(said: tuple[Desk, dict[tuple[str, ...], str]]) -> None:
    """Nothing outside the index and the site, and no two names that are one on a disk that ignores case."""
    desk = said[0]
    assert {path.name for path in desk.root.iterdir()} == {"bare.git", "clone", "summary.md"}
    known = {".git", "index", "kept", "site", "owners.txt", "optout.txt", "versions.csv", *PAGES}
    databases = {"history.db", "second.db", "merged.db"}
    assert {path.name for path in desk.folder.iterdir()} - databases <= known
    names = [str(path.relative_to(desk.folder)) for path in desk.folder.rglob("*")]
    assert len({name.casefold() for name in names}) == len(names)
    depths = {
        len(path.relative_to(desk.folder / "index").parts) for path in (desk.folder / "index").rglob("*")
    }
    assert depths == {1, 2, 3}
    files = {path.name for path in (desk.folder / "index" / LOGIN).glob("*/*.json")} - {".json"}
    assert files >= {f"{quote(name, safe='')}.json" for name in FIT_NAMES}


def test_every_file_is_what_its_name_says(said: tuple[Desk, dict[tuple[str, ...], str]]) -> None:
    """JSON is JSON, XML is XML, and nothing of a stranger's is a tag of a page or ends a script."""
    for path in (path for path in said[0].folder.rglob("*") if path.is_file()):
        if ".git" in path.parts:
            continue
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix in {".xml", ".svg"}:
            ET.fromstring(path.read_bytes())  # noqa: S314 (what we wrote ourselves)
        elif path.suffix == ".html" and path.name not in PAGES:
            assert b"<b>x" not in path.read_bytes()
        elif path.suffix == ".js":
            assert b"</script>" not in path.read_bytes()


@pytest.mark.parametrize("command", [command for command in COMMANDS if command[0] == "export"][:2])
def test_no_cell_is_a_formula(
    said: tuple[Desk, dict[tuple[str, ...], str]], command: tuple[str, ...]
) -> None:
    """On standard output and in a file, a line has all its columns, and each is a number or a text."""
    for text in (said[1][command], (said[0].folder / "versions.csv").read_text(encoding="utf-8")):
        head, *rows = csv.reader(text.splitlines())
        assert len(rows) > len(FIT_NAMES)
        assert {len(row) for row in rows} == {len(head)}
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_what_is_unfit_is_told_by_name(said: tuple[Desk, dict[tuple[str, ...], str]]) -> None:
    """A failure for each package that has no file, or whose tags are none; they stop no run, however many."""
    update = json.loads(said[1]["update", "--json"].rpartition("}")[0] + "}")
    reasons = Counter(failure["reason"] for failure in update["failures"])
    assert reasons["its name can be no file's"] == len(UNFIT_NAMES)
    unfit = "the versions page has no valid name and tags in the row of a version"
    assert reasons[unfit] == len(UNFIT_TAGS) >= CANARY_PAGES
    assert update["stopped"] is None
