"""Maven packages: from GraphQL and from pages, whoever's counters their pages show; exact or absent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backage.crawl.job import LookupLimits
from backage.owners import OptOut
from backage.pipeline.imports import import_history
from backage.standin.model import DAY
from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World, maven_owner
from backage.store.database import open_history
from tests.conftest import START, WINDOWS, Instance, differences

FULL = LookupLimits(None, None)
REEL = "Lib-Works/reel/io.libworks.reel"
CORE = "Lib-Works/reel/io.libworks.reel-core"


@pytest.fixture
def libraries(tmp_path: Path) -> Iterator[Instance]:
    """Give an instance without a history, of an owner with two Maven packages and one of npm."""
    with StandinServer(World(START, [maven_owner(START)])) as server:
        yield Instance(tmp_path, server)


def unknown(instance: Instance, path: str) -> int:
    """Count the windows that are unknown in a package's file."""
    shown = instance.shown(path)
    return sum(numbers[key] == -1 for numbers in (shown, *shown["version"]) for key in WINDOWS)


def ids(instance: Instance, path: str) -> list[int]:
    """Read the ids of a package's versions."""
    return [version["id"] for version in instance.shown(path)["version"]]


@pytest.mark.parametrize("token", [None, "token"])
@pytest.mark.parametrize("counters", ["version", "package"])
def test_every_number_is_right_under_both_readings_of_the_page(
    libraries: Instance, counters: str, token: str | None
) -> None:
    """With a token and without, on three days with two runs each, and with pages of versions or none."""
    libraries.server.world.maven_counters = counters  # type: ignore[assignment]
    for number in range(3):
        for lookups in (LookupLimits(0, 0), FULL):
            tally = libraries.update(token=token, lookups=lookups)
            assert tally.failures == []
            assert tally.lookups_failed == []
            assert differences(libraries) == [], (number, lookups)
        assert unknown(libraries, REEL) == unknown(libraries, CORE) == 0
        libraries.server.world.advance()


def test_a_token_saves_pages(libraries: Instance) -> None:
    """GraphQL tells totals and sizes of 100 versions a request, REST their ids once."""
    libraries.update(lookups=FULL)
    assert libraries.count_requests("/api/graphql") == 2
    assert libraries.count_requests("/versions?per_page=100&page=") == 2
    assert (
        libraries.count_requests("/packages/31045") == 2 + 63 - 2
    )  # both pages, each version but the newest two
    assert [version["raw_size"] > 0 for version in libraries.shown(CORE)["version"]] == [True] * 60
    libraries.server.world.advance()
    libraries.server.reset()
    libraries.update(lookups=LookupLimits(0, 0))
    assert libraries.count_requests("/api/") == 2
    assert (
        libraries.count_requests("/packages/31045") == 2
    )  # one each, until its windows follow from the history


def test_without_a_token_the_pages_give_the_same(libraries: Instance) -> None:
    """But for sizes and ids, which are unknown; the package's total is the sum of its versions'."""
    tally = libraries.update(token=None)
    assert libraries.count_requests("graphql") == libraries.count_requests("/api/v3/orgs") == 0
    assert differences(libraries) == []
    assert set(ids(libraries, CORE)) == {-1}
    assert libraries.shown(CORE)["version"][0]["newest"]
    assert libraries.shown(CORE)["raw_size"] == -1
    assert "64 sizes are unknown: their registries want a token (GITHUB_TOKEN)" not in tally.notes


def test_an_id_that_is_learnt_later_is_of_the_same_version(libraries: Instance) -> None:
    """Its history goes on, and its order stays."""
    libraries.update(token=None, lookups=FULL)
    before = [version["name"] for version in libraries.shown(CORE)["version"]]
    libraries.server.world.advance()
    libraries.update(lookups=LookupLimits(0, 0))
    assert [version["name"] for version in libraries.shown(CORE)["version"]] == before
    truth = next(
        package for package in libraries.server.world.truth() if package["package"] in CORE.split("/")
    )
    assert ids(libraries, CORE) == [version["id"] for version in truth["version"]]
    assert differences(libraries) == []
    assert -1 not in [version["raw_downloads_day"] for version in libraries.shown(CORE)["version"]]
    libraries.server.world.advance(2)  # a version is published
    libraries.update(token=None)
    assert ids(libraries, CORE)[0] == -1
    assert -1 not in ids(libraries, CORE)[1:]
    assert differences(libraries) == []


def test_a_token_that_comes_later_on_a_day_tells_the_ids(libraries: Instance) -> None:
    """The next run of the day asks for them, and the one after it for the total alone."""
    libraries.update(token=None)
    libraries.update()
    assert -1 not in ids(libraries, CORE)
    libraries.server.reset()
    libraries.update()
    assert (libraries.count_requests("graphql"), libraries.count_requests("per_page=100&page=")) == (2, 0)
    assert differences(libraries) == []


@pytest.mark.parametrize("refused", ["graphql_forbidden", "rest_forbidden"])
def test_what_a_token_may_not_see_is_read_as_without_one(libraries: Instance, refused: str) -> None:
    """A job's own token may be refused another owner's packages: no failure, and no wrong number."""
    getattr(libraries.server.world, refused).add("lib-works")
    tally = libraries.update(lookups=FULL)
    assert tally.exit_code == 0
    assert differences(libraries) == []
    asked = "/api/graphql" if refused == "graphql_forbidden" else "/api/v3/orgs"
    assert libraries.count_requests(asked) == 1  # the refusal holds for the owner's other packages
    assert (ids(libraries, REEL)[0] == -1) is (refused == "rest_forbidden")


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, {}, b'{"data":{"repository":{"packages":{"nodes":[]}}}}'),
        Reply(200, {}, b'{"data":null,"errors":[{"message":"Something went wrong"}]}'),
        Reply(200, {"x-ratelimit-remaining": "0"}, b'{"errors":[{"type":"RATE_LIMITED"}]}'),
        Reply(500),
        Reply(401, {}, b"{}"),
        Reply(200, {}, b"[]"),
    ],
)
def test_whatever_graphql_answers_the_pages_tell(libraries: Instance, answer: Reply) -> None:
    """Errors under status 200, a spent limit, a server in trouble: no number is wrong, no package failed."""
    libraries.server.replies["/api/graphql"] = [answer] * 30
    tally = libraries.update()
    assert (tally.exit_code, differences(libraries)) == (0, [])
    assert libraries.count_requests("/versions?page=1") == 3


def test_missing_statistics_come_from_the_pages(libraries: Instance) -> None:
    """The sizes that GraphQL told are kept all the same."""
    files = {"pageInfo": {"hasNextPage": False}, "nodes": [{"name": "a.jar", "size": 77}]}
    nodes = [{"version": f"1.{n}.0", "statistics": None, "files": files} for n in (2, 1, 0)]
    versions = {"totalCount": 3, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
    package = {"statistics": {"downloadsTotalCount": 1}, "versions": versions}
    document = {"data": {"repository": {"packages": {"nodes": [package]}}}}
    libraries.server.replies["/api/graphql"] = [Reply(200, {}, json.dumps(document).encode())]
    libraries.update(jobs=1)
    assert [version["raw_size"] for version in libraries.shown(REEL)["version"]] == [77, 77, 77]
    assert libraries.shown(REEL)["raw_downloads"] > 1


def test_a_later_run_of_the_day_asks_for_the_total_alone(libraries: Instance) -> None:
    """And without a token for the newest names; only a new version has all of them read again."""
    libraries.update(lookups=FULL)
    libraries.server.reset()
    libraries.update()
    assert (libraries.count_requests("graphql"), libraries.count_requests("/packages/31045")) == (2, 0)
    libraries.server.reset()
    libraries.update(token=None)
    assert libraries.count_requests("/packages/31045") == 2
    assert libraries.count_requests("/versions?page=") == 0
    assert differences(libraries) == []
    assert unknown(libraries, CORE) == 0
    core = libraries.server.world.owners[0].packages[1]
    core.publishes_every = 1
    libraries.server.world.advance()
    libraries.server.world.today -= DAY
    libraries.server.reset()
    libraries.update(token=None)
    assert libraries.count_requests("/packages/3104519/versions?page=") == 2
    assert len(ids(libraries, CORE)) == 61


def test_a_deleted_version_goes_the_same_day_with_a_token(libraries: Instance) -> None:
    """GraphQL counts the versions. The pages do not: what they lack waits for a day."""
    reel = libraries.server.world.owners[0].packages[0]
    libraries.update()
    libraries.server.world.advance()
    reel.versions, reel.gone = reel.versions[:-1], reel.gone + reel.versions[-1:]
    libraries.update()
    assert (libraries.shown(REEL)["raw_versions"], len(ids(libraries, REEL))) == (2, 2)
    libraries.server.world.advance()
    reel.versions, reel.gone = reel.versions[:-1], reel.gone + reel.versions[-1:]
    tally = libraries.update(token=None)
    assert len(ids(libraries, REEL)) == 2
    assert "total fell" in tally.failures[0].reason
    libraries.server.world.advance()
    libraries.update(token=None)
    assert len(ids(libraries, REEL)) == 1


def test_a_package_that_is_gone_is_gone(libraries: Instance) -> None:
    """Its page says 404, and its owner's list no longer names it."""
    libraries.update()
    del libraries.server.world.owners[0].packages[0]
    libraries.server.world.advance()
    for token in ("token", None):
        tally = libraries.update(token=token)
        assert tally.failures == []
    assert not (libraries.index / f"{REEL}.json").exists()
    assert (libraries.index / f"{CORE}.json").exists()


def test_a_package_of_another_kind_at_a_number_is_named_once(libraries: Instance) -> None:
    """Its page has no Maven dependency and GraphQL does not know it: no failure, and no file."""
    body = b"<h1>io.libworks.reel</h1><p>npm install reel</p></html>"
    libraries.server.replies["/Lib-Works/reel/packages/3104512"] = [Reply(200, {}, body)] * 2
    libraries.server.replies["/api/graphql"] = [
        Reply(200, {}, b'{"data":{"repository":{"packages":{"nodes":[]}}}}')
    ] * 4
    tally = libraries.update(jobs=1)
    named = [note for note in tally.notes if "is no Maven package" in note]
    url = f"{libraries.server.url}/Lib-Works/reel/packages/3104512"
    what = "Lib-Works/reel/io.libworks.reel is not read: it has a number and is no Maven package"
    assert named == [f"{what}: {url}"]
    assert tally.exit_code == 0
    assert not (libraries.index / f"{REEL}.json").exists()


def test_a_list_that_lacks_a_page_tells_nothing(libraries: Instance) -> None:
    """The total is a sum: half a list has none."""
    libraries.server.replies["/Lib-Works/reel/packages/3104519/versions?page=2"] = [Reply(500)] * 4
    tally = libraries.update(token=None)
    assert [failure.what for failure in tally.failures] == [CORE]
    assert not (libraries.index / f"{CORE}.json").exists()
    libraries.update(token=None)
    assert differences(libraries) == []


def test_an_import_of_the_index_goes_on_with_the_same_versions(libraries: Instance) -> None:
    """Versions without an id are known by name in a published index, too."""
    libraries.update(token=None, lookups=FULL)
    libraries.history.unlink()
    with open_history(libraries.history) as history:
        import_history(
            history, libraries.index, optout=OptOut(), today=START, revision="", on_step=lambda *_: None
        )
    libraries.server.world.advance()
    libraries.update(lookups=LookupLimits(0, 0))
    assert differences(libraries) == []
    assert -1 not in [version["raw_downloads_day"] for version in libraries.shown(CORE)["version"]]
