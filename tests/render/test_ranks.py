from hypothesis import given
from hypothesis import strategies as st

from backage.render.package import rank_packages


def test_most_downloads_come_first() -> None:
    """Ranks count from 1 by downloads, in the order of the packages."""
    assert list(rank_packages({5: 10, 3: 1000, 9: 0}).items()) == [(5, 2), (3, 1), (9, 3)]


def test_equals_share_a_rank() -> None:
    """Equal totals have the same rank, and the next rank counts all of them."""
    assert rank_packages({1: 7, 2: 7, 3: 9, 4: 1}) == {1: 2, 2: 2, 3: 1, 4: 4}


def test_unknown_has_no_rank() -> None:
    """A package without a total has no rank and takes none."""
    assert rank_packages({1: None, 2: 0, 3: None, 4: 5}) == {1: None, 2: 2, 3: None, 4: 1}
    assert rank_packages({}) == {}


@given(st.dictionaries(st.integers(), st.none() | st.integers(0, 20)))
def test_a_rank_counts_larger_totals(totals: dict[int, int | None]) -> None:
    """A rank is one more than the number of packages with more downloads."""
    known = [total for total in totals.values() if total is not None]
    assert rank_packages(totals) == {
        key: None if total is None else 1 + sum(other > total for other in known)
        for key, total in totals.items()
    }
