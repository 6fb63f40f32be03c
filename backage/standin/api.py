"""The REST and GraphQL APIs: who an owner is, which versions a package has, downloads of Maven packages."""

import json
from datetime import date
from typing import Any

from backage.standin.model import IMAGES, MAVEN, NotFoundError, Package, Version, first
from backage.standin.transport import Reply, Request, json_reply
from backage.standin.world import World

GRAPHQL = ["api", "graphql"]
PER_PAGE, MOST_PER_PAGE = 30, 100
TYPES = {"users": "User", "orgs": "Organization"}
SHA1_LENGTH, MD5_LENGTH = 40, 32
"""The sizes of files of checksums, in bytes: one for each hexadecimal digit."""

NO_TOKEN = json_reply({"message": "Requires authentication", "status": "401"}, 401)
UNREADABLE = "A query is needed, with owner, repo and name, and first from 1 to 100, as variables."
FORBIDDEN = "Resource not accessible by integration"


def refuse_call(request: Request) -> Reply:
    """Return the answer to a call beyond the hour's limit."""
    if request.segments == GRAPHQL:
        limited = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user."}
        return json_reply({"errors": [limited]})
    return json_reply({"message": "API rate limit exceeded for 127.0.0.1."}, 403)


def answer_api(world: World, request: Request) -> Reply:
    """Answer GraphQL, `/api/v3/users/NAME` for users and organisations, and the versions of a package.

    Raises:
        NotFoundError: the address does not exist.
    """
    match request.segments:
        case ["api", "graphql"] if request.method == "POST":
            return _answer_graphql(world, request) if request.authorized else NO_TOKEN
        case ["api", "v3", "users", login]:
            owner = world.find_owner(login)
            return json_reply({"login": owner.login, "id": owner.id, "type": TYPES[owner.kind]})
        case ["api", "v3", "orgs" | "users" as kind, login, "packages", package_type, name, "versions"]:
            if not request.authorized:
                return NO_TOKEN
            if login.lower() in world.rest_forbidden:
                return json_reply({"message": FORBIDDEN, "status": "403"}, 403)
            owner = world.find_owner(login)
            return _list_versions(
                first(
                    package
                    for package in owner.packages
                    if (package.type, package.name, owner.kind) == (package_type, name, kind)
                ),
                request,
            )
    raise NotFoundError


def _list_versions(package: Package, request: Request) -> Reply:
    """Return one page of a package's versions, newest first."""
    per_page = min(MOST_PER_PAGE, request.number("per_page", PER_PAGE) or PER_PAGE)
    last = max(1, -(-len(package.versions) // per_page))
    headers = {}
    if request.page < last:
        address = f"{request.origin}{request.path}?per_page={per_page}&page="
        pages = {"next": request.page + 1, "last": last}
        headers["Link"] = ", ".join(f'<{address}{page}>; rel="{rel}"' for rel, page in pages.items())
    shown = package.versions[(request.page - 1) * per_page :][:per_page]
    return json_reply([_describe_version(package, version) for version in shown], headers=headers)


def _describe_version(package: Package, version: Version) -> dict[str, Any]:
    metadata: dict[str, Any] = {"package_type": package.type}
    if package.type in IMAGES:
        metadata["container"] = {"tags": list(version.tags)}
    moment = f"{version.published}T09:12:44Z"
    return {
        "id": version.id,
        "name": version.name,
        "created_at": moment,
        "updated_at": moment,
        "metadata": metadata,
    }


def _answer_graphql(world: World, request: Request) -> Reply:
    """Answer for the Maven package that the variables `owner`, `repo` and `name` choose.

    The query's text is not read: every field is sent. The variables `first` (1 to 100, by default 100)
    and `after` page through the versions. Errors have status 200 too.
    """
    query = _read_variables(request.body)
    if query is None:
        return json_reply({"errors": [{"message": UNREADABLE}]})
    if query["owner"].lower() in world.graphql_forbidden:
        return _refuse_query("FORBIDDEN", FORBIDDEN)
    try:
        owner = world.find_owner(query["owner"])
        packages = [package for package in owner.packages if package.is_in(query["repo"])]
        first(packages)
    except NotFoundError:
        name = f"{query['owner']}/{query['repo']}"
        return _refuse_query("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    nodes = [
        _describe_package(package, query["first"], query["after"], world.today)
        for package in packages
        if (package.type, package.name) == (MAVEN, query["name"])
    ]
    return json_reply({"data": {"repository": {"packages": {"nodes": nodes}}}})


def _read_variables(body: bytes) -> dict[str, Any] | None:
    """Read the variables; None if the body is no query, or if a variable is missing or invalid."""
    try:
        document = json.loads(body)
        variables = {"first": MOST_PER_PAGE, **document["variables"]}
        variables["after"] = int(variables.get("after") or 0)
        texts = (document["query"], variables["owner"], variables["repo"], variables["name"])
    except (ValueError, KeyError, TypeError):
        return None
    if type(variables["first"]) is not int or not 0 < variables["first"] <= MOST_PER_PAGE:
        return None
    return variables if variables["after"] >= 0 and all(isinstance(text, str) for text in texts) else None


def _refuse_query(kind: str, message: str) -> Reply:
    error = {"type": kind, "path": ["repository"], "message": message}
    return json_reply({"data": {"repository": None}, "errors": [error]})


def _describe_package(package: Package, count: int, after: int, today: date) -> dict[str, Any]:
    """Return a package with `count` versions, newest first; the cursor is the index of the next version."""
    shown = package.versions[after:][:count]
    end = after + len(shown)
    more = {"hasNextPage": end < len(package.versions), "endCursor": str(end) if shown else None}
    return {
        "name": package.name,
        "statistics": {"downloadsTotalCount": package.total(today)},
        "versions": {
            "totalCount": len(package.versions),
            "pageInfo": more,
            "nodes": [_describe_files(package, version, today) for version in shown],
        },
    }


def _describe_files(package: Package, version: Version, today: date) -> dict[str, Any]:
    """Return a version with its archive and two files of checksums."""
    stem = f"{package.artifact}-{version.name}"
    sizes = {".jar": version.size, ".jar.sha1": SHA1_LENGTH, ".pom.md5": MD5_LENGTH}
    return {
        "version": version.name,
        "statistics": {"downloadsTotalCount": version.total(today)},
        "files": {
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "nodes": [{"name": f"{stem}{suffix}", "size": size} for suffix, size in sizes.items()],
        },
    }
