"""What the tests of merging share."""

from pathlib import Path

import pytest


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Name the history that takes in."""
    return tmp_path / "mine.db"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Name the history that is taken in."""
    return tmp_path / "theirs.db"
