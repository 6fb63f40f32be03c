"""Styles and scripts of the pages: those of the site, and some of their own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue

blueprint = Blueprint("assets", __name__)

FILES = {
    "backage.render.site": ("chart.js", "common.js", "icon.svg", "site.css", "uPlot.css", "uPlot.js"),
    "backage.webhook": ("dashboard.css", "dashboard.js"),
}
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

_VERSION = 8
"""Characters of a digest in a URL, so that browsers never use a cached file of another version."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, and its name in the URL."""

    address: str
    data: bytes
    type: str


@cache
def load_assets() -> Mapping[str, Asset]:
    """Return all assets by name."""
    found = {}
    for package, names in FILES.items():
        for name in names:
            data = (resources.files(package) / "assets" / name).read_bytes()
            stem, _, ending = name.rpartition(".")
            digest = hashlib.sha256(data).hexdigest()[:_VERSION]
            found[name] = Asset(f"{stem}.{digest}.{ending}", data, TYPES[ending])
    return found


@blueprint.get("/static/<address>")
def send(address: str) -> ResponseReturnValue:
    """Send an asset. Under its URL it never changes."""
    found = next((asset for asset in load_assets().values() if asset.address == address), None)
    if found is None:
        abort(404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.data, mimetype=found.type, headers=kept)


@blueprint.app_template_global("asset")
def address_of(name: str) -> str:
    """Return the URL of an asset."""
    return url_for("assets.send", address=load_assets()[name].address)
