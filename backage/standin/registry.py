"""The container, npm, NuGet and RubyGems registries, and the host of their archives."""

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from backage.standin.model import (
    IMAGES,
    INDEX,
    Document,
    NotFoundError,
    Package,
    digest,
    encode,
    first,
)
from backage.standin.transport import Reply, Request, json_reply, redirect
from backage.standin.world import World

LISTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


def answer_archive(world: World, request: Request) -> Reply:
    """Return metadata, or a redirect to the archive on another host; 401 without any Authorization.

    npm: `/@OWNER%2FNAME` (or with a plain slash) and `/download/@OWNER/NAME/VERSION/HASH`.
    NuGet: `/OWNER/index.json`, `/OWNER/download/ID/index.json` and `/OWNER/download/ID/V/ID.V.nupkg`.
    RubyGems: `/OWNER/info/GEM` and `/OWNER/gems/GEM-V.gem`.
    """
    if not request.headers.get("authorization"):
        headers = {"WWW-Authenticate": 'Basic realm="GitHub Package Registry"'}
        return json_reply({"error": "authentication token not provided"}, 401, headers)
    kind, *parts = "/".join(request.segments).split("/")
    answers = {"npm": _answer_npm, "nuget": _answer_nuget, "rubygems": _answer_rubygems}
    return answers[kind](world, request, parts)


def answer_blob(_: World, request: Request) -> Reply:
    """Return the archive at `/blob/SIZE/FILE`, all zeros, in whole or by `Range: bytes=A-B`.

    Refuses a request that brings credentials, as the real hosts do.
    """
    if request.headers.get("authorization"):
        return json_reply({"error": "InvalidAuthenticationInfo"}, 400)
    number = request.segments[1] if len(request.segments) > 1 else ""
    if not number.isdecimal():
        raise NotFoundError
    size = int(number)
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    byte_range = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if byte_range is None:
        return Reply(200, headers, bytes(size))
    begin, end = int(byte_range[1]), min(int(byte_range[2] or size), size - 1)
    if begin > end:
        return Reply(416, {**headers, "Content-Range": f"bytes */{size}"})
    return Reply(206, {**headers, "Content-Range": f"bytes {begin}-{end}/{size}"}, bytes(end - begin + 1))


def answer_token(world: World, request: Request) -> Reply:
    """Return a token for `scope=repository:owner/name:pull`."""
    scope = request.query("scope")
    _find_image(world, scope.removeprefix("repository:").removesuffix(":pull"))
    return json_reply({"token": digest({"scope": scope})[7:39]})


def answer_manifest(world: World, request: Request) -> Reply:
    """Return a manifest by tag or digest, for any bearer token.

    The children of an index answer by digest although they are no versions. Names are lower case
    alone, and an index is not found by a client that does not accept one.
    """
    name, _, reference = "/".join(request.segments[1:]).partition("/manifests/")
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        challenge = f'Bearer realm="{request.origin}/token",service="ghcr.io",scope="repository:{name}:pull"'
        return refuse(401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": challenge})
    document, name = _find_document(_find_image(world, name), reference)
    accepted = request.headers.get("accept", "")
    if document["mediaType"] == INDEX and not any(kind in accepted for kind in LISTS):
        message = "OCI index found, but Accept header does not support OCI indexes"
        return refuse(404, "MANIFEST_UNKNOWN", message)
    headers = {"Content-Type": document["mediaType"], "Docker-Content-Digest": name, "ETag": f'"{name}"'}
    return Reply(200, headers, encode(document))


def refuse(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    """Return an error of the container registry."""
    return json_reply({"errors": [{"code": code, "message": message}]}, status, headers)


def _answer_npm(world: World, request: Request, parts: list[str]) -> Reply:
    match parts:
        case ["download", scope, name, number, _] if scope.startswith("@"):
            package = _find(world, scope[1:], ("npm",), name)
            return _redirect_to_archive(request, package, number, f"{name}-{number}.tgz")
        case [scope, name] if scope.startswith("@"):
            package = _find(world, scope[1:], ("npm",), name)
            full, versions = f"{scope}/{name}", {}
            for number in (version.name for version in package.versions):
                shasum = hashlib.sha1(f"{name}@{number}".encode(), usedforsecurity=False).hexdigest()
                tarball = f"{request.origin}/npm/download/{scope}/{quote(name)}/{number}/{shasum}"
                dist = {"tarball": tarball, "shasum": shasum}
                versions[number] = {"name": full, "version": number, "dist": dist}
            tags = {"latest": package.newest.name}
            return json_reply({"name": full, "dist-tags": tags, "versions": versions})
    raise NotFoundError


def _answer_nuget(world: World, request: Request, parts: list[str]) -> Reply:
    match parts:
        case [login, "index.json"] if world.find_owner(login):
            address = f"{request.origin}/nuget/{quote(login)}/download"
            base = {"@id": address, "@type": "PackageBaseAddress/3.0.0"}
            return json_reply({"version": "3.0.0", "resources": [base]})
        case [login, "download", name, "index.json"] if name == name.lower():
            package = _find(world, login, ("nuget",), name)
            return json_reply({"versions": [version.name for version in reversed(package.versions)]})
        case [login, "download", name, number, file] if file == f"{name.lower()}.{number}.nupkg":
            return _redirect_to_archive(request, _find(world, login, ("nuget",), name), number, file)
    raise NotFoundError


def _answer_rubygems(world: World, request: Request, parts: list[str]) -> Reply:
    match parts:
        case [login, "info", name]:
            text = "---\n"
            for version in reversed(_find(world, login, ("rubygems",), name).versions):
                text += f"{version.name} |checksum:{hashlib.sha256(version.name.encode()).hexdigest()}\n"
            return Reply(200, {"Content-Type": "text/plain"}, text.encode())
        case [login, "gems", file]:
            name, _, number = file.removesuffix(".gem").rpartition("-")
            return _redirect_to_archive(request, _find(world, login, ("rubygems",), name), number, file)
    raise NotFoundError


def _redirect_to_archive(request: Request, package: Package, number: str, file: str) -> Reply:
    """Redirect to the host `localhost`, which is another one than that of the request."""
    version = first(version for version in package.versions if version.name == number)
    return redirect(f"http://localhost:{urlsplit(request.origin).port}/blob/{version.size}/{quote(file)}")


def _find_image(world: World, name: str) -> Package:
    """Return the package of a container image, named `owner/name` in lower case."""
    login, _, rest = name.partition("/")
    if name != name.lower():
        raise NotFoundError
    return _find(world, login, IMAGES, rest)


def _find(world: World, login: str, types: tuple[str, ...], name: str) -> Package:
    packages = world.find_owner(login).packages
    return first(p for p in packages if p.type in types and p.name.lower() == name.lower())


def _find_document(package: Package, reference: str) -> tuple[Document, str]:
    """Return the document of a version, or one that an index names, and its digest."""

    def found() -> Iterator[tuple[Document, str]]:
        for version in package.versions:
            if reference == version.name or reference in version.tags:
                yield version.documents[0], version.name
        for version in package.versions:
            yield from ((child, reference) for child in version.documents[1:] if digest(child) == reference)

    return first(found())
