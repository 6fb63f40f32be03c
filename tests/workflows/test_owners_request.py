"""What an issue asks for is data: it is judged, answered and written, and never run."""

from dataclasses import dataclass
from typing import Any

import pytest

from backage.standin.server import StandinServer
from tests.workflows.listing import REFUSED, compete, find_harm, refuse_pushes
from tests.workflows.results import Event, Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

LISTED = b"# whom\r\n\r\n  mona-lab # why \xff\r\n"
FORGE, LANTERN = b"134217801/Octo-Forge\r\n", b"201326592/paper-lantern\r\n"
HOSTILE = [
    "../../pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "a b",
    "-rf",
    "--owners=pwned",
    "::set-output name=x::y",
    "##[set-output name=x]y",
    "x" * 40,
    "mon\u0430-lab",  # a Cyrillic letter
    "\uff4dona-lab",  # a letter of full width
    "mona\0lab",
    "mona\x1b[31mlab",
    "\u202emona-lab",
    "@octo-forge/x",
    "![x](https://example.org/x.png)",
    "<img src=https://example.org/x.png>",
    "| `x` | ``` <!-- |",
    "${{ github.token }}",
]
BREAKS = "\n$(touch pwned)\n'\"\\ `touch pwned` ${{ secrets.GITHUB_TOKEN }} ::error::x"


@dataclass
class Desk:
    """Issues, and what the workflow makes of them."""

    site: Site

    def __call__(self, *lines: str, end: str = "\n") -> Run:
        """Open an issue of the form."""
        return self.open(end.join(["### Owners", "", *lines, ""]))

    def open(self, body: str | None, title: str = "Add owners") -> Run:
        """Open an issue with a text, and run the workflow."""
        number = len(self.site.gh.issues) + 1
        about = {"number": number, "title": title, "body": body or "", "labels": [], "comments": []}
        kept = {**about, "state": "OPEN", "closed": False, "author": {"login": "stranger"}, "url": "x"}
        self.site.gh.change(issues=[*self.site.gh.issues, kept])
        payload = {"action": "opened", "issue": {**about, "body": body}}
        event = Event("issues", {}, {**payload, "repository": {"default_branch": "main"}})
        run = run_workflow(self.site, "owners-request.yml", event)
        assert_harmless(run)
        return run

    @property
    def listed(self) -> bytes:
        """The list as it is on the branch."""
        return self.site.files()["owners.txt"]

    @property
    def issue(self) -> dict[str, Any]:
        """The last issue."""
        return self.site.gh.issues[-1]

    @property
    def answer(self) -> str:
        """The only comment on the last issue."""
        (comment,) = self.issue["comments"]
        return str(comment["body"])


def assert_harmless(run: Run) -> None:
    """No text became a command, of the runner's or of a shell's, and nothing but the list was committed."""
    output = f"{run.log}\n{run.summary}"
    assert not [command for step in run.steps for command in step.commands]
    assert not [part for part in ("##[", "\x1b", "\0", "ghs_") if part in output]
    assert not find_harm(run.site)
    changed = run.site.git("log", "--format=", "--name-only", "--author=github-actions", "main").split()
    assert set(changed) <= {"owners.txt"}
    assert set(run.site.files()) <= {"owners.txt", "optout.txt", "README.md"}


@pytest.fixture
def desk(site: Site) -> Desk:
    """Return a repository that lists one owner, in a file with CRLF line ends."""
    site.push({"owners.txt": LISTED, "optout.txt": "closed-shop\n", "README.md": "Mine\n"})
    return Desk(site)


def test_a_request_is_answered_added_and_closed(desk: Desk) -> None:
    """A new owner is added with its id, the rest of the file stays, and the issue is answered and closed."""
    run = desk("- @octo-forge", "mona-lab", "https://github.com/paper-lantern/", "octo-forge")
    assert run.conclusion == "success", run.log
    assert desk.listed == LISTED + FORGE + LANTERN
    assert desk.site.git("log", "-1", "--format=%an %s", "main") == (
        "github-actions[bot] owners.txt: owners of issue #1"
    )
    rows = [line.split(" | ")[:2] for line in desk.answer.splitlines() if line.startswith("| `")]
    assert [(line.strip("|` "), verdict) for line, verdict in rows] == [
        ("octo-forge", "added"),
        ("mona-lab", "already there"),
        ("paper-lantern", "added"),
        ("octo-forge", "already there"),
    ]
    assert desk.answer.startswith("All lines are right: ")
    assert (desk.issue["state"], desk.issue["stateReason"]) == ("CLOSED", "COMPLETED")
    assert desk.answer.strip() == run.summary.strip()


def test_a_request_for_listed_owners_makes_no_commit(desk: Desk, server: StandinServer) -> None:
    """A second issue of the same text is answered without a commit and without a request to GitHub."""
    desk("octo-forge")
    tip = desk.site.git("rev-parse", "main")
    server.requests.clear()
    run = desk("octo-forge")
    assert (run.conclusion, desk.issue["state"], server.requests) == ("success", "CLOSED", [])
    assert "| `octo-forge` | already there | as 134217801/Octo-Forge |" in desk.answer
    assert desk.site.git("rev-parse", "main") == tip


def test_unreadable_owners_are_not_added(desk: Desk) -> None:
    """Owners that cannot be read are refused with their reasons, and the issue is closed."""
    tip = desk.site.git("rev-parse", "main")
    run = desk("nobody-here", "closed-shop", "CLOSED-SHOP")
    assert (run.conclusion, desk.issue["state"]) == ("success", "CLOSED")
    assert "| `nobody-here` | unknown | GitHub knows no such user or organization |" in desk.answer
    assert "| `closed-shop` | opted out |" in desk.answer
    assert "| `CLOSED-SHOP` | opted out |" in desk.answer
    assert desk.site.git("rev-parse", "main") == tip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_hostile_lines_are_refused_with_a_reason(desk: Desk, server: StandinServer, end: str) -> None:
    """Hostile lines are not run, looked up or shown as Markdown, with either line end."""
    tip = desk.site.git("rev-parse", "main")
    run = desk(*HOSTILE, end=end)
    assert (run.conclusion, desk.issue["state"]) == ("success", "CLOSED")
    assert desk.answer.startswith(f"Some lines are not right: {len(HOSTILE)} bad name.")
    rows = [line for line in desk.answer.splitlines() if line.startswith("| `")]
    assert len(rows) == len(HOSTILE)
    for row in rows:
        shown, _, verdict = row.removeprefix("| `").rpartition("` | ")
        assert "`" not in shown
        assert verdict == "bad name | no name of a GitHub user or organization |"
    assert (server.requests, desk.site.git("rev-parse", "main")) == ([], tip)


def test_a_long_request_is_cut(desk: Desk, server: StandinServer) -> None:
    """Of a long request twenty owners are looked up, and the answer stays short."""
    run = desk(*(f"x{number}" for number in range(10_000)))
    assert (run.conclusion, desk.issue["state"]) == ("success", "CLOSED")
    assert desk.answer.startswith("Some lines are not right: 20 unknown, 9,980 not checked.")
    assert "| `x19` | unknown |" in desk.answer
    assert "| `x20` | not checked | 20 owners a request |" in desk.answer
    assert len(desk.answer) < 65_536
    assert len(server.requests) <= 100


def test_a_text_longer_than_github_takes_is_refused(desk: Desk) -> None:
    """A text longer than GitHub's limit is refused, and the issue stays open."""
    run = desk("x" * 1_000_000, "octo-forge")
    assert (run.conclusion, desk.issue["state"]) == ("failure", "OPEN")
    assert "longer than 65536 characters" in desk.answer
    assert desk.listed == LISTED


@pytest.mark.parametrize("line", ["x" * 60_000, "\u0430" * 60_000, "x " * 30_000])
def test_a_long_line_is_cut(desk: Desk, line: str) -> None:
    """A long line is cut in the list and in the answer."""
    run = desk(line, "octo-forge")
    assert (run.conclusion, desk.issue["state"]) == ("success", "CLOSED")
    assert "1 bad name, 1 added" in desk.answer
    assert len(desk.answer) < 1000
    assert desk.listed == LISTED + FORGE


def test_only_the_forms_own_text_is_read(desk: Desk) -> None:
    """The title and texts under other headings are ignored."""
    run = desk.open("### Other\n\npaper-lantern\n\n### Owners\n\nocto-forge", BREAKS)
    assert run.conclusion == "success", run.log
    assert "touch" not in run.log + desk.answer
    assert desk.listed == LISTED + FORGE


@pytest.mark.parametrize("body", [None, "", "octo-forge", "## Owners\nocto-forge"])
def test_other_issues_are_left_alone(desk: Desk, body: str | None) -> None:
    """An issue without the form's heading is for people and stays untouched."""
    run = desk.open(body)
    assert (run.conclusion, run.steps, desk.issue["state"]) == ("skipped", [], "OPEN")
    assert not desk.issue["comments"]


@pytest.mark.parametrize(
    "body", ["### Owners\n\n_No response_", "x ### Owners of the moon\n### Y\nocto-forge"]
)
def test_a_form_that_names_nobody_is_answered(desk: Desk, body: str) -> None:
    """A form without an owner is answered and stays open."""
    run = desk.open(body)
    assert (run.conclusion, desk.issue["state"], desk.listed) == ("failure", "OPEN", LISTED)
    assert "The issue names no owner." in desk.answer


def test_lines_pushed_meanwhile_stay(desk: Desk) -> None:
    """Lines that others push between the fetch and the push, twice, stay beside the requested one."""
    rivals = [LISTED.decode(errors="surrogateescape").replace("\udcff", "?"), "paper-lantern\n"]
    compete(desk.site, {"README.md": "Theirs\n"}, {"owners.txt": "".join(rivals)})
    run = desk("octo-forge", "paper-lantern")
    assert run.conclusion == "success", run.log
    assert desk.listed == "".join(rivals).encode() + b"134217801/Octo-Forge\n"
    assert desk.site.files()["README.md"] == b"Theirs\n"
    assert desk.site.git("rev-list", "--count", "main") == "5"
    assert "| `octo-forge` | added |" in desk.answer
    assert "| `paper-lantern` | already there |" in desk.answer
    assert desk.issue["state"] == "CLOSED"


def test_a_push_that_is_refused_for_ever_leaves_the_issue_open(desk: Desk) -> None:
    """If every push is refused, the issue stays open and reports no added owner."""
    refuse_pushes(desk.site)
    run = desk("octo-forge")
    assert (run.conclusion, desk.issue["state"], desk.listed) == ("failure", "OPEN", LISTED)
    assert "added" not in "".join(comment["body"] for comment in desk.issue["comments"])
    assert "Protected branch" in run.log


def test_an_api_that_refuses_leaves_the_id_out(desk: Desk, server: StandinServer) -> None:
    """If the API refuses, an owner is added without its id, because the site shows its packages."""
    server.replies["/api/*"] = [REFUSED] * 99
    run = desk("octo-forge")
    assert (run.conclusion, desk.issue["state"]) == ("success", "CLOSED"), run.log
    assert desk.listed == LISTED + b"Octo-Forge\r\n"


def test_a_refusal_of_github_is_answered_and_the_issue_stays_open(desk: Desk, server: StandinServer) -> None:
    """If GitHub refuses all requests, the issue is answered and stays open."""
    server.replies["/*"] = [REFUSED] * 99
    run = desk("octo-forge", "nobody-here")
    assert (run.conclusion, desk.issue["state"], desk.listed) == ("failure", "OPEN", LISTED)
    assert "No line could be checked: 2 not checked." in desk.answer


def test_an_answer_that_cannot_be_given_leaves_the_issue_open(desk: Desk) -> None:
    """If the answer cannot be posted, the run fails and the issue stays open, but the owner is listed."""
    desk.site.gh.fail("issue comment", "HTTP 403: API rate limit exceeded")
    run = desk("octo-forge")
    assert (run.conclusion, desk.issue["state"], desk.listed) == ("failure", "OPEN", LISTED + FORGE)


def test_a_repository_without_a_list_gets_one(desk: Desk) -> None:
    """In a repository without a list, which reads its own owner, a request creates the list."""
    desk.site.push({"owners.txt": None})
    run = desk("octo-forge")
    assert run.conclusion == "success", run.log
    assert desk.site.files().get("owners.txt") == FORGE.replace(b"\r", b"")
