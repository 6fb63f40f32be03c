"""`backage site`: write the static site from the history: index, badges, charts and pages."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from backage.errors import ConfigError, describe_os_error
from backage.models.history import Owner, Version
from backage.owners import OptOut, is_login
from backage.publish.files import SiteFiles, Weight, find_published, weigh_files
from backage.render.package import PackageView, build_package_views, render_head, render_package, render_xml
from backage.render.paths import has_valid_names, index_paths, names_of, path_key
from backage.render.site.badge import package_badges, render_badge, render_endpoint
from backage.render.site.chart import render_chart
from backage.render.site.pages import Health, Pages, SiteAddresses, page_path, render_robots
from backage.render.site.scripts import (
    Entry,
    cut_versions,
    last_counts,
    render_data,
    render_list,
    render_palette,
)
from backage.render.table import read_table, render_table
from backage.render.totals import Totals, render_instance, render_owner, sum_packages, sum_totals
from backage.store.database import History
from backage.store.owners import load_former, load_owners
from backage.store.packages import load_days, load_index
from backage.store.queries import load_packages
from backage.store.runs import load_failures, load_last_day
from backage.store.versions import load_index_versions
from backage.urls import plain

_SAMPLE = 60
"""Packages from which the size of the site is estimated."""

_ENOUGH = 100
"""The most versions of these packages."""

_MARGIN = 0.97
_STEP = 0.9
"""The share of the largest size to aim at, and the factor after an estimate that was too low."""

_VERSION = 8
"""Characters of a digest in an address, so that a browser never uses an outdated file from its cache."""


@dataclass(frozen=True, slots=True)
class Built:
    """A built site: packages, files, their bytes, the bytes of an archive, files written and removed."""

    packages: int
    files: int
    bytes: int
    archived: int
    written: int
    removed: int


def write_site(
    history: History,
    root: Path,
    index: Path,
    optout: OptOut,
    addresses: SiteAddresses,
    largest: int | None = None,
    on_owner: Callable[[str], None] = lambda _: None,
) -> Built:
    """Update a folder from the history and from the published `index`, which may know older days.

    If the site's archive would have more than `largest` bytes, packages have only their newest versions.

    Raises:
        ConfigError: the folder has other files, or a file cannot be read or written.
    """
    if index.resolve().is_relative_to(root.resolve()) or root.resolve().is_relative_to(index.resolve()):
        raise ConfigError(f"{root} and the index at {index} cannot lie within each other.")
    optout = optout.follow(load_former(history))

    def begin(most: int | None) -> _Build:
        return _Build(history, SiteFiles(root), index, optout, addresses, most)

    try:
        return _write_largest(begin, largest, on_owner)
    except OSError as error:
        raise ConfigError(f"The site cannot be written: {describe_os_error(error, root)}.") from error


def _write_largest(
    begin: Callable[[int | None], "_Build"], largest: int | None, on_owner: Callable[[str], None]
) -> Built:
    """Write as many versions as fit by the estimate, and fewer as long as the result is too large."""
    weight = Weight(0, 0, ()) if largest is None else begin(None).weigh()
    aim = _MARGIN * (largest or 0)
    most = weight.find_most(aim)
    while not (built := begin(most).write(on_owner, None if most == 1 else largest)):
        tried = most
        while most == tried:
            aim *= _STEP
            most = weight.find_most(aim)
    return built


@dataclass(slots=True)
class _Build:
    """One build: its source, its target, the most versions of a package, and the packages so far."""

    history: History
    files: SiteFiles
    index: Path
    optout: OptOut
    addresses: SiteAddresses
    most: int | None
    entries: list[Entry] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    last_run: date | None = field(init=False)
    pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        self.last_run = load_last_day(self.history)
        self.pages = Pages(_read("templates"), self._write_assets(), self.addresses, self._find_health())

    def write(self, on_owner: Callable[[str], None], largest: int | None = None) -> Built | None:
        """Write everything and remove outdated files. Return None if the archive exceeds `largest` bytes."""
        totals = []
        for owner in self._find_owners():
            totals.append(self._write_owner(owner))
            on_owner(owner.login)
            if largest is not None and self.files.archived > largest:
                return None
        files, total, failing = self.files, sum_totals(totals), len(load_failures(self.history))
        self._copy_published()
        files.write("index/.json", render_instance(total, self.last_run, failing))
        self._write_pages(total)
        if largest is not None and files.archived > largest:
            return None
        files.prune()
        return Built(
            len(self.entries), len(files.kept), files.bytes, files.archived, files.written, files.removed
        )

    def weigh(self) -> Weight:
        """Estimate the bytes of all packages from an even sample."""
        found = [one for owner in self._find_owners() for one in self._find_packages(owner)]
        counts = [max(1, view.item.latest.versions or 1) for view, _ in found]
        some = slice(None, None, -(-len(found) // _SAMPLE) or 1)
        few, many = ([self._weigh(*one, most) for one in found[some]] for most in (1, _ENOUGH))
        more = sum(min(count, _ENOUGH) - 1 for count in counts[some])
        return Weight(sum(few) / max(1, len(few)), (sum(many) - sum(few)) / max(1, more), counts)

    def _weigh(self, view: PackageView, path: str, most: int) -> int:
        entry, files = self._render(view, path, most)
        return weigh_files(path, entry.head, files)

    def _find_owners(self) -> list[Owner]:
        owners = load_owners(self.history)
        return [owner for owner in owners if is_login(owner.login) and not self.optout.owner(owner.login)]

    def _find_packages(self, owner: Owner) -> Iterator[tuple[PackageView, str]]:
        """Iterate over the packages of an owner with their paths, except opted-out ones."""
        paths = index_paths(owner, load_packages(self.history, owner.login))
        self.paths.update(map(path_key, paths.values()))
        listed = [item for item in load_index(self.history, owner.login) if has_valid_names(item.package)]
        for view in build_package_views(owner, listed, self.last_run):
            path = paths[view.item.package]
            login, repo, _ = path.split("/")
            if not self.optout.package(login, repo, view.item.package.name):
                yield view, path

    def _find_health(self) -> Health:
        every = load_failures(self.history)
        hidden = {login for login in every if self.optout.owner(login)}
        failures = [failure for login in sorted(every.keys() - hidden) for failure in every[login]]
        shown = [failure for failure in failures if not self._is_hidden(failure.what)]
        return Health(self.last_run, shown, len(every.keys() - hidden))

    def _is_hidden(self, what: str) -> bool:
        parts = what.split("/")
        return len(parts) > 1 and self.optout.package(parts[0], parts[1], parts[-1])

    def _write_assets(self) -> dict[str, str]:
        """Write the files that pages load, and return their addresses."""
        files = {name: text.encode() for name, text in _read("assets").items()}
        files["palette.js"] = render_palette()
        return {name: self._write_named(f"assets/{name}", data) for name, data in sorted(files.items())}

    def _write_named(self, path: str, data: bytes) -> str:
        self.files.write(path, data)
        return _address(path, data)

    def _write_owner(self, owner: Owner) -> Totals:
        """Write an owner's packages and totals."""
        written: dict[str, list[Entry]] = defaultdict(list)
        for view, path in self._find_packages(owner):
            entry, files = self._render(view, path, self.most)
            for file, data in files.items():
                self.files.write(file, data)
            written[path.split("/")[1]].append(entry)
        entries = list(chain.from_iterable(written.values()))
        for repo, members in written.items():
            self._write_totals(owner, members, repo)
        if entries:
            self._write_totals(owner, entries)
        self.entries += entries
        return sum_packages(entry.view for entry in entries)

    def _write_totals(self, owner: Owner, entries: Sequence[Entry], repo: str | None = None) -> None:
        """Write the file of an owner, or of one of its repositories."""
        totals, heads = sum_packages(entry.view for entry in entries), [entry.head for entry in entries]
        folder = f"index/{owner.login}/{repo}" if repo else f"index/{owner.login}"
        self.files.write(f"{folder}/.json", render_owner(owner, totals, heads, repo))

    def _render(self, view: PackageView, path: str, most: int | None) -> tuple[Entry, dict[str, bytes]]:
        """Return all files of a package by their paths, with at most `most` versions."""
        versions: Sequence[Version] = load_index_versions(self.history, view.item.key)
        published = self._read_published(f"{path}.csv") or b""
        table = render_table(load_days(self.history, view.item.key), published)
        days, head = read_table(table), render_head(view, versions)
        if most is not None:
            head, versions = cut_versions(head, versions, most)
        entry = Entry(view, head, path, last_counts(days))
        files = {
            f"index/{path}.csv": table,
            f"index/{path}.json": render_package(head, versions),
            f"index/{path}.xml": render_xml(head, versions),
        }
        for metric, badge in package_badges(head).items():
            files[f"badge/{path}/{metric}.json"] = render_endpoint(badge)
            files[f"badge/{path}/{metric}.svg"] = render_badge(badge)
        title = f"{view.owner.login}/{plain(head['repo'])}/{plain(view.item.package.name)}"
        files[f"chart/{path}.svg"] = render_chart(title, days)
        script, data = f"data/{path}.js", render_data(entry, days, versions)
        files[script] = data
        files[page_path(path)] = self.pages.render_package(entry, versions, _address(script, data))
        return entry, files

    def _read_published(self, path: str) -> bytes | None:
        """Return the bytes of a file of the published index, None if it is missing or a link."""
        target = self.index / path
        return None if target.is_symlink() or not target.is_file() else target.read_bytes()

    def _copy_published(self) -> None:
        """Copy published files of packages that the history does not know, except opted-out ones."""
        for login, repo, name in find_published(self.index):
            stem, _, ending = name.rpartition(".")
            if ending not in {"json", "csv"} or path_key(f"{login}/{repo}/{stem}") in self.paths:
                continue
            hidden = any(self.optout.package(login, repo, each) for each in names_of(stem))
            data = self._read_published(f"{login}/{repo}/{name}")
            if data is not None and not hidden:
                self.files.write(f"index/{login}/{repo}/{name}", data)

    def _write_pages(self, total: Totals) -> None:
        """Write the pages that exist once."""
        files, addresses = self.files, self.addresses
        entries = sorted(
            self.entries, key=lambda entry: (-(entry.view.item.latest.downloads.total or 0), entry.path)
        )
        packages = self._write_named("packages.js", render_list(entries))
        files.write("index.html", self.pages.render_index(entries, total, packages))
        files.write("compare.html", self.pages.render_compare(packages))
        files.write("404.html", self.pages.render_missing())
        files.write("robots.txt", render_robots(addresses))
        files.write(".nojekyll", b"")
        if addresses.site:
            files.write("sitemap.xml", self.pages.render_sitemap(entries))


def _read(folder: str) -> Mapping[str, str]:
    """Read a folder of files of this program."""
    found = resources.files("backage.render.site").joinpath(folder).iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in found if file.is_file()}


def _address(path: str, data: bytes) -> str:
    """Return the address of a file, with a query that changes with its bytes."""
    return f"{quote(path)}?v={hashlib.sha256(data).hexdigest()[:_VERSION]}"
