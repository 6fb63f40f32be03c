from datetime import UTC, datetime, timedelta

from backage.pipeline.snapshot import choose_kept

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday


def every(hours: int, days: int) -> list[datetime]:
    """Give moments, the newest first, so many hours apart and over so many days."""
    return [NOON - timedelta(hours=hours * step) for step in range(days * 24 // hours)]


def test_nothing_of_nothing() -> None:
    """Where there is nothing, nothing is kept."""
    assert choose_kept([]) == frozenset()


def test_a_year_of_four_a_day_becomes_twenty_odd() -> None:
    """Seven days, eight weeks and twelve months have one each; some are the same."""
    kept = sorted(choose_kept(every(6, 400)), reverse=True)
    assert kept[0] == NOON
    assert [moment.date() for moment in kept[:7]] == [NOON.date() - timedelta(days=day) for day in range(7)]
    weeks = {(NOON - timedelta(weeks=week)).isocalendar()[:2] for week in range(8)}
    assert weeks <= {moment.isocalendar()[:2] for moment in kept}
    assert len({(moment.year, moment.month) for moment in kept}) == 12
    assert len(kept) <= 7 + 8 + 12


def test_of_a_day_the_newest_is_kept() -> None:
    """What was saved last on a day has all of the day."""
    kept = choose_kept(every(6, 3))
    assert {moment.hour for moment in kept} == {18, 12}  # today's last is that of noon
    assert len(kept) == 4  # three days touch four


def test_after_a_long_sleep_the_old_ones_are_still_there() -> None:
    """Days, weeks and months that have none do not count: time alone deletes nothing."""
    old = [NOON - timedelta(days=900 + day) for day in range(5)]
    assert choose_kept([NOON, *old]) == {NOON, *old}


def test_thinning_twice_changes_nothing() -> None:
    """What was kept is kept, when it is all there is."""
    kept = choose_kept(every(6, 400))
    assert choose_kept(kept) == kept
