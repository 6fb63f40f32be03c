"""The estimate of how many versions fit into a site."""

import pytest

from backage.publish.files import Weight

WEIGHT = Weight(base=100, each=10, counts=(1, 3, 50))
"""300 bytes with one version each, 320 with two, 340 with three, then 10 for each more: 810 in all."""


@pytest.mark.parametrize(
    ("largest", "most"), [(810, None), (809, 49), (340, 3), (339, 2), (319, 1), (300, 1), (0, 1)]
)
def test_the_most_that_fit_are_found(largest: int, most: int | None) -> None:
    """The highest number that fits is found: None if all fit, 1 if none does."""
    assert WEIGHT.find_most(largest) == most


def test_a_site_without_packages_is_never_too_large() -> None:
    """Without packages everything fits."""
    assert Weight(0, 0, ()).find_most(0) is None
