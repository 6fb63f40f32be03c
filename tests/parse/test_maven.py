"""What GraphQL and REST say of a Maven package, and what its pages must not be taken for."""

import json
from typing import Any

import pytest

from backage.errors import BackageError, DeniedError, NotFoundError, PageChangedError
from backage.models.pages import MavenAnswer, MavenRow, Page
from backage.parse.events.artifact import parse_artifact
from backage.parse.inspect import inspect_page
from backage.parse.manifest import LARGEST
from backage.parse.maven import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids
from backage.parse.registry import CHECKS
from tests.parse.cases import load_case

ADDRESS = "https://api.github.com/graphql"


def page(document: Any) -> Page:
    """Serve a document."""
    return Page(ADDRESS, json.dumps(document).encode())


def refusal(document: object) -> BackageError:
    """Return the error for an answer of GraphQL."""
    with pytest.raises(BackageError) as caught:
        parse_maven_answer(page(document))
    return caught.value


def files(*nodes: tuple[str, object], more: bool = False) -> dict[str, Any]:
    """Make the files of a version."""
    return {
        "pageInfo": {"hasNextPage": more},
        "nodes": [{"name": name, "size": size} for name, size in nodes],
    }


def version(name: str, total: int | None, found: dict[str, Any]) -> dict[str, Any]:
    """Make a version of GraphQL's answer; without a total it has no statistics."""
    statistics = None if total is None else {"downloadsTotalCount": total}
    return {"version": name, "statistics": statistics, "files": found}


def answer(*versions: dict[str, Any], total: object = 9, more: bool = False) -> dict[str, Any]:
    """Make GraphQL's answer; it says where a page ends on the last one, too."""
    info = {"hasNextPage": more, "endCursor": "the end"}
    statistics = None if total is None else {"downloadsTotalCount": total}
    listed = {"totalCount": 7, "pageInfo": info, "nodes": list(versions)}
    return {"data": {"repository": {"packages": {"nodes": [{"statistics": statistics, "versions": listed}]}}}}


ONE = version("1.0", 5, files(("a.jar", 9)))


def test_graphql_tells_totals_and_sizes() -> None:
    """GraphQL's answer has totals and sizes of the package and of each version, in order."""
    two = version("2.0", 2_080_012_755, files(("a.jar", 8)))
    rows = (MavenRow("2.0", 2_080_012_755, None, 8), MavenRow("1.0", 5, None, 9))
    parsed = parse_maven_answer(page(answer(two, ONE, more=True)))
    assert parsed == MavenAnswer(9, 7, rows, {"2.0": 8, "1.0": 9}, "the end")
    assert parse_maven_answer(page(answer(ONE))).next is None


def test_missing_statistics_are_unknown() -> None:
    """The sizes are told all the same."""
    parsed = parse_maven_answer(page(answer(ONE, version("0.9", None, files(("a.jar", 8))))))
    assert (parsed.downloads, parsed.rows, parsed.sizes) == (9, None, {"1.0": 9, "0.9": 8})
    assert parse_maven_answer(page(answer(ONE, total=None))).downloads is None


def test_files_are_added_up_without_checksums_and_signatures() -> None:
    """A version whose files do not fit on a page, or that has none, has no size."""
    found = {
        "1.0": files(("a.jar", 1000), ("a.pom", 24), ("a.jar.sha1", 40), ("a.jar.asc", 8), ("a.jar.MD5", 32)),
        "2.0": files(("a.jar", 5), more=True),
        "3.0": files(("a.jar.sha256", 64)),
        "4.0": files(("a.jar", 0)),
        "5.0": files(("a.jar", LARGEST), ("a.pom", 0)),
    }
    document = answer(*(version(name, 1, listed) for name, listed in found.items()))
    assert parse_maven_answer(page(document)).sizes == {"1.0": 1024, "4.0": 0, "5.0": LARGEST}


@pytest.mark.parametrize("ending", CHECKS)
def test_no_checksum_and_no_signature_has_a_part_in_a_size(ending: str) -> None:
    """A file counts for a version's size exactly if it counts for its downloads."""
    document = answer(version("1.0", 1, files(("a.jar", 1000), (f"a.jar{ending}", 40))))
    assert parse_maven_answer(page(document)).sizes == {"1.0": 1000}
    assert parse_artifact(f"org/example/lamp/1.0/lamp-1.0.jar{ending}").kind == "crypto"


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"data": {"repository": {"packages": None}}},
        {"data": 5},
        answer({"version": "1.0"}),
        answer(ONE, ONE),
        answer(version("1\n0", 1, files())),
        answer(ONE, total=-1),
        answer(ONE, total="9"),
        answer(version("1.0", LARGEST + 1, files())),
        *(
            answer(version("1.0", 1, files(("a.jar", size))))
            for size in (-1, 1.5, True, "5", None, LARGEST + 1)
        ),
        answer(version("1.0", 1, files(("a.jar", LARGEST), ("b.jar", 1)))),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_is_refused(document: object) -> None:
    """An invalid or impossibly large number is refused."""
    assert isinstance(refusal(document), PageChangedError)


def test_graphql_may_not_see_or_not_know_a_package() -> None:
    """Its errors come with status 200: a token may not be allowed to see another owner's packages."""
    forbidden = {"data": {"repository": None}, "errors": [{"type": "FORBIDDEN"}]}
    unknown = {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND"}]}
    assert isinstance(refusal(forbidden), DeniedError)
    assert isinstance(refusal({"data": {"repository": None}}), DeniedError)
    assert isinstance(refusal(unknown), NotFoundError)
    assert isinstance(refusal({"data": {"repository": {"packages": {"nodes": []}}}}), NotFoundError)


def test_rest_tells_the_ids_of_versions() -> None:
    """Newest first, as they stand."""
    listed = [{"id": 7, "name": "1.1", "metadata": {}}, {"id": 5, "name": "1.0"}]
    assert parse_version_ids(page(listed)) == [("1.1", 7), ("1.0", 5)]
    assert parse_version_ids(page([])) == []


@pytest.mark.parametrize(
    "document",
    [
        *({}, [5], [{"id": 5}], [{"id": 0, "name": "1"}], [{"id": True, "name": "1"}]),
        [{"id": "5", "name": "1"}],
        [{"id": 5, "name": "1"}, {"id": 5, "name": "2"}],
        [{"id": 5, "name": "1"}, {"id": 6, "name": "1"}],
    ],
)
def test_ids_that_are_none_are_refused(document: object) -> None:
    """One invalid id makes the answer invalid, because ids have an order."""
    with pytest.raises(PageChangedError):
        parse_version_ids(page(document))


def test_a_page_without_a_dependency_is_no_maven_package() -> None:
    """Old npm and Docker packages have a number for an address, too."""
    case = load_case("maven/package")
    assert parse_maven(Page(ADDRESS, case.body.replace(b"&lt;dependency&gt;", b"&lt;other&gt;"))) is None


def test_the_page_of_another_version_is_refused() -> None:
    """A site that does not know a version must not show the newest in its place."""
    case = load_case("maven/package")
    assert parse_maven(case.page, "org.example.lamp", "1.0.2") is not None
    with pytest.raises(PageChangedError, match="dependency of its version"):
        parse_maven(case.page, "org.example.lamp", "1.0.1")
    several = load_case("maven/dependency-without-version-of-several")
    with pytest.raises(PageChangedError, match="dependency of its version"):
        parse_maven(several.page, "org.example.lamp", "1.0.2")


def test_the_list_of_another_package_is_refused() -> None:
    """Its rows lead to another number."""
    case = load_case("maven-versions/newest-first")
    assert len(parse_maven_list(case.page, 48213).rows) == 3
    with pytest.raises(PageChangedError, match="name in the row of a version"):
        parse_maven_list(case.page, 48214)


def test_a_dependency_whose_name_can_be_none_is_refused() -> None:
    """Its page is a Maven package's all the same, and not the page of a version of another kind."""
    case = load_case("maven/package")
    body = case.body.replace(b"lamp&lt;/artifactId", b"la&lt;b&gt;mp&lt;/artifactId")
    with pytest.raises(PageChangedError, match="valid group and artifact"):
        parse_maven(Page(ADDRESS, body))
    with pytest.raises(PageChangedError, match="valid group and artifact"):
        inspect_page(Page(ADDRESS, body))
