"""The Flask application: its routes, its headers, and what it says when something is wrong."""

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
UNKEPT = [*HEADERS, ("Cache-Control", "no-store")]


def make_app(setup: Setup) -> Flask:
    """Make the application; its history is opened, and made where there is none.

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
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(EventError, _tell_wrong)
    app.register_error_handler(Exception, _tell_fault)
    app.wsgi_app = Protected(app.wsgi_app)  # type: ignore[assignment]  # as Flask has it
    if setup.proxies:
        each = dict.fromkeys(("x_for", "x_proto", "x_host", "x_prefix"), setup.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **each)  # type: ignore[method-assign]  # the same
    ledger = Ledger(setup.history, setup.today)  # last, for nobody closes it where something above fails
    app.extensions["backage"] = State(setup, ledger, Throttle(setup.clock), began)
    return app


class Protected:
    """Adds to each answer what tells a browser to trust nothing but this page, and to keep none of it.

    It stands around the application, for there it costs next to nothing.
    """

    def __init__(self, app: WSGIApplication) -> None:
        """Stand around an application."""
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        kept = environ.get("PATH_INFO", "").startswith("/static/")

        def begin(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Any:  # noqa: ANN401 (WSGI's)
            return start(status, [*headers, *(HEADERS if kept else UNKEPT)], fault)

        return self._app(environ, begin)


def _tell_http(error: HTTPException) -> ResponseReturnValue:
    """Say in JSON what HTTP has to say: no such page, a method that it has not, a body too large."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = (error.description or error.name).partition("\n")[0]
    if request.method == "POST":
        state().refuse("refused", status, error.name)
    headers = [header for header in error.get_headers() if header[0] in {"Allow", "Location", "Retry-After"}]
    return jsonify(success=False, error=sentence), status, headers


def _tell_wrong(error: EventError) -> ResponseReturnValue:
    """Say what is wrong with a question."""
    return jsonify(error=str(error)), HTTPStatus.BAD_REQUEST


def _tell_fault(error: Exception) -> ResponseReturnValue:
    """Say that it is our fault; the log has where it happened, and nothing of the request."""
    here = state()
    if isinstance(error, BackageError):
        here.refuse("failed", HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return jsonify(success=False, error="the history cannot be used now"), HTTPStatus.SERVICE_UNAVAILABLE
    here.refuse("failed", HTTPStatus.INTERNAL_SERVER_ERROR, type(error).__name__)
    here.setup.say("".join(traceback.format_tb(error.__traceback__)).rstrip())
    answer = jsonify(success=False, error="the server failed; its log says where")
    return answer, HTTPStatus.INTERNAL_SERVER_ERROR
