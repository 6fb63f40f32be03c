"""What leaves the program and comes back to it: the files of an index, archives, a repository's commits."""

from __future__ import annotations

from backage.publish.archive import Archive, pack, unpack
from backage.publish.dataset import write_csv, write_json_lines, write_parquet
from backage.publish.files import SCRATCH, IndexFiles
from backage.publish.git import Commit, GitLog

__all__ = [
    "SCRATCH",
    "Archive",
    "Commit",
    "GitLog",
    "IndexFiles",
    "pack",
    "unpack",
    "write_csv",
    "write_json_lines",
    "write_parquet",
]
