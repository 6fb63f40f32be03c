from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage.models.history import Owner, Package
from backage.owners import is_login, parse_name
from backage.render.paths import has_valid_names, index_paths, names_of, path_key, repo_of
from backage.urls import is_package, is_repo, normalize
from tests.support.hostile import FIT_NAMES, HOSTILE, UNFIT_NAMES

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
    """A package is below its repository, or below its own name if it has none."""
    assert index_paths(ACME, [package]) == {package: path}
    assert repo_of(package) == path.split("/")[1]


@pytest.mark.parametrize(
    ("stem", "names"),
    [
        ("widget", ("widget", "widget")),
        ("widget@npm", ("widget@npm", "widget")),
        ("@npm", ("@npm", "@npm")),
        ("a@b@npm", ("a@b@npm", "a@b")),
    ],
)
def test_names_of_a_file(stem: str, names: tuple[str, str]) -> None:
    """A type behind an `@` may be part of the name; an empty name is not possible."""
    assert names_of(stem) == names


@pytest.mark.parametrize(
    ("name", "repo", "fit"),
    [
        ("widget", None, True),
        ("charts%2Fwidget", "tools", True),
        ("widget", "charts%2Fwidget", True),  # as a published index has a package of no repository
        ("widget", "../..", False),
        ("widget", "", False),
        ("..", "tools", False),
        ("a/b", None, False),
    ],
)
def test_fit_names(name: str, repo: str | None, *, fit: bool) -> None:
    """The name must be valid for a file; the repository must be a valid one or a valid package name."""
    assert has_valid_names(Package("container", name, repo)) is fit


def test_types_that_share_a_name() -> None:
    """The package that was known first has the plain path; the others' paths end in their type."""
    assert index_paths(ACME, [NPM, CONTAINER, NUGET]) == {
        NPM: "Acme/tools/widget",
        CONTAINER: "Acme/tools/widget@container",
        NUGET: "Acme/tools/widget@nuget",
    }
    assert index_paths(ACME, [CONTAINER, NPM])[CONTAINER] == "Acme/tools/widget"


def test_a_new_package_moves_no_path() -> None:
    """Later packages do not change the paths of earlier ones."""
    before = index_paths(ACME, [CONTAINER, NPM])
    after = index_paths(ACME, [CONTAINER, NPM, NUGET, Package("npm", "gadget", "tools")])
    assert {package: after[package] for package in before} == before


def test_names_that_differ_in_case() -> None:
    """Names that are one file on a disk that ignores case have different paths."""
    packages = [CONTAINER, Package("npm", "Widget", "tools"), Package("nuget", "WIDGET", "Tools")]
    paths = index_paths(ACME, packages)
    assert list(paths.values()) == ["Acme/tools/widget", "Acme/tools/Widget@npm", "Acme/Tools/WIDGET@nuget"]
    assert len({path_key(path) for path in paths.values()}) == 3


def test_repository_and_unlinked_package_of_one_name() -> None:
    """A package in a repository of its name and an unlinked one of that name have different paths."""
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
    """Paths that differ only in case have the same key."""
    assert path_key("Acme/Tools/charts%2FWidget") == path_key("acme/tools/charts%2fwidget")
    assert path_key("a/b") != path_key("a/c")


PIECES = st.sampled_from(
    ["..", ".", "/", "\\", ":", "C:", "%2F", "%5C", "%00", "\0", "con", "a", "~1", ".git", " "]
)
WORDS = st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=12)
KNOWN = [name for name in (*HOSTILE, *UNFIT_NAMES, *FIT_NAMES) if len(name) < 1000]


def check_inside(path: str) -> None:
    """Check that a path has three parts and stays below its root, here and on Windows."""
    for kind in (PurePosixPath, PureWindowsPath):
        whole = kind("/srv/index") / f"{path}.json"
        assert whole.parts[:3] == kind("/srv/index").parts
        assert len(whole.parts) == 6
        assert not {".", ".."} & set(whole.parts)
    assert path.isprintable()
    assert all(len(part) <= 250 and part.lower() != ".git" for part in path.split("/"))


@given(WORDS | st.sampled_from(KNOWN), WORDS | st.sampled_from(KNOWN))
def test_valid_names_stay_below_the_index(place: str, text: str) -> None:
    """A valid name is one part of a path, with slashes or backslashes in between."""
    repo, name = normalize(place), normalize(text)
    if is_package(name):
        check_inside(index_paths(ACME, [Package("container", name)])[Package("container", name)])
    if is_package(name) and (is_repo(place) or is_package(repo)):
        package = Package("npm", name, place if is_repo(place) else repo)
        check_inside(index_paths(ACME, [package])[package])
    found = parse_name(f"{place}/{text}/{text}")
    if found is not None:
        assert is_login(found[0])
        check_inside("/".join(found))


@given(st.sampled_from(FIT_NAMES).map(normalize), st.sampled_from(["npm", "nuget"]))
def test_case_never_shares_a_file(name: str, kind: str) -> None:
    """Two packages whose paths differ only in case, or not at all, are two files on any disk."""
    packages = [Package("container", name, "tools"), Package(kind, name.swapcase(), "TOOLS")]
    assert len({path.casefold() for path in index_paths(ACME, packages).values()}) == 2


@pytest.mark.parametrize("name", ["CON", "NUL", "aux.json", "com1", "a.", "%20a", "a%20", "a:b", "..."])
def test_names_that_windows_reserves_are_plain(name: str) -> None:
    """No address changes for a system on which its file cannot be checked out."""
    package = Package("container", name)
    assert index_paths(ACME, [package]) == {package: f"Acme/{name}/{name}"}
    check_inside(f"Acme/{name}/{name}")
