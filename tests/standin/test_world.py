from datetime import date, timedelta

from backage.standin.model import Owner, Package, Version, digest
from backage.standin.world import World

START = date(2026, 11, 20)
DAY = timedelta(days=1)


def small_world(
    *versions: Version, publishes_every: int = 0, deletes_every: int = 0
) -> tuple[World, Package]:
    """Return a world of one package."""
    package = Package(
        "container", "w", None, versions, publishes_every=publishes_every, deletes_every=deletes_every
    )
    return World(START, [Owner("o", 1, "users", [package])]), package


def test_totals_grow_by_each_days_counts() -> None:
    """A package's total grows by exactly the day's count, over publications and deletions too."""
    world = World(START)
    packages = [package for owner in world.owners for package in owner.packages]
    assert len(packages) >= 12
    for _ in range(40):
        before = [package.total(world.today) for package in packages]
        world.advance()
        grown = [package.total(world.today) - total for package, total in zip(packages, before, strict=True)]
        assert grown == [package.downloads_on(world.today) for package in packages]
    assert any(package.gone for package in packages)


def test_total_is_the_sum_of_all_days() -> None:
    """A version's total is the sum of its daily counts since it was published."""
    version = Version(7_001, "1.0.0", START - 100 * DAY, pace=50)
    assert version.total(START) == sum(version.downloads_on(START - n * DAY) for n in range(101)) > 0
    assert version.downloads_on(START - 101 * DAY) == 0
    assert version.total(START - 101 * DAY) == 0
    assert version.window(START, 7) == sum(version.downloads_on(START - n * DAY) for n in range(7))


def test_past_days_do_not_change() -> None:
    """A package's count of a past day does not change when versions are published and deleted."""
    world = World(START)
    packages = [package for owner in world.owners for package in owner.packages]
    before = [[package.downloads_on(START - n * DAY) for n in range(30)] for package in packages]
    world.advance(12)
    assert before == [[package.downloads_on(START - n * DAY) for n in range(30)] for package in packages]


def test_publishing_moves_latest() -> None:
    """A new version takes over `latest`, has the next version number, and is counted from its day on."""
    old = Version(10, "sha256:a", START - DAY, ("latest", "1.2.3"))
    world, package = small_world(old, publishes_every=2)
    world.advance()
    assert list(package.versions) == [old]
    world.advance()
    new, kept = package.versions[0], package.versions[1]
    assert (kept.tags, new.tags) == (("1.2.3",), ("1.2.4", "latest"))
    assert new.published == world.today
    assert new.total(world.today) == new.downloads_on(world.today)
    assert new.name == digest(new.documents[0])


def test_deletion_takes_the_oldest_untagged() -> None:
    """The oldest untagged version is deleted, a tagged one never, and its downloads stay in the total."""
    versions = [Version(n, f"sha256:{n}", START - 50 * DAY, ("t",) if n == 1 else ()) for n in (1, 2, 3)]
    world, package = small_world(*versions, deletes_every=1)
    total = package.total(START)
    world.advance()
    assert [version.id for version in package.versions] == [3, 1]
    assert package.total(world.today) == total + package.downloads_on(world.today)
    assert package.gone[0].downloads_on(world.today) == 0
    assert world.truth()[0]["raw_downloads"] > sum(v["raw_downloads"] for v in world.truth()[0]["version"])
    world.advance(5)
    assert [version.id for version in package.versions] == [1]


def test_default_world_has_the_special_cases() -> None:
    """The demonstration has a long list, a slash, an unlinked, an idle and a brand new package."""
    truth = {(t["owner"], t["package"]): t for t in World(START).truth()}
    beacon = truth["Octo-Forge", "beacon"]
    assert beacon["raw_versions"] > 100
    assert 50 < beacon["raw_tagged"] < beacon["raw_versions"]
    assert "charts%2Fbeacon" in {name for _, name in truth}
    assert truth["Octo-Forge", "scratchpad"]["repo"] == "scratchpad"
    assert (
        truth["mona-lab", "moon-phase"]["raw_downloads_month"]
        == 0
        < truth["mona-lab", "moon-phase"]["raw_downloads"]
    )
    light = truth["mona-lab", "first-light"]
    assert light["raw_downloads"] == light["raw_downloads_month"] > 0
    assert {t["package_type"] for t in truth.values()} == {"container", "npm", "nuget", "rubygems"}


def test_few_counters_of_the_default_world_are_abbreviated() -> None:
    """A few versions reach a million downloads, where pages abbreviate; no window of a version does."""
    versions = [version for truth in World(START).truth() for version in truth["version"]]
    assert 1 <= sum(version["raw_downloads"] >= 1_000_000 for version in versions) <= 10
    assert max(version["raw_downloads_month"] for version in versions) < 1_000_000


def test_same_start_same_world() -> None:
    """Two worlds of one start and one number of days are equal, and ids are unique."""
    one, other = World(START), World(START)
    one.advance(9)
    for _ in range(9):
        other.advance()
    assert one.truth() == other.truth()
    ids = [version["id"] for package in one.truth() for version in package["version"]]
    assert len(ids) == len(set(ids))
