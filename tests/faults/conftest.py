"""The command as a process with a fault, in the folder of an instance that has run once."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.test_commands import Result
from tests.conftest import Instance, differences

SMALL_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
"""
"""No file grows beyond so many bytes, as on a disk that is full; Python turns the signal into an error."""

NO_RIGHTS = """
import ctypes
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: else root may write anywhere
    if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
        raise SystemExit("not allowed")
"""

COMMAND = """
import os, sys
os.execv(sys.executable, [sys.executable, "-m", "backage", *sys.argv[1:]])
"""


@dataclass(frozen=True)
class Machine:
    """An instance, and processes of the command in its folder."""

    instance: Instance

    @property
    def folder(self) -> Path:
        """The folder of the history and the index."""
        return self.instance.folder

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the variables that lead to the stand-in, on its day."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GITHUB_TOKEN": "token",
            "BACKAGE_RATE": "0",
            "BACKAGE_DATE": self.instance.server.world.today.isoformat(),
            **self.instance.server.environment(),
            **variables,
        }

    def start(
        self, *arguments: str, under: str = "", stdout: int | None = None, summary: str = ""
    ) -> subprocess.Popen[str]:
        """Start the command with a fault; `summary` is the file of an Actions job's summary."""
        return subprocess.Popen(  # noqa: S603 (our own command)
            [sys.executable, "-c", under + COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment(**{"GITHUB_STEP_SUMMARY": summary} if summary else {}),
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, under: str = "", stdout: int | None = None, summary: str = "") -> Result:
        """Run the command to its end; it has no traceback."""
        return wait_for_end(self.start(*arguments, under=under, stdout=stdout, summary=summary))

    def update(self, *options: str, under: str = "", summary: str = "") -> Result:
        """Run the main job for all owners."""
        owners = (owner.login for owner in self.instance.server.world.owners)
        return self.run("update", *options, *owners, under=under, summary=summary)

    def check_whole(self) -> None:
        """Check that every file of the index is whole and the history sound."""
        assert not (self.instance.index / ".tmp").exists()
        for path in self.instance.index.rglob("*.json"):
            assert isinstance(json.loads(path.read_bytes()), dict)
        with closing(sqlite3.connect(self.instance.history)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def check_recovers(self) -> None:
        """Check that the next run after the fault ends with 0 and everything is right."""
        result = self.update()
        assert (result.code, [line for line in result.err.splitlines() if "failed" in line]) == (0, [])
        self.check_whole()
        assert differences(self.instance) == []


def wait_for_end(process: subprocess.Popen[str]) -> Result:
    """Wait for the end of a process and check that it printed no traceback."""
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    return Result(process.returncode, out or "", err)


def sentence(result: Result) -> str:
    """Return the one sentence of a command that wait_for_end with 2, wrong usage or configuration."""
    said = [line for line in result.err.splitlines() if line.startswith("backage: ")]
    assert (result.code, len(said)) == (2, 1), result
    assert result.err.endswith(f"{said[0]}\n")
    return said[0].removeprefix("backage: ")


def history_rows(path: Path) -> list[list[tuple[object, ...]]]:
    """Read all rows of the two views of a history."""
    with closing(sqlite3.connect(path)) as database:
        return [database.execute(f"SELECT * FROM {view}").fetchall() for view in ("packages", "versions")]  # noqa: S608


@pytest.fixture
def machine(instance: Instance) -> Machine:
    """Return an instance that has run once, on the next day."""
    instance.update()
    instance.server.world.advance()
    return Machine(instance)


@pytest.fixture
def no_rights() -> str:
    """Return the prefix of a command that takes away root's right to write read-only files."""
    if os.geteuid() != 0:
        return ""
    tried = subprocess.run([sys.executable, "-c", NO_RIGHTS], check=False)  # noqa: S603 (our own)
    if tried.returncode:
        pytest.skip("root may write anywhere here, and may not be kept from it")
    return NO_RIGHTS
