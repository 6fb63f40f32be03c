"""The statistics as JSON or CSV."""

import io
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from backage.publish.dataset import write_csv
from backage.store.counters.board import NAMES, open_board
from backage.webhook.login import login_required
from backage.webhook.presentation import list_days
from backage.webhook.state import state
from backage.webhook.view import read_choice, read_downloads_only, read_number

blueprint = Blueprint("statistics", __name__)

FEW, MOST = 100, 10_000
"""Rows of an answer: by default, and at most."""


@blueprint.get("/api/totals")
@login_required
def send_totals() -> ResponseReturnValue:
    """Answer the sums of downloads, and of everything including checksums and the like."""
    here = state()
    choice, today = read_choice(), here.setup.today()
    with open_board(here.setup.history, choice, today) as board:
        downloads, everything = board.sum_all(downloads=True), board.sum_all()
    return jsonify(today=today.isoformat(), downloads=downloads, all=everything)


@blueprint.get("/api/days", defaults={"form": "json"})
@blueprint.get("/api/days.<any(json, csv):form>")
@login_required
def send_days(form: str) -> ResponseReturnValue:
    """Answer the count of each day."""
    here = state()
    choice, only, today = read_choice(), read_downloads_only(), here.setup.today()
    with open_board(here.setup.history, choice, today) as board:
        counts, begin, since = board.days(downloads=only), board.first_day(), board.since(downloads=only)
    days = list_days(counts, begin, choice, today, since)
    rows = [(day.day.isoformat(), day.count) for day in days]
    return _answer("days", form, ("date", "downloads"), rows, len(rows))


@blueprint.get(f"/api/<any({', '.join(NAMES)}):by>", defaults={"form": "json"})
@blueprint.get(f"/api/<any({', '.join(NAMES)}):by>.<any(json, csv):form>")
@login_required
def send_groups(by: str, form: str) -> ResponseReturnValue:
    """Answer the counts of each file, repository, package or kind, highest first."""
    here = state()
    choice, only, today = read_choice(), read_downloads_only(), here.setup.today()
    limit = read_number("limit", MOST if form == "csv" else FEW, MOST)
    offset = read_number("offset", 0, 10**9)
    with open_board(here.setup.history, choice, today) as board:
        total = board.count(by, downloads=only)
        columns, rows = board.read(by, "-downloads", limit, offset, downloads=only)
        return _answer(by, form, columns, rows.fetchall(), total)


def _answer(
    name: str, form: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], total: int
) -> ResponseReturnValue:
    """Answer rows as JSON objects with their total number, or as a CSV file."""
    if form == "json":
        return jsonify(total=total, rows=[dict(zip(columns, row, strict=True)) for row in rows])
    stream = io.StringIO()
    write_csv(stream, columns, rows)
    disposition = f'attachment; filename="{name}.csv"'
    return Response(stream.getvalue(), mimetype="text/csv", headers={"Content-Disposition": disposition})
