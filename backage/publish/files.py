"""Files of the index: replaced whole or not at all, and left alone where nothing changed."""

import errno
import os
import shutil
import sys
import time
from contextlib import contextmanager

from backage.errors import ConfigError

if sys.platform != "win32":
    import fcntl

from collections.abc import Callable, Iterator
from pathlib import Path

SCRATCH = ".tmp"
"""Below the index, so that a rename stays within one disk; what a killed run left there is removed."""

NO_FILE_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
"""How a system refuses a name, and not all that is written."""

BUSY_SECONDS = 30
_PAUSE = 0.1


class IndexFiles:
    """The files below one folder; paths are relative to it, with slashes, from checked names."""

    def __init__(self, root: Path) -> None:
        """Use a folder, making it where there is none."""
        self.root = root
        self._scratch = root / SCRATCH
        self.written = 0
        self.removed = 0

    @contextmanager
    def alone(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
        """Let one process at a time write here; the lock ends with its process, however that ends.

        Where the system has no such locks, a file in the making still is of one process alone.

        Raises:
            ConfigError: another process holds it for too long.
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
        """Write a file unless it holds these bytes already; tell whether it was written.

        Raises:
            OSError: it cannot be written; its `filename` is the file's.
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
        """Make sure that neither a name nor a link leads out of the index."""
        folder = (self.root / path).parent.resolve()
        if {"", ".", ".."} & set(path.split("/")) or not folder.is_relative_to(self.root.resolve()):
            raise OSError(errno.EINVAL, "it leads out of the index")

    def read(self, path: str) -> bytes | None:
        """Read a file, None where there is none, and none can be."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno in NO_FILE_NAME:
                return None
            raise

    def list(self, folder: str) -> list[str]:
        """Name what a folder holds, sorted; nothing where there is none."""
        try:
            return sorted(entry.name for entry in (self.root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def same(self, path: str, other: str) -> bool:
        """Tell whether two paths are one file, as two spellings are on a disk that ignores case."""
        try:
            return (self.root / path).samefile(self.root / other)
        except FileNotFoundError:
            return False

    def remove(self, path: str) -> None:
        """Remove a file or a folder, and the folders above it that are empty then."""
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
        """Remove what was written halfway."""
        shutil.rmtree(self._scratch, ignore_errors=True)


def _wait_for(lock: int, folder: Path, sleep: Callable[[float], None]) -> None:
    for _ in range(round(BUSY_SECONDS / _PAUSE)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(_PAUSE)
        except OSError:  # a disk elsewhere may have no locks
            return
        else:
            return
    raise ConfigError(f"{folder} is being written by another backage: run it again when that has ended.")
