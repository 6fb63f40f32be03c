"""Events: count the downloads they report, and turn the counters into days of packages and versions.

The days are refreshed up to today whenever a history is opened for reading, so a window falls to zero on a
day without events.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from backage.models.events import Counted, Source
from backage.models.history import ONE_DAY, PackageDay
from backage.owners import OptOut
from backage.parse.events import parse_events
from backage.parse.events.fields import read_document
from backage.plan.days import MONTH_SPAN, add_up, derive_days, package_days
from backage.store.counters.counts import (
    CountedPackage,
    CountedVersion,
    DerivedDays,
    load_counted,
    load_counts,
    save_counted,
)
from backage.store.counters.ledger import Ledger
from backage.store.database import History


def receive_events(
    ledger: Ledger, body: bytes, source: Source | None, organization: str, optout: OptOut
) -> Counted:
    """Count the downloads in a request's body, all or none, except opted-out packages.

    Returns after they are committed to the history.

    Raises:
        EventError: the body has an invalid event.
        TakenError: an owner's login is that of another source.
        ConfigError: the history cannot be written.
    """
    downloads = [
        download
        for download in parse_events(read_document(body), source, organization)
        if not optout.package(
            download.owner, download.repo or download.artifact.package, download.artifact.package
        )
    ]
    return ledger.count(downloads) if downloads else Counted(0, 0)


def refresh_counted_days(history: History, today: date) -> int:
    """Bring the days of all packages counted from events up to today; return how many packages changed."""
    return sum(_refresh(history, package, today) for package in load_counted(history))


def _refresh(history: History, package: CountedPackage, today: date) -> bool:
    start = package.settled + ONE_DAY if package.settled else None
    found = load_counts(history, package.key, (start or today) - MONTH_SPAN)
    begin = start or min(version.counts.first for version in found)
    if begin > today:  # as on a clock that was set back
        return False
    if package.covered == today and _is_known(package, _package_days(found, today, today)[-1]):
        return False

    def derive(found: Sequence[CountedVersion]) -> DerivedDays:
        seen = ((version, derive_days(version.counts, begin, today)) for version in found)
        return _package_days(found, begin, today), seen

    save_counted(history, package.key, begin - MONTH_SPAN, derive, today - ONE_DAY)
    return True


def _package_days(found: Sequence[CountedVersion], start: date, today: date) -> list[PackageDay]:
    return package_days(
        derive_days(add_up(version.counts for version in found), start, today),
        [(version.counts.first, bool(version.tags)) for version in found if version.id is not None],
    )


def _is_known(package: CountedPackage, day: PackageDay) -> bool:
    """Return whether a package has these newest numbers already."""
    return package.latest is not None and replace(package.latest, day=day.day) == day
