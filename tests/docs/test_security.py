"""The security model says of the workflows what they say themselves."""

import re
from typing import Any

import yaml

from tests.docs.text import ROOT

ROW = re.compile(r"\| `(?P<file>[a-z-]+\.yml)` \| (?P<jobs>[^|]+) \|(?P<writes>[^|]*)\|")


def load(file: str) -> dict[str, Any]:
    """Read a workflow."""
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows" / file).read_text(encoding="utf-8"))
    return found


def test_the_table_of_permissions_is_that_of_the_workflows() -> None:
    """The table lists each job once, with all its write permissions."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    documented = {
        (row["file"], job): set(re.findall(r"`([\w-]+)`", row["writes"]))
        for row in ROW.finditer(text)
        for job in re.findall(r"`([\w-]+)`", row["jobs"])
    }
    files = sorted(path.name for path in (ROOT / ".github/workflows").glob("*.yml"))
    assert documented == {
        (file, name): {what for what, how in job["permissions"].items() if how == "write"}
        for file in files
        for name, job in load(file)["jobs"].items()
    }
