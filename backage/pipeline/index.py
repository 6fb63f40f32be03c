"""The index from the history: the same history gives the same files, however it came about."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backage.errors import ConfigError
from backage.owners import is_login
from backage.publish import SCRATCH, IndexFiles
from backage.render import (
    Shown,
    index_paths,
    path_key,
    rank_packages,
    render_head,
    render_instance,
    render_owner,
    render_package,
    render_repo,
    render_table,
    sum_packages,
    sum_totals,
)

if TYPE_CHECKING:
    from pathlib import Path

    from backage.models import Owner, Package
    from backage.owners import OptOut
    from backage.render import Head, Totals
    from backage.store import History, IndexPackage


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """How many files of the index were written and removed."""

    written: int
    removed: int


def write_index(history: History, root: Path, optout: OptOut) -> IndexChanges:
    """Bring the files below `root` up to what the history says; what is as it should be stays untouched.

    Files of packages that the history does not know are left alone: they may be all that is left of it.

    Raises:
        ConfigError: a file cannot be read or written.
    """
    files = IndexFiles(root)
    try:
        files.clean()
        shown = (o for o in history.load_owners() if is_login(o.login) and not optout.owner(o.login))
        totals = [_write_owner(history, files, owner, optout) for owner in shown]
        files.write(".json", render_instance(sum_totals(totals)))
        _remove_opted_out(files, optout)
        files.clean()
    except OSError as error:
        raise ConfigError(f"The index cannot be written: {error.filename}: {error.strerror}.") from error
    return IndexChanges(files.written, files.removed)


def _write_owner(history: History, files: IndexFiles, owner: Owner, optout: OptOut) -> Totals:
    packages = history.load_index(owner.login)
    everything = history.load_packages(owner.login)
    paths = index_paths(owner, everything)  # a package that is gone keeps its place, so that no URL moves
    keep = {path_key(paths[item.package]) for item in packages}
    stale = _find_stale(files, owner, everything, keep)
    shown = _shown(owner, packages)
    heads: dict[str, list[tuple[Shown, Head]]] = defaultdict(list)
    for item, entry in zip(packages, shown, strict=True):
        path, before = paths[item.package], stale.get((item.package.type, path_key(item.package.name)))
        versions = history.load_index_versions(item.key)
        head = render_head(entry, versions)
        files.write(f"{path}.json", render_package(head, versions))
        published = files.read(f"{path}.csv") or (files.read(f"{before}.csv") if before else None) or b""
        files.write(
            f"{path}.csv", render_table(history.load_days(item.key), published.decode(errors="replace"))
        )
        heads[head["repo"]].append((entry, head))
    for repo, members in heads.items():
        totals = sum_packages(entry for entry, _ in members)
        files.write(
            f"{owner.login}/{repo}/.json", render_repo(owner, repo, totals, [head for _, head in members])
        )
    totals = sum_packages(shown)
    if packages:
        every = [head for members in heads.values() for _, head in members]
        files.write(f"{owner.login}/.json", render_owner(owner, totals, every))
    elif everything or optout.mentions(owner.login):
        files.remove(f"{owner.login}/.json")
    for path in stale.values():
        _remove_package(files, path)
    return totals


def _shown(owner: Owner, packages: list[IndexPackage]) -> list[Shown]:
    totals = {item.key: item.latest.downloads.total for item in packages}
    in_owner = rank_packages(totals)
    by_repo: dict[str, dict[int, int | None]] = defaultdict(dict)
    for item in packages:
        by_repo[item.package.repo or item.package.name][item.key] = totals[item.key]
    in_repo = {key: rank for members in by_repo.values() for key, rank in rank_packages(members).items()}
    return [
        Shown(owner, item.package, item.refreshed, item.latest, in_owner[item.key], in_repo[item.key])
        for item in packages
    ]


def _find_stale(
    files: IndexFiles, owner: Owner, packages: list[Package], keep: set[str]
) -> dict[tuple[str, str], str]:
    """Find the files of known packages that are gone, or that stand under another repository now.

    What a file says of itself decides; where it does not say that it is a known package's, it stays.
    """
    known = {(package.type, path_key(package.name)) for package in packages}
    stale = {}
    for repo in files.list(owner.login):
        for member in files.list(f"{owner.login}/{repo}"):
            path = f"{owner.login}/{repo}/{member.removesuffix('.json')}"
            if member == ".json" or not member.endswith(".json") or path_key(path) in keep:
                continue
            identity = _identity(files.read(f"{path}.json") or b"")
            if identity in known:
                stale[identity] = path
    return stale


def _identity(text: bytes) -> tuple[str, str] | None:
    """Read the type and name of a package from its file."""
    try:
        document = json.loads(text)
        return (str(document["package_type"]), path_key(str(document["package"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _remove_package(files: IndexFiles, path: str) -> None:
    """Remove both files of a package, and what is left of its repository if that was its last."""
    folder = path.rpartition("/")[0]
    for ending in (".json", ".csv"):
        files.remove(f"{path}{ending}")
    if files.list(folder) == [".json"]:
        files.remove(f"{folder}/.json")


def _remove_opted_out(files: IndexFiles, optout: OptOut) -> None:
    for login in files.list(""):
        if login != SCRATCH and optout.owner(login):
            files.remove(login)
            continue
        for repo in files.list(login):
            for member in files.list(f"{login}/{repo}"):
                name = member.rpartition(".")[0]
                plain = name.rpartition("@")[0] or name  # without the type that tells two apart
                if name and (optout.package(login, repo, name) or optout.package(login, repo, plain)):
                    files.remove(f"{login}/{repo}/{member}")
            if files.list(f"{login}/{repo}") == [".json"]:
                files.remove(f"{login}/{repo}/.json")
