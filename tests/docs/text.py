"""What stands in the documentation: its blocks, its examples, and the commands in it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *DOCS]
RUN = ("sh", "python", "js")
"""The languages of blocks that are run; any other block is shown only."""

_BEFORE = re.compile(r"([A-Z_]+=\S* +)*(python3? -m +)?")
"""Variables, and what starts the command as a module."""

_END = set("|&;<>()")


@dataclass(frozen=True)
class Block:
    """A block of code with the line it begins on; without a language it is indented."""

    line: int
    language: str
    text: str


@dataclass(frozen=True)
class Section:
    """What stands below a heading of the second rank: blocks to run, and what each should print, if told."""

    document: str
    heading: str
    examples: tuple[tuple[Block, str | None], ...]


def find_blocks(path: Path) -> list[Block]:
    """Find the blocks of a document."""
    return [block for _, block in _walk(path)]


def find_sections(path: Path) -> list[Section]:
    """Find the sections that have blocks to run; a block of `text` behind one is what that one prints."""
    sections: dict[str, list[tuple[Block, str | None]]] = {}
    for heading, block in _walk(path):
        examples = sections.setdefault(heading, [])
        if block.language in RUN:
            examples.append((block, None))
        elif block.language == "text" and examples and examples[-1][1] is None:
            examples[-1] = (examples[-1][0], block.text)
    return [Section(path.name, name, tuple(found)) for name, found in sections.items() if found]


def find_commands(path: Path) -> list[tuple[int, list[str]]]:
    """Find the lines of blocks that begin with `backage`, as words up to the end of that command."""
    found = []
    for block in find_blocks(path):
        text = block.text.replace("\\\n", " " * 2)
        for number, line in enumerate(text.splitlines(), block.line):
            command = _BEFORE.sub("", line.strip(), count=1)
            words = _words(command) if command.startswith("backage ") else []
            if len(words) > 1:
                found.append((number, words))
    return found


def find_spans(path: Path) -> list[str]:
    """Find what stands as code within sentences and tables."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    children = (child for token in tokens for child in token.children or [])
    return [child.content for child in children if child.type == "code_inline"]


def find_links(path: Path) -> list[str]:
    """Find where links and pictures lead."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    children = (child for token in tokens for child in token.children or [])
    return [str(child.attrs.get("href") or child.attrs["src"]) for child in children if _leads(child.type)]


def find_headings(path: Path) -> set[str]:
    """Return the headings of a document as GitHub's anchors name them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = (line.lstrip("#").strip().lower() for line in lines if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in heads}


def _walk(path: Path) -> Iterator[tuple[str, Block]]:
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    heading = ""
    for before, token in zip(["", *(token.type + token.tag for token in tokens)], tokens, strict=False):
        if token.type == "inline" and before == "heading_openh2":
            heading = token.content
        if token.type in {"fence", "code_block"} and token.map:
            first = token.map[0] + (2 if token.type == "fence" else 1)
            yield heading, Block(first, token.info.strip(), token.content)


def _leads(kind: str) -> bool:
    return kind in {"link_open", "image"}


def _words(command: str) -> list[str]:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    end = next((place for place, word in enumerate(words) if set(word) <= _END), len(words))
    return words[:end]
