"""Requests to the stand-in, without the client of the project."""

import http.client
import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from backage.standin.server import StandinServer

BEARER = {"Authorization": "Bearer QQ=="}


class Answer(NamedTuple):
    """An answer as it was sent, still compressed."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed as JSON."""
        return json.loads(self.body)


def ask(
    server: StandinServer,
    target: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request on its own connection and return the answer; no redirect is followed."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port or 0, timeout=5)
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
