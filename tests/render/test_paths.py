from __future__ import annotations

import pytest

from backage.models import Owner, Package
from backage.render import index_paths, path_key
from backage.render.paths import repo_of

ACME = Owner("Acme", "orgs", 42)
CONTAINER = Package("container", "widget", "tools")
NPM = Package("npm", "widget", "tools")
NUGET = Package("nuget", "widget", "tools")


@pytest.mark.parametrize(
    ("package", "path"),
    [
        (CONTAINER, "Acme/tools/widget"),
        (Package("container", "charts%2Fwidget", "tools"), "Acme/tools/charts%2Fwidget"),
        (Package("container", "widget"), "Acme/widget/widget"),
        (Package("container", "charts%2Fwidget"), "Acme/charts%2Fwidget/charts%2Fwidget"),
        (Package("maven", "org.acme.Widget", "Tools"), "Acme/Tools/org.acme.Widget"),
    ],
)
def test_path(package: Package, path: str) -> None:
    """A package stands under its repository, or under its own name where it is linked to none."""
    assert index_paths(ACME, [package]) == {package: path}
    assert repo_of(package) == path.split("/")[1]


def test_types_that_share_a_name() -> None:
    """The package that was known first has the plain path, the others' end in their type."""
    assert index_paths(ACME, [NPM, CONTAINER, NUGET]) == {
        NPM: "Acme/tools/widget",
        CONTAINER: "Acme/tools/widget@container",
        NUGET: "Acme/tools/widget@nuget",
    }
    assert index_paths(ACME, [CONTAINER, NPM])[CONTAINER] == "Acme/tools/widget"


def test_a_new_package_moves_no_path() -> None:
    """Packages that come later change no path of those that were there."""
    before = index_paths(ACME, [CONTAINER, NPM])
    after = index_paths(ACME, [CONTAINER, NPM, NUGET, Package("npm", "gadget", "tools")])
    assert {package: after[package] for package in before} == before


def test_names_that_differ_in_case() -> None:
    """Names that are one file on a disk that ignores case do not share a path."""
    packages = [CONTAINER, Package("npm", "Widget", "tools"), Package("nuget", "WIDGET", "Tools")]
    paths = index_paths(ACME, packages)
    assert list(paths.values()) == ["Acme/tools/widget", "Acme/tools/Widget@npm", "Acme/Tools/WIDGET@nuget"]
    assert len({path_key(path) for path in paths.values()}) == 3


def test_repository_and_unlinked_package_of_one_name() -> None:
    """A package in a repository of its name and an unlinked one of the name are told apart."""
    linked, unlinked = Package("container", "widget", "widget"), Package("npm", "widget")
    assert list(index_paths(ACME, [linked, unlinked]).values()) == [
        "Acme/widget/widget",
        "Acme/widget/widget@npm",
    ]


def test_same_name_in_two_repositories() -> None:
    """The same name in another repository is another path."""
    other = Package("npm", "widget", "toys")
    assert index_paths(ACME, [CONTAINER, other])[other] == "Acme/toys/widget"


def test_path_key() -> None:
    """Paths that differ in case alone have the same key."""
    assert path_key("Acme/Tools/charts%2FWidget") == path_key("acme/tools/charts%2fwidget")
    assert path_key("a/b") != path_key("a/c")
