"""What registries send when a file is downloaded: JSON in, frozen values out, no I/O.

The source is recognized by the form of its events, unless it is named. Everything in them is hostile.
"""

from collections.abc import Callable, Mapping
from typing import Any

from backage.errors import EventError
from backage.models.events import Download, Source
from backage.parse.events.fields import Record, record_of
from backage.parse.events.files import (
    is_cloudrepo,
    is_cloudsmith,
    is_generic,
    parse_cloudrepo,
    parse_cloudsmith,
    parse_generic,
)
from backage.parse.events.images import (
    MOST,
    is_distribution,
    is_harbor,
    parse_distribution,
    parse_harbor,
)

FORMS: Mapping[
    Source, tuple[Callable[[Record], bool], Callable[[Record, str], Download | list[Download] | None]]
] = {
    "distribution": (is_distribution, parse_distribution),
    "cloudsmith": (is_cloudsmith, parse_cloudsmith),
    "harbor": (is_harbor, parse_harbor),
    "cloudrepo": (is_cloudrepo, parse_cloudrepo),
    "generic": (is_generic, parse_generic),
}
"""How to recognize and read the events of each source; the most specific form is first."""


def parse_events(document: Any, source: Source | None, organization: str) -> list[Download]:  # noqa: ANN401 (whatever JSON can hold)
    """Read the downloads of a request with one event or a list of events; other events are left out.

    Raises:
        EventError: one of them is no event, so nothing of the request may be counted.
    """
    records = document if isinstance(document, list) else [document]
    if len(records) > MOST:
        raise EventError(f"the body has more than {MOST} events")
    found: list[Download] = []
    for entry in records:
        record = record_of(entry, "the event")
        _, parse = FORMS[source or _find_source(record)]
        parsed = parse(record, organization)
        found += parsed if isinstance(parsed, list) else filter(None, [parsed])
    return found


def _find_source(record: Record) -> Source:
    for source, (has_shape, _) in FORMS.items():
        if has_shape(record):
            return source
    raise EventError("the event is of no form that is known here")
