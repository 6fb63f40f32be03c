"""The expressions of workflows, `${{ }}`, with GitHub's values, and errors for its silent nulls."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = re.compile(r"\b(always|success|failure|cancelled)\s*\(")
TOKEN = re.compile(
    r"""
    \s*(?:
        (?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?))
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>[A-Za-z_][\w-]*)
      | (?P<sign>\|\||&&|==|!=|<=|>=|[<>!().,\[\]*])
    )
    """,
    re.VERBOSE,
)
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
BINDING = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}


class WorkflowError(Exception):
    """A workflow that GitHub would refuse or silently misread."""


class Known(dict[str, Any]):
    """A context with known keys; an unknown key is an error, although GitHub evaluates it to null."""

    def __missing__(self, key: str) -> Any:
        """Refuse a key."""
        raise WorkflowError(f'unknown key "{key}"; there are {", ".join(self) or "none"}')


@dataclass
class Evaluator:
    """Evaluates expressions with the contexts and the status functions of one place in a workflow."""

    contexts: Mapping[str, Any]
    status: Mapping[str, Callable[[], bool]]

    def fill(self, value: Any) -> Any:
        """Replace the expressions of a text, list or mapping; a lone expression keeps its type."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = HOLE.fullmatch(value.strip())
        if whole and "${{" not in whole[1]:
            return self.evaluate(whole[1])
        filled = HOLE.sub(lambda hole: show(self.evaluate(hole[1])), value)
        if "${{" in HOLE.sub("", value):
            raise WorkflowError(f"an expression that does not end: {value}")
        return filled

    def condition(self, value: Any) -> bool:
        """Return whether an `if` is true; without a status function it requires success too."""
        if value is None:
            return self.status["success"]()
        text = str(value).strip() if not isinstance(value, bool) else str(value).lower()
        if "${{" in text:
            whole = HOLE.fullmatch(text)
            if whole is None or "${{" in whole[1]:
                raise WorkflowError(f"an `if` that is a text, hence always true: {text}")
            text = whole[1]
        outcome = is_true(self.evaluate(text))
        return outcome if STATUS.search(text) else outcome and self.status["success"]()

    def evaluate(self, text: str) -> Any:
        """Evaluate one expression, without its braces."""
        try:
            return _Parser(_tokens(text), self).whole()
        except WorkflowError as error:
            raise WorkflowError(f"{error} (in: {text.strip()})") from error


class _Parser:
    """Reads tokens by how strongly they bind, and evaluates them at once."""

    def __init__(self, tokens: Sequence[tuple[str, str]], evaluator: Evaluator) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._evaluator = evaluator

    def whole(self) -> Any:
        value = self._operation(0)
        if self._next()[0] != "end":
            raise WorkflowError("something is left over")
        return value

    def _operation(self, least: int) -> Any:
        left = self._operand()
        while (strength := BINDING.get(self._tokens[self._at][1], 0)) > least:
            sign = self._next()[1]
            right = self._operation(strength)
            left = _operate(sign, left, right)
        return left

    def _operand(self) -> Any:
        kind, text = self._next()
        if text == "!":
            return not is_true(self._operand())
        if kind == "number":
            return float(int(text, 0) if "x" in text else text)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if text == "(":
            value = self._operation(0)
            self._expect(")")
        elif kind == "name" and text.lower() in WORDS:
            return WORDS[text.lower()]
        elif kind == "name" and self._tokens[self._at][1] == "(":
            value = self._call(text)
        elif kind == "name":
            if text not in self._evaluator.contexts:
                raise WorkflowError(f'no context "{text}" here')
            value = self._evaluator.contexts[text]
        else:
            raise WorkflowError(f'"{text}" is out of place')
        return self._members(value)

    def _members(self, value: Any) -> Any:
        spread = False
        while self._tokens[self._at][1] in {".", "["}:
            if self._next()[1] == "[":
                key = self._operation(0)
                self._expect("]")
            else:
                key = self._next()[1]
            if key == "*":
                value, spread = list(value.values() if isinstance(value, dict) else value or []), True
            elif spread:
                value = [_member(item, key) for item in value]
            else:
                value = _member(value, key)
        return value

    def _call(self, name: str) -> Any:
        self._expect("(")
        given: list[Any] = []
        while self._tokens[self._at][1] != ")":
            given.append(self._operation(0))
            if self._tokens[self._at][1] != ")":
                self._expect(",")
        self._expect(")")
        if name in self._evaluator.status and not given:
            return self._evaluator.status[name]()
        if name not in FUNCTIONS:
            raise WorkflowError(f'no function "{name}" here')
        return FUNCTIONS[name](*given)

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        found = self._next()[1]
        if found != sign:
            raise WorkflowError(f'"{sign}" is missing before "{found}"')


def is_true(value: Any) -> bool:
    """Return whether a value counts as true, as an empty list or mapping does."""
    return value not in {None, "", 0} if isinstance(value, (str, float, int)) else value is not None


def show(value: Any) -> str:
    """Return the text that replaces an expression of this value in a workflow."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() | int():
            return str(int(value)) if value == int(value) else str(value)
        case str():
            return value
    return "Array" if isinstance(value, list) else "Object"


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        token = TOKEN.match(text, at)
        if token is None:
            raise WorkflowError(f'"{text[at:].strip()}" is no part of an expression')
        found.append((str(token.lastgroup), str(token[str(token.lastgroup)])))
        at = token.end()
    return found


def _member(value: Any, key: Any) -> Any:
    if isinstance(value, Known):
        return value[show(key)]
    if isinstance(value, dict):
        return value.get(show(key))
    if isinstance(value, list) and isinstance(key, (int, float)):
        return value[int(key)] if 0 <= key < len(value) else None
    return None


def _operate(sign: str, left: Any, right: Any) -> Any:
    if sign in {"&&", "||"}:
        return right if is_true(left) == (sign == "&&") else left
    if sign in {"==", "!="}:
        return _same(left, right) == (sign == "==")
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    else:
        left, right = _number(left), _number(right)
    holds: dict[str, Any] = {"<": left < right, ">": left > right}
    return holds[sign[0]] or (len(sign) > 1 and left == right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return left is right
    return left is right or _number(left) == _number(right)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_same(item, what) for item in where)
    return show(what).lower() in show(where).lower()


def _from_json(text: Any) -> Any:
    try:
        return json.loads(show(text))
    except ValueError as error:
        raise WorkflowError(f"fromJSON cannot read {text!r}") from error


def _format(text: str, *values: Any) -> str:
    parts = re.split(r"(\{\{|\}\}|\{\d+\})", text)
    braces = {"{{": "{", "}}": "}"}
    holes = ((part, part[1:-1]) for part in parts)
    return "".join(
        chain(show(values[int(hole)]) if hole.isdigit() else braces.get(part, part) for part, hole in holes)
    )


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "startsWith": lambda text, begin: show(text).lower().startswith(show(begin).lower()),
    "endsWith": lambda text, end: show(text).lower().endswith(show(end).lower()),
    "fromJSON": _from_json,
    "toJSON": lambda value: json.dumps(value, indent=2),
    "join": lambda values, between=",": show(between).join(map(show, values)),
    "format": _format,
    "hashFiles": lambda *_: "0" * 64,
}
