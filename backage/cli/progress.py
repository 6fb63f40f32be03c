"""How a run shows that it goes on: a bar on a terminal, a line an owner in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from backage.cli.summary import owner_line
from backage.cli.text import printable, tell
from backage.crawl.tally import OwnerResult, Tally
from backage.fetch.budget import Budget
from backage.fetch.limiter import Limiter

REDRAW_SECONDS = 0.1
PARTS = 10
"""How many lines a log gets of how far something has come."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Two functions for an update to call: for each owner, and for each answer."""

    on_owner: Callable[[OwnerResult], None]
    on_answer: Callable[[], None]


@contextmanager
def show_progress(
    tally: Tally,
    budget: Budget,
    limiter: Limiter,
    clock: Callable[[], float],
    *,
    verbose: bool,
    quiet: bool,
) -> Iterator[Progress]:
    """Show a bar on a terminal, lines in a log or with `verbose`, nothing with `quiet`."""

    def line(result: OwnerResult) -> None:
        if not quiet and (verbose or result.reached):
            tell(owner_line(result))
        if verbose:
            for failure in result.failures:
                tell(f"  {printable(f'{failure.what}: {failure.reason} {failure.url}')}")

    stream = sys.stderr
    if quiet or verbose or not stream.isatty():
        yield Progress(line, lambda: None)
        return

    def describe(_: object) -> str:
        return f"{tally.packages} packages, {budget.spent} requests, {limiter.describe()}"

    with click.progressbar(
        length=1, label="Reading owners", item_show_func=describe, file=stream, show_eta=False, show_pos=True
    ) as bar:
        drawn = clock()

        def answered() -> None:
            nonlocal drawn
            if clock() - drawn >= REDRAW_SECONDS:
                drawn = clock()
                bar.length = tally.owners_planned
                bar.render_progress()

        yield Progress(lambda _: bar.update(1), answered)


@contextmanager
def show_steps(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how many of how many are done: a bar on a terminal, lines in a log."""
    stream, told = sys.stderr, 0
    if quiet:
        yield lambda _done, _total: None
        return
    if not stream.isatty():

        def line(done: int, total: int) -> None:
            nonlocal told
            part = done * PARTS // total
            if part > told:
                told = part
                tell(f"{label}: {done} of {total}")

        yield line
        return
    with click.progressbar(length=1, label=label, file=stream, show_pos=True) as bar:

        def draw(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield draw
