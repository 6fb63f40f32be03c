from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage import urls
from backage.models.events import OwnerType
from backage.models.history import Owner, Package

SERVER = "https://github.com"
USER, ORG = Owner("me", "users", 1), Owner("acme", "orgs", 2)
LINKED = Package("container", "charts%2Fwidget", "tools")
UNLINKED = Package("container", "charts%2Fwidget")
ESCAPES = st.sampled_from(["/", "%", "%2f", "%2F", "%00", "%5C", "%2E", "..", ".", "é", "a", "B", " ", "@"])
NAMES = st.text(max_size=30) | st.lists(ESCAPES, max_size=10).map("".join)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("widget", "widget"),
        ("charts%2fwidget", "charts%2Fwidget"),
        ("charts%2Fwidget", "charts%2Fwidget"),
        ("charts/widget", "charts%2Fwidget"),
        ("Widget_1.2-x~y", "Widget_1.2-x~y"),
        ("@acme/widget", "@acme%2Fwidget"),
        ("org.acme:widget", "org.acme:widget"),
        ("a b", "a%20b"),
        ("größe", "gr%C3%B6%C3%9Fe"),
        ("gr%c3%b6%C3%9fe", "gr%C3%B6%C3%9Fe"),
        ("100%", "100%"),
        ("", ""),
    ],
)
def test_normalize(name: str, form: str) -> None:
    """A name has one form, however the link wrote it; an escape is not escaped again."""
    assert urls.normalize(name) == form


@given(NAMES)
def test_normalize_twice(name: str) -> None:
    """The form of a form is itself."""
    assert urls.normalize(urls.normalize(name)) == urls.normalize(name)


@pytest.mark.parametrize(
    ("name", "written"), [("charts%2Fwidget", "charts/widget"), ("widget", "widget"), ("gr%C3%B6n", "grön")]
)
def test_plain(name: str, written: str) -> None:
    """A name for people has no escapes."""
    assert urls.plain(name) == written
    assert urls.normalize(written) == name


@pytest.mark.parametrize("name", ["tools", "a", ".github", "a.b-c_d", "...", "x" * 100, "-rf"])
def test_repo(name: str) -> None:
    """Letters, digits, dots, hyphens and underscores make a repository's name."""
    assert urls.is_repo(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".git",
        ".GIT",
        ".git.",
        "git~1",
        "Git~1",
        "a/b",
        "a%2Fb",
        "a b",
        "a\n",
        "a\0",
        "größe",
        "a\\b",
        "$(id)",
        "x" * 101,
    ],
)
def test_no_repo(name: str) -> None:
    """What could lead out of a folder or an address is no repository's name."""
    assert not urls.is_repo(name)


@pytest.mark.parametrize(
    "name",
    [
        "widget",
        ".github",
        "git",
        ".gitignore",
        "git~10",
        "charts%2Fwidget",
        "a%2Fb%2Fc",
        "@acme%2Fwidget",
        "org.acme:widget",
        "gr%C3%B6n",
        "a%20b",
        "...",
        ".hidden",
        "x" * 240,
    ],
)
def test_package(name: str) -> None:
    """A package's name in its form in addresses may have escaped slashes and letters of any language."""
    assert urls.is_package(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "%2E%2E",
        "..%2Fx",
        "x%2F..%2Fy",
        "x%2F.",
        "%2Fetc",
        "x%2F",
        "a%2F%2Fb",
        "a/b",
        "a%2fb",
        "a%",
        "a%2",
        "a%zz",
        "a b",
        "a\n",
        "a%0A",
        "a%00b",
        "a%7F",
        "a%C2%85",
        "a%E2%80%AEb",
        "a%EF%BB%BFb",
        "a%E2%80%A8b",
        "a%5Cb",
        "a\\b",
        "a?b",
        "a#b",
        '"',
        "<b>",
        "größe",
        "x" * 241,
        ".git",
        ".Git.",
        ".git:x",
        "git~1",
        "a%2F.git",
    ],
)
def test_no_package(name: str) -> None:
    """What could lead out of a folder or an address, or break a line, is no package's name."""
    assert not urls.is_package(name)


@given(NAMES)
def test_a_package_is_one_part_of_an_address(name: str) -> None:
    """Whatever passes stays one part of an address and of a path, short enough for a file's name."""
    form = urls.normalize(name)
    if urls.is_package(form):
        address = urls.package_url(SERVER, ORG, Package("container", form, "tools"))
        assert urlsplit(address).path.split("/") == ["", "acme", "tools", "pkgs", "container", form]
        assert not {"", ".", ".."} & set(urls.plain(form).split("/"))
        assert len(f"{form}@container.json".encode()) <= urls.LONGEST_FILE_NAME


def test_account_url() -> None:
    """The API tells about an account."""
    assert urls.account_url("https://api.github.com", "acme") == "https://api.github.com/users/acme"


@pytest.mark.parametrize(
    ("kind", "page", "address"),
    [
        ("users", 1, "https://github.com/me?tab=packages&visibility=public&page=1"),
        ("orgs", 3, "https://github.com/orgs/me/packages?visibility=public&page=3"),
    ],
)
def test_owner_url(kind: OwnerType, page: int, address: str) -> None:
    """Users and organizations have their packages at different addresses."""
    assert urls.owner_url(SERVER, "me", kind, page) == address
    if page == 1:
        assert urls.owner_url(SERVER, "me", kind) == address


def test_addresses_of_a_linked_package() -> None:
    """A package of a repository is addressed through it, whoever owns it."""
    base = "https://github.com/acme/tools/pkgs/container/charts%2Fwidget"
    assert urls.package_url(SERVER, ORG, LINKED) == base
    assert urls.versions_url(SERVER, ORG, LINKED) == f"{base}/versions?page=1"
    assert urls.versions_url(SERVER, ORG, LINKED, 7) == f"{base}/versions?page=7"
    only = "filters%5Bversion_type%5D=tagged"
    assert urls.versions_url(SERVER, ORG, LINKED, only="tagged") == f"{base}/versions?{only}&page=1"
    assert urls.version_url(SERVER, ORG, LINKED, 235_119_022, "x") == f"{base}/235119022"
    assert urls.package_url(SERVER, USER, LINKED) == base.replace("acme", "me")


@pytest.mark.parametrize("owner", [USER, ORG])
def test_addresses_of_an_unlinked_package(owner: Owner) -> None:
    """A package of no repository is addressed through its owner, its versions without `package`."""
    base = f"https://github.com/{owner.type}/{owner.login}/packages/container"
    assert urls.package_url(SERVER, owner, UNLINKED) == f"{base}/package/charts%2Fwidget"
    assert urls.versions_url(SERVER, owner, UNLINKED, 2) == f"{base}/charts%2Fwidget/versions?page=2"
    assert urls.version_url(SERVER, owner, UNLINKED, 5, "x") == f"{base}/charts%2Fwidget/5"


def test_addresses_of_a_maven_package() -> None:
    """It stands at its number, and its versions at their names; without a number its repository is."""
    maven = Package("maven", "org.example.lamp", "java-lamp", 48213)
    base = "https://github.com/acme/java-lamp/packages"
    assert urls.package_url(SERVER, ORG, maven) == f"{base}/48213"
    assert urls.versions_url(SERVER, ORG, maven, 2) == f"{base}/48213/versions?page=2"
    assert urls.version_url(SERVER, ORG, maven, 7, "1.0+a b") == f"{base}/48213?version=1.0%2Ba%20b"
    assert urls.package_url(SERVER, ORG, Package("maven", "org.example.lamp", "java-lamp")) == base
    ids = "https://api.github.com/orgs/acme/packages/maven/org.example.lamp/versions?per_page=100&page=2"
    assert urls.version_ids_url("https://api.github.com", ORG, maven, 2) == ids
    assert urls.login_of(SERVER, f"{base}/48213") == "acme"
    assert urls.login_of(SERVER, base) is None


@pytest.mark.parametrize(
    ("path", "repo"),
    [
        ("/acme/tools/pkgs/container/charts%2Fwidget", "tools"),
        ("/acme/tools/pkgs/container/widget/versions?page=2", "tools"),
        ("/acme/tools/packages/48213/versions?page=2", "tools"),
        ("/orgs/acme/packages/container/package/widget", None),
        ("/acme/tools", None),
        ("/orgs/acme/packages", None),
    ],
)
def test_repo_in_an_address(path: str, repo: str | None) -> None:
    """The address of a package with a repository names it."""
    assert urls.repo_in(SERVER, SERVER + path) == repo
    assert urls.repo_in("https://other.example", SERVER + path) is None


def test_registry_of_images() -> None:
    """It takes names in lower case alone, with their slashes."""
    named = Package("container", "Charts%2FWidget", "tools")
    token = urls.ghcr_token_url("https://ghcr.io", "Acme", named)
    assert token == "https://ghcr.io/token?service=ghcr.io&scope=repository:acme/charts/widget:pull"  # noqa: S105 (an address)
    manifest = urls.manifest_url("https://ghcr.io", "Acme", named, "sha256:0a")
    assert manifest == "https://ghcr.io/v2/acme/charts/widget/manifests/sha256:0a"
