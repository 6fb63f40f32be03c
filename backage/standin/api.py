"""The REST API, as far as it tells who an owner is and which versions a package has."""

import time
from collections import Counter
from typing import Any, Literal

from backage.demo.messages import Reply, Request, json_reply
from backage.demo.model import IMAGES
from backage.demo.world import Package, Version, World

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
