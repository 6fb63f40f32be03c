"""How packages went in the last two months: three totals of each, of all packages at once."""

from backage.models.history import MONTH
from backage.store.database import History

Months = tuple[int | None, int | None]
"""Downloads of the 30 whole days before the last 30, and of these; None where a total is not known."""


def load_months(history: History) -> dict[int, Months]:
    """Read both by the key of the package; the last whole day is the one before the last that is known."""
    total = (
        "(SELECT downloads FROM package_day WHERE package = package.key AND day <= covered - {}"
        " ORDER BY day DESC LIMIT 1)"
    )
    totals = ", ".join(total.format(1 + back) for back in (2 * MONTH, MONTH, 0))
    query = f"SELECT key, {totals} FROM package WHERE gone IS NULL AND covered IS NOT NULL"  # noqa: S608 (numbers)
    return {
        key: (_difference(first, second), _difference(second, third))
        for key, first, second, third in history.execute(query)
    }


def _difference(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None or after < before else after - before
