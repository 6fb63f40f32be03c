"""The entry point of other WSGI servers, such as PythonAnywhere: `make_application(os.environ)`."""

import atexit
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from backage.errors import ConfigError
from backage.owners import is_login
from backage.webhook.app import make_app
from backage.webhook.command import TOKEN, find_token, load_optout
from backage.webhook.state import MEGABYTE, Setup


def make_application(environ: Mapping[str, str]) -> Flask:
    """Return the application. The variables are those of `backage serve`.

    Raises:
        ConfigError: the token is missing, a number is invalid, or the history cannot be used.
    """
    organization = environ.get("BACKAGE_ORGANIZATION") or "cloudrepo"
    if not is_login(organization):
        raise ConfigError("BACKAGE_ORGANIZATION can be no owner's name.")
    app = make_app(
        Setup(
            Path(environ.get("BACKAGE_HISTORY") or "history.db"),
            time.time,
            find_token(environ.get(TOKEN), is_open=environ.get("BACKAGE_OPEN") in {"1", "true"}),
            organization,
            load_optout(Path(environ.get("BACKAGE_OPTOUT") or "optout.txt")),
            _number(environ, "BACKAGE_MAX_BODY", MEGABYTE),
            _number(environ, "BACKAGE_TRUSTED_PROXIES", 0),
        )
    )
    atexit.register(app.extensions["backage"].ledger.close)
    return app


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(f"{name} is no number.")
    return int(text)
