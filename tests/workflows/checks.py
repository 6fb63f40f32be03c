"""Checks of the instance's workflows: the result of a run, and what must be true of it."""

import re
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from backage.cli import cli
from backage.pipeline.snapshot import restore_snapshot
from backage.standin.server import StandinServer
from tests.conftest import Instance, differences
from tests.workflows.results import Run
from tests.workflows.site import Site

TAG = re.compile(r"history-[0-9]{8}T[0-9]{6}Z")
FILE = "history.db.zst"
STEPS = ("Restore the history", "Update", "Save the history", "Publish the index", "Result")
RESTORE, UPDATE, SAVE, PUBLISH, RESULT = STEPS
WORKFLOWS = ("update.yml", "shards.yml", "keepalive.yml")


def exit_codes(run: Run) -> list[int | None]:
    """Return the exit codes of the steps that matter, in their order."""
    return [step.code for step in run.steps if step.name in STEPS]


def check_success(run: Run) -> Run:
    """Check that a run succeeded."""
    assert (run.conclusion, exit_codes(run)) == ("success", [0] * len(STEPS)), run.log
    return run


def tip(site: Site, branch: str = "main") -> str:
    """Return the tip of the branch."""
    return site.git("rev-parse", branch)


def saved_tags(site: Site) -> list[str]:
    """Return the tags of the published histories, oldest first."""
    tags = [release["tagName"] for release in site.gh.releases if not release["isDraft"]]
    return sorted(tag for tag in tags if TAG.fullmatch(tag))


def draft_tags(site: Site) -> list[str]:
    """Return the tags of the drafts."""
    return [release["tagName"] for release in site.gh.releases if release["isDraft"]]


@dataclass(frozen=True)
class Kept:
    """What must not be lost: lines of CSVs, days in the saved history, and people's commits."""

    lines: frozenset[tuple[str, str]]
    days: frozenset[tuple[Any, ...]]
    people: frozenset[str]


def record_state(site: Site, *, history: bool = True) -> Kept:
    """Record the present state."""
    tables = {name: data for name, data in site.files(below="index").items() if name.endswith(".csv")}
    lines = [(name, line) for name, data in tables.items() for line in data.decode().splitlines()[1:]]
    people = site.git("log", "--format=%H", "--invert-grep", "--grep=^Backage-Index: yes$", "main")
    days = _days(restore(site)) if history else frozenset()
    return Kept(frozenset(lines), days, frozenset(people.split()))


def find_lost(site: Site, before: Kept) -> list[str]:
    """Return what is missing since."""
    now = record_state(site, history=bool(before.days))
    parts = (before.lines - now.lines, before.days - now.days, before.people - now.people)
    return sorted(str(item) for part in parts for item in part)


def restore(site: Site, tag: str = "") -> Path:
    """Restore a saved history, by default the newest, as somebody with a browser would."""
    history = site.folder / "restored.db"
    history.unlink(missing_ok=True)
    restore_snapshot(site.gh.asset(tag or saved_tags(site)[-1], FILE), history)
    return history


def _days(history: Path) -> frozenset[tuple[Any, ...]]:
    """Return the days of packages and versions; windows may become known later."""
    query = (
        "SELECT owner, repo, package, '', date, downloads FROM packages "
        "UNION ALL SELECT owner, repo, package, id, date, downloads FROM versions"
    )
    with closing(sqlite3.connect(history)) as database:
        return frozenset(database.execute(query).fetchall())


def render_saved(site: Site, index: Path) -> dict[str, bytes]:
    """Render the saved history into a folder and return its files."""
    options = ["--quiet", "--history", str(restore(site)), "--index", str(index)]
    done = CliRunner().invoke(cli, ["render", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = (path for path in index.rglob("*") if path.is_file())
    return {str(path.relative_to(index)): path.read_bytes() for path in found}


def check(
    site: Site,
    server: StandinServer,
    since: Kept | None = None,
    *,
    alone: bool = True,
    own: Collection[str] = (),
) -> None:
    """Check that index and saved history are right, agree, and lack nothing from before.

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
    again = render_saved(site, published.index)
    assert {name: data for name, data in again.items() if name not in own} == files
    if alone:
        empty = site.folder / "empty"
        shutil.rmtree(empty, ignore_errors=True)
        assert render_saved(site, empty) == files
    assert draft_tags(site) == []
    assert site.git("tag").split() == sorted(r["tagName"] for r in site.gh.releases)
    assert site.git("fsck", "--no-dangling") == ""
    missing = find_lost(site, since) if since else []
    assert missing == [], "\n".join(missing)


def days_read(site: Site, package: str = "Octo-Forge/beacon/beacon") -> list[str]:
    """Return the days of a package's CSV on which backage read it, without those that only GitHub counted."""
    lines = site.files(below="index")[f"{package}.csv"].decode().splitlines()[1:]
    return [line.split(",")[0] for line in lines if re.search(r",[0-9]+,[0-9]+,[0-9]+$", line)]
