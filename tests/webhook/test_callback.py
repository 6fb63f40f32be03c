"""What registries send is taken from those who may send it, and refused in a sentence where it is wrong."""

import hmac
import json
from hashlib import sha1
from pathlib import Path

import pytest

from backage.errors import ConfigError
from backage.owners import parse_optout
from backage.store.counters.ledger import Ledger
from tests.webhook.conftest import JAR, TOKEN, Receiver, run_receiver

EVENT = {"file-name": JAR, "repository-id": "releases"}


def test_a_greeting(receiver: Receiver) -> None:
    """The greeting is plain text and needs no login."""
    answer = receiver.client().get("/")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "backage" in answer.text


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/callback/{TOKEN}", {}),
        (f"/callback?token={TOKEN}", {}),
        ("/callback", {"X-Backage-Token": TOKEN}),
        ("/callback", {"Authorization": f"Bearer {TOKEN}"}),
        ("/callback", {"Authorization": TOKEN}),
    ],
)
def test_each_way_to_send_the_token(receiver: Receiver, path: str, headers: dict[str, str]) -> None:
    """As a part of the address, and in headers."""
    assert receiver.send(EVENT, path, headers=headers).json == {"success": True}
    assert receiver.counts() == [(JAR, "jar", 1)]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/callback", {}),
        ("/callback/wrong", {}),
        (f"/callback/{TOKEN}x", {}),
        ("/callback?token=", {}),
        ("/callback?token=%FF%00", {}),
        ("/callback", {"X-Backage-Token": TOKEN[:-1]}),
        ("/callback", {"X-Cloudsmith-Signature": "0" * 40}),
        ("/callback", {"X-Cloudsmith-Signature": "sha1=é"}),
    ],
)
def test_without_the_token_nothing_is_counted(receiver: Receiver, path: str, headers: dict[str, str]) -> None:
    """And the log has no token, right or wrong."""
    answer = receiver.send(EVENT, path, headers=headers)
    assert answer.status_code == 403
    assert "token is missing or wrong" in (answer.json or {})["error"]
    assert receiver.counts() == []
    assert receiver.health()["denied"] == 1
    assert not any(text in line for line in receiver.log for text in (TOKEN, "wrong/", "%FF"))


@pytest.mark.parametrize("form", ["{}", "sha1={}"])
def test_a_signature_is_as_good_as_the_token(receiver: Receiver, form: str) -> None:
    """Cloudsmith signs the body; of another body the signature is wrong."""
    body = json.dumps(EVENT).encode()
    signature = form.format(hmac.new(TOKEN.encode(), body, sha1).hexdigest())
    headers = {"X-Cloudsmith-Signature": signature}
    assert receiver.send(body, "/callback", headers=headers).status_code == 200
    assert receiver.send(body + b" ", "/callback", headers=headers).status_code == 403


def test_an_open_server_takes_all(tmp_path: Path) -> None:
    """An open server accepts events without a token."""
    with run_receiver(tmp_path, token=None) as receiver:
        assert receiver.send(EVENT, "/callback").status_code == 200
        assert receiver.send(EVENT, "/callback/anything").status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_any_content_type(receiver: Receiver, kind: str) -> None:
    """The body is read whatever its content type."""
    assert receiver.send(json.dumps(EVENT), content_type=kind).status_code == 200
    assert receiver.counts() == [(JAR, "jar", 1)]


def test_what_is_no_download_is_ignored(receiver: Receiver) -> None:
    """With success, for it is no fault."""
    assert receiver.send({**EVENT, "event": "upload"}).json == {"success": True}
    assert (receiver.health()["ignored"], receiver.counts()) == (1, [])


def test_a_repeated_delivery_counts_once(receiver: Receiver) -> None:
    """And is acknowledged again."""
    for _ in range(2):
        receiver.download(**{"event-id": "e1"})
    assert receiver.counts() == [(JAR, "jar", 1)]
    assert (receiver.health()["counted"], receiver.health()["repeated"]) == (1, 1)


@pytest.mark.parametrize("body", [b"", b"{", b"[]x", b"1", b'{"hello": "world"}', b"\xff", b'{"a": NaN}'])
def test_what_is_no_event_is_refused(receiver: Receiver, body: bytes) -> None:
    """With 400 and a sentence, counted, and logged without what was sent."""
    answer = receiver.send(body)
    assert answer.status_code == 400
    assert (answer.json or {})["success"] is False
    assert (answer.json or {})["error"]
    assert receiver.health()["refused"] == 1
    assert receiver.log == [f"400 /callback/<token> from 127.0.0.1: {(answer.json or {})['error']}"]


def test_a_batch_is_taken_whole_or_not_at_all(receiver: Receiver) -> None:
    """One bad event refuses all, so that it can be sent again."""
    good, bad = {"file": "a.jar", "id": "1"}, {"file": "../b.jar"}
    assert receiver.send([good, bad]).status_code == 400
    assert receiver.counts() == []
    assert receiver.send([good, {"file": "b.jar"}]).status_code == 200
    assert receiver.counts() == [("a.jar", "jar", 1), ("b.jar", "jar", 1)]


def test_the_address_names_source_and_organization(receiver: Receiver) -> None:
    """The address names source and organization if the event does not."""
    assert (
        receiver.send({"path": "a.jar", "repository": "r"}, f"/callback/{TOKEN}?source=generic").status_code
        == 400
    )
    assert (
        receiver.send({"path": "a.jar", "repository": "r"}, f"/callback/{TOKEN}?source=x").status_code == 400
    )
    assert receiver.send(EVENT, f"/callback/{TOKEN}?organization=a/b").status_code == 400
    assert receiver.send({"file": "a.jar"}, f"/callback/{TOKEN}?organization=octo").status_code == 200
    receiver.settle()
    assert receiver.counts() == [("a.jar", "jar", 1)]


def test_two_sources_do_not_share_an_owner(receiver: Receiver) -> None:
    """The second is refused, and told what to do."""
    receiver.download()
    answer = receiver.send({"file": "a.jar"})
    assert answer.status_code == 409
    assert "--organization" in (answer.json or {})["error"]
    assert receiver.log == [
        "409 /callback/<token> from 127.0.0.1: the owner's name belongs to another source"
    ]


def test_what_is_opted_out_is_not_counted(tmp_path: Path) -> None:
    """An event of an opted-out owner is acknowledged and not counted."""
    optout, _ = parse_optout("cloudrepo/releases/org.example.lamp")
    with run_receiver(tmp_path, optout=optout) as receiver:
        receiver.download()
        receiver.download("other.jar")
        assert [path for path, *_ in receiver.counts()] == ["other.jar"]


def test_a_body_that_is_too_large(receiver: Receiver) -> None:
    """A large body is refused before it is read, or while it is read if its length is unknown."""
    answer = receiver.send(b" " * (1024 * 1024 + 1))
    assert (answer.status_code, (answer.json or {})["success"]) == (413, False)
    assert receiver.health()["refused"] == 1


def test_a_history_that_cannot_be_written(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender is told to come again, and the operator what is wrong."""

    def fail(*_: object) -> None:
        raise ConfigError("history.db cannot be used (database or disk is full)")

    monkeypatch.setattr(Ledger, "count", fail)
    answer = receiver.send(EVENT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "disk" not in answer.text
    assert "disk is full" in receiver.log[-1]
    monkeypatch.setattr(Ledger, "check", fail)
    assert receiver.client().get("/health").status_code == 503


def test_a_fault_of_ours_is_logged_without_what_was_sent(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it happened, and of what kind it was."""

    def fail(*_: object) -> None:
        raise KeyError("what was sent")

    monkeypatch.setattr(Ledger, "count", fail)
    answer = receiver.send(EVENT)
    assert (answer.status_code, (answer.json or {})["success"]) == (500, False)
    assert "KeyError" in receiver.log[0]
    assert not any("what was sent" in line.partition("raise")[0] or TOKEN in line for line in receiver.log)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/callback", 405),
        ("GET", f"/callback/{TOKEN}", 405),
        ("POST", "/health", 405),
        ("GET", "/x", 404),
    ],
)
def test_what_is_not_there(receiver: Receiver, method: str, path: str, status: int) -> None:
    """An unknown address or a wrong method is answered with an error in JSON."""
    answer = receiver.client().open(path, method=method)
    assert (answer.status_code, (answer.json or {})["success"]) == (status, False)
    assert TOKEN not in answer.text


def test_proxies_that_are_trusted_name_who_asks(tmp_path: Path) -> None:
    """Only trusted proxies name the client, and an invalid address is not logged."""
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    for proxies, shown in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        folder = tmp_path / str(proxies)
        folder.mkdir()
        with run_receiver(folder, proxies=proxies) as receiver:
            receiver.send(b"", headers=headers)
            assert f"from {shown}:" in receiver.log[0]
            receiver.send(b"", headers={"X-Forwarded-For": "\x1b[31mred"})
            assert ("an unknown address" in receiver.log[1]) == bool(proxies)
