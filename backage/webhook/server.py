"""Serve the application with waitress until a signal ends it."""

import logging
import signal
import sys
from contextlib import closing

from waitress.server import create_server

from backage.errors import ConfigError
from backage.pipeline.events import refresh_counted_days
from backage.store.database import open_history
from backage.webhook.state import Setup
from backage.webhook.wsgi import make_app

ENDS = (signal.SIGINT, signal.SIGTERM)
LARGEST_HEADERS = 32 * 1024
CONNECTIONS = 500
SILENCE = 30
"""Seconds after which an idle connection is closed."""

SWITCH = 0.001
"""Interpreter switch interval in seconds; short, so that the writing thread gets its turn soon."""

SLACK = 64 * 1024
"""Bytes above the limit for which the application answers itself; waitress reads no larger bodies."""


class Redacted(logging.Formatter):
    """Formats waitress's log without the token."""

    def __init__(self, token: str | None) -> None:
        """Keep the token to replace."""
        super().__init__("%(message)s")
        self._token = token

    def format(self, record: logging.LogRecord) -> str:
        """Format a line."""
        text = super().format(record)
        return text.replace(self._token, "[token]") if self._token else text


def _end(*_: object) -> None:
    """End the server; ignore further signals."""
    for kind in ENDS:
        signal.signal(kind, signal.SIG_IGN)
    raise KeyboardInterrupt


def serve(setup: Setup, host: str, port: int, threads: int) -> None:
    """Serve until SIGTERM or Ctrl-C. Requests that were accepted by then are counted and answered.

    Raises:
        ConfigError: the history cannot be used, or the address is in use.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacted(setup.token))
    logging.getLogger("waitress").addHandler(handler)
    logging.getLogger("waitress").propagate = False
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # waiting for a thread is normal
    app = make_app(setup)
    with closing(app.extensions["backage"].ledger):
        try:
            server = create_server(
                app,
                host=host,
                port=port,
                threads=threads,
                ident="backage",
                max_request_body_size=setup.max_body + SLACK,
                max_request_header_size=LARGEST_HEADERS,
                connection_limit=CONNECTIONS,
                channel_timeout=SILENCE,
                asyncore_use_poll=True,
                clear_untrusted_proxy_headers=setup.proxies == 0,
            )
        except OSError as error:
            raise ConfigError(
                f"{host}:{port} cannot be listened on: {error.strerror}: name another with --host or --port."
            ) from error
        one = [(getattr(server, "effective_host", host), getattr(server, "effective_port", port))]
        for name, number in getattr(server, "effective_listen", one):  # as many as the host has addresses
            setup.log(f"listening on http://{f'[{name}]' if ':' in name else name}:{number}")
        for kind in ENDS:
            signal.signal(kind, _end)
        sys.setswitchinterval(SWITCH)
        server.run()  # it ends at KeyboardInterrupt, when what is being answered is answered
    with open_history(setup.history) as history:
        refresh_counted_days(history, setup.today())
    setup.log("ended")
