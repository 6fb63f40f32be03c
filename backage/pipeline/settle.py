"""From counters to days: what arrived as events becomes days of packages and versions, as of any other.

It is done whenever a history is opened to be read, up to today, so that a window falls to zero on a day on
which nothing arrives.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from backage.plan.counts import LOOK_BACK, Counts, add_up, derive_days, package_days
from backage.store import load_counted, load_counts, save_counted

if TYPE_CHECKING:
    from datetime import date

    from backage.models import PackageDay
    from backage.store import CountedPackage, CountedVersion, History

ONE_DAY = timedelta(days=1)


def settle(history: History, today: date) -> int:
    """Bring the days of all packages that are counted here up to today; return how many had news."""
    return sum(_settle(history, package, today) for package in load_counted(history))


def _settle(history: History, package: CountedPackage, today: date) -> bool:
    start = package.settled + ONE_DAY if package.settled else None
    if start is not None and start > today:
        return False
    found = load_counts(history, package.key, (start or today) - LOOK_BACK)
    if start is None:
        start = min(version.first for version in found)
        found = load_counts(history, package.key, start - LOOK_BACK)
    counts = [_counts(version) for version in found]
    days = package_days(
        derive_days(add_up(counts), start, today),
        [(version.first, bool(version.tags)) for version in found if version.id is not None],
    )
    if not days or (package.covered == today and _is_known(package, days[-1])):
        return False
    seen = [(version, derive_days(count, start, today)) for version, count in zip(found, counts, strict=True)]
    save_counted(history, package.key, days, seen, today - ONE_DAY)
    return True


def _is_known(package: CountedPackage, day: PackageDay) -> bool:
    """Tell whether the newest numbers of a package are those already; only counts that grow change them."""
    return package.latest is not None and replace(package.latest, day=day.day) == day


def _counts(version: CountedVersion) -> Counts:
    return Counts(version.first, version.before, version.since, version.days)
