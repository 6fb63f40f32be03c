"""An event's way: its body is read, what is opted out is left, and the rest is counted."""

from backage.models.events import Counted, Source
from backage.owners import OptOut
from backage.parse.events import parse_events
from backage.parse.events.document import read_document
from backage.store.counters.ledger import Ledger


def receive(ledger: Ledger, body: bytes, source: Source | None, organization: str, optout: OptOut) -> Counted:
    """Count the downloads that a request tells of, all or none; it is done when they are in the history.

    Raises:
        EventError: something in it is no event.
        TakenError: an owner's login is that of another source.
        ConfigError: the history cannot be written.
    """
    downloads = [
        download
        for download in parse_events(read_document(body), source, organization)
        if not optout.package(
            download.owner, download.repo or download.artifact.package, download.artifact.package
        )
    ]
    return ledger.count(downloads) if downloads else Counted(0, 0)
