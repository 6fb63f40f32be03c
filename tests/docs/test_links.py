"""Every link of the documentation leads to something."""

import re
from pathlib import Path

import pytest

from tests.docs.text import DOCS, ROOT, TEXTS, find_headings, find_links, find_spans


@pytest.mark.parametrize("path", [*TEXTS, *ROOT.glob(".github/*.md")], ids=lambda path: path.name)
def test_files_and_headings_exist(path: Path) -> None:
    """A link into the repository names an existing file and a heading in it."""
    for link in find_links(path):
        target, _, heading = link.partition("#")
        if target.startswith(("http://", "https://")):
            continue
        if "issues/new" in target:  # of whichever fork shows the page: github.com/OWNER/NAME/blob/main/...
            above = "../" * (2 + len(path.parent.relative_to(ROOT).parts))
            form = target.removeprefix(f"{above}issues/new?template=")
            assert (ROOT / ".github" / "ISSUE_TEMPLATE" / form).is_file(), link
            continue
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), link
        if heading:
            assert heading in find_headings(file), link


def test_every_document_is_in_the_index() -> None:
    """`docs/README.md` links each document beside it."""
    linked = set(find_links(ROOT / "docs" / "README.md"))
    assert {path.name for path in DOCS} - {"README.md"} <= linked


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/how-it-works.md", "docs/security.md"])
def test_modules_that_are_named_exist(name: str) -> None:
    """A path of a module, a folder or a workflow in a sentence or a table exists."""
    spans = {span for span in find_spans(ROOT / name) if re.fullmatch(r"[\w./-]+(\.(py|yml)|/)", span)}
    files = [path for place in ("backage", "tests", ".github") for path in (ROOT / place).rglob("*")]
    existing = [f"/{path.relative_to(ROOT).as_posix()}{'/' * path.is_dir()}" for path in files]
    existing += [f"/{path.name}" for path in ROOT.iterdir()]
    assert len(spans) > 5
    assert [span for span in sorted(spans) if not any(path.endswith(f"/{span}") for path in existing)] == []
