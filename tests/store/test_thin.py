"""Old days become fewer, and none that stays says anything else than before."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from backage.models.history import Downloads, Package, PackageDay, PackageUpdate
from backage.owners import OptOut
from backage.pipeline.index import write_index
from backage.store.database import open_history, to_number
from backage.store.packages import load_days, load_index, load_package, save_package
from backage.store.thin import Limits, bucket_of, plan_limits, shrink, thin_days, thin_history
from backage.store.versions import load_versions
from tests.store.databases import ask, dump
from tests.store.histories import BEACON, BUOY, FORGE, day, save

DAYS, KEEP = 1000, 365
FIRST = to_number(day(0))
TODAY = day(DAYS - 1)
LIMITS = plan_limits(TODAY, KEEP)
GAP = range(40, 75)
STILL = range(200, 330)
"""Days on which nobody looked, and days on which nothing changed."""

STILL_ONE = Package("npm", "still")


def total_on(number: int) -> int | None:
    """Return the total of a day, None if nobody looked."""
    return None if number in GAP else 10 * min(number, STILL[0]) + 10 * max(0, number - STILL[-1])


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a history of nearly three years: a package that grows, one that never does, versions, scans."""
    path = tmp_path_factory.mktemp("long") / "history.db"
    with open_history(path) as history:
        for number in range(DAYS):
            total = total_on(number)
            if total is not None:
                save(history, number, total, {1: total // 2, 2: 7})
        days = tuple(PackageDay(day(number), Downloads(3, 0, 0, 0), 5, 1, 1) for number in range(DAYS))
        told = PackageUpdate(TODAY, days, TODAY, None, 1, list_finished=True, complete=True, versions=())
        save_package(history, FORGE.login, STILL_ONE, told, 1)
    return path


@pytest.fixture
def path(long: Path, tmp_path: Path) -> Path:
    """Return a copy of that history."""
    copy = tmp_path / "history.db"
    shutil.copy(long, copy)
    return copy


def thin(path: Path, today: date = TODAY, keep: int = KEEP) -> None:
    """Thin a history out."""
    with open_history(path) as history:
        thin_history(history, today, keep)


def days_of(path: Path, package: Package = BEACON) -> dict[date, PackageDay]:
    """Read all days of a package."""
    with open_history(path) as history:
        (key,) = (item.key for item in load_index(history, FORGE.login) if item.package == package)
        return {entry.day: entry for entry in load_days(history, key)}


def known(days: dict[date, PackageDay]) -> dict[date, int]:
    """Leave out the days of which nothing is known."""
    totals = {day: entry.downloads.total for day, entry in days.items()}
    return {day: total for day, total in totals.items() if total is not None}


def at(number: int, total: int | None, month: int | None = None) -> PackageDay:
    """Make a day of a small example: its number, its total and its month."""
    return PackageDay(day(number), Downloads(total, month))


# --- the limits -------------------------------------------------------------------------------


@pytest.mark.parametrize("later", range(8))
def test_days_are_kept_from_a_monday_and_weeks_from_a_first(later: int) -> None:
    """As many days as are asked for at least, and no week or month is cut by the limits."""
    today = date(2026, 8, 20) + timedelta(days=later)
    limits = plan_limits(today, 365)
    assert limits.daily.weekday() == 0
    assert 365 <= (today - limits.daily).days <= 371
    assert limits.weekly.day == 1
    assert 730 <= (today - limits.weekly).days <= 761


def test_the_limits_of_a_day() -> None:
    """The twentieth of August 2025 was a Wednesday, and a year before it was August too."""
    assert plan_limits(date(2026, 8, 20), 365) == Limits(date(2025, 8, 18), date(2024, 8, 1))


def test_what_shares_a_place() -> None:
    """Late days are alone, those before are with their week, old ones with their month."""
    limits = Limits(date(2025, 8, 18), date(2024, 8, 1))

    def shared(first: str, second: str) -> bool:
        return bucket_of(date.fromisoformat(first), limits) == bucket_of(date.fromisoformat(second), limits)

    assert not shared("2025-08-18", "2025-08-19")
    assert not shared("2025-08-17", "2025-08-18")
    assert shared("2025-08-11", "2025-08-17")
    assert shared("2024-12-30", "2025-01-05")  # one week of two years
    assert not shared("2025-01-05", "2025-01-06")
    assert not shared("2024-08-05", "2025-08-04")  # one week's number in two years
    assert not shared("2024-07-31", "2024-08-01")  # one week of two kinds
    assert shared("2024-08-01", "2024-08-04")
    assert shared("2024-07-01", "2024-07-31")
    assert not shared("2023-07-01", "2024-07-01")


# --- the days of a package --------------------------------------------------------------------


def test_the_last_known_day_of_a_week_stays() -> None:
    """The others are there, and nothing is known of them."""
    limits = Limits(day(14), day(-60))
    growing = [at(number, number + 1) for number in range(16)]
    assert [entry.downloads.total for entry in thin_days(growing, limits)] == [
        *(None, None, None, None, None, None, 7),
        *(None, None, None, None, None, None, 14),
        *(15, 16),
    ]


def test_a_week_s_last_known_day_may_be_an_early_one() -> None:
    """Where nobody looked on its end."""
    limits = Limits(day(7), day(-60))
    thinned = thin_days([at(0, 1), at(1, 2), *(at(number, None) for number in range(2, 7)), at(7, 9)], limits)
    assert thinned == [at(0, None), at(1, 2), *(at(number, None) for number in range(2, 7)), at(7, 9)]


def test_the_last_known_day_of_a_month_stays() -> None:
    """Before the weeks: the 31st of March 2026 is the 30th day of the example."""
    limits = Limits(day(90), day(60))
    thinned = thin_days([at(number, number) for number in range(60)], limits)
    assert [entry for entry in thinned if entry.downloads.total is not None] == [at(29, 29), at(59, 59)]


def test_days_on_which_nothing_changed_stay() -> None:
    """They cost no row of their own; a day with other windows is another one."""
    limits = Limits(day(21), day(-60))
    days = [at(number, 5 if number > 3 else 1) for number in range(18)]
    thinned = thin_days([*days, at(18, 5, 2), at(19, 5, 2), at(20, 6)], limits)
    assert [entry.downloads.total for entry in thinned] == [*[None] * 6, *[5] * 12, None, None, 6]


def test_without_days_there_is_nothing_to_thin_out() -> None:
    """As for a package of which only versions are known."""
    assert thin_days([], LIMITS) == []


# --- the history ------------------------------------------------------------------------------


def test_the_last_year_is_not_touched(path: Path) -> None:
    """From the Monday on, every day is the same in all its columns."""
    before = days_of(path)
    thin(path)
    after = days_of(path)
    late = [day for day in before if day >= LIMITS.daily]
    assert len(late) >= KEEP
    assert [after[day] for day in late] == [before[day] for day in late]


def test_what_stays_says_what_it_said(path: Path) -> None:
    """A day is exactly as it was, or nothing is known of it; and every day is there."""
    before = days_of(path)
    thin(path)
    after = days_of(path)
    assert after.keys() == before.keys()
    assert all(entry in {before[day], PackageDay(day)} for day, entry in after.items())


def test_a_week_and_a_month_have_one_day_each(path: Path) -> None:
    """The last that was known; what did not change since stays with it."""
    before = known(days_of(path))
    thin(path)
    after = known(days_of(path))
    buckets: dict[tuple[int, ...], list[date]] = {}
    for when in before:
        buckets.setdefault(bucket_of(when, LIMITS), []).append(when)
    kept = {days[-1] for days in buckets.values()}
    assert kept <= after.keys()
    assert all(before[when] == before[when - timedelta(days=1)] for when in after.keys() - kept)
    old = [when for when in after if when < LIMITS.daily and when not in {day(number) for number in STILL}]
    assert len(old) < 60


def test_a_package_that_never_changed_needs_one_row(path: Path) -> None:
    """All its days are known before and after."""
    thin(path)
    assert set(known(days_of(path, STILL_ONE)).values()) == {3}
    query = "SELECT count(*), sum(downloads IS NULL) FROM package_day JOIN package ON key = package"
    ((rows, unknown),) = ask(path, f"{query} WHERE name = 'still'")
    assert rows - unknown == 1


def test_versions_keep_one_row_a_week_and_a_month(path: Path) -> None:
    """The last of each, as it was; late ones and a version's only row stay."""
    query = (
        "SELECT version.id, d.* FROM version_day AS d JOIN version ON version.key = d.version ORDER BY 1, day"
    )
    before = ask(path, query)
    thin(path)
    after = ask(path, query)
    last = {(row[0], bucket_of(day(row[2] - FIRST), LIMITS)): row for row in before}
    assert after == sorted(last.values())
    assert len(after) < len(before) * 2 / 3


def test_scans_keep_one_row_a_week_and_a_month(path: Path) -> None:
    """The last of each."""
    query = "SELECT package, day, listed FROM scan ORDER BY package, day"
    before = ask(path, query)
    thin(path)
    last = {(row[0], bucket_of(day(row[1] - FIRST), LIMITS)): row for row in before}
    assert ask(path, query) == sorted(last.values())


def test_doing_it_twice_changes_nothing(path: Path) -> None:
    """What is thin enough stays."""
    thin(path)
    once = dump(path)
    thin(path)
    assert dump(path) == once


@pytest.mark.parametrize("step", [1, 7, 40])
def test_doing_it_again_later_keeps_the_numbers_right(path: Path, step: int) -> None:
    """Day by day, week by week or less often: what is known is what was known of that very day."""
    before = known(days_of(path))
    for number in range(0, 80, step):
        thin(path, TODAY - timedelta(days=80 - number))
    thin(path)
    after = known(days_of(path))
    assert all(before[when] == total for when, total in after.items())
    buckets = {bucket_of(when, LIMITS) for when in after}
    assert buckets == {bucket_of(when, LIMITS) for when in before}


def test_what_is_read_of_the_last_months_is_the_same(path: Path) -> None:
    """Whatever a run plans with: days, scans and the totals that windows are derived from."""

    def planned() -> object:
        with open_history(path) as history:
            key, package = load_package(history, FORGE.login, BEACON, TODAY)
            assert key is not None
            return package, load_versions(history, key, TODAY - timedelta(days=62))

    before = planned()
    thin(path, keep=62)
    assert planned() == before


def test_the_history_is_used_on(path: Path) -> None:
    """The next day follows on it."""
    thin(path)
    with open_history(path) as history:
        save(history, DAYS, 99_999, {1: 77_777})
    assert known(days_of(path))[day(DAYS)] == 99_999


def test_a_table_that_is_published_keeps_its_lines(path: Path, tmp_path: Path) -> None:
    """Every file of the index is byte for byte what it was."""

    def files() -> dict[str, bytes]:
        with open_history(path) as history:
            write_index(history, tmp_path / "index", OptOut())
        return {str(file): file.read_bytes() for file in (tmp_path / "index").rglob("*") if file.is_file()}

    before = files()
    thin(path)
    after = files()
    assert after == before
    (table,) = (content for name, content in after.items() if name.endswith("beacon.csv"))
    assert len(table.splitlines()) == DAYS + 1


def test_shrinking_gives_room_back_and_changes_nothing(path: Path) -> None:
    """Only the file is smaller."""
    thin(path)
    before, size = dump(path), path.stat().st_size
    with open_history(path) as history:
        shrink(history)
    assert dump(path) == before
    assert path.stat().st_size < size


def test_a_short_history_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing in it is old."""
    path = tmp_path / "history.db"
    with open_history(path) as history:
        for number in range(20):
            save(history, number, number, {1: number}, package=BUOY)
    before = dump(path)
    thin(path, day(20))
    assert dump(path) == before
