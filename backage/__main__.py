"""Where the command starts: `backage` and `python -m backage`."""

import os
import sys
from contextlib import suppress
from typing import TextIO

from backage.cli import cli
from backage.cli.text import print_stderr, printable
from backage.errors import BackageError, ConfigError, describe_os_error

FAILED, WRONG_USAGE = 1, 2


def main() -> None:
    """Run the command; an error that is meant for the user is one sentence and an exit code."""
    try:
        _run()
    except BackageError as error:
        print_stderr(f"backage: {printable(str(error))}")
        sys.exit(WRONG_USAGE if isinstance(error, ConfigError) else FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except OSError as error:
        print_stderr(f"backage: {printable(describe_os_error(error, 'standard output'))}.")
        sys.exit(WRONG_USAGE)
    finally:
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)


def _run() -> None:
    try:
        cli(prog_name="backage")
    finally:
        sys.stdout.flush()  # a full disk is told by us, and not by the interpreter as it ends


def _let_go(stream: TextIO) -> None:
    """Forget what a stream did not take, so that the interpreter does not try once more and fail."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)


if __name__ == "__main__":
    main()
