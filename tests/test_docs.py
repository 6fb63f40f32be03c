"""The documentation names what there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)(?:::(test_\w+))?`")


def test_every_test_that_is_named_exists() -> None:
    """A fault without its test would be a promise that nobody keeps."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) > 30
    for path, test in named:
        assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8"), (path, test)


def test_every_fault_has_its_test() -> None:
    """No row of a table goes without."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    heads = [line for line in rows if line.endswith("| test |")]
    assert [line for line in rows if line not in heads and not NAMED.search(line)] == []
