"""Which versions' pages to read and which sizes to look up, and what an image's size is."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice

from backage.models.history import Downloads, Observation, VersionLookup
from backage.models.pages import Child, Counters

PREFERRED = "linux/amd64"

ABBREVIATED_WITHIN = 100
"""An abbreviated counter shows three digits, so it lies within a hundredth of the number it stands for."""


def choose_lookups(wanted: Iterable[VersionLookup], most: int | None) -> list[VersionLookup]:
    """Put the newest version of each package first, then tagged ones, newest first; None is no limit.

    Packages take turns, so that a large one does not spend a run's budget alone.
    """
    return list(islice(sorted(wanted, key=lambda version: version.rank), most))


def rank_versions(versions: Sequence[tuple[int, bool]]) -> dict[int, int]:
    """Rank a package's versions, given with whether they are tagged: the newest, the tagged, the others."""
    newest = max((number for number, _ in versions), default=0)
    ordered = sorted(versions, key=lambda item: (item[0] != newest, not item[1], -item[0]))
    return {number: rank for rank, (number, _) in enumerate(ordered)}


def plan_observation(day: date, listed: Downloads, page: Counters) -> Observation | None:
    """Join a version's row of the list with its page; None if the page is older than the list.

    An abbreviated counter is unknown: the total is then the list's, and a window what the history derives.
    Such an observation does not count as the page's: its total and its windows are of different moments.
    """
    slack = 0 if page.total.exact else page.total.value // ABBREVIATED_WITHIN
    if page.total.value + slack < (listed.total or 0):
        return None
    windows = (
        count.exact_value if count.exact else derived
        for count, derived in ((page.month, listed.month), (page.week, listed.week), (page.day, listed.day))
    )
    total = page.total.exact_value if page.total.exact else listed.total
    return Observation(day, Downloads(total, *windows), from_page=page.total.exact)


def choose_size(children: Sequence[tuple[Child, int | None]]) -> tuple[int | None, dict[str, int]]:
    """Choose an index's size from its children's, None for one that is gone; return all platforms' too.

    It is that of linux/amd64, else of the first platform that can run, else of the only manifest. An
    attestation (`unknown/unknown`) is never a size.
    """
    runnable = [
        (child.platform or "", size) for child, size in children if child.runnable and size is not None
    ]
    platforms: dict[str, int] = {}
    for platform, size in runnable:
        platforms.setdefault(platform, size)
    if platforms:
        amd64 = [size for name, size in platforms.items() if f"{name}/".startswith(f"{PREFERRED}/")]
        return platforms.get(PREFERRED, amd64[0] if amd64 else next(iter(platforms.values()))), platforms
    plain = [size for child, size in children if child.platform is None and size is not None]
    return (plain[0] if len(plain) == 1 == len(children) else None), {}
