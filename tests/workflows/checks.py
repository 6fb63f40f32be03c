"""What the tests of the instance's workflows share: what has to hold after a run, and accidents."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from backage.cli import cli
from backage.demo.world import World
from backage.pipeline import restore_snapshot
from tests.conftest import START, Instance, differences
from tests.workflows.runner import run_workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from backage.demo.server import DemoServer
    from tests.workflows.results import Event, Hooks, Run
    from tests.workflows.site import Site

FORM = "history-%Y%m%dT%H%M%SZ"
TAG = re.compile(r"history-[0-9]{8}T[0-9]{6}Z")
FILE = "history.db.zst"
STEPS = ("Restore the history", "Update", "Save the history", "Publish the index", "Result")
RESTORE, UPDATE, SAVE, PUBLISH, RESULT = STEPS
WORKFLOWS = ("update.yml", "shards.yml", "keepalive.yml")
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
    """Give the dozen packages with few versions each, so that a run takes a moment."""
    world = World(START)
    for owner in world.owners:
        for package in owner.packages:
            package.versions = package.versions[:5]
    return world


def update(site: Site, event: Event | None = None, hooks: Hooks | None = None) -> Run:
    """Run the workflow, where waiting takes `backage` no time, but moves its clock."""
    folder = site.folder / "quick"
    folder.mkdir(exist_ok=True)
    text = QUICK.replace("{log}", str(site.folder / "waits.log"))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    site.variables["PYTHONPATH"] = str(folder)
    return run_workflow(site, "update.yml", event, hooks=hooks)


def waits(site: Site) -> int:
    """Count how often `backage` would have waited."""
    path = site.folder / "waits.log"
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def codes(run: Run) -> list[int | None]:
    """Give the exit codes of the steps that matter, in their order."""
    return [step.code for step in run.steps if step.name in STEPS]


def green(run: Run) -> Run:
    """Make sure that a run went well."""
    assert (run.conclusion, codes(run)) == ("success", [0] * len(STEPS)), run.log
    return run


def tip(site: Site, branch: str = "main") -> str:
    """Give the commit that the branch is at."""
    return site.git("rev-parse", branch)


def saved(site: Site) -> list[str]:
    """Give the tags of the published histories, oldest first."""
    tags = [release["tagName"] for release in site.gh.releases if not release["isDraft"]]
    return sorted(tag for tag in tags if TAG.fullmatch(tag))


def drafts(site: Site) -> list[str]:
    """Give the tags of the drafts."""
    return [release["tagName"] for release in site.gh.releases if release["isDraft"]]


def age(site: Site, days: int = 1) -> None:
    """Let the saved histories be older than they are, so that a further one of today replaces none."""
    releases = site.gh.releases
    for release in releases:
        old = release["tagName"]
        release["tagName"] = f"{datetime.strptime(old, FORM).replace(tzinfo=UTC) - timedelta(days):{FORM}}"
        if not release["isDraft"]:
            site.git("update-ref", f"refs/tags/{release['tagName']}", f"refs/tags/{old}")
            site.git("update-ref", "-d", f"refs/tags/{old}")
    site.gh.change(releases=releases)


def next_day(site: Site, server: DemoServer) -> None:
    """Let a day pass for GitHub and for what is saved there."""
    server.world.advance()
    age(site)


@dataclass(frozen=True)
class Kept:
    """What must not get lost: lines of CSVs, days in the saved history, and the commits of people."""

    lines: frozenset[tuple[str, str]]
    days: frozenset[tuple[Any, ...]]
    people: frozenset[str]


def look(site: Site, *, history: bool = True) -> Kept:
    """Note what there is."""
    tables = {name: data for name, data in site.files(below="index").items() if name.endswith(".csv")}
    lines = [(name, line) for name, data in tables.items() for line in data.decode().splitlines()[1:]]
    people = site.git("log", "--format=%H", "--invert-grep", "--grep=^Backage-Index: yes$", "main")
    days = _days(restore(site)) if history else frozenset()
    return Kept(frozenset(lines), days, frozenset(people.split()))


def lost(site: Site, before: Kept) -> list[str]:
    """Name what is not there any more."""
    now = look(site, history=bool(before.days))
    parts = (before.lines - now.lines, before.days - now.days, before.people - now.people)
    return sorted(str(item) for part in parts for item in part)


def restore(site: Site, tag: str = "") -> Path:
    """Restore a saved history, by default the newest, as somebody with a browser would."""
    history = site.folder / "restored.db"
    history.unlink(missing_ok=True)
    restore_snapshot(site.gh.asset(tag or saved(site)[-1], FILE), history)
    return history


def _days(history: Path) -> frozenset[tuple[Any, ...]]:
    """Give the days of packages and versions; windows may become known later."""
    asked = (
        "SELECT owner, repo, package, '', date, downloads FROM packages "
        "UNION ALL SELECT owner, repo, package, id, date, downloads FROM versions"
    )
    with closing(sqlite3.connect(history)) as database:
        return frozenset(database.execute(asked).fetchall())


def rendered(site: Site, index: Path) -> dict[str, bytes]:
    """Render the saved history into a folder, and give what that holds then."""
    options = ["--quiet", "--history", str(restore(site)), "--index", str(index)]
    done = CliRunner().invoke(cli, ["render", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = (path for path in index.rglob("*") if path.is_file())
    return {str(path.relative_to(index)): path.read_bytes() for path in found}


def check(
    site: Site,
    server: DemoServer,
    since: Kept | None = None,
    *,
    alone: bool = True,
    own: Collection[str] = (),
) -> None:
    """Make sure that what is published and what is saved are true, agree, and lack nothing that there was.

    Not `alone`: the saved history lost something that the published files still have. `own` are files that
    a person added below the index.
    """
    published = Instance(site.clone("published"), server)
    wrong = differences(published)
    assert wrong == [], wrong
    files = {name: data for name, data in site.files(below="index").items() if name not in own}
    names = {f"{truth['owner']}/{truth['repo']}/{truth['package']}" for truth in server.world.truth()}
    shown = {name for name in files if name.count("/") == 2 and not name.endswith("/.json")}
    assert {name.removesuffix(".json").removesuffix(".csv") for name in shown} == names
    again = rendered(site, published.index)
    assert {name: data for name, data in again.items() if name not in own} == files
    if alone:
        empty = site.folder / "empty"
        shutil.rmtree(empty, ignore_errors=True)
        assert rendered(site, empty) == files
    assert drafts(site) == []
    assert site.git("tag").split() == sorted(r["tagName"] for r in site.gh.releases)
    assert site.git("fsck", "--no-dangling") == ""
    missing = lost(site, since) if since else []
    assert missing == [], "\n".join(missing)


def dates(site: Site, package: str = "Octo-Forge/beacon/beacon") -> list[str]:
    """Give the days of a package's CSV on which it was read, and not only counted by GitHub."""
    lines = site.files(below="index")[f"{package}.csv"].decode().splitlines()[1:]
    return [line.split(",")[0] for line in lines if re.search(r",[0-9]+,[0-9]+,[0-9]+$", line)]


def after_requests(server: DemoServer, number: int) -> Callable[[], bool]:
    """Tell, later, whether so many more requests have come."""
    start = len(server.requests)
    return lambda: len(server.requests) >= start + number


def on_push(site: Site, script: str) -> None:
    """Let a script run when the job is about to push, with the real git at hand as `$git`."""
    git = shutil.which("git")
    (site.folder / "on-push").write_text(f"git='{git}'\n{script}", encoding="utf-8")
    site.stand_in("git", GIT.replace("{folder}", str(site.folder)).replace("{git}", str(git)))
