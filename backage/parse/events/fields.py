"""What the events of all sources share: JSON that is read strictly, and texts and names that are checked.

Two readers must never see different things in the same body.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from backage.errors import EventError
from backage.owners import is_login
from backage.urls import is_package, is_repo, is_type, normalize

Record = dict[str, Any]

LONGEST = 1024
"""Characters of a text."""

LONGEST_VERSION = 255

DEEPEST = 32
"""Levels of objects and lists."""

_FORM = b"payload="
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_DOWNLOAD = ("download", "pull", "get", "fetch")
_OTHER = ("upload", "delet", "push", "creat", "deploy", "remov", "ping")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def read_document(body: bytes) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    """Read a body of JSON in UTF-8, whatever its content type; a form's field `payload` may hold it too.

    Raises:
        EventError: it is no JSON, has a key twice, or is nested too deeply.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EventError("the body is not in UTF-8") from error
    if body.startswith(_FORM):
        text = unquote_plus(text.removeprefix(_FORM.decode()).partition("&")[0])
    _check_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise EventError("the body is no JSON") from error


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            raise EventError("the body is nested too deeply")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise EventError("the body has the same key twice")
    return found


def _refuse(constant: str) -> Any:  # noqa: ANN401 (it returns nothing)
    raise EventError(f"the body has {constant}, which is no JSON")


def record_of(value: object, what: str) -> Record:
    """Return a JSON object.

    Raises:
        EventError: the value is no object.
    """
    if not isinstance(value, dict):
        raise EventError(f"{what} is no object")
    return value


def text_of(record: Record, keys: Iterable[str], longest: int = LONGEST) -> str | None:
    """Return the text of the first key that has one; a number counts as its digits.

    Raises:
        EventError: the value is no text, too long, or has characters that no name has.
    """
    for key in keys:
        value = record.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise EventError(f'"{key}" is no text')
        if len(value) > longest:
            raise EventError(f'"{key}" is longer than {longest} characters')
        if not value.isprintable() or not value.strip():
            raise EventError(f'"{key}" has characters that no name has')
        return value.strip()
    return None


def needed(value: str | None, what: str) -> str:
    """Return a text that an event needs.

    Raises:
        EventError: it is missing.
    """
    if value is None:
        raise EventError(f"the event names no {what}")
    return value


def owner_of(name: str | None, default: str) -> str:
    """Return the organization that an event names, else the default.

    Raises:
        EventError: it is no valid owner's name.
    """
    owner = name or default
    if not is_login(owner):
        raise EventError(
            "the organization can be no owner's name (39 letters, digits, - and _ at most);"
            " leave it out and use --organization"
        )
    return owner


def repo_of(name: str) -> str:
    """Return a repository's name in URL form.

    Raises:
        EventError: it is no valid name.
    """
    repo = normalize(name.replace("%", "%25"))
    if not (is_repo(repo) or is_package(repo)):
        raise EventError("the name of the repository can be no file's")
    return repo


def package_of(name: str) -> str:
    """Return a package's name in URL form.

    Raises:
        EventError: it is no valid name, or too long.
    """
    package = normalize(name.replace("%", "%25"))
    if not is_package(package):
        raise EventError("the name of the package can be no file's")
    return package


def type_of(name: str | None) -> str:
    """Return a package's type, `generic` if it is missing or invalid."""
    found = (name or "").lower()
    return found if is_type(found) else "generic"


def is_download(action: str | None) -> bool:
    """Return whether an action is a download; an event without an action is one too.

    Raises:
        EventError: it is neither a download, an upload nor a deletion.
    """
    if action is None:
        return True
    words = [word.lower() for word in _WORD.findall(action)]
    if any(word.startswith(_DOWNLOAD) for word in words):
        return True
    if any(word.startswith(_OTHER) for word in words):
        return False
    raise EventError("the event is neither a download, an upload nor a deletion")


def tag_of(name: str | None) -> str | None:
    """Return an image's tag if it is a valid one."""
    return name if name and _TAG.fullmatch(name) else None
