import gzip
import http.client
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest

from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World
from tests.standin.client import BEARER, ask

LISTS = {**BEARER, "Accept": "application/vnd.oci.image.index.v1+json"}


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve the demonstration's world."""
    with StandinServer(World(date(2026, 11, 20))) as running:
        yield running


@pytest.mark.parametrize(
    ("target", "status", "text"),
    [
        ("/orgs/octo-forge/packages?page=1", 200, 'id="org-packages"'),
        ("/orgs/mona-lab/packages", 404, "not the web page"),
        ("/Mona-Lab?tab=packages", 200, 'href="/users/mona-lab/packages/npm/package/moon-phase"'),
        ("/octo-forge?tab=packages", 200, "Octo-Forge"),
        ("/nobody?tab=packages", 404, ""),
        ("/", 404, ""),
        ("/octo-forge/beacon/pkgs/container/beacon", 200, ">Total downloads</span>"),
        ("/octo-forge/beacon/pkgs/container/charts%2Fbeacon", 200, "charts/beacon"),
        ("/octo-forge/beacon/pkgs/container/charts%252Fbeacon", 404, ""),
        ("/octo-forge/other/pkgs/container/beacon", 404, ""),
        ("/octo-forge/scratchpad/pkgs/container/scratchpad", 404, ""),
        ("/orgs/octo-forge/packages/container/package/scratchpad", 200, ">Total downloads</span>"),
        ("/orgs/octo-forge/packages/container/package/beacon", 302, ""),
        ("/users/octo-forge/packages/container/package/scratchpad", 302, ""),
        ("/orgs/mona-lab/packages/npm/package/moon-phase", 404, ""),
        ("/users/mona-lab/packages/npm/moon-phase/versions", 200, 'id="versions-list"'),
        ("/users/mona-lab/packages/npm/moon-phase/1", 404, ""),
        ("/orgs/Octo-Forge/packages/container/scratchpad/1016530091", 200, "Manifest</h4>"),
        ("/users/mona-lab/packages/npm/moon-phase/1021090033?tag=x", 200, ">Last week</span>"),
    ],
)
def test_site_answers(server: StandinServer, target: str, status: int, text: str) -> None:
    """Every address of the site has its page, redirect or 404."""
    answer = ask(server, target)
    assert answer.status == status
    assert text in answer.body.decode()
    assert server.requests == [("GET", target)]


def test_organisation_profile_has_no_list(server: StandinServer) -> None:
    """The page of an organisation at a user's address has status 200 and no list of packages."""
    assert b"-packages" not in ask(server, "/octo-forge?tab=packages").body.replace(
        b"/login?return_to=%2Fpackages", b""
    )


def test_api_names_owners_up_to_its_limit(server: StandinServer) -> None:
    """The API returns an owner's kind and id, and refuses calls beyond the hour's limit."""
    server.api_limit = 2
    answer = ask(server, "/api/v3/users/OCTO-forge")
    assert answer.json == {"login": "Octo-Forge", "id": 134_217_801, "type": "Organization"}
    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("2", "1")
    assert ask(server, "/api/v3/users/nobody").status == 404
    refused = ask(server, "/api/v3/users/mona-lab")
    assert (refused.status, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    assert ask(server, "/api/v3/users/mona-lab", headers=BEARER).json["type"] == "User"
    server.reset()
    assert server.requests == []
    assert ask(server, "/api/v3/users/mona-lab").status == 200


def test_ghcr_gives_manifests(server: StandinServer) -> None:
    """A manifest needs a token; an index leads to an amd64 image of the version's size."""
    package = server.world.owners[0].packages[0]
    version = next(v for v in package.versions if v.index)
    target = f"/v2/octo-forge/beacon/manifests/{version.name}"
    challenge = ask(server, target)
    assert challenge.status == 401
    assert 'scope="repository:octo-forge/beacon:pull"' in challenge.headers["WWW-Authenticate"]
    assert ask(server, "/token?service=ghcr.io&scope=repository:octo-forge/beacon:pull").json["token"]
    assert ask(server, "/token?service=ghcr.io&scope=repository:octo-forge/none:pull").status == 403
    assert ask(server, target, headers=BEARER).status == 404
    index = ask(server, target, headers=LISTS)
    assert index.headers["Docker-Content-Digest"] == version.name
    amd64 = next(m for m in index.json["manifests"] if m["platform"]["architecture"] == "amd64")
    image = ask(server, f"/v2/octo-forge/beacon/manifests/{amd64['digest']}", headers=LISTS)
    assert sum(layer["size"] for layer in image.json["layers"]) == version.size
    assert len(image.body) == amd64["size"]
    assert ask(server, "/v2/octo-forge/charts/beacon/manifests/latest", headers=BEARER).status == 200
    assert ask(server, "/v2/Octo-Forge/beacon/manifests/latest", headers=LISTS).status == 404


def test_registries_lead_to_archives(server: StandinServer) -> None:
    """npm, NuGet and RubyGems list their versions and lead to archives of the true size."""
    sizes = {t["package"]: t["version"][0] for t in server.world.truth()}
    npm = ask(server, "/npm/@octo-forge%2Fbeacon-client", headers=BEARER).json
    newest = npm["versions"][sizes["beacon-client"]["name"]]
    base = ask(server, "/nuget/octo-forge/index.json", headers=BEARER).json["resources"][0]["@id"]
    name = "octo.beacon.client"
    number = ask(server, f"{urlsplit(base).path}/{name}/index.json", headers=BEARER).json["versions"][-1]
    gems = ask(server, "/rubygems/mona-lab/info/tide_tables", headers=BEARER).body.decode().splitlines()
    gem = gems[-1].split()[0]
    places = {
        "beacon-client": urlsplit(newest["dist"]["tarball"]).path,
        "Octo.Beacon.Client": f"/nuget/octo-forge/download/{name}/{number}/{name}.{number}.nupkg",
        "tide_tables": f"/rubygems/mona-lab/gems/tide_tables-{gem}.gem",
    }
    for package, place in places.items():
        assert ask(server, place).status == 401
        location = urlsplit(ask(server, place, headers=BEARER).headers["Location"])
        assert location.hostname == "localhost"
        size = sizes[package]["raw_size"]
        assert ask(server, location.path, "HEAD").headers["Content-Length"] == str(size)
        part = ask(server, location.path, headers={"Range": "bytes=0-0"})
        assert (part.status, part.headers["Content-Range"], part.body) == (206, f"bytes 0-0/{size}", b"\0")
        assert ask(server, location.path, headers=BEARER).status == 400
        assert len(ask(server, location.path).body) == size


def test_bodies_are_compressed_for_those_who_ask(server: StandinServer) -> None:
    """A client that accepts gzip gets it, and it decompresses to the same page."""
    plain = ask(server, "/mona-lab?tab=packages")
    packed = ask(server, "/mona-lab?tab=packages", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body


def test_canned_replies_come_first(server: StandinServer) -> None:
    """Canned replies come before the world's answers, in order, the longest prefix first."""
    server.replies["/mona-lab*"] = [Reply(502, {"Retry-After": "1"}, b"trouble"), Reply(429)]
    server.replies["/*"] = [Reply(500)]
    statuses = [ask(server, "/mona-lab?tab=packages").status for _ in range(4)]
    assert statuses == [502, 429, 500, 200]
    assert len(server.requests) == 4


def test_a_canned_reply_can_cut_the_connection(server: StandinServer) -> None:
    """Status 0 cuts the connection without an answer; too large a length cuts it after the body."""
    server.replies["/*"] = [Reply(0), Reply(200, {"Content-Length": "99"}, b"cut")]
    with pytest.raises(http.client.RemoteDisconnected):
        ask(server, "/")
    with pytest.raises(http.client.IncompleteRead):
        ask(server, "/")


def test_connections_are_kept_and_cut_at_the_end() -> None:
    """One connection serves many requests, and an idle one does not delay the stop."""
    with StandinServer(World(date(2026, 11, 20))) as server:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port or 0, timeout=5)
        for method in ("GET", "HEAD", "POST"):
            connection.request(method, "/mona-lab?tab=packages", body=b"{}" if method == "POST" else None)
            assert connection.getresponse().read() or method == "HEAD"
        assert [method for method, _ in server.requests] == ["GET", "HEAD", "POST"]
    connection.close()


def test_pages_follow_the_world(server: StandinServer) -> None:
    """The next page shows a day that has passed in the world."""
    before = ask(server, "/mona-lab/tide-tables/pkgs/container/tide-tables").body.decode()
    server.world.advance()
    after = ask(server, "/mona-lab/tide-tables/pkgs/container/tide-tables").body.decode()
    assert 'data-date="2026-11-21"' not in before
    assert 'data-date="2026-11-21"' in after


def test_environment_leads_here(server: StandinServer) -> None:
    """Every variable of the environment is an address of this server, or the rate."""
    environment = server.environment()
    assert environment.pop("BACKAGE_RATE") == "0"
    assert all(value.startswith(server.url) for value in environment.values())
    assert environment["GITHUB_API_URL"] == f"{server.url}/api/v3"
