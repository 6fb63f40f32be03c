"""Damaged pages: what a parser reads from one is what the page said before, or it reads nothing.

The truth is what a saved page's `expected.json` says, or what the demonstration's world knows. Damage never
touches a fact itself (a number, a name), so that whatever else a parser reads was said by no page.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache, cached_property
from html import escape, unescape
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backage.errors import PageChangedError
from backage.models.pages import Page
from backage.parse.manifest import parse_manifest
from backage.parse.owner import parse_account
from backage.standin.model import DAY, Owner, Package, Version
from backage.standin.pages import list_page, package_page, version_page, versions_page
from backage.standin.world import World
from tests.parse.cases import ADDRESS, PAGES, Case, case_names, load_case

Facts = frozenset[tuple[Any, ...]]
T = TypeVar("T")
Edit = tuple[int, int, bytes]

KINDS = ("owner", "package", "version", "versions", "maven", "maven-versions")
ROW = ("downloads", "name", "tag", "age", "repo", "day")
"""Facts that belong to a row or a bar, which their second part names."""
DEMO = ("beacon-client", "first-light", "moon-phase", "scratchpad", "tide-tables")
QUICK = settings(derandomize=True, deadline=1000, max_examples=80)
SLOW = settings(derandomize=True, deadline=1000, max_examples=700)

TAG = re.compile(rb"<[a-zA-Z/!][^>]*>")
ATTRIBUTE = re.compile(rb'\s[a-z-]+="[^"]*"')
NUMBER = re.compile(rb"[0-9][0-9,.]*[kmbKMB]?")
CODE = re.compile(rb"<pre[^>]*>[^<]*</pre>")
BYTES = [bytes([byte]) for byte in b"<>\"'=/&;-! x\n\x00\xff"]
PIECES = [
    *(b"&nbsp;", b"&amp;", b"&lt;", b"&#0;", b"&#xD800;", b"&nosuch;", b"<!--", b"<script>", b"<template>"),
    *(b"<table>", b"<select>", b"<svg>", b"<title>", b"<plaintext>", b"<li>", b"</li>", b"<ul>", b"</ul>"),
    *(b"<p>", b"<a>", b"</a>", b"<b>", b"</div>", b"</span>", b"</h1>", b"</body>", b"<frameset>"),
]


@dataclass(frozen=True)
class Sample:
    """A whole page and the truth: what `expected.json` has for its kind."""

    case: Case = field(repr=False)
    truth: dict[str, Any]

    @property
    def body(self) -> bytes:
        """The page's bytes."""
        return self.case.body

    @cached_property
    def facts(self) -> Facts:
        """What the page states."""
        return frozenset(facts_of(self.truth))

    @cached_property
    def free(self) -> list[int]:
        """The places that touch no number, no name and no code: damage there leaves every fact alone."""
        return free_places(self.body, self.facts)

    @cached_property
    def tags(self) -> list[tuple[int, int]]:
        """Where the page's tags stand."""
        return [match.span() for match in TAG.finditer(self.body)]

    @cached_property
    def attributes(self) -> list[tuple[int, int]]:
        """Where the page's attributes stand."""
        return [match.span() for match in ATTRIBUTE.finditer(self.body)]

    @cached_property
    def items(self) -> list[int]:
        """Where an item of a list begins, or the list ends: no fact lies across such a place."""
        return [0, *(match.start() for match in re.finditer(rb"<li\b|</ul>", self.body)), len(self.body)]


def facts_of(value: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the known facts of a parser's value; a fact's last item is the value."""
    for row in value.get("rows", ()):
        key = row.get("id", row["name"])  # Maven's versions have names alone
        yield "downloads", key, row["downloads"]
        yield "name", key, row["name"]
        yield from (("tag", key, tag) for tag in row.get("tags", ()))
        if row["age"] is not None:
            yield "age", key, row["age"]
    yield from (("link", "", version) for version in value.get("versions", ()))
    if "versions" in value:
        yield "name", value["name"]
        yield from (("version", version) for version in (value["version"],) if version)
    for package in value.get("packages", ()):
        yield "package", package["type"], package["name"]
        if package["repo"] is not None:
            yield "repo", package["type"] + package["name"], package["repo"]
        if package["number"] is not None:
            yield "number", package["name"], package["number"]
    downloads = value.get("downloads", {})
    counts = {"value": downloads} if "value" in downloads else downloads
    yield from (("count", role, count["value"], count["exact"]) for role, count in counts.items())
    yield from (("day", *day) for day in value.get("days", ()))
    yield from (("id", number) for number in value.get("version_ids", ()))
    yield from (("tag", "", tag) for tag in value.get("tags", ()))
    yield from (
        (role, value[role]) for role in ("tagged", "untagged", "login") if value.get(role) is not None
    )
    if value.get("manifest") is not None:
        yield "manifest", json.dumps(value["manifest"], sort_keys=True)


def free_places(body: bytes, facts: Facts) -> list[int]:
    """Find where neither the byte before nor the byte behind is part of a fact."""
    words = {
        part
        for fact in facts
        for part in fact[1:]
        if isinstance(part, str) and part and fact[0] != "manifest"
    }
    spelled = {form(word) for word in words for form in (str, escape, lambda word: quote(word, safe=""))}
    taken = bytearray(len(body) + 1)
    names = re.compile(
        b"|".join(re.escape(word.encode()) for word in sorted(spelled, key=len, reverse=True)) or b"(?!)"
    )
    for pattern in (NUMBER, CODE, names):
        for match in pattern.finditer(body):
            taken[match.start() : match.end() + 1] = b"\1" * (match.end() + 1 - match.start())
            taken[match.start()] = 1
    return [place for place in range(1, len(body)) if not taken[place] and not taken[place + 1]]


@cache
def samples(kind: str) -> list[Sample]:
    """Return every good page of a kind, the saved ones and the demonstration's."""
    saved = [name for name in case_names("expected.json") if name.startswith(f"{kind}/")]
    truths = [json.loads((PAGES / name / "expected.json").read_text(encoding="utf-8")) for name in saved]
    cases = [load_case(name) for name in saved]
    made = [Sample(Case(kind, body.encode(), name), truth) for body, name, truth in demo_pages(kind)]
    return [*(Sample(case, truth) for case, truth in zip(cases, truths, strict=True)), *made]


def demo_pages(kind: str) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    """Return the demonstration's pages of a kind, each with the package's name and the truth."""
    if kind.startswith("maven"):
        return
    world = World(date(2026, 11, 20))
    for owner in world.owners:
        if kind == "owner":
            yield list_page(owner, 1, world.today), None, owner_truth(owner)
            continue
        for package in (package for package in owner.packages if package.name in DEMO):
            if kind == "package":
                yield (
                    package_page(owner, package, world.today),
                    package.slug,
                    package_truth(package, world.today),
                )
            elif kind == "versions":
                page = versions_page((owner, package), "/p", 1, "", world.today)
                yield page, package.slug, versions_truth(package, world.today)
            else:
                page = version_page(owner, package, package.newest, world.today)
                yield page, package.slug, version_truth(package.newest, page, world.today)


def owner_truth(owner: Owner) -> dict[str, Any]:
    """Return the facts on the list of an owner's packages."""
    packages = [{"type": p.type, "name": p.slug, "repo": p.repo, "number": None} for p in owner.packages]
    return {"login": owner.login, "packages": packages, "unfit": [], "pages": 1}


def package_truth(package: Package, today: date) -> dict[str, Any]:
    """Return the facts on a package's page."""
    days = [today - back * DAY for back in range(30)]
    return {
        "downloads": {"value": package.total(today), "exact": True},
        "days": [[day.isoformat(), package.downloads_on(day)] for day in days],
        "version_ids": [version.id for version in package.tagged[:5]],
    }


def versions_truth(package: Package, today: date) -> dict[str, Any]:
    """Return the facts on the list of a package's versions."""
    ages = [(today - version.published).days for version in package.versions]
    rows = [
        {
            "id": version.id,
            "name": version.name,
            "tags": list(version.tags),
            "downloads": version.total(today),
            "age": age if age < 30 else None,
        }
        for version, age in zip(package.versions, ages, strict=True)
    ]
    tagged = len(package.tagged)
    return {"rows": rows, "tagged": tagged, "untagged": len(rows) - tagged, "pages": 1}


def version_truth(version: Version, page: str, today: date) -> dict[str, Any]:
    """Return the facts on a version's page; its manifest is the last code on it."""
    windows = {role: version.window(today, days) for role, days in (("month", 30), ("week", 7), ("day", 1))}
    counts = {"total": version.total(today), **windows}
    code = re.findall(r"<pre[^>]*>(\{[^<]*)</pre>", page)
    manifest = json.loads(unescape(code[-1])) if code else None
    return {
        "downloads": {role: {"value": count, "exact": True} for role, count in counts.items()},
        "tags": version.tags,
        "manifest": manifest,
    }


def read(sample: Sample, body: bytes) -> dict[str, Any] | None:
    """Read a page with the sample's parser; None where it is refused. Any other error is a bug."""
    try:
        value = sample.case.parse(body)
    except PageChangedError:
        return None
    if value is None:
        return None
    plain = json.dumps(
        asdict(value), default=lambda thing: list(thing) if isinstance(thing, frozenset) else str(thing)
    )
    return json.loads(plain)  # type: ignore[no-any-return]


def is_rounded(fact: tuple[Any, ...], stated: set[tuple[Any, ...]]) -> bool:
    """Return whether a fact is a counter that was read as `51.1K`, beside its total of 51098."""
    if fact[0] != "count" or fact[3]:
        return False
    counts = (other[2] for other in stated if other[:2] == fact[:2])
    return any(abs(fact[2] - count) * 100 <= count for count in counts)


def lies(value: dict[str, Any] | None, *truths: Sample) -> set[tuple[Any, ...]]:
    """Return the facts that were read but are on none of the pages, each once, as (what, whose)."""
    if value is None:
        return set()
    stated = {fact for truth in truths for fact in truth.facts}
    linked = value.get("versions", ())
    if len(linked) == 1:  # it stands in for the version of a dependency that has none
        stated |= {("version", *linked)}
    wrong = {fact for fact in set(facts_of(value)) - stated if not is_rounded(fact, stated)}
    if not 1 <= value.get("pages", 1) <= max(truth.truth.get("pages", 1) for truth in truths):
        wrong.add(("pages", value["pages"]))
    return wrong


def units(wrong: Iterable[tuple[Any, ...]]) -> set[Any]:
    """Return the rows, bars and counters of the wrong facts."""
    return {fact[1] if fact[0] in ROW else fact[:2] for fact in wrong}


def one_of(draw: Callable[[st.SearchStrategy[int]], int], things: Sequence[T]) -> T:
    """Draw one of many things; `sampled_from` looks at each of them every time."""
    return things[draw(st.integers(0, len(things) - 1))]


@st.composite
def edits(draw: st.DrawFn, sample: Sample) -> Edit:
    """Draw one damage that leaves the page's facts alone."""
    place, (start, end) = one_of(draw, sample.free), one_of(draw, sample.tags)
    return draw(
        st.one_of(
            st.builds(lambda byte: (place, place + 1, byte), st.sampled_from(BYTES)),
            st.builds(lambda piece: (place, place, piece), st.sampled_from(PIECES)),
            st.just((start, end, b"")),
            st.just((start, end, sample.body[start:end] * 2)),
            st.just((*one_of(draw, sample.attributes), b"")),
        )
    )


@st.composite
def damaged(draw: st.DrawFn, sample: Sample) -> bytes:
    """Draw a page with up to four damages, none of which touches another."""
    body, last = sample.body, len(sample.body)
    for start, end, piece in sorted(draw(st.lists(edits(sample), min_size=1, max_size=4)), reverse=True):
        if end <= last:
            body, last = body[:start] + piece + body[end:], start
    return body


def check_damaged(sample: Sample, data: st.DataObject) -> None:
    """Check that a page with damage beside its facts tells them or nothing."""
    body = data.draw(damaged(sample))
    assert not lies(read(sample, body), sample), body.decode(errors="replace")


def check_cut(sample: Sample, data: st.DataObject) -> None:
    """Check that a page cut at any byte tells the facts of the whole page or nothing."""
    body = sample.body[: data.draw(st.integers(0, len(sample.body)))]
    assert not lies(read(sample, body), sample), body[-300:].decode(errors="replace")


def check_spliced(sample: Sample, data: st.DataObject) -> None:
    """Check that pages joined between the items of their lists tell the facts of either, unmixed."""
    other = one_of(data.draw, samples(sample.case.kind))
    start, end = (one_of(data.draw, one.items) for one in (sample, other))
    body = sample.body[:start] + other.body[end:]
    assert not lies(read(sample, body), sample, other), body.decode(errors="replace")


def check_seams(sample: Sample, data: st.DataObject) -> None:
    """Check that a piece of another page, wherever it came in, falsifies only what the two seams are in."""
    other = one_of(data.draw, samples(sample.case.kind))
    start, end = sorted(one_of(data.draw, sample.free) for _ in range(2))
    first, last = sorted(one_of(data.draw, other.free) for _ in range(2))
    body = sample.body[:start] + other.body[first:last] + sample.body[end:]
    wrong = lies(read(sample, body), sample, other)
    assert len(units(wrong)) <= 2, (wrong, body.decode(errors="replace"))


CHECKS = [check_damaged, check_cut, check_spliced, check_seams]


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_read_as_they_are(kind: str) -> None:
    """A whole page states all its facts; the tests below rely on it."""
    for sample in samples(kind):
        value = read(sample, sample.body)
        assert value is not None
        assert set(facts_of(value)) == sample.facts
        assert sample.free


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(data=st.data())
def test_damage_makes_no_facts(
    kind: str, check: Callable[[Sample, st.DataObject], None], data: st.DataObject
) -> None:
    """A damaged page states nothing that no page stated."""
    check(one_of(data.draw, samples(kind)), data)


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", KINDS)
@SLOW
@given(data=st.data())
def test_much_damage_makes_no_facts(
    kind: str, check: Callable[[Sample, st.DataObject], None], data: st.DataObject
) -> None:
    """The same, many times over."""
    check(one_of(data.draw, samples(kind)), data)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("owner/unlinked-last", b"octo-forge/lighthouse</a>", b"octo-forge/lighthouse"),
        ("owner/unlinked-last", b'<li class="Box-row">', b'<li class="Box-row"><select>'),
        ("version/slash-in-name", b"2.4.0</a>", b"2.4.0"),
        (
            "version/slash-in-name",
            b'?tag=2.4.0">',
            b'?tag=2.4.0"><a href="/o/r/pkgs/container/x/1042000311?tag=2.4.0">',
        ),
        ("versions/classes-before-2026", b"v2</a>", b"v2"),
        ("versions/npm", b"3.0.0-beta.2</a>", b"3.0.0-beta.2"),
        ("versions/pagination-by-links", b">2</a>", b">2</a<"),
    ],
)
def test_damage_found_before_makes_no_facts(name: str, before: bytes, after: bytes) -> None:
    """A lost or doubled tag does not give a row the facts of another."""
    (sample,) = (sample for sample in samples(name.partition("/")[0]) if sample.body == load_case(name).body)
    assert before in sample.body
    assert not lies(read(sample, sample.body.replace(before, after)), sample)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("package/total-in-span", b"<span>1"),
        ("version/counters-swapped", b"<strong>1"),
        ("version/slash-in-name", b'?tag=2.4.0">'),
    ],
)
def test_cut_found_before_makes_no_facts(name: str, end: bytes) -> None:
    """A page that ends in a number's first digits, or right before a tag's text, does not state them."""
    (sample,) = (sample for sample in samples(name.partition("/")[0]) if sample.body == load_case(name).body)
    assert end in sample.body
    assert not lies(read(sample, sample.body[: sample.body.rindex(end) + len(end)]), sample)


ACCOUNT = {"login": "octo-forge", "id": 48_213, "node_id": "O_1", "type": "Organization", "name": "Octo"}
IMAGE = {
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2311},
    "layers": [{"digest": "sha256:aa", "size": 28_231_104}, {"digest": "sha256:bb", "size": 918_233}],
}
INDEX = {
    "manifests": [
        {
            "digest": "sha256:aa",
            "size": 1363,
            "platform": {"architecture": "arm", "os": "linux", "variant": "v7"},
        },
        {"digest": "sha256:bb", "size": 566, "platform": {"architecture": "unknown", "os": "unknown"}},
    ]
}


def json_facts(parse: Callable[[Page], Any], body: bytes) -> set[tuple[str, Any]]:
    """Read an answer and take it apart, nothing where it is refused; a platform may lack a part."""
    try:
        value = asdict(parse(Page(ADDRESS, body)))
    except PageChangedError:
        return set()
    found = {(key, value[key]) for key in ("login", "type", "id", "size") if value.get(key) is not None}
    for child in value.get("children", ()):
        found |= {(child["digest"], part) for part in (child["platform"] or "").split("/") if part}
        found |= {("digest", child["digest"])} | ({("runs", child["digest"])} if child["runnable"] else set())
    return found


@pytest.mark.parametrize("document", [ACCOUNT, IMAGE, INDEX], ids=["account", "image", "index"])
@settings(QUICK, max_examples=200)
@given(data=st.data())
def test_damaged_answers_make_no_facts(document: dict[str, Any], data: st.DataObject) -> None:
    """An answer in JSON that was cut, or lost or changed bytes beside its values, states no others."""
    parse = parse_account if document is ACCOUNT else parse_manifest
    body = json.dumps(document, indent=1).encode()
    truth = json_facts(parse, body)
    taken = {
        at
        for match in re.finditer(rb': (?:"[^"]*"|[0-9]+)', body)
        for at in range(match.start() + 2, match.end())
    }
    free = [at for at in range(1, len(body)) if not {at - 1, at, at + 1} & taken]
    damage = bytearray(body)
    for _ in range(data.draw(st.integers(0, 3))):
        damage[one_of(data.draw, free)] = data.draw(st.sampled_from(b'{}[]",: x\x00\xff'))
    cut = data.draw(st.one_of(st.just(len(body)), st.integers(0, len(body))))
    assert json_facts(parse, bytes(damage[:cut])) <= truth, bytes(damage[:cut])
