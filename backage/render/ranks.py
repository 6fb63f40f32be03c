"""The place of a package by downloads, within its owner and within its repository."""

from collections.abc import Mapping


def rank_packages(totals: Mapping[int, int | None]) -> dict[int, int | None]:
    """Rank packages by key, from 1; equals share a rank, and what has no total has none."""
    known = sorted((total for total in totals.values() if total is not None), reverse=True)
    first: dict[int, int] = {}
    for place, total in enumerate(known, 1):
        first.setdefault(total, place)
    return {key: None if total is None else first[total] for key, total in totals.items()}
