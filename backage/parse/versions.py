"""The list of a package's versions, 50 a page, with exact totals."""

import re
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class RowLinks:
    """What the links of a row say of its version: all ids, names and tags that they have."""

    ids: set[int] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


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
    heading, rows = _read_links(document, listing)
    labels = find_labels(listing)
    items = ((item, rows.get(item.mem_id), labels.get(item.mem_id, [])) for item in listing.css("li"))
    versions = tuple(_read_row(document, *item) for item in items if item[1] or item[2])
    if "tagged" not in heading and any(version.name.startswith("sha256:") for version in versions):
        raise document.changed("count of tagged versions")
    return VersionsPage(versions, heading.get("tagged"), heading.get("untagged"), count_pages(document))


def _read_links(document: Document, listing: LexborNode) -> tuple[dict[str, int], dict[int, RowLinks]]:
    """Read all links of a list: the counts in its heading, and the links of each row by its list item.

    The heading says how many versions are tagged and untagged. Its counts are empty unless it says both.
    """
    heading: dict[str, int] = {}
    rows: dict[int, RowLinks] = {}
    for link in listing.css("a"):
        href, text = attribute(link, "href"), words(link.text())
        match = VERSION_LINK.fullmatch(href)
        item = ancestor(link, "li") if match else None
        if match and item is not None:
            row = rows.setdefault(item.mem_id, RowLinks())
            row.ids.add(int(match["id"]))
            if match["tag"]:
                row.tags.append(query_value(href, "tag", text))
            elif " " in text or "?" in href:  # it swallowed its neighbours, or lost its tag
                raise document.changed(f"name in the row of version {min(row.ids)}")
            elif text:
                row.names.append(text)
        elif counted := _COUNTED.fullmatch(text):
            count = parse_count(counted[1])
            if count is not None:
                heading[counted[2]] = count.value
    return heading if heading.keys() == {"tagged", "untagged"} else {}, rows


def find_labels(listing: LexborNode) -> dict[int, list[str]]:
    """Find the text beside each label, by the list item that it is in: one search for the whole page."""
    found: dict[int, list[str]] = {}
    for label in listing.css(f'*:lexbor-contains("{LABEL}")'):
        beside = label.parent.text(deep=False) if label.parent is not None else ""
        row = ancestor(label, "li")
        if row is not None:
            found.setdefault(row.mem_id, []).append(beside)
    return found


def _read_row(document: Document, item: LexborNode, links: RowLinks | None, counts: list[str]) -> VersionRow:
    """Read the row of a version from its links and the text beside its label."""
    if links is None or len(links.ids) != 1:
        raise document.changed("id in the row of a version")
    (number,) = links.ids
    downloads = read_downloads(document, counts, str(number))
    text = words(item.text())
    digest = _DIGEST.search(text) or (None if links.names else _DIGEST.search(item.html or ""))
    if digest is None and not links.names:
        raise document.changed(f"name in the row of version {number}")
    name = digest[0] if digest else links.names[0]
    _check_texts(document, name, links.tags)
    return VersionRow(number, name, tuple(dict.fromkeys(links.tags)), downloads, read_age(text))


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
