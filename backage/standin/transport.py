"""What goes in and out of the server, apart from the sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer. Its length is added when it is sent, unless the headers already say one.

    Status 0 is no answer at all: the connection is cut. A `Content-Length` that is too large sends
    the body and then cuts the connection, as a proxy in trouble does.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Request:
    """A question; `headers` have lower-case names, `origin` is how this server is addressed."""

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
        return [unquote(part) for part in urlsplit(self.target).path.strip("/").split("/")]

    @property
    def path(self) -> str:
        """The path as it was written."""
        return urlsplit(self.target).path

    @property
    def page(self) -> int:
        """The page of a list that is asked for, 1 and up."""
        return max(1, self.number("page", 1))

    def query(self, name: str) -> str:
        """The first value of a parameter, empty where there is none."""
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]

    def number(self, name: str, default: int) -> int:
        """The value of a parameter, `default` where it is no number."""
        value = self.query(name)
        return int(value) if value.isdecimal() else default


def html_reply(text: str, status: int = 200) -> Reply:
    """A page."""
    return Reply(status, {"Content-Type": "text/html; charset=utf-8"}, text.encode())


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:  # noqa: ANN401 - whatever json takes
    """A JSON document; `headers` may replace its content type."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status, {**kind, **(headers or {})}, json.dumps(value).encode())


def redirect(address: str) -> Reply:
    """302 to another address."""
    return Reply(302, {"Location": address})
