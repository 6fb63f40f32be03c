"""Files of the index: replaced whole or not at all, and left alone where nothing changed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRATCH = ".tmp"
"""Below the index, so that a rename stays within one disk; what a killed run left there is removed."""


class IndexFiles:
    """The files below one folder; paths are relative to it, with slashes, from checked names."""

    def __init__(self, root: Path) -> None:
        """Use a folder, making it where there is none."""
        self.root = root
        self._scratch = root / SCRATCH
        self.written = 0
        self.removed = 0

    def write(self, path: str, data: bytes) -> bool:
        """Write a file unless it holds these bytes already; tell whether it was written."""
        target = self.root / path
        if self.read(path) == data:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(parents=True, exist_ok=True)
        scratch = self._scratch / "file"
        scratch.write_bytes(data)
        os.replace(scratch, target)  # noqa: PTH105 (Path.replace says nothing of being atomic)
        self.written += 1
        return True

    def read(self, path: str) -> bytes | None:
        """Read a file, None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

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
