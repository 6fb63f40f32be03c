"""`backage check --live`: what an operator sees of GitHub's pages, whatever they are like."""

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from backage.__main__ import main
from backage.cli.live import REPORT, REQUESTS
from backage.cli.update import Limits
from backage.config import Settings
from backage.fetch.client import ATTEMPTS, Client
from backage.standin.server import StandinServer
from backage.standin.transport import Reply, Request
from backage.standin.world import maven_owner
from tests.cli.test_commands import Result
from tests.conftest import Instance

LINES = [
    "account",
    "owner",
    "package",
    "versions",
    "versions-tagged",
    "versions-untagged",
    "version",
    "manifest",
]
FILES = [f"{kind}.{'json' if kind in {'account', 'manifest'} else 'html'}" for kind in LINES]
TIDES = "mona-lab/tide-tables/tide-tables"
REEL, REEL_PAGE = "Lib-Works/reel/io.libworks.reel", "/Lib-Works/reel/packages/3104512"
MAVEN_LINES = ["account", "owner", "maven", "maven-versions", "maven-version", "graphql", "ids"]
MAVEN_LINES += ["versions-tagged", "versions-untagged", "manifest"]
PAGE = "/mona-lab/tide-tables/pkgs/container/tide-tables"
TAGGED = f"{PAGE}/versions?filters%5Bversion_type%5D=tagged&page=1"


@dataclass(frozen=True)
class Live:
    """`backage check --live`, run in this process in the instance's folder, where waiting takes no time."""

    instance: Instance
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Result:
        """Run it; anything but an exit code fails the test with its traceback."""
        self.instance.server.reset()
        self.monkeypatch.setattr(sys, "argv", ["backage", "check", "--live", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        for line in (out + err).splitlines():
            assert line.isprintable()
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
        return Result(ended.value.code, out, err)

    @property
    def server(self) -> StandinServer:
        """The small GitHub."""
        return self.instance.server

    def page(self, target: str) -> str:
        """Return a page as the server sends it."""
        return self.server.answer(Request("GET", target, {}, self.server.url)).body.decode()

    def serve(self, target: str, body: str) -> None:
        """Serve another page at an address."""
        kind = {"Content-Type": "text/html; charset=utf-8"}
        self.server.replies[target] = [Reply(200, kind, body.encode())] * ATTEMPTS

    def change(self, target: str, before: str, after: str, times: int = 1) -> None:
        """Replace a text that a page has so many times."""
        page = self.page(target)
        assert page.count(before) == times, page
        self.serve(target, page.replace(before, after))

    def version(self) -> str:
        """Return the address of the page of the version that is read."""
        package = self.server.world.owners[1].packages[0]
        today = self.server.world.today
        return f"{PAGE}/{max(package.tagged, key=lambda version: version.total(today)).id}"


@pytest.fixture
def live(instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Live:
    """Return the command, which reads the small GitHub."""

    @contextmanager
    def connect(settings: Settings, limits: Limits) -> Iterator[tuple[Client, None]]:
        assert (limits.jobs, limits.rate) == (1, 0)
        client = instance.client(settings, limits.max_requests)
        yield client, None
        client.close()

    for name in os.environ:
        if name.startswith(("GITHUB_", "BACKAGE_")):
            monkeypatch.delenv(name)
    today = {"BACKAGE_DATE": instance.server.world.today.isoformat()}
    for name, value in {**instance.server.environment(), **today}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("backage.cli.live.connect", connect)
    monkeypatch.chdir(instance.folder)
    return Live(instance, monkeypatch, capsys)


def read_table(result: Result) -> dict[str, tuple[str, str]]:
    """Return the table by kind of page: the verdict, and the rest of the line."""
    matches = (
        re.match(r"(agrees|disagrees|not read|none) +(\S+) +(.*)", line) for line in result.out.splitlines()
    )
    return {match[2]: (match[1], match[3]) for match in matches if match}


def find_wrong(result: Result) -> list[str]:
    """Return the kinds of pages that were not read or disagree."""
    return [kind for kind, (verdict, _) in read_table(result).items() if verdict in {"disagrees", "not read"}]


def test_all_pages_agree(live: Live) -> None:
    """A line for each page says where it is and what it says, in the order in which they were read."""
    result = live(TIDES)
    assert (result.code, result.err) == (0, ""), result.out
    table = read_table(result)
    assert list(table) == LINES
    assert [verdict for verdict, _ in table.values()] == ["agrees"] * len(LINES)
    said = {kind: re.split(r"  +", text)[0] for kind, (_, text) in table.items()}
    assert said["account"] == "mona-lab, a user, id 98765431"
    assert said["owner"] == "4 packages on one of 1 page"
    assert said["package"].endswith(" downloads, 30 days up to 2026-08-20")
    assert said["versions"] == "18 versions of 13 tagged and 5 untagged on one of 1 page"
    assert said["versions-tagged"] == "13 versions of 13 tagged and 5 untagged on one of 1 page"
    assert said["versions-untagged"] == "5 versions of 13 tagged and 5 untagged on one of 1 page"
    assert said["version"].endswith(" today")
    addresses = [text.rpartition(" ")[2].removeprefix(live.server.url) for _, text in table.values()]
    asked = [target for _, target in live.server.requests if not target.startswith("/token")]
    assert addresses == asked
    assert asked[4] == TAGGED
    assert result.out.endswith("\nAll 8 pages agree.\n")


@pytest.mark.parametrize(
    "name",
    [
        "Octo-Forge/beacon/beacon",
        "octo-forge/beacon/charts/beacon",
        "octo-forge/scratchpad/scratchpad",
        "octo-forge/beacon-client/beacon-client",
        "mona-lab/tide-tables-ruby/tide_tables",
        "paper-lantern/gateway/gateway",
    ],
)
def test_every_kind_of_package_agrees(live: Live, name: str) -> None:
    """In a list of several pages, without a repository, of another type, with deleted versions."""
    for _ in range(12):
        live.server.world.advance()
    live.monkeypatch.setenv("BACKAGE_DATE", live.server.world.today.isoformat())
    result = live(name)
    assert (result.code, find_wrong(result)) == (0, []), result.out


def test_a_package_without_tags_has_fewer_pages(live: Live) -> None:
    """They are not asked for, and nothing is missing."""
    result = live("Octo-Forge/beacon-client/beacon-client")
    table = read_table(result)
    assert (result.code, [kind for kind in table if table[kind][0] == "none"]) == (
        0,
        ["versions-tagged", "versions-untagged", "manifest"],
    )
    assert table["manifest"][1] == "npm versions have no manifest"
    assert result.out.endswith("\nAll 5 pages agree.\n")


@pytest.fixture
def maven(live: Live) -> Live:
    """Return the command with a token and an owner of Maven packages."""
    live.server.world.owners.append(maven_owner(live.server.world.today))
    live.monkeypatch.setenv("GITHUB_TOKEN", "secret")
    return live


@pytest.mark.parametrize("name", [REEL, f"{REEL}-core"])
@pytest.mark.parametrize(
    ("counters", "whose"), [("version", "its newest version's"), ("package", "the package's")]
)
def test_a_maven_package_agrees(
    maven: Live, name: str, counters: Literal["version", "package"], whose: str
) -> None:
    """Its pages and both APIs do, in a list of one page and of two, whosever counters its page shows."""
    maven.server.world.maven_counters = counters
    result = maven(name, "--keep", "kept")
    table = read_table(result)
    assert (result.code, list(table)) == (0, MAVEN_LINES), result.out
    assert [verdict for verdict, _ in table.values()] == ["agrees"] * 7 + ["none"] * 3
    assert table["versions-tagged"][1] == "versions of type maven have no tags"
    assert f" note: its counters are {whose}\n" in result.out
    assert result.out.endswith("\nAll 7 pages agree.\n")
    kept = {path.name for path in (maven.instance.folder / "kept").iterdir()}
    assert kept == {
        *("account.json", "owner.html", "maven.html", "maven-versions.html", "maven-version.html"),
        *("graphql.json", "ids.json"),
    }


def test_a_maven_package_without_a_token(maven: Live) -> None:
    """The APIs are not asked, and nothing is missing."""
    maven.monkeypatch.delenv("GITHUB_TOKEN")
    result = maven(REEL)
    assert (result.code, find_wrong(result)) == (0, []), result.out
    for kind in ("graphql", "ids"):
        verdict, text = read_table(result)[kind]
        assert (verdict, text.startswith("it needs a token (GITHUB_TOKEN) ")) == ("none", True)
    assert not [target for _, target in maven.server.requests if "graphql" in target or "per_page" in target]
    assert result.out.endswith("\nAll 5 pages agree.\n")


def test_a_token_that_may_not_read_a_maven_package(maven: Live) -> None:
    """The refusals are notes, not disagreements. Any other failure counts."""
    maven.server.world.graphql_forbidden.add("lib-works")
    maven.server.world.rest_forbidden.add("lib-works")
    result = maven(REEL)
    assert (result.code, find_wrong(result)) == (0, []), result.out
    assert result.out.count(" note: a job's token may not be allowed to read it\n") == 2
    assert read_table(result)["ids"][1].startswith("not allowed (status 403) ")
    maven.server.replies["/api/graphql"] = [Reply(500)] * ATTEMPTS
    assert find_wrong(maven(REEL)) == ["graphql"]


def test_pages_of_a_maven_package_that_differ(maven: Live) -> None:
    """A page of another version is found, and one without the dependency."""
    newest = maven.page(f"{REEL_PAGE}?version=1.2.0")
    maven.serve(f"{REEL_PAGE}?version=1.1.0", newest)
    result = maven(REEL)
    assert (result.code, find_wrong(result)) == (3, ["maven-version"])
    assert "the maven page has no dependency of its version" in result.out
    maven.serve(REEL_PAGE, newest.replace("&lt;dependency&gt;", ""))
    result = maven(REEL)
    assert (result.code, find_wrong(result)) == (3, ["maven", "maven-version"])
    assert "the maven page has no dependency to copy" in result.out


def test_a_maven_package_without_its_list(maven: Live) -> None:
    """The version is then the one on the package's page. Without that, none is requested."""
    maven.server.replies[f"{REEL_PAGE}/versions?page=1"] = [Reply(500)] * (2 * ATTEMPTS)
    result = maven(REEL)
    assert (result.code, find_wrong(result)) == (3, ["maven-versions"])
    assert read_table(result)["maven-version"][1].endswith("?version=1.2.0")
    maven.server.replies[REEL_PAGE] = [Reply(404, {}, b"<html>nothing here</html>")]
    result = maven(REEL)
    assert find_wrong(result) == ["maven", "maven-versions", "maven-version"]
    assert read_table(result)["maven-version"][1] == "not requested: no page names a version"


def test_counters_from_a_million_on(live: Live) -> None:
    """A version's page cuts them, and they agree with the exact ones of the list."""
    result = live("paper-lantern/gateway/gateway")
    assert result.code == 0, result.out
    assert re.match(r"about [0-9,]+0,000 downloads, ", read_table(result)["version"][1])


def test_a_package_on_a_later_page_of_the_list(live: Live) -> None:
    """The list is read on until it is found, and no further."""
    owner = live.server.world.owners[1]
    owner.packages += [replace(owner.packages[-1], name=f"more-{number}") for number in range(60)]
    result = live("mona-lab/first-light/more-30")
    assert result.code == 0, result.out
    listed = [target for _, target in live.server.requests if "tab=packages" in target]
    assert [target[-1] for target in listed] == ["1", "2"]
    assert read_table(result)["owner"][1].startswith("30 packages on one of 3 pages ")


def test_a_version_page_that_is_cut_short(live: Live) -> None:
    """It is named, and what came of it can be kept; the other pages are read and compared."""
    page = live.page(live.version())
    live.serve(live.version(), page[: len(page) // 2])
    result = live(TIDES, "--keep", "kept")
    assert (result.code, find_wrong(result)) == (3, ["version"])
    assert read_table(result)["version"] == (
        "not read",
        f"a page cut short  {live.server.url}{live.version()}",
    ) or (read_table(result)["version"][1].startswith("a page cut short "))
    kept = live.instance.folder / "kept"
    assert sorted(path.name for path in kept.iterdir()) == sorted(FILES)
    assert (kept / "version.html").read_text(encoding="utf-8") == page[: len(page) // 2]
    assert result.out.splitlines()[-4:] == [
        "1 of 8 pages could not be read or disagree.",
        f"To report this, open {REPORT}",
        "Paste the lines above and the output of these commands, and attach the files:",
        "    backage inspect kept/version.html",
    ]


def test_a_page_that_lacks_what_is_read_on_it(live: Live) -> None:
    """The thing is named; without a folder for the pages, the command says how to keep them."""
    live.change(live.version(), "Last week", "The week")
    result = live(TIDES)
    assert (result.code, find_wrong(result)) == (3, ["version"])
    assert read_table(result)["version"][1].startswith('the version page has no "Last week"  ')
    assert result.out.splitlines()[-1] == (
        f"A report needs these pages: run this again with --keep DIR, then open {REPORT}"
    )


def test_counts_that_do_not_add_up(live: Live) -> None:
    """Two lists that count differently are a disagreement, and the sentence has both."""
    live.change(TAGGED, "13 tagged", "15 tagged")
    result = live(TIDES)
    assert (result.code, find_wrong(result)) == (3, ["versions-tagged"])
    assert "    it has 13 rows, and by its heading 15\n" in result.out
    assert "    its heading says 15 tagged and 5 untagged, that of another list 13 tagged and 5" in result.out


def test_a_chart_of_yesterday_is_fine_and_one_of_last_week_is_not(live: Live) -> None:
    """Around midnight the pages may be a day behind."""
    for day, code in (("2026-08-21", 0), ("2026-08-19", 0), ("2026-08-22", 3)):
        result = live(TIDES, "--date", day)
        assert (result.code, find_wrong(result)) == (code, ["package"] if code else []), result.out
        assert "its daily counts end on 2026-08-20" in result.out


def test_what_is_missing_is_asked_for_by_other_ways(live: Live) -> None:
    """Without the API the list tells the owner's type, and without the lists the package's page a version."""
    live.server.replies["/api/*"] = [Reply(500)] * ATTEMPTS
    result = live(TIDES)
    assert (result.code, find_wrong(result)) == (3, ["account"]), result.out
    live.server.replies["/mona-lab?tab=*"] = [Reply(500)] * ATTEMPTS
    result = live(TIDES)
    assert (result.code, find_wrong(result)) == (3, ["owner"]), result.out
    assert read_table(result)["package"][1].endswith(PAGE)
    for filters in ("?page=1", "?filters*"):
        live.server.replies[f"/users/mona-lab/packages/container/tide-tables/versions{filters}"] = [
            Reply(500)
        ] * (2 * ATTEMPTS)
        live.server.replies[f"{PAGE}/versions{filters}"] = [Reply(500)] * (2 * ATTEMPTS)
    result = live(TIDES)
    assert find_wrong(result) == ["versions", "versions-tagged", "versions-untagged", "manifest"], result.out
    assert read_table(result)["manifest"] == ("not read", "not requested: no list names a version")


@pytest.mark.parametrize(
    ("name", "said", "pages"),
    [
        (
            "mona-lab/tides/tide-tables",
            "the package is in the repository tide-tables, not in tides",
            ["owner"],
        ),
        ("octo-forge/beacon/scratchpad", "the package is in no repository, not in beacon", ["owner"]),
    ],
)
def test_another_repository_than_the_one_that_was_asked_for(
    live: Live, name: str, said: str, pages: list[str]
) -> None:
    """The list says which, and its package is read."""
    result = live(name)
    assert (result.code, find_wrong(result)) == (3, pages)
    assert said in result.out


def test_a_list_that_loses_the_repository(live: Live) -> None:
    """The package's page leads to it, which is how a changed list is found out."""
    target = "/mona-lab?tab=packages&visibility=public&page=1"
    live.change(
        target, ' in <a class="Link--muted" href="/mona-lab/tide-tables">mona-lab/tide-tables</a>', ""
    )
    result = live(TIDES)
    assert (result.code, find_wrong(result)) == (3, ["package"])
    assert "its address names the repository tide-tables, the owner's list no repository" in result.out


def test_a_name_that_is_not_there(live: Live) -> None:
    """It says that the name may be wrong, before anybody reports GitHub's pages."""
    result = live("mona-lab/none/none")
    assert result.code == 3
    assert "    the package is not in it\n" in result.out
    assert "\nGitHub has no such package. Check the name first.\n" in result.out


def test_a_port_on_which_nobody_listens(live: Live) -> None:
    """The host is tried once, with its four attempts; nothing was read, and there is nothing to report."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    for name in ("GITHUB_SERVER_URL", "GITHUB_API_URL", "BACKAGE_GHCR_URL"):
        live.monkeypatch.setenv(name, url)
    began = live.instance.clock.now
    result = live(TIDES, "--keep", "kept")
    assert live.instance.clock.now - began < 11
    assert (result.code, find_wrong(result)) == (4, LINES)
    table = read_table(result)
    assert table["account"][1].startswith("no connection ")
    assert table["package"][1].startswith(
        f"not requested: {url.removeprefix('http://')} cannot be reached  http"
    )
    assert result.out.endswith(
        "None of these pages arrived. Check the network and the addresses, and try again.\n"
    )
    assert list((live.instance.folder / "kept").iterdir()) == []


def test_a_connection_that_breaks_costs_its_own_page(live: Live) -> None:
    """The host answers, so the others are read."""
    live.server.replies["/mona-lab?tab=*"] = [Reply(0)] * ATTEMPTS
    result = live(TIDES)
    assert (result.code, find_wrong(result)) == (3, ["owner"])


def test_pages_of_an_earlier_run_are_replaced(live: Live) -> None:
    """A page that was not read now has no file of an earlier run; files of other names stay."""
    kept = live.instance.folder / "a" / "b"
    assert live(TIDES, "--keep", "a/b").code == 0
    assert sorted(path.name for path in kept.iterdir()) == sorted(FILES)
    assert json.loads((kept / "account.json").read_bytes())["login"] == "mona-lab"
    assert json.loads((kept / "manifest.json").read_bytes())["schemaVersion"] == 2
    (kept / "notes.txt").write_text("mine")
    live.server.replies["/v2/*"] = [Reply(0)] * ATTEMPTS
    assert live(TIDES, "--keep", "a/b").code == 3
    assert sorted(path.name for path in kept.iterdir()) == sorted([*FILES[:-1], "notes.txt"])


def test_a_404_is_kept_too(live: Live) -> None:
    """It shows what came instead."""
    live.server.replies[live.version()] = [Reply(404, {}, b"<html>nothing here</html>")]
    result = live(TIDES, "--keep", "kept")
    assert find_wrong(result) == ["version"]
    assert (live.instance.folder / "kept" / "version.html").read_bytes() == b"<html>nothing here</html>"


def test_for_a_program(live: Live) -> None:
    """The same as JSON, with the files."""
    live.change(TAGGED, "13 tagged", "15 tagged")
    result = live(TIDES, "--json", "--keep", "kept")
    found = json.loads(result.out)
    assert (result.code, found["agree"], found["report"]) == (3, False, REPORT)
    assert [page["kind"] for page in found["pages"]] == LINES
    page = found["pages"][4]
    assert (page["verdict"], page["url"], page["file"]) == (
        "disagrees",
        live.server.url + TAGGED,
        "kept/versions-tagged.html",
    )
    assert page["findings"][0] == {"text": "it has 13 rows, and by its heading 15", "disagrees": True}


def test_the_summary_of_a_job(live: Live) -> None:
    """It has the table, in which nothing is a link or a mention."""
    live.monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    live.change(live.version(), "Last week", "The week")
    live(TIDES)
    summary = (live.instance.folder / "summary.md").read_text(encoding="utf-8")
    assert f'| not read | version | `the version page has no "Last week" {live.server.url}' in summary
    assert summary.count("| agrees |") == len(LINES) - 1
    assert summary.endswith("|\n\n1 of 8 pages could not be read or disagree.\n")


HOSTILE = "/mona-lab/\x1b]0;x\x07##[error]::x/pkgs/container/tide-tables"


def test_nothing_of_a_page_steers_the_terminal(live: Live) -> None:
    """An address to which a page leads is shown without what a terminal or a log would obey."""
    live.server.replies["/mona-lab/%1B*"] = [Reply(200, {}, live.page(PAGE).encode())] * 2
    for form in ([], ["--json"]):
        live.server.replies[PAGE] = [Reply(302, {"Location": HOSTILE})]
        result = live(TIDES, *form)
        assert (result.code, result.out.count("]0;x")) == (3, 2), result.out
        assert "its address names the repository " in result.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mona-lab"], "--live needs the name of a package: backage check --live OWNER/REPO/PACKAGE."),
        (["mona-lab/tide-tables"], "--live needs the name of a package"),
        (["mona-lab/../x"], "is not owner, owner/repo or owner/repo/package."),
        ([TIDES, "--keep", "file"], "Cannot keep the pages: file: File exists"),
        ([TIDES, "--keep", "file/below"], "Cannot keep the pages: file/below: Not a directory"),
        ([TIDES, "--rate", "-1"], "Invalid value for '--rate'"),
        ([TIDES, "--date", "today"], "Invalid value for '--date'"),
        ([TIDES, "--optout", "optout.txt"], "This package is opted out."),
    ],
)
def test_wrong_usage(live: Live, arguments: list[str], sentence: str) -> None:
    """One sentence, exit code 2, and no request."""
    (live.instance.folder / "file").write_text("mine")
    if "--optout" in arguments:
        (live.instance.folder / "optout.txt").write_text("mona-lab/tide-tables\n")
    result = live(*arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert live.server.requests == []
    assert (live.instance.folder / "file").read_text() == "mine"


@pytest.mark.parametrize("option", [["--keep", "kept"], ["--date", "2026-08-20"], ["--rate", "1"]])
def test_options_of_live_need_it(live: Live, option: list[str]) -> None:
    """They are refused without it if they were typed, not if a variable sets them."""
    live.monkeypatch.setattr(sys, "argv", ["backage", "check", TIDES, *option])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert f"backage: {option[0]} needs --live.\n" in live.capsys.readouterr().err
    live.monkeypatch.setattr(sys, "argv", ["backage", "check", TIDES])
    with pytest.raises(SystemExit):
        main()
    assert "history.db does not exist" in live.capsys.readouterr().err
    assert not (live.instance.folder / "kept").exists()


def test_a_long_list_does_not_run_away(live: Live) -> None:
    """A package that is not in it costs 30 pages of it, and the others are asked for all the same."""
    owner = live.server.world.owners[1]
    owner.packages += [replace(owner.packages[-1], name=f"more-{number}") for number in range(1200)]
    result = live("mona-lab/none/none")
    listed = [target for _, target in live.server.requests if "tab=packages" in target]
    assert len(listed) == 30
    assert len(live.server.requests) < REQUESTS
    assert read_table(result)["versions"][1].startswith("not found ")
