"""The file of the old counting server for CloudRepo, `save.json`: counts without dates, and users.

    {"all": 3, "downloads": {"<file>": 3}, "repos": {"<repository>": 3}, "types": {"jar": 3},
     "users": {"<name>": "<password>"}}

It stood on the first line, and where somebody edited it by hand on many. It does not say which repository a
file was of, unless there is one alone. `types` is not taken: kinds follow from the files, and rightly.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from backage.errors import EventError, SourceError
from backage.models.events import Baseline, Download
from backage.parse.events.artifact import parse_artifact
from backage.parse.events.fields import read_document, repo_of, text_of

MOST = 10**15
_NAMES, _PASSWORDS = ("name", "user", "username"), ("password",)


@dataclass(frozen=True, slots=True)
class Saved:
    """What such a file holds; `users` have their passwords as they stood there.

    `unread` are files that could not be taken, each with the reason, and `notes` what else there is to say.
    """

    baselines: tuple[Baseline, ...]
    users: dict[str, str] = field(repr=False)
    unread: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def parse_saved(text: bytes, organization: str) -> Saved:
    """Read such a file.

    Raises:
        SourceError: it is none.
    """
    record = _read(text)
    counts, unread = _counts(record["downloads"])
    repos, _ = _counts(record.get("repos"))
    repo = next(iter(repos)) if len(repos) == 1 else None
    taken: Counter[Download] = Counter()
    for file, count in counts.items():
        try:
            taken[_download(file, repo, organization)] += count
        except EventError as error:
            unread[file] = str(error)
    total, notes = record.get("all"), []
    if isinstance(total, int) and total != taken.total():
        notes.append(
            f"it counts {total} downloads in all, and {taken.total()} of its files, which are those taken"
        )
    if len(repos) > 1:
        notes.append(f"it does not say which of {len(repos)} repositories a file was of: none is taken")
    baselines = tuple(Baseline(download, count) for download, count in taken.items())
    return Saved(baselines, _users(record.get("users")), tuple(unread.items()), tuple(notes))


def _read(text: bytes) -> dict[str, Any]:
    """Read the whole as JSON, else the first line of it."""
    for part in (text, text.lstrip().partition(b"\n")[0]):
        try:
            record = read_document(part)
        except EventError as error:
            reason = str(error)
            continue
        if isinstance(record, dict) and isinstance(record.get("downloads"), dict):
            return record
        reason = 'it has no object "downloads"'
    raise SourceError(f"is no save.json of the old server: {reason}")


def _counts(value: object) -> tuple[dict[str, int], dict[str, str]]:
    """Read counts by name, and what is wrong with the others."""
    counts: dict[str, int] = {}
    bad: dict[str, str] = {}
    for name, count in value.items() if isinstance(value, dict) else ():
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MOST:
            counts[name] = count
        else:
            bad[name] = "its count is no whole number"
    return counts, bad


def _download(file: str, repo: str | None, organization: str) -> Download:
    """Name a file as its events do: with a slash in front or without, it is the same."""
    path = (text_of({"the file": file}, ["the file"]) or "").strip("/")
    place = repo_of(repo) if repo else None
    return Download("cloudrepo", organization, place, path, parse_artifact(path))


def _users(value: object) -> dict[str, str]:
    """Read names with their passwords, from an object or a list of objects."""
    if isinstance(value, list):
        pairs = [(_first(user, _NAMES), _first(user, _PASSWORDS)) for user in value if isinstance(user, dict)]
    else:
        pairs = list(value.items()) if isinstance(value, dict) else []
    return {
        name: password
        for name, password in pairs
        if isinstance(name, str) and isinstance(password, str) and name.strip() and name.isprintable()
    }


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> object:
    return next((record[key] for key in keys if key in record), None)
