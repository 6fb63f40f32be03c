"""Who may see the statistics: sessions, and the form by which they begin and end."""

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import ParamSpec

from flask import Blueprint, Flask, Request, jsonify, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue

from backage.passwords import NOBODY, fits
from backage.store.counters.users import load_password, load_users
from backage.store.database import open_history
from backage.webhook.state import address, state

blueprint = Blueprint("login", __name__)

P = ParamSpec("P")

HOURS = 12
"""How long a session lasts."""

LEEWAY = 60
"""Seconds by which a clock may be set back meanwhile."""

_TRIES = BoundedSemaphore(4)
"""Passwords that are looked at or wait for it: that takes long, and events must not wait for guesses."""

NO_USER = "Nobody may see this yet: make a user with `backage users add NAME`."
NO_SESSION = "Log in first."
STALE = "This form is too old, or not ours: try again."
WRONG = "Name or password is wrong."


class Sessions(SecureCookieSessionInterface):
    """Signed cookies, which go over HTTPS alone where they came by it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Begin none for events, which come often and never have one."""
        return None if request.path.startswith("/callback") else super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's own)
        """Tell by the request, for the same server may be asked on loopback too."""
        return request.is_secure


def login_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view be seen by users alone: a page leads others to the form, and JSON says what is missing."""

    @wraps(view)
    def guarded(*args: P.args, **named: P.kwargs) -> ResponseReturnValue:
        reason, status = _find_fault()
        if reason is None:
            return view(*args, **named)
        if not request.path.startswith("/api"):
            if status == HTTPStatus.UNAUTHORIZED:
                return redirect(url_for("login.show_form"), HTTPStatus.SEE_OTHER)
            return render_template("refused.html", reason=reason), status
        return jsonify(error=reason), status

    return guarded


@blueprint.get("/login")
def show_form() -> ResponseReturnValue:
    """Show the form."""
    return _form(None, 200)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """Begin a session."""
    here = state()
    if not _is_ours():
        return _form(STALE, 400)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    seconds = here.throttle.wait(address(), name)
    if seconds:
        page, status = _form(f"Too many tries: wait {seconds} seconds.", 429)
        return page, status, {"Retry-After": str(seconds)}
    if not _TRIES.acquire(blocking=False):
        page, status = _form("Too many log in at once: try again.", 429)
        return page, status, {"Retry-After": "1"}
    try:
        with open_history(here.setup.history) as history:
            kept = load_password(history, name)
        right = fits(password, kept or NOBODY)
    finally:
        _TRIES.release()
    if kept is None or not right:
        here.throttle.fail(address(), name)
        here.refuse("denied", 403, "a login failed")
        return _form(WRONG, 403)
    here.throttle.succeed(address(), name)
    session.clear()
    session.update(user=name, mark=_mark(kept), at=int(here.setup.clock()), csrf=secrets.token_urlsafe(16))
    return redirect(url_for("dashboard.show"), 303)


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End a session."""
    if not _is_ours():
        return _form(STALE, 400)
    session.clear()
    return redirect(url_for("login.show_form"), 303)


def csrf_token() -> str:
    """Give the token that a form of this session has to send back."""
    token = session.get("csrf")
    if not isinstance(token, str):
        token = session["csrf"] = secrets.token_urlsafe(16)
    return token


def _is_ours() -> bool:
    known, given = session.get("csrf"), request.form.get("csrf", "")
    return isinstance(known, str) and hmac.compare_digest(known.encode(), given.encode(errors="replace"))


def _find_fault() -> tuple[str | None, int]:
    """Say why somebody may not see the statistics; a session ends with its user and with its password."""
    here = state()
    with open_history(here.setup.history) as history:
        users = {name.casefold(): kept for name, kept in load_users(history).items()}
    if not users:
        return NO_USER, 403
    kept = users.get(str(session.get("user", "")).casefold())
    began = session.get("at")
    age = here.setup.clock() - began if isinstance(began, int) else None
    if (
        kept is None
        or age is None
        or not 0 <= age + LEEWAY <= HOURS * 3600
        or session.get("mark") != _mark(kept)
    ):
        return NO_SESSION, 401
    return None, 200


def _mark(kept: str) -> str:
    return sha256(kept.encode()).hexdigest()[:16]


def _form(problem: str | None, status: int) -> tuple[str, int]:
    return render_template("login.html", problem=problem), status
