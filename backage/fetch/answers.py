"""The meaning of an answer, without I/O: from status, headers and body to an error or None.

Evidence for each rule: GitHub's documentation of its REST limits, and recorded error pages.
"""

import json
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from backage import errors

_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS}
_LIMIT_WORDS = (b"rate limit", b"abuse detection", b"temporarily blocked", b"too many requests")
_HEAD = 4096
_ERROR_TITLES = (b"<title>unicorn!", b"<title>rate limit", b"<title>page not found")


def check_status(url: str, status: int, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raise the error of an answer; `now` is seconds since 1970.

    Raises:
        ReadError: a kind of it, by status, headers and the first 4 KiB of the body.
    """
    head = body[:_HEAD].lower()
    if status in _GONE:
        raise errors.NotFoundError(url, "not found (missing, private or renamed)")
    limited = any(words in head for words in _LIMIT_WORDS)
    exhausted = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    asked = status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in headers
    forbidden = status == HTTPStatus.FORBIDDEN and (limited or exhausted)
    if status == HTTPStatus.TOO_MANY_REQUESTS or forbidden or asked:
        raise errors.LimitError(url, f"refused by a limit (status {status})", wait_asked(headers, now))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise errors.DeniedError(url, f"not allowed (status {status})")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise errors.ServerError(url, f"the server failed (status {status})")
    if status != HTTPStatus.OK:
        raise errors.ReadError(url, f"unexpected status {status}")
    if not body.strip():
        raise errors.ServerError(url, "empty page")
    title = next((title for title in _ERROR_TITLES if title in head), None)
    if title is not None:
        raise errors.ServerError(url, "an error page under status 200")
    if limited and b"<html" not in head and not head.lstrip().startswith((b"{", b"[")):
        raise errors.LimitError(url, "refused by a limit under status 200")


def check_graphql(url: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raise the error of a GraphQL answer that is a refusal under status 200.

    Source: GitHub's documentation of the limits of its GraphQL API.

    Raises:
        LimitError: the API's budget is spent.
        ServerError: the answer has errors and no data.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return  # the parser will report what is missing
    found = document.get("errors") if isinstance(document, dict) else None
    errors_found = [error for error in found if isinstance(error, dict)] if isinstance(found, list) else []
    types = {error.get("type") for error in errors_found}
    if types & {"RATE_LIMITED", "RATE_LIMIT"}:
        raise errors.LimitError(url, "refused by a limit under status 200", wait_asked(headers, now))
    if errors_found and not types & {"FORBIDDEN", "NOT_FOUND"} and document.get("data") is None:
        raise errors.ServerError(url, "GraphQL answered with an error")


def wait_asked(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds to wait: from Retry-After (seconds or a date), else from the API's headers."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked[:6])
    if asked:
        try:
            moment = parsedate_to_datetime(asked)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return max(0.0, aware.timestamp() - now)
        except (ValueError, OverflowError):
            return None
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, float(reset[:12]) - now)
    return None


def body_length(status: int, headers: Mapping[str, str]) -> int | None:
    """Return the length of a file from the answer to a request for its first byte, None if unknown.

    An error page under status 200 has a length too, so a whole answer counts only if it looks like a file.
    """
    if status in {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}:
        length = headers.get("content-range", "").rpartition("/")[2]
    elif status == HTTPStatus.OK and _is_file(headers):
        length = headers.get("content-length", "").lstrip("0")
    else:
        return None
    return int(length[:18]) if length.isdecimal() else None


def _is_file(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").lower()
    packed = headers.get("content-encoding", "identity") != "identity"
    return not packed and not any(word in kind for word in ("text/", "html", "json", "xml"))


def redirect_target(url: str, location: str, *, elsewhere: bool = False) -> str:
    """Return the target of a redirect: on the same host, with `elsewhere` on any, not from https to http.

    Raises:
        LoginWallError: it leads to the login page.
        RedirectError: it leads to another host, or has no valid target.
    """
    try:
        target = urljoin(url, location)
        here, there = urlsplit(url), urlsplit(target)
    except ValueError as error:
        raise errors.RedirectError(url, "redirected to an invalid address") from error
    safe = there.scheme in {here.scheme, "https"} and there.hostname
    same = (here.scheme, here.netloc.lower()) == (there.scheme, there.netloc.lower())
    if not location or not (same or (elsewhere and safe)):
        raise errors.RedirectError(url, "redirected to elsewhere")
    if there.path in {"/login", "/session", "/sessions"} or there.path.startswith(("/login/", "/sessions/")):
        raise errors.LoginWallError(url, "redirected to the login page")
    return target
