"""Which versions are asked for first, and what the size of an index is."""

from __future__ import annotations

from datetime import date

from backage.models import Child, Downloads, Owner, Package, Wanted
from backage.plan import choose_size, plan_details, rank_versions

OWNER = Owner("octo-forge", "orgs", 1)


def wanted(key: int, number: int, rank: int) -> Wanted:
    """Make a version of which all is unknown."""
    package = Package("container", f"p{key}", "r")
    return Wanted(
        OWNER, package, key, date(2026, 8, 20), number, "x", rank, Downloads(0), windows=True, size=True
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
    versions = [wanted(1, 9, 0), wanted(1, 8, 1), wanted(1, 7, 2), wanted(2, 5, 0), wanted(2, 4, 1)]
    assert [(v.key, v.id) for v in plan_details(versions, 4)] == [(1, 9), (2, 5), (1, 8), (2, 4)]
    assert plan_details(versions, 0) == []
    assert len(plan_details(versions, None)) == 5


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
