"""Every verdict on a line of owners.txt and optout.txt, and what it costs."""

from collections.abc import Sequence

import pytest

from backage.owners import Entry, parse_optout
from backage.pipeline.verdicts import CheckedLine, check_optout, check_owners
from backage.standin.model import Owner, Package
from backage.standin.transport import Reply
from tests.conftest import Instance
from tests.support.hostile import HOSTILE

FORGE_ID, LAB_ID = 134_217_801, 98_765_431
WRITTEN = [
    *HOSTILE,
    "mona-lab\0",
    "mona-lab\r",
    "\ufeffmona-lab",
    "https://github.com/mona-lab",
    "@mona-lab",
    "1/2/mona-lab",
]


def check(
    instance: Instance,
    *lines: str,
    existing: Sequence[str] = (),
    optout: str = "",
    requests: int = 200,
    token: str | None = "token",  # noqa: S107 (the stand-in takes any)
) -> list[CheckedLine]:
    """Check lines against the small GitHub, whose requests are counted from now on."""
    instance.server.reset()
    settings = instance.settings(token)
    client = instance.client(settings, requests)
    opted_out, _ = parse_optout(optout)
    rows = check_owners(
        client, settings, lines, existing=existing, optout=opted_out, jobs=4, max_owners=requests
    )
    client.close()
    return rows


def verdicts(rows: list[CheckedLine]) -> list[tuple[str, str]]:
    """Give the verdicts with their details."""
    return [(row.verdict, row.detail) for row in rows]


def cost(instance: Instance) -> int:
    """Count what the last check asked for."""
    return len(instance.server.requests)


# --- asking GitHub ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (
            "mona-lab",
            CheckedLine("mona-lab", "fine", f"4 packages, id {LAB_ID}", Entry("mona-lab", LAB_ID), 4),
        ),
        (
            "octo-FORGE",
            CheckedLine("octo-FORGE", "fine", f"6 packages, id {FORGE_ID}", Entry("Octo-Forge", FORGE_ID), 6),
        ),
        (
            f"{LAB_ID}/mona-lab",
            CheckedLine(
                f"{LAB_ID}/mona-lab", "fine", f"4 packages, id {LAB_ID}", Entry("mona-lab", LAB_ID), 4
            ),
        ),
    ],
)
def test_a_fine_owner(instance: Instance, line: str, row: CheckedLine) -> None:
    """The API tells the id and the spelling, the list how many packages it shows: two requests."""
    assert check(instance, line) == [row]
    assert cost(instance) == 2


def test_an_owner_of_many_packages(instance: Instance) -> None:
    """The first page of the list is enough."""
    forge = instance.server.world.owners[0]
    versions = forge.packages[0].versions
    forge.packages = [Package("container", f"image-{number}", None, versions) for number in range(36)]
    assert verdicts(check(instance, "octo-forge")) == [
        ("fine", f"30 packages on the first of 2 pages, id {FORGE_ID}")
    ]
    assert cost(instance) == 2


def test_an_unknown_owner(instance: Instance) -> None:
    """Neither the API nor the site knows it; the site may know where a former login leads."""
    assert verdicts(check(instance, "nobody")) == [("unknown", "GitHub knows no such user or organization")]
    assert cost(instance) == 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, {"Location": "/login?return_to=x"}),
        Reply(302, {"Location": "https://docs.example"}),
        Reply(200, {}, b"<html>ours</html>"),
    ],
)
def test_a_page_of_githubs_own_is_no_owner(instance: Instance, reply: Reply) -> None:
    """The site shows something at /settings or /features, and the API knows no such account."""
    instance.server.replies["/settings?tab=packages*"] = [reply]
    assert verdicts(check(instance, "settings")) == [("unknown", "GitHub knows no such user or organization")]


@pytest.mark.parametrize("kind", ["users", "orgs"])
def test_no_public_packages(instance: Instance, kind: str) -> None:
    """An account whose list is empty is not worth a line."""
    instance.server.world.owners.append(Owner("empty", 7, "orgs" if kind == "orgs" else "users"))
    assert verdicts(check(instance, "empty")) == [("no public packages", "")]
    assert cost(instance) == 2


def test_a_maven_package_is_a_package(instance: Instance) -> None:
    """It has a number for an address."""
    row = b'<h3>1 package</h3><a title="org.example.old" href="/mona-lab/old/packages/123">old</a>'
    page = b'<div id="user-packages-list">' + row + b"</div></html>"
    instance.server.replies["/mona-lab?tab=packages*"] = [Reply(200, {}, page)]
    assert verdicts(check(instance, "mona-lab")) == [("fine", "1 package, id 98765431")]


@pytest.mark.parametrize("place", [0, 1], ids=["organization", "user"])
def test_a_renamed_owner(instance: Instance, place: int) -> None:
    """The site leads on from the old login: the line has to say the new one."""
    owner = instance.server.world.owners[place]
    old = owner.login
    owner.rename("new-name")
    (row,) = check(instance, old)
    assert row == CheckedLine(old, "renamed", "write new-name")
    assert verdicts(check(instance, old, existing=["NEW-name"])) == [("already there", "as NEW-name")]
    assert verdicts(check(instance, old, optout="New-Name")) == [("opted out", "as new-name")]
    assert verdicts(check(instance, old, token=None)) == [("renamed", "write new-name")]


def test_an_id_of_another_account(instance: Instance) -> None:
    """The id that GitHub has for the login is told."""
    assert verdicts(check(instance, "5/mona-lab", f"{LAB_ID}/octo-forge", "0/mona-lab")) == [
        ("bad name", f"the id of mona-lab is {LAB_ID}"),
        ("bad name", f"the id of Octo-Forge is {FORGE_ID}"),
        ("bad name", f"the id of mona-lab is {LAB_ID}"),
    ]
    assert cost(instance) == 4


# --- without asking ---------------------------------------------------------------------------


@pytest.mark.parametrize("line", WRITTEN)
def test_a_bad_name_costs_nothing(instance: Instance, line: str) -> None:
    """What is no login reaches no address, and is shown short, printable and in quotes."""
    (row,) = check(instance, line)
    assert (row.verdict, row.entry) == ("bad name", None)
    assert (row.line[0] == '"') == (line not in {"x" * 40, "1/2/mona-lab"})
    assert row.line.isprintable()
    assert len(row.line) <= 63
    assert cost(instance) == 0


@pytest.mark.parametrize(
    ("line", "there", "detail"),
    [
        ("mona-lab", "mona-lab", ""),
        ("MONA-lab", "mona-lab", "as mona-lab"),
        ("mona-lab", "5/mona-lab", "as 5/mona-lab"),
        ("5/mona-lab", "mona-lab", "as mona-lab"),
        ("5/other", "5/mona-lab", "as 5/mona-lab"),
    ],
)
def test_an_owner_that_is_there_costs_nothing(instance: Instance, line: str, there: str, detail: str) -> None:
    """The same login, in whatever case, or the same id is the same owner."""
    assert verdicts(check(instance, line, existing=["a b", there])) == [("already there", detail)]
    assert cost(instance) == 0


def test_an_owner_that_is_there_under_its_former_login(instance: Instance) -> None:
    """The id that the API tells says so."""
    assert verdicts(check(instance, "mona-lab", existing=[f"{LAB_ID}/mona-sea"])) == [
        ("already there", f"as {LAB_ID}/mona-sea")
    ]


def test_an_owner_named_twice_is_asked_for_once(instance: Instance) -> None:
    """The first line that is right stands; one that is wrong takes nothing from those after it."""
    rows = check(instance, "5/mona-lab", "Mona-Lab", "mona-lab", f"{LAB_ID}/mona-lab", "nobody", "NOBODY")
    assert [row.verdict for row in rows] == [
        "bad name",
        "fine",
        "already there",
        "already there",
        "unknown",
        "unknown",
    ]
    assert rows[2].detail == f"as {LAB_ID}/mona-lab"
    assert cost(instance) == 2 + 3


def test_who_opted_out_costs_nothing(instance: Instance) -> None:
    """Even where it is in the list."""
    assert verdicts(check(instance, "Mona-Lab", "5/mona-lab", existing=["mona-lab"], optout="mona-LAB")) == [
        ("opted out", ""),
        ("opted out", ""),
    ]
    assert cost(instance) == 0


@pytest.mark.parametrize("optout", ["mona-lab/tide-tables", "MONA-LAB/tide-tables/tide-tables"])
def test_who_opted_out_in_part_is_fine(instance: Instance, optout: str) -> None:
    """It is said."""
    assert verdicts(check(instance, "mona-lab", optout=optout)) == [
        ("fine", f"4 packages, id {LAB_ID}, partly opted out")
    ]


# --- what cannot be checked -------------------------------------------------------------------


def test_a_spent_budget(instance: Instance) -> None:
    """What is beyond is not asked for, and judged where nobody need be asked."""
    rows = check(instance, "mona-lab", "octo-forge", "paper-lantern", "a b", "x1", "x2", requests=2)
    assert cost(instance) == 2
    assert ("not checked", "the budget of 2 requests is spent") in verdicts(rows)
    assert [row.verdict for row in rows[2:]] == ["not checked", "bad name", "not checked", "not checked"]


def test_a_budget_is_spent_in_the_order_of_the_lines(instance: Instance) -> None:
    """Those first in the file are checked to their end."""
    rows = check(instance, "mona-lab", "octo-forge", "paper-lantern", requests=5)
    assert [row.verdict for row in rows] == ["fine", "fine", "not checked"]


def test_a_hundred_thousand_lines(instance: Instance) -> None:
    """They cost no more than the budget."""
    rows = check(instance, *(f"user-{number}" for number in range(100_000)), requests=3)
    assert len(rows) == 100_000
    assert cost(instance) == 3
    assert rows[-1] == CheckedLine("user-99999", "not checked", "the budget of 3 requests is spent")


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/mona-lab?*", 500, "the server failed (status 500)"),
        ("/mona-lab?*", 403, "not allowed (status 403)"),
        ("/mona-lab?*", 404, "not found (missing, private or renamed)"),
        ("/mona-lab?*", 200, "the owner page has no list of packages"),
        ("/api/v3/users/mona-lab", 200, "the account page has no JSON object"),
    ],
)
def test_a_host_that_fails(instance: Instance, path: str, status: int, reason: str) -> None:
    """An account that is there, and whose list cannot be read, is neither right nor wrong."""
    instance.server.replies[path] = [Reply(status, {}, b"<html>what</html>")] * 9
    rows = check(instance, "mona-lab", "octo-forge")
    assert verdicts(rows)[0] == ("not checked", reason)
    assert rows[1].verdict == "fine"


def test_a_site_that_fails_where_the_api_knows_nobody(instance: Instance) -> None:
    """It may be a former login: nothing is certain."""
    instance.server.replies["/orgs/nobody/*"] = [Reply(500)] * 9
    assert verdicts(check(instance, "nobody")) == [("not checked", "the server failed (status 500)")]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_without_the_api(instance: Instance, status: int) -> None:
    """Which list there is tells that an owner is there; an id in the line cannot be checked."""
    instance.server.replies["/api/*"] = [Reply(status)] * 99
    rows = check(instance, "mona-lab", "octo-forge", f"{LAB_ID}/mona-lab", "nobody", "5/paper-lantern")
    assert verdicts(rows) == [
        ("fine", "4 packages, id not known yet"),
        ("fine", "6 packages, id not known yet"),
        ("already there", "as mona-lab"),
        ("unknown", "GitHub knows no such user or organization"),
        ("not checked", "the API does not tell its id"),
    ]
    assert (rows[0].entry, rows[1].entry) == (Entry("mona-lab"), Entry("Octo-Forge"))


def test_the_calls_of_an_hour_are_not_exceeded(instance: Instance) -> None:
    """Without a token the API is left alone once it refused, and the lists tell the rest."""
    instance.server.api_limit = 1
    rows = check(instance, "octo-forge", "mona-lab", "paper-lantern", token=None)
    assert [row.verdict for row in rows] == ["fine"] * 3
    assert sum(row.entry is not None and row.entry.id is not None for row in rows) == 1
    assert check(instance, "mona-lab", token=None)[0].verdict == "fine"
    assert cost(instance) == 2


# --- optout.txt -------------------------------------------------------------------------------


def test_lines_of_the_optout() -> None:
    """They are names, each once, in whatever case and spelling."""
    lines = ["Acme", "acme/tools", "acme/tools/a%2fb", "ACME", "acme/Tools/a/b", "acme/..", "a b", "acme/x"]
    rows = check_optout(lines, existing=["ACME/X", "a b"])
    assert [row.verdict for row in rows] == [
        "fine",
        "fine",
        "fine",
        "already there",
        "already there",
        "bad name",
        "bad name",
        "already there",
    ]
    assert all(row.line.isprintable() for row in rows)


@pytest.mark.parametrize("line", [line for line in WRITTEN if "/" not in line])
def test_bad_lines_of_the_optout(line: str) -> None:
    """They are shown as those of the owners are."""
    (row,) = check_optout([line], existing=[])
    assert (row.verdict, row.detail) == ("bad name", "not owner, owner/repo or owner/repo/package")
    assert len(row.line) <= 63
