"""The saved pages: a folder `tests/pages/KIND/CASE` is a case, and adding one needs no code."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backage.models.pages import MavenList, MavenPage, OwnerPage, PackagePage, Page, VersionPage, VersionsPage
from backage.parse.maven import parse_maven, parse_maven_list
from backage.parse.owner import parse_owner
from backage.parse.package import parse_package, parse_version
from backage.parse.versions import parse_versions

AnyPage = OwnerPage | PackagePage | VersionPage | VersionsPage | MavenPage | MavenList

ADDRESS = "https://github.com/octo-forge"
PAGES = Path(__file__).parents[1] / "pages"
NAMED: dict[str, Callable[[Page, str | None], AnyPage | None]] = {
    "maven": parse_maven,
    "maven-versions": lambda page, _: parse_maven_list(page),
    "package": parse_package,
    "version": parse_version,
    "versions": parse_versions,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A saved page; `name` is the package that was asked for, None where any will do."""

    kind: str
    body: bytes
    name: str | None

    @property
    def page(self) -> Page:
        """The page as it comes from the host."""
        return Page(ADDRESS, self.body)

    def parse(self, body: bytes | None = None) -> AnyPage | None:
        """Read the page, or another body in its place, with the parser of its kind."""
        page = self.page if body is None else Page(ADDRESS, body)
        return parse_owner(page) if self.kind == "owner" else NAMED[self.kind](page, self.name)


def case_names(outcome: str = "page.html") -> list[str]:
    """Name the cases that have a file, as `kind/case`."""
    return sorted(path.parent.relative_to(PAGES).as_posix() for path in PAGES.glob(f"*/*/{outcome}"))


def load_case(name: str) -> Case:
    """Load a case from its folder."""
    folder = PAGES / name
    name_file = folder / "name.txt"
    return Case(
        name.partition("/")[0],
        (folder / "page.html").read_bytes(),
        name_file.read_text(encoding="utf-8").strip() if name_file.exists() else None,
    )
