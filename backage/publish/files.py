"""Files of the index and of the site: replaced whole or not at all, and not rewritten if nothing changed."""

import errno
import json
import os
import shutil
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backage.errors import ConfigError
from backage.owners import is_login
from backage.urls import is_package, is_repo

if sys.platform != "win32":
    import fcntl

SCRATCH = ".tmp"
"""A folder below the index, so that a rename stays on one disk. Remains of killed runs are removed."""

NO_FILE_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
"""Errors of a name that the system does not allow, while it can write other files."""

BUSY_SECONDS = 30
_PAUSE = 0.1

MARK = ".backage-site"
_MARKED = b"Written by `backage site`, which removes from this folder what it did not write.\n"

_BLOCK = 512
_LONGEST_NAME = 98
"""Bytes for a name in the header of a tar, without its `./`. A longer one takes two more blocks."""


class IndexFiles:
    """The files below one folder. Paths are relative to it, with slashes, and made of checked names."""

    def __init__(self, root: Path) -> None:
        """Use a folder, which need not exist yet."""
        self.root = root
        self._scratch = root / SCRATCH
        self.written, self.removed = 0, 0

    @contextmanager
    def hold_lock(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
        """Hold the lock for writing here. The system releases it when its process ends in any way.

        On a system without such locks, each process still writes scratch files of its own.

        Raises:
            ConfigError: another process holds the lock for too long.
            OSError: the folder cannot be made.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        if sys.platform == "win32":
            yield
            return
        lock = os.open(self.root, os.O_RDONLY)
        try:
            _wait_for(lock, self.root, sleep)
            yield
        finally:
            os.close(lock)

    def write(self, path: str, data: bytes) -> bool:
        """Write a file unless it has these bytes already; return whether it was written.

        Raises:
            OSError: it cannot be written. The error's `filename` is the file's.
        """
        target = self.root / path
        if self.read(path) == data:
            return False
        try:
            self._check_inside(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._scratch.mkdir(parents=True, exist_ok=True)
            scratch = self._scratch / str(os.getpid())
            scratch.write_bytes(data)
            os.replace(scratch, target)  # noqa: PTH105 (Path.replace says nothing of being atomic)
        except OSError as error:
            error.filename, error.filename2 = str(target), None
            raise
        self.written += 1
        return True

    def _check_inside(self, path: str) -> None:
        """Raise OSError if a name or a link leads out of the index."""
        folder = (self.root / path).parent.resolve()
        if {"", ".", ".."} & set(path.split("/")) or not folder.is_relative_to(self.root.resolve()):
            raise OSError(errno.EINVAL, "it leads out of the index")

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, None if it does not exist or cannot exist."""
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, *NO_FILE_NAME}:
                return None
            raise

    def list(self, folder: str) -> list[str]:
        """Return the sorted names in a folder, none if it does not exist."""
        with suppress(FileNotFoundError, NotADirectoryError):
            return sorted(entry.name for entry in (self.root / folder).iterdir())
        return []

    def is_same(self, path: str, other: str) -> bool:
        """Return whether two paths are one file, as on a disk that ignores case."""
        with suppress(FileNotFoundError):
            return (self.root / path).samefile(self.root / other)
        return False

    def remove(self, path: str) -> None:
        """Remove a file or a folder, and then the empty folders above it."""
        target = self.root / path
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        elif target.exists():
            target.unlink()
        else:
            return
        self.removed += 1
        for folder in target.parents:
            if folder == self.root or any(folder.iterdir()):
                break
            folder.rmdir()

    def clean(self) -> None:
        """Remove files that were not finished."""
        shutil.rmtree(self._scratch, ignore_errors=True)


def _wait_for(lock: int, folder: Path, sleep: Callable[[float], None]) -> None:
    for _ in range(round(BUSY_SECONDS / _PAUSE)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(_PAUSE)
        except OSError:  # a network disk may have no locks
            return
        else:
            return
    raise ConfigError(f"{folder} is being written by another backage: run it again when that has ended.")


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
    """The files below a folder that only `backage site` writes.

    `kept` are their paths by path in lower case. `bytes` is their size, `archived` that of a tar with them.
    """

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
        self.kept: dict[str, str] = {}
        self._folders: set[str] = set()
        self.bytes, self.archived = 0, 0
        self.write(MARK, _MARKED)

    def write(self, path: str, data: bytes) -> bool:
        """Write a file unless it has these bytes already, and protect it from `prune`."""
        self.kept[path.casefold()] = path
        self.bytes += len(data)
        self.archived += archive_size(path, len(data))
        folder = path.rpartition("/")[0]
        while folder not in self._folders:  # a tar has an entry for each folder too
            self._folders.add(folder)
            self.archived += archive_size(folder)
            folder = folder.rpartition("/")[0]
        return super().write(path, data)

    def prune(self) -> None:
        """Remove files that were not written. On a disk that ignores case, two spellings are one file."""
        self.clean()
        for folder, _, names in os.walk(self.root, topdown=False):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")  # noqa: PTH118 (a Path for each of some 100,000 takes seconds)
                kept = self.kept.get(path.casefold())
                if kept is None or (kept != path and not self.is_same(kept, path)):
                    self.remove(path)


def find_published(index: Path) -> Iterator[tuple[str, str, str]]:
    """Iterate over the files of packages in an index: owner, repository and file. Skip linked folders."""
    for owner in _list_folders(index):
        for repo in _list_folders(owner):
            if is_login(owner.name) and (is_repo(repo.name) or is_package(repo.name)):
                for name in sorted(file.name for file in repo.iterdir()):
                    if is_package(name.rpartition(".")[0]):
                        yield owner.name, repo.name, name


def _list_folders(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [entry for entry in found if entry.is_dir() and not entry.is_symlink()]
