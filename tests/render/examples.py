from dataclasses import replace
from datetime import date
from typing import Any

from backage.models.history import Downloads, IndexPackage, Owner, Package, PackageDay, Version
from backage.render.package import PackageView

ACME = Owner("Acme", "orgs", 42)
WIDGET = Package("container", "charts%2Fwidget", "tools")
TODAY = date(2026, 11, 22)
BUSY = Downloads(570_175_446, 1043, 50, 1)

VERSIONS = (
    Version(30, "sha256:bbb", ("latest", "1.2.3"), date(2026, 11, 20), Downloads(3039, 999, 0, None), 36_803),
    Version(7, "sha256:aaa", (), date(2026, 11, 1), Downloads(5)),
)


def shown(
    downloads: Downloads = BUSY,
    package: Package = WIDGET,
    *,
    refreshed: date = TODAY,
    size: int | None = 325_091_847,
    versions: int | None = 2,
    tagged: int | None = 1,
    rank: int | None = 1,
) -> PackageView:
    """Return the view of an example package."""
    latest = PackageDay(refreshed, downloads, size, versions, tagged)
    return PackageView(ACME, IndexPackage(1, package, refreshed, latest, None), rank, rank)


def changed(view: PackageView, **changes: Any) -> PackageView:
    """Return the same package with other values in the history."""
    return replace(view, item=replace(view.item, **changes))
