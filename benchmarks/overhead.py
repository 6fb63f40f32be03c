"""How much more than a bare loop the main job costs: processor time, wall time and memory.

    python benchmarks/overhead.py OWNERS.txt [--jobs 8] [--runs 2]

Reads the owners from the server that GITHUB_SERVER_URL and GITHUB_API_URL name, into a folder that is thrown
away, and notes each request. Then a bare loop of as many threads sends the same requests and throws the
answers away. Both run in this process, one after the other; what counts is their ratio.
"""

import os
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import local

import click
import requests

from backage.config import load_settings
from backage.crawl.job import LookupLimits, Plan
from backage.crawl.tally import Tally
from backage.fetch.budget import Budget
from backage.fetch.client import Client
from backage.fetch.limiter import Limiter
from backage.models.pages import Page, Request
from backage.owners import Entry, OptOut, parse_owners
from backage.pipeline.update import update
from backage.store.database import open_history


class Recorder(Client):
    """A client that records its requests."""

    sent: list[Request]

    def fetch(self, request: Request) -> Page:
        """Record a request and send it."""
        self.sent.append(request)
        return super().fetch(request)


def measure_update(
    entries: list[Entry], folder: Path, jobs: int, day: date
) -> tuple[list[Request], float, float]:
    """Run the main job; return its requests, processor seconds and wall seconds."""
    settings = load_settings(os.environ)
    client = Recorder(
        settings,
        Budget(time.monotonic),
        Limiter(0, time.monotonic, time.sleep),
        clock=time.monotonic,
        wall_clock=time.time,
        sleep=time.sleep,
        chance=lambda: 0.5,
    )
    client.sent = []
    tally = Tally()
    processor, wall = time.process_time(), time.monotonic()
    with open_history(folder / "history.db") as history:
        plan = Plan(entries, OptOut(), day, lambda: day, jobs, LookupLimits())
        update(history, client, settings, plan, folder / "index", tally)
    spent = time.process_time() - processor, time.monotonic() - wall
    client.close()
    if tally.failures:
        raise SystemExit(f"{len(tally.failures)} failures, the first: {tally.failures[0]}")
    click.echo(f"{tally.packages} packages, {tally.versions} versions, {tally.requests} requests")
    return client.sent, *spent


def measure_floor(sent: list[Request], jobs: int) -> tuple[float, float]:
    """Send the same requests and throw the answers away; return processor and wall seconds."""
    token = os.environ.get("GITHUB_TOKEN")
    threads = local()

    def send(request: Request) -> None:
        if not hasattr(threads, "session"):
            threads.session = requests.Session()
        headers = {"Authorization": f"Bearer {token}"} if request.service == "api" and token else {}
        threads.session.get(request.url, headers=headers, timeout=30)

    processor, wall = time.process_time(), time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(send, sent))
    return time.process_time() - processor, time.monotonic() - wall


def _compare(what: str, seconds: float, floor: float) -> str:
    return f"{what} {seconds:.1f} s, {seconds / floor:.2f} x the bare loop's {floor:.1f} s"


@click.command()
@click.argument("owners", type=click.Path(exists=True, path_type=Path))
@click.option("--jobs", default=8, show_default=True)
@click.option(
    "--runs", default=1, show_default=True, help="How often to update; the first run is the one compared."
)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="By default today.")
def main(owners: Path, jobs: int, runs: int, day: datetime | None) -> None:
    """Print the main job's cost as a multiple of the bare loop's."""
    entries, _ = parse_owners(owners.read_text())
    when = day.date() if day else datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as name:
        for run in range(runs):
            sent, processor, wall = measure_update(entries, Path(name), jobs, when)
            floor_processor, floor_wall = measure_floor(sent, jobs)
            click.echo(f"run {run + 1}: {_compare('processor', processor, floor_processor)}")
            click.echo(f"run {run + 1}: {_compare('wall', wall, floor_wall)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"memory at its highest: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
