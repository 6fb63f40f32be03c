"""How many pages a list of packages or of versions has."""

import re

from backage.parse.document import Document, attribute
from backage.parse.package import parse_count

MAX_PAGES = 20_000
"""A million versions. A page that claims more is wrong, and must not cost so many requests."""

_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,6})\b")


def count_pages(document: Document) -> int:
    """Read how many pages the list has: 1 where there is no pagination.

    Raises:
        PageChangedError: there is a pagination without numbers, or the number is absurd.
    """
    totals = [attribute(node, "data-total-pages") for node in document.tree.css("[data-total-pages]")]
    numbers = [int(text) for text in totals if text.isdecimal() and len(text) <= len(str(MAX_PAGES))]
    if not numbers:
        links = document.tree.css('[aria-label="Pagination"] > *, .pagination > *')
        found = [_PAGE_NUMBER.search(attribute(link, "href")) for link in links]
        numbers = [int(match[1]) for match in found if match]
        plain = [link for link, match in zip(links, found, strict=True) if not match]
        shown = [parse_count(link.text(deep=False)) for link in plain] if numbers else []
        numbers += [count.value for count in shown if count]
        if totals or (links and not numbers):
            raise document.changed("count of pages")
    pages = max(numbers, default=1)
    if not 1 <= pages <= MAX_PAGES:
        raise document.changed("believable count of pages")
    return pages
