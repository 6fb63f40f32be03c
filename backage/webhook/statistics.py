"""The statistics as JSON or CSV."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from backage.errors import EventError
from backage.publish import write_csv
from backage.store import GROUPS, Choice, load_groups, load_series, load_totals, open_history
from backage.webhook.login import login_required
from backage.webhook.state import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("statistics", __name__)

FEW, MOST = 100, 10_000
"""Rows of an answer."""

LONGEST = 200
"""Characters of what is searched for."""

LONGEST_NUMBER = 12
OLDEST = 1970


@blueprint.get("/api/totals")
@login_required
def tell_totals() -> ResponseReturnValue:
    """Give the sums: of downloads, and of all that was counted, checksums and the like among it."""
    here = state()
    choice, today = read_choice(), here.setup.today()
    with open_history(here.setup.history) as history:
        downloads = load_totals(history, replace(choice, downloads=True), today)
        everything = load_totals(history, choice, today)
    return jsonify(today=today.isoformat(), downloads=downloads, all=everything)


@blueprint.get("/api/days", defaults={"form": "json"})
@blueprint.get("/api/days.<any(json, csv):form>")
@login_required
def tell_days(form: str) -> ResponseReturnValue:
    """Give what was counted on each day."""
    here = state()
    with open_history(here.setup.history) as history:
        series = load_series(history, read_choice(), here.setup.today())
    rows = [(day.isoformat(), count) for day, count in series]
    return _answer("days", form, ("date", "downloads"), rows, len(rows))


@blueprint.get(f"/api/<any({', '.join(GROUPS)}):by>", defaults={"form": "json"})
@blueprint.get(f"/api/<any({', '.join(GROUPS)}):by>.<any(json, csv):form>")
@login_required
def tell_groups(by: str, form: str) -> ResponseReturnValue:
    """Give what was counted of each file, repository, package or kind, most first."""
    here = state()
    limit = read_number("limit", MOST if form == "csv" else FEW, MOST)
    with open_history(here.setup.history) as history:
        total, columns, rows = load_groups(
            history, by, read_choice(), here.setup.today(), limit, read_number("offset", 0, 10**9)
        )
    return _answer(by, form, columns, rows, total)


def _answer(
    name: str, form: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], total: int
) -> ResponseReturnValue:
    """Write rows: as objects, with how many there are in all, or as a file of CSV."""
    if form == "json":
        return jsonify(total=total, rows=[dict(zip(columns, row, strict=True)) for row in rows])
    stream = io.StringIO()
    write_csv(stream, columns, rows)
    disposition = f'attachment; filename="{name}.csv"'
    return Response(stream.getvalue(), mimetype="text/csv", headers={"Content-Disposition": disposition})


def read_choice() -> Choice:
    """Read which downloads are asked for.

    Raises:
        EventError: there is no such thing.
    """
    texts = {name: request.args.get(name, "") for name in ("search", "owner", "repository", "kind")}
    if any(len(text) > LONGEST or "\0" in text for text in texts.values()):
        raise EventError(f"a text to search for has {LONGEST} characters at most")
    only = request.args.get("only", "")
    if only not in {"", "downloads"}:
        raise EventError('"only" is "downloads", or not there')
    return Choice(_day("from"), _day("to"), downloads=bool(only), **texts)


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-01-01") else None
    except ValueError:
        day = None
    if day is None or day.year < OLDEST:
        raise EventError(f'"{name}" is no day such as 2026-01-01')
    return day


def read_number(name: str, default: int, most: int) -> int:
    """Read a number that is asked for.

    Raises:
        EventError: it is none, or too large.
    """
    text = request.args.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER and int(text) <= most):
        raise EventError(f'"{name}" is no number up to {most}')
    return int(text)
