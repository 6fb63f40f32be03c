"""Login to the statistics: sessions, and the forms that begin and end them."""

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from threading import BoundedSemaphore, Lock
from typing import ParamSpec

from flask import Blueprint, Flask, Request, jsonify, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.security import check_password_hash

from backage.store.counters.users import DUMMY_HASH, LONGEST_PASSWORD, load_password, load_users
from backage.store.database import open_history
from backage.webhook.state import address, state

blueprint = Blueprint("login", __name__)

P = ParamSpec("P")

HOURS = 12
"""Hours that a session lasts."""

LEEWAY = 60
"""Seconds by which the clock may be set back during a session."""

_TRIES = BoundedSemaphore(4)
"""Limits concurrent password checks: they are slow, and events must not wait for them."""

_ONE_AT_A_TIME = Lock()
"""Limits the memory of password checks: scrypt takes 32 MiB for each."""

NO_USER = "Nobody may see this yet: make a user with `backage users add NAME`."
NO_SESSION = "Log in first."
STALE = "This form is too old, or not ours: try again."
WRONG = "Name or password is wrong."


class Sessions(SecureCookieSessionInterface):
    """Signed cookies, for HTTPS only if the request came by HTTPS."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Skip sessions for events, which are frequent and never have one."""
        return None if request.path.startswith("/callback") else super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's own)
        """Decide by the request, because the same server may serve loopback without HTTPS."""
        return request.is_secure


def login_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Restrict a view to users. Pages redirect others to the login form; JSON answers an error."""

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
    """Show the login form."""
    return _form(None, 200)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """Begin a session."""
    here = state()
    if not _has_csrf_token():
        return _form(STALE, 400)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    if seconds := here.throttle.wait(address(), name):
        return *_form(f"Too many tries: wait {seconds} seconds.", 429), {"Retry-After": str(seconds)}
    if not _TRIES.acquire(blocking=False):
        return *_form("Too many log in at once: try again.", 429), {"Retry-After": "1"}
    try:
        with open_history(here.setup.history) as history:
            kept = load_password(history, name)
        is_right = _fits(password, kept or DUMMY_HASH)
    finally:
        _TRIES.release()
    if kept is None or not is_right:
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
    if not _has_csrf_token():
        return _form(STALE, 400)
    session.clear()
    return redirect(url_for("login.show_form"), 303)


def csrf_token() -> str:
    """Return the CSRF token of this session's forms."""
    token = session.get("csrf")
    if not isinstance(token, str):
        token = session["csrf"] = secrets.token_urlsafe(16)
    return token


def _fits(password: str, kept: str) -> bool:
    with _ONE_AT_A_TIME:
        return len(password) <= LONGEST_PASSWORD and check_password_hash(kept, password)


def _has_csrf_token() -> bool:
    known, given = session.get("csrf"), request.form.get("csrf", "")
    return isinstance(known, str) and hmac.compare_digest(known.encode(), given.encode(errors="replace"))


def _find_fault() -> tuple[str | None, int]:
    """Return why the request is not logged in, and the status; a new password ends old sessions."""
    here = state()
    with open_history(here.setup.history) as history:
        users = {name.casefold(): kept for name, kept in load_users(history).items()}
    if not users:
        return NO_USER, 403
    kept = users.get(str(session.get("user", "")).casefold())
    age = here.setup.clock() - session.get("at", 0)
    if kept and -LEEWAY <= age <= HOURS * 3600 - LEEWAY and session.get("mark") == _mark(kept):
        return None, 200
    return NO_SESSION, 401


def _mark(kept: str) -> str:
    return sha256(kept.encode()).hexdigest()[:16]


def _form(problem: str | None, status: int) -> tuple[str, int]:
    return render_template("login.html", problem=problem), status
