"""The Flask application: routes, headers and error answers."""

import traceback
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from backage.errors import BackageError, EventError
from backage.store.counters.ledger import Ledger
from backage.store.counters.users import load_secret
from backage.store.database import open_history
from backage.webhook import assets, callback, dashboard, login, statistics
from backage.webhook.state import Setup, State, state
from backage.webhook.throttle import Throttle

HEADERS = [
    *{
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
        " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items()
]
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
    app.wsgi_app = Protected(app.wsgi_app)  # type: ignore[assignment]  # as Flask has it
    if setup.proxies:
        each = dict.fromkeys(("x_for", "x_proto", "x_host", "x_prefix"), setup.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **each)  # type: ignore[method-assign]  # the same
    ledger = Ledger(setup.history, setup.today)  # last: nobody would close it if something above failed
    app.extensions["backage"] = State(setup, ledger, Throttle(setup.clock), began)
    return app


class Protected:
    """WSGI middleware that adds security headers to each answer, at next to no cost."""

    def __init__(self, app: WSGIApplication) -> None:
        """Wrap an application."""
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        is_static = environ.get("PATH_INFO", "").startswith("/static/")

        def begin(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Any:  # noqa: ANN401 (WSGI's)
            return start(status, [*headers, *(HEADERS if is_static else UNCACHED_HEADERS)], fault)

        return self._app(environ, begin)


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
    here.setup.say("".join(traceback.format_tb(error.__traceback__)).rstrip())
    answer = jsonify(success=False, error="the server failed; its log says where")
    return answer, HTTPStatus.INTERNAL_SERVER_ERROR
