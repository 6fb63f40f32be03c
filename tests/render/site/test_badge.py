import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from backage.models.history import Downloads
from backage.render.package import Head, render_head
from backage.render.site.badge import (
    COLORS,
    LONGEST,
    Badge,
    package_badges,
    render_badge,
    render_endpoint,
)
from tests.render.documents import AWKWARD, SVG, read_svg, texts
from tests.render.examples import VERSIONS, shown

ENDPOINT = {
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": list(COLORS)},
    },
    "required": ["schemaVersion", "label", "message"],
    "additionalProperties": False,
}
"""Of shields.io's schema what is used here; it knows more keys, and refuses any other."""


def example(**changes: Any) -> Head:
    """Return the head of the example package with other values."""
    return {**render_head(shown(), VERSIONS), **changes}


def test_messages_and_colors() -> None:
    """Each metric has a badge: the index's text in the colour that shields.io gives to its kind."""
    badges = package_badges(example())
    assert badges == {
        "downloads": Badge("downloads", "570.1M", "brightgreen"),
        "downloads_month": Badge("downloads", "1k/month", "brightgreen"),
        "downloads_week": Badge("downloads", "50/week", "yellowgreen"),
        "downloads_day": Badge("downloads", "1/day", "yellow"),
        "size": Badge("size", "325 MB", "blue"),
        "versions": Badge("versions", "2", "blue"),
        "tagged": Badge("tagged", "1", "blue"),
        "latest": Badge("latest", "1.2.3", "blue"),
        "newest": Badge("newest", "1.2.3", "blue"),
        "owner_rank": Badge("owner rank", "#1", "blue"),
    }


@pytest.mark.parametrize(
    ("downloads", "color"),
    [
        (0, "red"),
        (1, "yellow"),
        (9, "yellow"),
        (10, "yellowgreen"),
        (99, "yellowgreen"),
        (100, "green"),
        (999, "green"),
        (1000, "brightgreen"),
        (10**9, "brightgreen"),
    ],
)
def test_colors_of_downloads(downloads: int, color: str) -> None:
    """More downloads are greener, in shields.io's steps, by the exact number."""
    head = render_head(shown(Downloads(total=downloads)), VERSIONS)
    assert package_badges(head)["downloads"].color == color


@pytest.mark.parametrize(
    ("tag", "color"),
    [
        ("1.2.3", "blue"),
        ("v1.2.3", "blue"),
        ("latest", "blue"),
        ("10.0", "blue"),
        ("0.9", "orange"),
        ("v0.9", "orange"),
        ("2.0.0-RC1", "orange"),
        ("2.0.0-alpha", "orange"),
        ("3.dev4", "orange"),
        ("none", "lightgrey"),
    ],
)
def test_colors_of_tags(tag: str, color: str) -> None:
    """A release is blue, a version below 1.0 or a pre-release orange, and a missing tag grey."""
    badges = package_badges(example(latest_tag=tag, newest_tag=tag))
    assert badges["latest"] == Badge("latest", tag, color)
    assert badges["newest"] == Badge("newest", tag, color)


def test_unknown() -> None:
    """An unknown value says `unknown` in grey, and no badge has -1."""
    head = render_head(shown(Downloads(), size=None, versions=None, tagged=None, rank=None), [])
    badges = package_badges(head)
    assert {(badge.message, badge.color) for badge in badges.values()} == {("unknown", "lightgrey")}
    assert [badge.label for badge in badges.values()] == [
        *["downloads"] * 4,
        *["size", "versions", "tagged", "latest", "newest", "owner rank"],
    ]


def test_zero_is_known() -> None:
    """Zero is a number: no downloads are red, and no tags are a blue 0."""
    badges = package_badges(render_head(shown(Downloads(0, 0, 0, 0), tagged=0), VERSIONS))
    assert badges["downloads_day"] == Badge("downloads", "0/day", "red")
    assert badges["tagged"] == Badge("tagged", "0", "blue")


def test_stale() -> None:
    """All badges of a stale package are grey and say so; unknown values say only that."""
    head = render_head(replace(shown(Downloads(1200, None, 3, 0)), stale=True), VERSIONS)
    badges = package_badges(head)
    assert {badge.color for badge in badges.values()} == {"lightgrey"}
    assert badges["downloads"].message == "1.2k (stale)"
    assert badges["downloads_week"].message == "3/week (stale)"
    assert badges["latest"].message == "1.2.3 (stale)"
    assert badges["downloads_month"].message == "unknown"


@pytest.mark.parametrize("tag", AWKWARD)
def test_awkward_tags(tag: str) -> None:
    """Any tag gives a badge of 1 to 40 characters in one line, and valid XML and JSON."""
    badge = package_badges(example(latest_tag=tag))["latest"]
    assert badge.message == badge.message.strip() != ""
    assert len(badge.message) <= LONGEST
    assert not set(badge.message) & set("\n\r\t\0\x1b\u202e\ud800")
    written = texts(read_svg(render_badge(badge)))
    assert written == ["latest"] * 3 + [badge.message] * 3
    assert json.loads(render_endpoint(badge))["message"] == badge.message


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 39 + "…"),
        ("x" * 37 + "e\u0301\u0301\u0301", "x" * 37 + "…"),
        ("x" * 38 + "e\u0301", "x" * 38 + "e\u0301"),
        ("x" * 38 + "e\u0301y", "x" * 38 + "…"),
        ("x" * 36 + "e\u0301\u0302" + "y" * 9, "x" * 36 + "e\u0301\u0302…"),
        ("x" * 38 + " yyy", "x" * 38 + "…"),
        ("a\u0301" + "\u0301" * 60, "a…"),
    ],
)
def test_long_tags_are_cut(tag: str, message: str) -> None:
    """A long tag is cut with an ellipsis, never between a letter and its marks."""
    assert package_badges(example(latest_tag=tag))["latest"].message == message


def test_endpoint_has_only_the_keys_that_shields_knows() -> None:
    """Every file follows the endpoint's schema and is one line."""
    for stale in (False, True):
        for badge in package_badges(example(stale=stale)).values():
            data = render_endpoint(badge)
            Draft202012Validator(ENDPOINT).validate(json.loads(data))
            assert data.endswith(b"}\n")
            assert data.count(b"\n") == 1
    assert render_endpoint(Badge("latest", "größe", "blue")) == (
        '{"schemaVersion":1,"label":"latest","message":"größe","color":"blue"}\n'.encode()
    )


def test_svg() -> None:
    """A badge has an accessible name, its colour, and the width of its texts."""
    root = read_svg(render_badge(Badge("downloads", "570.1M", "brightgreen")))
    assert (root.get("width"), root.get("height")) == ("120", "20")
    assert root.get("aria-label") == root[0].text == "downloads: 570.1M"
    assert [rect.get("width") for rect in root.iterfind(".//*[@clip-path]/*")] == ["69", "51", "120"]
    assert [rect.get("fill") for rect in root.iterfind(".//*[@clip-path]/*")] == ["#555", "#4b0", "url(#s)"]


def test_svg_without_label() -> None:
    """Without a label the message fills the badge."""
    root = read_svg(render_badge(Badge("", "570.1M", "blue")))
    assert root.get("width") == "51"
    assert root.get("aria-label") == "570.1M"
    assert texts(root) == ["570.1M"] * 3
    assert {text.get("x") for text in root.iter(f"{SVG}text")} == {"255"}
    assert [rect.get("fill") for rect in root.iterfind(".//*[@clip-path]/*")] == [*["#007ec6"] * 2, "url(#s)"]


def test_svg_to_the_byte() -> None:
    """A badge has the bytes of shields.io's badge-maker 6; `tests/shields` compares many more."""
    font = "Verdana,Geneva,DejaVu Sans,sans-serif"
    label, message = (
        f'<g transform="scale(.1)"><g aria-hidden="true" fill="#010101"><text x="{x}" y="150"'
        f' fill-opacity=".8" filter="url(#blur)" textLength="{length}">{text}</text><text x="{x}" y="150"'
        f' fill-opacity=".3" textLength="{length}">{text}</text></g><text x="{x}" y="140"'
        f' textLength="{length}">{text}</text></g>'
        for text, x, length in (("downloads", 355, 590), ("570.1M", 935, 410))
    )
    assert render_badge(Badge("downloads", "570.1M", "brightgreen")).decode() == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="20" role="img"'
        ' aria-label="downloads: 570.1M"><title>downloads: 570.1M</title>'
        '<filter id="blur"><feGaussianBlur stdDeviation="16"/></filter>'
        '<linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/>'
        '<stop offset="1" stop-opacity=".1"/></linearGradient>'
        '<clipPath id="r"><rect width="120" height="20" rx="3"/></clipPath>'
        '<g clip-path="url(#r)"><rect width="69" height="20" fill="#555"/>'
        '<rect x="69" width="51" height="20" fill="#4b0"/>'
        '<rect width="120" height="20" fill="url(#s)"/></g>'
        f'<g fill="#fff" text-anchor="middle" font-family="{font}"'
        f' text-rendering="geometricPrecision" font-size="110">{label}{message}</g></svg>'
    )
