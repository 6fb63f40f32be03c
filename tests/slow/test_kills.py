"""A run that is killed at any moment loses nothing, doubles nothing, and leaves no file half written."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.conftest import differences

if TYPE_CHECKING:
    from tests.conftest import Instance

KILLS = 40


@pytest.mark.slow
def test_kills_at_random_moments(instance: Instance) -> None:
    """Forty kills over three days; after each the files are whole, and at the end all is right."""
    chance = random.Random(7)  # noqa: S311 (not for secrets)
    finished = 0
    for number in range(KILLS):
        if number and number % (KILLS // 3) == 0:
            instance.server.world.advance()
        process = start(instance)
        time.sleep(chance.uniform(0.1, 1.2))  # what is tested is the moment of a real kill
        process.kill()
        finished += process.wait() == 0
        check(instance)
    assert finished < KILLS
    assert start(instance).wait() == 0
    check(instance)
    assert differences(instance) == []
    with closing(sqlite3.connect(instance.history)) as database:
        doubled = database.execute(
            "SELECT owner, package, id, date FROM versions GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
        )
        assert doubled.fetchall() == []
    assert not (instance.index / ".tmp").exists()


def start(instance: Instance) -> subprocess.Popen[bytes]:
    """Start an update as a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "GITHUB_TOKEN": "token",
        "BACKAGE_DATE": instance.server.world.today.isoformat(),
        **instance.server.environment(),
    }
    owners = [owner.login for owner in instance.server.world.owners]
    return subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "backage", "update", "-q", *owners], cwd=instance.folder, env=environment
    )


def check(instance: Instance) -> None:
    """Every file of the index is whole, and the history sound."""
    for path in instance.index.rglob("*.json"):
        assert isinstance(json.loads(path.read_bytes()), dict)
    for path in instance.index.rglob("*.csv"):
        assert path.read_bytes().endswith(b"\n")
    if instance.history.exists():
        with closing(sqlite3.connect(instance.history)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
