"""Registries of images: Harbor's `PULL_ARTIFACT`, and the notifications of the CNCF distribution registry."""

import re

from backage.errors import EventError
from backage.models.events import Artifact, Download, Source
from backage.owners import is_login
from backage.parse.events.fields import (
    Record,
    needed,
    owner_of,
    package_of,
    record_of,
    repo_of,
    tag_of,
    text_of,
)

MOST = 1000
"""Events in one request."""

PULL, PULLED = "PULL_ARTIFACT", "harbor.artifact.pulled"
_DIGEST = re.compile(r"[a-z0-9+._-]{1,32}:[0-9a-f]{32,128}")
_MANIFESTS = re.compile(
    r"application/vnd\.(?:docker\.distribution\.manifest\.|oci\.image\.(?:manifest|index)\.).*"
)


def is_harbor(record: Record) -> bool:
    """Return whether an event is Harbor's: it has Harbor's envelope or that of CloudEvents."""
    return "event_data" in record or str(record.get("type")).startswith("harbor.")


def parse_harbor(record: Record, organization: str) -> list[Download]:
    """Read the resources of an event; a pull has one, an event of another kind none.

    The project is the owner if its name is valid for one, else the repository.

    Raises:
        EventError: it lacks the image, or one of its names is invalid.
    """
    if text_of(record, ["type"]) not in {PULL, PULLED}:
        return []
    data = record_of(record.get("event_data", record.get("data")), '"event_data"')
    place = record_of(data.get("repository"), '"repository"')
    full = needed(text_of(place, ["repo_full_name", "name"]), "repository").strip("/")
    project = text_of(place, ["namespace"]) or full.partition("/")[0]
    name = full.removeprefix(f"{project}/")
    owner, repo = (project, None) if is_login(project) else (organization, repo_of(project))
    delivery = text_of(record, ["id"]) if "specversion" in record else None
    return [
        _image("harbor", (owner_of(None, owner), repo, name), resource, delivery and f"{delivery} {number}")
        for number, resource in enumerate(_list(data.get("resources"), '"resources"'))
    ]


def is_distribution(record: Record) -> bool:
    """Return whether this is a batch of notifications of a CNCF distribution registry."""
    return "events" in record


def parse_distribution(record: Record, organization: str) -> list[Download]:
    """Read the pulls of manifests in a batch. A HEAD request downloads nothing and is left out.

    Raises:
        EventError: a pull lacks its image, or one of its names is invalid.
    """
    found = []
    for event in _list(record.get("events"), '"events"'):
        request = event.get("request")
        method = request.get("method") if isinstance(request, dict) else None
        if text_of(event, ["action"]) != "pull" or method == "HEAD":
            continue
        target = record_of(event.get("target"), '"target"')
        if not _is_manifest(target):
            continue
        name = needed(text_of(target, ["repository"]), "repository").strip("/")
        place = (owner_of(None, organization), None, name)
        found.append(_image("distribution", place, target, text_of(event, ["id"])))
    return found


def _is_manifest(target: Record) -> bool:
    """Return whether the target is a manifest, not a layer or a configuration."""
    media = text_of(target, ["mediaType"])
    return bool(media and _MANIFESTS.fullmatch(media)) or "/manifests/" in str(target.get("url"))


def _image(
    source: Source, place: tuple[str, str | None, str], target: Record, delivery: str | None
) -> Download:
    """Return the download of an image; its version is its digest, else its tag."""
    owner, repo, name = place
    digest, tag = text_of(target, ["digest"]), tag_of(text_of(target, ["tag"]))
    if digest is not None and not _DIGEST.fullmatch(digest):
        raise EventError('"digest" is no digest')
    version = needed(digest or tag, "digest and no tag")
    artifact = Artifact("container", package_of(name), version, "manifest", tag)
    path = f"{name}@{version}" if digest else f"{name}:{version}"
    return Download(source, owner, repo, path, artifact, delivery)


def _list(value: object, what: str) -> list[Record]:
    if not isinstance(value, list):
        raise EventError(f"{what} is no list")
    if len(value) > MOST:
        raise EventError(f"{what} has more than {MOST} entries")
    return [record_of(entry, f"an entry of {what}") for entry in value]
