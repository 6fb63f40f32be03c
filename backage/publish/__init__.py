"""What leaves the program and comes back to it: the files of an index, archives, commits, releases."""

from __future__ import annotations

from backage.publish.archive import Archive, pack, unpack
from backage.publish.dataset import write_csv, write_json_lines, write_parquet
from backage.publish.files import NO_FILE_NAME, SCRATCH, IndexFiles
from backage.publish.git import Commit, GitLog
from backage.publish.origin import find_origin
from backage.publish.releases import FILE, Release, Releases
from backage.publish.repository import Change, Proposal, Repository
from backage.publish.site import SiteFiles, archive_size, find_published

__all__ = [
    "FILE",
    "NO_FILE_NAME",
    "SCRATCH",
    "Archive",
    "Change",
    "Commit",
    "GitLog",
    "IndexFiles",
    "Proposal",
    "Release",
    "Releases",
    "Repository",
    "SiteFiles",
    "archive_size",
    "find_origin",
    "find_published",
    "pack",
    "unpack",
    "write_csv",
    "write_json_lines",
    "write_parquet",
]
