from datetime import date
from itertools import permutations

import pytest

from backage.models.history import Version
from backage.render.package import find_latest, find_specific_tag, shown_tag

DIGEST = "sha256:" + "ab" * 32
SIGNATURE = "sha256-" + "ab" * 32 + ".sig"


def version(number: int, *tags: str, name: str = DIGEST) -> Version:
    """Return a version of which only the tags matter."""
    return Version(number, name, tags, date(2026, 11, 20))


@pytest.mark.parametrize(
    ("tags", "specific"),
    [
        ((), None),
        (("latest",), "latest"),
        (("latest", "v3.3.21"), "v3.3.21"),
        (("1", "1.2", "1.2.3", "latest"), "1.2.3"),
        (("1.2", "my-build", "latest"), "1.2"),
        (("my-build", "latest", "main"), "my-build"),
        (("latest", "main"), "main"),
        (("latest", "edge"), "edge"),
        (("1.2.3", "v1.2.3"), "v1.2.3"),
        (("pr-12", "2026.11"), "2026.11"),
        ((SIGNATURE, "latest"), "latest"),
        ((SIGNATURE,), SIGNATURE),
        (("1.2.3-rc.1", "1.2.3"), "1.2.3"),
        (("1.2", "1.1.9-rc1"), "1.1.9-rc1"),
        (("pr-12", "7"), "7"),
        (("v", "main"), "v"),
    ],
)
def test_specific_tag(tags: tuple[str, ...], specific: str | None) -> None:
    """A whole release number is most specific, then a shorter one, then a name, then a floating tag."""
    assert {find_specific_tag(order) for order in permutations(tags)} == {specific}


def test_equally_specific() -> None:
    """Of two equally specific tags the first one is shown."""
    assert find_specific_tag(("blue", "green")) == "blue"
    assert find_specific_tag(("1.2.3", "1.2.4")) == "1.2.3"


def test_latest_is_the_one_tagged_latest() -> None:
    """The version tagged `latest` is the latest, even if newer ones have tags."""
    versions = [version(3, "2.0.0-rc.1"), version(2, "1.0", "latest"), version(1, "0.9")]
    assert find_latest(versions) is versions[1]


def test_latest_is_else_the_newest_tagged() -> None:
    """If none is tagged `latest`, it is the newest version with a tag."""
    versions = [version(3), version(2, "1.0"), version(1, "0.9")]
    assert find_latest(versions) is versions[1]


def test_latest_is_else_the_newest() -> None:
    """If none has a tag, it is the newest version; without versions there is none."""
    versions = [version(3), version(2)]
    assert find_latest(versions) is versions[0]
    assert find_latest([]) is None


def test_signatures_are_no_release() -> None:
    """A signature's tag makes no version the latest, unless all tags are signatures."""
    versions = [version(3, SIGNATURE), version(2, "1.0"), version(1, SIGNATURE)]
    assert find_latest(versions) is versions[1]
    assert find_latest(versions[:1]) is versions[0]


@pytest.mark.parametrize(
    ("shown", "tag"),
    [
        (version(1, "latest", "1.2.3"), "1.2.3"),
        (version(1), "none"),
        (version(1, name="4.17.1"), "4.17.1"),
        (version(1, "next", name="4.17.1"), "next"),
    ],
)
def test_shown_tag(shown: Version, tag: str) -> None:
    """Without a tag the version's own name is shown, unless it is a digest."""
    assert shown_tag(shown) == tag
