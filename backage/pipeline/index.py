"""`backage render`: write the index from the history. The same history gives the same files."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from backage.errors import ConfigError, describe_os_error
from backage.models.history import Failure, IndexChanges, Owner, Package
from backage.owners import OptOut, is_login
from backage.publish.files import NO_FILE_NAME, SCRATCH, IndexFiles
from backage.render.package import Head, PackageView, build_package_views, render_head, render_package
from backage.render.paths import has_valid_names, index_paths, label_of, names_of, path_key, repo_of
from backage.render.table import render_table
from backage.render.totals import Totals, render_instance, render_owner, sum_packages, sum_totals
from backage.store.database import History
from backage.store.owners import load_former, load_owners
from backage.store.packages import load_days, load_index
from backage.store.queries import load_packages
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
            former = load_former(history)
            writer = _IndexWriter(history, files, optout.follow(former), load_last_day(history))
            owners = [owner for owner in load_owners(history) if is_login(owner.login)]
            return writer.write(owners, former, only)
    except OSError as error:
        raise ConfigError(f"The index cannot be written: {describe_os_error(error, root)}.") from error


@dataclass(slots=True)
class _IndexWriter:
    """One update of an index: its source, its target, and the packages that can have no file."""

    history: History
    files: IndexFiles
    optout: OptOut
    last_run: date | None
    failures: list[Failure] = field(default_factory=list)

    def write(self, owners: Sequence[Owner], former: Mapping[str, str], only: frozenset[str]) -> IndexChanges:
        """Write the files of owners, and remove those of owners and packages that opted out."""
        files = self.files
        files.clean()
        folders = _find_folders(files, owners, former)
        totals = []
        for owner in owners:
            if self.optout.owner(owner.login):
                for folder in folders[owner.login]:
                    files.remove(folder)
            elif not only or owner.login.lower() in only:
                totals.append(self._write_owner(owner, folders[owner.login]))
            else:
                totals.append(sum_packages(self._load_views(owner, [])))
        failing = len(load_failures(self.history))
        files.write(".json", render_instance(sum_totals(totals), self.last_run, failing))
        self._remove_opted_out()
        files.clean()
        return IndexChanges(files.written, files.removed, tuple(self.failures))

    def _load_views(self, owner: Owner, failures: list[Failure]) -> list[PackageView]:
        """Return an owner's packages, except those whose names are invalid for a page or a file."""
        items = load_index(self.history, owner.login)
        valid = [item for item in items if has_valid_names(item.package)]
        names = (label_of(owner, item.package) for item in items if item not in valid)
        failures += [Failure(name, "its name can be no file's") for name in names]
        return build_package_views(owner, valid, self.last_run)

    def _write_owner(self, owner: Owner, folders: Sequence[str]) -> Totals:
        """Write an owner's files; remove outdated ones in its folder and in folders of its former logins."""
        files, everything = self.files, load_packages(self.history, owner.login)
        views = self._load_views(owner, self.failures)
        paths = index_paths(owner, everything)  # a package that is gone keeps its path, so that no URL moves
        keep = {paths[view.item.package] for view in views}
        stale = _find_stale(files, owner, folders, everything, keep)
        heads: list[Head] = []
        for view in views:
            package = view.item.package
            identity = package.type, path_key(package.name)
            try:
                heads.append(self._write_package(view, paths[package], stale.get(identity)))
            except OSError as error:
                if error.errno not in NO_FILE_NAME:
                    raise
                stale.pop(identity, None)  # its previous files stay
                reason = f"it can have no file: {error.strerror}"
                self.failures.append(Failure(label_of(owner, package), reason))
        self._write_repos(owner, views, heads)
        totals = sum_packages(views)
        if views:
            files.write(f"{owner.login}/.json", render_owner(owner, totals, heads))
        elif everything or self.optout.mentions(owner.login):
            files.remove(f"{owner.login}/.json")
        for path in stale.values():
            files.remove(f"{path}.json")
            files.remove(f"{path}.csv")
        left = [path.rpartition("/")[0] for path in stale.values()]
        for folder in (*left, *(folder for folder in folders if folder != owner.login)):
            self._remove_lone_totals(folder)
        return totals

    def _write_package(self, view: PackageView, path: str, before: str | None) -> Head:
        """Write both files of a package; `before` is their previous path if that was another one."""
        files, key = self.files, view.item.key
        versions = load_index_versions(self.history, key)
        head = render_head(view, versions)
        table = files.read(f"{path}.csv") if _is_of(view.owner, files.read(f"{path}.json")) else None
        published = table or (files.read(f"{before}.csv") if before else None) or b""
        files.write(f"{path}.json", render_package(head, versions))
        files.write(f"{path}.csv", render_table(load_days(self.history, key), published))
        return head

    def _write_repos(self, owner: Owner, views: Sequence[PackageView], heads: Sequence[Head]) -> None:
        """Write a file for each repository.

        Two repositories that differ only in case are one folder on a disk that ignores case, so both files
        have the packages of both.
        """
        members: dict[str, list[PackageView]] = defaultdict(list)
        for view in views:
            members[path_key(repo_of(view.item.package))].append(view)
        for key, entries in members.items():
            listed = [head for head in heads if path_key(head["repo"]) == key]
            spelled = list(dict.fromkeys(head["repo"] for head in listed))
            for repo in spelled:
                data = render_owner(owner, sum_packages(entries), listed, spelled[0])
                self.files.write(f"{owner.login}/{repo}/.json", data)

    def _remove_lone_totals(self, folder: str) -> None:
        """Remove the file of an owner or a repository if no other file is left in its folder."""
        if self.files.list(folder) == [".json"]:
            self.files.remove(f"{folder}/.json")

    def _remove_opted_out(self) -> None:
        """Remove all that opted out, also what the history does not know."""
        files = self.files
        for login in files.list(""):
            if login != SCRATCH and self.optout.owner(login):
                files.remove(login)
                continue
            for repo in files.list(login):
                for member in files.list(f"{login}/{repo}"):
                    name = member.rpartition(".")[0]
                    if name and any(self.optout.package(login, repo, each) for each in names_of(name)):
                        files.remove(f"{login}/{repo}/{member}")
                self._remove_lone_totals(f"{login}/{repo}")


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
    files: IndexFiles, owner: Owner, folders: Sequence[str], packages: list[Package], keep: set[str]
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
