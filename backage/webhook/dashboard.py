"""The dashboard: a page of the downloads that its URL chooses, and the same rows as CSV."""

import io
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from tempfile import TemporaryFile
from typing import Any

from flask import Blueprint, jsonify, render_template, request, send_file, session
from flask.typing import ResponseReturnValue

from backage.errors import EventError
from backage.publish.dataset import write_csv
from backage.store.counters.board import NAMES, ORDERS, Board, load_today, open_board
from backage.store.database import open_history, to_number
from backage.webhook import presentation
from backage.webhook.login import login_required
from backage.webhook.state import state
from backage.webhook.view import ALL, DAYS, LABELS, View, read_choice, read_number

blueprint = Blueprint("dashboard", __name__)

ROWS = 50
"""Rows on a page."""

MOST_ROWS = 1_000_000
"""Rows in a CSV file: as many as a spreadsheet takes."""

MOST_PAGES = 100_000

for _filter in (presentation.exact, presentation.counted, presentation.column):
    blueprint.add_app_template_filter(_filter)
blueprint.add_app_template_filter(to_number, "epoch_day")


@blueprint.get("/stats")
@login_required
def show() -> ResponseReturnValue:
    """Show the chosen downloads. If the query is invalid, show an error and the default page."""
    here = state()
    today = here.setup.today()
    try:
        view, problem, status = _read_view(today), None, 200
    except EventError as error:
        view, problem, status = View.first(today), str(error), 400
    with open_board(here.setup.history, view.choice, today) as board:
        page = _page_of(board, view)
    return render_template(
        "stats.html", problem=problem, user=session["user"], needs_token=here.setup.token is not None, **page
    ), status


@blueprint.get("/stats.csv")
@login_required
def download() -> ResponseReturnValue:
    """Send all chosen rows as CSV, in the order of the page."""
    here = state()
    view = _read_view(here.setup.today())
    first = view.choice.since.isoformat() if view.choice.since else "begin"
    name = f"{view.by}-{first}-to-{view.last.isoformat()}.csv"
    with ExitStack() as stack:
        written = stack.enter_context(TemporaryFile())
        stream = io.TextIOWrapper(written, encoding="utf-8", newline="")
        with open_board(here.setup.history, view.choice, view.today) as board:
            columns, rows = board.read(view.by, view.order, MOST_ROWS, downloads=view.only)
            write_csv(stream, columns, rows)
        stream.detach()  # this flushes it
        written.seek(0)
        answer = send_file(written, mimetype="text/csv", as_attachment=True, download_name=name)
        answer.call_on_close(stack.pop_all().close)
    return answer


@blueprint.get("/api/today")
@login_required
def send_today() -> ResponseReturnValue:
    """Answer today's counts. This is cheap, because open pages keep asking."""
    here = state()
    choice, today = read_choice(), here.setup.today()
    with open_history(here.setup.history) as history:
        downloads, others = load_today(history, choice, today)
    return jsonify(date=today.isoformat(), downloads=downloads, others=others)


def _read_view(today: date) -> View:
    """Return the view that the URL chooses.

    Raises:
        EventError: the query is invalid.
    """
    choice, days = read_choice(), request.args.get("days") or DAYS[0]
    by, order = request.args.get("by") or "files", request.args.get("order") or "-downloads"
    page = read_number("page", 1, MOST_PAGES) or 1
    if by not in NAMES or order.removeprefix("-") not in ORDERS or days not in (*DAYS, ALL):
        raise EventError("the address of this page asks for an order, a list or a time that there is not")
    own = bool(choice.since or choice.until)
    if not own and days != ALL:
        choice = replace(choice, since=today - timedelta(days=int(days) - 1))
    return View(choice, today, "" if own else days, by, order, page, only=request.args.get("show") != "all")


def _page_of(board: Board, view: View) -> dict[str, Any]:
    """Return the variables of the page's template."""
    totals, others = board.sum_all(downloads=True), board.sum_all(downloads=False)
    count = board.count(view.by, downloads=view.only)
    pages = max(1, -(-count // ROWS))
    view = replace(view, page=min(view.page, pages))
    rows = board.rows(view.by, view.order, ROWS, (view.page - 1) * ROWS, downloads=view.only)
    since, whole = board.since(downloads=True), totals["downloads"]
    tops = {
        by: board.rows(by, "-downloads", presentation.MOST_SHARES, downloads=True)
        for by in presentation.SHARES
        if whole
    }
    kinds = board.rows("kinds", "-downloads", ROWS, downloads=False)
    daily, begin = board.days(downloads=True), board.first_day()
    days = presentation.list_days(daily, begin, view.choice, view.today, since, totals["everything"])
    return {
        "view": view,
        "spans": LABELS.items(),
        "totals": totals,
        "others": others,
        "beside": [row for row in kinds if not row["is_download"]],
        "shares": {by: presentation.make_shares(by, top, whole) for by, top in tops.items()},
        "share_titles": presentation.SHARES,
        "days": days,
        "since": since if since and since > (view.choice.since or since.min) else None,
        "rows": [presentation.make_row(view.by, row) for row in rows],
        "count": count,
        "pages": pages,
        "first": (view.page - 1) * ROWS + 1,
        "is_empty": not (totals["files"] or others["files"] or view.filters),
    }
