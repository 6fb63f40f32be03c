"""Read a page from GitHub and keep what came, or why it was not read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from backage.config import Settings
from backage.errors import BackageError, DeniedError, NoConnectionError, NotFoundError, ReadError
from backage.fetch.client import Client
from backage.models.pages import Page, Request
from backage.plan.agreement import Finding, PageKind

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True, slots=True)
class LivePage(Generic[Value_co]):
    """A page with what its parser returned, or with the reason why `value` is None.

    `body` is what the server sent. `url` is empty if the address is unknown. `expected` is false if this
    package has no such page.
    """

    kind: PageKind
    url: str = ""
    value: Value_co | None = None
    reason: str = ""
    body: bytes = b""
    error: ReadError | None = None
    expected: bool = True
    findings: tuple[Finding, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the page was read and no finding contradicts it."""
        read = self.value is not None or not self.expected
        return read and not any(finding.disagrees for finding in self.findings)

    @property
    def found(self) -> bool:
        """Whether the answer was not a 404."""
        return not isinstance(self.error, NotFoundError)


class LiveReader:
    """Reads pages one after the other. If a host cannot be reached, its other pages are not requested."""

    def __init__(self, client: Client, settings: Settings) -> None:
        """Read with this client; `settings` have the token."""
        self.settings = settings
        self._client = client
        self._unreachable: set[str] = set()

    def read(self, kind: PageKind, request: Request, parse: Callable[[Page], Value]) -> LivePage[Value]:
        """Read a page. An error is its reason."""
        host, url, body = urlsplit(request.url).netloc, request.url, b""
        if host in self._unreachable:
            return LivePage(kind, url, reason=f"not requested: {host} cannot be reached")
        try:
            page = self._client.fetch(request)
            url, body = page.url, page.body
            return LivePage(kind, url, parse(page), body=body)
        except ReadError as error:
            if isinstance(error, NoConnectionError):
                self._unreachable.add(host)
            return LivePage(kind, error.url, None, error.reason, body or error.body, error)
        except BackageError as error:
            return LivePage(kind, url, None, str(error), body)

    def read_with_token(
        self, kind: PageKind, request: Request, parse: Callable[[Page], Value]
    ) -> LivePage[Value]:
        """Read an answer that needs a token. A refusal is only a note."""
        if self.settings.token is None:
            reason = "it needs a token (GITHUB_TOKEN)"
            return LivePage(kind, request.url, reason=reason, expected=False)
        page = self.read(kind, request, parse)
        if isinstance(page.error, DeniedError | NotFoundError):
            note = Finding(kind, "a job's token may not be allowed to read it", disagrees=False)
            return replace(page, expected=False, findings=(note,))
        return page
