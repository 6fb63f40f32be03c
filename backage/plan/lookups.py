"""Choose which version pages to read and which sizes to look up, and find an image's size."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice

from backage.models.history import Downloads, Observation, VersionLookup
from backage.models.pages import Child, Counters

PREFERRED = "linux/amd64"

ABBREVIATED_WITHIN = 100
"""An abbreviated counter shows three digits, so it is within 1/100 of the exact number."""


def choose_lookups(wanted: Iterable[VersionLookup], most: int | None) -> list[VersionLookup]:
    """Return the newest version of each package first, then tagged ones, then the others; None is no limit.

    Packages take turns, so a large one does not spend a run's budget alone.
    """
    return list(islice(sorted(wanted, key=lambda version: version.rank), most))


def rank_versions(versions: Sequence[tuple[int, bool]]) -> dict[int, int]:
    """Rank a package's versions: the newest, then tagged ones, then the others. Takes (id, tagged)."""
    newest = max((number for number, _ in versions), default=0)
    ordered = sorted(versions, key=lambda item: (item[0] != newest, not item[1], -item[0]))
    return {number: rank for rank, (number, _) in enumerate(ordered)}


def plan_observation(day: date, listed: Downloads, page: Counters) -> Observation | None:
    """Combine a version's row of the list with its page; None if the page is older than the list.

    If a counter is abbreviated, the total comes from the list and the window from the history. Such an
    observation is not `from_page`: its total and its windows are of different moments.
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
    """Return an index's size, chosen from its children's (None for a deleted one), and all platforms' sizes.

    The size is that of linux/amd64, else of the first runnable platform, else of the only manifest. An
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
