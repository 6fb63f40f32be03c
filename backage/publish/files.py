"""Files of the index: replaced whole or not at all, and not rewritten if nothing changed."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backage.errors import ConfigError

if sys.platform != "win32":
    import fcntl

SCRATCH = ".tmp"
"""A folder below the index, so that a rename stays on one disk. Remains of killed runs are removed."""

NO_FILE_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
"""Errors of a name that the system does not allow, while it can write other files."""

BUSY_SECONDS = 30
_PAUSE = 0.1


class IndexFiles:
    """The files below one folder. Paths are relative to it, with slashes, and made of checked names."""

    def __init__(self, root: Path) -> None:
        """Use a folder, which need not exist yet."""
        self.root = root
        self._scratch = root / SCRATCH
        self.written = 0
        self.removed = 0

    @contextmanager
    def alone(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
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
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno in NO_FILE_NAME:
                return None
            raise

    def list(self, folder: str) -> list[str]:
        """Return the sorted names in a folder, none if it does not exist."""
        try:
            return sorted(entry.name for entry in (self.root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def same(self, path: str, other: str) -> bool:
        """Return whether two paths are one file, as on a disk that ignores case."""
        try:
            return (self.root / path).samefile(self.root / other)
        except FileNotFoundError:
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
