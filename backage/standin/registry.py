"""The container, npm, NuGet and RubyGems registries, and the host of their archives."""

import hashlib
import re
from urllib.parse import quote, urlsplit

from backage.standin.model import IMAGES, INDEX, Document, Package, digest, documents, encode
from backage.standin.transport import Reply, Request, json_reply, redirect
from backage.standin.world import World

NOT_FOUND = {"error": "not found"}


def answer_archive(world: World, request: Request) -> Reply:
    """Metadata, or a redirect to the archive on another host; 401 without any Authorization."""
    if not request.headers.get("authorization"):
        headers = {"WWW-Authenticate": 'Basic realm="GitHub Package Registry"'}
        return json_reply({"error": "authentication token not provided"}, 401, headers)
    kind, *rest = request.segments
    answers = {"npm": _answer_npm, "nuget": _answer_nuget, "rubygems": _answer_rubygems}
    return answers[kind](world, request, rest)


def answer_blob(request: Request) -> Reply:
    """The archive at `/blob/SIZE/FILE`, all zeros, in whole or by `Range: bytes=A-B`.

    Refuses a request that brings credentials, as the real hosts do.
    """
    if request.headers.get("authorization"):
        return json_reply({"error": "InvalidAuthenticationInfo"}, 400)
    if len(request.segments) < 2 or not request.segments[1].isdecimal():  # noqa: PLR2004 - blob, SIZE
        return json_reply(NOT_FOUND, 404)
    size = int(request.segments[1])
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if asked is None:
        return Reply(200, headers, bytes(size))
    first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    if first > last:
        return Reply(416, {**headers, "Content-Range": f"bytes */{size}"})
    return Reply(206, {**headers, "Content-Range": f"bytes {first}-{last}/{size}"}, bytes(last - first + 1))


def _answer_npm(world: World, request: Request, rest: list[str]) -> Reply:
    """`/@owner%2Fname` (or with a plain slash) and `/download/@owner/name/VERSION/HASH`."""
    parts = "/".join(rest).split("/")
    number = None
    if parts[0] == "download" and len(parts) == 5:  # noqa: PLR2004 - download, scope, name, version, hash
        number, parts = parts[3], parts[1:3]
    scope, name = parts[0], "/".join(parts[1:])
    package = _find(world, scope.removeprefix("@"), "npm", name)
    if package is None or not scope.startswith("@"):
        return json_reply(NOT_FOUND, 404)
    if number is not None:
        return _archive(request, package, number, f"{name}-{number}.tgz")
    versions = {}
    for version in package.versions:
        shasum = hashlib.sha1(f"{name}@{version.name}".encode(), usedforsecurity=False).hexdigest()
        tarball = f"{request.origin}/npm/download/{scope}/{quote(name)}/{version.name}/{shasum}"
        dist = {"tarball": tarball, "shasum": shasum}
        versions[version.name] = {"name": f"{scope}/{name}", "version": version.name, "dist": dist}
    latest = {"latest": package.newest.name}
    return json_reply({"name": f"{scope}/{name}", "dist-tags": latest, "versions": versions})


def _answer_nuget(world: World, request: Request, rest: list[str]) -> Reply:
    """`/OWNER/index.json`, `/OWNER/download/ID/index.json` and `/OWNER/download/ID/V/ID.V.nupkg`."""
    match rest:
        case [login, "index.json"] if world.owner(login) is not None:
            base = {
                "@id": f"{request.origin}/nuget/{quote(login)}/download",
                "@type": "PackageBaseAddress/3.0.0",
            }
            return json_reply({"version": "3.0.0", "resources": [base]})
        case [login, "download", name, "index.json"] if name == name.lower():
            package = _find(world, login, "nuget", name)
            if package is not None:
                return json_reply({"versions": [version.name for version in reversed(package.versions)]})
        case [login, "download", name, number, file] if file == f"{name}.{number}.nupkg":
            package = _find(world, login, "nuget", name)
            if package is not None and name == name.lower():
                return _archive(request, package, number, file)
    return json_reply(NOT_FOUND, 404)


def _answer_rubygems(world: World, request: Request, rest: list[str]) -> Reply:
    """`/OWNER/info/GEM` and `/OWNER/gems/GEM-V.gem`."""
    match rest:
        case [login, "info", name]:
            package = _find(world, login, "rubygems", name)
            if package is not None:
                lines = (
                    f"{v.name} |checksum:{hashlib.sha256(v.name.encode()).hexdigest()}\n"
                    for v in reversed(package.versions)
                )
                return Reply(200, {"Content-Type": "text/plain"}, f"---\n{''.join(lines)}".encode())
        case [login, "gems", file]:
            name, _, number = file.removesuffix(".gem").rpartition("-")
            package = _find(world, login, "rubygems", name)
            if package is not None:
                return _archive(request, package, number, file)
    return json_reply(NOT_FOUND, 404)


def _find(world: World, login: str, package_type: str, name: str) -> Package | None:
    owner = world.owner(login)
    packages = [] if owner is None else owner.packages
    return next((p for p in packages if p.type == package_type and p.name.lower() == name.lower()), None)


def _archive(request: Request, package: Package, number: str, file: str) -> Reply:
    """The archive lies on the host `localhost`, which is not the one that was asked."""
    version = next((version for version in package.versions if version.name == number), None)
    if version is None:
        return json_reply(NOT_FOUND, 404)
    return redirect(f"http://localhost:{urlsplit(request.origin).port}/blob/{version.size}/{quote(file)}")


LISTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


def answer_token(world: World, request: Request) -> Reply:
    """A token for `scope=repository:owner/name:pull`, 403 for a package that does not exist."""
    scope = request.query("scope")
    name = scope.removeprefix("repository:").removesuffix(":pull")
    if _image_package(world, name) is None:
        return _refusal(403, "DENIED", "requested access to the resource is denied")
    return json_reply({"token": digest({"scope": scope})[7:39]})


def answer_manifest(world: World, request: Request) -> Reply:
    """A manifest by tag or digest, for any bearer token.

    The children of an index answer by digest although they are no versions. Names are lower case
    alone, and an index is not found by a client that does not accept one.
    """
    name, _, reference = "/".join(request.segments[1:]).partition("/manifests/")
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        challenge = f'Bearer realm="{request.origin}/token",service="ghcr.io",scope="repository:{name}:pull"'
        reply = _refusal(401, "UNAUTHORIZED", "authentication required")
        return Reply(reply.status, {**reply.headers, "WWW-Authenticate": challenge}, reply.body)
    package = _image_package(world, name)
    found = None if package is None else _find_document(package, reference)
    if found is None:
        return _refusal(404, "MANIFEST_UNKNOWN", "manifest unknown")
    document, name = found
    if document["mediaType"] == INDEX and not any(
        kind in request.headers.get("accept", "") for kind in LISTS
    ):
        message = "OCI index found, but Accept header does not support OCI indexes"
        return _refusal(404, "MANIFEST_UNKNOWN", message)
    headers = {"Content-Type": document["mediaType"], "Docker-Content-Digest": name, "ETag": f'"{name}"'}
    return Reply(200, headers, encode(document))


def _image_package(world: World, name: str) -> Package | None:
    if name != name.lower():
        return None
    login, _, rest = name.partition("/")
    owner = world.owner(login)
    packages = [] if owner is None else owner.packages
    return next((p for p in packages if p.type in IMAGES and p.name.lower() == rest), None)


def _find_document(package: Package, reference: str) -> tuple[Document, str] | None:
    """The document and its digest."""
    for version in package.versions:
        if reference == version.name or reference in version.tags:
            return documents(version.id, version.layers, index=version.index)[0], version.name
    for version in package.versions:
        if version.index:
            for child in documents(version.id, version.layers, index=True)[1:]:
                if digest(child) == reference:
                    return child, reference
    return None


def _refusal(status: int, code: str, message: str) -> Reply:
    return json_reply({"errors": [{"code": code, "message": message}]}, status)
