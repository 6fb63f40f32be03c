"""What registries need of the edge: lengths without bodies, tokens for one host, documents to POST."""

from collections.abc import Iterator

import pytest
import responses

from backage.config import Settings
from backage.errors import LoginWallError, NotFoundError, RedirectError, ServerError
from backage.fetch.budget import Budget
from backage.fetch.client import ATTEMPTS, Client
from backage.fetch.limiter import Limiter
from backage.models.pages import Page, Request
from tests.fetch.clock import SleepClock

ARCHIVE = "https://npm.pkg.github.com/download/@acme/kit/1.0.0/abc"
BLOB = "https://pkg-npm.githubusercontent.com/abc?signature=x"


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client with a token."""
    clock = SleepClock()
    made = Client(
        Settings(token="s3cret"),  # noqa: S106 (a made-up one)
        Budget(clock),
        Limiter(0, clock, clock.sleep),
        clock=clock,
        wall_clock=clock,
        sleep=clock.sleep,
        chance=lambda: 0.5,
    )
    yield made
    made.close()


@pytest.fixture
def network() -> Iterator[responses.RequestsMock]:
    """Play the network; every announced answer must be asked for."""
    with responses.RequestsMock() as mock:
        yield mock


def sent(network: responses.RequestsMock, header: str) -> list[str | None]:
    """Return what the requests said in a header."""
    return [call.request.headers.get(header) for call in network.calls]


def test_a_length_from_the_first_byte(network: responses.RequestsMock, client: Client) -> None:
    """The registry redirects to its archive host, which is asked for one byte, without the token."""
    network.get(ARCHIVE, status=302, headers={"Location": BLOB})
    network.get(BLOB, status=206, body=b"x", headers={"Content-Range": "bytes 0-0/184332"})
    page = client.fetch(Request(ARCHIVE, "registry", length=True))
    assert page == Page(BLOB, b"", 184_332)
    assert sent(network, "Authorization") == ["Bearer s3cret", None]
    assert sent(network, "Range") == ["bytes=0-0"] * 2
    assert client.budget.spent == 2


def test_a_length_from_a_whole_answer(network: responses.RequestsMock, client: Client) -> None:
    """A host without ranges tells it in the headers; the body is not read."""
    headers = {"Content-Length": "5000"}
    network.get(ARCHIVE, body=b"x" * 5000, headers=headers, content_type="application/octet-stream")
    assert client.fetch(Request(ARCHIVE, "registry", length=True)).length == 5000


def test_the_length_of_an_empty_file(network: responses.RequestsMock, client: Client) -> None:
    """It has no first byte, and says so."""
    network.get(ARCHIVE, status=416, headers={"Content-Range": "bytes */0"})
    assert client.fetch(Request(ARCHIVE, "registry", length=True)).length == 0


@pytest.mark.parametrize("headers", [{}, {"Content-Range": "bytes 0-0/*"}, {"Content-Range": "bytes 0-0/-5"}])
def test_an_answer_without_a_length_is_an_error(
    network: responses.RequestsMock, client: Client, headers: dict[str, str]
) -> None:
    """It is never taken for zero."""
    network.get(ARCHIVE, status=206, body=b"x", headers=headers)
    with pytest.raises(Exception, match="unexpected status 206"):
        client.fetch(Request(ARCHIVE, "registry", length=True))


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "169", "Content-Type": "text/html; charset=utf-8"},
        {"Content-Length": "44", "Content-Type": "application/json"},
        {"Content-Length": "0", "Content-Type": "application/octet-stream"},
        {"Content-Length": "99", "Content-Type": "application/octet-stream", "Content-Encoding": "gzip"},
        {"Content-Type": "application/octet-stream"},
    ],
)
def test_an_answer_that_is_no_file_has_no_length(
    network: responses.RequestsMock, client: Client, headers: dict[str, str]
) -> None:
    """An error page under status 200, an empty answer, one packed for the way: tried again, never a size."""
    network.get(ARCHIVE, body=b"x", headers=headers)
    with pytest.raises(ServerError, match="an answer that is no file"):
        client.fetch(Request(ARCHIVE, "registry", length=True))
    assert client.budget.spent == ATTEMPTS


def test_an_archive_that_is_not_there(network: responses.RequestsMock, client: Client) -> None:
    """A 404 of the archive host is one."""
    network.get(ARCHIVE, status=302, headers={"Location": BLOB})
    network.get(BLOB, status=404)
    with pytest.raises(NotFoundError):
        client.fetch(Request(ARCHIVE, "registry", length=True))


@pytest.mark.parametrize(
    "target", ["http://pkg-npm.githubusercontent.com/a", "ftp://x/a", "file:///etc/passwd", "https:"]
)
def test_a_redirect_is_never_less_safe(network: responses.RequestsMock, client: Client, target: str) -> None:
    """From https only to https."""
    network.get(ARCHIVE, status=302, headers={"Location": target})
    with pytest.raises(RedirectError):
        client.fetch(Request(ARCHIVE, "registry", length=True))


def test_a_login_wall_is_one_for_archives_too(network: responses.RequestsMock, client: Client) -> None:
    """A redirect to the login page is no archive."""
    network.get(ARCHIVE, status=302, headers={"Location": "https://npm.pkg.github.com/login?return_to=x"})
    with pytest.raises(LoginWallError):
        client.fetch(Request(ARCHIVE, "registry", length=True))


def test_a_page_is_not_followed_elsewhere(network: responses.RequestsMock, client: Client) -> None:
    """Only an archive may lie on another host."""
    network.get(ARCHIVE, status=302, headers={"Location": BLOB})
    with pytest.raises(RedirectError):
        client.fetch(Request(ARCHIVE, "registry"))


def test_a_request_s_own_token_goes_with_it_alone(network: responses.RequestsMock, client: Client) -> None:
    """The anonymous token of ghcr.io takes the place of ours, which that host is never sent."""
    url = "https://ghcr.io/v2/acme/kit/manifests/sha256:aa"
    network.get(url, json={"layers": []})
    network.get(url, json={"layers": []})
    client.fetch(Request(url, "ghcr", accept="application/x", bearer="anonymous"))
    client.fetch(Request(url, "ghcr"))
    assert sent(network, "Authorization") == ["Bearer anonymous", None]
    assert sent(network, "Accept")[0] == "application/x"
    assert "anonymous" not in repr(Request(url, bearer="anonymous"))


def test_a_query_is_posted(network: responses.RequestsMock, client: Client) -> None:
    """GraphQL takes a document, with the token."""
    url = "https://api.github.com/graphql"
    network.post(url, json={"data": {}})
    client.fetch(Request(url, "graphql", query='{"query": "{}"}'))
    assert network.calls[0].request.body == '{"query": "{}"}'
    assert sent(network, "Authorization") == ["Bearer s3cret"]
