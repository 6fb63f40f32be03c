"""Which repository on GitHub a folder is a clone of."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from backage.errors import ConfigError
from backage.publish.process import call, surroundings

_SHORT = re.compile(r"(?:[^@/:]+@)?([^@/:]+):(?!/)(.+)")
"""`git@github.com:owner/name`."""


def find_origin(folder: Path, server: str) -> str | None:
    """Give what follows a server's name in the address of the remote `origin`; None where there is none.

    No request is sent. What comes back is checked by nobody yet.
    """
    command = ["git", "-C", str(folder), "remote", "get-url", "origin"]
    try:
        url = call(command, surroundings()).decode(errors="replace").strip()
    except ConfigError:
        return None
    short = _SHORT.fullmatch(url)
    try:
        host, path = (short[1], short[2]) if short else (urlsplit(url).hostname, urlsplit(url).path)
    except ValueError:
        return None
    if (host or "").lower() != urlsplit(server).hostname:
        return None
    return path.strip("/").removesuffix(".git")
