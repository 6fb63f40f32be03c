"""Compressing a file. Its size and SHA-256 are in a file beside it, `FILE.sha256`.

`sha256sum --check` accepts that file too.
"""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backage.errors import ConfigError, DamagedError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 10
"""Higher levels take minutes for a large history and save a few percent."""

_NOTE = re.compile(r"# ([0-9]{1,18}) bytes\n([0-9a-f]{64})  [^\n]+\n")


@dataclass(frozen=True, slots=True)
class Archive:
    """A compressed file; sizes are bytes."""

    size: int
    sha256: str


def pack(source: Path, target: Path) -> Archive:
    """Compress a file. The archive and the file beside it are replaced whole or not at all.

    Raises:
        OSError: a file cannot be written.
    """
    parameter = zstd.CompressionParameter
    options: Mapping[int, int] = {parameter.compression_level: LEVEL, parameter.checksum_flag: 1}
    beside, scratch = _beside(target), target.with_name(f".{target.name}.tmp")
    try:
        with source.open("rb") as plain, scratch.open("wb") as packed:
            with zstd.open(packed, "wb", options=options) as stream:
                shutil.copyfileobj(plain, stream)
            packed.flush()
            os.fsync(packed.fileno())
        archive = _describe(scratch)
        beside.unlink(missing_ok=True)  # it would not match the new file
        scratch.replace(target)
        scratch.write_text(f"# {archive.size} bytes\n{archive.sha256}  {target.name}\n", encoding="utf-8")
        scratch.replace(beside)
    finally:
        scratch.unlink(missing_ok=True)
    return archive


def unpack(source: Path, target: Path) -> Archive:
    """Decompress an archive after checking its size and SHA-256.

    Raises:
        ConfigError: the archive does not exist.
        DamagedError: the archive is damaged, or cannot be checked.
        OSError: the target cannot be written.
    """
    if not source.is_file():
        raise ConfigError(f"{source} does not exist.")
    note = _beside(source)
    match = _NOTE.fullmatch(note.read_text(encoding="utf-8", errors="replace")) if note.is_file() else None
    if match is None:
        raise DamagedError(f"{note} is missing or says no size and SHA-256, so {source} cannot be checked.")
    archive = _describe(source)
    if archive.size != int(match[1]):
        raise DamagedError(f"{source} has {archive.size} bytes where {match[1]} were written: it is damaged.")
    if archive.sha256 != match[2]:
        raise DamagedError(f"{source} has another SHA-256 than {note} says: it is damaged.")
    try:
        with zstd.open(source, "rb") as stream, target.open("wb") as plain:
            shutil.copyfileobj(stream, plain)
    except (zstd.ZstdError, EOFError) as error:
        raise DamagedError(f"{source} cannot be decompressed: {error}.") from error
    return archive


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _describe(path: Path) -> Archive:
    with path.open("rb") as stream:
        return Archive(path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())
