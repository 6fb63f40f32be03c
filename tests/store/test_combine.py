"""What follows from two accounts of the same thing."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backage.models.history import Downloads, PackageDay
from backage.store.combine import Row, combine_days, combine_rows, fill_gaps

START = date(2026, 3, 2)
EXAMPLES = settings(deadline=None, max_examples=300)


def on(number: int, *counts: int | None, **more: int | None) -> PackageDay:
    """Make a day: the total, the month, the week, the day, and the other columns by name."""
    return PackageDay(START + timedelta(days=number), Downloads(*counts), **more)


def over(number: int) -> date:
    """Return the day that is so many days after the start, as the last that is over."""
    return START + timedelta(days=number)


def total_of(
    mine: PackageDay, my_settled: date | None, theirs: PackageDay, settled: date | None
) -> int | None:
    """Return the total that results from two records of one day."""
    (entry,) = combine_days([mine], my_settled, [theirs], settled)
    return entry.downloads.total


def row(number: int, total: int | None, *windows: int, page: bool = False) -> Row:
    """Make a row of a version: its day, its total, and its month, week and day where they are known."""
    month, week, today = (*windows, None, None, None)[:3]
    return (number, total, month, week, today, int(page))


# --- the days of packages ---------------------------------------------------------------------


def test_of_one_account_all_stays() -> None:
    """Where the other knows nothing, in either order, nothing changes."""
    days = [on(0, 5, 4, 3, 2, size=9, versions=2, tagged=1), on(1), on(2, 6)]
    assert combine_days(days, None, [], None) == days
    assert combine_days([], None, days, over(2)) == days


def test_of_two_provisional_totals_the_higher_counts() -> None:
    """Counters only grow, so it was seen later."""
    assert total_of(on(0, 5), None, on(0, 8), None) == 8
    assert total_of(on(0, 8), None, on(0, 5), None) == 8


def test_of_two_settled_totals_the_higher_counts() -> None:
    """Both were written after the day was over."""
    assert total_of(on(0, 5), over(0), on(0, 8), over(3)) == 8
    assert total_of(on(0, 8), over(3), on(0, 5), over(0)) == 8


def test_a_day_that_is_over_is_not_changed_by_one_that_went_on() -> None:
    """What was settled stays against any provisional total, whose account it may be."""
    assert total_of(on(0, 5), over(0), on(0, 8), None) == 5
    assert total_of(on(0, 8), None, on(0, 5), over(0)) == 5


def test_a_day_is_over_up_to_the_last_that_is_settled() -> None:
    """The day after it still goes on."""
    mine, theirs = [on(0, 5), on(1, 5)], [on(0, 8), on(1, 8)]
    assert [entry.downloads.total for entry in combine_days(mine, over(0), theirs, None)] == [5, 8]


def test_a_day_that_is_over_and_unknown_is_filled() -> None:
    """Nothing known is nothing settled."""
    assert total_of(on(0), over(0), on(0, 8), None) == 8
    assert total_of(on(0, 8), None, on(0), over(0)) == 8


def test_unknown_never_replaces_a_number() -> None:
    """An account without a total takes none away, nor a size, nor the versions."""
    mine = on(0, 5, 4, 3, 2, size=9, versions=2, tagged=1)
    assert combine_days([mine], None, [on(0)], over(0)) == [mine]
    assert combine_days([on(0)], over(0), [mine], None) == [mine]


def test_zero_is_a_number() -> None:
    """A day on which a total of zero is known is not unknown."""
    assert total_of(on(0, 0), None, on(0), over(0)) == 0
    assert total_of(on(0), None, on(0, 0), over(0)) == 0


def test_what_one_lacks_the_other_completes() -> None:
    """Size, versions and tagged come from either account, the better one first."""
    (entry,) = combine_days([on(0, 5, size=9)], None, [on(0, 8, size=7, versions=2, tagged=1)], None)
    assert entry == on(0, 8, size=7, versions=2, tagged=1)
    (entry,) = combine_days([on(0, 8, versions=3)], None, [on(0, 5, size=9, versions=2, tagged=1)], None)
    assert entry == on(0, 8, size=9, versions=3, tagged=1)


def test_windows_are_completed_for_equal_totals() -> None:
    """With the same total they are of the same moment; each that is missing is taken."""
    (entry,) = combine_days([on(0, 5, None, 3)], None, [on(0, 5, 4, 2, 1)], None)
    assert entry == on(0, 5, 4, 3, 1)
    (entry,) = combine_days([on(0, 5, 4)], None, [on(0, 5, 6, 3, 2)], None)
    assert entry == on(0, 5, 4, 3, 2)


def test_windows_of_another_total_are_left_out() -> None:
    """They are of another moment of the day."""
    assert combine_days([on(0, 8)], None, [on(0, 5, 4, 3, 2)], None) == [on(0, 8)]
    assert combine_days([on(0, 5, 4, 3, 2)], None, [on(0, 8)], None) == [on(0, 8)]


def test_days_between_two_accounts_are_unknown() -> None:
    """The list goes from the first day to the last, without a gap, whoever begins."""
    expected = [on(0, 5), on(1), on(2), on(3, 8)]
    assert combine_days([on(0, 5)], None, [on(3, 8)], None) == expected
    assert combine_days([on(3, 8)], None, [on(0, 5)], None) == expected


def test_gaps_are_filled_with_empty_days() -> None:
    """Days that are given stay, be they empty themselves."""
    assert fill_gaps([on(0, 1), on(2), on(3, 2), on(5, 3)]) == [
        *(on(0, 1), on(1), on(2), on(3, 2), on(4), on(5, 3))
    ]
    assert fill_gaps([]) == []


counts = st.one_of(st.none(), st.integers(1, 9))
accounts = st.lists(
    st.builds(on, st.integers(0, 6), counts, counts, size=counts, tagged=counts),
    max_size=5,
    unique_by=lambda entry: entry.day,
).map(lambda days: fill_gaps(sorted(days, key=lambda entry: entry.day)))
settled_days = st.one_of(st.none(), st.integers(0, 6).map(over))


@EXAMPLES
@given(accounts, settled_days, accounts, settled_days)
def test_days_combined_again_are_the_same(
    mine: list[PackageDay], my_settled: date | None, theirs: list[PackageDay], their_settled: date | None
) -> None:
    """The result already has what both said, the later settled day being that of both."""
    once = combine_days(mine, my_settled, theirs, their_settled)
    settled = max((day for day in (my_settled, their_settled) if day), default=None)
    assert combine_days(once, settled, theirs, their_settled) == once
    assert combine_days(once, settled, mine, my_settled) == once


@EXAMPLES
@given(accounts, settled_days, accounts, settled_days)
def test_no_day_is_lost(
    mine: list[PackageDay], my_settled: date | None, theirs: list[PackageDay], their_settled: date | None
) -> None:
    """What one of them knew is known after, and the days follow each other."""
    days = combine_days(mine, my_settled, theirs, their_settled)
    known = {entry.day for entry in days if entry.downloads.total is not None}
    assert known == {entry.day for entry in (*mine, *theirs) if entry.downloads.total is not None}
    assert [entry.day for entry in days] == [days[0].day + timedelta(days=n) for n in range(len(days))]


# --- the rows of versions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ([row(1, 5), row(3, 7)], [], [row(1, 5), row(3, 7)]),
        ([], [row(1, 5), row(3, 7)], [row(1, 5), row(3, 7)]),
        ([row(3, 7)], [row(1, 5), row(5, 9)], [row(1, 5), row(3, 7), row(5, 9)]),
        ([row(1, 5), row(5, 9)], [row(3, 7)], [row(1, 5), row(3, 7), row(5, 9)]),
    ],
)
def test_rows_of_other_days_are_added(mine: list[Row], theirs: list[Row], expected: list[Row]) -> None:
    """Before mine, between them and after."""
    assert combine_rows(mine, theirs) == expected


def test_for_one_day_the_higher_total_counts() -> None:
    """It comes with its own windows and source."""
    assert combine_rows([row(1, 5, 4, 3, 2, page=True)], [row(1, 8)]) == [row(1, 8)]
    assert combine_rows([row(1, 8)], [row(1, 5, 4, 3, 2, page=True)]) == [row(1, 8)]


def test_a_higher_total_that_mine_later_falls_below_is_not_taken() -> None:
    """Then the lower one of mine is right, or both are of another time."""
    mine = [row(1, 5), row(2, 6)]
    assert combine_rows(mine, [row(1, 8)]) == mine
    assert combine_rows(mine, [row(1, 6)]) == [row(1, 6), row(2, 6)]


def test_a_higher_total_is_held_against_the_raised_ones_after_it() -> None:
    """Where the source is higher on both days, both rise."""
    assert combine_rows([row(1, 5), row(2, 6)], [row(1, 8), row(2, 9)]) == [row(1, 8), row(2, 9)]


def test_unknown_on_one_day_gives_way_to_a_number() -> None:
    """Whichever of the two has it, be it zero."""
    assert combine_rows([row(1, None)], [row(1, 0)]) == [row(1, 0)]
    assert combine_rows([row(1, 0)], [row(1, None)]) == [row(1, 0)]


def test_for_equal_totals_windows_complete_each_other() -> None:
    """Those that were read on a page come first."""
    derived, page = row(1, 5, 4), row(1, 5, 3, 2, 1, page=True)
    assert combine_rows([derived], [page]) == [page]
    assert combine_rows([page], [derived]) == [page]
    assert combine_rows([row(1, 5, 4)], [(1, 5, 3, 2, None, 0)]) == [row(1, 5, 4, 2)]


def test_the_same_numbers_of_another_source_change_nothing() -> None:
    """Where they were read is no more than how they are known."""
    assert combine_rows([row(1, 5, 4, 3, 2)], [row(1, 5, 4, 3, 2, page=True)]) == [row(1, 5, 4, 3, 2)]


def test_a_total_higher_than_the_one_after_is_left_out() -> None:
    """It does not fit between mine."""
    mine = [row(1, 5), row(4, 7)]
    assert combine_rows(mine, [row(2, 8)]) == mine
    assert combine_rows(mine, [row(2, 7)]) == [row(1, 5), row(2, 7), row(4, 7)]
    unlisted = [row(2, None), row(3, 7)]
    assert combine_rows(unlisted, [row(1, 8)]) == unlisted


def test_a_total_lower_than_the_one_before_is_left_out() -> None:
    """A counter does not go back."""
    mine = [row(1, 5)]
    assert combine_rows(mine, [row(2, 4)]) == mine
    assert combine_rows(mine, [row(2, 4), row(3, 6)]) == [row(1, 5), row(3, 6)]


def test_a_total_that_fell_within_theirs_is_taken() -> None:
    """They held it out until it stood on the next day, so that it is no slip."""
    assert combine_rows([row(1, 9)], [row(1, 9), row(2, 4)]) == [row(1, 9), row(2, 4)]
    unlisted = [row(1, 9), row(2, None), row(3, 4)]
    assert combine_rows([row(1, 9)], unlisted) == unlisted


def test_the_total_before_is_the_last_that_is_known() -> None:
    """A row that says nothing does not reset what a counter had reached."""
    mine = [row(1, 5), row(2, None)]
    assert combine_rows(mine, [row(3, 4)]) == mine
    assert combine_rows(mine, [row(3, 6)]) == [*mine, row(3, 6)]


def test_that_they_know_it_no_longer_counts_after_mine() -> None:
    """Where mine ends before, the version was gone; where mine goes on, it was not."""
    assert combine_rows([row(1, 5)], [row(2, None)]) == [row(1, 5), row(2, None)]
    mine = [row(1, 5), row(3, 6)]
    assert combine_rows(mine, [row(2, None)]) == mine


def test_what_says_the_same_as_the_row_before_is_not_added() -> None:
    """A row holds until the next one."""
    mine = [row(1, 5, 4)]
    assert combine_rows(mine, [row(3, 5, 4)]) == mine
    assert combine_rows(mine, [row(3, 5, 3)]) == [row(1, 5, 4), row(3, 5, 3)]


def test_a_repetition_of_theirs_stays() -> None:
    """Theirs has it on purpose, as when a page was read again."""
    theirs = [row(1, 5, 4), row(3, 5, 4, page=True)]
    assert combine_rows([], theirs) == theirs


numbers = st.sampled_from(
    [
        *((None, None, None, None, 0),) * 3,
        *((total, None, None, None, 0) for total in range(9)),
        *((total, 3, window, None, page) for total in range(4, 9) for window in (None, 1) for page in (0, 1)),
    ]
)
histories = st.dictionaries(st.integers(1, 7), numbers, max_size=6).map(
    lambda days: [(day, *days[day]) for day in sorted(days)]
)


@EXAMPLES
@given(histories)
def test_rows_combined_with_themselves_are_the_same(mine: list[Row]) -> None:
    """There is nothing to add."""
    assert combine_rows(mine, mine) == mine


@EXAMPLES
@given(histories, histories)
def test_rows_combined_again_are_the_same(mine: list[Row], theirs: list[Row]) -> None:
    """With either of the two, the result stays."""
    once = combine_rows(mine, theirs)
    assert combine_rows(once, theirs) == once
    assert combine_rows(once, mine) == once


@EXAMPLES
@given(histories, histories)
def test_no_row_of_mine_is_lost_or_lowered(mine: list[Row], theirs: list[Row]) -> None:
    """Each day of mine is still there, its total as high at least; the days ascend."""
    combined = {row[0]: row[1] for row in combine_rows(mine, theirs)}
    assert list(combined) == sorted(combined)
    assert combined.keys() >= {row[0] for row in mine}
    for number, total, *_ in mine:
        assert (combined[number] is not None) >= (total is not None)
        assert (combined[number] or 0) >= (total or 0)
