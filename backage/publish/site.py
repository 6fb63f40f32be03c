"""Files of the site: written like those of the index; files of an earlier build are removed."""

import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backage.errors import ConfigError
from backage.owners import is_login
from backage.publish.files import IndexFiles
from backage.urls import is_package, is_repo

MARK = ".backage-site"
_MARKED = b"Written by `backage site`, which removes from this folder what it did not write.\n"

_BLOCK = 512
_LONGEST_NAME = 98
"""Bytes for a name in the header of a tar, without its `./`. A longer one takes two more blocks."""


def archive_size(path: str, size: int = 0) -> int:
    """Return the bytes of a file in a tar: its header and its content in whole blocks."""
    longer = 2 * _BLOCK if len(path.encode()) > _LONGEST_NAME else 0
    return _BLOCK + longer + -(-size // _BLOCK) * _BLOCK


@dataclass(frozen=True, slots=True)
class Weight:
    """An estimate of the bytes that packages take in an archive.

    `base` is for a package with one version, `each` for each further version. `counts` has the number of
    versions of every package, at least 1.
    """

    base: float
    each: float
    counts: Sequence[int]

    def total(self, most: int) -> float:
        """Return the bytes of all packages with at most `most` versions each."""
        return sum(self.base + self.each * (min(count, most) - 1) for count in self.counts)

    def find_most(self, largest: float) -> int | None:
        """Return the most versions a package may have so that all take at most `largest` bytes.

        None means that all versions fit. The least is 1, even if that is too much.
        """
        highest = max(self.counts, default=1)
        most = bisect_right(range(1, highest + 1), largest, key=self.total)
        return None if most == highest else max(1, most)


def weigh_files(path: str, head: Mapping[str, Any], files: Mapping[str, bytes]) -> int:
    """Return the bytes of a package in an archive: its files, their folders, its head in two parent files."""
    folders = {path.rpartition("/")[0] for path in files}
    return (
        sum(archive_size(path, len(data)) for path, data in files.items())
        + sum(map(archive_size, folders))
        + 2 * archive_size(path, len(json.dumps(head)))
    )


class SiteFiles(IndexFiles):
    """The files below a folder that only `backage site` writes."""

    def __init__(self, root: Path) -> None:
        """Use a folder that is empty, does not exist yet, or is from an earlier build.

        Raises:
            ConfigError: the folder has other files.
        """
        super().__init__(root)
        if root.is_symlink() or (root.exists() and not root.is_dir()):
            raise ConfigError(f"{root} is no folder: name another with -o.")
        if self.list("") and not (root / MARK).is_file():
            raise ConfigError(f"{root} holds what `backage site` did not write: name another folder with -o.")
        self._kept: dict[str, str] = {}
        self._folders: set[str] = set()
        self.bytes = 0
        self.archived = 0
        self.write(MARK, _MARKED)

    @property
    def count(self) -> int:
        """The number of files."""
        return len(self._kept)

    def write(self, path: str, data: bytes) -> bool:
        """Write a file unless it has these bytes already, and protect it from `prune`."""
        self._kept[path.casefold()] = path
        self.bytes += len(data)
        self.archived += archive_size(path, len(data))
        self._enter(path.rpartition("/")[0])
        return super().write(path, data)

    def _enter(self, folder: str) -> None:
        """Count a folder and its parents once each, because a tar has entries for them too."""
        while folder not in self._folders:
            self._folders.add(folder)
            self.archived += archive_size(folder)
            folder = folder.rpartition("/")[0]

    def prune(self) -> None:
        """Remove files that were not written. On a disk that ignores case, two spellings are one file."""
        self.clean()
        for folder, _, names in os.walk(self.root, topdown=False):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")  # noqa: PTH118 (a Path for each of some 100,000 takes seconds)
                kept = self._kept.get(path.casefold())
                if kept is None or (kept != path and not self.same(kept, path)):
                    self.remove(path)


def find_published(index: Path) -> Iterator[tuple[str, str, str]]:
    """Iterate over the files of packages in an index: owner, repository and file. Skip linked folders."""
    for owner in _list_folders(index):
        for repo in _list_folders(owner):
            for file in sorted(repo.iterdir()):
                stem = file.name.rpartition(".")[0]
                if (
                    is_login(owner.name)
                    and (is_repo(repo.name) or is_package(repo.name))
                    and is_package(stem)
                ):
                    yield owner.name, repo.name, file.name


def _list_folders(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [entry for entry in found if entry.is_dir() and not entry.is_symlink()]
