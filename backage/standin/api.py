"""The REST and GraphQL APIs: who an owner is, which versions a package has, downloads of Maven packages."""

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from backage.standin.model import IMAGES, MAVEN, Package, Version
from backage.standin.transport import Reply, Request, json_reply
from backage.standin.world import World

HOUR = 3600
AUTHORIZED_LIMIT = 5000
PER_PAGE, MOST_PER_PAGE = 30, 100
TYPES = {"users": "User", "orgs": "Organization"}
NOT_FOUND = {"message": "Not Found", "status": "404"}
NO_TOKEN = {"message": "Requires authentication", "status": "401"}
FORBIDDEN = {"message": "Resource not accessible by integration", "status": "403"}

Calls = Literal["anonymous", "authorized", "graphql"]


class Allowance:
    """How many calls of each sort were made since the hour began. Not locked: the caller does that."""

    def __init__(self) -> None:
        """Begin an hour now."""
        self.reset()

    def reset(self) -> None:
        """Forget the calls made and begin an hour now."""
        self.ends = int(time.time()) + HOUR
        self.used: Counter[Calls] = Counter()

    def take(self, calls: Calls, limit: int) -> tuple[bool, dict[str, str]]:
        """Count a call; whether it is within the limit, and the headers that say so."""
        if time.time() >= self.ends:
            self.reset()
        self.used[calls] += 1
        return self.used[calls] <= limit, {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, limit - self.used[calls])),
            "x-ratelimit-used": str(min(limit, self.used[calls])),
            "x-ratelimit-reset": str(self.ends),
            "x-ratelimit-resource": "graphql" if calls == "graphql" else "core",
        }


def answer_api(world: World, request: Request, headers: dict[str, str], *, allowed: bool) -> Reply:
    """`/api/v3/users/NAME` for users and organisations alike, and the versions of a package.

    404 for all else, 403 when not allowed.
    """
    if not allowed:
        return json_reply({"message": "API rate limit exceeded for 127.0.0.1."}, 403, headers)
    match request.segments:
        case ["api", "v3", "users", login]:
            owner = world.owner(login)
            if owner is not None:
                value = {"login": owner.login, "id": owner.id, "type": TYPES[owner.kind]}
                return json_reply(value, 200, headers)
        case ["api", "v3", "orgs" | "users" as kind, login, "packages", package_type, name, "versions"]:
            if not request.authorized:
                return json_reply(NO_TOKEN, 401, headers)
            if login.lower() in world.rest_forbidden:
                return json_reply(FORBIDDEN, 403, headers)
            owner = world.owner(login)
            package = owner and owner.find(package_type, name)
            if owner and package and owner.kind == kind:
                return _versions(package, request, headers)
    return json_reply(NOT_FOUND, 404, headers)


def _versions(package: Package, request: Request, headers: dict[str, str]) -> Reply:
    """One page of a package's versions, newest first."""
    per_page = min(MOST_PER_PAGE, request.number("per_page", PER_PAGE) or PER_PAGE)
    last = max(1, -(-len(package.versions) // per_page))
    address = f"{request.origin}{request.path}?per_page={per_page}&page="
    links = {"next": request.page + 1, "last": last} if request.page < last else {}
    if links:
        link = ", ".join(f'<{address}{page}>; rel="{rel}"' for rel, page in links.items())
        headers = {**headers, "Link": link}
    shown = package.versions[(request.page - 1) * per_page :][:per_page]
    return json_reply([_version(package, version) for version in shown], 200, headers)


def _version(package: Package, version: Version) -> dict[str, Any]:
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


MOST = 100
SHA1_BYTES, MD5_BYTES = 40, 32
"""The lengths of files of checksums in hexadecimal digits."""


@dataclass(frozen=True)
class Asked:
    """The variables of a query: `name` is the package's, `first` and `after` are of its versions."""

    owner: str
    repo: str
    name: str
    first: int
    after: int


def answer_graphql(world: World, request: Request, headers: dict[str, str], *, allowed: bool) -> Reply:
    """Answer for the Maven package that the variables `owner`, `repo` and `name` say.

    The query's text is not read: every field is sent. The variables `first` (1 to 100, by default 100)
    and `after` page through the versions. Errors come with status 200, except those of a missing token.
    """
    if request.method != "POST":
        return json_reply(NOT_FOUND, 404, headers)
    if not request.authorized:
        return json_reply(NO_TOKEN, 401, headers)
    if not allowed:
        limited = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user."}
        return json_reply({"errors": [limited]}, 200, headers)
    asked = _graphql_read(request.body)
    if asked is None:
        message = "A query is needed, with owner, repo and name, and first from 1 to 100, as variables."
        return json_reply({"errors": [{"message": message}]}, 200, headers)
    return json_reply(_graphql_answer(world, asked), 200, headers)


def _graphql_read(body: bytes) -> Asked | None:
    """Read the variables; None if the body is no query, or if a variable is missing or invalid."""
    try:
        document = json.loads(body)
        asked = document["variables"]
        names = (document["query"], asked["owner"], asked["repo"], asked["name"])
        first, after = asked.get("first", MOST), int(asked.get("after") or 0)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if type(first) is not int or not (0 < first <= MOST and after >= 0):
        return None
    if not all(isinstance(name, str) for name in names):
        return None
    return Asked(*names[1:], first, after)


def _graphql_answer(world: World, asked: Asked) -> dict[str, Any]:
    if asked.owner.lower() in world.graphql_forbidden:
        return _refusal("FORBIDDEN", "Resource not accessible by integration")
    owner = world.owner(asked.owner)
    packages = [] if owner is None else owner.packages
    there = [package for package in packages if package.is_in(asked.repo)]
    if not there:
        name = f"{asked.owner}/{asked.repo}"
        return _refusal("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    nodes = [
        _graphql_package(p, asked, world.today) for p in there if (p.type, p.name) == (MAVEN, asked.name)
    ]
    return {"data": {"repository": {"packages": {"nodes": nodes}}}}


def _refusal(kind: str, message: str) -> dict[str, Any]:
    error = {"type": kind, "path": ["repository"], "message": message}
    return {"data": {"repository": None}, "errors": [error]}


def _graphql_package(package: Package, asked: Asked, today: date) -> dict[str, Any]:
    """A package with one page of its versions, newest first. A cursor is the index of the next version."""
    shown = package.versions[asked.after :][: asked.first]
    end = asked.after + len(shown)
    return {
        "name": package.name,
        "statistics": _statistics(package, today),
        "versions": {
            "totalCount": len(package.versions),
            "pageInfo": {
                "hasNextPage": end < len(package.versions),
                "endCursor": str(end) if shown else None,
            },
            "nodes": [_graphql_version(package, version, today) for version in shown],
        },
    }


def _graphql_version(package: Package, version: Version, today: date) -> dict[str, Any]:
    """A version with its archive and two files of checksums."""
    stem = f"{package.artifact}-{version.name}"
    files = {f"{stem}.jar": version.size, f"{stem}.jar.sha1": SHA1_BYTES, f"{stem}.pom.md5": MD5_BYTES}
    return {
        "version": version.name,
        "statistics": _statistics(version, today),
        "files": {
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "nodes": [{"name": name, "size": size} for name, size in files.items()],
        },
    }


def _statistics(counted: Package | Version, today: date) -> dict[str, int]:
    return {"downloadsTotalCount": counted.total(today)}
