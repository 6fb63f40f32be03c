"""Other programs: git and gh, without a shell."""

import os
import subprocess
from collections.abc import Sequence

from backage.errors import ConfigError, RemoteError

ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"}
"""Variables by which a hook of another repository would lead us there."""

_TELLING = ("fatal:", "error:", "remote: error:", " ! ", "! ")


def surroundings() -> dict[str, str]:
    """Give the variables for git: messages in English, and none that lead elsewhere or ask for a password."""
    outside = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    return {**outside, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def call(command: Sequence[str], environment: dict[str, str] | None = None, *, text: bytes = b"") -> bytes:
    """Run a program to its end, with a text to read, and give what it says.

    Raises:
        ConfigError: there is no such program.
        RemoteError: it failed; the sentence has the line of its complaint that tells most.
    """
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and no stranger's text can be an option)
            command, check=True, capture_output=True, env=environment, input=text
        )
    except FileNotFoundError as error:
        raise ConfigError(f"{command[0]} is not installed, and this needs it.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        telling = [line for line in said if line.startswith(_TELLING)]
        reason = [*telling, *said, f"exit code {error.returncode}"][0].strip().rstrip(".")
        raise RemoteError(f"{command[0]} says: {reason}.") from error
    return done.stdout
