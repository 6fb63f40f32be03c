"""Files of the site: as those of the index, and what an earlier build left is removed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from backage.errors import ConfigError
from backage.publish.files import IndexFiles

if TYPE_CHECKING:
    from pathlib import Path

MARK = ".backage-site"
_MARKED = b"Written by `backage site`, which removes from this folder what it did not write.\n"


class SiteFiles(IndexFiles):
    """The files below a folder that is ours alone."""

    def __init__(self, root: Path) -> None:
        """Take a folder that is empty, not there yet, or was made by an earlier build.

        Raises:
            ConfigError: it holds something else.
        """
        super().__init__(root)
        if root.is_symlink() or (root.exists() and not root.is_dir()):
            raise ConfigError(f"{root} is no folder: name another with -o.")
        if self.list("") and not (root / MARK).is_file():
            raise ConfigError(f"{root} holds what `backage site` did not write: name another folder with -o.")
        self._kept: dict[str, str] = {}
        self.bytes = 0
        self.write(MARK, _MARKED)

    @property
    def count(self) -> int:
        """How many files there are."""
        return len(self._kept)

    def write(self, path: str, data: bytes) -> bool:
        """Write a file unless it holds these bytes already, and keep it."""
        self._kept[path.casefold()] = path
        self.bytes += len(data)
        return super().write(path, data)

    def prune(self) -> None:
        """Remove what was not written; on a disk that ignores case, two spellings are one file."""
        self.clean()
        for folder, _, names in os.walk(self.root, topdown=False):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")  # noqa: PTH118 (a Path for each of some 100,000 takes seconds)
                kept = self._kept.get(path.casefold())
                if kept is None or (kept != path and not self.same(kept, path)):
                    self.remove(path)
