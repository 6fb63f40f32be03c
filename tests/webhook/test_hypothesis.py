"""Whatever is asked or sent, the answer is one of those that are meant, and the server goes on."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parse.test_events import JSON, KEYS
from tests.webhook.conftest import TOKEN, Receiver

MEANT = {200, 303, 308, 400, 401, 403, 404, 405, 409, 413, 415, 429}
SAME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
"""One server takes all, as it would."""

NAMES = [
    "token",
    "source",
    "organization",
    "from",
    "to",
    "search",
    "owner",
    "repository",
    "kind",
    "only",
    "limit",
    "offset",
]
VALUES = st.text(max_size=20) | st.dates().map(str) | st.integers().map(str)
QUERIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)
PATHS = ["/", "/health", "/callback", f"/callback/{TOKEN}", "/login", "/logout", "/stats", "/stats.csv"]
PATHS += ["/api/today", "/static/x"]
TABLES = ("totals", "days", "files", "repositories", "packages", "kinds")
PATHS += [f"/api/{name}{form}" for name in TABLES for form in ("", ".csv")]
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
SENT = ["X-Backage-Token", "X-Cloudsmith-Signature", "Content-Type", "Authorization", "Cookie", "Accept"]
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
HEADERS = st.dictionaries(st.sampled_from(SENT), PLAIN, max_size=3)


def test_no_route_is_left_out(receiver: Receiver) -> None:
    """The requests below cover every route of the application."""
    address = receiver.app.url_map.bind("localhost")
    known = {rule.endpoint for rule in receiver.app.url_map.iter_rules()}
    requested = {
        address.match(path, method=method)[0]
        for path in PATHS
        for method in ("GET", "POST")
        if address.test(path, method=method)
    }
    assert requested == known


@pytest.mark.parametrize("path", PATHS)
def test_every_route(receiver: Receiver, user: FlaskClient, path: str) -> None:
    """With any method, question, header and body."""

    @SAME
    @given(METHODS, QUERIES, HEADERS, st.binary(max_size=200))
    def ask(method: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        answer = user.open(path, method=method, query_string=query, headers=headers, data=body)
        with answer:  # closed as a server does, for a file may be behind it
            assert answer.status_code in MEANT
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert TOKEN not in answer.text

    ask()
    assert not any(TOKEN in line for line in receiver.log)
    assert receiver.health()["failed"] == 0


def test_every_event(receiver: Receiver) -> None:
    """An event is accepted or refused, and exactly the accepted ones are counted."""

    @SAME
    @given(st.dictionaries(KEYS, JSON, max_size=8) | st.lists(st.dictionaries(KEYS, st.text(max_size=30))))
    def send(document: Any) -> None:
        answer = receiver.send(json.dumps(document))
        assert answer.status_code in {200, 400, 409}
        assert (answer.json or {})["success"] is (answer.status_code == 200)

    send()
    receiver.settle()
    health = receiver.health()
    assert health["failed"] == 0
    assert sum(count for *_, count in receiver.counts()) == health["counted"]


def test_every_login(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """No random login succeeds."""
    monkeypatch.setattr("backage.webhook.login.check_password_hash", lambda *_: False)

    @SAME
    @given(st.dictionaries(st.sampled_from(["csrf", "name", "password"]), st.text(max_size=50)))
    def ask(form: dict[str, str]) -> None:
        answer = receiver.client().post("/login", data=form)
        assert answer.status_code in {400, 403, 429}

    ask()
