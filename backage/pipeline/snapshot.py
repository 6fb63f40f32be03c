"""`backage snapshot`: the history in an archive, and between runs in releases of the repository."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from backage.errors import ConfigError, DamagedError, RemoteError, describe_os_error
from backage.owners import OptOut
from backage.pipeline.imports import Intake, import_history
from backage.publish.archive import Archive, pack, unpack
from backage.publish.process import retry
from backage.publish.releases import FILE, Release, Releases
from backage.store.database import open_history, undamaged
from backage.store.runs import load_last_day
from backage.store.snapshot import check_copy, copy_history, replace_history

MOST_RETIRED = 500
"""Releases deleted in one run, the oldest first. GitHub takes a second for each."""


DAILY, WEEKLY, MONTHLY = 7, 8, 12
"""The newest of each of the last 7 days, 8 ISO weeks and 12 months is kept. Empty ones do not count."""


def refuse_history_as_output(history: Path, output: Path) -> None:
    """Refuse an output file that is the history itself.

    Raises:
        ConfigError: the output is the history.
    """
    same = output.exists() and history.exists() and output.samefile(history)
    if same or output.resolve() == history.resolve():
        raise ConfigError(f"{output} is the history itself: name another file.")


def save_snapshot(history: Path, target: Path, *, public: bool = False) -> Archive:
    """Write a consistent, compressed copy of a history, which may be in use, and its SHA-256.

    A `public` copy has neither the receiver's users nor the key of their sessions.

    Raises:
        ConfigError: there is no history, or the copy cannot be written.
    """
    refuse_history_as_output(history, target)
    if target.exists() and not target.is_file():
        raise ConfigError(f"{target} is not a file: name another.")
    plain = target.with_name(f".{target.name}.db")
    try:
        plain.unlink(missing_ok=True)
        copy_history(history, plain, public=public)
        return pack(plain, target)
    except OSError as error:
        raise ConfigError(f"The snapshot cannot be written: {describe_os_error(error, target)}.") from error
    finally:
        plain.unlink(missing_ok=True)


def restore_snapshot(source: Path, history: Path) -> Archive:
    """Replace the history with that of a snapshot, after checking it.

    Raises:
        ConfigError: the snapshot is damaged or has a newer schema, or the history is in use. Nothing changed.
    """
    plain = history.with_name(f".{history.name}.restored")
    try:
        archive = unpack(source, plain)
        check_copy(plain, str(source))
        replace_history(history, plain)
    except OSError as error:
        raise ConfigError(f"The history cannot be written: {describe_os_error(error, history)}.") from error
    finally:
        plain.unlink(missing_ok=True)
    return archive


@dataclass(frozen=True, slots=True)
class Resumed:
    """The sources of a restored history.

    `release` was restored. `bad` has the reasons why newer releases were not. `intake` is the import of the
    index, if that knew more.
    """

    release: Release | None
    bad: tuple[str, ...]
    intake: Intake | None


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved history: its release, its archive, the number of deleted releases, and why deleting failed."""

    release: Release
    archive: Archive
    retired: int
    left: str | None


def resume_history(
    history: Path,
    index: Path,
    *,
    releases: Releases,
    optout: OptOut,
    today: date,
    sleep: Callable[[float], None],
    on_step: Callable[[int, int], None],
) -> Resumed:
    """Restore the newest undamaged release, and import the index if it knows more.

    It knows more if a newer history could not be restored, or was never saved.

    Raises:
        ConfigError: the release has a newer schema, or the local history is in use.
        RemoteError: the releases cannot be listed or downloaded. Then nothing changes, because an older
            history must not replace a newer one.
    """
    release, bad = _restore(releases, history, sleep)
    intake = None
    if _has_packages(index):
        with undamaged(history), open_history(history) as opened:
            last = load_last_day(opened)
            if release and not bad and last and last >= _date_of(index):
                return Resumed(release, (), None)
            intake = import_history(
                opened, index, optout=optout, today=today, revision="HEAD", on_step=on_step
            )
    return Resumed(release, tuple(bad), intake)


def save_release(
    history: Path, releases: Releases, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Saved:
    """Save a history as a new release, check the upload, publish it, and delete old releases.

    Raises:
        ConfigError: there is no history, or it cannot be copied.
        RemoteError: GitHub rejects the release. Earlier releases stay.
        DamagedError: the downloaded files differ from the uploaded ones.
    """
    with TemporaryDirectory() as folder:
        packed = Path(folder) / FILE
        archive = save_snapshot(history, packed, public=True)

        def upload() -> Release:
            release = releases.draft(now(), packed)
            with TemporaryDirectory() as back:
                restore_snapshot(releases.download(release, Path(back)), Path(back) / "history.db")
            releases.publish(release)
            return release

        release = retry(upload, sleep)
    try:
        return Saved(release, archive, _retire(releases, release), None)
    except RemoteError as error:
        return Saved(release, archive, 0, str(error))


def _restore(
    releases: Releases, history: Path, sleep: Callable[[float], None]
) -> tuple[Release | None, list[str]]:
    bad = []
    for release in retry(releases.list, sleep):
        if release.draft:
            continue
        with TemporaryDirectory() as folder:
            download = partial(releases.download, release, Path(folder))
            try:
                restore_snapshot(retry(download, sleep), history)
            except DamagedError as error:
                bad.append(f"{release.tag}: {str(error).replace(f'{folder}/', '')}")
                continue
        return release, bad
    return None, bad


def _retire(releases: Releases, newest: Release) -> int:
    """Delete old releases, and drafts of interrupted runs. Return their number."""
    found = releases.list()
    kept = choose_kept(release.moment for release in found if not release.draft)
    old = [release for release in found if release.draft or release.moment not in kept]
    going = [release for release in old if release.tag != newest.tag][-MOST_RETIRED:]
    for release in going:
        releases.delete(release)
    return len(going)


def _date_of(index: Path) -> date:
    """Return the date of an index, `date.min` if it has none."""
    try:
        return date.fromisoformat(json.loads((index / ".json").read_bytes())["date"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return date.min


def _has_packages(index: Path) -> bool:
    return any(path.name != ".json" for path in index.glob("*/*/*.json"))


def choose_kept(moments: Iterable[datetime]) -> frozenset[datetime]:
    """Return the moments to keep: the newest of each of the last days, weeks and months."""
    newest = sorted(moments)  # a later one of a day replaces an earlier one
    days = {moment.date(): moment for moment in newest}
    weeks = {moment.isocalendar()[:2]: moment for moment in newest}
    months = {(moment.year, moment.month): moment for moment in newest}
    kept = [*sorted(days.values())[-DAILY:], *sorted(weeks.values())[-WEEKLY:]]
    return frozenset([*kept, *sorted(months.values())[-MONTHLY:]])
