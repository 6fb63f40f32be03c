"""The GraphQL API, as far as it tells the downloads and the files of Maven packages."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from backage.demo.api import NO_TOKEN, NOT_FOUND
from backage.demo.messages import Reply, Request, json_reply
from backage.demo.model import MAVEN
from backage.demo.world import Package, Version, World

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
    asked = _read(request.body)
    if asked is None:
        message = "A query is needed, with owner, repo and name, and first from 1 to 100, as variables."
        return json_reply({"errors": [{"message": message}]}, 200, headers)
    return json_reply(_answer(world, asked), 200, headers)


def _read(body: bytes) -> Asked | None:
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


def _answer(world: World, asked: Asked) -> dict[str, Any]:
    if asked.owner.lower() in world.graphql_forbidden:
        return _refusal("FORBIDDEN", "Resource not accessible by integration")
    owner = world.owner(asked.owner)
    packages = [] if owner is None else owner.packages
    there = [package for package in packages if package.is_in(asked.repo)]
    if not there:
        name = f"{asked.owner}/{asked.repo}"
        return _refusal("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    nodes = [_package(p, asked, world.today) for p in there if (p.type, p.name) == (MAVEN, asked.name)]
    return {"data": {"repository": {"packages": {"nodes": nodes}}}}


def _refusal(kind: str, message: str) -> dict[str, Any]:
    error = {"type": kind, "path": ["repository"], "message": message}
    return {"data": {"repository": None}, "errors": [error]}


def _package(package: Package, asked: Asked, today: date) -> dict[str, Any]:
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
            "nodes": [_version(package, version, today) for version in shown],
        },
    }


def _version(package: Package, version: Version, today: date) -> dict[str, Any]:
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
