"""HTTP messages as values: what the server reads and what it sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer. Its length is added when it is sent, unless the headers already have one.

    Status 0 is no answer at all: the connection is cut. A `Content-Length` that is too large sends
    the body and then cuts the connection, as a proxy in trouble does.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Request:
    """A question; `headers` have lower-case names, `origin` is the address of this server."""

    method: str
    target: str
    headers: Mapping[str, str]
    origin: str
    body: bytes = b""

    @property
    def authorized(self) -> bool:
        """Whether it brings a token; any will do."""
        return "authorization" in self.headers

    @property
    def segments(self) -> list[str]:
        """The path's parts, each decoded once: `charts%2Fbeacon` is one of them."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def path(self) -> str:
        """The path as it was sent, still encoded."""
        return urlsplit(self.target).path

    @property
    def page(self) -> int:
        """The requested page of a list, 1 and up."""
        return max(1, self.number("page", 1))

    def query(self, name: str) -> str:
        """Return the first value of a parameter, empty without one."""
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]

    def number(self, name: str, default: int) -> int:
        """Return the value of a parameter, `default` if it is not a number."""
        value = self.query(name)
        return int(value) if value.isdecimal() else default


def html_reply(text: str, status: int = 200) -> Reply:
    """Return a page."""
    return Reply(status, {"Content-Type": "text/html; charset=utf-8"}, text.encode())


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:  # noqa: ANN401 - whatever json takes
    """Return a JSON document; `headers` are added to its content type."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status, {**kind, **(headers or {})}, json.dumps(value).encode())


def redirect(address: str) -> Reply:
    """Return a 302 to another address."""
    return Reply(302, {"Location": address})
