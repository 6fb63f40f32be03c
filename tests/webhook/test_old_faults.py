"""The eight faults of the old counting server, each of which this one has not."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from click.testing import CliRunner
from flask.testing import FlaskClient

from backage.cli import cli
from tests.store.databases import ask
from tests.webhook.conftest import JAR, PASSWORD, Receiver


def test_a_wheel_is_counted(receiver: Receiver) -> None:
    """A wheel has no version by Maven's rules; the old server failed at it."""
    receiver.download("Lamp_Post-1.2.0-cp312-cp312-manylinux_2_17_x86_64.whl")
    receiver.settle()
    assert ask(
        receiver.history, "SELECT type, package.name, version.name FROM package JOIN version ON true"
    ) == [("python", "lamp-post", "1.2.0")]


def test_the_total_shows(receiver: Receiver, user: FlaskClient) -> None:
    """On the page, not only in the file."""
    for _ in range(7):
        receiver.download()
    assert re.search(r"<strong>7</strong>", user.get("/stats").text)
    assert (user.get("/api/totals").json or {})["all"]["downloads"] == 7


def test_a_kind_is_told_by_the_ending(receiver: Receiver) -> None:
    """`sha` and `pom` in a name make no checksum and no POM of it."""
    for file in ("shared-1.0.jar", "pompom.jar", "shared-1.0.jar.sha1"):
        receiver.download(file)
    assert receiver.counts() == [
        ("pompom.jar", "jar", 1),
        ("shared-1.0.jar", "jar", 1),
        ("shared-1.0.jar.sha1", "crypto", 1),
    ]


def test_no_password_is_kept_as_it_is(receiver: Receiver, user: FlaskClient) -> None:
    """Nowhere in the files of the history."""
    receiver.download()
    assert user.get("/stats").status_code == 200
    files = [path.read_bytes() for path in receiver.history.parent.iterdir()]
    assert not any(PASSWORD.encode() in data for data in files)


def test_no_update_is_lost(receiver: Receiver) -> None:
    """Two at once are two."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: receiver.download(), range(400)))
    assert receiver.counts() == [(JAR, "jar", 400)]


def test_no_file_is_torn(receiver: Receiver, tmp_path: Path) -> None:
    """The database is consistent at any moment: so is a copy that is made during many writes."""
    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(receiver.download, f"{number}.jar") for number in range(100)]
        copy = tmp_path / "copy.db.zst"
        saved = CliRunner().invoke(cli, ["snapshot", "save", str(copy), "--history", str(receiver.history)])
        assert saved.exit_code == 0, saved.output
        for each in written:
            each.result()
    back = tmp_path / "back.db"
    restored = CliRunner().invoke(cli, ["snapshot", "restore", str(copy), "--history", str(back)])
    assert restored.exit_code == 0, restored.output
    assert ask(back, "PRAGMA integrity_check") == [("ok",)]


def test_bad_json_gets_400(receiver: Receiver) -> None:
    """And the next event is counted."""
    assert receiver.send(b'{"file-name": ').status_code == 400
    receiver.download()
    assert receiver.counts() == [(JAR, "jar", 1)]


def test_a_script_in_a_name_stays_text(receiver: Receiver, user: FlaskClient) -> None:
    """A script in a name is text in the page and in JSON."""
    name = "</script><script>alert(1)</script>.jar"
    receiver.download(name)
    assert "<script>alert" not in user.get("/stats").text
    assert json.loads(user.get("/api/files").text)["rows"][0]["path"] == name
