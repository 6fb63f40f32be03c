"""The Flask application: its routes, its headers, and what it says when something is wrong."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from backage.errors import BackageError, EventError
from backage.store import Ledger, load_secret, open_history
from backage.webhook import callback, login, statistics
from backage.webhook.brake import Brake
from backage.webhook.state import State, state

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from backage.webhook.state import Setup

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def make_app(setup: Setup) -> Flask:
    """Make the application; its history is opened, and made where there is none.

    Raises:
        ConfigError: the history cannot be used.
    """
    app = Flask("backage.webhook")
    app.config.update(
        MAX_CONTENT_LENGTH=setup.max_body,
        MAX_FORM_MEMORY_SIZE=setup.max_body,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=login.HOURS),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="backage",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = login.Sessions()
    ledger = Ledger(setup.history, setup.today)
    with open_history(setup.history) as history:
        app.secret_key = load_secret(history)
    began = datetime.fromtimestamp(setup.clock(), UTC)
    app.extensions["backage"] = State(setup, ledger, Brake(setup.clock), began)
    app.jinja_env.globals["csrf_token"] = login.csrf_token
    for module in (callback, login, statistics):
        app.register_blueprint(module.blueprint)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(EventError, _tell_wrong)
    app.register_error_handler(Exception, _tell_fault)
    if setup.proxies:
        each = dict.fromkeys(("x_for", "x_proto", "x_host", "x_prefix"), setup.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **each)  # type: ignore[method-assign]  # as Flask has it
    return app


def _protect(response: Response) -> Response:
    """Add what tells a browser to trust nothing but this page; what is no file of ours is not kept."""
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


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
