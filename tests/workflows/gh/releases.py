"""`gh release`: drafts, published releases that cannot be changed, and files."""

import hashlib
import os
import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.workflows.gh.stand import FailedError, MisuseError, Options, Stand, text_of

NEVER = "0001-01-01T00:00:00Z"
LONGEST_NOTES = 125_000


def publish(stand: Stand, release: dict[str, Any]) -> None:
    """Publish a draft: create its tag, which immutable releases reserve for ever."""
    tag = release["tagName"]
    taken = [other for other in stand.state["releases"] if other["tagName"] == tag and not other["isDraft"]]
    if tag in stand.state["burned"] or taken:
        reason = "tag_name was used by an immutable release" if not taken else "tag_name already exists"
        raise FailedError(f"HTTP 422: Validation Failed\nRelease.{reason}")
    commit = stand.git(
        "rev-parse", "--verify", "--quiet", f"{release['targetCommitish'] or 'HEAD'}^{{commit}}"
    )
    if not commit:
        raise FailedError("HTTP 422: Validation Failed\nRelease.target_commitish is invalid")
    if not stand.git("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}"):
        stand.git("update-ref", f"refs/tags/{tag}", commit)
    immutable = os.environ.get("GH_IMMUTABLE") == "1"
    release.update(isDraft=False, publishedAt=stand.now(), isImmutable=immutable)
    stand.state["burned"] += [tag] if immutable else []


def attach(stand: Stand, release: dict[str, Any], path: Path) -> None:
    """Upload a file, under the name that GitHub makes of its name."""
    name = re.sub(r"[^A-Za-z0-9._-]", ".", path.name)
    if release["isImmutable"]:
        raise FailedError("HTTP 422: Cannot upload assets to an immutable release.")
    if name in [asset["name"] for asset in release["assets"]]:
        raise FailedError("HTTP 422: Validation Failed\nReleaseAsset.name already exists")
    copy = stand.folder / "assets" / str(release["id"]) / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    digest = f"sha256:{hashlib.sha256(copy.read_bytes()).hexdigest()}"
    release["assets"].append(
        {"name": name, "size": copy.stat().st_size, "state": "uploaded", "digest": digest, "label": ""}
    )


def release_create(stand: Stand, words: list[str], given: Options) -> str:
    """Create a release; one with files is a draft until all are uploaded."""
    tag, files = words[0], [Path(word.partition("#")[0]) for word in words[1:]]
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise FailedError(f"stat {missing[0]}: no such file or directory")
    if not given["draft"] and any(r["tagName"] == tag and not r["isDraft"] for r in stand.state["releases"]):
        raise FailedError(f"a release with the same tag name already exists: {tag}")
    notes = text_of(given, "notes") or ""
    if len(notes) > LONGEST_NOTES:
        raise FailedError("HTTP 422: Validation Failed\nbody is too long (maximum is 125000 characters)")
    target = given["target"] or ""
    release = {
        "id": stand.state["calls"],
        "tagName": tag,
        "name": given["title"] or "",
        "body": notes,
        "isDraft": True,
        "isPrerelease": bool(given["prerelease"]),
        "isImmutable": False,
        "makeLatest": given["latest"],
        "targetCommitish": target,
        "createdAt": stand.committed(target or "HEAD") or stand.now(),
        "publishedAt": None,
        "assets": [],
    }
    stand.state["releases"].append(release)
    try:
        for number, path in enumerate(files):
            stand.strike(f"assets {number}")
            attach(stand, release, path)
        if not given["draft"]:
            publish(stand, release)
    except FailedError:
        if not given["draft"]:  # gh takes its own draft back, and leaves one that was asked for
            stand.state["releases"].remove(release)
        raise
    return f"https://github.com/{stand.state['repository']}/releases/tag/{tag}"


def release_edit(stand: Stand, words: list[str], given: Options) -> str:
    """Change a release, and publish it."""
    if not given.keys() - {"repo"}:
        raise MisuseError("use flags to specify properties to edit")
    release = stand.release(words[0])
    notes = text_of(given, "notes")
    changes = {
        "name": given["title"],
        "body": notes,
        "isPrerelease": given["prerelease"],
        "makeLatest": given["latest"],
        "targetCommitish": given["target"],
    }
    changed = {**release, **{key: value for key, value in changes.items() if value is not None}}
    if given["draft"] is True and not release["isDraft"]:
        raise MisuseError("the stand-in takes no release back")
    if given["draft"] is False and release["isDraft"]:
        publish(stand, changed)
    release.update(changed)
    return f"https://github.com/{stand.state['repository']}/releases/tag/{words[0]}"


def release_upload(stand: Stand, words: list[str], given: Options) -> str:
    """Add files to a release, or with `--clobber` replace them."""
    release = stand.release(words[0])
    names = {Path(word).name for word in words[1:]}
    if given["clobber"] and names & {asset["name"] for asset in release["assets"]}:
        if release["isImmutable"]:
            raise FailedError("HTTP 422: Cannot delete asset from an immutable release.")
        release["assets"] = [asset for asset in release["assets"] if asset["name"] not in names]
    for number, word in enumerate(words[1:]):
        stand.strike(f"assets {number}")
        attach(stand, release, Path(word))
    return ""


def release_list(stand: Stand, words: list[str], given: Options) -> Any:
    """List releases by the date of their commits, with equal dates in no defined order."""
    _ = words
    listed = [r for r in stand.state["releases"] if not r["isDraft"] or stand.may("contents", "write")]
    listed.sort(key=lambda r: str(r["createdAt"]), reverse=given["order"] != "asc")
    final = [r for r in listed if not r["isDraft"] and not r["isPrerelease"] and r["makeLatest"] is not False]
    shown = [
        {**r, "publishedAt": r["publishedAt"] or NEVER, "isLatest": r is next(iter(final), None)}
        for r in listed
        if not (given["exclude-drafts"] and r["isDraft"])
        and not (given["exclude-pre-releases"] and r["isPrerelease"])
    ]
    return shown[: int(given["limit"] or 30)]


def release_view(stand: Stand, words: list[str], given: Options) -> Any:
    """Show a release."""
    _ = given
    release = stand.release(words[0])
    return {**release, "url": f"https://github.com/{stand.state['repository']}/releases/tag/{words[0]}"}


def release_download(stand: Stand, words: list[str], given: Options) -> str:
    """Copy a release's files into a folder."""
    release = stand.release(words[0])
    patterns = given["pattern"] or ["*"]
    names = [a["name"] for a in release["assets"] if any(fnmatchcase(a["name"], p) for p in patterns)]
    if not names:
        raise FailedError(
            "no assets match the file pattern" if release["assets"] else "no assets to download"
        )
    folder = Path(given["dir"] or ".")
    for number, name in enumerate(names):
        source, copy = stand.folder / "assets" / str(release["id"]) / name, folder / name
        if copy.exists() and given["skip-existing"]:
            continue
        if copy.exists() and not given["clobber"]:
            raise FailedError(
                f"{copy} already exists (use `--clobber` to overwrite file or `--skip-existing`)"
            )
        stand.strike(f"assets {number}")
        state = next(asset["state"] for asset in release["assets"] if asset["name"] == name)
        if state != "uploaded" or not source.exists():
            raise FailedError("HTTP 404: Not Found")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return ""


def release_delete(stand: Stand, words: list[str], given: Options) -> str:
    """Delete a release, and with `--cleanup-tag` its tag."""
    release = stand.release(words[0])
    stand.state["releases"].remove(release)
    shutil.rmtree(stand.folder / "assets" / str(release["id"]), ignore_errors=True)
    if given["cleanup-tag"]:
        name = f"refs/tags/{release['tagName']}"
        if not stand.git("rev-parse", "--verify", "--quiet", name):
            raise FailedError("HTTP 422: Reference does not exist")
        stand.git("update-ref", "-d", name)
    return ""
