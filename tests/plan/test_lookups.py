"""Which versions are asked for first, and what the size of an index is."""

from datetime import date

import pytest

from backage.models.history import Downloads, Observation, Owner, Package, VersionLookup
from backage.models.pages import Child, Count, Counters
from backage.plan.order import choose_lookups, choose_size, rank_versions
from backage.plan.versions import plan_observation

OWNER = Owner("octo-forge", "orgs", 1)
TODAY = date(2026, 8, 20)


def make_lookup(key: int, number: int, rank: int) -> VersionLookup:
    """Make a version whose windows and size are unknown."""
    package = Package("container", f"p{key}", "r")
    return VersionLookup(
        OWNER,
        package,
        key,
        date(2026, 8, 20),
        number,
        "x",
        rank,
        Downloads(0),
        wants_windows=True,
        wants_size=True,
    )


def child(platform: str | None, *, runnable: bool = True) -> Child:
    """Make a child of an index."""
    return Child(f"sha256:{platform}", platform, runnable and platform is not None)


def test_the_newest_then_tagged_then_others() -> None:
    """Each newest first; the newest version leads, tagged or not."""
    assert rank_versions([(1, True), (2, False), (3, True), (4, False)]) == {4: 0, 3: 1, 1: 2, 2: 3}
    assert rank_versions([]) == {}


def test_packages_take_turns() -> None:
    """The newest of each comes before the second of any."""
    versions = [
        make_lookup(1, 9, 0),
        make_lookup(1, 8, 1),
        make_lookup(1, 7, 2),
        make_lookup(2, 5, 0),
        make_lookup(2, 4, 1),
    ]
    assert [(v.key, v.id) for v in choose_lookups(versions, 4)] == [(1, 9), (2, 5), (1, 8), (2, 4)]
    assert choose_lookups(versions, 0) == []
    assert len(choose_lookups(versions, None)) == 5


def test_linux_amd64_is_preferred() -> None:
    """Wherever it stands in the index, and with its variant if it has one."""
    children = [(child("linux/arm64"), 90), (child("linux/amd64"), 100)]
    assert choose_size(children) == (100, {"linux/arm64": 90, "linux/amd64": 100})
    assert choose_size([(child("linux/arm64"), 90), (child("linux/amd64/v2"), 7)])[0] == 7


def test_else_the_first_platform_that_can_run() -> None:
    """An attestation is never a size, and a child that is gone cannot run."""
    unknown = Child("sha256:a", "unknown/unknown", runnable=False)
    assert choose_size([(unknown, 3), (child("windows/amd64"), 50), (child("linux/arm64"), 90)])[0] == 50
    assert choose_size([(child("linux/amd64"), None), (child("linux/arm64"), 90)]) == (
        90,
        {"linux/arm64": 90},
    )
    assert choose_size([(unknown, 3)]) == (None, {})
    assert choose_size([(child("linux/amd64"), None)]) == (None, {})


def test_else_the_only_manifest() -> None:
    """One without a platform counts where it is alone."""
    assert choose_size([(child(None), 12)]) == (12, {})
    assert choose_size([(child(None), 12), (child(None), 13)]) == (None, {})
    assert choose_size([]) == (None, {})


def page(total: int, *windows: int, exact: bool = True) -> Counters:
    """Make a version's counters, which GitHub abbreviates from a million on."""
    month, week, day = (Count(count, exact=count < 1_000_000) for count in windows)
    return Counters(Count(total, exact), month, week, day)


def test_an_exact_page_is_taken_whole() -> None:
    """Its total and its windows are of one moment, so the history may calculate with them."""
    seen = plan_observation(TODAY, Downloads(100), page(103, 30, 7, 1))
    assert seen == Observation(TODAY, Downloads(103, 30, 7, 1), from_page=True)


def test_an_abbreviated_counter_is_unknown() -> None:
    """The total is then the list's, and a window what the history derives."""
    rounded = page(1_180_000, 1_020_000, 667_510, 521, exact=False)
    seen = plan_observation(TODAY, Downloads(1_184_321), rounded)
    assert seen == Observation(TODAY, Downloads(1_184_321, None, 667_510, 521))
    derived = plan_observation(TODAY, Downloads(1_184_321, 1_019_876), rounded)
    assert derived == Observation(TODAY, Downloads(1_184_321, 1_019_876, 667_510, 521))


@pytest.mark.parametrize(
    ("listed", "total", "exact", "current"),
    [
        (1000, 1000, True, True),
        (1001, 1000, True, False),
        (1_184_999, 1_180_000, False, True),  # rounded down, and as new as the list
        (1_191_800, 1_180_000, False, True),
        (1_191_801, 1_180_000, False, False),
        (999_999, 1_000_000, False, True),
    ],
)
def test_a_page_that_is_older_than_the_list_tells_nothing(
    listed: int, total: int, *, exact: bool, current: bool
) -> None:
    """A rounded total may lie below the exact one, by a hundredth at most."""
    seen = plan_observation(TODAY, Downloads(listed), page(total, 30, 7, 1, exact=exact))
    assert (seen is not None) is current
