"""`backage snapshot pull` and `push`: the history between runs, in releases of the repository."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from backage.errors import DamagedError, RemoteError
from backage.owners import OptOut
from backage.pipeline.imports import import_history
from backage.pipeline.snapshot import restore_snapshot, save_snapshot
from backage.pipeline.sources import Intake
from backage.plan.retention import choose_kept
from backage.publish.archive import Archive
from backage.publish.process import retry
from backage.publish.releases import FILE, Release, Releases
from backage.store.database import open_history, undamaged
from backage.store.runs import load_last_day

MOST_RETIRED = 500
"""Releases deleted in one run, the oldest first. GitHub takes a second for each."""


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
