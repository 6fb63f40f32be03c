"""Where the command starts: `backage` and `python -m backage`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from backage.cli import cli
from backage.cli.text import printable, tell
from backage.errors import BackageError, ConfigError, told

FAILED, WRONG_USAGE = 1, 2


def main() -> None:
    """Run the command; an error that is meant for the user is one sentence and an exit code."""
    try:
        try:
            cli(prog_name="backage")
        finally:
            sys.stdout.flush()  # a full disk is told here, and not by the interpreter as it ends
    except BackageError as error:
        tell(f"backage: {printable(str(error))}")
        sys.exit(WRONG_USAGE if isinstance(error, ConfigError) else FAILED)
    except BrokenPipeError:
        _let_go()
        sys.exit(FAILED)
    except OSError as error:
        _let_go()
        tell(f"backage: {printable(told(error, 'standard output'))}.")
        sys.exit(WRONG_USAGE)


def _let_go() -> None:
    """Forget what standard output did not take, so that the interpreter does not try once more."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


if __name__ == "__main__":
    main()
