"""Senders of files: CloudRepo, Cloudsmith, and the form of our own for any other.

CloudRepo sends a JSON object for each file that is downloaded, with its path and its repository; its keys are
spelled in several ways in the wild, and all of them are taken. Cloudsmith sends `package.downloaded` with the
package's own record. The form of our own is one object a download:

    {"organization": "acme", "repository": "releases", "file": "tools/widget-1.2.zip",
     "package": "widget", "version": "1.2", "type": "npm", "event": "download", "id": "0b7e"}

There, `file` or `package` is needed, all else may be missing. Without `package`, the file's name tells it.
"""

from backage.models.events import Artifact, Download
from backage.parse.events.artifact import parse_artifact
from backage.parse.events.fields import (
    LONGEST_VERSION,
    Record,
    is_download,
    needed,
    owner_of,
    package_of,
    record_of,
    repo_of,
    text_of,
    type_of,
)

FILE = ("file-name", "filename", "file_name", "fileName")
PATH = ("path",)
REPOSITORY = ("repository-id", "repositoryId", "repository_id", "repository")
ACTION = ("event", "type", "event-type", "eventType", "event_type", "action")
ORGANIZATION = ("organization", "organization-id", "organizationId", "organization_id")
DELIVERY = ("event-id", "eventId", "event_id", "delivery-id", "deliveryId", "delivery_id")
"""A plain `id` is not among them: it may be the webhook's, which is the same each time."""


def is_cloudrepo(record: Record) -> bool:
    """Return whether an event is CloudRepo's, by its keys."""
    return bool(record.keys() & {*FILE, *PATH}) and bool(record.keys() & {*REPOSITORY})


def parse_cloudrepo(record: Record, organization: str) -> Download | None:
    """Read an event; return None if it is no download.

    Raises:
        EventError: it lacks the file or the repository, or one of its names is invalid.
    """
    if not is_download(text_of(record, ACTION)):
        return None
    path = _find_path(text_of(record, FILE), text_of(record, PATH))
    repo = needed(text_of(record, REPOSITORY), "repository")
    owner = owner_of(text_of(record, ORGANIZATION), organization)
    delivery = text_of(record, DELIVERY)
    return Download("cloudrepo", owner, repo_of(repo), path, parse_artifact(path), delivery)


def _find_path(file: str | None, path: str | None) -> str:
    """Join the file's name to its folder if the event has both."""
    if file is None or path is None:
        return needed(file or path, "file").strip("/")
    file, path = file.strip("/"), path.strip("/")
    return path if path == file or path.endswith(f"/{file}") else f"{path}/{file}".strip("/")


def is_cloudsmith(record: Record) -> bool:
    """Return whether an event is Cloudsmith's, by its envelope."""
    meta = record.get("meta")
    return isinstance(meta, dict) and "event_id" in meta and "data" in record


def parse_cloudsmith(record: Record, organization: str) -> Download | None:
    """Read an event; return None if it is no download.

    Raises:
        EventError: it lacks the package or its repository, or one of its names is invalid.
    """
    meta = record_of(record.get("meta"), '"meta"')
    if text_of(meta, ["event_id"]) != "package.downloaded":
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


def is_generic(record: Record) -> bool:
    """Return whether an event has the form of our own, by its keys."""
    return bool(record.keys() & {"file", "package"})


def parse_generic(record: Record, organization: str) -> Download | None:
    """Read an event; return None if it is no download.

    Raises:
        EventError: it names neither a file nor a package, or one of its names is invalid.
    """
    if not is_download(text_of(record, ["event"])):
        return None
    package, version = text_of(record, ["package"]), text_of(record, ["version"], LONGEST_VERSION)
    file = text_of(record, ["file"])
    path = needed(file or (package and "@".join(filter(None, (package, version)))), "file and no package")
    path = path.strip("/")
    if package:
        kind = parse_artifact(path).kind if file else "other"
        artifact = Artifact(type_of(text_of(record, ["type"])), package_of(package), version, kind)
    else:
        artifact = parse_artifact(path)
    repo = text_of(record, ["repository"])
    owner = owner_of(text_of(record, ["organization"]), organization)
    return Download(
        "generic", owner, repo_of(repo) if repo else None, path, artifact, text_of(record, ["id"])
    )
