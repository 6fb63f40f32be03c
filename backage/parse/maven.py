"""The pages of a Maven package, which stand at a number, and what GraphQL says of it.

Rules: upstream's parser and tests (2026-10) for the pages, GitHub's GraphQL schema for the API.
"""

import re
from typing import Any

from selectolax.lexbor import LexborNode

from backage.errors import DeniedError, NotFoundError, PageChangedError
from backage.models.pages import MavenAnswer, MavenList, MavenPage, MavenRow, Page
from backage.parse.document import Document, ancestor, attribute, is_text, query_value, words
from backage.parse.manifest import LARGEST, load_list, load_object
from backage.parse.package import count_pages, read_counters
from backage.parse.registry import CHECKS
from backage.parse.versions import find_labels, read_age, read_downloads

_LINK = re.compile(
    r"(?:https?://[^/]+)?/[^/?#]+/[^/?#]+/packages/(?P<number>[1-9][0-9]{0,17})\?(?:[^#]*&)?version=[^&#]+.*"
)


_COORDINATE = re.compile(r"<(groupId|artifactId|version)>\s*([^<>\s]{1,256})\s*</\1>")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
"""Maven's rule for names of groups and artifacts."""


def parse_maven(page: Page, name: str | None = None, version: str | None = None) -> MavenPage | None:
    """Read the page of a package or of a version; None if it has no Maven dependency to copy.

    With a name, check that it is that package's page, and with a version, that it is that version's: an
    unknown version must not be taken for the newest.

    Raises:
        PageChangedError: it is another's page, or a counter is missing.
    """
    document = Document(page, "maven")
    dependency = _find_dependency(document)
    if dependency is None:
        return None
    found, shown = dependency
    if name is not None and found != name:
        raise document.changed("dependency of its package")
    linked = frozenset(filter(None, map(_linked_version, document.tree.css("a[href]"))))
    if shown is None and len(linked) == 1:
        (shown,) = linked
    if version is not None and shown != version:
        raise document.changed("dependency of its version")
    return MavenPage(found, shown, read_counters(document), linked)


def parse_maven_list(page: Page, number: int | None = None) -> MavenList:
    """Read one page of the list of versions; with a number, check that it is that package's.

    A page past the end has no rows.

    Raises:
        PageChangedError: there is no list, it is another package's, or a row lacks its name or count.
    """
    document = Document(page, "maven-versions")
    listing = document.tree.css_first("#versions-list")
    if listing is None:
        raise document.changed("list of versions")
    labels = find_labels(listing)
    rows = []
    for item in listing.css("li"):
        counts = labels.get(item.mem_id, [])
        links = [link for link in item.css("a") if ancestor(link, "li") == item]
        names = {text for link in links if (text := _linked_version(link, number))}
        if not names and not counts:
            continue
        if len(names) != 1:
            raise document.changed("name in the row of a version")
        (text,) = names
        if not is_text(text):
            raise document.unfit("valid name in the row of a version")
        rows.append(MavenRow(text, read_downloads(document, counts, text), read_age(words(item.text()))))
    if len({row.name for row in rows}) != len(rows):
        raise document.changed("single row of each version")
    return MavenList(tuple(rows), count_pages(document))


def is_maven_list(document: Document) -> bool:
    """Return whether a page with a list of versions is a Maven package's."""
    return any(_linked_version(link) for link in document.tree.css("#versions-list a"))


def _linked_version(link: LexborNode, number: int | None = None) -> str | None:
    """Read which version of a numbered package a link leads to; None for any other link."""
    href = attribute(link, "href")
    match = _LINK.fullmatch(href)
    if match is None or (number is not None and int(match["number"]) != number):
        return None
    return query_value(href, "version", words(link.text()))


def _find_dependency(document: Document) -> tuple[str, str | None] | None:
    """Find the Maven dependency that the page offers to copy: its `group.artifact`, and its version."""
    for node in document.tree.css("clipboard-copy[value]"):
        value = attribute(node, "value")
        if value.strip().startswith("<dependency>"):
            found = dict(_COORDINATE.findall(value))
            names = [found.get("groupId", ""), found.get("artifactId", "")]
            if not all(map(_NAME.fullmatch, names)):
                raise document.unfit("valid group and artifact in its dependency")
            return ".".join(names), found.get("version")
    return None


def parse_maven_answer(page: Page) -> MavenAnswer:
    """Read from GraphQL the totals and the sizes of a Maven package and its versions.

    Checksums and signatures are no part of a size. A version with more files than a page holds has none.

    Raises:
        DeniedError: the token may not see the package here.
        NotFoundError: GraphQL does not know the package.
        PageChangedError: the answer is not what was asked for.
    """
    document: Any = load_object(page, "graphql")
    types = {str(error.get("type")) for error in document.get("errors") or [] if isinstance(error, dict)}
    try:
        repository = (document.get("data") or {}).get("repository")
        if repository is None:
            if "NOT_FOUND" in types:
                raise NotFoundError(page.url, "GraphQL does not know the repository")
            raise DeniedError(page.url, "GraphQL may not see the repository with this token")
        nodes = repository["packages"]["nodes"]
        if not nodes:
            raise NotFoundError(page.url, "GraphQL does not know the package")
        (package,) = nodes
        return _read_answer(package)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PageChangedError(page.url, "graphql", "totals and files of a package") from error


def _read_answer(package: Any) -> MavenAnswer:  # noqa: ANN401 (whatever JSON can hold)
    versions = package["versions"]
    names = [str(node["version"]) for node in versions["nodes"]]
    if not all(is_text(name) for name in names) or len(set(names)) != len(names):
        raise ValueError("a name that is none, or one twice")
    totals = [_read_total(node) for node in versions["nodes"]]
    sizes = [_add_up_files(node["files"]) for node in versions["nodes"]]
    known = [total for total in totals if total is not None]
    rows = zip(names, known, sizes, strict=True) if len(known) == len(totals) else None
    more = versions["pageInfo"]
    return MavenAnswer(
        _read_total(package),
        _read_number(versions["totalCount"]),
        None if rows is None else tuple(MavenRow(name, total, None, size) for name, total, size in rows),
        {name: size for name, size in zip(names, sizes, strict=True) if size is not None},
        str(more["endCursor"]) if more["hasNextPage"] else None,
    )


def _read_total(node: Any) -> int | None:  # noqa: ANN401 (whatever JSON can hold)
    statistics = node["statistics"]
    total = statistics and statistics["downloadsTotalCount"]
    return None if total is None else _read_number(total)


def _read_number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST:  # `true` is no number
        raise ValueError("a number that is none")
    return value


def _add_up_files(files: Any) -> int | None:  # noqa: ANN401 (whatever JSON can hold)
    if files["pageInfo"]["hasNextPage"]:
        return None
    kept = [
        _read_number(node["size"])
        for node in files["nodes"]
        if not str(node["name"]).lower().endswith(CHECKS)
    ]
    return _read_number(sum(kept)) if kept else None


def parse_version_ids(page: Page) -> list[tuple[str, int]]:
    """Read from REST the names and ids of a package's versions, newest first.

    Raises:
        PageChangedError: the answer is not what the API documents.
    """
    found = []
    for item in load_list(page, "versions of a package"):
        name, number = (item.get(key) if isinstance(item, dict) else None for key in ("name", "id"))
        if not isinstance(name, str) or type(number) is not int or not 0 < number < 1 << 53:
            raise PageChangedError(page.url, "api", "name and id of a version")
        found.append((name, number))
    if not len(found) == len({name for name, _ in found}) == len({number for _, number in found}):
        raise PageChangedError(page.url, "api", "single name and id of each version")
    return found
