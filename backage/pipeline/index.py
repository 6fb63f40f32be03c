"""The index from the history: the same history gives the same files, however it came about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

    from backage.models import Owner
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
    """
    files = IndexFiles(root)
    files.clean()
    totals = []
    for owner in history.load_owners():
        if is_login(owner.login) and not optout.owner(owner.login):
            packages = history.load_index(owner.login)
            totals.append(_write_owner(history, files, owner, packages))
            _remove_moved(history, files, owner, packages)
    files.write(".json", render_instance(sum_totals(totals)))
    _remove_opted_out(files, optout)
    files.clean()
    return IndexChanges(files.written, files.removed)


def _write_owner(history: History, files: IndexFiles, owner: Owner, packages: list[IndexPackage]) -> Totals:
    paths = index_paths(owner, [item.package for item in packages])
    shown = _shown(owner, packages)
    heads: dict[str, list[tuple[Shown, Head]]] = defaultdict(list)
    for item, entry in zip(packages, shown, strict=True):
        path = paths[item.package]
        versions = history.load_index_versions(item.key)
        head = render_head(entry, versions)
        files.write(f"{path}.json", render_package(head, versions))
        published = (files.read(f"{path}.csv") or b"").decode(errors="replace")
        files.write(f"{path}.csv", render_table(history.load_days(item.key), published))
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


def _remove_moved(history: History, files: IndexFiles, owner: Owner, packages: list[IndexPackage]) -> None:
    """Remove the files of packages that are gone, and of those that stand under another repository now."""
    gone = history.load_gone(owner.login)
    current = index_paths(owner, [item.package for item in packages])
    keep = {path_key(f"{path}{ending}") for path in current.values() for ending in (".json", ".csv")}
    names = {path_key(package.name) for package in (*gone, *current)}
    for repo in files.list(owner.login):
        members = files.list(f"{owner.login}/{repo}")
        for member in members:
            path = f"{owner.login}/{repo}/{member}"
            name = path_key(member.rpartition(".")[0])
            known = name in names or name.rpartition("@")[0] in names
            if member != ".json" and known and path_key(path) not in keep:
                files.remove(path)
        if files.list(f"{owner.login}/{repo}") == [".json"]:
            files.remove(f"{owner.login}/{repo}/.json")


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
