import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage.errors import PageChangedError
from backage.models.history import Owner
from backage.models.pages import Page
from backage.parse.owner import parse_account

ADDRESS = "https://api.github.com/users/octo-forge"
GOOD: dict[str, Any] = {"login": "octo-forge", "id": 48_213, "type": "Organization"}
UNHASHABLE = [
    pytest.param(
        value,
        id=ascii(value),
    )
    for value in (["User"], {"User": 1})
]


def account_page(value: Any) -> Page:
    """Write an answer as the API does."""
    return Page(ADDRESS, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("changes", "owner"),
    [
        ({}, Owner("octo-forge", "orgs", 48_213)),
        ({"login": "Mona-Lab", "type": "User", "id": 1}, Owner("Mona-Lab", "users", 1)),
        ({"login": "mona_corp", "type": "User"}, Owner("mona_corp", "users", 48_213)),
        ({"id": (1 << 63) - 1}, Owner("octo-forge", "orgs", (1 << 63) - 1)),
        ({"name": None, "public_repos": 12, "plan": {"name": "x"}}, Owner("octo-forge", "orgs", 48_213)),
    ],
)
def test_account_is_read(changes: dict[str, Any], owner: Owner) -> None:
    """An account gives its login as registered, its type and its id; what else is there does not matter."""
    assert parse_account(account_page(GOOD | changes)) == owner


@pytest.mark.parametrize(
    "login",
    ["", "..", ".", "-dash", "a/b", "a b", "a\\b", "a\n", "a\0", "a%2Fb", "Über", "a" * 40, None, 7, ["a"]],
    ids=ascii,
)
def test_login_must_be_one(login: Any) -> None:
    """A login that GitHub would not give out is refused, for it becomes a part of paths."""
    with pytest.raises(PageChangedError, match=r"^the account page has no login: https://api"):
        parse_account(account_page(GOOD | {"login": login}))


@pytest.mark.parametrize("number", ["48213", 0, -1, 1.0, None, [1], 1 << 63, 10**30])
def test_id_must_be_a_number(number: Any) -> None:
    """An id that is text, nothing, not above zero or too large to store is refused."""
    with pytest.raises(PageChangedError, match=r"^the account page has no id: https://api"):
        parse_account(account_page(GOOD | {"id": number}))


@pytest.mark.parametrize(
    "number",
    [True, False],
)
def test_id_must_not_be_a_truth_value(number: bool) -> None:  # noqa: FBT001 (it is the value under test)
    """A truth value is no id, though Python counts with it."""
    with pytest.raises(PageChangedError, match=r"^the account page has no id: https://api"):
        parse_account(account_page(GOOD | {"id": number}))


@pytest.mark.parametrize("kind", ["Bot", "user", "", None, 1, *UNHASHABLE], ids=ascii)
def test_type_must_be_known(kind: Any) -> None:
    """An account that is neither a user nor an organization is refused."""
    with pytest.raises(PageChangedError, match=r"^the account page has no type: https://api"):
        parse_account(account_page(GOOD | {"type": kind}))


@pytest.mark.parametrize("key", sorted(GOOD))
def test_every_member_is_needed(key: str) -> None:
    """An answer that lacks a member names it."""
    with pytest.raises(PageChangedError, match=rf"^the account page has no {key}: https://api"):
        parse_account(account_page({name: value for name, value in GOOD.items() if name != key}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><title>Unicorn! &middot; GitHub</title>",
        b'{"login": "octo-forge", "id": 1, "type": "User"',
        b"[]",
        b'[{"login": "octo-forge", "id": 1, "type": "User"}]',
        b'"octo-forge"',
        b"null",
        b"12",
        b'{"id": ' + b"9" * 5000 + b"}",
        b"\xff\xfe\xfd",
        pytest.param(
            b"[" * 100_000,
            id="brackets",
        ),
    ],
    ids=lambda body: ascii(body[:24]),
)
def test_answer_must_be_an_object(body: bytes) -> None:
    """An answer that is not JSON, or not one object, is refused and does not crash."""
    with pytest.raises(PageChangedError, match=r"^the account page has no JSON object: https://api"):
        parse_account(Page(ADDRESS, body))


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("aU/.0", max_size=4)
PARTS = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.sampled_from("ab"), PLAIN, max_size=2)


@given(st.fixed_dictionaries({}, optional={"login": PARTS, "id": PARTS, "type": PARTS}))
def test_any_members_are_read_or_refused(changes: dict[str, Any]) -> None:
    """Any members give an owner that is safe to store, or a refusal."""
    try:
        owner = parse_account(account_page(GOOD | changes))
    except PageChangedError:
        return
    assert owner.id is not None
    assert owner.id > 0
    assert "/" not in owner.login
