"""A run that is killed at any moment loses nothing, doubles nothing, and leaves no file half written."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.conftest import Instance, differences

KILLS = 200


@pytest.mark.slow
def test_kills_at_random_moments(instance: Instance) -> None:
    """After each of two hundred kills over three days the files are whole, and at the end all is right."""
    chance = random.Random(7)  # noqa: S311 (not for secrets)
    finished = 0
    for number in range(KILLS):
        if number and number % (KILLS // 3) == 0:
            instance.server.world.advance()
        process = start(instance)
        time.sleep(chance.uniform(0.1, 1.2))  # what is tested is the moment of a real kill
        process.kill()
        process.communicate()
        finished += process.returncode == 0
        check(instance)
    assert finished < KILLS
    last = start(instance)
    last.communicate()
    assert last.returncode == 0
    check(instance)
    assert differences(instance) == []
    with closing(sqlite3.connect(instance.history)) as database:
        doubled = database.execute(
            "SELECT owner, package, id, date FROM versions GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
        )
        assert doubled.fetchall() == []
    assert not (instance.index / ".tmp").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_in_order(instance: Instance, number: signal.Signals) -> None:
    """A signal stops further requests, the run stores and writes what it read, and the next one goes on."""
    process = start(instance, BACKAGE_RATE="20")
    while len(instance.server.requests) < 12:
        time.sleep(0.01)  # a real process takes real time
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"stopped      stopped by {number.name}" in output.decode()
    assert len(instance.server.requests) < 25
    assert (instance.index / ".json").exists()
    check(instance)
    last = start(instance)
    last.communicate()
    assert last.returncode == 0
    assert differences(instance) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_host_that_never_answers_does_not_hold_up_the_end(
    instance: Instance, number: signal.Signals
) -> None:
    """With a request that hangs, a stopped run saves its numbers and ends within ten seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and says nothing
        process = start(instance, BACKAGE_GHCR_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(30)
        connection, _ = silent.accept()
        process.send_signal(number)
        output, _ = process.communicate(timeout=10)
        connection.close()
    assert process.returncode == 0
    assert f"stopped by {number.name}" in output.decode()
    check(instance)
    assert differences(instance) == []


def start(instance: Instance, **variables: str) -> subprocess.Popen[bytes]:
    """Start an update as a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "GITHUB_TOKEN": "token",
        "BACKAGE_DATE": instance.server.world.today.isoformat(),
        **instance.server.environment(),
        **variables,
    }
    owners = [owner.login for owner in instance.server.world.owners]
    return subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "backage", "update", *owners],
        cwd=instance.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def check(instance: Instance) -> None:
    """Check that every file of the index is whole and the history sound."""
    for path in instance.index.rglob("*.json"):
        assert isinstance(json.loads(path.read_bytes()), dict)
    for path in instance.index.rglob("*.csv"):
        assert path.read_bytes().endswith(b"\n")
    if instance.history.exists():
        with closing(sqlite3.connect(instance.history)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
