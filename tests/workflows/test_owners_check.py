"""What a pull request adds to the lists is read as text, judged line by line, and never run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from backage.standin.server import StandinServer
from tests.support.repositories import Repository
from tests.workflows.listing import REFUSED, find_harm
from tests.workflows.results import Event, Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

LISTED = "# whom\nmona-lab\npaper-lantern\n"
SECRET = "this stands in the event alone"  # noqa: S105 (what must not be shown)
LARGEST_SUMMARY = 1 << 20
PIP = """#!/bin/sh
cat .github/constraints.txt
for file in setup.py conftest.py sitecustomize.py backage/__init__.py; do
    if [ -f "$file" ]; then sh "$file"; fi
done
"""


@dataclass
class Pull:
    """Pull requests from a fork, each on the branch as it is, or on one as it was."""

    site: Site
    number: int = 0

    def __call__(self, files: Mapping[str, str | bytes | None], *, base: str = "") -> Run:
        """Change files, as they are written."""

        def change(clone: Repository) -> None:
            for name, content in files.items():
                path = clone.folder / name
                if path.is_file():
                    path.unlink()
                if content is not None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.encode() if isinstance(content, str) else content)

        return self.change(change, base=base)

    def change(self, change: Callable[[Repository], object], *, base: str = "") -> Run:
        """Change anything, and run the workflow on what GitHub would merge."""
        self.number += 1
        clone = Repository(self.site.clone("fork"))
        change(clone)
        clone.git("add", "--all")
        return self.run(clone, base or clone.git("rev-parse", "HEAD"))

    def run(self, clone: Repository, base: str) -> Run:
        """Merge what a clone has staged, and run the workflow."""
        tip = clone.git("rev-parse", "HEAD")
        tree = clone.git("write-tree")
        head = clone.git("commit-tree", tree, "-p", tip, "-m", "More")
        merge = clone.git("commit-tree", tree, "-p", tip, "-p", head, "-m", "Merge")
        clone.git("push", "--quiet", "origin", f"{merge}:refs/pull/{self.number}/merge")
        about = {"number": self.number, "title": SECRET, "base": {"sha": base}, "head": {"sha": head}}
        ref = f"refs/pull/{self.number}/merge"
        event = Event("pull_request", {}, {"pull_request": about}, ref, merge, fork=True)
        run = run_workflow(self.site, "owners-check.yml", event)
        assert_harmless(run)
        return run


def assert_harmless(run: Run) -> None:
    """Nothing of the event or of this machine is shown, nothing became a command, and no text is too long."""
    output = f"{run.log}\n{run.summary}"
    assert not [command for step in run.steps for command in step.commands]
    for part in ("##[", SECRET, "root:", "\x1b", "\0"):
        assert part not in output
    assert len(run.summary.encode()) < LARGEST_SUMMARY
    assert len(run.log.encode()) < LARGEST_SUMMARY
    assert not find_harm(run.site)
    assert run.jobs["check"].permissions == {"contents": "read"}


@pytest.fixture
def pull(site: Site) -> Pull:
    """Return a desk: a repository with both lists, and its answers to pull requests."""
    site.stand_in("pip", PIP)
    site.push(
        {
            "owners.txt": LISTED,
            "optout.txt": "closed-shop\n",
            ".github/constraints.txt": "of-the-base==1\n",
        }
    )
    return Pull(site)


def test_each_added_line_has_a_verdict(pull: Pull, server: StandinServer) -> None:
    """Log and summary have a verdict on each added line; lines that the lists had are not looked up."""
    server.world.owners[2].rename("paper-moon")
    empty = server.world.owners[1].__class__("empty-hall", 5_000_001, "orgs")
    server.world.owners.append(empty)
    run = pull(
        {
            "owners.txt": f"{LISTED}octo-forge\nnobody-here\nMONA-LAB\nclosed-shop\nempty-hall\n-rf\n",
            "optout.txt": "closed-shop\nmona-lab/moon-phase\n\n../x\n",
        }
    )
    assert (run.conclusion, run.step("Check").code) == ("failure", 1)
    rows = [line.split(" | ")[:2] for line in run.summary.splitlines() if line.startswith("| `")]
    assert {line.strip("|` "): verdict for line, verdict in rows} == {
        "octo-forge": "fine",
        "nobody-here": "unknown",
        "MONA-LAB": "already there",
        "closed-shop": "opted out",
        "empty-hall": "no public packages",
        '"-rf"': "bad name",
        "mona-lab/moon-phase": "fine",
        '"../x"': "bad name",
    }
    assert "6 packages, id 134217801" in run.step("Check").log
    assert run.step("Check").log.splitlines()[-1].startswith("Some lines are not right: 2 fine, ")
    assert not [target for _, target in server.requests if "paper-" in target]


def test_a_renamed_owner_is_reported_with_its_name(pull: Pull, server: StandinServer) -> None:
    """The verdict on a renamed owner has its new login, so that the line can be corrected."""
    server.world.owners[0].rename("forge-of-octo")
    run = pull({"owners.txt": f"{LISTED}octo-forge\n"})
    assert (run.conclusion, run.step("Check").code) == ("failure", 1)
    assert "| `octo-forge` | renamed | write forge-of-octo |" in run.summary


def test_right_lines_pass(pull: Pull) -> None:
    """An owner, an opt-out and removed lines pass the check."""
    run = pull({"owners.txt": "# whom\nmona-lab\nocto-forge\n", "optout.txt": "nobody-here\n"})
    assert (run.conclusion, run.step("Check").code) == ("success", 0), run.log
    lines = run.step("Check").log.splitlines()
    assert lines[-1] == "All lines are right: 2 fine, 2 removed."
    assert "removed  paper-lantern  from owners.txt" in lines
    assert "removed  closed-shop    from optout.txt" in lines


def test_lists_can_be_removed(pull: Pull) -> None:
    """Removing both lists passes as the removal of their lines."""
    run = pull({"owners.txt": None, "optout.txt": None})
    assert (run.conclusion, run.step("Check").code) == ("success", 0)
    assert run.step("Check").log.splitlines()[-1] == "All lines are right: 3 removed."


def test_lines_added_to_the_base_are_not_checked(pull: Pull, server: StandinServer) -> None:
    """Lines that others added to the base since the pull request was opened are not part of it."""
    base = pull.site.git("rev-parse", "main")
    pull.site.push({"owners.txt": f"nobody-here\n{LISTED}"})
    run = pull({"owners.txt": f"nobody-here\n{LISTED}octo-forge\n"}, base=base)
    assert (run.conclusion, run.step("Check").code) == ("success", 0), run.log
    assert not [target for _, target in server.requests if "nobody-here" in target]


def test_nothing_of_the_pull_request_is_run(pull: Pull) -> None:
    """Nothing of a pull request is run: program, settings, filters or hooks; pip installs the base."""
    shell = f"touch '{pull.site.folder}/pwned'\n"
    python = f"import os\nos.system({shell!r})\n"
    names = ["backage/__init__.py", "backage/__main__.py", "setup.py", "conftest.py", "sitecustomize.py"]
    programs = dict.fromkeys(["git", "pip", "mkdir", "python", "bin/backage"], f"#!/bin/sh\n{shell}")
    run = pull(
        {
            **dict.fromkeys(names, python),
            **programs,
            "pyproject.toml": f'[build-system]\nrequires = []\nbuild-backend = "setup"\n# {shell}',
            ".github/constraints.txt": "of-the-fork==1\n",
            ".github/workflows/owners-check.yml": f"on: pull_request\n# {shell}",
            ".gitattributes": "* filter=evil\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = "!{shell.strip()}"\n',
            ".gitconfig": f'[filter "evil"]\n\tsmudge = "{shell.strip()}"\n',
            "owners.txt": f"{LISTED}octo-forge\n",
        }
    )
    assert run.conclusion == "success", run.log
    assert run.step("Install").log == "of-the-base==1\n"
    assert {checkout["persist-credentials"] for checkout in run.checkouts} == {"false"}


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../../event.json", "README.md", "mona-lab", "octo-forge", "a\n::error::x"]
)
def test_a_link_is_refused_as_a_list(pull: Pull, target: str) -> None:
    """A symbolic link in the place of a list is refused, and the content of its target is not shown."""

    def link(clone: Repository) -> None:
        (clone.folder / "octo-forge").write_text("nobody-here\n", encoding="utf-8")
        (clone.folder / "owners.txt").unlink()
        (clone.folder / "owners.txt").symlink_to(target)

    run = pull.change(link)
    assert run.conclusion == "failure"
    assert "owners.txt" in run.step("Check").log


def test_a_folder_is_refused_as_a_list(pull: Pull) -> None:
    """A folder in the place of a list is refused, because the branch could no longer be read."""
    run = pull({"owners.txt": None, "owners.txt/x": "octo-forge\n"})
    assert run.conclusion == "failure", run.log
    assert "owners.txt" in run.step("Check").log


def test_a_submodule_is_refused_as_a_list(pull: Pull) -> None:
    """A submodule in the place of a list is refused and not fetched."""
    clone = Repository(pull.site.clone("fork"))
    tip = clone.git("rev-parse", "HEAD")
    clone.git("rm", "--quiet", "owners.txt")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{tip},owners.txt")
    run = pull.run(clone, tip)
    assert run.conclusion == "failure", run.log
    assert "owners.txt" in run.step("Check").log


@pytest.mark.parametrize(
    ("data", "code", "outcome"),
    [
        (f"{LISTED}octo-forge\n".replace("\n", "\r\n").encode(), 0, "1 fine"),
        (b"\xef\xbb\xbf" + f"{LISTED}octo-forge\n".encode(), 0, "1 fine"),
        (
            f"{LISTED}octo\0forge\nx\x1b[31m\n::error::x\n##[group]x\n`|<img>\n@mona\n".encode(),
            1,
            "5 bad name",
        ),
        (b"mona-lab\npaper-lantern\n\xff\xfe\n\xf0\x9f\xa6\x91\n", 1, "2 bad name"),
        (LISTED.encode() + b"\n".join(bytes([letter]) * 1_000_000 for letter in b"abcde"), 1, "5 bad name"),
    ],
    ids=["CRLF", "BOM", "commands", "no text", "long lines"],
)
def test_a_list_can_have_any_bytes(pull: Pull, data: bytes, code: int, outcome: str) -> None:
    """A list of any bytes is checked, and unprintable characters are not shown."""
    run = pull({"owners.txt": data})
    assert run.step("Check").code == code, run.log
    assert f": {outcome}." in run.step("Check").log.splitlines()[-1]


@pytest.mark.slow
def test_a_list_may_be_long(pull: Pull, server: StandinServer) -> None:
    """A long list is looked up as far as a check may ask; the check counts the remaining lines."""
    lines = "".join(f"user-{number}\n" for number in range(100_000))
    run = pull({"owners.txt": LISTED + lines, "optout.txt": lines})
    assert run.step("Check").code == 1
    assert len(server.requests) <= 200
    assert len(run.step("Check").log.splitlines()) < 300


def test_a_refusal_of_github_is_no_verdict(pull: Pull, server: StandinServer) -> None:
    """If GitHub refuses a request, the line stays unchecked and the check fails."""
    server.replies["/api/*"] = server.replies["/*"] = [REFUSED] * 99
    run = pull({"owners.txt": f"{LISTED}octo-forge\n"})
    assert (run.conclusion, run.step("Check").code) == ("failure", 4)
    assert "not checked" in run.summary
