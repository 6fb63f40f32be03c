"""A `run:` step as a process of its own, with the files that it writes for the runner."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILES = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")
SHELLS = {
    None: ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    "sh": ["sh", "-e"],
}
"""The command of each `shell:`; without one, a failure before the end of a pipeline is ignored."""

LONGEST = 240.0
POLL = 0.005


@dataclass
class Finished:
    """A step's result; `code` is negative if a signal ended it, None for a step without a process."""

    code: int | None = None
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    summary: str = ""
    killed: bool = False

    @property
    def commands(self) -> list[str]:
        """The lines of the log that a runner would take for commands, such as annotations."""
        return [line for line in self.log.splitlines() if re.match(r"\s*::[\w-]+.*::", line)]


@dataclass(frozen=True)
class Step:
    """A script and where it runs."""

    script: str
    shell: str | None
    folder: Path
    environment: Mapping[str, str]
    scratch: Path

    def run(self, kill: Callable[[], bool] | None = None) -> Finished:
        """Run the script; with `kill`, kill it and all it started as soon as that is true."""
        if self.shell not in SHELLS:
            # No workflow here uses another; one that does must be run by it, and not by bash.
            raise NotImplementedError(f"shell: {self.shell}")
        self.scratch.mkdir(parents=True)
        files = {name: self.scratch / name.lower() for name in FILES}
        for path in files.values():
            path.touch()
        path = self.scratch / "script.sh"
        path.write_text(self.script, encoding="utf-8")
        variables = {
            **self.environment,
            **{f"GITHUB_{name}": str(path) for name, path in files.items()},
        }
        with (self.scratch / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 (the workflow's own script is what is tested)
                [*SHELLS[self.shell], str(path)],
                cwd=self.folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            killed = _wait(process, kill)
        return _collect(process.returncode, self.scratch / "log", files, killed=killed)


def _wait(process: subprocess.Popen[bytes], kill: Callable[[], bool] | None) -> bool:
    """Wait for the end or kill the process; return whether it was killed."""
    end = time.monotonic() + LONGEST
    try:
        while kill is not None and not kill() and process.poll() is None and time.monotonic() < end:
            time.sleep(POLL)  # a real process takes real time
        if kill is None:
            process.wait(LONGEST)
            return False
        return process.poll() is None
    finally:
        _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the remaining processes of a step, as the runner does at a job's end."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        process.wait()


def _collect(code: int, log: Path, files: Mapping[str, Path], *, killed: bool) -> Finished:
    done = Finished(code, log.read_text(encoding="utf-8", errors="replace"), killed=killed)
    if killed:
        return done
    try:
        done.outputs = read_pairs(files["OUTPUT"])
        done.variables = read_pairs(files["ENV"])
    except ValueError as error:
        done.code = done.code or 1
        done.log += f"\n##[error]{error}\n"
    done.paths = files["PATH"].read_text(encoding="utf-8").splitlines()
    done.summary = files["STEP_SUMMARY"].read_text(encoding="utf-8")
    return done


def read_pairs(path: Path) -> dict[str, str]:
    """Read a file of `name=value` lines and of heredocs, as the runner does.

    Raises:
        ValueError: it has another form.
    """
    found = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if not line:
            continue
        plain, heredoc = line.find("="), line.find("<<")
        if plain > 0 and not 0 <= heredoc < plain:
            found[line[:plain]] = line[plain + 1 :]
        elif heredoc > 0:
            end, value = line[heredoc + 2 :], list[str]()
            for part in lines:
                if part == end:
                    break
                value.append(part)
            else:
                raise ValueError(f"Invalid value. Matching delimiter not found '{end}'")
            found[line[:heredoc]] = "\n".join(value)
        else:
            raise ValueError(f"Invalid format '{line}'")
    return found
