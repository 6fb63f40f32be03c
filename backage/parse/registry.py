"""What the registries say of their packages: tokens and archives."""

from typing import Any

from backage.errors import PageChangedError
from backage.models.pages import Page
from backage.parse.manifest import load_object

CHECKS = (
    ".sigstore.json",  # longer endings first
    *(".md5", ".sha1", ".sha224", ".sha256", ".sha384", ".sha512"),
    *(".asc", ".sig", ".sigstore", ".minisig", ".pgp", ".gpg", ".attestation", ".provenance"),
)
"""Endings of checksums and signatures, which are no part of a version's size and no downloads of it."""


def parse_token(page: Page) -> str:
    """Read ghcr.io's anonymous token.

    Raises:
        PageChangedError: there is none.
    """
    document = load_object(page, "token")
    token = document.get("token") or document.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise PageChangedError(page.url, "token", "token")
    return token


def parse_npm(page: Page) -> dict[str, str]:
    """Read the address of each version's archive.

    Raises:
        PageChangedError: the document lists no versions.
    """
    versions = load_object(page, "npm").get("versions")
    if not isinstance(versions, dict):
        raise PageChangedError(page.url, "npm", "versions")
    found = {}
    for name, version in versions.items():
        dist = version.get("dist") if isinstance(version, dict) else None
        tarball = dist.get("tarball") if isinstance(dist, dict) else None
        if isinstance(tarball, str):
            found[name] = tarball
    return found


def parse_nuget(page: Page) -> str:
    """Read the address below which the archives lie, without a slash at its end.

    Raises:
        PageChangedError: the service index does not name it.
    """
    for resource in _list(load_object(page, "nuget").get("resources")):
        if not isinstance(resource, dict) or not isinstance(resource.get("@id"), str):
            continue
        if str(resource.get("@type")).startswith("PackageBaseAddress/"):
            return str(resource["@id"]).rstrip("/")
    raise PageChangedError(page.url, "nuget", "PackageBaseAddress")


def _list(value: Any) -> list[Any]:  # noqa: ANN401 (whatever JSON can hold)
    return value if isinstance(value, list) else []
