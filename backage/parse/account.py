"""The API's answer about an account: `GET /users/NAME`, for users and organizations alike."""

import json

from backage.errors import PageChangedError
from backage.models.history import Owner
from backage.models.pages import Page
from backage.owners import is_login


def parse_account(page: Page) -> Owner:
    """Read the login as it is registered, the type and the id.

    Raises:
        PageChangedError: the answer is not what the API documents.
    """
    try:
        account = json.loads(page.body)
    except (ValueError, RecursionError):
        account = None
    if not isinstance(account, dict):
        raise PageChangedError(page.url, "account", "JSON object")
    login, number, kind = (account.get(key) for key in ("login", "id", "type"))
    if not isinstance(login, str) or not is_login(login):
        raise PageChangedError(page.url, "account", "login")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 63:
        raise PageChangedError(page.url, "account", "id")
    if kind not in ("User", "Organization"):
        raise PageChangedError(page.url, "account", "type")
    return Owner(login, "orgs" if kind == "Organization" else "users", number)
