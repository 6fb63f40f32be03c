"""Manifests of images, and what the registries say: sizes, children, archives and files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backage.errors import PageChangedError
from backage.models import Child, Manifest, Page
from backage.parse import parse_files, parse_manifest, parse_npm, parse_nuget, parse_token
from backage.parse.events.artifact import parse_artifact
from backage.parse.registry import CHECKS

IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"


def page(document: Any) -> Page:
    """Serve a document."""
    return Page("https://registry.example/it", json.dumps(document).encode())


@pytest.mark.parametrize(
    ("document", "size"),
    [
        ({"config": {"mediaType": IMAGE_CONFIG, "size": 7}, "layers": [{"size": 100}, {"size": 23}]}, 123),
        ({"config": {"mediaType": HELM_CONFIG, "size": 7}, "layers": [{"size": 14_208}]}, 14_208),
        (
            {
                "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2},
                "layers": [{"size": 9}],
            },
            9,
        ),
        ({"config": {"mediaType": IMAGE_CONFIG, "size": 7}, "layers": []}, 0),
        ({"config": {"mediaType": IMAGE_CONFIG, "size": 7}, "layers": None}, 0),
        ({"config": {"mediaType": "application/vnd.docker.container.image.v1+json"}, "layers": None}, 0),
        ({"config": {"mediaType": "application/vnd.acme.rules", "size": 512}, "layers": None}, 512),
        ({"schemaVersion": 1, "fsLayers": [{"blobSum": "sha256:aa"}]}, None),
    ],
)
def test_the_size_is_that_of_the_layers(document: dict[str, Any], size: int | None) -> None:
    """Images, charts, signatures and artifacts, with and without layers; old manifests tell none."""
    assert parse_manifest(page(document)) == Manifest(size, ())


def test_an_index_has_children() -> None:
    """Each with its platform; an attestation cannot run, nor what has no platform."""
    document = {
        "manifests": [
            {
                "digest": "sha256:1",
                "size": 1363,
                "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
            },
            {"digest": "sha256:2", "size": 566, "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": "sha256:3", "size": 9},
        ]
    }
    assert parse_manifest(page(document)) == Manifest(
        None,
        (
            Child("sha256:1", "linux/arm/v7", runnable=True),
            Child("sha256:2", "unknown/unknown", runnable=False),
            Child("sha256:3", None, runnable=False),
        ),
    )


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        {"layers": [{"size": -1}]},
        {"layers": [{"size": True}]},
        {"layers": ["x"]},
        {"manifests": [{"size": 5}]},
        {"manifests": ["x"]},
        {"config": {"size": "7"}, "layers": None},
    ],
)
def test_what_is_no_manifest_is_an_error(document: object) -> None:
    """It never becomes a size."""
    with pytest.raises(PageChangedError):
        parse_manifest(page(document))


def test_a_token_is_text() -> None:
    """Under either of its names, and fit for a header."""
    assert parse_token(page({"token": "abc"})) == "abc"
    assert parse_token(page({"access_token": "abc"})) == "abc"
    bad_ones: list[object] = [{}, {"token": 5}, {"token": "a\r\nb"}, {"token": "é"}, []]
    for bad in bad_ones:
        with pytest.raises(PageChangedError):
            parse_token(page(bad))


def test_npm_names_an_archive_for_each_version() -> None:
    """A version without one is left out."""
    document = {
        "versions": {"1.0.0": {"dist": {"tarball": "https://x/1.tgz"}}, "2.0.0": {"dist": {}}, "3": 4}
    }
    assert parse_npm(page(document)) == {"1.0.0": "https://x/1.tgz"}
    with pytest.raises(PageChangedError, match="the npm page has no versions"):
        parse_npm(page({"error": "not found"}))


def test_nuget_names_where_archives_lie() -> None:
    """Among other resources."""
    resources = [
        {"@type": "SearchQueryService"},
        5,
        {"@type": "PackageBaseAddress/3.0.0", "@id": "https://x/d/"},
    ]
    assert parse_nuget(page({"resources": resources})) == "https://x/d"
    with pytest.raises(PageChangedError, match="PackageBaseAddress"):
        parse_nuget(page({"resources": None}))


def files(*nodes: tuple[str, int], more: bool = False) -> dict[str, Any]:
    """Make the files of a version."""
    return {
        "pageInfo": {"hasNextPage": more},
        "nodes": [{"name": name, "size": size} for name, size in nodes],
    }


def answer(*versions: tuple[str, dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
    """Make GraphQL's answer."""
    nodes = [{"version": version, "files": found} for version, found in versions]
    info = {"hasNextPage": cursor is not None, "endCursor": cursor}
    package = {"versions": {"pageInfo": info, "nodes": nodes}}
    return {"data": {"repository": {"packages": {"nodes": [package]}}}}


def test_files_are_added_up_without_checksums_and_signatures() -> None:
    """A version whose files do not fit on a page, or that has none, is unknown."""
    document = answer(
        (
            "1.0",
            files(("a.jar", 1000), ("a.pom", 24), ("a.jar.sha1", 40), ("a.jar.asc", 800), ("a.jar.MD5", 32)),
        ),
        ("2.0", files(("a.jar", 5), more=True)),
        ("3.0", files(("a.jar.sha256", 64))),
        cursor="next",
    )
    assert parse_files(page(document)) == ({"1.0": 1024, "2.0": None, "3.0": None}, "next")


@pytest.mark.parametrize("ending", CHECKS)
def test_no_checksum_and_no_signature_has_a_part_in_a_size(ending: str) -> None:
    """What is none of a version's size is no download of it either, and the reverse."""
    document = answer(("1.0", files(("a.jar", 1000), (f"a.jar{ending}", 40))))
    assert parse_files(page(document)) == ({"1.0": 1000}, None)
    assert parse_artifact(f"org/example/lamp/1.0/lamp-1.0.jar{ending}").kind == "crypto"


@pytest.mark.parametrize("size", [True, -1, 1.5, "5", None, 1 << 54])
def test_a_size_that_is_none(size: Any) -> None:
    """It is no part of a sum."""
    with pytest.raises(PageChangedError, match="files of a package"):
        parse_files(page(answer(("1.0", files(("a.jar", size))))))


@pytest.mark.parametrize(
    "document",
    [
        {"errors": [{"message": "rate limit"}], "data": None},
        {"data": {"repository": None}},
        {"data": {"repository": {"packages": {"nodes": []}}}},
        answer(("1.0", {"nodes": []})),
    ],
)
def test_an_answer_with_errors_is_an_error(document: dict[str, Any]) -> None:
    """GraphQL's errors come with status 200."""
    with pytest.raises(PageChangedError, match="the graphql page has no files of a package"):
        parse_files(page(document))
