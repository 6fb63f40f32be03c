"""The container registry: tokens and manifests."""

from backage.demo.manifests import INDEX, Document, digest, documents, encode
from backage.demo.messages import Reply, Request, json_reply
from backage.demo.model import IMAGES
from backage.demo.world import Package, World

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
    found = None if package is None else _find(package, reference)
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


def _find(package: Package, reference: str) -> tuple[Document, str] | None:
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
