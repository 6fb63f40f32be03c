"""Where the command starts: `backage` and `python -m backage`."""

import os
import signal
import sys
from contextlib import suppress
from typing import TextIO

from backage.errors import BackageError, ConfigError, describe_os_error

FAILED, WRONG_USAGE = 1, 2


def main() -> None:
    """Run the command. An error that is meant for the user is one sentence and an exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it may be ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports prints no traceback
    from backage.cli import cli  # noqa: PLC0415 (after the signal)
    from backage.cli.text import print_stderr  # noqa: PLC0415 (the same)

    try:
        try:
            cli(prog_name="backage")
        finally:
            sys.stdout.flush()  # here a full disk is reported by us, at exit by the interpreter
    except BackageError as error:
        print_stderr(f"backage: {error}")
        sys.exit(WRONG_USAGE if isinstance(error, ConfigError) else FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except OSError as error:
        print_stderr(f"backage: {describe_os_error(error, 'standard output')}.")
        sys.exit(WRONG_USAGE)
    finally:
        for stream in (sys.stdout, sys.stderr):
            _discard_rest(stream)


def _discard_rest(stream: TextIO) -> None:
    """Discard what a stream did not take, so that the interpreter does not try again and fail."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)


if __name__ == "__main__":
    main()
