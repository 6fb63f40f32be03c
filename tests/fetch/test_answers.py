import json
from email.utils import formatdate

import pytest
from requests.structures import CaseInsensitiveDict

from backage.errors import (
    DeniedError,
    LimitError,
    LoginWallError,
    NotFoundError,
    ReadError,
    RedirectError,
    ServerError,
)
from backage.fetch.answers import check_graphql, check_status, redirect_target, wait_asked

URL = "https://github.com/acme/widgets/pkgs/container/widget"
NOW = 1_790_000_000.0
PAGE = b"<!DOCTYPE html>\n<html><head><title>Package widget</title></head><body>widget</body></html>"
FLAGS = b'<html><script type="application/json">{"featureFlags":["api_rate limit_banner"]}</script></html>'
UNICORN = b"<!DOCTYPE html>\n<html><head>\n<title>Unicorn! &middot; GitHub</title></head></html>"
TOO_MANY = b"429: Too Many Requests\nFor more on scraping GitHub, see the documentation."
SECONDARY = b'{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}'


def check(status: int, headers: dict[str, str] | None = None, body: bytes = PAGE) -> None:
    """Check an answer, its headers without case as the client has them."""
    check_status(URL, status, CaseInsensitiveDict(headers or {}), body, NOW)


@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        FLAGS,
        b'{"login":"rate limit","id":1}',
        b" \n" + PAGE,
        PAGE + b" " * 5000 + UNICORN,
        b"<html><title>Package unicorn</title></html>",
    ],
)
def test_pages_pass(body: bytes) -> None:
    """A page that came whole is no error, whatever words stand on it."""
    check(200, body=body)


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (404, {}, PAGE, NotFoundError),
        (410, {}, PAGE, NotFoundError),
        (451, {}, PAGE, NotFoundError),
        (401, {}, b'{"message":"Bad credentials"}', DeniedError),
        (401, {"x-ratelimit-remaining": "0"}, b"{}", DeniedError),
        (403, {}, b"Forbidden", DeniedError),
        (403, {"X-RateLimit-Remaining": "17"}, b"{}", DeniedError),
        (403, {"X-RateLimit-Remaining": "0"}, b"{}", LimitError),
        (403, {"Retry-After": "60"}, b"{}", LimitError),
        (403, {}, SECONDARY, LimitError),
        (403, {}, b"You have triggered an abuse detection mechanism.", LimitError),
        (403, {}, b"Your IP address was temporarily blocked.", LimitError),
        (429, {}, b"", LimitError),
        (429, {}, PAGE, LimitError),
        (429, {"Retry-After": "60"}, TOO_MANY, LimitError),
        (408, {}, b"", ServerError),
        (500, {}, PAGE, ServerError),
        (502, {}, UNICORN, ServerError),
        (503, {"Retry-After": "60"}, b"", LimitError),
        (503, {}, b"", ServerError),
        (200, {}, UNICORN, ServerError),
        (200, {}, b"<html><title>Rate limit &middot; GitHub</title></html>", ServerError),
        (200, {}, b"<html><title>Page not found &middot; GitHub</title></html>", ServerError),
        (200, {}, b"", ServerError),
        (200, {}, b" \r\n", ServerError),
        (200, {}, TOO_MANY, LimitError),
        (202, {}, PAGE, ReadError),
        (304, {}, b"", ReadError),
    ],
)
def test_errors_are_told_apart(
    status: int, headers: dict[str, str], body: bytes, kind: type[ReadError]
) -> None:
    """Each answer that is no page amounts to one kind of error, with the page's address."""
    with pytest.raises(ReadError) as caught:
        check(status, headers, body)
    assert type(caught.value) is kind
    assert caught.value.url == URL
    assert str(caught.value) == f"{caught.value.reason}: {URL}"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "60"}, 60.0),
        ({"Retry-After": formatdate(NOW + 90, usegmt=True)}, 90.0),
        ({}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 1800)}, 1800.0),
    ],
)
def test_limit_says_how_long(headers: dict[str, str], wait: float | None) -> None:
    """A limit's error carries the seconds that the host asked for, None where it said nothing."""
    with pytest.raises(LimitError) as caught:
        check(429, headers, TOO_MANY)
    assert caught.value.wait == wait


def test_reason_is_the_same_for_all_of_a_kind() -> None:
    """A reason names no address, so that a report can count by it."""
    reasons = set()
    for url in (URL, "https://github.com/other"):
        with pytest.raises(ServerError) as caught:
            check_status(url, 502, {}, b"", NOW)
        reasons.add(caught.value.reason)
    assert reasons == {"the server failed (status 502)"}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"retry-after": "99999999999"}, 999_999.0),
        ({"retry-after": formatdate(NOW + 5, usegmt=True)}, 5.0),
        ({"retry-after": formatdate(NOW + 5)}, 5.0),
        ({"retry-after": formatdate(NOW - 5, usegmt=True)}, 0.0),
        ({"retry-after": formatdate(NOW + 5).removesuffix(" -0000")}, 5.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "Mon, 40 Jan 2026 00:00:00 GMT"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 60)}, 60.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 60)}, 1.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": str(int(NOW) + 60)}, None),
        ({"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 60)}, 7.0),
    ],
)
def test_wait_asked(headers: dict[str, str], wait: float | None) -> None:
    """Retry-After counts before the API's reset; what cannot be read is as if it were not there."""
    assert wait_asked(headers, NOW) == wait


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/acme/other", "https://github.com/acme/other"),
        ("other?page=2", "https://github.com/acme/widgets/pkgs/container/other?page=2"),
        ("https://github.com/acme/other", "https://github.com/acme/other"),
        ("https://GitHub.com/acme/other", "https://GitHub.com/acme/other"),
        ("//github.com/acme/other", "https://github.com/acme/other"),
        ("/loginov", "https://github.com/loginov"),
        ("/sessionsmith/login", "https://github.com/sessionsmith/login"),
    ],
)
def test_redirect_within_the_host(location: str, target: str) -> None:
    """A redirect within the host is followed, absolute or relative."""
    assert redirect_target(URL, location) == target


@pytest.mark.parametrize(
    "location",
    [
        "",
        "https://example.org/acme",
        "https://github.com.example.org/acme",
        "https://evil@github.com/acme",
        "https://api.github.com/acme",
        "https://github.com:8443/acme",
        "//example.org/acme",
        "http://github.com/acme",
        "ftp://github.com/acme",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_redirect_elsewhere(location: str) -> None:
    """A redirect to another host, without encryption, or to nowhere is an error."""
    with pytest.raises(RedirectError) as caught:
        redirect_target(URL, location)
    assert caught.value.url == URL


@pytest.mark.parametrize(
    "location",
    [
        "/login",
        "/login?return_to=%2Facme",
        "https://github.com/login/oauth",
        "/session",
        "/sessions",
        "/sessions/two-factor",
    ],
)
def test_redirect_to_the_login_page(location: str) -> None:
    """A redirect to the login page is told apart from the others."""
    with pytest.raises(LoginWallError) as caught:
        redirect_target(URL, location)
    assert caught.value.url == URL


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_graphql_refuses_under_status_200(kind: str) -> None:
    """It says when the next hour begins, as REST does."""
    body = json.dumps({"errors": [{"type": kind, "message": "API rate limit exceeded"}]}).encode()
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "160"}
    with pytest.raises(LimitError) as caught:
        check_graphql(URL, headers, body, 100.0)
    assert caught.value.wait == 60


def test_graphql_fails_under_status_200() -> None:
    """Without data and without a reason that is the token's or the package's."""
    body = json.dumps({"data": None, "errors": [{"message": "Something went wrong"}]}).encode()
    with pytest.raises(ServerError):
        check_graphql(URL, {}, body, 0.0)


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"repository": None}, "errors": [{"type": "FORBIDDEN"}]},
        {"data": None, "errors": [{"type": "NOT_FOUND"}]},
        {"data": {"repository": {}}, "errors": [{"message": "one field failed"}]},
        {"data": {}, "errors": "?"},
        [],
    ],
)
def test_other_answers_of_graphql_are_its_parser_s(document: object) -> None:
    """It knows what is missing."""
    check_graphql(URL, {}, json.dumps(document).encode(), 0.0)
    check_graphql(URL, {}, b"<html>", 0.0)
