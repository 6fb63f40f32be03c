"""A month of runs: the history then knows every window, and no page of a version is read any more."""

import pytest

from backage.crawl.job import LookupLimits
from tests.conftest import Instance, differences

DAYS = 35
WINDOWS = ("raw_downloads_month", "raw_downloads_week", "raw_downloads_day")


@pytest.mark.slow
def test_from_day_31_all_windows_follow_from_the_history(instance: Instance) -> None:
    """Each given number is right on every day; from day 31 on all are known and no version page is read."""
    for number in range(1, DAYS + 1):
        instance.server.reset()
        tally = instance.update(lookups=LookupLimits(40, 40))
        assert tally.failures == []
        assert differences(instance) == []
        if number > 30:
            assert version_pages(instance) == 0
            assert missing(instance) == 0
            pages = sum(-(-len(package["version"]) // 50) for package in instance.server.world.truth())
            registries = sum(
                target.startswith(("/v2/", "/token", "/npm", "/nuget", "/rubygems", "/blob/"))
                for _, target in instance.server.requests
            )
            assert tally.requests - registries <= 1.05 * (3 + 12 + pages)
        instance.server.world.advance()


def version_pages(instance: Instance) -> int:
    """Count the requests for pages of single versions."""
    targets = (target for _, target in instance.server.requests if not target.startswith(("/blob/", "/v2/")))
    return sum(target.rpartition("/")[2].isdecimal() for target in targets)


def missing(instance: Instance) -> int:
    """Count the windows of versions that the index does not know."""
    truth = instance.server.world.truth()
    files = (instance.shown(f"{p['owner']}/{p['repo']}/{p['package']}") for p in truth)
    return sum(version[key] == -1 for shown in files for version in shown["version"] for key in WINDOWS)
