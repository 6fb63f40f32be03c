"""What the dashboard is told: sums, days, files, repositories, kinds, as JSON and as CSV."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from backage.models.events import Baseline
from backage.store.counters.counts import save_baselines
from backage.store.database import open_history
from tests.store.histories import download
from tests.webhook.conftest import DAY, JAR, Receiver, log_in

WHEEL = "lamp-1.0-py3-none-any.whl"


@pytest.fixture
def filled(receiver: Receiver, user: FlaskClient) -> FlaskClient:
    """Return a user of a server that counted for ten days."""
    for file, times in ((JAR, 3), (f"{JAR}.sha1", 2), (WHEEL, 1)):
        for _ in range(times):
            receiver.download(file)
    receiver.clock[0] += 10 * DAY
    receiver.download(JAR)
    receiver.send({"file": "</script>_%.zip", "organization": "octo", "repository": "tools"})
    log_in(user)  # the session of ten days ago is over
    return user


def rows(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Ask for rows."""
    answer = client.get(f"/api/{path}").json or {}
    assert answer["total"] >= len(answer["rows"])
    found: list[dict[str, Any]] = answer["rows"]
    return found


def test_totals(filled: FlaskClient) -> None:
    """The totals are of downloads and of all events."""
    told = filled.get("/api/totals").json or {}
    assert told["today"] == "2026-03-12"
    numbers = ("everything", "downloads", "month", "week", "day", "files", "packages", "repositories")
    assert [told["downloads"][name] for name in numbers] == [6, 6, 6, 2, 2, 3, 3, 2]
    assert [told["all"][name] for name in numbers] == [8, 8, 8, 2, 2, 4, 3, 2]


def test_files(filled: FlaskClient) -> None:
    """Most downloads first, each with its place."""
    found = rows(filled, "files")
    assert [(row["path"], row["downloads"]) for row in found] == [
        (JAR, 4),
        (f"{JAR}.sha1", 2),
        ("</script>_%.zip", 1),
        (WHEEL, 1),
    ]
    assert found[0] == {
        "owner": "cloudrepo",
        "repository": "releases",
        "path": JAR,
        "kind": "jar",
        "package": "org.example.lamp",
        "version": "1.0",
        "downloads": 4,
        "month": 4,
        "week": 1,
        "day": 1,
        "is_download": 1,
    }
    assert [row["is_download"] for row in found] == [1, 0, 1, 1]
    assert found[2]["version"] is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("repositories", [("releases", 7), ("tools", 1)]),
        ("packages", [("org.example.lamp", 6), ("%3C%2Fscript%3E_%25.zip", 1), ("lamp", 1)]),
        ("kinds", [("jar", 4), ("crypto", 2), ("other", 1), ("wheel", 1)]),
        ("kinds?only=downloads", [("jar", 4), ("other", 1), ("wheel", 1)]),
        ("kinds?kind=jar", [("jar", 4)]),
        ("kinds?owner=octo", [("other", 1)]),
        ("kinds?repository=tools", [("other", 1)]),
        ("kinds?search=LAMP-1.0.jar", [("jar", 4), ("crypto", 2)]),
        ("kinds?search=%25", [("other", 1)]),
        ("kinds?search=_", [("other", 1)]),
        ("kinds?search=nothing", []),
        ("kinds?from=2026-03-03", [("jar", 1), ("other", 1), ("crypto", 0), ("wheel", 0)]),
        ("kinds?to=2026-03-02&limit=2", [("jar", 3), ("crypto", 2)]),
        ("kinds?to=1970-01-01", [("crypto", 0), ("jar", 0), ("other", 0), ("wheel", 0)]),
        ("kinds?limit=1&offset=1", [("crypto", 2)]),
    ],
)
def test_sums_of_what_is_chosen(filled: FlaskClient, path: str, expected: list[tuple[str, int]]) -> None:
    """By repository, package and kind; of a time, a place, or a text."""
    names = {"repositories": "repository", "packages": "package", "kinds": "kind"}
    name = names[path.partition("?")[0]]
    assert [(row[name], row["downloads"]) for row in rows(filled, path)] == expected


def test_days(filled: FlaskClient) -> None:
    """The list has every day since the first event, also days without a download."""
    found = [(row["date"], row["downloads"]) for row in rows(filled, "days")]
    assert found[0] == ("2026-03-02", 6)
    assert found[1:10] == [(f"2026-03-{number:02}", 0) for number in range(3, 12)]
    assert found[10:] == [("2026-03-12", 2)]
    assert len(rows(filled, "days?from=2026-03-10&to=2026-03-11")) == 2
    assert rows(filled, "days?from=2030-01-01") == rows(filled, "days?to=1970-01-01") == []


def test_a_server_without_events(user: FlaskClient) -> None:
    """Shows nothing, and fails at nothing."""
    assert rows(user, "days") == rows(user, "files") == rows(user, "kinds") == []
    assert (user.get("/api/totals").json or {})["all"]["downloads"] == 0
    assert user.get("/stats").status_code == 200


def test_csv(filled: FlaskClient) -> None:
    """The CSV is sent as a download, and no cell is a formula."""
    answer = filled.get("/api/kinds.csv?only=downloads")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kinds.csv"'
    assert answer.text.splitlines() == [
        "kind,downloads,month,week,day,is_download",
        "jar,4,4,1,1,1",
        "other,1,1,1,1,1",
        "wheel,1,1,0,0,1",
    ]
    assert filled.get("/api/days.csv").text.splitlines()[:2] == ["date,downloads", "2026-03-02,6"]


SPANS = {"from=2026-03-01": None, "from=2026-03-03": 1, "to=2026-03-01": None, "to=2026-03-02": 100}
SPANS |= {"to=2026-03-03": 101, "to=2099-01-01": 101, "from=2026-03-01&to=2026-03-03": None}
"""What was downloaded then, of a file of which 100 were counted before the third, and one on it."""


def test_what_was_counted_before(receiver: Receiver, user: FlaskClient) -> None:
    """Earlier counts are in the total but in no window; windows that may include some of them are unknown."""
    with open_history(receiver.history) as history:
        save_baselines(history, [Baseline(download(owner="cloudrepo"), 100)], date(2026, 3, 2))
    receiver.clock[0] += DAY
    log_in(user)
    receiver.download()
    (row,) = rows(user, "files")
    assert [row[name] for name in ("downloads", "month", "week", "day")] == [101, None, None, 1]
    for query, downloads in SPANS.items():
        (row,) = rows(user, f"files?{query}")
        assert row["downloads"] == downloads, query


def test_days_of_which_nothing_is_known(receiver: Receiver, user: FlaskClient) -> None:
    """Until the day of an import some of what was counted has no day: its days are unknown, not zero."""
    receiver.download()
    with open_history(receiver.history) as history:
        save_baselines(history, [Baseline(download(owner="cloudrepo"), 100)], date(2026, 3, 2))
    receiver.clock[0] += DAY
    log_in(user)
    receiver.download()
    assert [row["downloads"] for row in rows(user, "days")] == [None, 1]
    assert user.get("/api/days.csv").text == "date,downloads\n2026-03-02,\n2026-03-03,1\n"


QUESTIONS = """
from=yesterday to=0001-01-01 from=2026-3-1 from=2026-W10-1
from=2026-03-02&to=2026-03-01 limit=-1 limit=x limit=100000 offset=1e9 only=x kind=%00 limit=٣
"""


@pytest.mark.parametrize("query", [*QUESTIONS.split(), f"search={'x' * 201}"])
def test_a_question_that_is_none(user: FlaskClient, query: str) -> None:
    """An invalid query is refused in a sentence."""
    answer = user.get(f"/api/files?{query}")
    assert (answer.status_code, bool((answer.json or {})["error"])) == (400, True)


def test_the_page_escapes_what_was_sent(filled: FlaskClient) -> None:
    """A file's name is text."""
    page = filled.get("/stats").text
    assert "&lt;/script&gt;_%.zip" in page
    assert "</script>_" not in page
