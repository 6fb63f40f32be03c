"""Cloudsmith: `package.downloaded`, with the package's own record. Its other events are no downloads."""

from backage.models.events import Artifact, Download
from backage.parse.events.artifact import parse_artifact
from backage.parse.events.fields import (
    LONGEST_VERSION,
    Record,
    needed,
    owner_of,
    package_of,
    record_of,
    repo_of,
    text_of,
    type_of,
)

DOWNLOADED = "package.downloaded"


def is_cloudsmith(record: Record) -> bool:
    """Tell its events by their envelope."""
    meta = record.get("meta")
    return isinstance(meta, dict) and "event_id" in meta and "data" in record


def parse_cloudsmith(record: Record, organization: str) -> Download | None:
    """Read an event; None for one that is no download.

    Raises:
        EventError: it lacks the package or its repository, or one of its names can be none.
    """
    meta = record_of(record.get("meta"), '"meta"')
    if text_of(meta, ["event_id"]) != DOWNLOADED:
        return None
    data = record_of(record.get("data"), '"data"')
    kind = type_of(text_of(data, ["format"]))
    name = needed(text_of(data, ["name"]), "package")
    version = text_of(data, ["version"], LONGEST_VERSION)
    path = (text_of(data, ["filename"]) or name).strip("/")
    return Download(
        "cloudsmith",
        owner_of(text_of(data, ["namespace"]), organization),
        repo_of(needed(text_of(data, ["repository"]), "repository")),
        path,
        Artifact(kind, package_of(name), version, parse_artifact(path).kind),
        text_of(meta, ["trigger_id"]),
    )
