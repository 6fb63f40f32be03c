"""Manifests of images, and what the registries say: sizes, children, archives and files."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from backage.errors import PageChangedError
from backage.models.pages import Child, Manifest, Page
from backage.parse.manifest import LARGEST, parse_manifest
from backage.parse.registry import parse_npm, parse_nuget, parse_token

ADDRESS = "https://registry.example/it"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"


def page(document: Any) -> Page:
    """Serve a document."""
    return Page(ADDRESS, json.dumps(document).encode())


def refusal(parse: Callable[[Page], object], document: object) -> str:
    """Return the error message for a document; a text is parsed as it is."""
    body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
    with pytest.raises(PageChangedError) as caught:
        parse(Page(ADDRESS, body))
    return str(caught.value)


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
        ({"config": {"size": 512}, "layers": None}, 512),
        ({"config": "sha256:aa", "layers": None}, None),
        ({"config": {"mediaType": "application/vnd.acme.rules", "size": 512}}, None),
        ({"schemaVersion": 1, "fsLayers": [{"blobSum": "sha256:aa"}]}, None),
        ({"layers": [{"size": 0}]}, 0),
        ({"layers": [{"size": LARGEST}, {"size": 0}]}, LARGEST),
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
    ("platform", "name", "runnable"),
    [
        ({"os": "linux", "architecture": "amd64"}, "linux/amd64", True),
        ({"os": "linux", "architecture": "arm", "variant": "unknown"}, "linux/arm/unknown", True),
        ({"os": "linux", "architecture": "arm", "variant": ["v7"]}, "linux/arm", True),
        ({"os": "linux", "architecture": "unknown", "variant": "v7"}, "linux/unknown/v7", False),
        ({"os": "unknown", "architecture": "arm"}, "unknown/arm", False),
        ({"os": "linux"}, "linux", False),
        ({"architecture": "arm64", "variant": "v8"}, "arm64/v8", False),
        ({"os": "a b", "architecture": "arm64", "variant": "v8"}, "arm64/v8", False),
        ({"os": "linux", "architecture": "a" * 41, "variant": "v8"}, "linux/v8", False),
        ({}, "", False),
        ("linux/amd64", None, False),
    ],
)
def test_a_platform_is_a_system_and_an_architecture(platform: object, name: str, runnable: object) -> None:
    """What lacks one of them, or does not know it, is none that something runs on."""
    document = {"manifests": [{"digest": "sha256:1", "platform": platform}]}
    (child,) = parse_manifest(page(document)).children
    assert (child.platform, child.runnable) == (name, runnable)


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        ("", "JSON object"),
        ("[" * 100_000, "JSON object"),
        ([], "JSON object"),
        ({"layers": [{"size": -1}]}, "size of a layer"),
        ({"layers": [{"size": True}]}, "size of a layer"),
        ({"layers": [{"size": LARGEST + 1}]}, "size of a layer"),
        ({"layers": ["x"]}, "size of a layer"),
        ({"layers": [{"size": LARGEST}, {"size": 1}]}, "believable size"),
        ({"manifests": [{"size": 5}]}, "digest of a child"),
        ({"manifests": [{"digest": "sha512:1"}]}, "digest of a child"),
        ({"manifests": ["x"]}, "digest of a child"),
        ({"config": {"size": "7"}, "layers": None}, "size of a layer"),
    ],
)
def test_what_is_no_manifest_is_an_error(document: object, missing: str) -> None:
    """It never becomes a size, and the sentence says what it lacks."""
    assert refusal(parse_manifest, document) == f"the manifest page has no {missing}: {ADDRESS}"


def test_a_token_is_text() -> None:
    """Under either of its names, and fit for a header."""
    assert parse_token(page({"token": "abc"})) == "abc"
    assert parse_token(page({"access_token": "abc"})) == "abc"
    bad_ones: list[object] = [{}, {"token": 5}, {"token": "a\r\nb"}, {"token": "é"}]
    for bad in bad_ones:
        assert refusal(parse_token, bad) == f"the token page has no token: {ADDRESS}"


@pytest.mark.parametrize(
    ("parse", "kind"),
    [(parse_token, "token"), (parse_npm, "npm"), (parse_nuget, "nuget")],
)
def test_an_answer_is_an_object(parse: Callable[[Page], object], kind: str) -> None:
    """What is none, or no JSON, is an error that names what was asked for."""
    nothing: list[object] = []
    for document in (nothing, "<html>"):
        assert refusal(parse, document) == f"the {kind} page has no JSON object: {ADDRESS}"


def test_npm_names_an_archive_for_each_version() -> None:
    """A version without one is left out."""
    document = {
        "versions": {"1.0.0": {"dist": {"tarball": "https://x/1.tgz"}}, "2.0.0": {"dist": {}}, "3": 4}
    }
    assert parse_npm(page(document)) == {"1.0.0": "https://x/1.tgz"}
    assert refusal(parse_npm, {"error": "not found"}) == f"the npm page has no versions: {ADDRESS}"


def test_nuget_names_where_archives_lie() -> None:
    """Among other resources."""
    resources = [
        {"@type": "SearchQueryService"},
        5,
        {"@type": "PackageBaseAddress/2.0.0", "@id": 5},
        {"@type": "PackageBaseAddress/3.0.0", "@id": "https://x/X/"},
    ]
    assert parse_nuget(page({"resources": resources})) == "https://x/X"
    none: tuple[object, ...] = (None, [], resources[:3])
    for listed in none:
        said = refusal(parse_nuget, {"resources": listed})
        assert said == f"the nuget page has no PackageBaseAddress: {ADDRESS}"
