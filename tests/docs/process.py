"""Programs that a test runs as a reader would."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

LONGEST = 300
"""Seconds for one program."""


def run(
    *command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever that is; `env` is all that it knows of this environment."""
    return subprocess.run(  # noqa: S603 (what stands in our documentation and tests)
        [str(part) for part in command],
        check=False,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
