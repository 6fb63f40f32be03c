"""Requests to GitHub: paced, counted, retried where it can help, capped, and classified."""

import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as wire
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from backage.config import Settings
from backage.errors import (
    BodyError,
    DeniedError,
    LimitError,
    LoginWallError,
    NoConnectionError,
    NotFoundError,
    ReadError,
    RedirectError,
    ServerError,
    UnreachableError,
)
from backage.fetch.answers import body_length, check_graphql, check_status, redirect_target, wait_asked
from backage.fetch.budget import Budget
from backage.fetch.limiter import Limiter
from backage.models.pages import Page, Request, Service

ATTEMPTS = 4
MOST_FAILURES = 8
"""After so many failed requests in a row, each with all its tries, the run gives the host up."""

CONNECT_SECONDS, READ_SECONDS, BODY_SECONDS = 10, 30, 120
LARGEST_BODY = 8_000_000
"""Bytes, unpacked. The largest page seen has 0.4 MB."""

MOST_REDIRECTS = 5
_CHUNK = 1 << 16
_API = "application/vnd.github+json"
_WITH_TOKEN = ("api", "graphql", "registry")
_END, _TAIL = b"</html>", 2048
"""The end of GitHub's pages. Without a length, a page that was cut short looks whole otherwise."""

_REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}


class _Session(requests.Session):
    """Leaves redirects to `Client`, because requests would read their bodies whole, whatever their size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: follow no redirect."""


class Client:
    """Reads pages. Many threads may use it; each has its own session."""

    def __init__(
        self,
        settings: Settings,
        budget: Budget,
        limiter: Limiter,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        sleep: Callable[[float], None],
        chance: Callable[[], float],
    ) -> None:
        """`clock` and `wall_clock` return seconds, the latter since 1970; `chance` a number in [0, 1)."""
        self.budget = budget
        self._settings = settings
        self._limiter = limiter
        self._clock = clock
        self._wall_clock = wall_clock
        self._chance = chance
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._failures: dict[Service, int] = {}
        self._lock = threading.Lock()
        self._retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause,
            retry=retry_if_exception_type((LimitError, ServerError, UnreachableError)),
            sleep=sleep,
            reraise=True,
        )

    def fetch(self, request: Request) -> Page:
        """Read one address, following redirects within its host.

        Raises:
            ReadError: a kind of it, after all tries that could help.
            StoppedError: the run's budget is spent.
        """
        try:
            page = self._retrying(self._try, request)
        except (ServerError, UnreachableError):
            self._note(request, failed=True)
            raise
        except (DeniedError, LoginWallError):
            self._note(request, failed=request.service == "web")  # an API may deny only this request
            raise
        except NotFoundError:
            self._note(request, failed=False)
            raise
        self._note(request, failed=False)
        return page

    def _note(self, request: Request, *, failed: bool) -> None:
        """Count a service's failures in a row, and give it up after `MOST_FAILURES`."""
        with self._lock:
            count = self._failures.get(request.service, 0) + 1 if failed else 0
            self._failures[request.service] = count
        if count >= MOST_FAILURES:
            self._limiter.give_up(request.service)

    def close(self) -> None:
        """Close the connections of all threads."""
        for session in self._sessions:
            session.close()

    def _pause(self, state: RetryCallState) -> float:
        """Return the seconds before the next try: 0 after a limit, for which the limiter waits."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, LimitError):
            return 0.0
        return float(2 ** (state.attempt_number - 1) * (0.5 + self._chance()))

    def _try(self, request: Request) -> Page:
        url = request.url
        for _ in range(MOST_REDIRECTS + 1):
            status, headers, body = self._send(request, url)
            if status in _REDIRECTS:
                url = redirect_target(url, headers.get("location", ""), elsewhere=request.length)
                continue
            if request.length and (length := body_length(status, headers)) is not None:
                self._limiter.accept(request.service)
                return Page(url, b"", length)
            if request.length and status == HTTPStatus.OK:
                raise ServerError(url, "an answer that is no file")
            try:
                self._heed(request, url, status, headers, body)
            except ReadError as error:
                error.body = body
                raise
            return Page(url, body)
        raise RedirectError(request.url, "redirected in a circle")

    def _heed(self, request: Request, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Raise the error of an answer, and pass what it says about limits to the limiter."""
        now = self._wall_clock()
        try:
            check_status(url, status, headers, body, now)
            if request.service == "graphql":
                check_graphql(url, headers, body, now)
            self._limiter.accept(request.service)
        except LimitError as error:
            self._limiter.refuse(request.service, error.wait)
            raise
        except ReadError:
            self._limiter.accept(request.service)
            raise
        finally:
            wait = wait_asked(headers, now)
            if headers.get("x-ratelimit-remaining") == "0" and wait is not None:
                self._limiter.exhaust(request.service, wait)
        if request.service == "web" and _END not in body[-_TAIL:]:
            raise UnreachableError(url, "a page cut short")

    def _send(self, request: Request, url: str) -> tuple[int, Mapping[str, str], bytes]:
        try:
            host = urlsplit(url).netloc
        except ValueError as error:
            raise ReadError(url, "an invalid address") from error
        self._limiter.wait(url, host, request.service, self.budget)
        self.budget.take()
        try:
            with self._session().request(
                "POST" if request.query else "GET",
                url,
                headers=self._headers(request, url),
                data=request.query,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                unread = request.length and response.status_code == HTTPStatus.OK
                body = b"" if unread else self._body(url, response)
                return response.status_code, response.headers, body
        except wire.DecodeError as error:
            raise BodyError(url, "a body that does not decode") from error
        except ValueError as error:  # requests and urllib3 raise it for an invalid scheme or host
            raise ReadError(url, "an invalid address") from error
        except (requests.exceptions.RequestException, wire.HTTPError) as error:
            kind = UnreachableError if _is_connected(error) else NoConnectionError
            raise kind(url, _reason(error)) from error

    def _headers(self, request: Request, url: str) -> dict[str, str]:
        """Return the headers of a request. No token is sent to another host after a redirect."""
        accept = request.accept or (_API if request.service == "api" else None)
        headers = {"Accept": accept} if accept else {}
        if request.length:
            headers |= {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
        token = request.bearer or (self._settings.token if request.service in _WITH_TOKEN else None)
        if token and urlsplit(url)[:2] == urlsplit(request.url)[:2]:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _body(self, url: str, response: requests.Response) -> bytes:
        """Read and unpack a body piece by piece, so that its size and time are limited.

        `iter_content` would wait until a piece is full, which takes hours if the body trickles.
        """
        end = self._clock() + BODY_SECONDS
        body = bytearray()
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            body += piece
            if len(body) > LARGEST_BODY:
                raise BodyError(url, f"a body over {LARGEST_BODY // 1_000_000} MB")
            if self._clock() > end:
                raise UnreachableError(url, f"a body not there after {BODY_SECONDS} s")
        return bytes(body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = _Session()
            session.headers["User-Agent"] = self._settings.user_agent
            session.headers["Accept-Encoding"] = "gzip"
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.auth = lambda prepared: prepared  # no password of a netrc file goes to any host
            self._local.session = session
            self._sessions.append(session)
        return session


def _is_connected(error: Exception) -> bool:
    """Return whether a host was reached: urllib3 raises MaxRetryError only if it cannot connect."""
    return not isinstance(next(iter(error.args), None), wire.MaxRetryError)


def _reason(error: Exception) -> str:
    """Return the reason of a failure, in the same words for every address."""
    if isinstance(error, (requests.exceptions.Timeout, wire.TimeoutError)):
        return "no answer in time"
    if isinstance(error, wire.ProtocolError):
        return "a body cut short"
    if isinstance(error, (requests.exceptions.SSLError, wire.SSLError)):
        return "no trusted connection"
    return "no connection"
