"""Events for the tests of the instance's workflows: runs without waiting, days that pass, pushes."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from backage.standin.server import StandinServer
from backage.standin.world import World
from tests.conftest import START
from tests.workflows.results import Event, Hooks, Run
from tests.workflows.runner import run_workflow
from tests.workflows.site import Site

FORM = "history-%Y%m%dT%H%M%SZ"
QUICK = """
import datetime, time

class Clock(datetime.datetime):
    slept = datetime.timedelta()

    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + Clock.slept

def sleep(seconds):
    Clock.slept += datetime.timedelta(seconds=seconds)
    with open("{log}", "a") as log:
        print(seconds, file=log)

datetime.datetime, time.sleep = Clock, sleep
"""
GIT = """#!/bin/sh
case " $* " in *" push "*) if [ -e '{folder}/on-push' ]; then . '{folder}/on-push'; fi ;; esac
exec '{git}' "$@"
"""


def small_world() -> World:
    """Cut the dozen packages to a few versions each, so that a run takes a moment."""
    world = World(START)
    for owner in world.owners:
        for package in owner.packages:
            package.versions = package.versions[:5]
    return world


def update(site: Site, event: Event | None = None, hooks: Hooks | None = None) -> Run:
    """Run the workflow; `backage` does not wait, but moves its clock."""
    folder = site.folder / "quick"
    folder.mkdir(exist_ok=True)
    text = QUICK.replace("{log}", str(site.folder / "waits.log"))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    site.variables["PYTHONPATH"] = str(folder)
    return run_workflow(site, "update.yml", event, hooks=hooks)


def count_waits(site: Site) -> int:
    """Count how often `backage` would have waited."""
    path = site.folder / "waits.log"
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def age(site: Site, days: int = 1) -> None:
    """Make the saved histories older, so that another one of today replaces none."""
    releases = site.gh.releases
    for release in releases:
        old = release["tagName"]
        release["tagName"] = f"{datetime.strptime(old, FORM).replace(tzinfo=UTC) - timedelta(days):{FORM}}"
        if not release["isDraft"]:
            site.git("update-ref", f"refs/tags/{release['tagName']}", f"refs/tags/{old}")
            site.git("update-ref", "-d", f"refs/tags/{old}")
    site.gh.change(releases=releases)


def next_day(site: Site, server: StandinServer) -> None:
    """Advance GitHub and the saved histories by a day."""
    server.world.advance()
    age(site)


def after_requests(server: StandinServer, number: int) -> Callable[[], bool]:
    """Return a check that is true once so many more requests have come."""
    start = len(server.requests)
    return lambda: len(server.requests) >= start + number


def on_push(site: Site, script: str) -> None:
    """Run a script just before the job pushes; `$git` is the real git."""
    git = shutil.which("git")
    (site.folder / "on-push").write_text(f"git='{git}'\n{script}", encoding="utf-8")
    site.stand_in("git", GIT.replace("{folder}", str(site.folder)).replace("{git}", str(git)))
