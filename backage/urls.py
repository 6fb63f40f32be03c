"""Addresses on GitHub, and the names that are valid in them.

All names are in URL form. Names from a page or a file are checked with `is_repo` and `is_package` first; a
valid name is also safe as one part of a path in the index.
"""

import re
from typing import Literal
from urllib.parse import quote, unquote

from backage.models.events import OwnerType
from backage.models.history import Owner, Package

LONGEST_FILE_NAME = 255
"""Bytes; the limit of the file systems that an index is checked out on."""

_REPO = re.compile(r"[A-Za-z0-9._-]{1,100}")
_TYPE = re.compile(r"[a-z][a-z0-9_-]{0,8}")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_PACKAGE = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})+")
_TAKEN = {"", ".", "..", ".json"}
_GIT = re.compile(r"(?:\.git|git~1)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)
"""Names that git takes for its own folder on some system: with one such path it commits nothing."""

_PACKAGE_PAGE = re.compile(
    r"/(?:(?:orgs|users)/(?P<owner>[^/]+)/packages/"
    r"|(?P<login>[^/]+)/(?P<repo>[^/]+)/(?:pkgs/|packages/[0-9]))"
)

Tagged = Literal["tagged", "untagged"]
"""The filters of a container's list of versions."""


def normalize(name: str) -> str:
    """Return a name from a link in URL form: `a%2fb` and `a%2Fb` are the same package."""
    return _ESCAPE.sub(lambda match: match[0].upper(), quote(name, safe="%._~!$&'()*+,;=:@-"))


def plain(name: str) -> str:
    """Return a name as people write it: `charts/widget` for `charts%2Fwidget`."""
    return unquote(name)


def is_repo(name: str) -> bool:
    """Return whether a name is valid for a repository, so that it is safe in an address and in a path.

    `.json` is taken: it is the file of the folder above.
    """
    return _REPO.fullmatch(name) is not None and name not in _TAKEN and not _GIT.fullmatch(name)


def is_package(name: str) -> bool:
    """Return whether a name in URL form is valid for a package: safe in an address and in a path.

    Names that only other systems reserve are valid, such as `aux.json` or a dot at a folder's end: addresses
    stay as GitHub has them.
    """
    written = unquote(name)
    parts = written.split("/")
    return (
        _PACKAGE.fullmatch(name) is not None
        and written.isprintable()
        and "\\" not in written
        and not _TAKEN & set(parts)
        and not any(_GIT.fullmatch(part) for part in parts)
        and len(name) <= LONGEST_FILE_NAME - len("@container.json")
    )


def is_type(name: str) -> bool:
    """Return whether a name is valid for a package's type; `container` is the longest."""
    return _TYPE.fullmatch(name) is not None


def account_url(api: str, login: str) -> str:
    """Return the address of the API's answer with an owner's id and type."""
    return f"{api}/users/{login}"


def owner_url(server: str, login: str, kind: OwnerType, page: int = 1) -> str:
    """Return the address of a page of an owner's public packages."""
    base = f"{server}/{login}?tab=packages&" if kind == "users" else f"{server}/orgs/{login}/packages?"
    return f"{base}visibility=public&page={page}"


def package_url(server: str, owner: Owner, package: Package) -> str:
    """Return the address of a package's page; with its repository, if it has one, which saves a redirect.

    A Maven package has a number there. While it is unknown, return its repository's list of packages.
    """
    if package.type == "maven" and package.repo:
        number = "" if package.number is None else f"/{package.number}"
        return f"{server}/{owner.login}/{package.repo}/packages{number}"
    if package.repo:
        return f"{server}/{owner.login}/{package.repo}/pkgs/{package.type}/{package.name}"
    return f"{server}/{owner.type}/{owner.login}/packages/{package.type}/package/{package.name}"


def login_of(server: str, url: str) -> str | None:
    """Return the owner in the address of a package; None for any other address."""
    match = _package_page(server, url)
    return match["owner"] or match["login"] if match else None


def repo_in(server: str, url: str) -> str | None:
    """Return the repository in the address of a package; None if it names no repository."""
    match = _package_page(server, url)
    return match["repo"] if match else None


def _package_page(server: str, url: str) -> re.Match[str] | None:
    return _PACKAGE_PAGE.match(url.removeprefix(server)) if url.startswith(f"{server}/") else None


def versions_url(
    server: str, owner: Owner, package: Package, page: int = 1, only: Tagged | None = None
) -> str:
    """Return the address of a page of a package's versions: with `only`, of the tagged or untagged ones."""
    wanted = f"filters%5Bversion_type%5D={only}&" if only else ""
    return f"{_versions_base(server, owner, package)}/versions?{wanted}page={page}"


def version_url(server: str, owner: Owner, package: Package, version_id: int, name: str) -> str:
    """Return the address of a version's page: by its id, or by its name in a Maven package."""
    if package.number is not None:
        return f"{package_url(server, owner, package)}?version={quote(name, safe='')}"
    return f"{_versions_base(server, owner, package)}/{version_id}"


def version_ids_url(api: str, owner: Owner, package: Package, page: int) -> str:
    """Return the address of a page of the API with the ids of a package's versions, 100 a page."""
    versions = f"{owner.type}/{owner.login}/packages/{package.type}/{package.name}/versions"
    return f"{api}/{versions}?per_page=100&page={page}"


def ghcr_token_url(ghcr: str, login: str, package: Package) -> str:
    """Return the address of the registry's token for reading an image."""
    scope = f"repository:{login.lower()}/{plain(package.name).lower()}:pull"
    return f"{ghcr}/token?service=ghcr.io&scope={quote(scope, safe=':/')}"


def manifest_url(ghcr: str, login: str, package: Package, reference: str) -> str:
    """Return the address of an image's manifest, by a tag or a digest."""
    name = f"{login.lower()}/{quote(plain(package.name).lower(), safe='/')}"
    return f"{ghcr}/v2/{name}/manifests/{quote(reference, safe=':')}"


def _versions_base(server: str, owner: Owner, package: Package) -> str:
    if package.repo:
        return package_url(server, owner, package)
    return f"{server}/{owner.type}/{owner.login}/packages/{package.type}/{package.name}"
