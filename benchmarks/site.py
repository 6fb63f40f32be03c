"""How long the site takes, and how large it is: a made-up history of many packages, built twice.

    python benchmarks/site.py [--packages 10000] [--days 365] [--folder DIR]

Versions a package are spread as on a stand-in server with 785 real packages, some 130 on average; the
same seed gives the same history. The folder, which is made, keeps history and site.
"""

import argparse
import math
import random
import resource
import tarfile
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    VersionUpdate,
)
from backage.owners import OptOut
from backage.pipeline.site import write_site
from backage.render.site.pages import SiteAddresses
from backage.store.database import open_history
from backage.store.owners import save_owner
from backage.store.packages import save_package
from backage.store.runs import start_run

TODAY = date(2026, 11, 22)
OWNERS = 20
"""One owner for so many packages."""

MEGABYTE = 1_000_000


def make_package(number: int, chance: random.Random, days: int) -> PackageUpdate:
    """Make up the days and versions of a package."""
    versions = min(10_000, 1 + int(math.exp(chance.gauss(3.3, 1.8))))
    daily = [max(0, int(chance.gauss(40, 15))) for _ in range(days)]
    total, entries = number, []
    for place, count in enumerate(daily):
        total += count
        numbers = Downloads(
            total,
            sum(daily[max(0, place - 29) : place + 1]),
            sum(daily[max(0, place - 6) : place + 1]),
            count,
        )
        entries.append(
            PackageDay(
                TODAY - timedelta(days=days - 1 - place),
                numbers,
                30_000_000 + place // 30,
                versions,
                versions // 2,
            )
        )
    updates = [
        VersionUpdate(
            number * 100_000 + place + 1,
            f"sha256:{chance.getrandbits(256):064x}",
            (f"1.{place}.0",) if place % 2 else (),
            None,
            None,
            Observation(
                TODAY,
                Downloads(
                    chance.randrange(90_000), chance.randrange(900), chance.randrange(90), chance.randrange(9)
                ),
            ),
        )
        for place in range(versions)
    ]
    return PackageUpdate(
        TODAY,
        tuple(entries),
        TODAY - timedelta(days=2),
        None,
        1,
        list_finished=True,
        complete=True,
        versions=tuple(updates),
    )


def make_history(path: Path, packages: int, days: int) -> None:
    """Write the history unless it exists."""
    if path.exists():
        return
    chance = random.Random(1)  # noqa: S311 (the same each time)
    with open_history(path) as history:
        run = start_run(history, TODAY)
        for number in range(packages):
            login = f"owner-{number // OWNERS}"
            if number % OWNERS == 0:
                save_owner(history, Owner(login, "orgs", number + 1))
            package = Package("container", f"package-{number}%2Fimage", f"repository-{number}")
            save_package(history, login, package, make_package(number, chance, days), run)


def build(folder: Path) -> None:
    """Build the site, and print what it took."""
    before, cpu = time.monotonic(), time.process_time()
    place = SiteAddresses("https://octo-forge.github.io/backage/", "", "octo-forge/backage")
    with open_history(folder / "history.db") as history:
        built = write_site(history, folder / "site", folder / "index", OptOut(), place, 950 * MEGABYTE)
    took, used = time.monotonic() - before, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{built.packages} packages, {built.files} files, {built.bytes / MEGABYTE:.0f} MB,"
        f" {built.archived / MEGABYTE:.0f} MB as an archive; {built.written} written,"
        f" {took:.0f} s, {used:.0f} s of processor, {memory:.0f} MB of memory",
        flush=True,
    )


def weigh(site: Path) -> None:
    """Print the size of each folder of the site, and of the archive to upload."""
    for part in sorted(site.iterdir()):
        if part.is_dir():
            sizes = [path.stat().st_size for path in part.rglob("*") if path.is_file()]
            print(f"  {part.name:10} {len(sizes):8} files {sum(sizes) / MEGABYTE:8.1f} MB")
    before = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "artifact.tar"
        with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
            tar.add(site, ".")
        print(f"  as a tar {archive.stat().st_size / MEGABYTE:.0f} MB, {time.monotonic() - before:.0f} s")


def main() -> None:
    """Make the history, build the site twice, and print times and sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "backage-site")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    before = time.monotonic()
    make_history(given.folder / "history.db", given.packages, given.days)
    size = (given.folder / "history.db").stat().st_size / MEGABYTE
    print(f"history made in {time.monotonic() - before:.0f} s, {size:.0f} MB", flush=True)
    build(given.folder)
    build(given.folder)
    weigh(given.folder / "site")


if __name__ == "__main__":
    main()
