"""A package as somebody published it: read as far as it can be, or refused in a sentence."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backage.errors import SourceError
from backage.models.history import Downloads, Owner, Package, PackageDay, Published, Version
from backage.owners import is_login
from backage.parse.published import OLDEST, parse_flat, parse_published
from backage.urls import is_package, is_repo

TODAY = date(2026, 8, 20)
NAME = "sha256:" + "ab" * 32

OLD_FORM: dict[str, Any] = {
    "owner_type": "orgs",
    "package_type": "container",
    "owner_id": "134217801",
    "owner": "Octo-Forge",
    "repo": "lighthouse",
    "package": "charts%2Fbeacon",
    "date": "2026-08-19",
    "size": "36.8 kB",
    "versions": "3",
    "tagged": "1",
    "owner_rank": "1",
    "repo_rank": "1",
    "downloads": "3k",
    "downloads_month": "-1",
    "downloads_week": "7",
    "downloads_day": "-1",
    "raw_size": 36843,
    "raw_versions": 3,
    "raw_tagged": 1,
    "raw_owner_rank": 1,
    "raw_repo_rank": 1,
    "raw_downloads": 3039,
    "raw_downloads_month": -1,
    "raw_downloads_week": "7",
    "raw_downloads_day": "-1",
    "version": [
        {
            "id": 12,
            "name": NAME,
            "date": "2026-08-18",
            "newest": True,
            "latest": True,
            "size": "36.8 kB",
            "downloads": "2k",
            "raw_size": 36843,
            "raw_downloads": 2000,
            "raw_downloads_month": 50,
            "raw_downloads_week": "7",
            "raw_downloads_day": -1,
            "tags": ["latest", "v2"],
        },
        {
            "id": "11",
            "name": "1.0.0",
            "date": "2026-08-19",
            "raw_size": -1,
            "raw_downloads": "1039",
            "raw_downloads_month": "-1",
            "tags": [""],
        },
    ],
}
"""As an index of the older form has it."""

FLAT_ROW: dict[str, Any] = {
    "owner_type": "orgs",
    "package_type": "container",
    "owner_id": "134217801",
    "owner": "Octo-Forge",
    "repo": "lighthouse",
    "package": "beacon",
    "date": "2026-08-18",
    "size": "36843",
    "downloads": "100",
    "downloads_month": "-1",
    "downloads_week": "7",
    "downloads_day": "",
}
"""As a database of the flat form has it."""

OWN_FORM = b"""{"owner_type":"users","package_type":"npm","owner_id":7,"owner":"mona-lab","repo":"buoy",
"package":"buoy","date":"2026-08-20","raw_size":500,"raw_versions":1,"raw_tagged":0,"raw_downloads":12,
"raw_downloads_month":12,"raw_downloads_week":7,"raw_downloads_day":2,"version":[
{"id":5,"name":"1.0.0","date":"2026-08-20","size":"500 Bytes","raw_size":500,"raw_downloads":12,
"raw_downloads_month":12,"raw_downloads_week":7,"raw_downloads_day":2,"tags":[],
"sizes":{"linux/amd64":500,"linux/arm64":-1}}
]}"""
TABLE = b"""date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged
2026-08-17,,,,,,,
2026-08-18,8,8,3,1,500,1,0
2026-08-19,10,10,5,2,500,1,0
2026-08-20,11,11,6,1,,1,0
"""
OWN_DAY = PackageDay(TODAY, Downloads(12, 12, 7, 2), 500, 1, 0)


def read(table: bytes = b"", **changes: object) -> Published:
    """Read the older form with some of its values changed."""
    return parse_published(json.dumps({**OLD_FORM, **changes}).encode(), table, TODAY)


def read_version(**entry: object) -> Published:
    """Read the older form with one version, of which some values are changed."""
    return read(version=[{"id": 1, "name": "1.0.0", **entry}])


def flat_row(**changes: object) -> dict[str, Any]:
    """Return the row of the flat form with some of its values changed."""
    return FLAT_ROW | changes


def flat_version(number: object, day: object, total: object, **changes: object) -> dict[str, Any]:
    """Make a row of the flat form's versions."""
    name = f"1.{number}.0"
    return {"id": number, "name": name, "date": day, "downloads": total, "tags": "v1,latest", **changes}


# --- the older form ---------------------------------------------------------------------------


def test_the_older_form() -> None:
    """Ids as text, minus one for unknown in texts and numbers, one empty tag for none."""
    assert read() == Published(
        Owner("Octo-Forge", "orgs", 134217801),
        Package("container", "charts%2Fbeacon", "lighthouse"),
        date(2026, 8, 19),
        (PackageDay(date(2026, 8, 19), Downloads(3039, None, 7, None), 36843, 3, 1),),
        None,
        (
            Version(11, "1.0.0", (), date(2026, 8, 19), Downloads(1039)),
            Version(12, NAME, ("latest", "v2"), date(2026, 8, 18), Downloads(2000, 50, 7), 36843),
        ),
        whole=True,
    )


def test_a_stand_in_is_read_as_one() -> None:
    """The older form makes one up where no version could be read."""
    (version,) = read_version(id=-1, name="latest", raw_downloads=-1).versions
    assert (version.id, version.downloads) == (None, Downloads())
    assert read_version(id="-1", name="latest").versions[0].id is None


@pytest.mark.parametrize("entry_date", [None, "", "yesterday", "2026-13-01", 20260819, True, 1.5])
def test_a_version_without_a_date_has_its_package_s(entry_date: object) -> None:
    """A version without a date has its package's date, on which it existed."""
    assert read_version(date=entry_date).versions[0].date == date(2026, 8, 19)


@pytest.mark.parametrize(
    "entry",
    [
        {"id": None, "name": "x"},
        {"id": "", "name": "x"},
        {"id": "twelve", "name": "x"},
        {"id": 1.0, "name": "x"},
        {"id": True, "name": "x"},
        {"id": 0, "name": "x"},
        {"id": -2, "name": "x"},
        {"id": [1], "name": "x"},
        {"id": "9" * 19, "name": "x"},
        {"name": "x"},
        {"id": 1},
        {"id": 1, "name": ""},
        {"id": 1, "name": None},
        {"id": 1, "name": 5},
        {"id": 1, "name": "a\x00b"},
        {"id": 1, "name": "a\nb"},
        {"id": 1, "name": "a\x9fb"},
        {"id": 1, "name": "x" * 256},
        {},
        [],
        [[1, "x"]],
        None,
        "latest",
        5,
    ],
)
def test_what_is_no_version_is_counted(entry: object) -> None:
    """An invalid version is left out and counted, and the others stay."""
    published = read(version=[entry, *OLD_FORM["version"], entry])
    assert [version.id for version in published.versions] == [11, 12]
    assert published.skipped == 2


def test_of_two_entries_of_one_version_the_first_counts() -> None:
    """The newest stand first."""
    entries = [{"id": 1, "name": "x", "raw_downloads": total} for total in (9, 5)]
    (version,) = read(version=entries).versions
    assert version.downloads.total == 9


def test_a_package_without_versions() -> None:
    """Its own numbers are enough."""
    published = read(version=[])
    assert (published.versions, published.days[0].downloads.total) == ((), 3039)


def test_an_entry_that_says_what_it_left_out_is_not_whole() -> None:
    """Then a version that it lacks is not gone."""
    assert read(raw_versions_omitted=5).whole is False
    assert read().whole is True


@pytest.mark.parametrize(
    ("number", "known"),
    [
        *((0, 0), (5, 5), ("5", 5), ("007", 7), (10**18 - 1, 10**18 - 1)),
        *((-1, None), ("-1", None), ("-5", None), (10**18, None), (10**300, None), ("9" * 19, None)),
        *(
            (None, None),
            ("", None),
            ("unknown", None),
            ("5 ", None),
            ("+5", None),
            ("3k", None),
            ("1e3", None),
        ),
        *((True, None), (False, None), (5.0, None), ([5], None), ({}, None), ("\uff17", None)),
    ],
)
def test_a_number_is_one_or_unknown(number: object, known: int | None) -> None:
    """Whole, not negative, of at most eighteen digits; as text too, and nothing that only looks like one."""
    published = read(raw_downloads=number, raw_size=number, raw_tagged=number)
    (day,) = published.days
    assert (day.downloads.total, day.size, day.tagged) == (known, known, known)
    version = read_version(raw_downloads=number, raw_size=number, raw_downloads_day=number).versions[0]
    assert (version.downloads.total, version.size, version.downloads.day) == (known, known, known)
    assert read(owner_id=number).owner.id == (known or None)


@pytest.mark.parametrize(
    ("tags", "read_as"),
    [
        ([""], ()),
        ([], ()),
        (None, ()),
        ("", ()),
        ("v1,latest", ("v1", "latest")),
        (["v1", "a,b", "latest"], ("v1", "latest")),
        (["v1", "a\nb", "x" * 256, 5, None, ["y"], "\x7f"], ("v1",)),
        ({"v1": 1}, ()),
        (7, ()),
    ],
)
def test_tags_are_those_that_can_be(tags: object, read_as: tuple[str, ...]) -> None:
    """A list, or a text with commas; a comma in a tag would make it two."""
    assert read_version(tags=tags).versions[0].tags == read_as


def test_sizes_by_platform_are_those_that_are_known() -> None:
    """A size that is no number is left out, and so is a platform that cannot be shown."""
    sizes = {"linux/amd64": 5, "linux/arm64": "7", "a": -1, "b": None, "c": True, "d\n": 9, "e": [1]}
    assert read_version(sizes=sizes).versions[0].sizes == {"linux/amd64": 5, "linux/arm64": 7}
    assert read_version(sizes=["linux/amd64"]).versions[0].sizes == {}


def test_names_are_brought_into_the_one_form() -> None:
    """As in GitHub's addresses, whoever wrote them."""
    assert read(package="charts/beacon").package.name == "charts%2Fbeacon"
    assert read(package="charts%2fbeacon").package.name == "charts%2Fbeacon"
    assert read(repo="charts/others").package.repo == "charts%2Fothers"
    assert read(repo="charts/beacon", package="charts%2Fbeacon").package.repo is None


# --- our own form -----------------------------------------------------------------------------


def test_our_own_form_with_its_table() -> None:
    """Each line is a day, the file's own day comes last, and the day before is final."""
    published = parse_published(OWN_FORM, TABLE, TODAY)
    assert (published.owner, published.package) == (
        Owner("mona-lab", "users", 7),
        Package("npm", "buoy"),
    )
    assert published.days == (
        PackageDay(date(2026, 8, 17)),
        PackageDay(date(2026, 8, 18), Downloads(8, 8, 3, 1), 500, 1, 0),
        PackageDay(date(2026, 8, 19), Downloads(10, 10, 5, 2), 500, 1, 0),
        PackageDay(TODAY, Downloads(11, 11, 6, 1), None, 1, 0),
        OWN_DAY,
    )
    assert published.final_until == date(2026, 8, 19)
    assert published.versions[0].sizes == {"linux/amd64": 500}


def test_without_a_table_nothing_is_settled() -> None:
    """The file alone tells of its own day, which goes on."""
    published = parse_published(OWN_FORM, b"", TODAY)
    assert (published.days, published.final_until) == ((OWN_DAY,), None)


def test_a_day_without_a_count_is_not_settled() -> None:
    """No chart told of it."""
    assert parse_published(OWN_FORM, b"2026-08-19,10,10,5,,500,1,0\n", TODAY).final_until is None
    assert parse_published(OWN_FORM, b"2026-08-19,10,,,2,,,\n", TODAY).final_until == date(2026, 8, 19)


def test_lines_are_sorted_and_the_last_of_a_day_counts() -> None:
    """As a file may be that was put together by hand."""
    table = b"2026-08-19,2,,,,,,\n2026-08-18,1,,,,,,\n2026-08-19,3,,,,,,\n"
    days = parse_published(OWN_FORM, table, TODAY).days
    assert [(entry.day.day, entry.downloads.total) for entry in days] == [(18, 1), (19, 3), (20, 12)]


@pytest.mark.parametrize(
    "line",
    [
        b"2026-08-21,5,,,,,,",
        b"2007-12-31,5,,,,,,",
        b"2026-02-30,5,,,,,,",
        b"2026-W34-1,5,,,,,,",
        b"20260818,5,,,,,,",
        b"2026-08-18,5,,,,,",
        b"2026-08-18,5,,,,,,,",
        b"2026-08-18,-5,,,,,,",
        b"2026-08-18,5.0,,,,,,",
        b"2026-08-18," + b"9" * 19 + b",,,,,,",
        b"2026-08-18, 5,,,,,,",
        b'"2026-08-18",5,,,,,,',
        b"2026-08-18;5;;;;;;",
        "2026-08-18,\uff15,,,,,,".encode(),
        b"\xff\xfe2026-08-18,5,,,,,,",
        b"\x00",
    ],
)
def test_a_line_that_is_none_is_left_out(line: bytes) -> None:
    """The lines around an invalid one stay; a day after the file's own is invalid."""
    table = b"2026-08-16,4,,,,,,\n" + line + b"\n2026-08-17,6,,,,,,\n"
    days = parse_published(OWN_FORM, table, TODAY).days
    assert [entry.downloads.total for entry in days] == [4, 6, 12]


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is no JSON: "),
        (b"<html></html>", "is no JSON: "),
        (OWN_FORM[:200], "is no JSON: "),
        (OWN_FORM + OWN_FORM, "is no JSON: Extra data"),
        (b"\xff\xff", "is no JSON: "),
        (b"[" * 200_000, "is no JSON: "),
        (b'{"a":' * 200_000, "is no JSON: "),
        (b"1" * 5000, "is no JSON: "),
        (b"[" + OWN_FORM + b"]", "holds a list and not an object"),
        (b'"beacon"', "holds a str and not an object"),
        (b"null", "holds a NoneType and not an object"),
        (b"5", "holds a int and not an object"),
        (b'{"id": 1, "name": "1.0.0"}', "holds a version and not a package"),
        (b"{}", 'has no list of versions, "version"'),
        (b'{"package": "x"}', 'has no list of versions, "version"'),
        (b'{"package": "x", "id": 1, "name": "x"}', 'has no list of versions, "version"'),
    ],
)
def test_what_is_no_package_is_refused(text: bytes, sentence: str) -> None:
    """The sentence follows the name of the file."""
    with pytest.raises(SourceError) as caught:
        parse_published(text, TABLE, TODAY)
    assert str(caught.value).startswith(sentence)


MISSING = object()
TRAVERSALS = [
    "..",
    ".",
    "../x",
    "a/../b",
    "/etc/passwd",
    "%2e%2e",
    "..%2F..",
    "a\\b",
    "a%5Cb",
    ".json",
    "a//b",
]
UNPRINTABLE = ["", "a\x00b", "a\nb", "a\x9fb", "a%0Ab", "a%00"]
NO_TEXTS = [None, 5, True, 1.5, [], {}, ["beacon"], MISSING]


@pytest.mark.parametrize(
    ("key", "sentence", "values"),
    [
        ("owner", 'has no "owner" that can be one: ', ["-x", "a b", "a/b", "x" * 40, "~3", "ö"]),
        (
            "owner_type",
            'has an "owner_type" that is neither users nor orgs: ',
            ["user", "Orgs", "enterprises"],
        ),
        ("package_type", 'has no "package_type" that can be one: ', ["NPM", "7z", "a b", "a/b", "x" * 33]),
        ("package", 'has no "package" that can be one: ', ["x" * 241, "%", "%zz"]),
        ("repo", 'has no "repo" that can be one: ', ["x" * 241, "%", "%zz"]),
        ("version", 'has no list of versions, "version"', ["latest", {"1": {}}]),
    ],
)
def test_names_that_cannot_be_are_refused(key: str, sentence: str, values: list[object]) -> None:
    """They stand in paths and addresses; the sentence quotes what is wrong, short and printable."""
    no_texts = [value for value in NO_TEXTS if not isinstance(value, list | dict) or key != "owner_type"]
    no_texts = [value for value in no_texts if not isinstance(value, list) or key != "version"]
    for value in (*TRAVERSALS, *UNPRINTABLE, *no_texts, *values):
        record = {**OLD_FORM, key: value}
        if value is MISSING:
            del record[key]
        with pytest.raises(SourceError) as caught:
            parse_published(json.dumps(record).encode(), b"", TODAY)
        assert str(caught.value).startswith(sentence), value
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 130


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("owner", 'has no "owner" that can be one: '),
        ("owner_type", 'has an "owner_type" that is neither users nor orgs: '),
        ("package_type", 'has no "package_type" that can be one: '),
        ("package", 'has no "package" that can be one: '),
        ("repo", 'has no "repo" that can be one: '),
        ("date", "has no date that can be: "),
    ],
)
@pytest.mark.parametrize(
    ("value", "shown"),
    [("../é\n", '"../\\u00e9\\n"'), (5, "5"), (["x"], "null"), ("/" * 100, '"' + "/" * 59)],
)
def test_what_is_wrong_is_quoted(key: str, sentence: str, value: object, shown: str) -> None:
    """Printable, and sixty characters of it at most."""
    with pytest.raises(SourceError) as caught:
        parse_published(json.dumps({**OLD_FORM, key: value}).encode(), b"", TODAY)
    assert str(caught.value) == sentence + shown


@pytest.mark.parametrize(
    "value",
    [
        *("", "yesterday", "2026-08-22", "9999-12-31", "2007-12-31", "0001-01-01", "2026-02-30"),
        *("2026-W01-1", "20260819", "2026-08-19T00:00:00", " 2026-08-19", "2026-8-19", "-1", "\x00"),
        *(None, 20260819, 1.5, True),
    ],
)
def test_a_date_that_cannot_be_is_refused(value: object) -> None:
    """Before GitHub, after tomorrow, or no day at all in the one form."""
    with pytest.raises(SourceError, match="has no date that can be: "):
        read(date=value)
    with pytest.raises(SourceError, match=r"^has no date that can be$"):
        parse_flat([flat_row(date=value)], [], TODAY)


@pytest.mark.parametrize("value", [OLDEST, TODAY, TODAY + timedelta(days=1)])
def test_the_first_and_the_last_day_that_can_be(value: date) -> None:
    """Tomorrow is today somewhere."""
    assert read(date=value.isoformat()).refreshed == value


# --- the flat form ----------------------------------------------------------------------------


def test_the_flat_form() -> None:
    """A row a day, of the package and of its versions; all may be text, and the list is not whole."""
    rows = [flat_row(), flat_row(date="2026-08-19", downloads="103", repo="harbour")]
    versions = [
        flat_version("2", "2026-08-19", "60", size="500"),
        flat_version("1", "2026-08-18", "40", tags=""),
        flat_version("2", "2026-08-18", "58", downloads_week="-1"),
    ]
    assert parse_flat(rows, versions, TODAY) == Published(
        Owner("Octo-Forge", "orgs", 134217801),
        Package("container", "beacon", "harbour"),
        date(2026, 8, 19),
        (
            PackageDay(date(2026, 8, 18), Downloads(100, None, 7, None), 36843),
            PackageDay(date(2026, 8, 19), Downloads(103, None, 7, None), 36843),
        ),
        None,
        (
            Version(1, "1.1.0", (), date(2026, 8, 18), Downloads(40)),
            Version(2, "1.2.0", ("v1", "latest"), date(2026, 8, 18), Downloads(58)),
            Version(2, "1.2.0", ("v1", "latest"), date(2026, 8, 19), Downloads(60), 500),
        ),
        whole=False,
    )


def test_columns_that_are_missing_are_unknown() -> None:
    """The owner's id, the tags of versions, and windows came later."""
    row = {
        key: value for key, value in flat_row().items() if key not in {"owner_id", "downloads_month", "size"}
    }
    version = {"id": 5, "name": "1.0.0", "date": "2026-08-18", "downloads": 3}
    published = parse_flat([row], [version], TODAY)
    assert published.owner.id is None
    assert published.days == (PackageDay(date(2026, 8, 18), Downloads(100, None, 7)),)
    assert published.versions == (Version(5, "1.0.0", (), date(2026, 8, 18), Downloads(3)),)


def test_rows_that_are_none_are_counted() -> None:
    """A row without a date, a version without an id; a version without a date has that of the last row."""
    rows = [flat_row(date="never"), flat_row()]
    versions = [flat_version(None, "2026-08-18", 5), flat_version(3, "2026-08-18", 5)]
    published = parse_flat(rows, versions, TODAY)
    assert (len(published.days), len(published.versions), published.skipped) == (1, 1, 2)
    rows = [flat_row(), flat_row(date="2026-08-19")]
    (version,) = parse_flat(rows, [flat_version(3, None, 5)], TODAY).versions
    assert version.date == date(2026, 8, 19)


def test_a_flat_row_has_a_name_too() -> None:
    """The last one says what it is of."""
    with pytest.raises(SourceError, match=r'has no "package" that can be one: "\.\./x"'):
        parse_flat([flat_row(), flat_row(package="../x")], [], TODAY)


# --- anything at all --------------------------------------------------------------------------

TEXTS = ["", "-1", "../..", "a\x00b", "a,b", "x" * 5000, "\uff17", "2026-08-19", "2026-W01-1", "%", "~1"]
NUMBERS = [-1, 0, 1, 2**31, 10**18, 1.5, 1e308]
scalars = st.one_of(
    st.sampled_from([*TEXTS, *NUMBERS, True, False, None]),
    st.integers(-(2**62), 2**62),
    st.text(max_size=8),
    st.floats(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*OLD_FORM, "id", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a package in which some values are others, or missing."""
    record = deepcopy(OLD_FORM)
    parts = [record, *record["version"]]
    for _ in range(draw(st.integers(1, 4))):
        part = draw(st.sampled_from(parts))
        key = draw(st.sampled_from([*part, "sizes", "raw_versions_omitted"]))
        part[key] = draw(values)
        if draw(st.booleans()):
            del part[key]
    return record


def outcome(parse: Callable[[], Published]) -> Published | SourceError:
    """Read, or say how it was refused; any other error goes through."""
    try:
        return parse()
    except SourceError as error:
        return error


def assert_sound(published: Published | SourceError) -> None:
    """Check that what was read is safe to store and to show, or that the sentence can be shown."""
    if isinstance(published, SourceError):
        assert str(published).isprintable()
        return
    assert is_login(published.owner.login)
    assert is_package(published.package.name)
    repo = published.package.repo
    assert repo is None or is_repo(repo) or is_package(repo)
    for version in published.versions:
        assert version.id is None or 0 < version.id < 2**63
        assert version.name.isprintable() or not version.name.isascii()
        assert all(tag and "," not in tag for tag in version.tags)
        assert OLDEST <= version.date <= TODAY + timedelta(days=1)
    for numbers in (*(day.downloads for day in published.days), *(v.downloads for v in published.versions)):
        known = (numbers.total, numbers.month, numbers.week, numbers.day)
        assert all(count is None or 0 <= count < 10**18 for count in known)


@settings(deadline=None, max_examples=300)
@given(mutated())
def test_a_mutated_package_is_read_or_refused(record: dict[str, Any]) -> None:
    """Nothing but a sentence comes of it, and what is read can be stored."""
    assert_sound(outcome(lambda: parse_published(json.dumps(record).encode(), TABLE, TODAY)))


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(OWN_FORM)), st.binary(max_size=6), st.integers(0, 60), st.binary(max_size=40))
def test_a_damaged_file_is_read_or_refused(at: int, piece: bytes, length: int, table: bytes) -> None:
    """A damaged file is read or refused, whatever its bytes are."""
    text = OWN_FORM[:at] + piece + OWN_FORM[at + length :]
    assert_sound(outcome(lambda: parse_published(text, TABLE[: len(table)] + table + TABLE[60:], TODAY)))


columns = st.one_of(scalars, st.binary(max_size=4))


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from([*FLAT_ROW]),
    columns,
    st.sampled_from(["id", "name", "date", "downloads", "tags"]),
    columns,
)
def test_a_mutated_row_is_read_or_refused(key: str, value: object, other: str, another: object) -> None:
    """A database may hold anything in any column."""
    version = {**flat_version("1", "2026-08-18", "40"), other: another}
    assert_sound(outcome(lambda: parse_flat([flat_row(), flat_row(**{key: value})], [version], TODAY)))


# --- what JSON can spell and nothing can hold --------------------------------------------------


@pytest.mark.parametrize("value", [[], {}, ["2026-08-19"]])
def test_a_date_that_is_no_text_is_refused(value: object) -> None:
    """A date that is no text is refused; a version with one has its package's date."""
    with pytest.raises(SourceError, match="has no date that can be: null"):
        read(date=value)
    assert read_version(date=value).versions[0].date == date(2026, 8, 19)


@pytest.mark.parametrize("value", [[], {}])
def test_an_owner_type_that_is_no_text_is_refused(value: object) -> None:
    """A list or an object is refused as an owner type."""
    with pytest.raises(SourceError, match="neither users nor orgs"):
        read(owner_type=value)


def test_a_half_character_is_no_name() -> None:
    """JSON can spell what no file and no database can hold."""
    with pytest.raises(SourceError, match='has no "package" that can be one'):
        read(package="\ud800")
    with pytest.raises(SourceError, match='has no "repo" that can be one'):
        read(repo="\ud800")


def test_a_half_character_is_none_in_a_version() -> None:
    """A lone surrogate makes a version's name invalid; a tag or platform with one is left out."""
    assert read_version(name="\ud800").versions == ()
    assert read_version(tags=["a", "\ud800"]).versions[0].tags == ("a",)
    assert read_version(sizes={"\ud800": 1}).versions[0].sizes == {}


@pytest.mark.parametrize("number", [10**18, 2**63, 10**30])
def test_an_id_that_no_database_holds_is_none(number: int) -> None:
    """The entry is no version."""
    published = read_version(id=number)
    assert (published.versions, published.skipped) == ((), 1)


def test_the_largest_id_and_the_longest_names() -> None:
    """They are some."""
    longest = "x" * 255
    (version,) = read_version(id=10**18 - 1, name=longest, tags=[longest], sizes={longest: 1}).versions
    assert version == Version(
        10**18 - 1, longest, (longest,), date(2026, 8, 19), Downloads(), None, {longest: 1}
    )
