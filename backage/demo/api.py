"""The REST API, as far as it tells who an owner is, and its hourly allowance."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from backage.demo.messages import Reply, Request, json_reply

if TYPE_CHECKING:
    from backage.demo.world import World

HOUR = 3600
AUTHORIZED_LIMIT = 5000
TYPES = {"users": "User", "orgs": "Organization"}


class Allowance:
    """How many calls were made since `begin`, with and without a token. Not locked: the caller does that."""

    def __init__(self) -> None:
        """Begin an hour now."""
        self.reset()

    def reset(self) -> None:
        """Forget the calls made and begin an hour now."""
        self.ends = int(time.time()) + HOUR
        self.used = {False: 0, True: 0}

    def take(self, limit: int, *, authorized: bool) -> tuple[bool, dict[str, str]]:
        """Count a call; whether it is within the limit, and the headers that say so."""
        if time.time() >= self.ends:
            self.reset()
        limit = AUTHORIZED_LIMIT if authorized else limit
        self.used[authorized] += 1
        return self.used[authorized] <= limit, {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, limit - self.used[authorized])),
            "x-ratelimit-used": str(min(limit, self.used[authorized])),
            "x-ratelimit-reset": str(self.ends),
            "x-ratelimit-resource": "core",
        }


def answer_api(world: World, request: Request, headers: dict[str, str], *, allowed: bool) -> Reply:
    """`/api/v3/users/NAME` for users and organisations alike; 404 for all else, 403 when not allowed."""
    if not allowed:
        return json_reply({"message": "API rate limit exceeded for 127.0.0.1."}, 403, headers)
    match request.segments:
        case ["api", "v3", "users", login]:
            owner = world.owner(login)
            if owner is not None:
                value = {"login": owner.login, "id": owner.id, "type": TYPES[owner.kind]}
                return json_reply(value, 200, headers)
    return json_reply({"message": "Not Found", "status": "404"}, 404, headers)
