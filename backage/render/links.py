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


def pages_url(repository: str) -> str:
    """Give the address that GitHub Pages has for a repository, unless it was given a domain of its own."""
    owner, _, name = repository.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{quote(name)}/"


def folder_url(repository: str, branch: str, folder: str) -> str:
    """Give the address below which the files of a folder of a repository on GitHub lie."""
    return f"{_RAW}/{repository}/{quote(branch)}/{quote(folder)}/"
