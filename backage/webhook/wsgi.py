"""The Flask application: routes, headers and error answers.

`make_application(os.environ)` is the entry point of other WSGI servers, such as PythonAnywhere's.
"""

import atexit
import sys
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from backage.errors import BackageError, ConfigError, EventError
from backage.owners import OptOut, is_login, parse_optout
from backage.store.counters.ledger import Ledger
from backage.store.counters.users import load_secret
from backage.store.database import open_history
from backage.webhook import assets, callback, dashboard, login, statistics
from backage.webhook.state import MEGABYTE, Setup, State, Throttle, find_token, state

HEADERS = list(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
        " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items()
)
UNCACHED_HEADERS = [*HEADERS, ("Cache-Control", "no-store")]


def make_app(setup: Setup) -> Flask:
    """Return the application. It creates the history if that is missing.

    Raises:
        ConfigError: the history cannot be used.
    """
    app = Flask("backage.webhook", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=setup.max_body,
        MAX_FORM_MEMORY_SIZE=setup.max_body,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=login.HOURS),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="backage",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = login.Sessions()
    with open_history(setup.history) as history:
        app.secret_key = load_secret(history)
    began = datetime.fromtimestamp(setup.clock(), UTC)
    app.jinja_env.globals["csrf_token"] = login.csrf_token
    for module in (assets, callback, dashboard, login, statistics):
        app.register_blueprint(module.blueprint)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(EventError, _answer_bad_request)
    app.register_error_handler(Exception, _answer_server_error)
    app.after_request(_protect)
    if setup.proxies:
        each = dict.fromkeys(("x_for", "x_proto", "x_host", "x_prefix"), setup.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **each)  # type: ignore[method-assign]  # as Flask has it
    ledger = Ledger(setup.history, setup.today)  # last: nobody would close it if something above failed
    app.extensions["backage"] = State(setup, ledger, Throttle(setup.clock), began)
    return app


def _protect(response: Response) -> Response:
    """Add the headers that protect; assets alone may be cached."""
    response.headers.extend(HEADERS if request.path.startswith("/static/") else UNCACHED_HEADERS)
    return response


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an HTTP error in JSON: no such page, a wrong method, a body too large."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = (error.description or error.name).partition("\n")[0]
    if request.method == "POST":
        state().refuse("refused", status, error.name)
    headers = [header for header in error.get_headers() if header[0] in {"Allow", "Location", "Retry-After"}]
    return jsonify(success=False, error=sentence), status, headers


def _answer_bad_request(error: EventError) -> ResponseReturnValue:
    """Answer an invalid request."""
    return jsonify(error=str(error)), HTTPStatus.BAD_REQUEST


def _answer_server_error(error: Exception) -> ResponseReturnValue:
    """Answer an error of the server. The log has the place in the code, and nothing of the request."""
    here = state()
    if isinstance(error, BackageError):
        here.refuse("failed", HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return jsonify(success=False, error="the history cannot be used now"), HTTPStatus.SERVICE_UNAVAILABLE
    here.refuse("failed", HTTPStatus.INTERNAL_SERVER_ERROR, type(error).__name__)
    here.setup.log("".join(traceback.format_tb(error.__traceback__)).rstrip())
    answer = jsonify(success=False, error="the server failed; its log says where")
    return answer, HTTPStatus.INTERNAL_SERVER_ERROR


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
            find_token(environ, is_open=environ.get("BACKAGE_OPEN") in {"1", "true"}),
            organization,
            _load_optout(environ.get("BACKAGE_OPTOUT", "")),
            _number(environ, "BACKAGE_MAX_BODY", MEGABYTE),
            _number(environ, "BACKAGE_TRUSTED_PROXIES", 0),
        )
    )
    atexit.register(app.extensions["backage"].ledger.close)
    return app


def _load_optout(name: str) -> OptOut:
    """Read the opt-outs. A file of the default name may be missing."""
    path = Path(name or "optout.txt")
    if path == Path("optout.txt") and not path.exists():
        return OptOut()
    try:
        optout, bad = parse_optout(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. Name it with BACKAGE_OPTOUT.") from error
    for line in bad:
        print(f"{path}:{line.number}: {line.reason}; the line is skipped.", file=sys.stderr)  # noqa: T201 (a log)
    return optout


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(f"{name} is no number.")
    return int(text)
