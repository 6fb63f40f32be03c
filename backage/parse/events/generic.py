"""The form of our own, for any other sender: one object a download, or a list of them.

    {"organization": "acme", "repository": "releases", "file": "tools/widget-1.2.zip",
     "package": "widget", "version": "1.2", "type": "npm", "event": "download", "id": "0b7e"}

`file` or `package` has to be there, all else may be missing. Where `package` is not, the file's name tells.
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
    repo_of,
    text_of,
    type_of,
)


def is_generic(record: Record) -> bool:
    """Tell our own form by its keys."""
    return bool(record.keys() & {"file", "package"})


def parse_generic(record: Record, organization: str) -> Download | None:
    """Read an event; None for one that is no download.

    Raises:
        EventError: it names neither a file nor a package, or one of its names can be none.
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
