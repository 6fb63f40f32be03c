"""The stand-in's state, the faults of calls, and how options are read."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

OPTIONS = {  # name, `:` for a value, `*` for several, `!` for yes or no, and the short form
    "release list": "limit:L json: jq:q template:t exclude-drafts! exclude-pre-releases! order:O",
    "release view": "json: jq:q template:t",
    "release create": "draft!d prerelease!p latest! target: title:t notes:n notes-file:F verify-tag!",
    "release edit": "draft! prerelease! latest! target: title:t notes:n notes-file:F",
    "release upload": "clobber!",
    "release download": "dir:D pattern*p clobber! skip-existing!",
    "release delete": "yes!y cleanup-tag!",
    "issue list": "state:s limit:L json: jq:q template:t search:S label*l author:A",
    "issue create": "title:t body:b body-file:F label*l",
    "issue edit": "title:t body:b body-file:F add-label* remove-label*",
    "issue comment": "body:b body-file:F",
    "issue close": "reason:r comment:c",
    "label create": "force!f color:c description:d",
    "workflow enable": "",
    "api": "silent! method:X jq:q",
}


class FailedError(Exception):
    """A sentence of gh, which then ends with 1."""


class MisuseError(FailedError):
    """A call that the real `gh` would not understand; no test may ignore it."""


class Options(dict[str, Any]):
    """The given options; others are None."""

    def __missing__(self, key: str) -> None:
        """Return None."""


class Stand:
    """The folder's state for one call at a time, with the call's fault."""

    def __init__(self, folder: Path) -> None:
        """Use a folder."""
        self.folder = folder
        self.state: dict[str, Any] = {}
        self.fault: dict[str, Any] = {}
        self.granted: dict[str, str] | None = json.loads(os.environ.get("ACTIONS_PERMISSIONS", "null"))
        self._lock = (folder / "lock").open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        """Wait for the calls before this one, and read the state."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.state = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        self.state["calls"] += 1
        return self

    def __exit__(self, *_: object) -> None:
        """Release the lock for the next call."""
        self._lock.close()

    def expect(self, call: str) -> None:
        """Return the fault that fits a call, and use it up."""
        path = self.folder / "faults.json"
        faults = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        fitting = (fault for fault in faults if fault["times"] != 0 and re.search(fault["match"], call))
        self.fault = next(fitting, {})
        if self.fault.get("times"):
            self.fault["times"] -= 1
            path.write_text(json.dumps(faults), encoding="utf-8")

    def save(self) -> None:
        """Write the state."""
        path = self.folder / "state.json.new"
        path.write_text(json.dumps(self.state, indent=1), encoding="utf-8")
        path.replace(self.folder / "state.json")

    def strike(self, when: str) -> None:
        """Trigger the fault at its moment: `before`, `after`, or `assets N` at so many assets."""
        if self.fault.get("when") != when:
            return
        self.save()
        if self.fault["hang"]:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            (self.folder / "hanging").touch()
            while True:
                signal.pause()
        raise FailedError(self.fault["stderr"])

    def now(self) -> str:
        """Return the time: the state's, a second later with every call."""
        start = datetime.fromisoformat(self.state["now"])
        return f"{start + timedelta(seconds=self.state['calls']):%Y-%m-%dT%H:%M:%SZ}"

    def may(self, kind: str, level: str) -> bool:
        """Return the permissions of the job's token."""
        return self.granted is None or self.granted.get(kind) in {level, "write"}

    def git(self, *arguments: str) -> str:
        """Run git in the bare repository and return its output, empty after a failure."""
        command = ["git", f"--git-dir={self.state['bare']}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (no shell)
        return done.stdout.strip() if done.returncode == 0 else ""

    def committed(self, revision: str) -> str:
        """Return a commit's date. GitHub gives it to releases too, so they cannot be ordered by date."""
        return self.git("log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", revision)

    def release(self, tag: str) -> dict[str, Any]:
        """Return a published release, or with the permission to write also a draft."""
        named = [release for release in self.state["releases"] if release["tagName"] == tag]
        seen = [release for release in named if not release["isDraft"] or self.may("contents", "write")]
        if not seen:
            raise FailedError("release not found")
        return min(seen, key=lambda release: bool(release["isDraft"]))

    def issue(self, number: str) -> dict[str, Any]:
        """Return an issue."""
        for issue in self.state["issues"]:
            if str(issue["number"]) == number.removeprefix("#"):
                found: dict[str, Any] = issue
                return found
        reason = f"Could not resolve to an issue or pull request with the number of {number}."
        raise FailedError(f"GraphQL: {reason} (repository.issue)")


def parse(command: str, words: list[str]) -> tuple[list[str], Options]:
    """Read options as gh does, anywhere among the arguments."""
    known, short = {}, {}
    for entry in [*OPTIONS[command].split(), "repo:R"]:
        name, kind, letter = re.split(r"([:*!])", entry)
        known[name], short[letter] = kind, name
    found, given, left = list[str](), Options(), list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            return [*found, *left], given
        if not word.startswith("-") or word == "-":
            found.append(word)
            continue
        name, equals, value = word.partition("=")
        if not word.startswith("--"):
            name = f"--{short.get(word[1], word)}"
            equals, value = word[2:], word[2:].removeprefix("=")
        kind = known.get(name[2:])
        if kind is None:
            raise MisuseError(f"unknown flag: {word}")
        if kind == "!":
            given[name[2:]] = value != "false" if equals else True
            continue
        if not equals and not left:
            raise MisuseError(f"flag needs an argument: {word}")
        value = value if equals else left.pop(0)
        given[name[2:]] = [*(given[name[2:]] or []), value] if kind == "*" else value
    return found, given


def text_of(given: Options, name: str) -> str | None:
    """Return a text from an option or from a file."""
    path: str | None = given[f"{name}-file"]
    text: str | None = given[name]
    if path is None:
        return text
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise FailedError(f"open {path}: no such file or directory") from error
