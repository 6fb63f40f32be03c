"""Addresses on GitHub, and what may stand in them.

Everything here takes names in URL form. What comes from a page or a file is checked with `is_repo` and
`is_package` first; what passes is also safe as one part of a path in the index.
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
"""What git takes for its own folder on one system or another: a single such path, and it commits nothing."""

_PACKAGE_PAGE = re.compile(
    r"/(?:(?:orgs|users)/(?P<owner>[^/]+)/packages/"
    r"|(?P<login>[^/]+)/(?P<repo>[^/]+)/(?:pkgs/|packages/[0-9]))"
)

Tagged = Literal["tagged", "untagged"]
"""By which a container's list of versions can be filtered."""


def normalize(name: str) -> str:
    """Give a name from a link the one form it has here: `a%2fb` and `a%2Fb` are the same package."""
    return _ESCAPE.sub(lambda match: match[0].upper(), quote(name, safe="%._~!$&'()*+,;=:@-"))


def plain(name: str) -> str:
    """Give a name as people write it: `charts/widget` for `charts%2Fwidget`."""
    return unquote(name)


def is_repo(name: str) -> bool:
    """Tell whether a name can be a repository's, so that it is safe in an address and in a path.

    `.json` is the file of the folder above.
    """
    return _REPO.fullmatch(name) is not None and name not in _TAKEN and not _GIT.fullmatch(name)


def is_package(name: str) -> bool:
    """Tell whether a name can be a package's, in URL form, so that it is safe in an address and in a path.

    What systems other than the one it is written on reserve is no matter: `aux.json`, or a dot at a folder's
    end. Addresses stay as GitHub has them.
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
    """Tell whether a name can be a package's type, as long as `container`, the longest, at most."""
    return _TYPE.fullmatch(name) is not None


def account_url(api: str, login: str) -> str:
    """Address the API's answer that tells an owner's id and type."""
    return f"{api}/users/{login}"


def owner_url(server: str, login: str, kind: OwnerType, page: int = 1) -> str:
    """Address a page of an owner's public packages."""
    base = f"{server}/{login}?tab=packages&" if kind == "users" else f"{server}/orgs/{login}/packages?"
    return f"{base}visibility=public&page={page}"


def package_url(server: str, owner: Owner, package: Package) -> str:
    """Address a package's page; with its repository where it has one, which saves a redirect.

    A Maven package stands at its number; while that is unknown, its repository's list of packages is nearest.
    """
    if package.type == "maven" and package.repo:
        number = "" if package.number is None else f"/{package.number}"
        return f"{server}/{owner.login}/{package.repo}/packages{number}"
    if package.repo:
        return f"{server}/{owner.login}/{package.repo}/pkgs/{package.type}/{package.name}"
    return f"{server}/{owner.type}/{owner.login}/packages/{package.type}/package/{package.name}"


def login_of(server: str, url: str) -> str | None:
    """Tell whose package an address is of; None where it is no package's."""
    match = _package_page(server, url)
    return match["owner"] or match["login"] if match else None


def repo_in(server: str, url: str) -> str | None:
    """Tell which repository an address of a package names; None where it names none."""
    match = _package_page(server, url)
    return match["repo"] if match else None


def _package_page(server: str, url: str) -> re.Match[str] | None:
    return _PACKAGE_PAGE.match(url.removeprefix(server)) if url.startswith(f"{server}/") else None


def versions_url(
    server: str, owner: Owner, package: Package, page: int = 1, only: Tagged | None = None
) -> str:
    """Address a page of a package's versions; without `only` it lists tagged and untagged ones."""
    wanted = f"filters%5Bversion_type%5D={only}&" if only else ""
    return f"{_versions_base(server, owner, package)}/versions?{wanted}page={page}"


def version_url(server: str, owner: Owner, package: Package, version_id: int, name: str) -> str:
    """Address the page of one version: by its id, or by its name if the package is a Maven package."""
    if package.number is not None:
        return f"{package_url(server, owner, package)}?version={quote(name, safe='')}"
    return f"{_versions_base(server, owner, package)}/{version_id}"


def version_ids_url(api: str, owner: Owner, package: Package, page: int) -> str:
    """Address a page of the API that tells the ids of a package's versions, 100 a page."""
    versions = f"{owner.type}/{owner.login}/packages/{package.type}/{package.name}/versions"
    return f"{api}/{versions}?per_page=100&page={page}"


def ghcr_token_url(ghcr: str, login: str, package: Package) -> str:
    """Address the registry's token for reading an image."""
    scope = f"repository:{login.lower()}/{plain(package.name).lower()}:pull"
    return f"{ghcr}/token?service=ghcr.io&scope={quote(scope, safe=':/')}"


def manifest_url(ghcr: str, login: str, package: Package, reference: str) -> str:
    """Address the manifest of an image, by a tag or a digest."""
    name = f"{login.lower()}/{quote(plain(package.name).lower(), safe='/')}"
    return f"{ghcr}/v2/{name}/manifests/{quote(reference, safe=':')}"


def _versions_base(server: str, owner: Owner, package: Package) -> str:
    if package.repo:
        return package_url(server, owner, package)
    return f"{server}/{owner.type}/{owner.login}/packages/{package.type}/{package.name}"
