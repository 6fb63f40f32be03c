"""What stands on GitHub's pages: text in, frozen values out, no I/O.

Things are found by their label and their meaning (the element after `Total downloads`, the link that
ends in a version's id), never by a list of classes or a position, for those change every few months.
What is not found is a `PageChangedError` that names the page and the thing; it never becomes a zero.
"""

from __future__ import annotations

from backage.parse.account import parse_account
from backage.parse.inspect import inspect_page
from backage.parse.manifest import parse_manifest, read_manifest
from backage.parse.maven import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids
from backage.parse.owner import parse_owner
from backage.parse.package import parse_package
from backage.parse.published import parse_flat, parse_published
from backage.parse.registry import parse_npm, parse_nuget, parse_token
from backage.parse.version import parse_version
from backage.parse.versions import parse_versions

__all__ = [
    "inspect_page",
    "parse_account",
    "parse_flat",
    "parse_manifest",
    "parse_maven",
    "parse_maven_answer",
    "parse_maven_list",
    "parse_npm",
    "parse_nuget",
    "parse_owner",
    "parse_package",
    "parse_published",
    "parse_token",
    "parse_version",
    "parse_version_ids",
    "parse_versions",
    "read_manifest",
]
