"""Helpers of workflow tests: a smaller GitHub, rival pushes, and the content of a release."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World
from tests.conftest import START, Instance
from tests.workflows.site import Site

FEW = 10
LATER = Reply(429, {"Retry-After": "3000"}, b"Too many requests")
"""An answer after which a run waits for longer than any test: the moment to kill it."""

REFUSED = Reply(429, {"Retry-After": "7200"}, b"Too many requests")
"""An answer after which a run gives up, because it would wait too long."""

RIVAL = """#!/bin/sh
if [ "$1" = push ] && [ -s "{queue}" ]; then
    {git} --git-dir="{bare}" update-ref refs/heads/{branch} "$(head -n 1 "{queue}")"
    sed -i 1d "{queue}"
fi
exec {git} "$@"
"""
PROGRAM = """#!/bin/sh
exec "{python}" -P -c 'import sys, time
time.sleep = lambda _: None
sys.argv[0] = "backage"
from backage.__main__ import main
main()' "$@"
"""


def small_world() -> World:
    """Return the stand-in's owners with only those packages that have few versions."""
    world = World(START)
    for owner in world.owners:
        owner.packages = [package for package in owner.packages if len(package.versions) < FEW]
    return world


def compete(site: Site, *pushes: Mapping[str, str], branch: str = "main") -> None:
    """Push another commit of somebody else's just before every push of a job."""
    site.git("branch", "--force", "rival", branch)
    commits = [site.push(files, "rival") for files in pushes]
    queue = site.folder / "rivals"
    queue.write_text("".join(f"{commit}\n" for commit in commits), encoding="utf-8")
    git = shutil.which("git") or ""
    site.stand_in("git", RIVAL.format(queue=queue, git=git, bare=site.remote, branch=branch))


def take_no_pauses(site: Site) -> None:
    """Make the program retry at once after a refusal."""
    site.stand_in("backage", PROGRAM.format(python=sys.executable))


def refuse_pushes(site: Site) -> None:
    """Make the repository refuse every push, as a protected branch does."""
    hook = site.remote / "hooks" / "pre-receive"
    hook.write_text(
        "#!/bin/sh\necho 'GH006: Protected branch update failed.' >&2\nexit 1\n", encoding="utf-8"
    )


def published_instance(site: Site, server: StandinServer, branch: str = "main") -> Instance:
    """Return the numbers on the branch, to compare them with the stand-in's."""
    return Instance(site.clone("published", branch), server)


def render_newest(site: Site) -> dict[str, bytes]:
    """Write an index from the history of the newest release alone."""
    release = [release for release in site.gh.releases if not release["isDraft"]][-1]
    packed = site.gh.asset(release["tagName"], "history.db.zst")
    return render(site, packed)


def render(site: Site, packed: Path) -> dict[str, bytes]:
    """Write an index from a saved history, in a folder that has nothing else."""
    folder = site.folder / "rendered"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    backage(site, folder, "snapshot", "restore", str(packed))
    backage(site, folder, "render")
    found = (path for path in (folder / "index").rglob("*") if path.is_file())
    return {str(path.relative_to(folder / "index")): path.read_bytes() for path in found}


def backage(site: Site, folder: Path, *arguments: str) -> str:
    """Run the program in a folder, as a reader of what was published."""
    done = subprocess.run(  # noqa: S603 (our own arguments)
        [str(site.bin / "backage"), *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def packages_of(files: Mapping[str, bytes], owner: str) -> dict[str, bytes]:
    """Return the files of one owner of an index."""
    return {name: data for name, data in files.items() if name.startswith(f"{owner}/")}


def find_harm(site: Site) -> list[str]:
    """Return traces of executed hostile texts: canary files anywhere around the jobs."""
    return sorted(str(path) for path in site.folder.rglob("*pwned*"))
