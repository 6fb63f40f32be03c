"""The documentation's examples do what is written beside them."""

import importlib.util
import shlex
import shutil

import pytest

from tests.docs.conftest import Stage
from tests.docs.text import DOCS, ROOT, Block, Section, find_commands, find_sections

SECTIONS = [
    pytest.param(section, id=f"{section.document}-{section.heading}")
    for path in DOCS
    for section in find_sections(path)
]
PROGRAMS = ("curl", "jq", "node", "git", "datasette", "sha256sum")
SAFE = {"update", "owners", "render", "check", "show", "top", "badge", "export", "snapshot", "site", "vacuum"}
"""Commands of the README that are run too: on the stand-in they end, and reach nobody."""

LINES = [
    pytest.param(words, id=f"README.md:{line}")
    for line, words in find_commands(ROOT / "README.md")
    if words[1] in SAFE
]


def missing(section: Section, path: str) -> list[str]:
    """Name what a section's examples need and this machine lacks."""
    blocks = [block for block, _ in section.examples]
    words = {word for block in blocks for word in block.text.replace("|", " ").split()}
    needed = words & set(PROGRAMS) | ({"node"} if any(block.language == "js" for block in blocks) else set())
    lacking = [name for name in sorted(needed) if shutil.which(name, path=path) is None]
    duckdb = any("import duckdb" in block.text for block in blocks)
    return lacking + (["duckdb"] if duckdb and importlib.util.find_spec("duckdb") is None else [])


@pytest.mark.parametrize("section", SECTIONS)
def test_examples_print_what_stands_below_them(section: Section, stage: Stage) -> None:
    """The blocks of a section, run one after the other, end well and print what is shown."""
    if lacking := missing(section, stage.environment["PATH"]):
        pytest.skip(f"{', '.join(lacking)} is not installed here")
    for block, expected in section.examples:
        printed = stage.run(block)
        if expected is not None:
            assert printed.rstrip() == expected.rstrip(), block.text


@pytest.mark.parametrize("words", LINES)
def test_commands_of_the_readme_run(words: list[str], stage: Stage) -> None:
    """The commands of the README succeed."""
    proposed = stage.folder / "proposed"
    proposed.mkdir()
    (proposed / "owners.txt").write_text("Octo-Forge\nmona-lab\npaper-lantern\n")
    (proposed / "optout.txt").write_text("")
    stage.run(Block(0, "sh", shlex.join(words)))
