"""Routes without login: events of registries, and the health of the server."""

from collections.abc import Mapping

from flask import Blueprint, Request, Response, jsonify
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue

from backage.errors import BackageError, ConfigError, EventError, TakenError
from backage.models.events import SOURCES, Source
from backage.owners import is_login
from backage.pipeline.events import receive_events
from backage.webhook.state import SIGNATURE, TOKEN, State, state

blueprint = Blueprint("callback", __name__)

GREETING = "This is backage: it counts downloads.\n"
DENIED = "the token is missing or wrong: it is part of the address, or in the header X-Backage-Token"
SUCCESS = b'{"success":true}\n'
RETRY = {"Retry-After": "30"}
_BEARER = "Bearer "


@blueprint.get("/")
def greet() -> ResponseReturnValue:
    """Introduce the server."""
    return GREETING, {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/health")
def report_health() -> ResponseReturnValue:
    """Answer whether the history can be used, and how many events had which outcome since the start."""
    here = state()
    counts = {
        key: here.tally[key] for key in ("counted", "repeated", "ignored", "refused", "denied", "failed")
    }
    try:
        here.ledger.check()
    except BackageError:
        return jsonify(status="the history cannot be used", **counts), 503
    return jsonify(status="ok", since=here.since.isoformat(timespec="seconds"), **counts)


@blueprint.post("/callback")
@blueprint.post("/callback/<token>")
def receive_event(token: str | None = None) -> ResponseReturnValue:
    """Count the downloads of an event."""
    here, asked = state(), request_ctx.request
    args = asked.args if asked.query_string else {}
    given = token or args.get("token") or asked.headers.get(TOKEN) or _authorization(asked)
    if not here.may_send(given, asked.headers.get(SIGNATURE), asked.get_data):
        return _refused(here, "denied", 403, DENIED)
    try:
        source, organization = _choose(here, args)
        counted = receive_events(here.ledger, asked.get_data(), source, organization, here.setup.optout)
    except EventError as error:
        return _refused(here, "refused", 400, str(error))
    except TakenError as error:
        here.refuse("refused", 409, "the owner's name belongs to another source")  # without the name
        return jsonify(success=False, error=str(error)), 409
    except ConfigError as error:
        answer = _refused(here, "failed", 503, "the history cannot be written now; send it again")
        here.setup.log(str(error))
        return *answer, RETRY
    here.tally["counted"] += counted.counted
    here.tally["repeated"] += counted.repeated
    here.tally["ignored"] += not (counted.counted or counted.repeated)
    return Response(SUCCESS, mimetype="application/json")


def _authorization(asked: Request) -> str | None:
    """Return the token of the header `Authorization`, which some registries can send."""
    value = asked.headers.get("Authorization")
    return value.removeprefix(_BEARER) if value else None


def _choose(here: State, args: Mapping[str, str]) -> tuple[Source | None, str]:
    """Return the source, if the URL names one, and the organization."""
    name = args.get("source")
    source = next((known for known in SOURCES if known == name), None)
    if name and source is None:
        raise EventError(f'"source" is none of {", ".join(SOURCES)}')
    organization = args.get("organization") or here.setup.organization
    if not is_login(organization):
        raise EventError('"organization" can be no owner\'s name')
    return source, organization


def _refused(here: State, what: str, status: int, sentence: str) -> tuple[Response, int]:
    here.refuse(what, status, sentence)
    return jsonify(success=False, error=sentence), status
