"""`backage owners`: what a pull request check and an issue get to see, and what is written."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backage.__main__ import main
from backage.cli.report import MOST_NAMED, format_verdicts, format_verdicts_markdown
from backage.pipeline.verdicts import CheckedLine
from backage.standin.model import Owner
from backage.standin.transport import Reply
from tests.cli.test_commands import Result
from tests.conftest import Instance
from tests.support.hostile import HOSTILE

LAB = "98765431/mona-lab"
FORGE = "134217801/Octo-Forge"
WRITTEN = [
    *HOSTILE,
    "::error::x",
    "\x1b[31mmona-lab",
    "|x|`y`|\\|",
    "``` ![i](//x.example/i.png) ```",
    "<img src=//x.example>",
    "<!-- x",
    "@octo-forge",
    "www.x.example",
    "https://x.example/",
    "mail@x.example",
    "[x](//x.example)",
]


@dataclass(frozen=True)
class Owners:
    """`backage owners`, run in this process in the instance's folder."""

    instance: Instance
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Result:
        """Run it; anything but an exit code fails the test with its traceback."""
        self.instance.server.reset()
        self.monkeypatch.setattr(sys, "argv", ["backage", "owners", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        for line in (out + err).splitlines():
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
        return Result(ended.value.code, out, err)

    @property
    def cost(self) -> int:
        """How much the last command asked for."""
        return len(self.instance.server.requests)

    def write(self, path: str, *lines: str, end: str = "\n") -> Path:
        """Write a file in the instance's folder."""
        file = self.instance.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes("".join(line + end for line in lines).encode())
        return file

    def request(self, body: object) -> tuple[str, str]:
        """Write the event of an issue, and give the option that names it."""
        event = {"action": "opened", "issue": {"number": 1, "body": body}}
        self.write("event.json", json.dumps(event))
        return "--request", "event.json"

    def listed(self) -> bytes:
        """Read owners.txt."""
        return (self.instance.folder / "owners.txt").read_bytes()


@pytest.fixture
def owners(instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Owners:
    """Give the command, which asks the small GitHub."""
    for name in os.environ:
        if name.startswith(("GITHUB_", "BACKAGE_")):
            monkeypatch.delenv(name)
    for name, value in {**instance.server.environment(), "GITHUB_TOKEN": "token"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(instance.folder)
    return Owners(instance, monkeypatch, capsys)


PROPOSED = ("check", "--owners", "proposed/owners.txt", "--optout", "proposed/optout.txt", "--base", ".")


# --- check ------------------------------------------------------------------------------------


def test_check_names(owners: Owners) -> None:
    """Owners named are checked, whatever the list says."""
    owners.write("owners.txt", "mona-lab")
    result = owners("check", "mona-lab", "OCTO-forge")
    assert result == Result(
        0,
        "fine  mona-lab    4 packages, id 98765431\n"
        "fine  OCTO-forge  6 packages, id 134217801\n"
        "All lines are right: 2 fine.\n",
        "",
    )
    assert owners.cost == 4


def test_check_both_lists(owners: Owners) -> None:
    """Without names every line of both files is checked."""
    owners.write("owners.txt", "# whom", "mona-lab", "", "nobody # known")
    owners.write("optout.txt", "paper-lantern/gateway", "a b")
    result = owners("check")
    assert result.code == 1
    assert [line.split("  ")[0] for line in result.out.splitlines()[:-1]] == [
        "fine",
        "unknown",
        "fine",
        "bad name",
    ]
    assert result.out.splitlines()[-1] == "Some lines are not right: 2 fine, 1 unknown, 1 bad name."


def test_check_a_file_of_old_line_ends(owners: Owners) -> None:
    """Lines end where they do for an update, and a byte order mark is no part of the first."""
    owners.write("owners.txt", "\ufeffmona-lab", "octo-forge", end="\r")
    assert owners("check").out.endswith("All lines are right: 2 fine.\n")
    assert owners("list").out == "mona-lab\nocto-forge\n"


def test_check_what_a_pull_request_changes(owners: Owners) -> None:
    """Only lines that were added are asked for; those removed are named."""
    owners.write("owners.txt", "# ours", "Octo-Forge", "nobody", "gone")
    owners.write("optout.txt", "acme")
    owners.write(
        "proposed/owners.txt", "# theirs", "nobody", "Octo-Forge # ours", "mona-lab", "octo-forge", end="\r\n"
    )
    owners.write("proposed/optout.txt", "acme", "acme/tools", "ACME")
    result = owners(*PROPOSED, "--json")
    assert result.code == 1
    found = json.loads(result.out)
    assert [(row["line"], row["verdict"]) for row in found["owners"]] == [
        ("mona-lab", "fine"),
        ("octo-forge", "already there"),
        ("gone", "removed"),
    ]
    assert [(row["line"], row["verdict"]) for row in found["optout"]] == [
        ("acme/tools", "fine"),
        ("ACME", "already there"),
    ]
    assert found["owners"][0] == {
        "line": "mona-lab",
        "verdict": "fine",
        "detail": "4 packages, id 98765431",
        "login": "mona-lab",
        "id": 98_765_431,
        "packages": 4,
    }
    assert owners.cost == 2


def test_a_line_that_is_replaced_is_not_there_already(owners: Owners) -> None:
    """A login may get its id, and its capitals."""
    owners.write("owners.txt", "mona-lab", "octo-forge")
    owners.write("proposed/owners.txt", LAB, "Octo-Forge")
    owners.write("proposed/optout.txt")
    result = owners(*PROPOSED)
    assert result.code == 0
    assert result.out.endswith("All lines are right: 2 fine, 2 removed.\n")


def test_an_opt_out_of_the_same_pull_request_counts(owners: Owners) -> None:
    """Its optout.txt is the one that would be."""
    owners.write("owners.txt")
    owners.write("proposed/owners.txt", "mona-lab")
    owners.write("proposed/optout.txt", "mona-lab")
    result = owners(*PROPOSED)
    assert (result.code, owners.cost) == (1, 0)
    assert result.out.startswith("opted out  mona-lab\nfine       mona-lab  opts out\n")


@pytest.mark.parametrize("form", ["", "--markdown", "--json"])
def test_nothing_changed(owners: Owners, form: str) -> None:
    """That is well."""
    for folder in (".", "proposed"):
        owners.write(f"{folder}/owners.txt", "nobody", "a b")
        owners.write(f"{folder}/optout.txt", "c d")
    result = owners(*PROPOSED, *filter(None, [form]))
    assert (result.code, owners.cost) == (0, 0)
    if not form:
        assert result.out == "Nothing to check.\n"


def test_a_base_without_the_files(owners: Owners) -> None:
    """Then everything was added."""
    (owners.instance.folder / "base").mkdir()
    owners.write("owners.txt", "mona-lab")
    result = owners("check", "--base", "base")
    assert (result.code, owners.cost) == (0, 2)
    assert owners("check", "mona-lab", "--base", ".").out.startswith("already there  mona-lab\n")


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("mona-lab", "fine"),
        ("empty", "no public packages"),
        ("old-name", "renamed"),
        ("nobody", "unknown"),
        ("5/mona-lab", "bad name"),
        ("octo-forge", "not checked"),
        ("paper-lantern", "opted out"),
        ("there", "already there"),
    ],
)
def test_every_verdict(owners: Owners, line: str, verdict: str) -> None:
    """One that is not fine ends with 1, and with 4 where nothing could be checked."""
    world = owners.instance.server.world
    world.owners += [
        Owner("empty", 7, "users"),
        Owner("new-name", 8, "orgs", world.owners[0].packages, ("old-name",)),
    ]
    owners.instance.server.replies["/orgs/Octo-Forge/*"] = [Reply(403)] * 9
    owners.write("owners.txt", "there")
    owners.write("optout.txt", "paper-lantern")
    result = owners("check", line, "--base", ".")
    assert result.out.startswith(f"{verdict}  {line}")
    assert result.code == {"fine": 0, "not checked": 4}.get(verdict, 1)
    if verdict not in {"fine", "already there"}:
        assert owners("add", line).code == result.code
        assert owners.listed() == b"there\n"


def test_a_check_keeps_to_its_budget(owners: Owners) -> None:
    """What is beyond is not checked."""
    owners.write("owners.txt", *(f"user-{number}" for number in range(1000)))
    result = owners("check", "--max-requests", "7")
    assert (result.code, owners.cost) == (1, 7)
    assert result.out.splitlines()[-2] == "and 800 lines more (--json names all)"
    owners.monkeypatch.setenv("BACKAGE_MAX_REQUESTS", "0")
    result = owners("check")
    assert (result.code, owners.cost) == (4, 0)
    assert result.out.endswith("No line could be checked: 1,000 not checked.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check"], "backage: owners.txt does not exist.\n"),
        (["check", "x", "--optout", "no.txt"], "backage: no.txt does not exist.\n"),
        (["check", "--owners", "folder"], "backage: folder cannot be read: Is a directory.\n"),
        (
            ["check", "--owners", "link"],
            "backage: link is a link, which may lead anywhere: put the file itself there.\n",
        ),
        (["check", "x", "--optout", "link"], "backage: link is a link, which may"),
        (["check", "x", "--base", "none"], "Invalid value for '--base'"),
        (["check", "-rf"], "No such option"),
        (["check", "x", "--max-requests", "many"], "Invalid value for '--max-requests'"),
        (["add"], "backage: Name the owners to add, or with --request the event of an issue that names"),
        (["add", "x", "--request", "secret"], "backage: Name the owners to add, or with --request"),
        (["add", "mona-lab", "--owners", "link"], "backage: link is a link, which may"),
        (["add", "mona-lab", "--owners", "read-only"], "backage: read-only may not be written.\n"),
        (
            ["add", "mona-lab", "--owners", "no/owners.txt"],
            "backage: no/owners.txt cannot be written: No such file",
        ),
        (["add", "--request", "none"], "backage: none does not exist.\n"),
        (["add", "--request", "secret"], "backage: secret is not the event of an issue with a text.\n"),
        (["list"], "backage: owners.txt does not exist."),
    ],
)
def test_wrong_usage(owners: Owners, arguments: list[str], sentence: str) -> None:
    """One sentence, exit code 2, and nothing of what a link leads to."""
    folder = owners.instance.folder
    (folder / "folder").mkdir()
    secret = owners.write("secret", "token of mine")
    (folder / "link").symlink_to(secret)
    owners.write("read-only", "acme").chmod(0o444)
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    result = owners(*arguments)
    assert result.code == 2
    assert sentence in result.err
    assert "token of mine" not in result.out + result.err
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


# --- what strangers write, in what is printed -------------------------------------------------


@pytest.mark.parametrize("form", ["", "--markdown", "--json"])
@pytest.mark.parametrize("line", WRITTEN)
def test_a_hostile_line(owners: Owners, line: str, form: str) -> None:
    """It costs no request, is one short printable line, and cannot steer log or comment."""
    owners.write("owners.txt", line)
    owners.write("optout.txt", line)
    result = owners("check", *filter(None, [form]))
    assert owners.cost == 0
    assert result.code == 1
    assert all(each.isprintable() for each in result.out.splitlines())
    assert len(result.out) < 1000
    if form == "--json":
        found = json.loads(result.out)
        assert [row["verdict"] for row in found["owners"]] == ["bad name"]


def test_nothing_of_a_strangers_is_markdown() -> None:
    """In a cell the line is code, which nothing in it ends; that leaves no mention, link, image or tag."""
    for line in WRITTEN:
        text = format_verdicts_markdown(
            [CheckedLine(line[:60].replace("\n", ""), "bad name", "@a|b <i>_x_ `c`")], 1
        )
        (row,) = [each for each in text.splitlines() if each.startswith("| `")]
        code, verdict, detail = re.fullmatch(r"\| `([^`|]+)` \| ([a-z ]+) \| (.*) \|", row).groups()  # type: ignore[union-attr]
        assert len(code) - line.startswith("::") == len(line[:60])
        assert verdict == "bad name"
        assert detail == r"\@a\|b &lt;i&gt;\_x\_ \`c\`"


def test_the_markdown(owners: Owners) -> None:
    """A sentence and a table, and the same in the summary of an Actions job."""
    summary = owners.instance.folder / "summary.md"
    owners.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    text = (
        "Some lines are not right: 1 fine, 1 bad name.\n"
        "\n"
        "| line | verdict | |\n"
        "|---|---|---|\n"
        "| `mona-lab` | fine | 4 packages, id 98765431 |\n"
        '| `"@octo-forge"` | bad name | no name of a GitHub user or organization |\n'
    )
    assert owners("check", "mona-lab", "@octo-forge", "--markdown").out == text
    assert summary.read_text() == text
    assert owners("check", "mona-lab", "@octo-forge").out != text
    assert summary.read_text() == text + text


def test_a_summary_that_cannot_be_written(owners: Owners) -> None:
    """It is said, and changes nothing."""
    owners.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(owners.instance.folder))
    result = owners("check", "mona-lab")
    assert (result.code, result.out[:4]) == (0, "fine")
    assert "the summary cannot be written" in result.err


@pytest.mark.parametrize("line", ["\U0001f600" * 70, "x" * 1000, "a b"])
def test_huge_files_make_small_texts(owners: Owners, line: str) -> None:
    """A hundred thousand lines: some are named, those that are wrong first, and the others counted."""
    rows = [CheckedLine("acme", "fine")] * 1000 + [CheckedLine(line[:62], "bad name", "why")] * 99_000
    for text in (format_verdicts(rows, 1), format_verdicts_markdown(rows, 1)):
        assert len(text.encode()) < 100_000
        assert "acme" not in text
        assert text.count("why") == MOST_NAMED
        assert "and 99,800 lines more (--json names all)" in text
        assert "1,000 fine, 99,000 bad name." in text
    owners.write("owners.txt", *[line] * 100_000)
    result = owners("check", "--markdown")
    assert (result.code, owners.cost) == (1, 0)
    assert len(result.out.encode()) < 1 << 20


def test_a_file_of_long_lines(owners: Owners) -> None:
    """Lines of a megabyte are cut."""
    owners.write("owners.txt", *["x" * 1_000_000] * 20)
    result = owners("check")
    assert result.code == 1
    assert max(map(len, result.out.splitlines())) < 130


# --- add --------------------------------------------------------------------------------------


def test_add(owners: Owners) -> None:
    """Owners that are fine are written as GitHub spells them, with their id; the others are told."""
    owners.write("owners.txt", "paper-lantern")
    result = owners("add", "MONA-lab", "nobody", "octo-forge")
    assert result.code == 1
    assert [line.split("  ")[0] for line in result.out.splitlines()[:-1]] == ["added", "unknown", "added"]
    assert result.out.endswith("Some lines are not right: 2 added, 1 unknown.\n")
    assert owners.listed().decode() == f"paper-lantern\n{LAB}\n{FORGE}\n"
    result = owners("add", "MONA-lab", "octo-forge", LAB)
    assert (result.code, owners.cost) == (0, 0)
    assert result.out.endswith("All lines are right: 3 already there.\n")
    assert owners.listed().decode() == f"paper-lantern\n{LAB}\n{FORGE}\n"


def test_add_without_the_api(owners: Owners) -> None:
    """An id that is not known is not written."""
    owners.instance.server.replies["/api/*"] = [Reply(401)] * 9
    assert owners("add", "MONA-lab").code == 0
    assert owners.listed() == b"mona-lab\n"


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (b"", b"\n"),
        (b"# whom\n\n  acme # why \xff\n\n", b"\n"),
        (b"# whom\r\nacme\r\n", b"\r\n"),
        (b"\xef\xbb\xbfacme\na b\n", b"\n"),
        (b"acme", b"\n"),
        (b"one\r\nacme", b"\r\n"),
    ],
)
def test_add_keeps_the_files_bytes(owners: Owners, before: bytes, end: bytes) -> None:
    """Comments, order and line ends stay, and so does its mode; nothing is left beside it."""
    path = owners.write("owners.txt")
    path.write_bytes(before)
    path.chmod(0o640)
    assert owners("add", "mona-lab").code == 0
    gap = b"" if not before or before.endswith(b"\n") else end
    assert owners.listed() == before + gap + LAB.encode() + end
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in owners.instance.folder.iterdir()] == ["owners.txt"]


def test_add_to_a_disk_that_is_full(owners: Owners) -> None:
    """The file is as it was, and nothing is left beside it."""
    owners.write("owners.txt", "acme")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    owners.monkeypatch.setattr(os, "replace", full)
    result = owners("add", "mona-lab")
    assert result == Result(2, "", "backage: owners.txt cannot be written: No space left on device.\n")
    assert owners.listed() == b"acme\n"
    assert [each.name for each in owners.instance.folder.iterdir()] == ["owners.txt"]


def test_add_whom_an_issue_asks_for(owners: Owners) -> None:
    """The lines under the heading of the form are names, and nothing else is."""
    names = ["- @mona-lab", "https://github.com/Octo-Forge/", "a b", "##[add-mask]x", "::error::x"]
    lines = ["### Owners", "", *names, "", "### Why", "", "paper-lantern", ""]
    result = owners("add", *owners.request("\r\n".join(lines)))
    assert result.code == 1
    assert owners.listed().decode() == f"{LAB}\n{FORGE}\n"
    assert result.out.endswith("Some lines are not right: 2 added, 3 bad name.\n")
    assert owners.cost == 4


def test_an_issue_that_asks_for_too_many(owners: Owners) -> None:
    """Twenty are checked; of the others it is said why not."""
    names = "\n".join(["mona-lab", *(f"a b {number}" for number in range(100))])
    result = owners("add", *owners.request(f"### Owners\n\n{names}"), "--json")
    assert result.code == 1
    rows = json.loads(result.out)["owners"]
    assert len(rows) == 101
    assert [row["verdict"] for row in rows] == ["added"] + ["bad name"] * 19 + ["not checked"] * 81
    assert rows[20]["detail"] == "20 owners a request"
    assert owners.listed().decode() == f"{LAB}\n"


@pytest.mark.parametrize("line", [line for line in WRITTEN if line != "@octo-forge"])
def test_a_hostile_request(owners: Owners, line: str) -> None:
    """Nothing of it is written or asked for."""
    owners.write("owners.txt", "acme")
    result = owners("add", *owners.request(f"### Owners\n\n{line[:60_000]}\n"))
    assert (result.code, owners.cost) == (1, 0)
    assert owners.listed() == b"acme\n"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (None, "event.json is not the event of an issue with a text."),
        (5, "event.json is not the event of an issue with a text."),
        (["### Owners"], "event.json is not the event of an issue with a text."),
        ("x" * 65_537, "The issue's text is longer than 65536 characters."),
        ("", "The issue names no owner."),
        ("### Owners\n\n_No response_\n", "The issue names no owner."),
        ("### Why\n\nmona-lab\n", "The issue names no owner."),
    ],
)
def test_a_request_that_is_none(owners: Owners, body: object, sentence: str) -> None:
    """One sentence."""
    assert owners("add", *owners.request(body)) == Result(2, "", f"backage: {sentence}\n")
    assert owners.cost == 0


@pytest.mark.parametrize(
    "event",
    [
        "",
        "[]",
        "{}",
        "5",
        '{"issue": null}',
        '{"issue": []}',
        '{"issue": {}}',
        "[" * 200_000,
        "9" * 9999,
        "\x00",
        "\xff",
    ],
)
def test_a_file_that_is_no_event(owners: Owners, event: str) -> None:
    """One sentence."""
    (owners.instance.folder / "event.json").write_bytes(event.encode("latin-1"))
    sentence = "backage: event.json is not the event of an issue with a text.\n"
    assert owners("add", "--request", "event.json") == Result(2, "", sentence)


# --- list -------------------------------------------------------------------------------------


def test_list(owners: Owners) -> None:
    """Each owner is a line as owners.txt may have it, with a mark where it is opted out."""
    owners.write("owners.txt", "# whom", "mona-lab # why", FORGE, "MONA-LAB", "paper-lantern")
    owners.write("optout.txt", "Paper-Lantern", "mona-lab/tide-tables")
    assert owners("list") == Result(0, f"mona-lab\n{FORGE}\npaper-lantern  # opted out\n", "")
    found: list[dict[str, Any]] = json.loads(owners("list", "--json").out)
    assert found == [
        {"login": "mona-lab", "id": None, "opted_out": False},
        {"login": "Octo-Forge", "id": 134_217_801, "opted_out": False},
        {"login": "paper-lantern", "id": None, "opted_out": True},
    ]
    assert owners.cost == 0


@pytest.mark.parametrize("file", ["owners.txt", "optout.txt"])
def test_list_names_bad_lines(owners: Owners, file: str) -> None:
    """They go to standard error, and the exit code is 1."""
    owners.write("owners.txt", "mona-lab")
    path = owners.instance.folder / file
    path.write_text("mona-lab\n::error::x\n")
    result = owners("list")
    assert result.code == 1
    assert result.out.startswith("mona-lab")
    assert result.err.startswith(f'{file}:2: "::error::x" is not ')
