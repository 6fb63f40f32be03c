"""owners.txt and optout.txt: lists that strangers edit by pull requests, so nothing in them is trusted.

Both are pure here, text in and values out. A bad line is reported with its number and skipped, so
that one slip in a file does not stop an instance that nobody looks at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backage.urls import is_package, is_repo, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")
"""GitHub's rule, with the underscore of managed users and the doubled hyphens of old accounts."""

_ID = re.compile(r"[0-9]{1,18}")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One owner of owners.txt; `id` where the line says `id/name`."""

    login: str
    id: int | None = None


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
        """Tell whether the whole owner is opted out."""
        return (login.lower(),) in self.entries

    def mentions(self, login: str) -> bool:
        """Tell whether anything of the owner is opted out."""
        return any(entry[0] == login.lower() for entry in self.entries)

    def follow(self, former: Mapping[str, str]) -> OptOut:
        """Opt renamed owners out too; `former` gives for a login in lower case the one it is now."""
        now = ((former[entry[0]].lower(), *entry[1:]) for entry in self.entries if entry[0] in former)
        return OptOut(self.entries.union(now))

    def package(self, login: str, repo: str, name: str) -> bool:
        """Tell whether a package is opted out, by itself, with its repository or with its owner."""
        path = (login.lower(), repo.lower(), name.lower())
        return any(path[:length] in self.entries for length in (1, 2, 3))


def is_login(name: str) -> bool:
    """Tell whether a name can be a GitHub login, so that it is safe in an address and in a path."""
    return _LOGIN.fullmatch(name) is not None


def parse_name(text: str) -> tuple[str, ...] | None:
    """Read `owner`, `owner/repo` or `owner/repo/package`; None where it can be none of them.

    The parts are in the form they have in addresses.
    """
    login, *names = text.split("/", 2)
    names = [normalize(name) for name in names]
    valid = is_login(login) and all(is_repo(name) or is_package(name) for name in names)
    return (login, *names) if valid else None


def parse_owners(text: str) -> tuple[list[Entry], list[BadLine]]:
    """Read owners.txt: `name` or `id/name` a line; names are compared without case and kept once."""
    entries: dict[str, Entry] = {}
    bad = []
    for number, line in _lines(text):
        head, slash, rest = line.partition("/")
        number_text, login = (head, rest) if slash else ("", head)
        if not is_login(login) or (slash and not _ID.fullmatch(number_text)):
            bad.append(BadLine(number, f"{_shown(line)} is not the name of a GitHub user or organization"))
            continue
        entries.setdefault(login.lower(), Entry(login, int(number_text) if slash else None))
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
            bad.append(BadLine(number, f"{_shown(line)} is not owner, owner/repo or owner/repo/package"))
    return OptOut(frozenset(entries)), bad


def merge(entries: Iterable[Entry], extra: Iterable[str]) -> list[Entry]:
    """Add logins that are not listed yet, at the end."""
    merged = {entry.login.lower(): entry for entry in entries}
    for login in extra:
        merged.setdefault(login.lower(), Entry(login))
    return list(merged.values())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        stripped = line.partition("#")[0].strip(" \t\r")
        if stripped:
            yield number, stripped


def _shown(line: str) -> str:
    """Quote a stranger's line: printable, and no longer than a message can be."""
    cut = line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut) + '"'
