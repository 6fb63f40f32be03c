"""Manifests of container images: what ghcr.io serves, and what a version's page shows.

The rules follow the OCI image and distribution specifications and Docker's schema 2. A size is that of the
compressed layers; the configuration does not count.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from backage.errors import PageChangedError
from backage.models.pages import Child, Manifest, Page

KIND = "manifest"
LARGEST = 1 << 53
"""Bytes. More is no size, and does not fit where sizes are kept."""

_PLATFORM = re.compile(r"[A-Za-z0-9._-]{1,40}")
_IMAGE_CONFIGS = ("application/vnd.oci.image.config.", "application/vnd.docker.container.image.")


def parse_manifest(page: Page) -> Manifest:
    """Read a manifest as a registry serves it.

    Raises:
        PageChangedError: it is no manifest.
    """
    return read_manifest(load_object(page, KIND), page.url)


def read_manifest(document: Mapping[str, Any], url: str) -> Manifest:
    """Read a manifest from its JSON: an index has children, an image a size; neither is None and empty.

    Raises:
        PageChangedError: a child has no digest, or a layer no size.
    """
    children = document.get("manifests")
    if isinstance(children, list):
        return Manifest(None, tuple(_child(child, url) for child in children))
    layers = document.get("layers")
    if isinstance(layers, list):
        size = sum(_size(layer, url) for layer in layers)
        if size > LARGEST:
            raise PageChangedError(url, KIND, "believable size")
        return Manifest(size, ())
    config = document.get("config")
    if "layers" not in document or not isinstance(config, dict):
        return Manifest(None, ())  # schema 1 of old images has no sizes
    image = str(config.get("mediaType")).startswith(_IMAGE_CONFIGS)
    return Manifest(0 if image else _size(config, url), ())


def load_object(page: Page, kind: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        PageChangedError: the body is none.
    """
    document = _load(page)
    if not isinstance(document, dict):
        raise PageChangedError(page.url, kind, "JSON object")
    return document


def load_list(page: Page, kind: str) -> list[Any]:
    """Read a JSON list.

    Raises:
        PageChangedError: the body is none.
    """
    document = _load(page)
    if not isinstance(document, list):
        raise PageChangedError(page.url, kind, "JSON list")
    return document


def _load(page: Page) -> object:
    try:
        return json.loads(page.body)
    except (ValueError, RecursionError):
        return None


def _child(child: Any, url: str) -> Child:  # noqa: ANN401 (whatever JSON can hold)
    digest = child.get("digest") if isinstance(child, dict) else None
    if not isinstance(digest, str) or not digest.startswith("sha256:"):
        raise PageChangedError(url, KIND, "digest of a child")
    platform = child.get("platform")
    if not isinstance(platform, dict):
        return Child(digest, None, runnable=False)
    parts = [platform.get(key) for key in ("os", "architecture", "variant")]
    names = [part for part in parts if isinstance(part, str) and _PLATFORM.fullmatch(part)]
    runnable = all(part in names and part != "unknown" for part in parts[:2])
    return Child(digest, "/".join(names), runnable=runnable)


def _size(thing: Any, url: str) -> int:  # noqa: ANN401 (whatever JSON can hold)
    size = thing.get("size") if isinstance(thing, dict) else None
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= LARGEST:
        raise PageChangedError(url, KIND, "size of a layer")
    return size
