"""Windows and sizes of single versions: exact or absent, each looked up once."""

import json
import sqlite3
from contextlib import closing

import pytest

from backage.crawl.job import LookupLimits
from backage.standin.transport import Reply
from tests.conftest import Instance, differences

ALL = LookupLimits(None, None, full=True)
WINDOWS = ("raw_downloads_month", "raw_downloads_week", "raw_downloads_day")
BEACON = "Octo-Forge/beacon/beacon"


def unknown(instance: Instance, *keys: str) -> int:
    """Count the numbers of versions that the index does not know."""
    truth = instance.server.world.truth()
    files = (instance.shown(f"{p['owner']}/{p['repo']}/{p['package']}") for p in truth)
    return sum(version[key] == -1 for shown in files for version in shown["version"] for key in keys)


def registries_asked(
    instance: Instance,
    *starts: str,
    every: tuple[str, ...] = ("/v2/", "/token", "/npm", "/nuget", "/rubygems"),
) -> int:
    """Count the requests to registries."""
    return sum(target.startswith(starts or every) for _, target in instance.server.requests)


def test_full_reads_every_window_and_size(instance: Instance) -> None:
    """Every number of every version is there, and equals what was counted."""
    tally = instance.update(lookups=ALL)
    assert tally.failures == []
    assert tally.lookups_failed == []
    assert differences(instance) == []
    assert unknown(instance, *WINDOWS, "raw_size") == 0
    versions = sum(len(package["version"]) for package in instance.server.world.truth())
    assert tally.sizes == versions
    sizes = {package["package"]: package["raw_size"] for package in instance.server.world.truth()}
    assert instance.shown(BEACON)["raw_size"] == sizes["beacon"]
    assert instance.table(BEACON)[-1][5] == str(sizes["beacon"])


def test_an_index_shows_the_size_of_every_platform(instance: Instance) -> None:
    """The version's own size is that of linux/amd64, and attestations are none."""
    instance.update(lookups=ALL)
    versions = [v for v in instance.shown(BEACON)["version"] if "sizes" in v]
    assert versions
    for version in versions:
        assert set(version["sizes"]) == {"linux/amd64", "linux/arm64"}
        assert version["raw_size"] == version["sizes"]["linux/amd64"]


def test_a_size_is_looked_up_once(instance: Instance) -> None:
    """The second run asks no registry, nor the page of a version of the day."""
    instance.update(lookups=ALL)
    instance.server.reset()
    tally = instance.update(lookups=LookupLimits(None, None))
    assert tally.sizes == 0
    assert tally.requests == 3 + 12
    assert differences(instance) == []


def test_budgets_are_kept_and_later_runs_go_on(instance: Instance) -> None:
    """The newest version of each package comes first, so that packages have their size at once."""
    tally = instance.update(lookups=LookupLimits(12, 12))
    pages = [t for _, t in instance.server.requests if t.rpartition("/")[2].isdecimal() and "/blob/" not in t]
    assert len(pages) == 12
    for package in instance.server.world.truth():
        shown = instance.shown(f"{package['owner']}/{package['repo']}/{package['package']}")
        assert shown["raw_size"] == package["raw_size"]
        assert all(shown["version"][0][key] == package["version"][0][key] for key in WINDOWS)
    before = unknown(instance, "raw_size")
    assert tally.sizes >= 12
    instance.update(lookups=LookupLimits(0, 20))
    assert 0 < unknown(instance, "raw_size") <= before - 20
    assert differences(instance) == []


def test_none_means_none(instance: Instance) -> None:
    """With budgets of 0 no page of a version is read, and no registry asked."""
    instance.update(lookups=LookupLimits(0, 0))
    assert registries_asked(instance) == 0


def test_without_a_token_archives_stay_unknown(instance: Instance) -> None:
    """It is said once, and is no failure; images need none."""
    tally = instance.update(token=None, lookups=ALL)
    assert (tally.failures, tally.exit_code) == ([], 0)
    assert tally.notes == ["28 sizes are unknown: their registries want a token (GITHUB_TOKEN)"]
    assert registries_asked(instance, "/npm", "/nuget", "/rubygems") == 0
    assert instance.shown(BEACON)["raw_size"] > 0
    assert instance.shown("mona-lab/moon-phase/moon-phase")["size"] == "unknown"


@pytest.mark.parametrize(
    "reply",
    [Reply(500), Reply(404), Reply(401), Reply(200, {}, b"<html>"), Reply(200, {}, b"[]"), Reply(0)],
)
def test_a_bad_answer_costs_that_size_alone(instance: Instance, reply: Reply) -> None:
    """It is noted; every other size and window is there and right."""
    newest = instance.server.world.owners[0].packages[0].newest
    address = f"/v2/octo-forge/beacon/manifests/{newest.name}"
    instance.server.replies[address] = [reply] * 4
    tally = instance.update(lookups=LookupLimits(0, None))
    assert (tally.failures, len(tally.lookups_failed)) == ([], 1)
    assert unknown(instance, "raw_size") == 1
    assert instance.shown(BEACON)["size"] == "unknown"
    assert differences(instance) == []


def test_a_registry_that_fails_costs_its_sizes_alone(instance: Instance) -> None:
    """A package's metadata does not come: its sizes stay unknown, those of others do not."""
    instance.server.replies["/npm/*"] = [Reply(503)] * 99
    instance.server.replies["/nuget/*"] = [Reply(200, {}, b"{}")] * 99
    tally = instance.update(lookups=LookupLimits(0, None))
    assert tally.failures == []
    told = sorted(note.partition(" ")[2] for note in tally.lookups_failed)
    nuget, npm = (instance.settings(None).nuget, instance.settings(None).npm)
    assert told[0].startswith(f"x no size: the nuget page has no PackageBaseAddress, as at {nuget}/")
    assert told[1].startswith(f"x no size: the server failed (status 503), as at {npm}/@")
    assert instance.shown("mona-lab/tide-tables-ruby/tide_tables")["raw_size"] > 0
    assert differences(instance) == []


def test_registries_that_change_do_not_stop_the_run(instance: Instance) -> None:
    """Only pages tell whether GitHub changed its pages."""
    instance.server.replies["/v2/*"] = [Reply(200, {}, b'{"manifests": [{}]}')] * 999
    tally = instance.update(lookups=LookupLimits(0, None))
    assert (tally.exit_code, tally.stopped) == (0, None)
    assert instance.shown("mona-lab/moon-phase/moon-phase")["raw_size"] > 0


def test_what_is_not_there_is_not_asked_for_every_day(instance: Instance) -> None:
    """A manifest that is gone is asked for again after a week."""
    newest = instance.server.world.owners[1].packages[3].newest
    address = f"/v2/mona-lab/first-light/manifests/{newest.name}"
    instance.server.replies[address] = [Reply(404)] * 2
    asked = []
    for _ in range(9):
        instance.server.reset()
        instance.update("mona-lab", lookups=LookupLimits(0, None))
        asked.append(instance.count_requests(address))
        instance.server.world.advance()
    assert asked == [1, 0, 0, 0, 0, 0, 0, 1, 0]


def test_the_token_goes_to_no_archive_host(instance: Instance) -> None:
    """The registry redirects to another host, which refuses a request that carries it."""
    instance.update(lookups=LookupLimits(0, None))
    assert instance.count_requests("/blob/") > 0
    assert unknown(instance, "raw_size") == 0


def test_an_archive_that_npm_names_elsewhere_is_asked_without_the_token(instance: Instance) -> None:
    """What a package's metadata says is not trusted with it."""
    address = instance.server.url.replace("127.0.0.1", "localhost")
    tarball = f"{address}/blob/4711/x.tgz"
    versions = {f"1.{n}.0": {"dist": {"tarball": tarball}} for n in range(4)}
    body = json.dumps({"versions": versions}).encode()
    instance.server.replies["/npm/@mona-lab%2Fmoon-phase"] = [Reply(200, {}, body)]
    instance.update("mona-lab", lookups=LookupLimits(0, None))
    assert instance.shown("mona-lab/moon-phase/moon-phase")["raw_size"] == 4711


def test_a_page_wins_on_its_day_and_the_history_says_so(instance: Instance) -> None:
    """The source of windows is kept: 1 for a page, 0 for what was derived."""
    instance.update(lookups=LookupLimits(1, 0))
    with closing(sqlite3.connect(instance.history)) as database:
        query = "SELECT source, count(*) FROM version_day WHERE downloads_day IS NOT NULL AND downloads > 0"
        rows = dict(database.execute(f"{query} GROUP BY source").fetchall())
    assert rows[1] == 1
    instance.update(lookups=LookupLimits(0, 0))
    assert differences(instance) == []


def test_a_version_page_that_fails_costs_its_windows_alone(instance: Instance) -> None:
    """A deleted version or a failing server is noted; a changed page is a failure with its address."""
    beacon = instance.server.world.owners[0].packages[0]
    base = "/Octo-Forge/beacon/pkgs/container/beacon"
    first, second, third = beacon.versions[:3]
    instance.server.replies[f"{base}/{first.id}"] = [Reply(404)]
    instance.server.replies[f"{base}/{second.id}"] = [Reply(502)] * 4
    instance.server.replies[f"{base}/{third.id}"] = [Reply(200, {}, b"<h1>beacon</h1></html>")]
    tally = instance.update("octo-forge", lookups=LookupLimits(None, 0, full=True))
    assert [failure.reason for failure in tally.failures] == ['the version page has no "Total downloads"']
    assert len(tally.lookups_failed) == 2
    missing = [v["id"] for v in instance.shown(BEACON)["version"] if v["raw_downloads_month"] == -1]
    assert set(missing) <= {first.id, second.id, third.id}


def test_a_day_whose_list_failed_has_no_size(instance: Instance) -> None:
    """The newest version that is known is an older one then; the next list tells whose size it is."""
    instance.update("octo-forge", lookups=LookupLimits(0, None))
    instance.server.world.advance(2)
    instance.server.replies["/Octo-Forge/beacon/pkgs/container/beacon/versions?page=1"] = [Reply(500)] * 4
    assert instance.update("octo-forge", lookups=LookupLimits(0, None)).exit_code == 1
    assert instance.table(BEACON)[-1][5] == ""
    instance.update("octo-forge", lookups=LookupLimits(0, None))
    newest = instance.server.world.owners[0].packages[0].newest
    assert instance.table(BEACON)[-1][5] == str(newest.size)
