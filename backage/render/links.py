"""Addresses that people paste: of a file of the index, and of a badge made of it."""

from __future__ import annotations

from urllib.parse import quote

SHIELDS = "https://img.shields.io/badge/dynamic/json"
_RAW = "https://raw.githubusercontent.com"


def file_url(repository: str, branch: str, path: str) -> str:
    """Give the address of a file of a repository on GitHub; a `%2F` of its name is `%252F` there."""
    return f"{_RAW}/{repository}/{branch}/{quote(path)}"


def badge_url(file: str, key: str = "downloads", label: str = "downloads") -> str:
    """Give the address of a badge that shows one key of a package's file."""
    return f"{SHIELDS}?url={quote(file, safe='')}&query={quote(f'$.{key}', safe='')}&label={quote(label)}"
