"""owners.txt and optout.txt: lists that strangers edit by pull requests, so nothing in them is trusted.

A bad line is reported with its number and skipped, so that one slip does not stop an instance that nobody
looks at.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backage.urls import is_package, is_repo, normalize

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")
"""GitHub's rule, with the underscore of managed users and the doubled hyphens of old accounts."""

_ID = re.compile(r"[0-9]{1,18}")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}")
_SHOWN = 60

_HEADING, _OWNERS, _EMPTY = "### ", "### Owners", "_No response_"
"""The headings that an issue form writes into the issue's text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One owner of owners.txt; `id` is None unless the line is `id/name`."""

    login: str
    id: int | None = None

    @property
    def line(self) -> str:
        """The owner as a line of owners.txt."""
        return self.login if self.id is None else f"{self.id}/{self.login}"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was skipped, and why, in one sentence."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """Who does not want to be read: `owner`, `owner/repo` or `owner/repo/package`, in lower case."""

    entries: frozenset[tuple[str, ...]] = frozenset()

    def owner(self, login: str) -> bool:
        """Return whether the whole owner is opted out."""
        return (login.lower(),) in self.entries

    def mentions(self, login: str) -> bool:
        """Return whether the owner, or anything of it, is opted out."""
        return any(entry[0] == login.lower() for entry in self.entries)

    def follow(self, former: Mapping[str, str]) -> "OptOut":
        """Opt renamed owners out too; `former` maps former logins in lower case to current ones."""
        now = ((former[entry[0]].lower(), *entry[1:]) for entry in self.entries if entry[0] in former)
        return OptOut(self.entries.union(now))

    def package(self, login: str, repo: str, name: str) -> bool:
        """Return whether a package is opted out: by itself, with its repository or with its owner."""
        path = (login.lower(), repo.lower(), name.lower())
        return any(path[:length] in self.entries for length in (1, 2, 3))


def is_login(name: str) -> bool:
    """Return whether a name is a valid GitHub login, which is safe in an address and in a path."""
    return _LOGIN.fullmatch(name) is not None


def parse_name(text: str) -> tuple[str, ...] | None:
    """Read `owner`, `owner/repo` or `owner/repo/package`.

    Return its parts in URL form, None if it is invalid.
    """
    login, *names = text.split("/", 2)
    names = [normalize(name) for name in names]
    valid = is_login(login) and all(is_repo(name) or is_package(name) for name in names)
    return (login, *names) if valid else None


def parse_entry(line: str) -> Entry | None:
    """Read `name` or `id/name`; return None if it is neither."""
    head, slash, rest = line.partition("/")
    number, login = (head, rest) if slash else ("", head)
    if not is_login(login) or (slash and not _ID.fullmatch(number)):
        return None
    return Entry(login, int(number) if slash else None)


def parse_owners(text: str) -> tuple[list[Entry], list[BadLine]]:
    """Read owners.txt: `name` or `id/name` a line; names are compared without case and kept once."""
    entries: dict[str, Entry] = {}
    bad = []
    for number, line in _lines(text):
        entry = parse_entry(line)
        if entry is not None:
            entries.setdefault(entry.login.lower(), entry)
        else:
            bad.append(BadLine(number, f"{_quoted(line)} is not the name of a GitHub user or organization"))
    return list(entries.values()), bad


def parse_optout(text: str) -> tuple[OptOut, list[BadLine]]:
    """Read optout.txt: `owner`, `owner/repo` or `owner/repo/package` a line, matched whole, without case."""
    entries = set()
    bad = []
    for number, line in _lines(text):
        name = parse_name(line)
        if name is not None:
            entries.add(tuple(part.lower() for part in name))
        else:
            bad.append(BadLine(number, f"{_quoted(line)} is not owner, owner/repo or owner/repo/package"))
    return OptOut(frozenset(entries)), bad


def merge(entries: Iterable[Entry], extra: Iterable[str]) -> list[Entry]:
    """Add logins that are not listed yet, at the end."""
    merged = {entry.login.lower(): entry for entry in entries}
    for login in extra:
        merged.setdefault(login.lower(), Entry(login))
    return list(merged.values())


def split_lines(text: str) -> list[str]:
    """Return the lines without comments, blanks around them, and empty lines."""
    return [line for _, line in _lines(text)]


def compare_lines(lines: Sequence[str], base: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the lines that were added to a list, those that stayed, and those that were removed."""
    left = Counter(base)
    added: list[str] = []
    stayed: list[str] = []
    for line in lines:
        (stayed if left[line] > 0 else added).append(line)
        left[line] -= 1
    return added, stayed, list((+left).elements())


def append_owners(data: bytes, entries: Iterable[Entry]) -> bytes:
    """Append lines to owners.txt with the line ends that it has; its own lines do not change."""
    end = b"\r\n" if data.rpartition(b"\n")[0].endswith(b"\r") else b"\n"
    gap = b"" if not data or data.endswith(b"\n") else end
    return data + gap + b"".join(entry.line.encode() + end for entry in entries)


def parse_request(text: str) -> list[str]:
    """Read the owners that an issue asks for: the lines under `### Owners`, or all lines without a heading.

    A bullet, an `@` and the address of GitHub are removed in front of a name, which is not checked.
    """
    lines = [line.strip(" \t\r") for line in text.removeprefix("\ufeff").split("\n")]
    wanted = not any(line.startswith(_HEADING) for line in lines)
    found = []
    for line in lines:
        if line.startswith(_HEADING):
            wanted = line == _OWNERS
        elif wanted and line != _EMPTY:
            name = line.removeprefix("- ").removeprefix("* ").strip(" \t")
            name = name.removeprefix("@").removeprefix("https://github.com/").removesuffix("/")
            found.append(name)
    return [name for name in found if name]


def show_line(line: str) -> str:
    """Return a stranger's line that is safe in a log: as it is, or cut and in quotes."""
    return line if _PLAIN.fullmatch(line) else _quoted(line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        stripped = line.partition("#")[0].strip(" \t\r")
        if stripped:
            yield number, stripped


def _quoted(line: str) -> str:
    """Quote a stranger's line: printable, no longer than a message can be, and no command to the runner.

    Actions obeys `##[command]` anywhere in a line, and `::command::` at its beginning.
    """
    cut = line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
    cut = cut.replace("##[", "#\N{REPLACEMENT CHARACTER}[")
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut) + '"'
