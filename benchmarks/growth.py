"""How fast a git repository with an index grows: a made-up year, with real files and real git.

    python benchmarks/growth.py [--packages 1000] [--versions N] [--days 365] [--runs 4] [--seed 1]

Packages, versions and downloads are made up after what was counted on a stand-in server with 785 real
packages and 107,547 versions; the same seed makes the same. Each run is stored and rendered as `backage
update` does it, its index is committed, and the repository gets what `git push` would send, as packs, like a
server.
--naive does it beside for a layout that writes the day into each line, daily.
"""

import math
import os
import random
import re
import subprocess
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import click

from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageUpdate,
    VersionLookup,
    VersionUpdate,
)
from backage.models.pages import Count, PackagePage, VersionRow
from backage.owners import OptOut
from backage.pipeline.index import write_index
from backage.plan.days import find_final_day, plan_days
from backage.plan.order import choose_lookups, needs_versions, rank_versions
from backage.plan.versions import WINDOW_HISTORY, plan_versions
from backage.publish.files import IndexFiles
from backage.store.database import History, open_history
from backage.store.details import load_versions_to_look_up, save_observation, save_size, update_package_size
from backage.store.owners import save_owner
from backage.store.packages import load_package, save_package
from backage.store.runs import start_run
from backage.store.versions import load_versions

Quantiles = tuple[tuple[float, float], ...]

START = date(2026, 1, 1)
VERSIONS: Quantiles = (
    (0, 1),
    (0.44, 1),
    (0.5, 5),
    (0.75, 111),
    (0.9, 500),
    (0.98, 560),
    (0.995, 2202),
    (1, 10467),
)
"""Versions of a package: the share of the packages with at most so many. The average is 137."""

MEAN_VERSIONS = 137
MONTH: Quantiles = (
    (0, 0),
    (0.06, 0),
    (0.16, 1),
    (0.3, 2),
    (0.53, 4),
    (0.77, 10),
    (0.9, 25),
    (0.95, 43),
    (0.98, 269),
    (1, 998),
)
"""Downloads of a version in a month. On each day a quarter of all versions is downloaded."""

EXTRA: Quantiles = ((0, 0), (0.45, 0), (0.5, 33), (0.75, 1300), (0.9, 3914), (0.99, 18869), (1, 92763))
"""Downloads of a package in a month, with those of deleted versions."""

IDLE = 0.8
"""The share of one-version packages without downloads: on a day 54 % of all packages have some."""

PERIODS = (1, 3, 7, 30, 0, 0)
"""Days from one new version to the next, 0 for never; a sixth of the packages with versions each."""

OWNED: Quantiles = ((0, 1), (0.5, 1), (0.75, 3), (0.9, 7), (0.95, 14), (0.98, 51), (1, 120))
"""Packages of an owner."""

REPOS = 0.5
"""The share of them with a repository of their own."""

FEW, ALIKE, FAMILY = 7, 0.5, 12
"""Of an owner with more than a few packages a part has names that end alike, in so many letters.

Git takes files whose paths end in the same 16 characters for one, when it looks for what a push can build on:
they cost more. Of the real packages 27 % have a name whose end another one has already.
"""

SIGNED, TAGGED = 0.07, 0.24
"""The share of versions that are signatures, tagged with a digest, and the share with any tag."""

TYPES = ("container",) * 8 + ("nuget", "nuget", "npm")
EARLIER = 1000
"""Added to a day, which may be before the first, to make it a number from 0 on."""

SLOTS = 30
"""Days of a package's chart."""

_MASK = (1 << 64) - 1
_DAY = re.compile(rb'"date":"[0-9]{4}-[0-9]{2}-[0-9]{2}"')
LINES = 10
"""Days from one count of changed lines to the next."""

KEPT = 40
"""Versions of a package above which the one that publishes daily deletes an old one for each new one."""


def quantile(table: Quantiles, part: float) -> float:
    """Read a table between its points; large numbers lie on a logarithmic scale."""
    after = next(place for place, (limit, _) in enumerate(table) if limit >= part and place)
    (low, first), (high, last) = table[after - 1], table[after]
    share = (part - low) / (high - low)
    return math.expm1(math.log1p(first) * (1 - share) + math.log1p(last) * share)


def chance(*numbers: int) -> float:
    """Return a number from 0 to 1 that depends on nothing but the arguments."""
    state = 0
    for number in numbers:
        state = ((state ^ number) * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & _MASK
        state = ((state ^ (state >> 31)) * 0xD6E8FEB86659FD93) & _MASK
    return ((state ^ (state >> 29)) >> 11) / (1 << 53)


@dataclass(slots=True)
class MadeVersion:
    """A version: `month` are its downloads in a month, `total` those up to yesterday."""

    id: int
    name: str
    tags: tuple[str, ...]
    month: float
    size: int
    total: int
    published: int
    today: int = 0

    def downloads_on(self, day: int) -> int:
        """Return the downloads of a day: independent ones, so Poisson-distributed around the month's mean."""
        if day < self.published or not self.month:
            return 0
        wanted, count = chance(self.id, day + EARLIER), 0
        rate = self.month / SLOTS
        step = reached = math.exp(-rate)
        while reached < wanted and count < SLOTS * rate + SLOTS:
            count += 1
            step *= rate / count
            reached += step
        return count

    def windows(self, day: int, share: float) -> Downloads:
        """Return what its own page shows."""
        now = int(self.today * share)
        days = [now, *(self.downloads_on(day - back) for back in range(1, SLOTS))]
        return Downloads(self.total + now, *(min(sum(days[:n]), self.total + now) for n in (30, 7, 1)))


@dataclass(slots=True)
class MadePackage:
    """A package; `counts` are its downloads on the days before today, newest first."""

    owner: Owner
    package: Package
    versions: dict[int, MadeVersion]
    period: int
    extra: float
    total: int
    counts: deque[int] = field(default_factory=lambda: deque(maxlen=SLOTS - 1))
    today: int = 0

    def begin_day(self, day: int) -> None:
        """Draw the downloads of a day: of its versions, and of deleted ones."""
        for version in self.versions.values():
            version.today = version.downloads_on(day)
        rest = round(self.extra / SLOTS * (0.75 + chance(next(iter(self.versions)), day + EARLIER) / 2))
        self.today = rest + sum(version.today for version in self.versions.values())

    def end_day(self) -> None:
        """Add the day to the totals."""
        self.counts.appendleft(self.today)
        self.total += self.today
        for version in self.versions.values():
            version.total += version.today


class World:
    """The packages of an instance, as they change from day to day."""

    def __init__(self, packages: int, versions: int, seed: int, alike: float, busy: float) -> None:
        """Make up packages whose sizes are evenly spread over the table, so that few represent many."""
        self.busy = busy
        self.random = random.Random(seed)  # noqa: S311 (nothing to be kept secret)
        self.next_id = 300_000_000
        self.day = 0
        parts = [(place + 0.5) / packages for place in range(packages)]
        shape = [quantile(VERSIONS, part) for part in parts]
        scale = (versions - packages) / max(sum(shape) - packages, 1)
        counts = [max(1, round(1 + (count - 1) * scale)) for count in shape]
        self.random.shuffle(counts)
        names = self._names(packages, alike)
        self.packages = [self._package(*names[place], count) for place, count in enumerate(counts)]
        for made in self.packages:
            for day in range(1 - SLOTS, 0):
                made.begin_day(day)
                made.end_day()
            made.begin_day(0)

    def _names(self, packages: int, part: float) -> list[tuple[Owner, Package]]:
        names: list[tuple[Owner, Package]] = []
        while len(names) < packages:
            owner = Owner(self._word(4, 14), "orgs", self.random.randrange(10**6, 10**8))
            repo, ending = self._word(4, 18), self._word(FAMILY, FAMILY)
            owned = min(round(quantile(OWNED, self.random.random())), packages - len(names))
            for _ in range(owned):
                if self.random.random() < REPOS:
                    repo = self._word(4, 18)
                alike = owned > FEW and self.random.random() < part
                name = f"{self._word(2, 8)}-{ending}" if alike else self._word(4, 18)
                names.append((owner, Package(self.random.choice(TYPES), name, repo)))
        return names

    def _word(self, least: int, most: int) -> str:
        letters = self.random.choices("abcdefghijklmnoprstuvwz-", k=self.random.randint(least, most))
        return f"{''.join(letters).strip('-')}{self.random.randrange(100)}"

    def _package(self, owner: Owner, package: Package, count: int) -> MadePackage:
        idle = count == 1 and self.random.random() < IDLE
        extra = 0.0 if idle else quantile(EXTRA, self.random.random())
        period = self.random.choice(PERIODS) if count > 1 else 0
        ids = sorted(self.random.sample(range(10**7, 3 * 10**8), count))
        versions = {number: self._version(package, number, -400, idle=idle) for number in ids}
        versions[ids[-1]].tags = ("latest", *versions[ids[-1]].tags)
        total = sum(version.total for version in versions.values()) + round(
            extra * self.random.uniform(1, 40)
        )
        return MadePackage(owner, package, versions, period, extra, total)

    def _version(self, package: Package, number: int, published: int, *, idle: bool = False) -> MadeVersion:
        month = 0.0 if idle else quantile(MONTH, self.random.random()) * self.busy
        digest, kind = f"{self.random.getrandbits(256):064x}", self.random.random()
        tags: tuple[str, ...] = ()
        if kind < SIGNED:
            tags = (f"sha256-{digest}.sig",)
        elif kind < TAGGED:
            tags = (f"v{number // 10**7}.{number % 100}.{self.random.randrange(1000)}",)
        name = f"sha256:{digest}" if package.type == "container" else f"1.{number // 10**5}.{number % 1000}"
        total = round(month * self.random.expovariate(0.5)) if published < 0 else 0
        size = round(10 ** self.random.uniform(4, 9))
        return MadeVersion(number, name, tags, month, size, total, published)

    def pass_day(self) -> None:
        """Begin a new day, on which packages publish and delete."""
        for made in self.packages:
            made.end_day()
        self.day += 1
        for made in self.packages:
            if made.period and self.random.random() * made.period < 1:
                self._publish(made)
            made.begin_day(self.day)

    def _publish(self, made: MadePackage) -> None:
        self.next_id += self.random.randrange(1, 5000)
        version = self._version(made.package, self.next_id, self.day)
        for other in made.versions.values():
            other.tags = tuple(tag for tag in other.tags if tag != "latest")
        version.tags = ("latest", f"build-{self.day}")
        if made.period == 1 and len(made.versions) > KEPT:
            oldest = next(
                (number for number, other in made.versions.items() if not other.tags), min(made.versions)
            )
            made.extra += made.versions.pop(oldest).month
        made.versions[version.id] = version


class Run:
    """One run of an instance, which stores what it finds as `crawl/package.py` and `crawl/versions.py` do."""

    def __init__(self, history: History, world: World, share: float) -> None:
        """Begin; `share` is how much of the day is over."""
        self.history, self.world, self.share = history, world, share
        self.day = START + timedelta(days=world.day)
        self.number = start_run(history, self.day)

    def update(self, lookups: int | None) -> None:
        """Read all packages, and look up unknown numbers of versions."""
        scanned = {}
        for made in self.world.packages:
            save_owner(self.history, made.owner)
            scanned[self._read(made)] = made
        wanted = [item for key, made in scanned.items() for item in self._find_lookups(key, made)]
        for item in choose_lookups((item for item in wanted if item.wants_windows), lookups):
            version = scanned[item.key].versions[item.id]
            seen = Observation(self.day, version.windows(self.world.day, self.share), from_page=True)
            update = VersionUpdate(version.id, version.name, (), None, None, seen)
            save_observation(self.history, item.key, update)
        for item in choose_lookups((item for item in wanted if item.wants_size), lookups):
            size = scanned[item.key].versions[item.id].size
            platforms = {"linux/amd64": size, "linux/arm64": size * 9 // 10} if item.id % 5 == 0 else {}
            save_size(self.history, item.key, item.id, size, platforms)
        for key in scanned:
            update_package_size(self.history, key, self.day)

    def _read(self, made: MadePackage) -> int:
        login, today = made.owner.login, int(made.today * self.share)
        days = (today, *made.counts)
        counts = tuple((self.day - timedelta(days=back), count) for back, count in enumerate(days))
        shown = frozenset(sorted(made.versions)[-3:])
        page = PackagePage(Count(made.total + today, exact=True), counts, shown)
        key, known = load_package(self.history, login, made.package, self.day)
        found = plan_days(page.downloads.value, counts, self.day, known.days, known.final_until)
        settled = find_final_day(counts, known.final_until)
        update = PackageUpdate(
            self.day, found, settled, None, 1, list_finished=False, complete=False, versions=()
        )
        if needs_versions(known, page, self.day):
            rows = list(self._rows(made))
            earlier = load_versions(self.history, key, self.day - WINDOW_HISTORY) if key is not None else {}
            tagged = sum(bool(row.tags) for row in rows)
            found = (*found[:-1], replace(found[-1], versions=len(rows), tagged=tagged))
            versions = plan_versions(rows, earlier, self.day, known.full_list_days)
            update = replace(update, days=found, list_finished=True, complete=True, versions=versions)
        return save_package(self.history, login, made.package, update, self.number)

    def _rows(self, made: MadePackage) -> Iterator[VersionRow]:
        for version in made.versions.values():
            age = self.world.day - version.published
            total = version.total + int(version.today * self.share)
            yield VersionRow(version.id, version.name, version.tags, total, age if age <= SLOTS else None)

    def _find_lookups(self, key: int, made: MadePackage) -> Iterator[VersionLookup]:
        rows = list(load_versions_to_look_up(self.history, key, self.day, full=False))
        ranks = rank_versions([(number, tagged) for number, _, tagged, *_ in rows])
        for number, name, _, total, windows, size in rows:
            if windows or size:
                yield VersionLookup(
                    made.owner, made.package, key, self.day, number, name, ranks[number], total, windows, size
                )


class Repository:
    """A repository that receives pushes as packs; its only folder is an index."""

    def __init__(self, root: Path) -> None:
        """Make it."""
        self.root, self.index = root, root / "index"
        self.pushed: list[int] = []
        root.mkdir()
        who = {
            f"GIT_{role}_{key}": "benchmark" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
        }
        self._environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        self._git("init", "--quiet", "--initial-branch=main")
        for name, value in (("gc.auto", 0), ("pack.threads", 1), ("core.looseCompression", 1)):
            self._git("config", name, str(value))

    def commit(self, when: str) -> int:
        """Commit all files and return the bytes of the push, which is kept as a pack alone."""
        self._environment |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", f"--message={when}")
        before = "^HEAD~1\n" if self.pushed else ""
        options = ["--revs", "--thin", "--stdout", "--delta-base-offset", "--quiet"]
        pack = self._git("pack-objects", *options, text=f"HEAD\n{before}".encode())
        self._git("index-pack", "--stdin", "--fix-thin", text=pack)
        self._git("prune-packed", "--quiet")
        self.pushed.append(len(pack))
        return len(pack)

    def lines(self) -> int:
        """Count the lines that the last commit added."""
        numbers = (
            self._git("diff", "--numstat", "HEAD~1", "HEAD", "--", "*.json", ":!*/.json")
            .decode()
            .splitlines()
        )
        return sum(int(line.split()[0]) for line in numbers)

    def pack(self, *, anew: bool = False) -> int:
        """Collect garbage and return the bytes of the packs; `anew` discards the pushes' deltas."""
        self._git(*(("repack", "-adfq") if anew else ("gc", "--quiet", "--prune=now")))
        counts = dict(line.split(": ") for line in self._git("count-objects", "-v").decode().splitlines())
        return int(counts["size-pack"]) * 1024

    def snapshot(self) -> int:
        """Return the bytes of a fresh clone if the branch is squashed to a single commit."""
        tree = self._git("commit-tree", "HEAD^{tree}", "-m", "all").strip()
        return len(self._git("pack-objects", "--revs", "--stdout", "--quiet", text=tree + b"\n"))

    def measure(self) -> tuple[int, int]:
        """Return the number of files of the index, and their bytes."""
        sizes = [path.stat().st_size for path in self.index.rglob("*") if path.is_file()]
        return len(sizes), sum(sizes)

    def _git(self, *arguments: str, text: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(  # noqa: S603 (our own)
            command, env=self._environment, input=text, stdout=subprocess.PIPE, check=True
        ).stdout


def write_naive(source: Path, target: Path, day: date) -> None:
    """Write the same index as if each object in it named the day of the run."""
    files, today = IndexFiles(target), f'"date":"{day}"'.encode()
    for path in source.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            files.write(
                str(path.relative_to(source)), _DAY.sub(today, data) if path.suffix == ".json" else data
            )
    files.clean()


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a measurement.

    Of thirty days `often` have all their runs; on the others the first one looks up what all would, for a run
    may look up no more than `lookups`, None for no limit.
    """

    days: int
    runs: int
    often: int
    lookups: int | None
    naive: bool
    anew: bool


class Growth:
    """A simulated year, and the sizes of its commits."""

    def __init__(self, plan: Plan, world: World, folder: Path) -> None:
        """Begin with two empty repositories; the second one has the naive layout."""
        self.plan, self.world, self.folder = plan, world, folder
        self.repository = Repository(folder / "repository")
        self.naive = Repository(folder / "naive") if plan.naive else None
        self.first: list[int] = []
        self.later: list[int] = []
        self.changed: list[float] = []
        self.printed_up_to: dict[str, int] = defaultdict(int)
        self.left_out = self.reckoned = 0
        self.started = time.monotonic()

    def run(self) -> None:
        """Run all days, and print the progress on each thirtieth."""
        with open_history(self.folder / "history.db") as history:
            for day in range(self.plan.days):
                if day:
                    self.world.pass_day()
                whole = day % SLOTS < self.plan.often
                for number in range(self.plan.runs if whole else 1):
                    lookups, times = self.plan.lookups, 1 if whole else self.plan.runs
                    self._run(history, number, None if lookups is None else lookups * times)
                self.left_out += 0 if whole else self.plan.runs - 1
                if day % SLOTS == SLOTS - 1 or day in {0, self.plan.days - 1}:
                    self._tell(day)
        self._conclude()

    def _run(self, history: History, number: int, lookups: int | None) -> None:
        run = Run(history, self.world, number / self.plan.runs)
        run.update(lookups)
        write_index(history, self.repository.index, OptOut())
        when = f"{run.day}T{24 * number // self.plan.runs:02}:17:00Z"
        (self.later if number else self.first).append(self.repository.commit(when))
        if number == 0 and self.world.day % LINES == LINES - 1:
            versions = sum(len(made.versions) for made in self.world.packages)
            self.changed.append(self.repository.lines() / versions)
        if self.naive:
            write_naive(self.repository.index, self.naive.index, run.day)
            self.naive.commit(when)

    def _tell(self, day: int) -> None:
        versions = sum(len(made.versions) for made in self.world.packages)
        files, size = self.repository.measure()
        click.echo(f"day {day + 1}, {time.monotonic() - self.started:.0f} s: {versions:,} versions;")
        click.echo(f"  index: {files:,} files, {mega(size)}")
        for name, repository in (("as it is", self.repository), ("naive", self.naive)):
            if repository:
                pushed, packs = mega(sum(repository.pushed)), mega(repository.pack())
                click.echo(f"  {name}: pushed {pushed}, packs {packs}")
        for name, sizes in (("a day's first run", self.first), ("a later run", self.later)):
            since = sizes[self.printed_up_to[name] :]
            if since:
                click.echo(f"  {name}, since then: {mega(sum(since) / len(since))}")
            self.printed_up_to[name] = len(sizes)
            if since and sizes is self.later:
                self.reckoned += self.left_out * sum(since) // len(since)
                self.left_out = 0

    def _conclude(self) -> None:
        click.echo(f"first commit of all: {mega(self.first[0])}")
        if self.changed:
            text = ", ".join(f"{share:.0%}" for share in self.changed)
            click.echo(f"lines of versions that a day's first run changed, each {LINES} days: {text}")
        pushed = mega(sum(self.repository.pushed) + self.reckoned)
        click.echo(f"pushed in all, with the later runs that were left out: {pushed}")
        click.echo(f"one commit of all, cloned: {mega(self.repository.snapshot())}")
        for name, repository in (("as it is", self.repository), ("naive", self.naive)):
            if repository and self.plan.anew:
                click.echo(f"{name}, packed anew: {mega(repository.pack(anew=True))}")


def mega(size: float) -> str:
    """Return bytes as megabytes."""
    return f"{size / 1e6:,.3f} MB"


@click.command()
@click.option("--packages", default=1000, show_default=True)
@click.option("--versions", type=int, help=f"In all; by default {MEAN_VERSIONS} times as many as packages.")
@click.option("--days", default=365, show_default=True)
@click.option("--runs", default=4, show_default=True, help="Runs a day; the first one lists the versions.")
@click.option(
    "--often",
    type=click.IntRange(1, SLOTS),
    default=SLOTS,
    show_default=True,
    help="Days of thirty with all runs; the others have their first one, and the rest is reckoned.",
)
@click.option("--lookups", default=500, show_default=True, help="As the program's budgets; -1 for no limit.")
@click.option("--seed", default=1, show_default=True)
@click.option("--alike", default=ALIKE, show_default=True, help="Part of an owner's names that end alike.")
@click.option("--busy", default=1.0, show_default=True, help="Downloads of versions, as a multiple.")
@click.option("--naive", is_flag=True, help="Do the same for the naive layout.")
@click.option("--anew", is_flag=True, help="Pack all anew in the end: as small as git makes it.")
def main(packages: int, versions: int | None, seed: int, alike: float, busy: float, **options: int) -> None:
    """Print the sizes of the index, its commits and their packs."""
    world = World(packages, versions or MEAN_VERSIONS * packages, seed, alike, busy)
    lookups = options["lookups"]
    plan = Plan(
        days=options["days"],
        runs=options["runs"],
        often=options["often"],
        lookups=None if lookups < 0 else lookups,
        naive=bool(options["naive"]),
        anew=bool(options["anew"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        Growth(plan, world, Path(folder)).run()


if __name__ == "__main__":
    main()
