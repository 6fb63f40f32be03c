"""How a run shows that it goes on: a bar on a terminal, a line an owner in a log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backage.cli.summary import owner_line
from backage.cli.text import printable, tell
from backage.crawl.job import Listener
from backage.crawl.tally import OwnerResult, Tally
from backage.fetch.budget import Budget
from backage.fetch.limiter import Limiter

PARTS = 10
"""How many lines a log gets of how far something has come."""


@contextmanager
def show_progress(
    tally: Tally, budget: Budget, limiter: Limiter, *, verbose: bool, quiet: bool
) -> Iterator[Listener]:
    """Show a bar on a terminal, lines in a log or with `verbose`, nothing with `quiet`."""
    from backage.cli.terminal import make_bar

    def line(result: OwnerResult) -> None:
        if not quiet and (verbose or result.reached):
            tell(owner_line(result))
        if verbose:
            for failure in result.failures:
                tell(f"  {printable(f'{failure.what}: {failure.reason} {failure.url}')}")

    bar = None if quiet or verbose else make_bar("{task.fields[state]}")
    if bar is None:
        yield Listener(line)
        return
    with bar:
        task = bar.add_task("Reading owners", total=None, state="")

        def answered() -> None:
            state = f"{tally.packages} packages, {budget.spent} requests, {limiter.describe()}"
            bar.update(task, total=tally.owners_planned, state=state)

        yield Listener(lambda _: bar.advance(task), answered)


@contextmanager
def show_steps(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how many of how many are done: a bar on a terminal, lines in a log."""
    from backage.cli.terminal import make_bar

    told = 0

    def line(done: int, total: int) -> None:
        nonlocal told
        part = done * PARTS // total
        if part > told:
            told = part
            tell(f"{label}: {done} of {total}")

    bar = None if quiet else make_bar()
    if bar is None:
        yield (lambda _done, _total: None) if quiet else line
        return
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
