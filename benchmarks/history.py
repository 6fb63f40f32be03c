"""The size of a history, beside one text row a version and day; and whether it slows with its age.

    python benchmarks/history.py layout HISTORY.db
    python benchmarks/history.py age HISTORY.db OWNER OWNER/REPO/PACKAGE [--observations N]

The first takes a history as runs left it. The second makes a worst case of its packages and versions, in
which every counter of every version changes every day: once with a tenth of N observations, and once with N.
"""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from backage.owners import Entry, OptOut
from backage.plan.order import plan_owners, plan_packages
from backage.plan.versions import WINDOW_HISTORY
from backage.publish.archive import pack
from backage.store.database import open_history
from backage.store.owners import load_owners, load_runs
from backage.store.packages import load_package
from backage.store.queries import load_package_runs
from backage.store.snapshot import copy_history
from backage.store.versions import load_versions

COLUMNS = "id, name, size, downloads, downloads_month, downloads_week, downloads_day, date, tags"
TIMES = 3
"""How often each is run; the fastest counts."""

PACKAGES = """
SELECT package.key, owner.type, package.type, owner.login, coalesce(package.repo, package.name),
    package.name
FROM package JOIN owner ON owner.key = package.owner
"""
FLAT_ROWS = """
SELECT version.id, coalesce(version.name, 'sha256:' || lower(hex(version.digest))),
    coalesce(version.size, -1), d.downloads, coalesce(d.downloads_month, -1),
    coalesce(d.downloads_week, -1), coalesce(d.downloads_day, -1),
    date(scan.day * 86400, 'unixepoch'), version.tags
FROM scan JOIN version ON version.package = scan.package
JOIN version_day AS d ON d.version = version.key AND d.day = (
    SELECT max(day) FROM version_day WHERE version = version.key AND day <= scan.day)
WHERE scan.package = ? AND scan.listed > 0 AND d.downloads IS NOT NULL
"""


def measure_layout(path: Path, folder: Path) -> None:
    """Write both layouts of the same observations, and compare them."""
    compact = folder / "compact.db"
    copy_history(path, compact)
    flat = folder / "flat.db"
    rows = write_flat(compact, flat)
    click.echo(f"{rows:,} observations of a version on a day")
    sizes = {}
    for name, database in (("flat", flat), ("compact", compact)):
        sizes[name] = database.stat().st_size, pack(database, folder / f"{name}.zst").size
        plain, packed = (size / rows for size in sizes[name])
        click.echo(f"{name:8} {plain:8.2f} bytes each, {packed:6.2f} compressed")
    plain, packed = (before / after for before, after in zip(sizes["flat"], sizes["compact"], strict=True))
    click.echo(f"{'ratio':8} {plain:8.1f}, {packed:.1f} compressed")


def write_flat(history: Path, path: Path) -> int:
    """Write a text row for each version and day on which it was seen, in a table a package."""
    written = 0
    with closing(sqlite3.connect(history)) as source, closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA synchronous = OFF")
        for key, *names in source.execute(PACKAGES).fetchall():
            table = '"' + "_".join(["versions", *names]).replace('"', '""') + '"'
            columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS.split(", "))
            target.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY (id, date))")
            cursor = target.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                source.execute(FLAT_ROWS, (key,)),
            )
            written += cursor.rowcount
            target.commit()
        target.execute("VACUUM")
    return written


def make_worst(history: Path, path: Path, observations: int) -> int:
    """Make a history of the same packages and versions in which every counter changes every day."""
    copy_history(history, path)
    with open_history(path):
        pass  # it gets the settings of one in use
    with closing(sqlite3.connect(path)) as database:
        (versions,) = database.execute("SELECT count(*) FROM version WHERE gone IS NULL").fetchone()
        days = max(1, observations // versions)
        last = (datetime.now(UTC).date() - date(1970, 1, 1)).days
        database.executescript(f"""
            DELETE FROM version WHERE gone IS NOT NULL;
            DELETE FROM version_day; DELETE FROM package_day; DELETE FROM scan;
            UPDATE package SET gone = NULL, covered = {last}, settled = {last} - 1;
            CREATE TEMP TABLE days AS WITH RECURSIVE n(day) AS (
                SELECT {last} - {days} + 1 UNION ALL SELECT day + 1 FROM n WHERE day < {last}
            ) SELECT day FROM n;
            INSERT INTO scan SELECT package.key, day, 2 FROM package, days;
            INSERT INTO package_day SELECT package.key, day, (day - 20000) * 977 + package.key,
                28000 + day % 13, 6800 + day % 7, 970 + day % 5, 1000000, 100, 50 FROM package, days;
            INSERT INTO version_day SELECT version.key, day, (day - 20000) * 97 + version.key % 1000,
                2800 + day % 13, 680 + day % 7, 97 + day % 5, 0 FROM version CROSS JOIN days;
            VACUUM;
        """)  # noqa: S608
    return int(versions * days)


def measure_age(path: Path, names: tuple[str, str], observations: int, folder: Path) -> None:
    """Time usual commands and runs on a young and on an old history of the same packages."""
    times: dict[str, list[float]] = {}
    for part in (observations // 10, observations):
        worst = folder / f"worst-{part}.db"
        count = make_worst(path, worst, part)
        packed = pack(worst, folder / "worst.zst").size
        each = worst.stat().st_size / count
        click.echo(f"{count:,} observations: {each:.1f} bytes each, {packed / count:.1f} compressed")
        for name, command in commands(worst, folder / f"index-{part}", *names):
            times.setdefault(name, []).append(min(seconds_of(command) for _ in range(TIMES)))
    for name, (young, old) in times.items():
        click.echo(f"{name:20} {young:6.2f} s, {old:6.2f} s, ratio {old / young:.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    click.echo(f"memory at its highest {peak:.0f} MiB")


def seconds_of(command: list[str]) -> float:
    """Run a command and return its processor time, which does not depend on what else runs here."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(history: Path, index: Path, owner: str, package: str) -> Iterator[tuple[str, list[str]]]:
    """Return the timed commands."""
    backage = [sys.executable, "-m", "backage"]
    where = ["--history", str(history)]
    yield "start of the program", [*backage, "--version"]
    yield "render of one owner", [*backage, "render", owner, *where, "--index", str(index)]
    yield "show of one package", [*backage, "show", package, *where]
    yield "planning of a run", [sys.executable, __file__, "plan", str(history)]
    yield "and of its versions", [sys.executable, __file__, "plan", str(history), package]


@click.group()
def main() -> None:
    """Measure a history."""


@main.command()
@click.argument("history", type=click.Path(exists=True, path_type=Path))
def layout(history: Path) -> None:
    """Compare the layout with one text row a version and day."""
    with TemporaryDirectory() as folder:
        measure_layout(history, Path(folder))


@main.command()
@click.argument("history", type=click.Path(exists=True, path_type=Path))
@click.argument("owner")
@click.argument("package")
@click.option("--observations", default=10_000_000, show_default=True)
def age(history: Path, owner: str, package: str, observations: int) -> None:
    """Compare a young history with an old one."""
    with TemporaryDirectory() as folder:
        measure_age(history, (owner, package), observations, Path(folder))


@main.command()
@click.argument("history", type=click.Path(exists=True, path_type=Path))
@click.argument("name", required=False)
def plan(history: Path, name: str | None) -> None:
    """Order the owners, and load packages and the versions of one."""
    with open_history(history) as opened:
        day = datetime.now(UTC).date()
        owners = {owner.login.lower(): owner for owner in load_owners(opened)}
        entries = (Entry(owner.login) for owner in owners.values())
        for entry in plan_owners(entries, load_runs(opened), OptOut()):
            owner = owners[entry.login.lower()]
            for package in plan_packages(
                owner, [], load_package_runs(opened, owner.login), OptOut()
            ).packages:
                key, _ = load_package(opened, owner.login, package, day)
                if key is not None and name == f"{owner.login}/{package.repo}/{package.name}":
                    load_versions(opened, key, day - WINDOW_HISTORY)


if __name__ == "__main__":
    main()
