"""A version's windows, derived from totals: what the series says, or absent; never anything else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backage.models.history import Downloads, KnownVersion, Observation, VersionUpdate
from backage.models.pages import VersionRow
from backage.plan.versions import WINDOW_HISTORY, derive_windows, gather_points, plan_versions

TODAY = date(2026, 8, 20)


def day(number: int) -> date:
    """Return the day that is so many days from today."""
    return TODAY + timedelta(days=number)


def known(*observations: Observation, absent: date | None = None, held: date | None = None) -> KnownVersion:
    """Make a version that the history has."""
    return KnownVersion(
        1,
        "1.0.0",
        (),
        listed=True,
        unpublished_until=absent,
        total_drop_since=held,
        observations=observations,
    )


def seen(number: int, total: int | None, *windows: int) -> Observation:
    """Make an observation; with windows it is one of the version's page."""
    return Observation(day(number), Downloads(total, *windows), from_page=bool(windows))


def plan(
    total: int, version: KnownVersion | None = None, scans: tuple[int, ...] = (), age: int | None = None
) -> VersionUpdate:
    """Plan one row of today."""
    row = VersionRow(1, "1.0.0", (), total, age)
    earlier = {1: version} if version else {}
    return plan_versions([row], earlier, TODAY, [day(scan) for scan in scans])[0]


def windows(update: VersionUpdate) -> tuple[int | None, int | None, int | None]:
    """Return month, week and day of an update."""
    assert update.observation is not None
    numbers = update.observation.downloads
    return (numbers.month, numbers.week, numbers.day)


def test_nothing_known_gives_nothing() -> None:
    """A first look at an old version tells its total alone."""
    assert windows(plan(100)) == (None, None, None)


def test_an_update_has_all_of_its_row() -> None:
    """Id, name and tags are the row's, whether its total is taken or held back."""
    row = VersionRow(7, "1.2.3", ("latest",), 10)
    for total, held in ((9, None), (11, TODAY)):
        earlier = replace(known(seen(-1, total)), id=7, unpublished_until=day(-40))
        (update,) = plan_versions([row], {7: earlier}, TODAY, [])
        assert (update.id, update.name, update.tags) == (7, "1.2.3", ("latest",))
        assert (update.unpublished_until, update.total_drop_since) == (day(-40), held)


def test_a_page_tells_the_totals_at_the_starts_of_its_windows() -> None:
    """On the days before its month, its week and its day: totals less what came since."""
    version = known(seen(-23, 100, 90, 20, 5))
    scans = [day(-23)]
    points = gather_points(version, TODAY, scans, None)
    assert points[1:] == [(day(-53), 10), (day(-30), 80), (day(-24), 95), (day(-23), 100)]
    assert gather_points(known(seen(0, 7), seen(1, 9)), TODAY, [TODAY], None) == [(date.min, 0)]
    assert windows(plan(130, version, (-23,))) == (50, None, None)


def test_a_whole_list_without_a_version_says_that_it_was_not_there() -> None:
    """Of several the last one counts, and today's list is none of before."""
    assert plan(9, scans=(-20, -9, -3)).unpublished_until == day(-3)
    assert plan(9, scans=(-3, 0)).unpublished_until == day(-3)


def test_a_fall_long_ago_leaves_what_came_since() -> None:
    """Windows are told from the last correction on, wherever it was."""
    for fall in (-29, -28, -27):
        line = [seen(number, 500 if number < fall else 40 + number) for number in range(-31, 0)]
        assert windows(plan(60, known(*line)))[1:] == (60 - (40 - 7), 60 - 39)
        assert windows(plan(60, known(*line)))[0] is None


def test_a_total_of_zero_has_zero_windows() -> None:
    """A version that was never downloaded was not downloaded this month either."""
    assert windows(plan(0)) == (0, 0, 0)
    assert derive_windows(TODAY, 0, []) == Downloads(0, 0, 0, 0)


def test_published_inside_the_window_started_at_zero() -> None:
    """Published 3 days ago, with a day's margin: month and week are the total, the day stays unknown."""
    assert windows(plan(40, age=3)) == (40, 40, None)


def test_published_too_near_the_window_s_start_is_not_sure() -> None:
    """Six days ago may be seven."""
    assert windows(plan(40, age=6)) == (40, None, None)


def test_first_seen_inside_the_window_started_at_zero() -> None:
    """A whole list of five days ago did not have it."""
    assert windows(plan(40, scans=(-9, -5))) == (40, 40, None)


def test_a_total_that_did_not_move_means_zero() -> None:
    """Observed before the window and unchanged since."""
    assert windows(plan(40, known(seen(-60, 40)))) == (0, 0, 0)


def test_an_observation_on_the_day_before_the_window() -> None:
    """A window of n days counts from the end of day -n."""
    history = known(seen(-30, 10), seen(-7, 25), seen(-1, 38))
    assert windows(plan(40, history)) == (30, 15, 2)


def test_an_unchanged_scan_counts_as_an_observation() -> None:
    """A whole list on the day, without a row of its own: the version had the total it had before."""
    assert windows(plan(40, known(seen(-12, 25)), scans=(-12, -7))) == (None, 15, None)


def test_a_day_without_a_run_is_not_guessed() -> None:
    """Between 25 and 40 the total of day -7 can be anything."""
    assert windows(plan(40, known(seen(-9, 25), seen(-6, 40)), scans=(-9, -6))) == (None, None, 0)


def test_a_day_without_a_run_between_equals_is_known() -> None:
    """Counters only grow: between 25 and 25 it was 25."""
    assert windows(plan(40, known(seen(-9, 25)), scans=(-9, -6))) == (None, 15, None)


def test_a_page_tells_three_totals_of_the_past() -> None:
    """The page of five days ago said month, week and day: their starts are known totals."""
    version = known(seen(-5, 40, 20, 8, 0))
    assert windows(plan(40, version)) == (None, None, 0)
    assert windows(plan(40, known(seen(-6, 40, 20, 8, 0)))) == (None, 0, 0)


def test_a_version_that_vanished_and_came_back() -> None:
    """While it was not listed nothing is known of it, whatever was scanned."""
    version = known(seen(-40, 10), seen(-20, None))
    assert windows(plan(40, version, scans=(-40, -30, -20, -7, -1))) == (30, None, None)


def test_a_total_that_falls_is_held_back_for_a_day() -> None:
    """It is kept out on the first day, and again on that day, and accepted on the next."""
    first = plan(30, known(seen(-1, 40)))
    assert (first.total_drop_since, first.observation) == (TODAY, Observation(TODAY, Downloads()))
    again = plan(30, known(seen(-1, 40), seen(0, None), held=TODAY))
    assert (again.total_drop_since, again.observation) == (TODAY, Observation(TODAY, Downloads()))
    assert plan(30, known(seen(-1, 38), seen(0, 40))).observation is None
    next_day = plan(30, known(seen(-2, 40), held=day(-1)))
    assert next_day.total_drop_since is None
    assert next_day.observation == Observation(TODAY, Downloads(30))


def test_nothing_is_known_of_a_day_with_a_total_held_back() -> None:
    """The total that was kept out may have been right: the day after it has no window from it."""
    version = known(seen(-2, 100), seen(-1, None))
    assert windows(plan(110, version, scans=(-2, -1))) == (None, None, None)


def test_nothing_is_subtracted_across_a_correction() -> None:
    """After a fall only what was seen since then counts."""
    version = known(seen(-30, 100), seen(-7, 50), seen(-1, 110))
    assert windows(plan(120, version)) == (None, 70, 10)


def test_today_read_twice_is_derived_again() -> None:
    """The later total of the day replaces the earlier one."""
    assert windows(plan(45, known(seen(-1, 38), seen(0, 40)))) == (None, None, 7)


def test_a_page_wins_on_the_day_it_is_read() -> None:
    """A second list of that day adds what came since, which is of today."""
    update = plan(43, known(seen(-1, 30), seen(0, 40, 20, 8, 3)))
    assert update.observation == Observation(TODAY, Downloads(43, 23, 11, 6), from_page=True)
    assert plan(3, known(seen(0, 0, 0, 0, 0))).observation == seen(0, 3, 3, 3, 3)
    assert plan(0, known(seen(0, 0, 0, 0, 0))).observation == seen(0, 0, 0, 0, 0)


def test_a_page_that_lacked_a_window() -> None:
    """A missing window stays unknown that day, and is not used as a past total on the next."""
    lacking = Downloads(40, None, 8, 3)
    update = plan(43, known(Observation(TODAY, lacking, from_page=True)))
    assert update.observation == Observation(TODAY, Downloads(43, None, 11, 6), from_page=True)
    assert windows(plan(43, known(Observation(day(-1), lacking, from_page=True)))) == (None, None, 3)


def test_a_list_from_before_a_version_was_seen_tells_nothing_of_it() -> None:
    """The version may have been on it, and not have been read."""
    assert windows(plan(45, known(seen(-1, 38)), scans=(-31, -8, -1))) == (None, None, 7)


def test_a_total_that_stays_zero_does_not_fall() -> None:
    """It is taken, with windows of zero."""
    update = plan(0, known(seen(-1, 0)))
    assert (update.total_drop_since, update.observation) == (None, Observation(TODAY, Downloads(0, 0, 0, 0)))


def test_the_last_day_without_the_version_is_remembered() -> None:
    """The nearer of what its age and the lists tell."""
    assert plan(5, age=10).unpublished_until == day(-12)
    assert plan(5, scans=(-9, -5), age=10).unpublished_until == day(-5)
    assert plan(5, known(absent=day(-8))).unpublished_until == day(-8)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_derived_windows_equal_the_series_or_are_absent(data: st.DataObject) -> None:
    """Random downloads, gaps, pages and publication days: each window given equals the series' own."""
    length = data.draw(st.integers(1, 80))
    counts = data.draw(st.lists(st.sampled_from([0, 0, 0, 1, 5, 100]), min_size=length, max_size=length))
    totals = [sum(counts[: end + 1]) for end in range(length)]

    def window(end: int, days: int) -> int:
        return sum(counts[max(0, end - days + 1) : end + 1])

    scans: list[date] = []
    version: KnownVersion | None = None
    for end in range(length):
        if not data.draw(st.booleans()):
            continue
        now = day(end)
        if version and data.draw(st.integers(0, 9)) == 0:  # deleted, and perhaps restored later
            scans.append(now)
            gone = Observation(now, Downloads())
            version = replace(version, observations=(*version.observations, gone))
            continue
        age = data.draw(st.sampled_from([None, end, max(0, end - 1)])) if end < 29 else None
        row = VersionRow(1, "1.0.0", (), totals[end], age)
        update = plan_versions([row], {1: version} if version else {}, now, scans)[0]
        assert update.observation is not None
        derived = update.observation.downloads
        assert derived.month in {None, window(end, 30)}
        assert derived.week in {None, window(end, 7)}
        assert derived.day in {None, window(end, 1)}
        observation = update.observation
        if data.draw(st.integers(0, 9)) == 0:
            page = Downloads(totals[end], window(end, 30), window(end, 7), window(end, 1))
            observation = Observation(now, page, from_page=True)
        before = version.observations if version else ()
        if not before or before[-1].downloads != observation.downloads or observation.from_page:
            before = (*before, observation)
        scans.append(now)
        version = KnownVersion(
            1,
            "1.0.0",
            (),
            listed=True,
            unpublished_until=update.unpublished_until,
            total_drop_since=None,
            observations=before,
        )


def test_a_version_observed_daily_has_every_window_from_day_31() -> None:
    """With a list a day nothing is missing once the history reaches back."""
    version: KnownVersion | None = None
    scans: list[date] = []
    for end in range(40):
        row = VersionRow(1, "1.0.0", (), 1000 + 7 * (end // 2))
        update = plan_versions([row], {1: version} if version else {}, day(end), scans)[0]
        assert update.observation is not None
        numbers = update.observation.downloads
        assert end < 31 or (numbers.month, numbers.week) == (105, 21 + 7 * (end % 2 == 0))
        before = version.observations if version else ()
        scans.append(day(end))
        version = known(*before, update.observation)


def test_derive_windows_of_an_empty_history() -> None:
    """No points, no windows."""
    assert derive_windows(TODAY, 5, []) == Downloads(5)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from([0, 0, 0, 0, 0, 0, 7]), st.booleans(), st.booleans()), max_size=100),
    st.integers(0, 9),
)
def test_a_quiet_version_stays_quiet(days: list[tuple[int, bool, bool]], first: int) -> None:
    """If the windows were zero and the total stands, all observations say what the last one alone says.

    Each day has a gain, and may have a list and a page of the version that were read.
    """
    total, totals, scans, observations = first, list[int](), list[date](), list[Observation]()
    for number, (gain, has_list, has_page) in enumerate(days):
        total, today = total + gain, day(number)
        totals.append(total)
        if not has_list:
            continue
        recent = [each for each in observations if each.day > today - WINDOW_HISTORY]
        version = known(*observations[len(observations) - len(recent) - 1 :] if recent else observations[-1:])
        derived = derive_windows(today, total, gather_points(version, today, scans, None))
        last = observations[-1].downloads if observations else None
        if last == Downloads(total, 0, 0, 0):
            assert derived == last
            row = VersionRow(1, "1.0.0", (), total)
            (update,) = plan_versions([row], {1: known(observations[-1])}, today, scans)
            assert update == replace(update, observation=Observation(today, derived), changed=False)
        starts = [(totals[-1 - length] if number >= length else first) for length in (30, 7, 1)]
        if has_page:
            derived = Downloads(total, *(total - start for start in starts))
        if derived != last:
            observations.append(Observation(today, derived, has_page))
        scans.append(today)


@pytest.mark.parametrize(
    ("row", "version"),
    [
        (VersionRow(1, "1.0.0", ("latest",), 5), known(seen(-3, 5, 0, 0, 0))),
        (VersionRow(1, "1.0.1", (), 5), known(seen(-3, 5, 0, 0, 0))),
        (VersionRow(1, "1.0.0", (), 5), known(seen(-3, 5, 0, 0, 0), held=day(-1))),
        (VersionRow(1, "1.0.0", (), 5), replace(known(seen(-3, 5, 0, 0, 0)), listed=False)),
        (VersionRow(1, "1.0.0", (), 5, 3), known(seen(-3, 5, 0, 0, 0))),
    ],
    ids=["tags", "name", "drop", "gone", "age"],
)
def test_a_quiet_version_with_news_is_stored(row: VersionRow, version: KnownVersion) -> None:
    """New tags, a new name, an end of a doubt, a return and a known age are stored, without new numbers."""
    (update,) = plan_versions([row], {1: version}, TODAY, [])
    assert update.changed
    assert update.observation == Observation(TODAY, Downloads(5, 0, 0, 0))


def test_a_version_with_downloads_is_stored() -> None:
    """A new total, or a window that was not zero, is planned from all observations."""
    assert plan(6, known(seen(-3, 5, 0, 0, 0))).changed
    assert plan(5, known(seen(-3, 5, 1, 0, 0))).changed
