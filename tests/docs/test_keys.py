"""The README's tables of keys and columns hold all that there are, and no others."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.docs.text import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LISTS = ("instance", "owner", "repository")
OCCASIONAL = {"stale", "versions_date"}
"""Keys that no file has while all is well; tests/render have them."""


def read_table(before: str) -> list[list[str]]:
    """Read the rows of the table behind a sentence, without its head, as cells."""
    text = README.partition(before)[2].partition("\n\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()[2:]]


def names(cell: str) -> set[str]:
    """Return the code in a cell."""
    return set(re.findall(r"`([a-z_]+)`", cell))


def documents(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read each file of an index, with what it is of."""
    for path in sorted((folder / "index").rglob("*.json")):
        depth = len(path.relative_to(folder / "index").parts) - 1
        yield "package" if path.name != ".json" else LISTS[depth], json.loads(path.read_bytes())


def plain(keys: set[str]) -> set[str]:
    """Return the keys without the prefix `raw_` of exact numbers."""
    return {key.removeprefix("raw_") for key in keys}


def test_keys_of_packages_and_versions(grown: Path) -> None:
    """The keys in the files are the keys in the tables."""
    packages = [document for of, document in documents(grown / "instance") if of == "package"]
    head = set().union(*(names(row[0]) for row in read_table("is the newest. A package:"))) - {"raw_"}
    assert plain(set().union(*packages)) == plain(head) - OCCASIONAL
    below = set().union(*(names(row[0]) for row in read_table("A version:")))
    assert plain({key for package in packages for version in package["version"] for key in version}) == below


def test_keys_of_lists(grown: Path) -> None:
    """Each key is in the lists that the table names, and in no other."""
    found: dict[str, set[str]] = {of: set() for of in LISTS}
    for of, document in documents(grown / "instance"):
        if of != "package":
            found[of] |= plain(set(document))
    documented: dict[str, set[str]] = {of: set() for of in LISTS}
    for keys, places, _ in read_table("of a repository, an owner and the instance:"):
        for of in LISTS if places == "all" else places.split(", "):
            documented[of] |= plain(names(keys) - {"raw_"})
    documented["owner"].discard("repo")
    assert documented == found


def test_columns_of_the_dataset(grown: Path) -> None:
    """Each column is in the views that the table names, with its type."""
    with closing(sqlite3.connect(grown / "instance" / "history.db")) as database:
        found = {
            view: {row[1] for row in database.execute(f"PRAGMA table_info({view})")}
            for view in ("packages", "versions")
        }
    documented: dict[str, set[str]] = {"packages": set(), "versions": set()}
    for columns, places, *_ in read_table("holds\nuntil the next one."):
        for view in documented if places == "both" else [places.strip("`")]:
            documented[view] |= names(columns)
    assert documented == found
