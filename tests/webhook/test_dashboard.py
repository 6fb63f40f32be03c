"""The page: what it shows of what is chosen, where its links lead, and its file."""

import csv
import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backage.models.events import Baseline
from backage.store.counters.board import Choice
from backage.store.counters.counts import save_baselines
from backage.store.database import open_history
from backage.webhook.assets import load_assets
from backage.webhook.dashboard import ROWS
from backage.webhook.presentation import MOST_SHARES, format_percents, list_days, make_row, make_shares
from tests.store.histories import download
from tests.webhook.conftest import DAY, JAR, Receiver, log_in

EVIL = "</script><script>alert(1)</script>.zip"
TODAY = date(2026, 3, 12)


@pytest.fixture
def filled(receiver: Receiver, user: FlaskClient) -> FlaskClient:
    """Return a user of a server that counted on three days."""
    for file, times in ((JAR, 3), (f"{JAR}.sha1", 2), ("lamp-1.0-py3-none-any.whl", 1)):
        for _ in range(times):
            receiver.download(file)
    receiver.clock[0] += 9 * DAY
    receiver.download(JAR)
    receiver.clock[0] += DAY
    receiver.download(EVIL, **{"repository-id": "raw"})
    receiver.download("=1+1.zip", **{"repository-id": "raw"})
    log_in(user)  # the session of ten days ago is over
    return user


def numbers(page: str) -> list[str]:
    """Read the figures at the top."""
    return re.findall(r"<dd[^>]*><strong>([^<]*)</strong>", page)


def names(page: str) -> list[str]:
    """Read the names of the list, without those of the shares."""
    listed = page.partition('<table class="packages">')[2]
    return [unescape(name) for name in re.findall(r'<th scope="row">.*?<bdi[^>]*>(.*?)</bdi>', listed)]


def links(page: str, text: str) -> list[str]:
    """Read where links of a text lead."""
    found = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>(?:<bdi>)?{re.escape(text)}<', page)
    return [unescape(address) for address in found]


def test_totals_and_windows(filled: FlaskClient) -> None:
    """The totals are of all time, a month, a week and today; other events are counted apart."""
    page = filled.get("/stats").text
    assert numbers(page) == ["7", "7", "3", "2"]
    assert "4 files of 4 packages in 2 repositories." in page
    assert re.search(r'data-live="others" data-count="2">2<', page)


def test_the_list_of_files(filled: FlaskClient) -> None:
    """Most first; without checksums, unless they are asked for, and then they are told apart."""
    page = filled.get("/stats").text
    assert names(page) == ["lamp-1.0.jar", EVIL, "=1+1.zip", "lamp-1.0-py3-none-any.whl"]
    assert "no download<" not in page
    everything = filled.get("/stats?show=all").text
    assert "lamp-1.0.jar.sha1" in names(everything)
    assert everything.count("no download<") == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("by=repositories", ["releases", "raw"]),
        ("by=repositories&days=7", ["raw", "releases"]),
        ("by=kinds", ["jar", "other", "wheel"]),
        ("by=kinds&order=name", ["jar", "other", "wheel"]),
        ("by=kinds&order=-name", ["wheel", "other", "jar"]),
        ("by=kinds&order=downloads", ["wheel", "other", "jar"]),
        ("by=kinds&order=-day", ["other", "jar", "wheel"]),
        ("by=packages&search=lamp", ["org.example.lamp", "lamp"]),
        ("search=RAW", [EVIL, "=1+1.zip"]),
        ("search=nothing-of-the-kind", []),
        ("kind=wheel", ["lamp-1.0-py3-none-any.whl"]),
        ("repository=raw&owner=cloudrepo", [EVIL, "=1+1.zip"]),
        ("repository=raw&owner=else", []),
    ],
)
def test_what_is_chosen(filled: FlaskClient, query: str, expected: list[str]) -> None:
    """By list, order, days, text, kind and place."""
    page = filled.get(f"/stats?{query}")
    assert (page.status_code, names(page.text)) == (200, expected)


def test_days_that_are_chosen(filled: FlaskClient) -> None:
    """The first and the last are among them; windows stay those of today."""
    page = filled.get("/stats?from=2026-03-02&to=2026-03-11&by=kinds").text
    assert 'data-daily="5 0 0 0 0 0 0 0 0 1"' not in page  # checksums are no downloads
    assert 'data-daily="4 0 0 0 0 0 0 0 0 1" data-total="4 4 4 4 4 4 4 4 4 5"' in page
    assert numbers(page) == ["7", "7", "3", "2"]
    assert "2026-03-02 to 2026-03-11: <span>5</span> downloads" in page
    assert "today is not over" not in page


@pytest.mark.parametrize(
    "query",
    [
        "from=x",
        "to=2026-13-01",
        "by=x",
        "order=x",
        "order=--name",
        "days=8",
        "page=x",
        "from=2026-03-02&to=2026-03-01",
    ],
)
def test_a_question_that_is_none(filled: FlaskClient, query: str) -> None:
    """The page reports an invalid filter and ignores it; the file is refused."""
    answer = filled.get(f"/stats?{query}")
    assert (answer.status_code, numbers(answer.text)) == (400, ["7", "7", "3", "2"])
    assert "was not understood" in answer.text
    assert filled.get(f"/stats.csv?{query}").status_code == 400


def test_links_keep_what_is_chosen(filled: FlaskClient) -> None:
    """Each link changes one filter and leads to the first page."""
    page = filled.get("/stats?search=lamp&days=7&by=packages&page=1").text
    assert links(page, "90 days") == ["/stats?search=lamp&days=90&by=packages"]
    assert links(page, "30 days")[0] == "/stats?search=lamp&by=packages"
    assert links(page, "Kinds") == ["/stats?search=lamp&days=7&by=kinds#list"]
    assert links(page, "Today") == ["/stats?search=lamp&days=7&by=packages&order=-day#list"]
    assert links(page, "7 days")[-1] == "/stats?search=lamp&days=7&by=packages&order=downloads#list"
    assert links(page, "CSV") == ["/stats.csv?search=lamp&days=7&by=packages"]
    assert links(page, "Days as CSV") == ["/api/days.csv?only=downloads&search=lamp&from=2026-03-06"]
    assert links(page, "org.example.lamp") == ["/stats?search=org.example.lamp&days=7"]
    assert links(filled.get("/stats").text, "lamp-1.0.jar")[0] == f"/stats?search={JAR}"
    own = filled.get("/stats?from=2026-03-02&show=all").text
    assert links(own, "7 days") == [
        "/stats?show=all&days=7",
        "/stats?from=2026-03-02&show=all&order=-week#list",
    ]
    assert links(own, "raw")[0] == "/stats?from=2026-03-02&show=all&repository=raw&owner=cloudrepo"
    for address in {
        *links(page, "Days as CSV"),
        *links(own, "raw"),
        *links(page, "CSV"),
        *links(own, "7 days"),
    }:
        assert filled.get(address, buffered=True).status_code == 200


def test_pages_of_many_files(receiver: Receiver, user: FlaskClient) -> None:
    """Each row is on one page; a page number after the last shows the last page."""
    files = [f"file-{number:03}.zip" for number in range(ROWS * 2 + 7)]
    for file in files:
        receiver.download(file)
    seen = [name for page in (1, 2, 3) for name in names(user.get(f"/stats?page={page}").text)]
    assert seen == files
    last = user.get("/stats?page=99").text
    assert "101 to 107 of 107" in last
    assert links(last, "Previous") == ["/stats?page=2#list"]
    assert links(last, "Next") == []


def test_the_file(filled: FlaskClient) -> None:
    """All rows in the order of the page; no cell is a formula; its name says of which days."""
    answer = filled.get("/stats.csv?order=name&days=7&show=all", buffered=True)
    assert answer.mimetype == "text/csv"
    assert "filename=files-2026-03-06-to-2026-03-12.csv" in answer.headers["Content-Disposition"]
    head, *rows = csv.reader(answer.text.splitlines())
    assert head == [
        *("path", "kind", "owner", "repository", "package", "version"),
        *("downloads", "month", "week", "day", "is_download"),
    ]
    assert [row[0] for row in rows] == [EVIL, "'=1+1.zip", "lamp-1.0-py3-none-any.whl", JAR, f"{JAR}.sha1"]
    assert rows[4][6:] == ["0", "2", "0", "0", "0"]
    assert (
        "begin-to-2026-03-12"
        in filled.get("/stats.csv?days=all", buffered=True).headers["Content-Disposition"]
    )


def test_what_was_counted_today(filled: FlaskClient) -> None:
    """Today's downloads and other events follow the filter."""
    assert filled.get("/api/today").json == {"date": "2026-03-12", "downloads": 2, "others": 0}
    assert (filled.get("/api/today?search=script").json or {})["downloads"] == 1
    assert (filled.get("/api/today?kind=jar").json or {})["downloads"] == 0
    page = filled.get("/stats?kind=jar&search=lamp").text
    (address,) = re.findall(r'data-address="([^"]*)"', page)
    assert unescape(address) == "/api/today?search=lamp&kind=jar"


@pytest.mark.parametrize("path", ["/stats.csv", "/api/today"])
def test_without_a_session_nothing_is_told(receiver: Receiver, filled: FlaskClient, path: str) -> None:
    """Without a session there are neither rows nor counts."""
    assert filled.get(path, buffered=True).status_code == 200
    answer = receiver.client().get(path)
    assert answer.status_code in {303, 401}
    assert "lamp" not in answer.text


def test_names_are_text(filled: FlaskClient) -> None:
    """Names are text in lists, shares, chips and fields."""
    for query in ("", "?by=packages", f"?search={EVIL}", f"?repository={EVIL}&owner={EVIL}", f"?from={EVIL}"):
        page = filled.get(f"/stats{query}").text
        assert "<script>" not in page
        assert page.count("</script>") == 4
    assert not re.search(r"<[^>]+ (style|on\w+)=|<style", page)  # the policy allows none


def test_an_empty_server_says_what_to_do(receiver: Receiver, user: FlaskClient) -> None:
    """It shows the address for events; after the first it shows numbers."""
    page = user.get("/stats").text
    assert "Nothing was counted yet" in page
    assert "http://localhost/callback" in page
    assert numbers(page) == []
    assert "X-Backage-Token" in page
    receiver.download(f"{JAR}.sha1")
    assert numbers(user.get("/stats").text) == ["0", "0", "0", "0"]


def test_what_was_counted_before(receiver: Receiver, user: FlaskClient) -> None:
    """Earlier counts are in the total; the days before are unknown."""
    with open_history(receiver.history) as history:
        save_baselines(history, [Baseline(download(owner="cloudrepo"), 100)], date(2026, 3, 2))
    receiver.clock[0] += DAY
    log_in(user)
    receiver.download()
    page = user.get("/stats?days=all").text
    assert numbers(page) == ["101", "unknown", "unknown", "1"]
    assert "Before 2026-03-03 downloads were taken over" in page
    assert "taken over" not in user.get("/stats?from=2026-03-03").text


def test_days_of_which_nothing_is_known() -> None:
    """They have neither a count nor a total; days without a download have both."""
    choice = Choice(until=TODAY - timedelta(days=1))
    counts = {TODAY: 7, TODAY - timedelta(days=2): 3, TODAY - timedelta(days=4): 1}
    begin, since = TODAY - timedelta(days=4), TODAY - timedelta(days=2)
    days = list_days(counts, begin, choice, TODAY, since, 50)
    assert [(day.count, day.total) for day in days] == [(None, None), (None, None), (3, 43), (0, 43)]
    assert list_days({}, None, choice, TODAY, None) == []


@pytest.mark.parametrize(
    ("path", "kind", "name", "below"),
    [
        (JAR, "jar", "lamp-1.0.jar", "org/example/lamp/1.0"),
        ("a/b.zip", "other", "a/b.zip", ""),
        ("a/b/", "manifest", "a/b/", ""),
        ("", "manifest", "a/b 1.0", "counted before by version"),
    ],
)
def test_what_a_file_is_called(path: str, kind: str, name: str, below: str) -> None:
    """By the end of its path where that is known to be a file's name."""
    row = make_row("files", {"path": path, "kind": kind, "package": "a%2Fb", "version": "1.0"})
    assert (row.name, row.below) == (name, below)


def share(name: str, count: int) -> dict[str, object]:
    """Make a row of a list of kinds."""
    return {"kind": name, "downloads": count}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([5], ["100 %"]),
        ([5, 3], ["63 %", "37 %"]),
        ([1, 1, 1], ["34 %", "33 %", "33 %"]),
        ([3, 3, 1], ["43 %", "43 %", "14 %"]),
        ([999, 1], [">99 %", "<1 %"]),
        ([99, 1], ["99 %", "1 %"]),
        ([10**15], ["100 %"]),
    ],
)
def test_shares_add_up(counts: list[int], expected: list[str]) -> None:
    """To a hundred; little is not nothing, and what has something beside it is not all."""
    assert format_percents(counts) == expected


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=MOST_SHARES))
def test_shares_add_up_always(counts: list[int]) -> None:
    """And none is a percent away from the truth."""
    texts = [text.removesuffix(" %") for text in format_percents(counts)]
    percents = [{"<1": 0, ">99": 100}.get(text) if text[0] in "<>" else int(text) for text in texts]
    assert sum(percent or 0 for percent in percents) == 100
    for percent, count in zip(percents, counts, strict=True):
        assert abs((percent or 0) - 100 * count / sum(counts)) < 1


def test_what_has_no_row_of_its_own_is_one() -> None:
    """Six that are all have a row each; if there are more, the sixth is all others."""
    six = [share(name, 10 - place) for place, name in enumerate("abcdef")]
    whole = sum(range(5, 11))

    def cut(rows: list[dict[str, object]], whole: int) -> list[tuple[str, int]]:
        return [(row.name, row.values["downloads"]) for row, _ in make_shares("kinds", rows, whole)]

    assert cut(six, whole) == [(name, 10 - place) for place, name in enumerate("abcdef")]
    assert cut(six, whole + 4) == [*cut(six, whole)[:5], ("all others", 9)]
    assert cut([share("a", 5), share("b", 0)], 5) == [("a", 5)]
    assert cut([share("a", 5)], 8) == [("a", 5), ("all others", 3)]
    assert make_shares("kinds", six, whole + 4)[-1][0].leads == {}


def test_each_share_has_a_meter(filled: FlaskClient) -> None:
    """Beside its percent as a text."""
    page = filled.get("/stats").text
    assert re.findall(r'<meter max="(\d+)" value="(\d+)"', page)[:2] == [("7", "5"), ("7", "2")]
    assert re.findall(r'share">([^<]*)<', page)[:2] == ["71 %", "29 %"]


def test_assets_are_kept_by_browsers(receiver: Receiver) -> None:
    """Each asset has an address with a digest of its content; other names are not found."""
    client = receiver.client()
    for asset in load_assets().values():
        answer = client.get(f"/static/{asset.address}")
        assert (answer.status_code, answer.data, answer.mimetype) == (200, asset.data, asset.type)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for name in ("site.css", "..%2Fapp.py", "%2e%2e/app.py", "x"):
        assert client.get(f"/static/{name}").status_code == 404


def test_the_form_of_the_login(receiver: Receiver, user: FlaskClient) -> None:
    """The form has labels and hints for password managers, and keeps the name, as text, after a failure."""
    assert user.get("/stats").status_code == 200
    client = receiver.client()
    page = client.get("/login").text
    assert page.count("<label>") == 2
    for name in ("username", "current-password"):
        assert f'autocomplete="{name}"' in page
    failed = log_in(client, '"><script>', "wrong").text
    assert 'value="&#34;&gt;&lt;script&gt;"' in failed
    assert 'role="alert"' in failed


KEYS = ("by", "order", "days", "page", "show", "from", "to", "search", "kind", "owner", "repository")
WORDS = (
    "files",
    "kinds",
    "-day",
    "name",
    "all",
    "7",
    "2026-03-05",
    "9999-12-31",
    "1970-01-01",
    "raw",
    "other",
)
VALUES = st.sampled_from(WORDS) | st.text(max_size=9) | st.integers().map(str) | st.dates().map(str)


@pytest.mark.parametrize("path", ["/stats", "/stats.csv", "/api/today"])
def test_whatever_is_asked(filled: FlaskClient, path: str) -> None:
    """Any query is answered, or refused in a sentence."""

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=120)
    @given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
    def ask(query: dict[str, str]) -> None:
        answer = filled.get(path, query_string=query, buffered=True)
        assert answer.status_code in {200, 400}

    ask()
