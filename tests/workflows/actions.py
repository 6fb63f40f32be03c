"""Stand-ins for the actions that workflows use: what each does to the workspace, and what it refuses."""

import glob
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from tests.workflows.expressions import WorkflowError

INPUTS = {
    "actions/checkout": """repository ref token persist-credentials path clean filter sparse-checkout
        sparse-checkout-cone-mode fetch-depth fetch-tags show-progress lfs submodules set-safe-directory""",
    "actions/setup-python": """python-version python-version-file cache architecture check-latest token
        cache-dependency-path update-environment allow-prereleases""",
    "actions/upload-artifact": """name path if-no-files-found retention-days compression-level overwrite
        include-hidden-files""",
    "actions/download-artifact": "name path pattern merge-multiple",
    "actions/deploy-pages": "token timeout error_count reporting_interval artifact_name preview",
}
NO_CREDENTIALS = "no-credentials-were-kept"
MAGIC = re.compile(r"[*?\[]")


class ActionFailedError(Exception):
    """An action failed, and with it the step."""


@dataclass
class Bench:
    """Where an action works: the job's workspace and variables, the run's artifacts and checkouts."""

    workspace: Path
    environment: Mapping[str, str]
    artifacts: Path
    may_read: bool = True
    checkouts: list[dict[str, str]] = field(default_factory=list)
    permissions: Mapping[str, str] = field(default_factory=dict)

    def use(self, name: str, given: Mapping[str, str]) -> None:
        """Run an action, and refuse inputs that it does not have."""
        if name not in ACTIONS:
            raise WorkflowError(f"no stand-in for {name}")
        unknown = set(given) - set(INPUTS[name].split())
        if unknown:
            raise WorkflowError(f"{name} has no input {', '.join(sorted(unknown))}")
        ACTIONS[name](self, given)

    def git(self, folder: Path, *arguments: str) -> str:
        """Run git as the job would."""
        done = subprocess.run(  # noqa: S603 (our own arguments)
            ["git", "-C", str(folder), *arguments],  # noqa: S607 (the same git as the program's)
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ActionFailedError(done.stderr)
        return done.stdout.strip()

    def inside(self, path: str) -> Path:
        """Return a folder, which must be below the workspace."""
        folder = (self.workspace / path).resolve()
        if not folder.is_relative_to(self.workspace.resolve()):
            raise ActionFailedError(f"Repository path '{folder}' is not under '{self.workspace}'")
        return folder


def checkout(bench: Bench, given: Mapping[str, str]) -> None:
    """Fetch one commit, by default the one that started the run."""
    bench.checkouts.append(dict(given))
    variables = bench.environment
    if given.get("repository", variables["GITHUB_REPOSITORY"]) != variables["GITHUB_REPOSITORY"]:
        raise WorkflowError(f"no other repository: {given['repository']}")
    if not bench.may_read:
        raise ActionFailedError("fatal: the job's token has no permission `contents: read`")
    folder = bench.inside(given.get("path") or ".")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bench.git(folder, "init", "--quiet", "--initial-branch=main")
    address = f"{variables['GITHUB_SERVER_URL']}/{variables['GITHUB_REPOSITORY']}"
    bench.git(folder, "remote", "add", "origin", address)
    commit, branch = _wanted(bench, folder, given.get("ref", ""))
    depth = int(given.get("fetch-depth") or 1)
    goal = f"refs/remotes/origin/{branch or 'pull'}"
    some = ["--no-tags", f"--depth={depth}", "origin"]
    every = ["origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    if depth == 0:
        bench.git(folder, "fetch", "--quiet", *every)
    bench.git(folder, "fetch", "--quiet", *(some if depth else ["origin"]), f"+{commit}:{goal}")
    to = ["-B", branch, goal] if branch else ["--detach", goal]
    bench.git(folder, "checkout", "--quiet", "--force", *to)
    if given.get("persist-credentials", "true").lower() != "true":
        bench.git(folder, "remote", "set-url", "--push", "origin", NO_CREDENTIALS)


def _wanted(bench: Bench, folder: Path, ref: str) -> tuple[str, str]:
    """Return the commit to check out and its branch, None for a bare commit."""
    if not ref:
        branch = bench.environment["GITHUB_REF"].removeprefix("refs/heads/")
        return bench.environment["GITHUB_SHA"], "" if branch.startswith("refs/") else branch
    if re.fullmatch(r"[0-9a-f]{40}", ref):
        return ref, ""
    for name in [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/tags/{ref}"]:
        if bench.git(folder, "ls-remote", "origin", name):
            return name, name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else ""
    raise ActionFailedError(f"A branch or tag with the name '{ref}' could not be found")


def setup_python(bench: Bench, given: Mapping[str, str]) -> None:
    """Change nothing, but require the file that names the cache."""
    known = given.get("cache-dependency-path", "**/requirements.txt\n**/pyproject.toml").split("\n")
    if given.get("cache") and not any(_match(str(bench.workspace / path.strip())) for path in known):
        raise ActionFailedError(f"No file in {bench.workspace} matched to [{', '.join(known)}]")


def upload(bench: Bench, given: Mapping[str, str]) -> None:
    """Copy files into the run's artifacts, without the hidden ones, below what all the paths share."""
    hidden = given.get("include-hidden-files", "false") == "true"
    lines = [line.strip() for line in given["path"].splitlines() if line.strip()]
    patterns = [os.path.normpath(bench.workspace / line) for line in lines if not line.startswith("!")]
    excluded = [os.path.normpath(bench.workspace / line[1:]) for line in lines if line.startswith("!")]
    left_out = {path for pattern in excluded for path in _files(pattern, hidden=True)}
    found = {path for pattern in patterns for path in _files(pattern, hidden=hidden)} - left_out
    name = given.get("name") or "artifact"
    if not found:
        missing = given.get("if-no-files-found", "warn")
        if missing == "error":
            raise ActionFailedError(f"No files were found with the provided path: {given['path']}")
        return
    target = bench.artifacts / name
    if target.exists() and given.get("overwrite", "false") != "true":
        raise ActionFailedError("Failed to CreateArtifact: an artifact with this name already exists")
    shutil.rmtree(target, ignore_errors=True)
    starts = [_start(pattern) for pattern in patterns]
    root = Path(os.path.commonpath(starts))
    root = root.parent if found == {root} else root
    for path in found:
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _start(pattern: str) -> str:
    """Return the part of a pattern before its first star."""
    parts = Path(pattern).parts
    plain = next((number for number, part in enumerate(parts) if MAGIC.search(part)), len(parts))
    return str(Path(*parts[:plain]))


def _match(pattern: str) -> list[Path]:
    return [Path(path) for path in glob.glob(pattern, recursive=True, include_hidden=True)]  # noqa: PTH207 (Path.glob takes no absolute pattern)


def _files(pattern: str, *, hidden: bool) -> set[Path]:
    """Return the files of a pattern and those below its folders."""
    matched = _match(pattern)
    below = {path for folder in matched if folder.is_dir() for path in folder.rglob("*")}
    start = Path(_start(pattern))
    return {
        path
        for path in {*matched, *below}
        if path.is_file()
        and (hidden or not any(part.startswith(".") for part in (start.name, *path.relative_to(start).parts)))
    }


def download(bench: Bench, given: Mapping[str, str]) -> None:
    """Copy artifacts out of the run: one to the path itself, several to a folder each, unless merged."""
    target = bench.workspace / given.get("path", ".")
    name = given.get("name")
    if name is not None:
        if not (bench.artifacts / name).is_dir():
            raise ActionFailedError(f"Unable to download artifact(s): Artifact not found for name: {name}")
        shutil.copytree(bench.artifacts / name, target, dirs_exist_ok=True)
        return
    merged = given.get("merge-multiple", "false") == "true"
    everything = sorted(bench.artifacts.iterdir()) if bench.artifacts.is_dir() else []
    for artifact in everything:
        if fnmatchcase(artifact.name, given.get("pattern", "*")):
            shutil.copytree(artifact, target if merged else target / artifact.name, dirs_exist_ok=True)


def deploy_pages(bench: Bench, given: Mapping[str, str]) -> None:
    """Unpack the one archive of the artifact beside the artifacts, for a job that may."""
    if {bench.permissions.get("pages"), bench.permissions.get("id-token")} != {"write"}:
        raise ActionFailedError("Ensure GITHUB_TOKEN has permissions `pages: write` and `id-token: write`.")
    artifact = bench.artifacts / (given.get("artifact_name") or "github-pages")
    if [path.name for path in artifact.glob("*")] != ["artifact.tar"]:
        raise ActionFailedError("The artifact has to hold artifact.tar and nothing else.")
    with tarfile.open(artifact / "artifact.tar") as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # which Python 3.11.2 does not know
        tar.extractall(bench.artifacts.parent / "deployed")  # noqa: S202 (our own archive)


ACTIONS: dict[str, Callable[[Bench, Mapping[str, str]], None]] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload,
    "actions/download-artifact": download,
    "actions/deploy-pages": deploy_pages,
}
