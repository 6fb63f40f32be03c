from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from backage.demo.catalogue import default_owners, maven_owner
from backage.demo.server import DemoServer
from backage.demo.world import World
from tests.demo.asking import BEARER, Answer, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

START = date(2026, 11, 20)
REST = "/api/v3/orgs/octo-forge/packages/container/beacon/versions"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """The default owners and one of Maven packages, served."""
    with DemoServer(World(START, [*default_owners(START), maven_owner(START)])) as running:
        yield running


def links(answer: Answer) -> dict[str, str]:
    """The links to other pages by their `rel`, without the server's own address."""
    return {
        rel: target
        for target, rel in re.findall(r'<http://[^/]+([^>]+)>; rel="(\w+)"', answer.headers["Link"] or "")
    }


def test_rest_lists_the_versions_of_every_type(server: DemoServer) -> None:
    """Every package's versions are told with the truth's ids, names and tags, newest first."""
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


def test_rest_tells_when_a_version_was_published(server: DemoServer) -> None:
    """A version has the day of its publication as created and updated."""
    version = ask(server, f"{REST}?per_page=1", headers=BEARER).json[0]
    day = server.world.owners[0].packages[0].newest.published
    assert version["created_at"] == version["updated_at"] == f"{day}T09:12:44Z"
    assert version.keys() == {"id", "name", "created_at", "updated_at", "metadata"}


def test_rest_pages_as_it_is_asked(server: DemoServer) -> None:
    """A page has 30 versions, or as many as `per_page` says up to 100, and links to next and last."""
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
def test_rest_does_not_find_what_is_not_there(server: DemoServer, path: str) -> None:
    """An owner of the other kind, and a package that does not exist, are 404."""
    assert ask(server, f"/api/v3/{path}/versions", headers=BEARER).status == 404


def test_rest_lists_versions_to_callers_with_a_token(server: DemoServer) -> None:
    """Without a token the versions of a package are 401, although it is public."""
    answer = ask(server, REST)
    assert (answer.status, answer.json["message"]) == (401, "Requires authentication")
    assert answer.headers["x-ratelimit-remaining"] == "59"


def test_rest_can_be_forbidden(server: DemoServer) -> None:
    """The versions of an owner in `rest_forbidden` are 403, with calls left, and those of others are not."""
    server.world.rest_forbidden.add("octo-forge")
    answer = ask(server, REST.replace("octo-forge", "Octo-Forge"), headers=BEARER)
    assert (answer.status, answer.json["message"]) == (403, "Resource not accessible by integration")
    assert answer.headers["x-ratelimit-remaining"] == "4999"
    assert ask(server, "/api/v3/users/octo-forge", headers=BEARER).status == 200
    other = "/api/v3/users/mona-lab/packages/npm/moon-phase/versions?page=x"
    assert ask(server, other, headers=BEARER).status == 200
