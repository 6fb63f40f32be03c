"""The old counting server's file: what is taken of it, what is not, and each reason."""

import json
from typing import Any

import pytest

from backage.errors import SourceError
from backage.models.events import Artifact, Baseline, Download
from backage.parse.saved import MOST, Saved, parse_saved

JAR = "org/example/lamp/1.0/lamp-1.0.jar"
LAMP = Artifact("maven", "org.example.lamp", "1.0", "jar")
OLD: dict[str, Any] = {
    "all": 7,
    "downloads": {f"/{JAR}/": 7},
    "repos": {"the releases": 7},
    "types": {"jar": 7},
    "users": {"ada": "correct horse"},
}
NOT_WHOLE = "its count is no whole number"


def read(**changes: object) -> Saved:
    """Read such a file with some of its values changed."""
    return parse_saved(json.dumps(OLD | changes).encode(), "acme")


def test_what_is_taken() -> None:
    """Each file is read with its count, in the only repository, and so are the users."""
    baseline = Baseline(Download("cloudrepo", "acme", "the%20releases", JAR, LAMP), 7)
    assert read() == Saved((baseline,), {"ada": "correct horse"}, (), ())
    assert "horse" not in repr(read())


@pytest.mark.parametrize(
    ("count", "taken"),
    [(0, True), (MOST, True), (MOST + 1, False), (-1, False), (True, False), (2.0, False), ("2", False)],
)
def test_a_count_is_a_whole_number(count: object, taken: object) -> None:
    """Any other is named with its reason, and the files around it are taken."""
    saved = read(downloads={"a.jar": 1, "b.jar": count, "c.jar": 2})
    found = {baseline.download.path: baseline.downloads for baseline in saved.baselines}
    assert found == ({"a.jar": 1, "b.jar": count, "c.jar": 2} if taken else {"a.jar": 1, "c.jar": 2})
    assert saved.unread == (() if taken else (("b.jar", NOT_WHOLE),))


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("../x.jar", "the path of the file leads elsewhere, or nowhere"),
        ("", "the path of the file leads elsewhere, or nowhere"),
        ("a\nb.jar", '"the file" has characters that no name has'),
        ("x" * 1025, '"the file" is longer than 1024 characters'),
    ],
)
def test_a_file_that_can_be_none(file: str, reason: str) -> None:
    """An invalid file is reported with its reason, and the other files are read."""
    saved = read(downloads={"a.jar": 1, file: 5, "c.jar": 2})
    assert [baseline.download.path for baseline in saved.baselines] == ["a.jar", "c.jar"]
    assert saved.unread == ((file, reason),)


def test_a_file_that_stands_there_in_two_spellings() -> None:
    """A file in two spellings is one file, as for events, and its counts are added."""
    saved = read(all=15, downloads={JAR: 7, f"/{JAR}": 5, f" {JAR}/": 3, "XX-1.0.jar": 0}, repos={})
    assert {baseline.download.path: baseline.downloads for baseline in saved.baselines} == {
        JAR: 15,
        "XX-1.0.jar": 0,
    }
    assert saved.notes == ()


@pytest.mark.parametrize(
    ("repos", "repo", "notes"),
    [
        ({"releases": 7}, "releases", ()),
        ({}, None, ()),
        (["releases"], None, ()),
        (
            {"releases": 4, "snapshots": 3},
            None,
            ("it does not say which of 2 repositories a file was of: none is taken",),
        ),
    ],
)
def test_the_repository_of_a_file(repos: object, repo: str | None, notes: tuple[str, ...]) -> None:
    """A file's repository is known if there is only one."""
    saved = read(repos=repos)
    assert ([baseline.download.repo for baseline in saved.baselines], saved.notes) == ([repo], notes)


@pytest.mark.parametrize(
    ("total", "notes"),
    [
        (7, ()),
        (9, ("it counts 9 downloads in all, and 7 of its files, which are those taken",)),
        ("9", ()),
    ],
)
def test_counts_that_do_not_add_up_are_noted(total: object, notes: tuple[str, ...]) -> None:
    """Valid counts of files are read even if they do not match the totals."""
    assert read(all=total).notes == notes
    assert read(all=total, downloads={JAR: 7, "../x.jar": 2, "b.jar": -1}).notes == notes


def test_a_repository_that_can_be_none() -> None:
    """No file of it is taken, and each says why."""
    saved = read(repos={"..": 7})
    assert saved.baselines == ()
    assert saved.unread == ((f"/{JAR}/", "the name of the repository can be no file's"),)


@pytest.mark.parametrize(
    ("users", "found"),
    [
        ({"ada": "a", "": "b", " ": "c", "x\ny": "d", "bob": 5, "cy": "e"}, {"ada": "a", "cy": "e"}),
        (
            [
                *({"name": "ada", "password": "a"}, {"user": "bob", "password": "b"}),
                *({"username": "cy", "password": "c"}, {"user": "2", "name": "first", "password": "d"}),
                *({"name": "e"}, {"password": "f"}, {"name": 5, "password": "g"}, "h", 5),
            ],
            {"ada": "a", "bob": "b", "cy": "c", "first": "d"},
        ),
        (None, {}),
        ("ada", {}),
    ],
)
def test_users_that_can_be(users: object, found: dict[str, str]) -> None:
    """From an object or a list, by any of the names that a name has."""
    assert read(users=users).users == found


def test_what_may_be_missing() -> None:
    """Everything but the counts by file may be missing."""
    assert parse_saved(b'{"downloads": {}}', "acme") == Saved((), {}, (), ())


@pytest.mark.parametrize(
    "text",
    ['{"downloads": {"a.jar": 2}}\n\nrest', '\n \n{"downloads": {"a.jar": 2}}\n{"downloads": {"b.jar": 3}}'],
)
def test_the_first_line_alone(text: str) -> None:
    """The first line is read if the whole is not JSON."""
    (baseline,) = parse_saved(text.encode(), "acme").baselines
    assert (baseline.download.path, baseline.downloads) == ("a.jar", 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "the body is no JSON"),
        (b"{", "the body is no JSON"),
        (b"\xff", "the body is not in UTF-8"),
        (b'{"downloads": {}, "downloads": {}}', "the body has the same key twice"),
        (b"[]", 'it has no object "downloads"'),
        (b'{"all": 1}', 'it has no object "downloads"'),
        (b'{"downloads": [1]}', 'it has no object "downloads"'),
    ],
)
def test_what_is_no_such_file(text: bytes, reason: str) -> None:
    """Another file is refused in a sentence that says why."""
    with pytest.raises(SourceError) as caught:
        parse_saved(text, "acme")
    assert str(caught.value) == f"is no save.json of the old server: {reason}"
