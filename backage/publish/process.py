"""Running other programs, git and gh, without a shell; and trying again."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from backage.errors import ConfigError, RemoteError

ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"}
"""Variables that point git at another repository, as within a hook of that one."""

PAUSES = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between attempts."""

T = TypeVar("T")
_ERRORS = ("fatal:", "error:", "remote: error:", " ! ", "! ")


def git_environment() -> dict[str, str]:
    """Return the variables for git: English messages, no prompt for a password, no other repository."""
    outside = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    return {**outside, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def run_program(
    command: Sequence[str], environment: Mapping[str, str] | None = None, text: bytes = b""
) -> bytes:
    """Run a program, with `text` as its input, and return its output.

    Raises:
        ConfigError: there is no such program.
        RemoteError: it failed; the sentence has the most telling line of its output.
    """
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and no stranger's text can be an option)
            command, check=True, capture_output=True, env=environment, input=text
        )
    except FileNotFoundError as error:
        raise ConfigError(f"{command[0]} is not installed, and this needs it.") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if line.startswith(_ERRORS)]
        reason = [*errors, *lines, f"exit code {error.returncode}"][0].strip().rstrip(".")
        raise RemoteError(f"{command[0]} says: {reason}.") from error
    return done.stdout


def run_git(*arguments: str, text: str = "", **variables: str) -> str:
    """Run git with more variables in its environment. Surrogates stand for bytes that are not UTF-8."""
    environment, given = {**git_environment(), **variables}, text.encode(errors="surrogateescape")
    return run_program(["git", *arguments], environment, given).decode(errors="surrogateescape")


def read_changes(listed: str) -> Iterator[tuple[str, str, str, str]]:
    """Read what `git diff-tree -z` writes; iterate over new modes, new contents, kinds and paths.

    This is `:100644 100644 OLD NEW M`, NUL, path, NUL, and so on.
    """
    fields = iter(listed.split("\0"))
    for head, path in zip(fields, fields, strict=False):
        _, mode, _, content, kind = head.split(" ")
        yield mode, content, kind, path


def retry(action: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Run an action; after a RemoteError wait and run it again, six times in all.

    Raises:
        RemoteError: it failed every time.
    """
    for pause in PAUSES:
        try:
            return action()
        except RemoteError:
            sleep(pause)
    return action()
