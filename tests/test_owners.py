import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage.owners import (
    BadLine,
    Entry,
    OptOut,
    append_owners,
    compare_lines,
    is_login,
    merge,
    parse_entry,
    parse_optout,
    parse_owners,
    parse_request,
    show_line,
    split_lines,
)
from backage.urls import is_package, is_repo

BAD_NAMES = [
    "x" * 40,
    "-rf",
    "_x",
    "../../x",
    "..",
    ".",
    "$(id)",
    "`id`",
    "a b",
    "a\tb",
    "a;b",
    "a?b",
    "a%2Fb",
    "a.b",
    "::set-output",
    "::set-output name=x::y",
    "nul\0",
    "\x1b[31mred",
    "ipіtio",  # noqa: RUF001 (a Cyrillic letter, and so no such login)
    "grün",
    "１２",  # noqa: RUF001 (digits of full width)
    "a\u202eb",
    "a\x85b",
    "a\u2028b",
    "a\rb",
    "https://github.com/acme",
    "@acme",
    "/",
]


@pytest.mark.parametrize("name", ["a", "0", "acme", "Acme-Corp", "a--b", "acme_emu", "trailing-", "x" * 39])
def test_login(name: str) -> None:
    """Letters, digits and hyphens, up to 39, make a login; old accounts and managed users have their ways."""
    assert is_login(name)
    assert parse_owners(name) == ([Entry(name)], [])


@pytest.mark.parametrize("name", ["", "a\n", *BAD_NAMES])
def test_no_login(name: str) -> None:
    """Nothing else is a login."""
    assert not is_login(name)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_line_is_skipped(name: str) -> None:
    """A line that is no owner is reported with its number, and the others are read."""
    entries, (bad,) = parse_owners(f"acme\n{name}\nother\n")
    assert entries == [Entry("acme"), Entry("other")]
    assert bad.number == 2
    assert bad.reason.endswith(" is not the name of a GitHub user or organization")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_line_is_quoted_safely(name: str) -> None:
    """A report of a stranger's line is one printable line that begins with a quote."""
    _, (bad,) = parse_owners(name)
    assert bad.reason.startswith('"')
    assert bad.reason.isprintable()


def test_comments_and_blanks() -> None:
    """Comments, blank lines and blanks around a name are not read, but counted as lines."""
    text = "# owners\n\n  acme \t\n\t\nother # a comment\n#x\n  # y\nbad name\n"
    assert parse_owners(text) == (
        [Entry("acme"), Entry("other")],
        [BadLine(8, '"bad name" is not the name of a GitHub user or organization')],
    )
    assert parse_owners("") == parse_owners("\n\n# nobody") == ([], [])


@pytest.mark.parametrize("text", ["acme\r\nother\r\n", "\ufeffacme\nother", "\ufeffacme\r\nother\r\n\r\n"])
def test_files_from_windows(text: str) -> None:
    """Other line ends and a byte order mark are no part of a name."""
    assert parse_owners(text) == ([Entry("acme"), Entry("other")], [])


def test_ids() -> None:
    """A line may say the owner's number before its name."""
    assert parse_owners("75936191/FlareSolverr\nacme") == (
        [Entry("FlareSolverr", 75_936_191), Entry("acme")],
        [],
    )


@pytest.mark.parametrize(
    "line",
    ["/acme", "acme/", "acme/tools", "-1/acme", "1.5/acme", "１/acme", "1/2/acme", f"{'9' * 19}/acme"],  # noqa: RUF001
)
def test_bad_ids(line: str) -> None:
    """What stands before a name is a number, or the line is skipped."""
    entries, bad = parse_owners(line)
    assert (entries, [item.number for item in bad]) == ([], [1])


def test_duplicates() -> None:
    """A name is kept once, as it was first written; case makes no difference."""
    assert parse_owners("Acme\nother\nacme\nACME\nOther") == ([Entry("Acme"), Entry("other")], [])


def test_a_line_of_a_megabyte() -> None:
    """A huge line is skipped like any other, and quoted in part."""
    entries, (bad,) = parse_owners("x" * 1_000_000 + "\nacme")
    assert entries == [Entry("acme")]
    assert len(bad.reason) < 150
    assert "…" in bad.reason
    _, (bad,) = parse_optout("acme/" + "x" * 1_000_000)
    assert len(bad.reason) < 150


@given(st.text())
def test_whatever_the_file_says(text: str) -> None:
    """Whatever strangers write, what is read is logins that differ, and what is reported is printable."""
    entries, bad = parse_owners(text)
    assert all(is_login(entry.login) for entry in entries)
    assert len({entry.login.lower() for entry in entries}) == len(entries)
    assert all(line.reason.isprintable() for line in bad)


def test_merge() -> None:
    """Logins that are not listed yet come at the end, and listed ones keep their number."""
    listed = [Entry("Acme", 2), Entry("other")]
    assert merge(listed, ["me", "acme", "ME"]) == [*listed, Entry("me")]
    assert merge([], []) == []


def test_optout_owner() -> None:
    """An owner's line takes out the owner with all its packages, without regard to case."""
    optout, bad = parse_optout("Acme\n")
    assert (optout, bad) == (OptOut(frozenset({("acme",)})), [])
    assert optout.owner("ACME")
    assert optout.package("aCme", "any", "thing")
    assert not optout.owner("acme2")
    assert not optout.package("acm", "any", "thing")


def test_optout_repo() -> None:
    """A repository's line takes out its packages, and not the owner's others."""
    optout, bad = parse_optout("acme/Tools")
    assert bad == []
    assert not optout.owner("acme")
    assert optout.package("ACME", "tOOLS", "widget")
    assert not optout.package("acme", "tools2", "widget")
    assert not optout.package("other", "tools", "widget")


@pytest.mark.parametrize(
    "line",
    [
        "acme/tools/charts/widget",
        "acme/tools/charts%2Fwidget",
        "acme/tools/charts%2fwidget",
        "ACME/Tools/Charts/Widget",
        "  acme/tools/charts/widget  # by mail\r",
    ],
)
def test_optout_package(line: str) -> None:
    """A package's line takes out that package alone, whether its slash is escaped or not."""
    optout, bad = parse_optout(line)
    assert bad == []
    assert optout.package("acme", "tools", "charts%2Fwidget")
    assert optout.package("Acme", "TOOLS", "Charts%2FWidget")
    assert not optout.package("acme", "tools", "charts")
    assert not optout.package("acme", "tools", "charts%2Fwidget2")
    assert not optout.package("acme", "toys", "charts%2Fwidget")
    assert not optout.owner("acme")


def test_optout_unlinked_package() -> None:
    """A package of no repository is named by its own name twice, as it stands in the index."""
    optout, bad = parse_optout("acme/charts%2Fwidget/charts%2Fwidget")
    assert bad == []
    assert optout.package("acme", "charts%2Fwidget", "charts%2Fwidget")


def test_optout_is_matched_whole() -> None:
    """Nothing in a line is a pattern."""
    optout, bad = parse_optout("acme/tools/w.dget\nacme/.-_\n")
    assert bad == []
    assert not optout.package("acme", "tools", "widget")
    assert optout.package("acme", "tools", "w.dget")


@pytest.mark.parametrize(
    "line",
    [
        *(name for name in BAD_NAMES if "/" not in name),
        "acme/",
        "/acme",
        "acme//widget",
        "acme/..",
        "acme/../..",
        "acme/tools/..",
        "acme/tools/../../x",
        "acme/tools/%2e%2e",
        "acme/tools/a%00b",
        "acme/tools/",
        "acme/tools/a\\b",
        "https://github.com/acme",
    ],
)
def test_optout_bad_line(line: str) -> None:
    """A line of no such form takes nobody out, and is reported with its number."""
    optout, bad = parse_optout(f"\ufeff# by mail\r\n{line}\r\nother\r\n")
    assert optout == OptOut(frozenset({("other",)}))
    assert [item.number for item in bad] == [2]
    assert bad[0].reason.isprintable()
    assert bad[0].reason.endswith(" is not owner, owner/repo or owner/repo/package")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_the_optout_says(text: str) -> None:
    """Whatever strangers write, what is read is one to three names that are safe in a path."""
    optout, bad = parse_optout(text)
    for login, *names in optout.entries:
        assert is_login(login)
        assert len(names) <= 2
        assert all(is_repo(name) or is_package(name.replace("%2f", "%2F").upper()) for name in names)
    assert all(line.reason.isprintable() for line in bad)


def test_nobody_opted_out() -> None:
    """Without lines nobody is taken out."""
    optout, bad = parse_optout("# nobody yet\n")
    assert (optout, bad) == (OptOut(), [])
    assert not optout.owner("acme")
    assert not optout.package("acme", "tools", "widget")


# --- a change of the lists --------------------------------------------------------------------


@pytest.mark.parametrize(("line", "entry"), [("acme", Entry("acme")), ("5/Acme", Entry("Acme", 5))])
def test_an_entry_and_its_line(line: str, entry: Entry) -> None:
    """A line is read as an entry, which is written as that line."""
    assert parse_entry(line) == entry
    assert entry.line == line


@pytest.mark.parametrize("line", ["", "5/", "/acme", *BAD_NAMES])
def test_no_entry(line: str) -> None:
    """What is neither a name nor an id and a name is no entry."""
    assert parse_entry(line) is None


@pytest.mark.parametrize(
    ("lines", "base", "added", "stayed", "removed"),
    [
        ("ab", "ab", "", "ab", ""),
        ("ba", "ab", "", "ba", ""),
        ("abc", "ab", "c", "ab", ""),
        ("b", "ab", "", "b", "a"),
        ("aab", "ab", "a", "ab", ""),
        ("A", "a", "A", "", "a"),
        ("", "aab", "", "", "aab"),
        ("xx", "", "xx", "", ""),
    ],
)
def test_compare(lines: str, base: str, added: str, stayed: str, removed: str) -> None:
    """Lines are compared as they are written, and a second one of a kind is one more."""
    assert compare_lines(list(lines), list(base)) == (list(added), list(stayed), list(removed))


def test_lines_without_comments() -> None:
    """A comment and blanks make no difference."""
    assert split_lines("# who\n\n a \r\nb # why\n#\n") == ["a", "b"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"5/new\nnewer\n"),
        (b"acme\n", b"acme\n5/new\nnewer\n"),
        (b"acme", b"acme\n5/new\nnewer\n"),
        (b"# one\r\nacme\r\n", b"# one\r\nacme\r\n5/new\r\nnewer\r\n"),
        (b"one\r\nacme", b"one\r\nacme\r\n5/new\r\nnewer\r\n"),
        (
            b"\xef\xbb\xbfacme # \xff\x00\n\n\n# end",
            b"\xef\xbb\xbfacme # \xff\x00\n\n\n# end\n5/new\nnewer\n",
        ),
    ],
)
def test_append(before: bytes, after: bytes) -> None:
    """New lines end as the file's others do, and what is there is kept to the byte."""
    assert append_owners(before, [Entry("new", 5), Entry("newer")]) == after


# --- the request of an issue ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("### Owners\n\nacme\nother\n", ["acme", "other"]),
        ("### Owners\r\n\r\nacme\r\n\r\n### Why\r\n\r\nthey are good\r\n", ["acme"]),
        ("### Why\n\nnot me\n\n### Owners\n\nacme", ["acme"]),
        ("### Owner\n\nacme", []),
        ("### owners of things\n\nacme", []),
        ("\ufeff### Owners\nacme", ["acme"]),
        ("acme\n\n  other  \n", ["acme", "other"]),
        ("- acme\n* @other\n-  third", ["acme", "other", "third"]),
        (
            "https://github.com/acme\n@https://github.com/other/\n- https://github.com/third",
            ["acme", "other", "third"],
        ),
        (
            "https://github.com/acme/tools\nhttps://example.com/acme",
            ["acme/tools", "https://example.com/acme"],
        ),
        ("a b\na,b\n5/acme\n-rf", ["a b", "a,b", "5/acme", "-rf"]),
        ("### Owners\n\n_No response_\n\n### Why\n\n_No response_", []),
        ("nul\0\n\0", ["nul\0", "\0"]),
        ("", []),
        ("-\n@\n\n", ["-"]),
    ],
)
def test_request(text: str, names: list[str]) -> None:
    """A request has an owner a line under its heading; the decoration in front goes, nothing is split."""
    assert parse_request(text) == names


def test_a_request_of_a_megabyte() -> None:
    """A huge line is one candidate, and many lines are many."""
    assert parse_request("### Owners\n" + "x" * 1_000_000) == ["x" * 1_000_000]
    assert len(parse_request("x\n" * 100_000)) == 100_000


@given(st.text())
def test_whatever_the_request_says(text: str) -> None:
    """Whatever strangers write, each candidate is one line, and not blank."""
    for name in parse_request(text):
        assert name.strip(" \t")
        assert "\n" not in name


# --- a line in a log --------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["acme", "5/acme", "acme/tools/charts", "x" * 60])
def test_a_plain_line_is_shown_as_it_is(line: str) -> None:
    """Letters, digits and the marks of names need no quotes."""
    assert show_line(line) == line


@pytest.mark.parametrize(
    "line", ["", "x" * 61, *(name for name in BAD_NAMES if name not in {"x" * 40, "a.b"})]
)
def test_any_other_line_is_shown_in_quotes(line: str) -> None:
    """What could be anything is quoted, printable and short."""
    shown = show_line(line)
    assert shown.startswith('"')
    assert shown.endswith('"')
    assert shown.isprintable()
    assert len(shown) <= 63


@pytest.mark.parametrize("line", ["##[add-mask]x", "a ##[group]", "###[error]", "#\0##[x]", "##[##[x]##["])
def test_no_line_is_a_command_of_the_runner(line: str) -> None:
    """Actions obeys `##[command]` anywhere in a line of the log."""
    assert "##[" not in show_line(line)


@given(st.text())
def test_whatever_line_is_shown(text: str) -> None:
    """Whatever strangers write, it fits into a line and is no command."""
    shown = show_line(text)
    assert shown.isprintable()
    assert len(shown) <= 63
    assert "##[" not in shown
    assert not shown.lstrip().startswith("::")
