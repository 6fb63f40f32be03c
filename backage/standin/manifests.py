"""The OCI documents behind a container version, made from a seed and the sizes of its layers."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
IN_TOTO = "application/vnd.in-toto+json"

Document = dict[str, Any]


def encode(document: Document) -> bytes:
    """The bytes a registry serves; the digest of a document is the digest of these."""
    return json.dumps(document, separators=(",", ":")).encode()


def digest(document: Document) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return made_up_digest(encode(document))


def made_up_digest(content: bytes) -> str:
    """The digest of something that is nowhere served, such as a layer."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def documents(seed: int, layers: Sequence[int], *, index: bool = False) -> list[Document]:
    """The version's own document first, then the children it names.

    `layers` are the compressed bytes of its linux/amd64 image. An index names a larger linux/arm64
    image before it and an attestation after it, which is no image at all.
    """
    amd64 = _image(f"{seed}/amd64", layers)
    if not index:
        return [amd64]
    arm64 = _image(f"{seed}/arm64", [size + 4096 for size in layers])
    attestation = _image(f"{seed}/attestation", [1850], layer_type=IN_TOTO)
    note = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest(amd64)}
    entries = [
        _entry(arm64, "linux", "arm64"),
        _entry(amd64, "linux", "amd64"),
        {**_entry(attestation, "unknown", "unknown"), "annotations": note},
    ]
    return [{"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, arm64, amd64, attestation]


def embedded(document: Document, name: str, labels: dict[str, str]) -> Document:
    """What the page of a version shows of its document: the same members, its digest and the labels."""
    shown = {"digest": name, "mediaType": document["mediaType"], "size": len(encode(document))}
    if "config" in document:
        shown["config"] = {**document["config"], "labels": labels}
        shown["layers"] = document["layers"]
    else:
        shown["manifests"] = document["manifests"]
    return shown


def _image(seed: str, layers: Sequence[int], layer_type: str = LAYER) -> Document:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": made_up_digest(f"{seed}/config".encode()), "size": 2311},
        "layers": [
            {"mediaType": layer_type, "digest": made_up_digest(f"{seed}/{number}".encode()), "size": size}
            for number, size in enumerate(layers)
        ],
    }


def _entry(document: Document, system: str, architecture: str) -> Document:
    return {
        "mediaType": document["mediaType"],
        "digest": digest(document),
        "size": len(encode(document)),  # of the child document, never of the image
        "platform": {"architecture": architecture, "os": system},
    }
