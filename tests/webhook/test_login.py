"""Who may see the statistics: users of the history, with a session of their own."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.security import check_password_hash, generate_password_hash

from backage.store.counters.users import hash_password, load_users, remove_user, save_users
from backage.store.database import open_history
from backage.webhook.login import _TRIES, HOURS
from backage.webhook.state import FREE_FAILURES, LONGEST_WAIT, MOST_FAILURES_KNOWN, Throttle
from tests.webhook.conftest import PASSWORD, Receiver, csrf_of, log_in, run_receiver

PAGES = ("/stats", "/api/totals", "/api/days", "/api/files", "/api/files.csv", "/api/kinds")


@pytest.mark.parametrize("page", PAGES)
def test_without_a_user_nothing_is_shown(receiver: Receiver, page: str) -> None:
    """There is no default account."""
    receiver.download()
    answer = receiver.client().get(page)
    assert answer.status_code == 403
    assert "backage users add" in answer.text
    assert "lamp" not in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_without_a_session_nothing_is_shown(receiver: Receiver, user: FlaskClient, page: str) -> None:
    """Without a session a page redirects to the form and JSON answers an error; a user sees both."""
    answer = receiver.client().get(page)
    assert answer.status_code == (303 if page == "/stats" else 401)
    assert user.get(page).status_code == 200


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong horse"), ("eve", PASSWORD), ("", ""), ("ada", "x" * 999)]
)
def test_a_wrong_name_or_password(receiver: Receiver, user: FlaskClient, name: str, password: str) -> None:
    """A wrong name and a wrong password get the same answer, and neither is logged."""
    client = receiver.client()
    answer = log_in(client, name, password)
    assert (answer.status_code, "Name or password is wrong" in answer.text) == (403, True)
    assert client.get("/stats").status_code == 303
    assert receiver.log == ["403 /login from 127.0.0.1: a login failed"]
    assert user.get("/stats").status_code == 200


def test_a_form_that_is_not_ours(receiver: Receiver, user: FlaskClient) -> None:
    """Without the token of the session nobody is logged in, or out."""
    client = receiver.client()
    for csrf in ("", "x", csrf_of(receiver.client())):
        answer = client.post("/login", data={"csrf": csrf, "name": "ada", "password": PASSWORD})
        assert answer.status_code == 400
    assert user.post("/logout", data={"csrf": "x"}).status_code == 400
    assert user.get("/stats").status_code == 200


def test_logging_out(user: FlaskClient) -> None:
    """Ends the session."""
    assert user.post("/logout", data={"csrf": csrf_of(user, "/stats")}).status_code == 303
    assert user.get("/stats").status_code == 303


def test_a_session_ends_by_itself(receiver: Receiver, user: FlaskClient) -> None:
    """After half a day."""
    receiver.clock[0] += HOURS * 3600 - 120
    assert user.get("/stats").status_code == 200
    receiver.clock[0] += 180
    assert user.get("/stats").status_code == 303


def test_a_session_ends_with_its_password_and_its_user(receiver: Receiver, user: FlaskClient) -> None:
    """At once."""
    with open_history(receiver.history) as history:
        save_users(history, {"eve": "scrypt:1:1:1$x$00"})
        save_users(history, {"ada": "scrypt:1:1:1$x$00"}, replace=True)
    assert user.get("/stats").status_code == 303
    with open_history(receiver.history) as history:
        assert remove_user(history, "ADA")
        assert not remove_user(history, "ada")
    assert user.get("/stats").status_code == 303


def test_a_session_outlives_the_server(receiver: Receiver, user: FlaskClient) -> None:
    """The key that signs it is in the history; that of another history does not know it."""
    cookie = user.get_cookie("backage")
    assert cookie
    for folder, status in ((receiver.history.parent, 200), (receiver.history.parent / "other", 403)):
        folder.mkdir(exist_ok=True)
        with run_receiver(folder) as another:
            client = another.client()
            client.set_cookie("backage", cookie.value)
            assert client.get("/stats").status_code == status


def test_flags_of_the_cookie(receiver: Receiver) -> None:
    """No script reads it, no other site sends it, and over HTTPS it goes by HTTPS alone."""
    for base, secure in (("http://localhost", False), ("https://localhost", True)):
        cookie = receiver.client().get("/login", base_url=base).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is secure


@pytest.mark.parametrize("page", ["/", "/login", "/stats", "/api/totals", "/x", "/health"])
def test_headers_that_protect(receiver: Receiver, page: str) -> None:
    """On every answer."""
    headers = receiver.client().get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_guessing_is_slowed(receiver: Receiver, user: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """After failures the right password has to wait too, and works afterwards."""
    monkeypatch.setattr(
        "backage.webhook.login.check_password_hash",
        lambda kept, password: password == PASSWORD and "$" in kept,
    )
    client = receiver.client()
    for _ in range(FREE_FAILURES):
        assert log_in(client, password="wrong").status_code == 403  # noqa: S106 (wrong)
    answer = log_in(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    receiver.clock[0] += 1
    assert log_in(client).status_code == 303
    assert user.get("/stats").status_code == 200


def test_the_throttle_knows_addresses_and_names() -> None:
    """Each failure doubles the wait, up to a quarter of an hour, after which failures are forgotten."""
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    waits = []
    for _ in range(FREE_FAILURES + 12):
        throttle.fail("a", "Ada")
        waits.append(throttle.wait("a", "ada"))
    assert waits[FREE_FAILURES - 2 : FREE_FAILURES + 4] == [0, 1, 2, 4, 8, 16]
    assert waits[-1] == LONGEST_WAIT
    assert (throttle.wait("a", "eve"), throttle.wait("b", "ADA"), throttle.wait("b", "eve")) == (
        LONGEST_WAIT,
        LONGEST_WAIT,
        0,
    )
    now[0] += LONGEST_WAIT + 1
    throttle.fail("a", "ada")
    assert throttle.wait("a", "ada") == 0
    throttle.fail("c", "eve")
    throttle.succeed("c", "eve")
    assert throttle.wait("c", "eve") == 0
    for number in range(MOST_FAILURES_KNOWN):
        throttle.fail(str(number), "x")
    assert len(throttle._failures) == MOST_FAILURES_KNOWN  # noqa: SLF001 (that it is bounded shows nowhere else)


def test_passwords_are_kept_as_werkzeug_keeps_them() -> None:
    """In the same form and with the same cost, so that werkzeug checks them; with a salt for each."""
    kept = hash_password("correct horse")
    assert "horse" not in kept
    assert kept != hash_password("correct horse")
    assert kept.split("$")[0] == generate_password_hash("correct horse").split("$")[0]
    assert check_password_hash(kept, "correct horse")
    assert not check_password_hash(kept, "wrong horse")


def test_users_are_the_same_in_any_case(tmp_path: Path) -> None:
    """And one that is there is not replaced, unless that is asked for."""
    with open_history(tmp_path / "history.db") as history:
        assert save_users(history, {"Ada": "1"}) == ["Ada"]
        assert save_users(history, {"ada": "2", "eve": "3"}) == ["eve"]
        assert load_users(history) == {"Ada": "1", "eve": "3"}


def test_guesses_do_not_take_all_threads(receiver: Receiver, user: FlaskClient) -> None:
    """More than a few at once are sent away, so that events find somebody to take them."""
    acquired = [_TRIES.acquire(blocking=False) for _ in range(9)]
    try:
        answer = log_in(receiver.client())
    finally:
        for _ in filter(None, acquired):
            _TRIES.release()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert user.get("/stats").status_code == 200
    assert log_in(receiver.client()).status_code == 303
