"""The counts of a run, for the progress, the log, the summary and the exit code."""

import re
from collections import Counter
from dataclasses import dataclass, field

from backage.errors import BackageError, PageChangedError, ReadError, StoppedError, UnfitTextError
from backage.models.history import Failure, IndexChanges

CANARY_PAGES = 5
CANARY_SHARE = 0.1
"""GitHub changed a page type if this many pages, and more than this share, lack the same thing."""

DONE, SOME_FAILED, LAYOUT_CHANGED, NOTHING_READ = 0, 1, 3, 4


@dataclass(frozen=True, slots=True)
class OwnerResult:
    """The result of one owner; `reached` is false if the budget ended before its last package."""

    login: str
    reached: bool
    packages: int = 0
    versions: int = 0
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """The counts of a run; `requests`, `stopped` and `refused` (by a host) are set at its end."""

    owners_planned: int = 0
    owners: int = 0
    owners_failed: int = 0
    packages: int = 0
    versions: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    sizes: int = 0
    totals_held_back: int = 0
    versions_missing: int = 0
    unreached: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    stopped: str | None = None
    refused: bool = False
    layout_change: PageChangedError | None = None
    page: bytes = b""
    index: IndexChanges | None = None
    _pages: Counter[str] = field(default_factory=Counter)
    _lacking: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lookups: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # number, first address

    def add_owner(self, result: OwnerResult) -> None:
        """Count an owner."""
        self.failures.extend(result.failures)
        self.notes.extend(result.notes)
        if not result.reached:
            self.unreached.append(result.login)
        elif result.failures and not result.packages:
            self.owners_failed += 1
        else:
            self.owners += 1

    def add_index(self, changes: IndexChanges) -> None:
        """Count the files of the index, and the packages that cannot have one."""
        self.index = changes
        self.failures.extend(changes.failures)

    def add_page(self, kind: str, error: PageChangedError | None = None, body: bytes = b"") -> None:
        """Count a parsed page.

        Assume GitHub changed a page type once at least CANARY_PAGES pages, and more than CANARY_SHARE of all
        of that type, lack the same thing. Keep that page.
        """
        self._pages[kind] += 1
        if error is None or isinstance(error, UnfitTextError):
            return
        lack = kind, re.sub(r"\d", "", error.missing)  # digits differ between pages
        self._lacking[lack] += 1
        lacking = self._lacking[lack]
        if (
            self.layout_change is None
            and lacking >= CANARY_PAGES
            and lacking > CANARY_SHARE * self._pages[kind]
        ):
            self.layout_change, self.page = error, body

    def note_lookup(self, what: str, error: BackageError) -> None:
        """Count a failed lookup: one number stays unknown, no package fails."""
        if not isinstance(error, StoppedError):
            failure = make_failure(what, error)
            number, first = self._lookups.get((what, failure.reason), (0, failure.url))
            self._lookups[what, failure.reason] = number + 1, first

    @property
    def lookups_failed(self) -> list[str]:
        """Failed lookups by kind and reason, most frequent first, each with an address."""
        ordered = sorted(self._lookups.items(), key=lambda item: -item[1][0])
        return [
            f"{number} x no {what}: {reason}{f', as at {url}' if url else ''}"
            for (what, reason), (number, url) in ordered
        ]

    @property
    def exit_code(self) -> int:
        """The exit code of the run: 0, 1, 3 or 4, as in the README."""
        if self.layout_change:
            return LAYOUT_CHANGED
        if not (self.failures or self.refused):
            return DONE
        some = self.owners or self.packages or (self.unreached and not self.refused)
        return SOME_FAILED if some else NOTHING_READ


def make_failure(what: str, error: BackageError) -> Failure:
    """Turn an error into a failure."""
    if isinstance(error, ReadError):
        return Failure(what, error.reason, error.url)
    return Failure(what, str(error))
