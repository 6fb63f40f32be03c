from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
import requests
import responses

from backage.config import Settings
from backage.errors import (
    BodyError,
    DeniedError,
    LimitError,
    LoginWallError,
    NotFoundError,
    ReadError,
    RedirectError,
    ServerError,
    StoppedError,
    UnreachableError,
)
from backage.fetch.budget import Budget
from backage.fetch.client import ATTEMPTS, LARGEST_BODY, MOST_FAILURES, MOST_REDIRECTS, Client
from backage.fetch.limiter import MOST_REFUSALS, Limiter
from backage.models.pages import Page, Request
from tests.fetch.clock import SleepClock

WEB = "https://github.com/acme?tab=packages"
API = "https://api.github.com/users/acme"
PAGE = b"<html>acme</html>"
SETTINGS = Settings(token="s3cret", user_agent="backage/0 (+https://example.org)")  # noqa: S106 (a made-up one)


class Reader:
    """A client with its clock and budget, on a network that `responses` plays."""

    def __init__(self, settings: Settings = SETTINGS, budget: int | None = None) -> None:
        """Start without having sent anything."""
        self.clock = SleepClock()
        self.budget = Budget(self.clock, budget)
        self.client = Client(
            settings,
            self.budget,
            Limiter(0, self.clock, self.clock.sleep),
            clock=self.clock,
            wall_clock=self.clock,
            sleep=self.clock.sleep,
            chance=lambda: 0.5,
        )

    def web(self, url: str = WEB) -> Page:
        """Read a page."""
        return self.client.fetch(Request(url))

    def api(self, url: str = API) -> Page:
        """Read from the API."""
        return self.client.fetch(Request(url, "api"))


@pytest.fixture
def network() -> Iterator[responses.RequestsMock]:
    """A network on which every announced answer must be asked for."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def make() -> Iterator[Callable[..., Reader]]:
    """Make readers, and close their connections after the test."""
    made = []

    def make_reader(settings: Settings = SETTINGS, budget: int | None = None) -> Reader:
        made.append(Reader(settings, budget))
        return made[-1]

    yield make_reader
    for reader in made:
        reader.client.close()


@pytest.fixture
def reader(make: Callable[..., Reader]) -> Reader:
    """A reader without a limit."""
    return make()


def sent(network: responses.RequestsMock, header: str) -> list[str | None]:
    """What the requests said in a header."""
    return [call.request.headers.get(header) for call in network.calls]


def test_page(network: responses.RequestsMock, reader: Reader) -> None:
    """An answer becomes a page with its address and its bytes as they came."""
    network.get(WEB, body=b"\xff" + PAGE)
    assert reader.web() == Page(WEB, b"\xff" + PAGE)
    assert (reader.budget.spent, reader.clock.slept) == (1, [])


def test_user_agent(network: responses.RequestsMock, reader: Reader) -> None:
    """Every request says who asks, and asks for no encoding but gzip."""
    network.get(WEB, body=PAGE)
    network.get(API, json={"id": 1})
    reader.web()
    reader.api()
    assert sent(network, "User-Agent") == ["backage/0 (+https://example.org)"] * 2
    assert sent(network, "Accept-Encoding") == ["gzip"] * 2


def test_token_goes_to_the_api_alone(network: responses.RequestsMock, reader: Reader) -> None:
    """The token is sent to the API, and to no page."""
    network.get(WEB, body=PAGE)
    network.get(API, json={"id": 1})
    reader.web()
    reader.api()
    reader.web()
    assert sent(network, "Authorization") == [None, "Bearer s3cret", None]
    assert sent(network, "Accept")[1] == "application/vnd.github+json"


def test_no_token(network: responses.RequestsMock, make: Callable[..., Reader]) -> None:
    """Without a token the API is asked as anonymous."""
    network.get(API, json={"id": 1})
    make(Settings()).api()
    assert sent(network, "Authorization") == [None]


def test_no_password_of_a_netrc_file(
    network: responses.RequestsMock,
    reader: Reader,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a netrc file holds for a host is not sent to it."""
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine github.com login me password s3cret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    network.get(WEB, body=PAGE)
    reader.web()
    assert sent(network, "Authorization") == [None]


def test_server_error_is_tried_again(network: responses.RequestsMock, reader: Reader) -> None:
    """A 502 and then a page give the page, after one pause of a second or so."""
    network.get(WEB, status=502)
    network.get(WEB, body=PAGE)
    assert reader.web().body == PAGE
    assert (reader.clock.slept, reader.budget.spent) == ([1.0], 2)


def test_broken_connection_is_tried_again(network: responses.RequestsMock, reader: Reader) -> None:
    """A connection that fails is tried again like a server that does."""
    network.get(WEB, body=requests.ConnectionError("refused"))
    network.get(WEB, body=requests.ReadTimeout("late"))
    network.get(WEB, body=PAGE)
    assert reader.web().body == PAGE
    assert reader.clock.slept == [1.0, 2.0]


def test_four_server_errors(network: responses.RequestsMock, reader: Reader) -> None:
    """A server that fails four times is given up, with pauses that double and the page's address."""
    network.get(WEB, status=502)
    with pytest.raises(ServerError) as caught:
        reader.web()
    assert (caught.value.url, caught.value.reason) == (WEB, "the server failed (status 502)")
    assert (reader.clock.slept, reader.budget.spent) == ([1.0, 2.0, 4.0], ATTEMPTS)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (requests.ConnectionError("refused"), "no connection"),
        (requests.ConnectTimeout("late"), "no answer in time"),
        (requests.ReadTimeout("late"), "no answer in time"),
        (requests.exceptions.SSLError("self-signed"), "no trusted connection"),
    ],
)
def test_unreachable(
    network: responses.RequestsMock, reader: Reader, failure: Exception, reason: str
) -> None:
    """What went wrong with a connection is said in the same words for every address."""
    network.get(WEB, body=failure)
    with pytest.raises(UnreachableError) as caught:
        reader.web()
    assert (caught.value.url, caught.value.reason) == (WEB, reason)
    assert reader.budget.spent == ATTEMPTS


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFoundError), (401, DeniedError), (403, DeniedError), (418, ReadError)]
)
def test_answers_that_stay(
    network: responses.RequestsMock, reader: Reader, status: int, kind: type[ReadError]
) -> None:
    """What would be answered the same again is asked once only."""
    network.get(WEB, status=status)
    with pytest.raises(kind):
        reader.web()
    assert (reader.budget.spent, reader.clock.slept) == (1, [])


def test_redirect(network: responses.RequestsMock, reader: Reader) -> None:
    """A redirect within the host is followed, and costs a request; the page has the last address."""
    network.get(WEB, status=301, headers={"Location": "/renamed"})
    network.get("https://github.com/renamed", body=PAGE)
    assert reader.web() == Page("https://github.com/renamed", PAGE)
    assert reader.budget.spent == 2


def test_error_after_a_redirect(network: responses.RequestsMock, reader: Reader) -> None:
    """An error names the address that it came from."""
    network.get(WEB, status=302, headers={"Location": "/renamed"})
    network.get("https://github.com/renamed", status=404)
    with pytest.raises(NotFoundError) as caught:
        reader.web()
    assert caught.value.url == "https://github.com/renamed"


@pytest.mark.parametrize("service", ["web", "api"])
def test_redirect_elsewhere(network: responses.RequestsMock, reader: Reader, service: str) -> None:
    """A redirect to another host is not followed, so no token gets there."""
    url = WEB if service == "web" else API
    network.get(url, status=307, headers={"Location": "https://example.org/acme"})
    with pytest.raises(RedirectError):
        reader.web() if service == "web" else reader.api()
    assert [call.request.url for call in network.calls] == [url]


def test_login_wall(network: responses.RequestsMock, reader: Reader) -> None:
    """A redirect to the login page is an error of its own, and the login page is not read."""
    network.get(WEB, status=302, headers={"Location": "https://github.com/login?return_to=acme"})
    with pytest.raises(LoginWallError):
        reader.web()
    assert reader.budget.spent == 1


def test_redirect_without_a_target(network: responses.RequestsMock, reader: Reader) -> None:
    """A redirect to nowhere is an error."""
    network.get(WEB, status=302)
    with pytest.raises(RedirectError):
        reader.web()


def test_redirects_in_a_circle(network: responses.RequestsMock, reader: Reader) -> None:
    """A circle is left after five redirects, with the address that was asked for."""
    network.get(WEB, status=302, headers={"Location": "/a"})
    network.get("https://github.com/a", status=302, headers={"Location": WEB})
    with pytest.raises(RedirectError) as caught:
        reader.web()
    assert caught.value.url == WEB
    assert reader.budget.spent == MOST_REDIRECTS + 1


def test_spent_budget_sends_nothing(network: responses.RequestsMock, make: Callable[..., Reader]) -> None:
    """After the budget's last request nothing is sent, and nothing is tried again."""
    network.get(WEB, body=PAGE)
    reader = make(budget=1)
    reader.web()
    with pytest.raises(StoppedError, match="the budget of 1 requests is spent"):
        reader.web()
    assert (len(network.calls), reader.clock.slept) == (1, [])


def test_tries_and_redirects_are_in_the_budget(
    network: responses.RequestsMock, make: Callable[..., Reader]
) -> None:
    """A run stops in the middle of tries and redirects too, when its budget is spent."""
    network.get(WEB, status=502)
    network.get(WEB, status=302, headers={"Location": "/renamed"})
    reader = make(budget=2)
    with pytest.raises(StoppedError):
        reader.web()
    assert (len(network.calls), reader.budget.spent) == (2, 2)


def test_limit_is_waited_for(network: responses.RequestsMock, reader: Reader) -> None:
    """A page that is refused for half a minute comes half a minute later, with no pause on top."""
    network.get(WEB, status=429, headers={"Retry-After": "30"})
    network.get(WEB, body=PAGE)
    start = reader.clock.now
    assert reader.web().body == PAGE
    assert reader.clock.now - start == 30


def test_limit_of_the_api_is_not_waited_for(network: responses.RequestsMock, reader: Reader) -> None:
    """The API refuses for an hour: it is left alone from then on, while pages are still read."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reader.clock.now) + 3600)}
    network.get(API, status=403, headers=headers)
    network.get(WEB, body=PAGE)
    start = reader.clock.now
    for _ in range(3):
        with pytest.raises(LimitError) as caught:
            reader.api()
        assert caught.value.wait == 3600
    assert reader.web().body == PAGE
    assert [call.request.url for call in network.calls] == [API, WEB]
    assert (reader.budget.spent, reader.clock.now) == (2, start)


def test_last_answer_of_the_api(network: responses.RequestsMock, reader: Reader) -> None:
    """An answer that is the last one for an hour is used, and the API is not asked again to be refused."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reader.clock.now) + 3600)}
    network.get(API, json={"id": 1}, headers=headers)
    assert reader.api().body == b'{"id": 1}'
    with pytest.raises(LimitError):
        reader.api()
    assert len(network.calls) == 1


def test_api_goes_on_after_its_reset(network: responses.RequestsMock, reader: Reader) -> None:
    """When the window has passed, the API is asked again."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reader.clock.now) + 3600)}
    network.get(API, status=403, headers=headers)
    network.get(API, json={"id": 1})
    with pytest.raises(LimitError):
        reader.api()
    reader.clock.now += 3600
    assert reader.api().body == b'{"id": 1}'


def test_a_host_that_keeps_refusing(network: responses.RequestsMock, reader: Reader) -> None:
    """After five refusals over several pages the host is left alone, and the run ends."""
    network.get(WEB, status=429, headers={"Retry-After": "1"})
    for error in (LimitError, StoppedError, StoppedError):
        with pytest.raises(error):
            reader.web()
    assert len(network.calls) == MOST_REFUSALS
    assert reader.budget.refused


@pytest.mark.parametrize("failure", ["status", "connection"])
def test_a_host_that_keeps_failing(network: responses.RequestsMock, reader: Reader, failure: str) -> None:
    """After eight requests in a row that failed after all their tries the circuit opens, and the run ends."""
    body = b"" if failure == "status" else requests.exceptions.ConnectionError("reset")
    network.get(WEB, status=502, body=body)
    for _ in range(MOST_FAILURES):
        with pytest.raises((ServerError, UnreachableError)):
            reader.web()
    assert len(network.calls) == MOST_FAILURES * ATTEMPTS
    for _ in range(3):
        with pytest.raises(StoppedError, match="refuses for now"):
            reader.web()
    assert len(network.calls) == MOST_FAILURES * ATTEMPTS
    assert reader.budget.refused


@pytest.mark.parametrize(("status", "headers"), [(403, {}), (302, {"Location": "/login"})])
def test_a_host_that_shuts_the_door(
    network: responses.RequestsMock, reader: Reader, status: int, headers: dict[str, str]
) -> None:
    """Login walls and refusals without end open the circuit too, each having been asked for once."""
    network.get(WEB, status=status, headers=headers)
    for _ in range(MOST_FAILURES):
        with pytest.raises((DeniedError, LoginWallError)):
            reader.web()
    with pytest.raises(StoppedError):
        reader.web()
    assert len(network.calls) == MOST_FAILURES


@pytest.mark.parametrize("answer", ["page", "missing"])
def test_failures_with_an_answer_between_them(
    network: responses.RequestsMock, reader: Reader, answer: str
) -> None:
    """A host that fails now and then is asked on, for what it says between tells that it is there."""
    for _ in range(3):
        for _ in range((MOST_FAILURES - 1) * ATTEMPTS):
            network.get(WEB, status=502)
        network.get(WEB, status=200 if answer == "page" else 404, body=PAGE)
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(ServerError):
                reader.web()
        with nullcontext() if answer == "page" else pytest.raises(NotFoundError):
            reader.web()


def test_an_answer_between_refusals(network: responses.RequestsMock, reader: Reader) -> None:
    """A host that refuses now and then, and answers in between, is not left alone."""
    for _ in range(MOST_REFUSALS + 1):
        network.get(WEB, status=429, headers={"Retry-After": "1"})
        network.get(WEB, body=PAGE)
    for _ in range(MOST_REFUSALS + 1):
        assert reader.web().body == PAGE
    assert reader.budget.spent == 2 * (MOST_REFUSALS + 1)


def test_body_over_the_limit(network: responses.RequestsMock, reader: Reader) -> None:
    """A body larger than any page is an error, and is not asked for again."""
    network.get(WEB, body=b" " * (LARGEST_BODY + 1))
    with pytest.raises(BodyError, match="a body over 8 MB"):
        reader.web()
    assert reader.budget.spent == 1
