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
"""Characters of a text that is taken."""

LONGEST_VERSION = 255

DEEPEST = 32
"""Objects and lists within one another."""

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
        EventError: it is none, or says a thing twice, or is nested too deeply.
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
    """Take an object.

    Raises:
        EventError: it is none.
    """
    if not isinstance(value, dict):
        raise EventError(f"{what} is no object")
    return value


def text_of(record: Record, keys: Iterable[str], longest: int = LONGEST) -> str | None:
    """Take the first of some keys that is there and says something; a number is taken for its digits.

    Raises:
        EventError: it is no text, too long, or has characters that no name has.
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
    """Take a text that has to be there.

    Raises:
        EventError: it is not.
    """
    if value is None:
        raise EventError(f"the event names no {what}")
    return value


def owner_of(name: str | None, default: str) -> str:
    """Take the organization that an event names, else the one that is said for it.

    Raises:
        EventError: it can be no owner's name.
    """
    owner = name or default
    if not is_login(owner):
        raise EventError(
            "the organization can be no owner's name (39 letters, digits, - and _ at most);"
            " leave it out and use --organization"
        )
    return owner


def repo_of(name: str) -> str:
    """Give a repository's name its form in addresses.

    Raises:
        EventError: it can be none.
    """
    repo = normalize(name.replace("%", "%25"))
    if not (is_repo(repo) or is_package(repo)):
        raise EventError("the name of the repository can be no file's")
    return repo


def package_of(name: str) -> str:
    """Give a package's name its form in addresses.

    Raises:
        EventError: it can be none, or is too long.
    """
    package = normalize(name.replace("%", "%25"))
    if not is_package(package):
        raise EventError("the name of the package can be no file's")
    return package


def type_of(name: str | None) -> str:
    """Take a package's type; what is none is `generic`."""
    found = (name or "").lower()
    return found if is_type(found) else "generic"


def is_download(action: str | None) -> bool:
    """Tell a download, which is also what nothing is said of, from an upload or a deletion.

    Raises:
        EventError: it is none of these.
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
    """Take an image's tag, where it is one."""
    return name if name and _TAG.fullmatch(name) else None
