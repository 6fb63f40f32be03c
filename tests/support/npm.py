"""Packages of npm with which some tests compare: installed as they are locked, or skipped with the reason."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

NODE, NPM = shutil.which("node"), shutil.which("npm")
OURS = {"EUSAGE", "EINTEGRITY", "EJSONPARSE"}
"""npm's words for files that do not fit together; other errors are the machine's or the registry's."""

_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
_CODE = re.compile(r"^npm (?:ERR!|error) code (\w+)$", re.MULTILINE)


def install(source: Path, folder: Path, *files: str) -> None:
    """Install a folder's locked packages into another one, and copy more of its files there.

    A test that needs it is skipped where the registry does not answer, or this npm cannot.
    """
    for name in ("package.json", "package-lock.json", *files):
        shutil.copy(source / name, folder)
    command = [str(NPM), *_INSTALL]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 (our own arguments)
    except subprocess.TimeoutExpired:
        pytest.skip("npm ci did not end within five minutes")
    if done.returncode:
        code = _CODE.search(done.stderr)
        if code and code[1] in OURS:
            pytest.fail(done.stderr)
        pytest.skip(f"npm ci failed: {code[1] if code else done.stderr.strip()[-200:]}")
