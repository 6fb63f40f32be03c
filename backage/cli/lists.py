"""The two lists as files that may be a stranger's, and the request of an issue to add to one of them."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from backage.errors import ConfigError
from backage.owners import parse_request

LONGEST_REQUEST = 65_536
"""Characters of an issue's text: GitHub's own limit."""

LARGEST_EVENT = 25_000_000
"""Bytes of an event: GitHub's own limit."""

WRITABLE = 0o222


def load_list(path: Path, *, needed: bool = False) -> bytes:
    """Read a file that may be a stranger's; a link is not followed, for it may lead to anything here.

    Raises:
        ConfigError: it is a link, not readable, or needed and missing.
    """
    try:
        if path.is_symlink():
            raise ConfigError(f"{path} is a link, which may lead anywhere: put the file itself there.")
        return path.read_bytes()
    except FileNotFoundError as error:
        if needed:
            raise ConfigError(f"{path} does not exist.") from error
        return b""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error


def decode(data: bytes) -> str:
    """Decode as a file is read as text, whatever its line ends are."""
    return data.decode("utf-8", errors="replace").replace("\r", "\n")


def check_writable(path: Path) -> None:
    """Look before anybody is asked; a file that may not be written could be replaced all the same.

    Raises:
        ConfigError: it may not be written.
    """
    if path.exists() and not (path.stat().st_mode & WRITABLE and os.access(path, os.W_OK)):
        raise ConfigError(f"{path} may not be written.")


def replace_list(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("xb") as stream:
            stream.write(data)
        if path.exists():
            shutil.copymode(path, scratch)
        os.replace(scratch, path)  # noqa: PTH105 (Path.replace says nothing of being atomic)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            scratch.unlink()


def load_request(path: Path) -> list[str]:
    """Read whom an issue asks to add, from the file of its event.

    Raises:
        ConfigError: it is no such event, or it names nobody.
    """
    data = load_list(path, needed=True)
    try:
        event = json.loads(data) if len(data) <= LARGEST_EVENT else None
    except (ValueError, RecursionError):
        event = None
    issue = event.get("issue") if isinstance(event, dict) else None
    text = issue.get("body") if isinstance(issue, dict) else None
    if not isinstance(text, str):
        raise ConfigError(f"{path} is not the event of an issue with a text.")
    if len(text) > LONGEST_REQUEST:
        raise ConfigError(f"The issue's text is longer than {LONGEST_REQUEST} characters.")
    names = parse_request(text)
    if not names:
        raise ConfigError("The issue names no owner.")
    return names
