"""From counters to days: what arrived as events becomes days of packages and versions, as of any other.

It is done whenever a history is opened to be read, up to today, so that a window falls to zero on a day on
which nothing arrives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from backage.models.history import Downloads, PackageDay
from backage.plan.event_days import MONTH_SPAN, Counts, add_up, derive_days, package_days
from backage.store.counted import CountedPackage, CountedVersion, load_counted, load_counts, save_counted
from backage.store.database import History

Seen = tuple["CountedVersion", "Sequence[tuple[date, Downloads]]"]

ONE_DAY = timedelta(days=1)


def settle(history: History, today: date) -> int:
    """Bring the days of all packages that are counted here up to today; return how many had news."""
    return sum(_settle(history, package, today) for package in load_counted(history))


def _settle(history: History, package: CountedPackage, today: date) -> bool:
    start = package.settled + ONE_DAY if package.settled else None
    found = load_counts(history, package.key, (start or today) - MONTH_SPAN)
    begin = start or min(version.first for version in found)
    if begin > today:  # as on a clock that was set back
        return False
    if package.covered == today and _is_known(package, _package_days(found, today, today)[-1]):
        return False

    def derive(found: Sequence[CountedVersion]) -> tuple[Sequence[PackageDay], Iterable[Seen]]:
        seen = ((version, derive_days(_counts(version), begin, today)) for version in found)
        return _package_days(found, begin, today), seen

    save_counted(history, package.key, begin - MONTH_SPAN, derive, today - ONE_DAY)
    return True


def _package_days(found: Sequence[CountedVersion], start: date, today: date) -> list[PackageDay]:
    return package_days(
        derive_days(add_up(map(_counts, found)), start, today),
        [(version.first, bool(version.tags)) for version in found if version.id is not None],
    )


def _is_known(package: CountedPackage, day: PackageDay) -> bool:
    """Tell whether the newest numbers of a package are those already; only counts that grow change them."""
    return package.latest is not None and replace(package.latest, day=day.day) == day


def _counts(version: CountedVersion) -> Counts:
    return Counts(version.first, version.before, version.since, version.days)
