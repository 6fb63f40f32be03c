"""A site to look at: the demonstration's packages after two days, and names that strangers might choose."""

from datetime import date, timedelta
from pathlib import Path

from backage.models.history import (
    Downloads,
    Observation,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
    VersionUpdate,
)
from backage.owners import OptOut
from backage.pipeline.site import write_site
from backage.render.site.pages import SiteAddresses
from backage.store.database import open_history
from backage.store.owners import save_owner
from backage.store.packages import save_package
from backage.store.runs import start_run
from backage.urls import is_package, normalize
from tests.conftest import Instance

SCRIPT = "<script>window.hurt=1</script>"
TURNED = "\u202e"
"""Turns the direction of what follows; in a tag, for no package has such a name."""

HOSTILE = (
    SCRIPT,
    "\"'><img src=x onerror='window.hurt=1'>",
    "\U0001f680\U0001f4e6",
    f"{TURNED}gpj.exe \u05e9\u05dc\u05d5\u05dd",
    "long-" * 40,
    "a&amp;b#c?d=%e",
)
MANY = 450
"""Versions of a package that has more than its page holds."""

PLACE = SiteAddresses("https://octo-forge.github.io/backage/", "", "octo-forge/backage")


def add(history_path: Path, day: date, package: Package, versions: list[VersionUpdate]) -> None:
    """Write a package of an owner of its own into a history."""
    days = tuple(
        PackageDay(day - timedelta(days=29 - place), Downloads(100 + place, place, place, 1), 512, 1, 1)
        for place in range(30)
    )
    with open_history(history_path) as history:
        run = start_run(history, day)
        save_owner(history, Owner("evil", "users", 13))
        update = PackageUpdate(
            day, days, None, None, 1, list_finished=True, complete=True, versions=tuple(versions)
        )
        save_package(history, "evil", package, update, run)


def make_site(instance: Instance, folder: Path) -> Path:
    """Build the site and return its folder."""
    instance.update()
    instance.server.world.advance()
    instance.update()
    day = instance.server.world.today
    for name in HOSTILE:
        called = normalize(name.removeprefix(TURNED))
        package = Package("container", called if is_package(called) else "long-" * 40)
        tags = (name, "latest")
        seen = Observation(day, Downloads(3, 2, 1, 0))
        add(instance.history, day, package, [VersionUpdate(7, f"sha256:{'a' * 64}", tags, None, None, seen)])
    versions = [
        VersionUpdate(n, f"1.{n}.0", (f"tag-{n}",), None, None, Observation(day, Downloads(n)))
        for n in range(1, MANY + 1)
    ]
    add(instance.history, day, Package("npm", "many"), versions)
    with open_history(instance.history) as history:
        write_site(history, folder, instance.index, OptOut(), PLACE)
    return folder
