"""Where a workflow runs: a bare repository, the state of the stand-in for `gh`, and a folder of stand-ins."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.repositories import Repository

ROOT = Path(__file__).resolve().parents[2]
LABELS = ["bug", "documentation", "duplicate", "enhancement", "good first issue", "help wanted", "invalid"]
HOOK = """#!/bin/sh
case "${ACTIONS_PERMISSIONS-unset}" in unset | *'"contents": "write"'*) exit 0 ;; esac
echo 'Permission to the repository denied to github-actions[bot].' >&2
exit 1
"""
PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then shift 2; exec pip "$@"; fi
if [ "$1 $2" = "-m backage" ]; then shift 2; exec backage "$@"; fi
if [ "$1 $2" = "-m venv" ]; then
    for name in python python3 pip backage; do
        mkdir -p "$3/bin" && ln -sf "{folder}/$name" "$3/bin/$name" || exit 1
    done
    exit 0
fi
exec "{python}" "$@"
"""


@dataclass
class Gh:
    """The state of the stand-in for `gh`, and its faults."""

    folder: Path

    @property
    def state(self) -> dict[str, Any]:
        """The whole state: `releases`, `issues`, `enabled` and so on."""
        found: dict[str, Any] = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        return found

    def change(self, **changes: Any) -> None:
        """Replace parts of the state, as somebody on the website would."""
        text = json.dumps({**self.state, **changes}, indent=1)
        (self.folder / "state.json").write_text(text, encoding="utf-8")

    @property
    def releases(self) -> list[dict[str, Any]]:
        """The releases, oldest first."""
        found: list[dict[str, Any]] = self.state["releases"]
        return found

    @property
    def issues(self) -> list[dict[str, Any]]:
        """The issues, oldest first."""
        found: list[dict[str, Any]] = self.state["issues"]
        return found

    @property
    def calls(self) -> list[str]:
        """All calls, each as its arguments with spaces between."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [" ".join(json.loads(line)) for line in lines]

    @property
    def misuse(self) -> str:
        """Calls that the real `gh` would not understand."""
        path = self.folder / "misuse.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def hanging(self) -> bool:
        """Whether a fault makes a call hang: the moment to kill its step."""
        return (self.folder / "hanging").exists()

    def asset(self, tag: str, name: str) -> Path:
        """Return the path of a release's asset."""
        number = next(release["id"] for release in self.releases if release["tagName"] == tag)
        return self.folder / "assets" / str(number) / name

    def fail(
        self,
        match: str,
        stderr: str = "HTTP 502: Server Error",
        *,
        times: int | None = None,
        when: str = "before",
        hang: bool = False,
    ) -> None:
        """Make matching calls fail or hang: `before` or `after` their work, or at `assets N`."""
        path = self.folder / "faults.json"
        faults = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        faults.append({"match": match, "stderr": stderr, "times": times, "when": when, "hang": hang})
        path.write_text(json.dumps(faults), encoding="utf-8")

    def heal(self) -> None:
        """Remove all faults."""
        for name in ("faults.json", "hanging"):
            (self.folder / name).unlink(missing_ok=True)


@dataclass
class Site:
    """A repository with everything that its workflows need around them."""

    folder: Path
    server: Mapping[str, str]
    today: Callable[[], date]
    repository: str = "octo-forge/backage"
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    actions: dict[str, Path] = field(default_factory=dict)
    root: Path = ROOT
    runs: int = 0

    def __post_init__(self) -> None:
        """Make the bare repository, the state of `gh`, and the stand-ins."""
        for name in ("bin", "gh", "runs"):
            (self.folder / name).mkdir(parents=True)
        self.remote = self.folder / "remote.git"
        self.bare = Repository(self.remote)
        self.remote.mkdir()
        self.bare.git("init", "--quiet", "--bare", "--initial-branch=main")
        hook = self.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK, encoding="utf-8")
        hook.chmod(0o755)
        self.gh = Gh(self.folder / "gh")
        empty: dict[str, Any] = {"releases": [], "issues": [], "burned": [], "enabled": [], "calls": 0}
        state = {**empty, "labels": LABELS, "repository": self.repository, "bare": str(self.remote)}
        (self.folder / "gh" / "state.json").write_text(json.dumps(state), encoding="utf-8")
        self._add_stand_ins()

    @property
    def bin(self) -> Path:
        """The folder of stand-ins, first on every step's PATH."""
        return self.folder / "bin"

    def stand_in(self, name: str, script: str) -> None:
        """Put a program before the real one of this name."""
        path = self.bin / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def _add_stand_ins(self) -> None:
        python = sys.executable
        log = self.folder
        self.stand_in("python", PYTHON.replace("{folder}", str(self.bin)).replace("{python}", python))
        shutil.copy(self.bin / "python", self.bin / "python3")
        self.stand_in("backage", f'#!/bin/sh\nexec "{python}" -P -m backage "$@"\n')
        self.stand_in(
            "gh", f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{python}" -S -P -m tests.workflows.gh "$@"\n'
        )
        for name in ("pip", "pip3", "sleep"):
            self.stand_in(name, f'#!/bin/sh\necho "{name} $*" >> "{log}/{name}.log"\n')

    def installed(self) -> list[str]:
        """Return the arguments of all calls of `pip`."""
        path = self.folder / "pip.log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def git(self, *arguments: str) -> str:
        """Run git in the bare repository and return its output."""
        return self.bare.git(*arguments)

    def push(self, files: Mapping[str, str | bytes | None], branch: str = "main", time: str = "") -> str:
        """Commit files as a person would, whatever the workflows do meanwhile; None removes one."""
        clone = Repository(self.folder / "person")
        shutil.rmtree(clone.folder, ignore_errors=True)
        clone.begin()
        clone.git("remote", "add", "origin", str(self.remote))
        if self.git("branch", "--list", branch):
            clone.git("fetch", "--quiet", "origin", branch)
            clone.git("reset", "--quiet", "--hard", "FETCH_HEAD")
        for name, content in files.items():
            path = clone.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        commit = clone.commit(time or f"{self.today()}T12:00:00+00:00")
        clone.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return commit

    def clone(self, name: str = "clone", branch: str = "main") -> Path:
        """Clone the repository anew, to read what is published."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        Repository(self.folder).git("clone", "--quiet", f"--branch={branch}", str(self.remote), str(folder))
        return folder

    def files(self, branch: str = "main", below: str = "") -> dict[str, bytes]:
        """Read all files of a branch."""
        clone = self.clone("look", branch)
        found = (path for path in (clone / below).rglob("*") if path.is_file())
        pairs = ((path.relative_to(clone / below), path) for path in found)
        return {str(name): path.read_bytes() for name, path in pairs if name.parts[0] != ".git"}

    def outside(self) -> dict[str, str]:
        """The variables that lead to the stand-ins, beyond those that Actions sets."""
        elsewhere = {name: value for name, value in self.server.items() if name.startswith("BACKAGE_")}
        return {
            **elsewhere,
            "BACKAGE_DATE": self.today().isoformat(),
            "GH_STAND_IN": str(self.gh.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            **self.variables,
        }
