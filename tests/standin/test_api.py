import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from backage.standin.server import StandinServer
from backage.standin.world import World, default_owners, maven_owner
from tests.standin.client import BEARER, Answer, ask

START = date(2026, 11, 20)
REEL = {"owner": "lib-works", "repo": "Reel", "name": "io.libworks.reel"}
CORE = {**REEL, "name": "io.libworks.reel-core"}
REST = "/api/v3/orgs/octo-forge/packages/container/beacon/versions"


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve the default owners and one with Maven packages."""
    with StandinServer(World(START, [*default_owners(START), maven_owner(START)])) as running:
        yield running


def send(server: StandinServer, **variables: Any) -> Answer:
    """Send a query to GraphQL with a token."""
    body = json.dumps({"query": "query { repository { name } }", "variables": variables}).encode()
    return ask(server, "/api/graphql", "POST", BEARER, body)


def package_in(answer: Answer) -> Any:
    """Return the only package in an answer of GraphQL."""
    assert answer.status == 200
    (package,) = answer.json["data"]["repository"]["packages"]["nodes"]
    return package


def truth_of(server: StandinServer, package: str) -> dict[str, Any]:
    """Return a package as a complete index shows it."""
    return next(t for t in server.world.truth() if t["package"] == package)


def links(answer: Answer) -> dict[str, str]:
    """Return the links to other pages by their `rel`, without the server's own address."""
    return {
        rel: target
        for target, rel in re.findall(r'<http://[^/]+([^>]+)>; rel="(\w+)"', answer.headers["Link"] or "")
    }


# --- REST --------------------------------------------------------------------------------------


def test_rest_lists_the_versions_of_every_type(server: StandinServer) -> None:
    """The versions of every package have the truth's ids, names and tags, newest first."""
    for truth in server.world.truth():
        path = f"{truth['owner_type']}/{truth['owner']}/packages/{truth['package_type']}/{truth['package']}"
        found = []
        target: str | None = f"/api/v3/{path}/versions?per_page=100"
        while target is not None:
            answer = ask(server, target, headers=BEARER)
            found += answer.json
            target = links(answer).get("next")
        assert [(v["id"], v["name"]) for v in found] == [(v["id"], v["name"]) for v in truth["version"]]
        for shown, expected in zip(found, truth["version"], strict=True):
            image = truth["package_type"] == "container"
            tags = {"container": {"tags": expected["tags"]}} if image else {}
            assert shown["metadata"] == {"package_type": truth["package_type"], **tags}


def test_rest_dates_versions(server: StandinServer) -> None:
    """A version was created and updated on the day of its publication."""
    version = ask(server, f"{REST}?per_page=1", headers=BEARER).json[0]
    day = server.world.owners[0].packages[0].newest.published
    assert version["created_at"] == version["updated_at"] == f"{day}T09:12:44Z"
    assert version.keys() == {"id", "name", "created_at", "updated_at", "metadata"}


def test_rest_pages_by_per_page(server: StandinServer) -> None:
    """A page has `per_page` versions, 30 by default and 100 at most, and links to next and last."""
    pages = [ask(server, f"{REST}{query}", headers=BEARER) for query in ("", "?per_page=500", "?per_page=0")]
    assert [len(page.json) for page in pages] == [30, 100, 30]
    assert links(pages[0]) == {
        "next": f"{REST}?per_page=30&page=2",
        "last": f"{REST}?per_page=30&page=5",
    }
    last = ask(server, f"{REST}?per_page=100&page=2", headers=BEARER)
    assert (len(last.json), links(last)) == (24, {})
    past = ask(server, f"{REST}?per_page=100&page=3", headers=BEARER)
    assert (past.status, past.json, links(past)) == (200, [], {})


@pytest.mark.parametrize(
    "path",
    [
        "users/octo-forge/packages/container/beacon",
        "orgs/octo-forge/packages/container/nothing",
        "orgs/octo-forge/packages/npm/beacon",
        "orgs/nobody/packages/container/beacon",
        "orgs/lib-works/packages/maven/3104512",
    ],
)
def test_rest_has_no_unknown_packages(server: StandinServer, path: str) -> None:
    """A package of another kind of owner and an unknown package are 404."""
    assert ask(server, f"/api/v3/{path}/versions", headers=BEARER).status == 404


def test_rest_lists_versions_to_callers_with_a_token(server: StandinServer) -> None:
    """Without a token the versions of a package are 401, although it is public."""
    answer = ask(server, REST)
    assert (answer.status, answer.json["message"]) == (401, "Requires authentication")
    assert answer.headers["x-ratelimit-remaining"] == "59"


def test_rest_can_be_forbidden(server: StandinServer) -> None:
    """The versions of an owner in `rest_forbidden` are 403, with calls left, and those of others are not."""
    server.world.rest_forbidden.add("octo-forge")
    answer = ask(server, REST.replace("octo-forge", "Octo-Forge"), headers=BEARER)
    assert (answer.status, answer.json["message"]) == (403, "Resource not accessible by integration")
    assert answer.headers["x-ratelimit-remaining"] == "4999"
    assert ask(server, "/api/v3/users/octo-forge", headers=BEARER).status == 200
    other = "/api/v3/users/mona-lab/packages/npm/moon-phase/versions?page=x"
    assert ask(server, other, headers=BEARER).status == 200


# --- GraphQL -----------------------------------------------------------------------------------


def test_graphql_has_totals(server: StandinServer) -> None:
    """The totals of a Maven package and of its versions are the truth's, newest first."""
    truth = truth_of(server, REEL["name"])
    package = package_in(send(server, **REEL))
    assert package["name"] == truth["package"]
    assert package["statistics"] == {"downloadsTotalCount": truth["raw_downloads"]}
    assert [(v["version"], v["statistics"]["downloadsTotalCount"]) for v in package["versions"]["nodes"]] == [
        (v["name"], v["raw_downloads"]) for v in truth["version"]
    ]


def test_graphql_has_files(server: StandinServer) -> None:
    """A version has its archive, whose size is the truth's, and files of checksums beside it."""
    truth = truth_of(server, REEL["name"])
    for version, expected in zip(
        package_in(send(server, **REEL))["versions"]["nodes"], truth["version"], strict=True
    ):
        stem = f"reel-{expected['name']}"
        assert version["files"] == {
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "nodes": [
                {"name": f"{stem}.jar", "size": expected["raw_size"]},
                {"name": f"{stem}.jar.sha1", "size": 40},
                {"name": f"{stem}.pom.md5", "size": 32},
            ],
        }


def test_graphql_pages_by_cursor(server: StandinServer) -> None:
    """A page has `first` versions, and the next one continues at the cursor."""
    names, after, infos = [], None, []
    for _ in range(3):
        versions = package_in(send(server, **CORE, first=25, after=after))["versions"]
        names += [node["version"] for node in versions["nodes"]]
        infos.append(versions["pageInfo"])
        after = versions["pageInfo"]["endCursor"]
        assert versions["totalCount"] == 60
    assert names == [v["name"] for v in truth_of(server, CORE["name"])["version"]]
    assert infos == [
        {"hasNextPage": True, "endCursor": "25"},
        {"hasNextPage": True, "endCursor": "50"},
        {"hasNextPage": False, "endCursor": "60"},
    ]
    past = package_in(send(server, **CORE, after="60"))["versions"]
    assert past["nodes"] == []
    assert past["pageInfo"] == {"hasNextPage": False, "endCursor": None}
    assert len(package_in(send(server, **CORE))["versions"]["nodes"]) == 60


def test_graphql_has_only_maven_packages(server: StandinServer) -> None:
    """A package of another type or name gives an empty list, not an error."""
    for name in ("reel-client", "io.libworks", "IO.LIBWORKS.REEL"):
        answer = send(server, owner="Lib-Works", repo="reel", name=name)
        assert answer.json == {"data": {"repository": {"packages": {"nodes": []}}}}
    answer = send(server, owner="Lib-Works", repo="reel-client", name="reel-client")
    assert answer.json == {"data": {"repository": {"packages": {"nodes": []}}}}


@pytest.mark.parametrize("place", [{"owner": "nobody"}, {"repo": "nothing"}, {"owner": "mona-lab"}])
def test_graphql_does_not_find_repositories(server: StandinServer, place: dict[str, str]) -> None:
    """An owner or repository that does not exist is an error with status 200."""
    answer = send(server, **{**REEL, **place})
    assert answer.status == 200
    assert answer.json["data"] == {"repository": None}
    assert [error["type"] for error in answer.json["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"query": "q"}',
        b'{"query": "q", "variables": null}',
        b'{"query": "q", "variables": {"owner": "lib-works", "repo": "reel"}}',
        b'{"query": "q", "variables": {"owner": "lib-works", "repo": "reel", "name": ["io.libworks.reel"]}}',
        b'{"variables": {"owner": "lib-works", "repo": "reel", "name": "io.libworks.reel"}}',
    ],
)
def test_graphql_needs_variables(server: StandinServer, body: bytes) -> None:
    """A body without a query or without the needed variables is answered by errors."""
    answer = ask(server, "/api/graphql", "POST", BEARER, body)
    assert answer.status == 200
    assert answer.json.keys() == {"errors"}


@pytest.mark.parametrize(
    "wrong", [{"first": 101}, {"first": 0}, {"first": "9"}, {"after": "x"}, {"after": "-1"}]
)
def test_graphql_refuses_invalid_pages(server: StandinServer, wrong: dict[str, Any]) -> None:
    """More than 100 versions a page and an invalid cursor are errors."""
    assert send(server, **REEL, **wrong).json.keys() == {"errors"}


def test_graphql_can_be_forbidden(server: StandinServer) -> None:
    """The packages of an owner in `graphql_forbidden` are refused with status 200."""
    server.world.graphql_forbidden.add("lib-works")
    answer = send(server, **{**REEL, "owner": "Lib-Works"})
    message = "Resource not accessible by integration"
    assert answer.status == 200
    assert answer.json == {
        "data": {"repository": None},
        "errors": [{"type": "FORBIDDEN", "path": ["repository"], "message": message}],
    }


def test_graphql_needs_a_token_and_a_query(server: StandinServer) -> None:
    """Without a token GraphQL is 401 and costs nothing; a GET is 404."""
    answer = ask(server, "/api/graphql", "POST", body=b"{}")
    assert (answer.status, answer.json["message"]) == (401, "Requires authentication")
    assert "x-ratelimit-limit" not in answer.headers
    assert ask(server, "/api/graphql", headers=BEARER).status == 404


def test_graphql_has_its_own_limit(server: StandinServer) -> None:
    """Queries are counted apart from REST, and refused beyond their limit until the next hour."""
    server.graphql_limit = 2
    assert ask(server, REST, headers=BEARER).headers["x-ratelimit-resource"] == "core"
    first, second, third = (send(server, **REEL) for _ in range(3))
    assert [a.headers["x-ratelimit-remaining"] for a in (first, second, third)] == ["1", "0", "0"]
    assert {a.headers["x-ratelimit-resource"] for a in (first, second, third)} == {"graphql"}
    assert package_in(second)
    limited = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user."}
    assert (third.status, third.json) == (200, {"errors": [limited]})
    assert ask(server, REST, headers=BEARER).headers["x-ratelimit-remaining"] == "4998"
    server.reset()
    assert package_in(send(server, **REEL))


def test_graphql_has_githubs_limit() -> None:
    """An hour allows 5,000 queries by default."""
    with StandinServer(World(START)) as server:
        assert send(server, **REEL).headers["x-ratelimit-limit"] == "5000"
    with StandinServer(World(START), graphql_limit=7) as server:
        assert send(server, **REEL).headers["x-ratelimit-limit"] == "7"
