"""Badges and queries compared with the npm packages that shields.io uses."""

import json
import random
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from backage.render.package import render_head, render_package, render_xml
from backage.render.site.badge import COLORS, Badge, package_badges, render_badge, render_endpoint
from tests.render.examples import VERSIONS, shown
from tests.support.npm import NODE, NPM, install

HERE = Path(__file__).parent
NEWEST_ASKED = 20
"""The Node.js that badge-maker declares; Debian 12 has 18, on which all of it runs all the same."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (NODE and NPM), reason="node and npm, whose packages these compare with, are missing"
    ),
]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, list[Any]]]:
    """Install the locked npm packages; return a function that asks them."""
    folder = tmp_path_factory.mktemp("node")
    install(HERE, folder, "answer.mjs")
    version = subprocess.check_output([str(NODE), "--version"], text=True).strip()  # noqa: S603 (ours)
    old = int(version.lstrip("v").split(".")[0]) < NEWEST_ASKED

    def answer(**questions: Any) -> dict[str, list[Any]]:
        answered = subprocess.run(  # noqa: S603 (our own arguments)
            [str(NODE), "answer.mjs"],
            cwd=folder,
            input=json.dumps(questions),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if answered.returncode and old:
            pytest.skip(f"what shields.io runs asks for a newer Node.js than {version}")
        assert answered.returncode == 0, answered.stderr
        found: dict[str, list[Any]] = json.loads(answered.stdout)
        return found

    return answer


def read_endpoints(badges: Iterable[Badge]) -> list[dict[str, Any]]:
    """Return what shields.io passes to its renderer after reading the endpoint files."""
    files = [json.loads(render_endpoint(badge)) for badge in badges]
    return [{key: file[key] for key in ("label", "message", "color")} for file in files]


def some_texts(count: int) -> list[str]:
    """Return random texts of printable ASCII, without spaces at their ends."""
    chance = random.Random(7)  # noqa: S311 (the same texts each time)
    printable = [chr(code) for code in range(33, 127)]
    inner = [*printable, " "]
    return [
        "".join(
            [
                chance.choice(printable),
                *chance.choices(inner, k=chance.randrange(30)),
                chance.choice("xyz<>&\"'"),
            ]
        )
        for _ in range(count)
    ]


def test_badges_to_the_byte(ask: Callable[..., dict[str, list[Any]]]) -> None:
    """A badge's SVG has the bytes that badge-maker draws for its endpoint file, if all is ASCII."""
    heads = [
        render_head(shown(), VERSIONS),
        {**render_head(shown(), VERSIONS), "stale": True, "latest_tag": "0.1.0-rc.1", "newest_tag": "none"},
    ]
    badges = [badge for head in heads for badge in package_badges(head).values()]
    texts = some_texts(1200)
    badges += [Badge(label, message, "blue") for label, message in zip(texts[::2], texts[1::2], strict=True)]
    badges += [Badge("downloads", "570.1M", color) for color in COLORS]
    badges.append(Badge("", "no label", "red"))
    drawn = ask(badges=read_endpoints(badges))["badges"]
    assert len(drawn) == len(badges)
    for badge, theirs in zip(badges, drawn, strict=True):
        assert render_badge(badge).decode() == theirs, badge


def test_widths_beyond_ascii(ask: Callable[..., dict[str, list[Any]]]) -> None:
    """Other letters are nearly as wide as in badge-maker; accented and Chinese ones are exact."""
    texts = [
        "größe",
        "naïve façade",
        "漢字…",
        "かな",
        "한국어",
        "żółw",
        "🦊🦊",
        "шляпа",
        "שלום",
        "Ωμέγα",
    ]
    drawn = ask(badges=read_endpoints(Badge("tag", text, "blue") for text in texts))["badges"]
    for text, theirs in zip(texts, drawn, strict=True):
        mine = render_badge(Badge("tag", text, "blue"))
        ours, wanted = (int(ET.fromstring(svg).attrib["width"]) for svg in (mine, theirs))  # noqa: S314 (of our own texts)
        assert abs(ours - wanted) <= 2 * len(text), text
    assert [render_badge(Badge("tag", text, "blue")).decode() for text in texts[:3]] == drawn[:3]


def test_json_paths(ask: Callable[..., dict[str, list[Any]]]) -> None:
    """Each path that the README names finds one value; filters are refused, as shields.io does."""
    expected = {
        "$.downloads": ["570.1M"],
        "$.raw_downloads": [570_175_446],
        "$.latest_tag": ["1.2.3"],
        "$.newest_tag": ["1.2.3"],
        "$.version[0].name": ["sha256:bbb"],
        "$.version[0].tags[0]": ["latest"],
        "$.version[-1:].id": [7],
        "$.nothing": [],
        "$.version[?(@.latest)].name": "refused: Eval [?(expr)] prevented in JSONPath expression.",
    }
    file = render_package(render_head(shown(), VERSIONS), VERSIONS).decode()
    found = ask(json=file, json_paths=list(expected))["json"]
    assert dict(zip(expected, found, strict=True)) == expected


def test_xpaths(ask: Callable[..., dict[str, list[Any]]]) -> None:
    """Paths from the root find one element, filters work, and `//downloads` finds those of versions too."""
    expected = {
        "/bkg/downloads": ["570.1M"],
        "/bkg/size": ["325 MB"],
        "/bkg/latest_tag": ["1.2.3"],
        "/bkg/version[1]/name": ["sha256:bbb"],
        '/bkg/version[latest="true"]/size': ["36.8 kB"],
        '/bkg/version[./latest[.="true"]]/tags[.!="latest"]': ["1.2.3"],
        "//downloads": ["570.1M", "3k", "5"],
        "count(/bkg/version)": [2],
        "/bkg/nothing": [],
    }
    file = render_xml(render_head(shown(), VERSIONS), VERSIONS).decode()
    found = ask(xml=file, xml_paths=list(expected))["xml"]
    assert dict(zip(expected, found, strict=True)) == expected
