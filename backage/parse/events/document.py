"""JSON as it arrives from anybody: read strictly, so that no two readers can see different things in it."""

import json
import re
from typing import Any
from urllib.parse import unquote_plus

from backage.errors import EventError

DEEPEST = 32
"""Objects and lists within one another."""

_FORM = b"payload="
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


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
