"""Saved histories as releases of a repository on GitHub, through its command line `gh`.

A release is created as a draft, filled, checked and then published. A published release is complete and never
changes, as repositories with immutable releases require.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backage.errors import DamagedError, RemoteError
from backage.publish.process import run_program
from backage.publish.repository import last_other_commit

FILE = "history.db.zst"
FILES = (FILE, f"{FILE}.sha256")
"""The files of a release."""

_FORM = "history-%Y%m%dT%H%M%SZ"
_TAG = re.compile(r"history-[0-9]{8}T[0-9]{6}Z")
_MOST = 10_000
_WHOLE = "uploaded"
_NOTES = "The history as it was then: `backage snapshot restore history.db.zst` checks and unpacks it."


@dataclass(frozen=True, slots=True)
class Release:
    """A release with a history."""

    tag: str
    draft: bool

    @property
    def moment(self) -> datetime:
        """The time when the history was saved, in UTC; `datetime.min` if the tag has none."""
        try:
            return datetime.strptime(self.tag, _FORM).replace(tzinfo=UTC)
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)


class Releases:
    """The releases with histories of a repository."""

    def __init__(self, repository: str | None, *, is_here: bool) -> None:
        """Use `[HOST/]OWNER/NAME`, or `GH_REPO` for None; `is_here` if this folder is a clone of it."""
        self._where = ["--repo", repository] if repository else []
        self._is_here = is_here

    def list(self) -> list[Release]:
        """Return the releases, newest first.

        Raises:
            RemoteError: they cannot be listed, so nobody knows whether there are any.
        """
        listed = self._read("release", "list", "--limit", str(_MOST), "--json", "tagName,isDraft")
        if len(listed) == _MOST:
            raise RemoteError(f"there are {_MOST} releases or more, too many to find the newest history.")
        found = [
            Release(item["tagName"], item["isDraft"]) for item in listed if _TAG.fullmatch(item["tagName"])
        ]
        return sorted(found, key=lambda release: release.moment, reverse=True)

    def download(self, release: Release, folder: Path) -> Path:
        """Download the files of a history; return the path of the archive.

        Raises:
            DamagedError: the release lacks one of the files.
            RemoteError: they cannot be downloaded.
        """
        assets = self._read("release", "view", release.tag, "--json", "assets")["assets"]
        whole = {asset["name"] for asset in assets if asset.get("state", _WHOLE) == _WHOLE}
        for name in FILES:
            if name not in whole:
                raise DamagedError(f"it has no {name}.")
        patterns = [part for name in FILES for part in ("--pattern", name)]
        self._gh("release", "download", release.tag, "--dir", str(folder), "--clobber", *patterns)
        return folder / FILE

    def draft(self, moment: datetime, archive: Path) -> Release:
        """Create a draft with an archive and the file beside it.

        Raises:
            RemoteError: it cannot be created.
        """
        tag = moment.astimezone(UTC).strftime(_FORM)
        files = [str(archive.with_name(name)) for name in FILES]
        named = ["--title", f"History of {moment:%Y-%m-%d %H:%M} UTC", "--notes", _NOTES]
        commit = last_other_commit() if self._is_here else None
        on = ["--target", commit] if commit else []
        self._gh("release", "create", tag, *files, "--draft", "--latest=false", *named, *on)
        return Release(tag, draft=True)

    def publish(self, release: Release) -> None:
        """Publish a draft.

        Raises:
            RemoteError: it cannot be published.
        """
        self._gh("release", "edit", release.tag, "--draft=false", "--latest=false")

    def delete(self, release: Release) -> None:
        """Delete a release, and its tag unless it is a draft.

        Raises:
            RemoteError: it cannot be deleted.
        """
        self._gh("release", "delete", release.tag, "--yes", *([] if release.draft else ["--cleanup-tag"]))

    def _read(self, *arguments: str) -> Any:  # noqa: ANN401 (JSON of the shape that the fields name)
        output = self._gh(*arguments)
        try:
            return json.loads(output)
        except ValueError as error:
            raise RemoteError(f"gh {' '.join(arguments[:2])} answered no JSON.") from error

    def _gh(self, *arguments: str) -> bytes:
        return run_program(["gh", *arguments, *self._where])
