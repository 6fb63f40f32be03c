"""A package's days: settled once, provisional today, filled where nobody looked."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from backage.models.history import Downloads, PackageDay
from backage.plan.days import find_final_day, plan_days

TODAY = date(2026, 8, 20)


def chart(counts: Sequence[int], newest: date = TODAY) -> tuple[tuple[date, int], ...]:
    """Make the daily counts of a page, the newest first."""
    return tuple((newest - timedelta(days=back), count) for back, count in enumerate(counts))


def by_day(days: tuple[PackageDay, ...]) -> dict[date, PackageDay]:
    """Find days by their date."""
    return {entry.day: entry for entry in days}


def test_one_page_tells_thirty_days() -> None:
    """The total at the end of a day is today's less the counts after it."""
    days = plan_days(1000, chart(range(1, 31)), TODAY, {}, None)
    assert len(days) == 30
    assert days[-1] == PackageDay(TODAY, Downloads(1000, sum(range(1, 31)), sum(range(1, 8)), 1))
    assert days[-2] == PackageDay(TODAY - timedelta(days=1), Downloads(999, None, sum(range(2, 9)), 2))
    assert days[0] == PackageDay(
        TODAY - timedelta(days=29), Downloads(1000 - sum(range(1, 30)), None, None, 30)
    )


def test_a_page_without_a_chart_tells_the_total_alone() -> None:
    """An absent chart is not thirty zeros."""
    assert plan_days(1000, (), TODAY, {}, None) == (PackageDay(TODAY, Downloads(1000)),)


def test_a_total_below_its_counts_gives_no_negative_totals() -> None:
    """A total that would be below zero is unknown."""
    days = plan_days(10, chart([5] * 30), TODAY, {}, None)
    assert [entry.downloads.total for entry in days[-4:]] == [None, 0, 5, 10]


def test_settled_days_are_those_before_the_newest_of_a_chart() -> None:
    """A page without a chart settles nothing."""
    yesterday = TODAY - timedelta(days=1)
    assert find_final_day(chart([1, 1]), None) == yesterday
    assert find_final_day((), yesterday) == yesterday
    assert find_final_day(chart([1], yesterday), yesterday) == yesterday
    assert find_final_day((), None) is None


def test_a_day_that_was_not_settled_is_written_again() -> None:
    """A day without a chart, or with a total held back, does not make the one before it final."""
    known = by_day(plan_days(100, chart([2] * 30), TODAY, {}, None))
    known[TODAY + timedelta(days=1)] = PackageDay(TODAY + timedelta(days=1))
    later = TODAY + timedelta(days=2)
    days = plan_days(130, chart([3, 9, 20, *[2] * 27], later), later, known, TODAY - timedelta(days=1))
    assert [entry.downloads.day for entry in days] == [20, 9, 3]
    assert days[0].downloads.total == 118


def test_a_young_package_has_no_month_yet() -> None:
    """Fewer than thirty counts are no month."""
    assert plan_days(10, chart([1] * 9), TODAY, {}, None)[-1].downloads == Downloads(10, None, 7, 1)


def test_what_has_all_of_its_downloads_in_its_chart_had_none_before() -> None:
    """A chart that is shorter than a month is whole then; without any download each window is 0."""
    days = plan_days(9, chart([1] * 9), TODAY, {}, None)
    assert [days[-1].downloads, days[0].downloads] == [Downloads(9, 9, 7, 1), Downloads(1, 1, 1, 1)]
    assert plan_days(0, chart([0]), TODAY, {}, None)[-1].downloads == Downloads(0, 0, 0, 0)
    assert plan_days(0, (), TODAY, {}, None)[-1].downloads == Downloads(0, 0, 0, 0)


def test_half_a_chart_is_completed_by_what_is_settled() -> None:
    """The days that a short chart lacks are known from earlier pages, and none is guessed."""
    known = by_day(plan_days(100, chart([2] * 30), TODAY, {}, None))
    tomorrow, yesterday = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
    days = plan_days(112, chart([3, 9, 2], tomorrow), tomorrow, known, yesterday)
    assert days[-1].downloads == Downloads(112, 3 + 9 + 28 * 2, 3 + 9 + 5 * 2, 3)
    later = TODAY + timedelta(days=4)
    assert plan_days(112, chart([3, 9, 2], later), later, known, yesterday)[-1].downloads == Downloads(
        112, None, None, 3
    )


def test_a_day_that_was_never_over_is_no_whole_day() -> None:
    """An instance that slept for longer than a chart knows only a part of its last day: that is none."""
    known = by_day(plan_days(100, chart([2] * 30), TODAY, {}, None))
    later, yesterday = TODAY + timedelta(days=40), TODAY - timedelta(days=1)
    days = plan_days(300, chart([1] * 30, later), later, known, yesterday)
    assert days[0] == PackageDay(TODAY)
    assert [entry.day for entry in days[1:]] == [later - timedelta(days=back) for back in range(29, -1, -1)]
    assert plan_days(130, chart([1] * 30, later), later, known, yesterday)[0].day > TODAY


def test_days_without_a_chart_are_whole_where_nothing_moved_since() -> None:
    """Each is compared with the next total that is known, the last with that of the page."""
    settled = TODAY - timedelta(days=1)
    later = [TODAY + timedelta(days=number) for number in range(6)]
    totals = (10, 10, 11, None, 11, 13)
    known = {day: PackageDay(day, Downloads(total)) for day, total in zip(later, totals, strict=True)}
    today = TODAY + timedelta(days=6)
    given_up = plan_days(15, (), today, known, settled)
    assert [entry.day for entry in given_up] == [later[1], later[4], later[5], today]
    assert {entry.downloads for entry in given_up[:-1]} == {Downloads()}
    assert [entry.day for entry in plan_days(13, (), today, known, settled)] == [later[1], later[4], today]
    assert plan_days(13, (), later[5], known, settled)[-1] == known[later[5]]


def test_yesterday_is_settled_and_older_days_stay() -> None:
    """The first run after midnight corrects yesterday; what was settled is not written again."""
    known = by_day(plan_days(100, chart([2] * 30), TODAY, {}, None))
    tomorrow = TODAY + timedelta(days=1)
    days = plan_days(112, chart([3, 9, *[7] * 28], tomorrow), tomorrow, known, TODAY - timedelta(days=1))
    assert [entry.day for entry in days] == [TODAY, tomorrow]
    assert days[0].downloads == Downloads(109, 29 * 2 + 9, 6 * 2 + 9, 9)
    assert days[1].downloads == Downloads(112, 3 + 9 + 28 * 7, 3 + 9 + 5 * 7, 3)


def test_the_last_day_of_an_instance_that_slept_is_settled() -> None:
    """It was provisional when it was read; the days after it are filled."""
    known = by_day(plan_days(100, chart([2] * 30), TODAY, {}, None))
    later = TODAY + timedelta(days=5)
    days = plan_days(
        160, chart([4, 10, 10, 10, 10, 18, *[2] * 24], later), later, known, TODAY - timedelta(days=1)
    )
    assert [entry.day for entry in days] == [TODAY + timedelta(days=n) for n in range(6)]
    assert days[0].downloads == Downloads(116, 29 * 2 + 18, 6 * 2 + 18, 18)


def test_what_earlier_runs_of_a_day_knew_is_kept() -> None:
    """Size and numbers of versions stay with their day."""
    old = PackageDay(TODAY, Downloads(90), size=7, versions=3, tagged=2)
    days = plan_days(100, chart([2] * 30), TODAY, {TODAY: old}, None)
    assert (days[-1].size, days[-1].versions, days[-1].tagged) == (7, 3, 2)


def test_an_older_page_tells_nothing_new() -> None:
    """A page of yesterday after one of today is a cache's."""
    known = by_day(plan_days(100, chart([2] * 30), TODAY, {}, None))
    yesterday = TODAY - timedelta(days=1)
    assert plan_days(98, chart([2] * 30, yesterday), TODAY, known, yesterday) == ()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 50), min_size=90, max_size=90),
    st.dictionaries(st.integers(30, 89), st.integers(0, 30), min_size=1),
    st.integers(0, 1000),
)
def test_days_equal_the_series(counts: list[int], runs: dict[int, int], before: int) -> None:
    """Whenever runs happen in a day, and however short a chart is, each number is right, or absent."""
    known: dict[date, PackageDay] = {}
    settled: date | None = None
    for run in sorted(runs):
        newest, today = TODAY + timedelta(days=run), counts[run] // 2
        page = [today, *counts[run - 29 : run][::-1]][: max(runs[run], settled is None)]
        total = before + sum(counts[:run]) + today
        known |= by_day(plan_days(total, chart(page, newest), newest, known, settled))
        settled = find_final_day(chart(page, newest), settled)
    last = max(runs)
    counts[last] //= 2
    for number in range(90):
        entry = known.get(TODAY + timedelta(days=number), PackageDay(TODAY))
        numbers = entry.downloads
        assert numbers.total in {None, before + sum(counts[: number + 1])}
        assert numbers.day in {None, counts[number]}
        assert numbers.week in {None, sum(counts[max(0, number - 6) : number + 1])}
        assert numbers.month in {None, sum(counts[max(0, number - 29) : number + 1])}
    assert known[TODAY + timedelta(days=last)].downloads.total is not None
