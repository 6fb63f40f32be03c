"""The message of a commit of the index."""

from collections.abc import Iterable

from backage.render.format import plural

MOST_NAMED = 50
"""Packages named in a message; further ones are only counted."""

_VERBS = {"A": "new", "M": "changed", "D": "gone"}


def render_message(changes: Iterable[tuple[str, str]]) -> str:
    """Write a subject that counts packages and owners, and a line for each package.

    `changes` are pairs of `A`, `M` or `D` and a path below the index.
    """
    packages = {
        path.removesuffix(".json"): _VERBS.get(kind, "changed")
        for kind, path in changes
        if path.endswith(".json")
        and not path.endswith("/.json")
        and path.count("/") == len(("owner", "repo"))
    }
    if not packages:
        return "index: totals"
    owners = {path.partition("/")[0] for path in packages}
    found = list(packages.values())
    counts = [f"{found.count(verb)} {verb}" for verb in _VERBS.values() if verb in found]
    subject = (
        f"index: {_count(len(packages), 'package')} of {_count(len(owners), 'owner')}, {', '.join(counts)}"
    )
    named = [f"{packages[path]} {path}" for path in sorted(packages)[:MOST_NAMED]]
    more = len(packages) - len(named)
    return "\n".join([subject, "", *named, *([f"and {more} more"] if more else [])])


def _count(number: int, thing: str) -> str:
    return f"{number} {plural(number, thing)}"
