"""Downloads that arrived as events are in everything that is written, and GitHub's runs leave them alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from backage.errors import TakenError
from backage.models.events import Artifact, Download
from backage.models.history import Owner
from backage.owners import OptOut, parse_optout
from backage.pipeline.events import refresh_counted_days
from backage.pipeline.imports import Intake, import_history
from backage.pipeline.index import write_index
from backage.pipeline.show import find_known, find_packages, find_top
from backage.pipeline.site import write_site
from backage.render.site.pages import SiteAddresses
from backage.store.database import open_history
from backage.store.merge import merge_history
from backage.store.owners import forget, load_owner
from backage.store.queries import read_rows
from backage.store.thin import thin_history
from tests.conftest import Instance
from tests.store.databases import ask, dump
from tests.store.histories import count, day, download

LAMP = "org/example/lamp/{0}/lamp-{0}.jar"
NAME = ("acme", "releases", "org.example.lamp")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a history."""
    return tmp_path / "history.db"


def jar(version: str = "1.0", **more: Any) -> Download:
    """Make a download of a version."""
    return download(LAMP.format(version), **more)


def settle_on(path: Path, number: int) -> int:
    """Refresh the counted days of a history, on a day."""
    with open_history(path) as history:
        return refresh_counted_days(history, day(number))


def numbers_of(path: Path, number: int) -> list[tuple[int | None, ...]]:
    """Read the numbers of the package, then those of its versions, newest first."""
    settle_on(path, number)
    with open_history(path) as history:
        (found,) = find_packages(history, NAME, versions=True)
    shown = [found.shown.item.latest.downloads, *(version.downloads for version in found.versions)]
    return [(each.total, each.month, each.week, each.day) for each in shown]


def take(path: Path, source: Path, number: int) -> Intake:
    """Import a source on a day."""
    with open_history(path) as history:
        return import_history(
            history, source, optout=OptOut(), today=day(number), revision="HEAD", on_step=lambda *_: None
        )


def test_windows_are_exact_on_every_day(path: Path) -> None:
    """Also on those without an event, and however seldom it is done."""
    count(path, 0, jar(), jar(), jar("2.0"))
    assert numbers_of(path, 0) == [(3, 3, 3, 3), (1, 1, 1, 1), (2, 2, 2, 2)]
    assert numbers_of(path, 1) == [(3, 3, 3, 0), (1, 1, 1, 0), (2, 2, 2, 0)]
    count(path, 8, jar())
    assert numbers_of(path, 8) == [(4, 4, 1, 1), (1, 1, 0, 0), (3, 3, 1, 1)]
    assert numbers_of(path, 60) == [(4, 0, 0, 0), (1, 0, 0, 0), (3, 0, 0, 0)]
    with open_history(path) as history:
        (found,) = find_packages(history, NAME, versions=False)
    assert [entry.downloads.total for entry in found.days] == [3] * 8 + [4] * 53
    assert [entry.downloads.day for entry in found.days[:9]] == [3, *[0] * 7, 1]
    assert (found.shown.item.refreshed, found.shown.stale) == (day(60), False)


def test_doing_it_again_changes_nothing(path: Path) -> None:
    """Until something was counted, or a day has passed."""
    count(path, 0, jar())
    assert settle_on(path, 0) == 1
    before = dump(path)
    assert settle_on(path, 0) == 0
    assert dump(path) == before
    count(path, 0, jar())
    assert [settle_on(path, 0), settle_on(path, 0), settle_on(path, 1), settle_on(path, 1)] == [1, 0, 1, 0]


def test_checksums_are_no_downloads(path: Path) -> None:
    """Nor are signatures and POMs; a version that only these tell of is there with zero."""
    for file in ("jar.sha1", "pom", "jar.asc", "pom.md5"):
        count(path, 0, download(f"org/example/lamp/1.0/lamp-1.0.{file}"))
    assert numbers_of(path, 0) == [(0, 0, 0, 0), (0, 0, 0, 0)]
    assert ask(path, "SELECT sum(downloads) FROM file_day") == [(4,)]


def test_the_same_package_of_two_repositories(path: Path) -> None:
    """It is one package, in the repository of its first download."""
    count(path, 0, jar(), jar(repo="mirror"))
    assert numbers_of(path, 0) == [(2, 2, 2, 2), (2, 2, 2, 2)]
    assert ask(path, "SELECT repo FROM file ORDER BY repo") == [("mirror",), ("releases",)]


def test_the_index_has_them(path: Path, tmp_path: Path) -> None:
    """With the source for the owner's type, in files that are named like all others."""
    count(path, 0, jar(), jar("2.0"))
    settle_on(path, 0)
    with open_history(path) as history:
        write_index(history, tmp_path / "index", OptOut())
        rows = list(read_rows(history, "packages", (), None, None).rows)
        top = find_top(history, (), "downloads")
    shown = json.loads((tmp_path / "index" / "acme" / "releases" / "org.example.lamp.json").read_text())
    assert (shown["owner_type"], shown["package_type"], shown["owner_id"]) == ("cloudrepo", "maven", -1)
    assert (shown["raw_downloads"], shown["versions"], shown["newest_version"]) == (2, "2", "2.0")
    assert [(version["id"], version["name"]) for version in shown["version"]] == [(2, "2.0"), (1, "1.0")]
    assert rows == [(None, "cloudrepo", "maven", *NAME, None, 2, 2, 2, 2, day(0).isoformat())]
    assert [each.shown.item.package.name for each in top] == ["org.example.lamp"]
    totals = json.loads((tmp_path / "index" / ".json").read_text())
    assert (totals["last_run"], totals["raw_downloads"]) == (day(0).isoformat(), 2)


def test_what_is_opted_out_goes(path: Path, tmp_path: Path) -> None:
    """From the history with its counters, and from the index."""
    count(path, 0, jar())
    settle_on(path, 0)
    with open_history(path) as history:
        write_index(history, tmp_path / "index", OptOut())
        optout, _ = parse_optout("acme/releases")
        assert forget(history, optout) == 1
        write_index(history, tmp_path / "index", optout)
    assert not (tmp_path / "index" / "acme" / "releases").exists()
    assert ask(path, "SELECT * FROM file") == ask(path, "SELECT * FROM file_day") == []


def test_thinning_out_keeps_the_numbers(path: Path) -> None:
    """And what is settled is not written anew."""
    for number in range(0, 90, 10):
        count(path, number, jar())
    settle_on(path, 89)
    with open_history(path) as history:
        thin_history(history, day(89), 20)
        kept = history.execute("SELECT count(*) FROM package_day").fetchone()
    assert numbers_of(path, 90)[0] == (9, 2, 0, 0)
    with open_history(path) as history:
        assert history.execute("SELECT count(*) FROM package_day").fetchone()[0] <= kept[0] + 2


def test_an_image_is_counted_by_its_digest(path: Path) -> None:
    """Its tags are those that were requested."""
    artifact = Artifact("container", "lamp", "sha256:" + "4b" * 32, "manifest", "v1")
    count(path, 0, Download("distribution", "acme", None, "lamp@x", artifact))
    settle_on(path, 0)
    with open_history(path) as history:
        (found,) = find_packages(history, ("acme",), versions=True)
    assert (found.versions[0].name, found.versions[0].tags) == ("sha256:" + "4b" * 32, ("v1",))
    assert (found.shown.item.latest.versions, found.shown.item.latest.tagged) == (1, 1)


# --- GitHub's runs ----------------------------------------------------------------------------


def test_a_run_leaves_them_alone(instance: Instance) -> None:
    """A run neither reads them nor marks them as gone."""
    instance.update()
    count(instance.history, 0, jar())
    settle_on(instance.history, 0)
    query = "SELECT * FROM package WHERE owner = (SELECT key FROM owner WHERE login = 'acme')"
    before = ask(instance.history, query)
    for _ in range(2):
        instance.server.world.advance()
        tally = instance.update()
        assert tally.exit_code == 0
    assert ask(instance.history, query) == before
    assert instance.count_requests("acme") == 0
    assert instance.shown("acme/releases/org.example.lamp")["raw_downloads"] == 1


def test_an_owner_of_github_with_their_name_fails(instance: Instance) -> None:
    """With a reason, without a request, and the others are read."""
    login = instance.server.world.owners[0].login
    count(instance.history, 0, jar(owner=login))
    tally = instance.update()
    assert [failure.what for failure in tally.failures] == [login]
    assert "events of cloudrepo" in tally.failures[0].reason
    assert tally.exit_code == 1
    assert instance.count_requests(f"/{login}?") == 0
    with open_history(instance.history) as history:
        assert load_owner(history, login) == Owner(login, "cloudrepo")


# --- from elsewhere ---------------------------------------------------------------------------


def test_histories_are_merged_by_what_was_counted(path: Path, tmp_path: Path) -> None:
    """Of one day the higher count stays; versions are the same by name; days follow."""
    other = tmp_path / "other.db"
    count(path, 0, jar(), jar())
    count(path, 1, jar("2.0"))
    count(other, 0, jar("2.0"), jar(), jar(), jar())
    count(other, 2, jar("3.0"), download("other.jar"))
    for each in (path, other):
        settle_on(each, 2)
    with open_history(path) as history:
        merge_history(history, other)
    assert numbers_of(path, 2) == [(6, 6, 6, 1), (1, 1, 1, 1), (2, 2, 2, 0), (3, 3, 3, 0)]
    with open_history(path) as history:
        (found,) = find_packages(history, NAME, versions=True)
        assert [version.name for version in found.versions] == ["3.0", "2.0", "1.0"]
        assert [entry.downloads.total for entry in found.days] == [4, 5, 6]
        before = dump(path)
        merge_history(history, other)
        refresh_counted_days(history, day(2))
    assert dump(path) == before


def test_histories_with_one_name_for_two_are_not_merged(tmp_path: Path, instance: Instance) -> None:
    """For the numbers of one would become those of the other."""
    instance.update()
    other = tmp_path / "other.db"
    count(other, 0, jar(owner=instance.server.world.owners[0].login))
    with open_history(other) as history:
        before = dump(other)
        with pytest.raises(TakenError, match="already an owner of cloudrepo"):
            merge_history(history, instance.history)
    assert dump(other) == before


def test_an_index_is_enough_to_count_on(path: Path, tmp_path: Path) -> None:
    """Its totals are what was counted before; importing it twice, or where it came from, adds nothing."""
    count(path, 0, jar(), jar(), jar("2.0"), download("tools/other.zip"))
    settle_on(path, 3)
    index = tmp_path / "index"
    with open_history(path) as history:
        write_index(history, index, OptOut())
    before = dump(path)["file_day"]
    take(path, index, 3)
    settle_on(path, 3)
    assert dump(path)["file_day"] == before
    assert numbers_of(path, 3)[0] == (3, 3, 3, 0)
    lost = tmp_path / "lost.db"
    for _ in range(2):
        take(lost, index, 3)
    assert numbers_of(lost, 3) == [(3, 3, 3, 0), (1, 1, 1, 0), (2, 2, 2, 0)]
    count(lost, 5, jar())
    assert numbers_of(lost, 5) == [(4, None, None, 1), (1, None, None, 0), (3, None, None, 1)]
    assert numbers_of(lost, 40) == [(4, 0, 0, 0), (1, 0, 0, 0), (3, 0, 0, 0)]


# --- the old server ---------------------------------------------------------------------------

OLD = {
    "all": 12,
    "downloads": {LAMP.format("1.0"): 7, "shared-1.0.jar": 5},
    "repos": {"releases": 12},
    "types": {"jar": 12},
    "users": {"admin": "admin123", "ada": "correct horse"},
}
FIRST_LINE = f"\ufeff{json.dumps(OLD)}\n\nrest"
NONE = ["{}", "{", '{"downloads": 1}', '{"downloads": {}, "downloads": {}}', "  \n"]


@pytest.mark.parametrize("text", [json.dumps(OLD), json.dumps(OLD, indent=4), FIRST_LINE])
def test_the_old_server_s_file(path: Path, tmp_path: Path, text: str) -> None:
    """On its first line or on many: counts without dates, users with hashes, and a warning."""
    source = tmp_path / "save.json"
    source.write_text(text, encoding="utf-8")
    intake = take(path, source, 0)
    assert (intake.read, intake.unread) == (1, {})
    assert [warning for warning in intake.warnings if "admin123" in warning] == [
        "admin has the password admin123, which everybody knows: change it"
    ]
    settle_on(path, 0)
    with open_history(path) as history:
        found = find_packages(history, ("cloudrepo", "releases"), versions=False)
        assert [(each.shown.item.package.name, each.shown.item.latest.downloads.total) for each in found] == [
            ("org.example.lamp", 7),
            ("shared-1.0.jar", 5),
        ]
        assert found[0].shown.item.latest.downloads.month is None
    users: dict[str, str] = dict(ask(path, "SELECT name, password FROM web_user"))
    assert users.keys() == {"admin", "ada"}
    assert all(kept.startswith("scrypt:") for kept in users.values())
    files = [file.read_bytes() for file in path.parent.iterdir() if file != source]
    assert not any(b"correct horse" in data for data in files)


def test_the_old_server_s_file_twice(path: Path, tmp_path: Path) -> None:
    """The second time changes nothing, and what was counted since goes on."""
    source = tmp_path / "save.json"
    source.write_text(json.dumps(OLD), encoding="utf-8")
    take(path, source, 0)
    count(path, 1, jar(owner="cloudrepo"))
    settle_on(path, 1)
    before = dump(path)
    take(path, source, 2)
    assert dump(path) == before
    settle_on(path, 1)
    with open_history(path) as history:
        found = find_packages(history, ("cloudrepo", "releases", "org.example.lamp"), versions=False)[0]
    numbers = found.shown.item.latest.downloads
    assert (numbers.total, numbers.month, numbers.week, numbers.day) == (8, None, None, 1)


@pytest.mark.parametrize(
    "text", ["{}", "{", '{"downloads": 1}', '{"downloads": {}, "downloads": {}}', "  \n"]
)
def test_an_invalid_file(path: Path, tmp_path: Path, text: str) -> None:
    """An invalid file is reported with the reason."""
    source = tmp_path / "save.json"
    source.write_text(text, encoding="utf-8")
    ((what, reason),) = take(path, source, 0).unread
    assert what == "save.json"
    assert reason.startswith("is no save.json of the old server")


def test_what_of_the_old_file_cannot_be_taken(path: Path, tmp_path: Path) -> None:
    """Is named, and the rest is taken; users may be a list."""
    old = {
        "all": 1,
        "downloads": {"../x.jar": 1, "a.jar": -1, "b.jar": True, "c.jar": 2, "": 1},
        "repos": {"one": 1, "two": 2},
        "users": [{"username": "ada", "password": "correct horse"}, {"username": 1}, 2],
    }
    source = tmp_path / "save.json"
    source.write_text(json.dumps(old), encoding="utf-8")
    intake = take(path, source, 0)
    assert {what for what, _ in intake.unread} == {"../x.jar", "a.jar", "b.jar", ""}
    assert ask(path, "SELECT path, baseline, repo FROM file") == [("c.jar", 2, "")]
    assert ask(path, "SELECT name FROM web_user") == [("ada",)]
    assert any("which of 2 repositories" in warning for warning in intake.warnings)
    assert any("1 downloads in all, and 2" in warning for warning in intake.warnings)


def test_what_is_known_of_such_an_owner(path: Path) -> None:
    """Its packages are found, and they are fresh."""
    count(path, 0, jar())
    settle_on(path, 0)
    with open_history(path) as history:
        known = find_known(history, ("ACME",), OptOut())
    assert (known.fine, len(known.packages)) == (True, 1)


def test_on_a_clock_that_was_set_back(path: Path) -> None:
    """No day is written again until the clock has passed the days that are known."""
    count(path, 5, jar())
    for number in (3, 5, 4, 6):
        settle_on(path, number)
    with open_history(path) as history:
        (found,) = find_packages(history, NAME, versions=False)
    assert [(entry.day, entry.downloads.day) for entry in found.days] == [(day(5), 1), (day(6), 0)]


def test_a_site_of_events_leads_to_no_page_of_github(path: Path, tmp_path: Path) -> None:
    """Its pages have badges, charts and files, but no links to GitHub."""
    count(path, 3, jar(), jar("1.1"))
    settle_on(path, 3)
    place = SiteAddresses("https://acme.example/", "https://github.com", "acme/numbers")
    with open_history(path) as history:
        write_site(history, tmp_path / "site", tmp_path / "index", OptOut(), place)
    where = "/".join(NAME)
    page = (tmp_path / f"site/package/{where}.html").read_text(encoding="utf-8")
    assert "on GitHub" not in page
    assert "github.com/acme/releases" not in page
    listed = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "<h1>Downloads of packages</h1>" in listed
    badge = json.loads((tmp_path / f"site/badge/{where}/downloads.json").read_text(encoding="utf-8"))
    assert badge["message"] == "2"
    assert (tmp_path / f"site/chart/{where}.svg").is_file()
