"""The values that cross from one step to the next: frozen, typed, without behaviour.

Unknown is None. Days are UTC. Sizes are bytes. Names of repositories and packages are in the form
they have in GitHub's URLs (`charts%2Fwidget`), which is also their form in the index.
"""

from __future__ import annotations

from backage.models.history import (
    DAY,
    MONTH,
    WEEK,
    Downloads,
    Failure,
    IndexPackage,
    KnownPackage,
    KnownVersion,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    Published,
    Version,
    VersionUpdate,
    Wanted,
)
from backage.models.pages import (
    ROWS_PER_PAGE,
    Child,
    Count,
    Manifest,
    OwnerPage,
    PackagePage,
    Page,
    Request,
    Service,
    VersionPage,
    VersionRow,
    VersionsPage,
)

__all__ = [
    "DAY",
    "MONTH",
    "ROWS_PER_PAGE",
    "WEEK",
    "Child",
    "Count",
    "Downloads",
    "Failure",
    "IndexPackage",
    "KnownPackage",
    "KnownVersion",
    "Manifest",
    "Observation",
    "Owner",
    "OwnerPage",
    "Package",
    "PackageDay",
    "PackagePage",
    "PackageUpdate",
    "Page",
    "Published",
    "Request",
    "Service",
    "Version",
    "VersionPage",
    "VersionRow",
    "VersionUpdate",
    "VersionsPage",
    "Wanted",
]
