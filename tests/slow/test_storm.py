"""Three days of faults over thirty owners: each number of the index is right, or older and dated so."""

from pathlib import Path

import pytest

from backage.crawl.job import LookupLimits
from backage.standin.model import Owner, Package, Version
from backage.standin.world import Series, World
from tests.conftest import START, Instance, differences
from tests.support.truth import Storm
from tests.support.weather import FAULTS, Weather

OWNERS, DAYS, RUNS, JOBS = 30, 3, 2, 8
GRACE = 4 * JOBS
"""Requests that may be under way when a limit comes."""

TYPES = ("container", "npm", "nuget", "rubygems")


@pytest.mark.slow
def test_three_days_of_all_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tenth of the answers failing under a limit, no number is wrong; a calm run completes them."""
    monkeypatch.setattr("backage.fetch.client.READ_SECONDS", 2.0)
    with Weather(World(START, many_owners()), 0.1, web_limit=60) as weather:
        storm = Storm(Instance(tmp_path, weather, clock=weather.clock), LookupLimits(100, 100))
        for _ in range(DAYS):
            for _ in range(RUNS):
                tally = storm.run(jobs=JOBS)
                assert tally.exit_code in {0, 1}
            weather.world.advance()
        assert {kind for service, kind in weather.served if service == "web"} == {*FAULTS, "web limit"}
        assert max(weather.late) <= GRACE
        weather.clear()
        tally = storm.run(jobs=JOBS)
        assert (tally.failures, tally.exit_code) == ([], 0)
        assert differences(storm.instance) == []


def many_owners() -> list[Owner]:
    """Return thirty owners: without packages, with two pages of them, with long lists of versions."""
    return [
        Owner(f"owner-{n}", 1000 + n, "orgs" if n % 3 else "users", [_package(n, m) for m in range(_size(n))])
        for n in range(OWNERS)
    ]


def _size(owner: int) -> int:
    return {4: 0, 11: 37, 23: 12}.get(owner, 1 + owner % 5)


def _package(owner: int, place: int) -> Package:
    kind = TYPES[(owner + place) % len(TYPES)]
    count = 130 if (owner + place) % 11 == 0 else 1 + (owner * 7 + place * 3) % 20
    first = 1_000_000_000 + (owner * 100 + place) * 2_000_000
    series = Series(first, count, 9, 1 + place % 4, 3 + owner, (70_000, 1200 + place), index=True, untagged=4)
    versions: tuple[Version, ...] = series.images(START) if kind == "container" else series.archives(START)
    name, repo = f"package-{place}", None if place % 6 == 5 else f"repo-{place // 2}"
    if place % 4 == 3:
        name = f"charts/{name}"
    return Package(
        kind,
        name if kind == "container" else f"package-{place}",
        repo,
        versions,
        publishes_every=(owner + place) % 4,
        deletes_every=2 if count > 5 and kind == "container" else 0,
    )
