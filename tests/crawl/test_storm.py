"""A short storm: half an hour of it in a second, for everyone; the long one is in `tests/slow`."""

from pathlib import Path

import pytest

from backage.crawl.job import LookupLimits
from backage.standin.world import World
from tests.conftest import START, Instance, differences
from tests.support.truth import Storm
from tests.support.weather import Weather


def test_a_storm_puts_nothing_wrong_into_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of the answers fails on two days; a calm run then knows everything."""
    monkeypatch.setattr("backage.fetch.client.READ_SECONDS", 1.0)
    with Weather(World(START), 0.2, web_limit=15) as weather:
        storm = Storm(Instance(tmp_path, weather, clock=weather.clock), LookupLimits(10, 10))
        for _ in range(2):
            assert storm.run().exit_code in {0, 1}
            weather.world.advance()
        weather.clear()
        assert storm.run().exit_code == 0
        assert differences(storm.instance) == []
