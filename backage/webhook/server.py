"""Serving the application with waitress, until it is told to end."""

import logging
import signal
import sys
from contextlib import closing

from waitress.server import create_server

from backage.errors import ConfigError
from backage.pipeline.events import refresh_counted_days
from backage.store.database import open_history
from backage.webhook.app import make_app
from backage.webhook.state import Setup

ENDS = (signal.SIGINT, signal.SIGTERM)
LARGEST_HEADERS = 32 * 1024
CONNECTIONS = 500
SILENCE = 30
"""Seconds after which a connection that says nothing is closed."""

SWITCH = 0.001
"""Seconds that a thread works at most while others wait: whoever writes must not wait for each of them."""

SLACK = 64 * 1024
"""Bytes above the limit of a body that the application itself refuses; of more nothing is read."""


class Redacted(logging.Formatter):
    """What waitress has to say, without the token."""

    def __init__(self, token: str | None) -> None:
        """Keep the token, to leave it out."""
        super().__init__("%(message)s")
        self._token = token

    def format(self, record: logging.LogRecord) -> str:
        """Write a line."""
        text = super().format(record)
        return text.replace(self._token, "[token]") if self._token else text


def _end(*_: object) -> None:
    """End once; whoever asks again does not hurry it."""
    for kind in ENDS:
        signal.signal(kind, signal.SIG_IGN)
    raise KeyboardInterrupt


def serve(setup: Setup, host: str, port: int, threads: int) -> None:
    """Serve until SIGTERM or Ctrl-C; what was taken in by then is counted and answered.

    Raises:
        ConfigError: the history cannot be used, or the address is taken.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacted(setup.token))
    logging.getLogger("waitress").addHandler(handler)
    logging.getLogger("waitress").propagate = False
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests wait for a thread is no fault
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
            setup.say(f"listening on http://{f'[{name}]' if ':' in name else name}:{number}")
        for kind in ENDS:
            signal.signal(kind, _end)
        sys.setswitchinterval(SWITCH)
        server.run()  # it ends at KeyboardInterrupt, when what is being answered is answered
    with open_history(setup.history) as history:
        refresh_counted_days(history, setup.today())
    setup.say("ended")
