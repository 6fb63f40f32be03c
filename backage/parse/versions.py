"""The list of a package's versions, 50 a page, with exact totals."""

import re

from selectolax.lexbor import LexborNode

from backage.models.pages import Page, VersionRow, VersionsPage
from backage.parse.document import VERSION_LINK, Document, ancestor, attribute, is_text, query_value, words
from backage.parse.package import count_pages, parse_count

LABEL = "Version downloads"
_COUNTED = re.compile(r"([0-9][0-9,]*) (tagged|untagged)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_AGO = re.compile(
    r"Published (?:about |over |almost |less than )?(an?|[0-9]{1,3}) (second|minute|hour|day)s? ago"
)


def parse_versions(page: Page, name: str | None = None) -> VersionsPage:
    """Read one page of the list; with a name, check that it is that package's.

    The counts in the heading are of the whole package; packages without tags may have none.

    A page past the end has no rows.

    Raises:
        PageChangedError: there is no list, a row lacks its id, name or count, or a container's
            list does not say how many versions it has.
    """
    document = Document(page, "versions")
    listing = document.tree.css_first("#versions-list")
    if listing is None:
        raise document.changed("list of versions")
    document.check_name(name)
    heading = _read_heading_counts(listing)
    labels = find_labels(listing)
    items = ((item, labels.get(item.mem_id, [])) for item in listing.css("li"))
    rows = [row for item, counts in items if (row := _read_row(document, item, counts)) is not None]
    if "tagged" not in heading and any(row.name.startswith("sha256:") for row in rows):
        raise document.changed("count of tagged versions")
    return VersionsPage(tuple(rows), heading.get("tagged"), heading.get("untagged"), count_pages(document))


def _read_heading_counts(listing: LexborNode) -> dict[str, int]:
    """Read how many versions the heading says there are, tagged and untagged; nothing unless it says both."""
    counts = {}
    for link in listing.css("a"):
        match = _COUNTED.fullmatch(words(link.text()))
        count = parse_count(match[1]) if match else None
        if match and count is not None:
            counts[match[2]] = count.value
    return counts if counts.keys() == {"tagged", "untagged"} else {}


def find_labels(listing: LexborNode) -> dict[int, list[str]]:
    """Find the text beside each label, by the list item that it is in: one search for the whole page."""
    found: dict[int, list[str]] = {}
    for label in listing.css(f'*:lexbor-contains("{LABEL}")'):
        beside = label.parent.text(deep=False) if label.parent is not None else ""
        row = ancestor(label, "li")
        if row is not None:
            found.setdefault(row.mem_id, []).append(beside)
    return found


def _read_row(document: Document, item: LexborNode, counts: list[str]) -> VersionRow | None:
    """Read a row; None where the list item is no version at all."""
    ids: set[int] = set()
    names: list[str] = []
    tags: list[str] = []
    for link in item.css("a"):
        match = VERSION_LINK.fullmatch(attribute(link, "href"))
        if match is None:
            continue
        ids.add(int(match["id"]))
        text = words(link.text())
        if match["tag"]:
            tags.append(query_value(attribute(link, "href"), "tag", text))
        elif " " in text or "?" in attribute(link, "href"):  # it swallowed its neighbours, or lost its tag
            raise document.changed(f"name in the row of version {min(ids)}")
        elif text:
            names.append(text)
    if not ids and not counts:
        return None
    if len(ids) != 1:
        raise document.changed("id in the row of a version")
    downloads = read_downloads(document, counts, str(min(ids)))
    text = words(item.text())
    digest = _DIGEST.search(text) or (None if names else _DIGEST.search(item.html or ""))
    if digest is None and not names:
        raise document.changed(f"name in the row of version {min(ids)}")
    name = digest[0] if digest else names[0]
    _check_texts(document, name, tags)
    return VersionRow(ids.pop(), name, tuple(dict.fromkeys(tags)), downloads, read_age(text))


def read_downloads(document: Document, counts: list[str], version: str) -> int:
    """Read the one number beside the label in a version's row.

    Raises:
        PageChangedError: there is none, there are two, or it is abbreviated.
    """
    count = parse_count(counts[0]) if len(counts) == 1 else None
    if count is None or not count.exact:
        raise document.changed(f'"{LABEL}" in the row of version {version}')
    return count.value


def _check_texts(document: Document, name: str, tags: list[str]) -> None:
    """Check a version's name and tags. A tag must not have a comma: tags are stored comma-separated."""
    if not is_text(name) or not all(is_text(tag) and "," not in tag for tag in tags):
        raise document.unfit("valid name and tags in the row of a version")


def read_age(text: str) -> int | None:
    """Read from `Published 3 days ago` how many whole days ago that was at least."""
    if match := _AGO.search(text):
        return int(match[1]) if match[2] == "day" and match[1].isdecimal() else 0
    return None
