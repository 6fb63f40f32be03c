"""The static site from the history: the files of the index, badges, charts, and pages to look at."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote

from backage.errors import ConfigError
from backage.owners import is_login
from backage.pipeline.index import is_fit, show_packages
from backage.publish import SiteFiles
from backage.render import (
    Entry,
    cut_versions,
    index_paths,
    last_counts,
    package_badges,
    path_key,
    read_table,
    render_badge,
    render_chart,
    render_data,
    render_endpoint,
    render_head,
    render_instance,
    render_list,
    render_owner,
    render_package,
    render_palette,
    render_repo,
    render_table,
    render_xml,
    sum_packages,
    sum_totals,
)
from backage.render.pages import Health, Pages, page_path, render_robots, render_sitemap
from backage.urls import is_package, is_repo, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from backage.models import Owner, PackageDay, Version
    from backage.owners import OptOut
    from backage.render import Totals
    from backage.render.pages import Place
    from backage.store import History

FEW = 50
"""Versions of a package in its files, where the site would be too large with all."""

_VERSION = 8
"""Characters of a digest in an address, so that a page never goes with what a browser has kept of another."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a site came to: packages, files, bytes, and how many files were written and removed."""

    packages: int
    files: int
    bytes: int
    written: int
    removed: int


def write_site(
    history: History,
    root: Path,
    index: Path,
    optout: OptOut,
    place: Place,
    largest: int | None = None,
    on_owner: Callable[[str], None] = lambda _: None,
) -> Built:
    """Bring a folder up to what the history says; `index` is the published one, which may know older days.

    Where it comes to more than `largest` bytes, it is built again with the newest versions of packages alone.

    Raises:
        ConfigError: the folder holds something else, or a file cannot be read or written.
    """
    if index.resolve().is_relative_to(root.resolve()) or root.resolve().is_relative_to(index.resolve()):
        raise ConfigError(f"{root} and the index at {index} cannot lie within each other.")
    optout = optout.follow(history.load_former())
    try:
        build = _Build(history, SiteFiles(root), index, optout, place)
        if not build.add_owners(on_owner, largest):
            build = _Build(history, SiteFiles(root), index, optout, place, FEW)
            build.add_owners(on_owner)
        return build.finish()
    except OSError as error:
        raise ConfigError(f"The site cannot be written: {error.filename}: {error.strerror}.") from error


class _Build:
    """One build: what it reads from, what it writes to, and the packages it has come across."""

    def __init__(
        self,
        history: History,
        files: SiteFiles,
        index: Path,
        optout: OptOut,
        place: Place,
        most: int | None = None,
    ) -> None:
        self.history, self.files, self.index, self.optout, self.place = history, files, index, optout, place
        self.most = most
        self.last_run = history.load_last_day()
        self.totals: list[Totals] = []
        self.entries: list[Entry] = []
        self.paths: set[str] = set()
        self.pages = Pages(_read("templates"), self._write_assets(), place, self._find_health())

    def add_owners(self, on_owner: Callable[[str], None], largest: int | None = None) -> bool:
        """Write the packages of all owners; tell whether they come to no more than `largest` bytes."""
        for owner in self.history.load_owners():
            if is_login(owner.login) and not self.optout.owner(owner.login):
                self.totals.append(self._write_owner(owner))
                on_owner(owner.login)
            if largest is not None and self.files.bytes > largest:
                return False
        return True

    def finish(self) -> Built:
        """Write what there is one of, and remove what is no more."""
        files, total = self.files, sum_totals(self.totals)
        self._copy_published()
        failing = len(self.history.load_failures())
        files.write("index/.json", render_instance(total, self.last_run, failing))
        self._write_pages(total)
        files.prune()
        return Built(len(self.entries), files.count, files.bytes, files.written, files.removed)

    def _find_health(self) -> Health:
        every = self.history.load_failures()
        hidden = {login for login in every if self.optout.owner(login)}
        failures = [failure for login in sorted(every.keys() - hidden) for failure in every[login]]
        shown = [failure for failure in failures if not self._is_hidden(failure.what)]
        return Health(self.last_run, shown, len(every.keys() - hidden))

    def _is_hidden(self, what: str) -> bool:
        parts = what.split("/")
        return len(parts) > 1 and self.optout.package(parts[0], parts[1], parts[-1])

    def _write_assets(self) -> dict[str, str]:
        """Write what pages load, and give their addresses."""
        files = {
            **{name: text.encode() for name, text in _read("assets").items()},
            "palette.js": render_palette(),
        }
        return {name: self._write_named(f"assets/{name}", data) for name, data in sorted(files.items())}

    def _write_named(self, path: str, data: bytes) -> str:
        """Write a file, and give its address, with a mark that changes with its bytes."""
        self.files.write(path, data)
        return f"{quote(path)}?v={hashlib.sha256(data).hexdigest()[:_VERSION]}"

    def _write_owner(self, owner: Owner) -> Totals:
        """Write an owner's packages and its totals."""
        everything = self.history.load_packages(owner.login)
        paths = index_paths(owner, everything)
        self.paths.update(map(path_key, paths.values()))
        listed = [item for item in self.history.load_index(owner.login) if is_fit(item.package)]
        every = show_packages(owner, listed, self.last_run)
        written: dict[str, list[Entry]] = defaultdict(list)
        for item, shown in zip(listed, every, strict=True):
            path = paths[item.package]
            login, repo, _ = path.split("/")
            if not self.optout.package(login, repo, item.package.name):
                versions: Sequence[Version] = self.history.load_index_versions(item.key)
                published = (self._read_published(f"{path}.csv") or b"").decode(errors="replace")
                table = render_table(self.history.load_days(item.key), published)
                days = read_table(table)
                head = render_head(shown, versions)
                if self.most is not None:
                    head, versions = cut_versions(head, versions, self.most)
                entry = Entry(shown, head, path, last_counts(days))
                self.files.write(f"index/{path}.csv", table)
                self._write_package(entry, days, versions)
                written[repo].append(entry)
        for repo, members in written.items():
            totals = sum_packages(entry.shown for entry in members)
            heads = [entry.head for entry in members]
            self.files.write(f"index/{owner.login}/{repo}/.json", render_repo(owner, repo, totals, heads))
        entries = [entry for members in written.values() for entry in members]
        totals = sum_packages(entry.shown for entry in entries)
        if entries:
            heads = [entry.head for entry in entries]
            self.files.write(f"index/{owner.login}/.json", render_owner(owner, totals, heads))
        self.entries += entries
        return totals

    def _write_package(self, entry: Entry, days: list[PackageDay], versions: Sequence[Version]) -> None:
        """Write all that there is of a package."""
        files, path = self.files, entry.path
        files.write(f"index/{path}.json", render_package(entry.head, versions))
        files.write(f"index/{path}.xml", render_xml(entry.head, versions))
        for metric, badge in package_badges(entry.head).items():
            files.write(f"badge/{path}/{metric}.json", render_endpoint(badge))
            files.write(f"badge/{path}/{metric}.svg", render_badge(badge))
        title = f"{entry.shown.owner.login}/{plain(entry.head['repo'])}/{plain(entry.shown.package.name)}"
        files.write(f"chart/{path}.svg", render_chart(title, days))
        data = render_data(entry, days, versions)
        address = self._write_named(f"data/{path}.js", data)
        files.write(page_path(path), self.pages.render_package(entry, versions, address))

    def _read_published(self, path: str) -> bytes | None:
        """Read a file of the published index; a link that somebody put there is none."""
        target = self.index / path
        return None if target.is_symlink() or not target.is_file() else target.read_bytes()

    def _copy_published(self) -> None:
        """Copy the published files of packages that the history does not know, and nobody opted out."""
        for login, repo, name in _find_published(self.index):
            stem, _, ending = name.rpartition(".")
            bare = stem.rpartition("@")[0] or stem
            hidden = self.optout.owner(login) or any(
                self.optout.package(login, repo, spelling) for spelling in (stem, bare)
            )
            path = f"{login}/{repo}/{stem}"
            if not hidden and ending in {"json", "csv"} and path_key(path) not in self.paths:
                data = self._read_published(f"{login}/{repo}/{name}")
                if data is not None:
                    self.files.write(f"index/{path}.{ending}", data)

    def _write_pages(self, total: Totals) -> None:
        """Write what there is one of."""
        files, place = self.files, self.place
        entries = sorted(
            self.entries, key=lambda entry: (-(entry.shown.latest.downloads.total or 0), entry.path)
        )
        packages = self._write_named("packages.js", render_list(entries))
        files.write("index.html", self.pages.render_index(entries, total, packages))
        files.write("compare.html", self.pages.render_compare(packages))
        files.write("404.html", self.pages.render_missing())
        files.write("robots.txt", render_robots(place))
        files.write(".nojekyll", b"")
        if place.site:
            files.write("sitemap.xml", render_sitemap(place, entries))


def _read(folder: str) -> Mapping[str, str]:
    """Read a folder of files that come with the program."""
    found = resources.files("backage.render").joinpath(folder).iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in found if file.is_file()}


def _find_published(index: Path) -> Iterator[tuple[str, str, str]]:
    """Name the files of packages in an index: owner, repository and file, from folders that are no links."""
    for owner in _folders(index):
        for repo in _folders(owner):
            for file in sorted(repo.iterdir()):
                stem = file.name.rpartition(".")[0]
                if (
                    is_login(owner.name)
                    and (is_repo(repo.name) or is_package(repo.name))
                    and is_package(stem)
                ):
                    yield owner.name, repo.name, file.name


def _folders(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [entry for entry in found if entry.is_dir() and not entry.is_symlink()]
