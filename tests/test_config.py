from pathlib import Path

import pytest

from backage import __version__
from backage.config import Settings, load_settings
from backage.errors import ConfigError


def test_nothing_set() -> None:
    """An empty environment is GitHub's own server, read as anonymous."""
    assert load_settings({}) == Settings(
        server="https://github.com",
        api="https://api.github.com",
        token=None,
        user_agent=f"backage/{__version__} (+https://github.com/ipitio/backage)",
        own_owner=None,
        summary=None,
    )


def test_actions() -> None:
    """In an Actions run the fork's address, its owner and the summary come from the environment."""
    settings = load_settings(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.acme.example",
            "GITHUB_API_URL": "https://github.acme.example/api/v3",
            "GITHUB_TOKEN": "s3cret",
            "GITHUB_REPOSITORY": "acme/backage",
            "GITHUB_REPOSITORY_OWNER": "acme",
            "GITHUB_STEP_SUMMARY": "/tmp/summary.md",  # noqa: S108 (nothing is written there)
        }
    )
    assert settings == Settings(
        server="https://github.acme.example",
        api="https://github.acme.example/api/v3",
        token="s3cret",  # noqa: S106 (a made-up one)
        user_agent=f"backage/{__version__} (+https://github.acme.example/acme/backage)",
        own_owner="acme",
        summary=Path("/tmp/summary.md"),  # noqa: S108 (nothing is written there)
    )


@pytest.mark.parametrize("actions", [None, "", "false"])
def test_own_owner_is_for_actions(actions: str | None) -> None:
    """Outside of Actions nobody is added to the owners."""
    environ = {"GITHUB_REPOSITORY_OWNER": "acme"} | ({} if actions is None else {"GITHUB_ACTIONS": actions})
    assert load_settings(environ).own_owner is None


@pytest.mark.parametrize("token", ["", " ", "\n"])
def test_empty_token(token: str) -> None:
    """A token that is set to nothing, as for a secret that is not there, is none."""
    assert load_settings({"GITHUB_TOKEN": token}).token is None


def test_token_with_a_line_break() -> None:
    """A line break at the end of a secret is not part of the token."""
    assert load_settings({"GITHUB_TOKEN": "s3cret\n"}).token == "s3cret"  # noqa: S105 (a made-up one)


def test_empty_variables() -> None:
    """A variable that is set to nothing is as if it were not set."""
    names = ("SERVER_URL", "API_URL", "REPOSITORY", "REPOSITORY_OWNER", "STEP_SUMMARY")
    environ = {f"GITHUB_{name}": "" for name in names} | {"GITHUB_ACTIONS": "true"}
    assert load_settings(environ) == Settings()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://github.acme.example/", "https://github.acme.example"),
        ("https://github.acme.example//", "https://github.acme.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/api", "http://[::1]:8080/api"),
    ],
)
def test_address(given: str, kept: str) -> None:
    """An address has no slash at its end, and may have a port and a path."""
    assert load_settings({"GITHUB_SERVER_URL": given}).server == kept
    assert load_settings({"GITHUB_API_URL": given}).api == kept


@pytest.mark.parametrize("name", ["GITHUB_SERVER_URL", "GITHUB_API_URL"])
@pytest.mark.parametrize(
    "value", ["github.com", "//github.com", "ftp://github.com", "https://", "file:///x", "x"]
)
def test_no_address(name: str, value: str) -> None:
    """What is no http or https address is an error that names the variable and its value."""
    with pytest.raises(ConfigError, match=f'^{name} is "{value.rstrip("/")}", which is not an http'):
        load_settings({name: value})
