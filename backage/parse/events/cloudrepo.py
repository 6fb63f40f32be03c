"""CloudRepo: a JSON object for each file that is downloaded, with its path and its repository.

Its keys are spelled in several ways in the wild; all of them are taken.
"""

from backage.models.events import Download
from backage.parse.events.artifact import parse_artifact
from backage.parse.events.fields import Record, is_download, needed, owner_of, repo_of, text_of

FILE = ("file-name", "filename", "file_name", "fileName")
PATH = ("path",)
REPOSITORY = ("repository-id", "repositoryId", "repository_id", "repository")
ACTION = ("event", "type", "event-type", "eventType", "event_type", "action")
ORGANIZATION = ("organization", "organization-id", "organizationId", "organization_id")
DELIVERY = ("event-id", "eventId", "event_id", "delivery-id", "deliveryId", "delivery_id")
"""No plain `id`: it may well be the webhook's, which is the same each time."""


def is_cloudrepo(record: Record) -> bool:
    """Tell its events by their keys."""
    return bool(record.keys() & {*FILE, *PATH}) and bool(record.keys() & {*REPOSITORY})


def parse_cloudrepo(record: Record, organization: str) -> Download | None:
    """Read an event; None for one that is no download.

    Raises:
        EventError: it lacks the file or the repository, or one of its names can be none.
    """
    if not is_download(text_of(record, ACTION)):
        return None
    path = _find_path(text_of(record, FILE), text_of(record, PATH))
    repo = needed(text_of(record, REPOSITORY), "repository")
    owner = owner_of(text_of(record, ORGANIZATION), organization)
    delivery = text_of(record, DELIVERY)
    return Download("cloudrepo", owner, repo_of(repo), path, parse_artifact(path), delivery)


def _find_path(file: str | None, path: str | None) -> str:
    """Join the file's name to its folder, where the event has both."""
    if file is None or path is None:
        return needed(file or path, "file").strip("/")
    file, path = file.strip("/"), path.strip("/")
    return path if path == file or path.endswith(f"/{file}") else f"{path}/{file}".strip("/")
