"""`backage render`: write the index from the history. The same history gives the same files."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from backage.errors import ConfigError, describe_os_error
from backage.models.history import Failure, IndexChanges, IndexPackage, Owner, Package
from backage.owners import OptOut, is_login
from backage.publish.files import NO_FILE_NAME, SCRATCH, IndexFiles
from backage.render.package import Head, PackageView, build_package_views, render_head, render_package
from backage.render.paths import has_valid_names, index_paths, label_of, names_of, path_key, repo_of
from backage.render.table import render_table
from backage.render.totals import Totals, render_instance, render_owner, sum_packages, sum_totals
from backage.store.database import History
from backage.store.owners import load_former, load_owners
from backage.store.package_queries import load_packages
from backage.store.packages import load_days, load_index
from backage.store.runs import load_failures, load_last_day
from backage.store.versions import load_index_versions

_OWNER_ID = re.compile(rb'"owner_id":\s*"?([0-9]{1,18})\b')
_BEGINNING = 4096


def write_index(
    history: History, root: Path, optout: OptOut, only: frozenset[str] = frozenset()
) -> IndexChanges:
    """Update the files below `root` from the history. Files that did not change are not rewritten.

    Files of packages that the history does not know stay, because they may be their only record. With `only`,
    logins in lower case, the files of other owners stay too.

    Raises:
        ConfigError: a file cannot be read or written.
    """
    files = IndexFiles(root)
    try:
        with files.hold_lock():
            return _write(history, files, optout, only)
    except OSError as error:
        raise ConfigError(f"The index cannot be written: {describe_os_error(error, root)}.") from error


def _write(history: History, files: IndexFiles, optout: OptOut, only: frozenset[str]) -> IndexChanges:
    former, last_run = load_former(history), load_last_day(history)
    optout = optout.follow(former)
    failures: list[Failure] = []
    files.clean()
    owners = [owner for owner in load_owners(history) if is_login(owner.login)]
    folders = _find_folders(files, owners, former)
    for owner in owners:
        for folder in folders[owner.login] if optout.owner(owner.login) else []:
            files.remove(folder)
    totals = [
        _write_owner(history, files, owner, folders[owner.login], optout, last_run, failures)
        if not only or owner.login.lower() in only
        else sum_packages(build_package_views(owner, _load(history, owner, []), last_run))
        for owner in owners
        if not optout.owner(owner.login)
    ]
    failing = len(load_failures(history))
    files.write(".json", render_instance(sum_totals(totals), last_run, failing))
    _remove_opted_out(files, optout)
    files.clean()
    return IndexChanges(files.written, files.removed, tuple(failures))


def _load(history: History, owner: Owner, failures: list[Failure]) -> list[IndexPackage]:
    """Return an owner's packages, except those whose names are invalid for a page or a file."""
    packages = load_index(history, owner.login)
    unfit = [item for item in packages if not has_valid_names(item.package)]
    failures += [Failure(label_of(owner, item.package), "its name can be no file's") for item in unfit]
    return [item for item in packages if item not in unfit]


def _write_owner(
    history: History,
    files: IndexFiles,
    owner: Owner,
    folders: list[str],
    optout: OptOut,
    last_run: date | None,
    failures: list[Failure],
) -> Totals:
    """Write an owner's files; remove outdated ones in its folder and in folders of its former logins."""
    packages = _load(history, owner, failures)
    everything = load_packages(history, owner.login)
    paths = index_paths(owner, everything)  # a package that is gone keeps its path, so that no URL moves
    keep = {paths[item.package] for item in packages}
    stale = _find_stale(files, owner, folders, everything, keep)
    views = build_package_views(owner, packages, last_run)
    heads: list[Head] = []
    for view in views:
        item = view.item
        path, identity = paths[item.package], (item.package.type, path_key(item.package.name))
        try:
            heads.append(_write_package(history, files, view, path, stale.get(identity)))
        except OSError as error:
            if error.errno not in NO_FILE_NAME:
                raise
            stale.pop(identity, None)  # its previous files stay
            failures.append(Failure(label_of(owner, item.package), f"it can have no file: {error.strerror}"))
    _write_repos(files, owner, views, heads)
    totals = sum_packages(views)
    if packages:
        files.write(f"{owner.login}/.json", render_owner(owner, totals, heads))
    elif everything or optout.mentions(owner.login):
        files.remove(f"{owner.login}/.json")
    for path in stale.values():
        _remove_package(files, path)
    for folder in folders:
        if folder != owner.login and files.list(folder) == [".json"]:
            files.remove(f"{folder}/.json")
    return totals


def _write_package(
    history: History, files: IndexFiles, view: PackageView, path: str, before: str | None
) -> Head:
    """Write both files of a package; `before` is their previous path if that was another one."""
    versions = load_index_versions(history, view.item.key)
    head = render_head(view, versions)
    table = files.read(f"{path}.csv") if _is_of(view.owner, files.read(f"{path}.json")) else None
    published = table or (files.read(f"{before}.csv") if before else None) or b""
    files.write(f"{path}.json", render_package(head, versions))
    files.write(f"{path}.csv", render_table(load_days(history, view.item.key), published))
    return head


def _write_repos(
    files: IndexFiles, owner: Owner, views: Sequence[PackageView], heads: Sequence[Head]
) -> None:
    """Write a file for each repository.

    Two repositories that differ only in case are one folder on a disk that ignores case, so both files have
    the packages of both.
    """
    members: dict[str, list[PackageView]] = defaultdict(list)
    for view in views:
        members[path_key(repo_of(view.item.package))].append(view)
    for key, entries in members.items():
        listed = [head for head in heads if path_key(head["repo"]) == key]
        spelled = list(dict.fromkeys(head["repo"] for head in listed))
        for repo in spelled:
            data = render_owner(owner, sum_packages(entries), listed, spelled[0])
            files.write(f"{owner.login}/{repo}/.json", data)


def _find_folders(
    files: IndexFiles, owners: Sequence[Owner], former: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the folders with each owner's files: its own, and those of its former logins.

    The id in the folder's owner file decides. For a file without an id, the history decides.
    """
    by_id = {owner.id: owner.login for owner in owners if owner.id is not None}
    by_name = {owner.login.lower(): owner.login for owner in owners}
    folders: dict[str, list[str]] = {owner.login: [] for owner in owners}
    for folder in files.list(""):
        number = _owner_id(files.read(f"{folder}/.json"))
        login = by_id.get(number or 0) or by_name.get(folder.lower()) or former.get(folder.lower())
        if login in folders:
            folders[login].append(folder)
    return folders


def _find_stale(
    files: IndexFiles, owner: Owner, folders: list[str], packages: list[Package], keep: set[str]
) -> dict[tuple[str, str], str]:
    """Find files of known packages that are gone or have moved to another repository or login.

    The type and name in a file decide. A file that does not name a known package stays. On a disk that
    ignores case, two spellings of a path are one file.
    """
    known = {(package.type, path_key(package.name)) for package in packages}
    kept = {path_key(path): path for path in keep}
    stale = {}
    for repo in (f"{folder}/{name}" for folder in folders for name in files.list(folder)):
        for member in files.list(repo):
            path = f"{repo}/{member.removesuffix('.json')}"
            if member == ".json" or not member.endswith(".json") or path in keep:
                continue
            text, same = files.read(f"{path}.json") or b"", kept.get(path_key(path))
            identity = _identity(text)
            if (
                identity in known
                and _is_of(owner, text)
                and not (same and files.is_same(f"{path}.json", f"{same}.json"))
            ):
                stale[identity] = path
    return stale


def _is_of(owner: Owner, text: bytes | None) -> bool:
    """Return False if a package's file is from another account, which had this login before."""
    return owner.id is None or _owner_id(text) in {None, owner.id}


def _owner_id(text: bytes | None) -> int | None:
    """Read the owner's id, which stands at the beginning of a file."""
    match = _OWNER_ID.search((text or b"")[:_BEGINNING])
    return int(match[1]) if match else None


def _identity(text: bytes) -> tuple[str, str] | None:
    """Read the type and name of a package from its file."""
    try:
        document = json.loads(text)
        return (str(document["package_type"]), path_key(str(document["package"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _remove_package(files: IndexFiles, path: str) -> None:
    """Remove both files of a package, and the file of its repository if no package is left there."""
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
                if name and any(optout.package(login, repo, each) for each in names_of(name)):
                    files.remove(f"{login}/{repo}/{member}")
            if files.list(f"{login}/{repo}") == [".json"]:
                files.remove(f"{login}/{repo}/.json")
