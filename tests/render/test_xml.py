import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from backage.models.history import Version
from backage.render.package import render_head, render_package, render_xml
from tests.render.documents import AWKWARD, find_strays
from tests.render.examples import VERSIONS, shown


def render(*versions: Version, stale: bool = False) -> bytes:
    """Return the XML of the example package with other versions."""
    return render_xml(render_head(replace(shown(), stale=stale), versions), versions)


def read(data: bytes) -> ET.Element:
    """Parse a file."""
    root = ET.fromstring(data)  # noqa: S314 (written here, and of no entities)
    assert not find_strays(root)
    return root


def as_json(element: ET.Element) -> dict[str, Any]:
    """Return the values of an element as in the JSON, but all as text."""
    found: dict[str, Any] = {"tags": []} if element.tag == "version" else {"version": []}
    for child in element:
        if child.tag in {"version", "tags"}:
            found[child.tag].append(as_json(child) if len(child) else child.text or "")
        elif "platform" in child.attrib:
            found.setdefault(child.tag, {})[child.attrib["platform"]] = child.text
        else:
            found[child.tag] = child.text or ""
    return found


def as_text(value: Any) -> Any:
    """Return JSON with all numbers and booleans as text."""
    if isinstance(value, dict):
        return {key: as_text(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_text(entry) for entry in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("stale", [False, True])
def test_twin(*, stale: bool) -> None:
    """The XML has the same keys and values as the JSON."""
    versions = (replace(VERSIONS[0], sizes={"linux/amd64": 5, "linux/arm/v7": 6}), VERSIONS[1])
    head = render_head(replace(shown(), stale=stale), versions)
    root = read(render_xml(head, versions))
    assert root.tag == "bkg"
    assert as_json(root) == as_text(json.loads(render_package(head, versions)))
    assert [child.tag for child in root] == [*head, "version", "version"]


def test_paths() -> None:
    """A query from the root finds one element, and a filter finds the tags of the latest version."""
    root = read(render(*VERSIONS))
    assert [found.text for found in root.iterfind("./downloads")] == ["570.1M"]
    assert [found.text for found in root.iterfind("./version[latest='true']/tags")] == ["latest", "1.2.3"]
    assert [found.text for found in root.iterfind("./version[1]/name")] == ["sha256:bbb"]


def test_lines() -> None:
    """The declaration, the head and each version have a line, so that a diff shows what changed."""
    lines = render(*VERSIONS).decode().split("\n")
    assert lines[0] == '<?xml version="1.0" encoding="UTF-8"?>'
    assert lines[1].startswith("<bkg><owner_type>orgs</owner_type>")
    assert [line.startswith("<version><id>") and line.endswith("</version>") for line in lines[2:4]] == [
        True
    ] * 2
    assert lines[4:] == ["</bkg>", ""]


def test_no_versions() -> None:
    """A package without versions has no version element."""
    assert read(render()).findall("version") == []


@pytest.mark.parametrize("name", [name for name in AWKWARD if name != "\ud800"])  # which no JSON holds
def test_awkward_names(name: str) -> None:
    """Any name gives valid XML, and it is read back except for characters that XML forbids."""
    version = replace(VERSIONS[0], name=name, tags=(name, "ok"), sizes={name: 1})
    found = read(render(version)).find("version")
    assert found is not None
    back = name.translate(dict.fromkeys((0, 0x1B, 0xFFFE, 0xFFFF), "\ufffd"))
    assert found.findtext("name") == back
    assert [tag.text or "" for tag in found.iterfind("tags")] == [back, "ok"]
    assert found.findtext("sizes") == "1"


def test_sheds_the_same_versions() -> None:
    """If the JSON omits versions, the XML omits the same ones and has their number."""
    versions = [replace(VERSIONS[1], id=number) for number in range(20, 0, -1)]
    head = render_head(shown(), versions)
    left = json.loads(render_package(head, versions, 3000))
    root = read(render_xml(head, versions, 3000))
    assert [found.text for found in root.iterfind("version/id")] == [
        str(item["id"]) for item in left["version"]
    ]
    assert root.findtext("raw_versions_omitted") == str(left["raw_versions_omitted"]) != "0"
