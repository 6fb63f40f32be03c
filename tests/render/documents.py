"""Checks of the SVG and XML that backage writes."""

import re
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = (
    "<script>alert(1)</script>",
    "\"'&amp;]]>",
    "🦊🏳️‍🌈",
    "שלום",
    "\u202emoc.live",
    "漢字かな",
    "e\u0301\u0302\u0303",
    "a\0b\x1b[31m\x7f\ufffe\uffff",
    "\ud800",
    "line\nbreak\r\ttab",
    "x" * 200,
    "日" * 200,
    "i" * 100_000,
    " \n ",
    "",
)
"""What strangers might call a thing."""


def read_svg(data: bytes) -> ET.Element:
    """Parse an SVG. Refuse invalid XML, scripts, links and addresses."""
    root = ET.fromstring(data)  # noqa: S314 (written here, and of no entities)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in {"script", "a", "image", "use", "foreignObject"}
        assert not any(name.startswith("on") or name.endswith("href") for name in element.attrib)
    assert not find_strays(root)
    assert not re.search(rb"(?:https?:|data:)(?!//www\.w3\.org/2000/svg\")", data)
    return root


def find_strays(root: ET.Element) -> list[str]:
    """Return texts between elements, where nothing should be."""
    parents = [element for element in root.iter() if len(element) and element.tag != f"{SVG}text"]
    found = [text for element in parents for text in (element.text, *(child.tail for child in element))]
    return [text for text in found if text and not text.isspace()]


def texts(root: ET.Element) -> list[str]:
    """Return all texts of an SVG, in order."""
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
