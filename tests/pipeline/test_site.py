"""The site as files: all of them, the same each time, and nobody else's."""

import re
import tarfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from backage.cli import cli
from backage.errors import ConfigError
from backage.owners import parse_optout
from backage.pipeline.site import Built, write_site
from backage.render.format import day_name
from backage.render.site.pages import POLICY, SiteAddresses
from backage.store.database import open_history
from tests.conftest import Instance
from tests.support.repositories import Repository

PLACE = SiteAddresses("https://octo-forge.github.io/backage/", "", "octo-forge/backage")


class Links(HTMLParser):
    """The addresses in a page, and what a strict policy forbids in it."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.found: list[str] = []
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep addresses; a style, a handler or a script without an address is forbidden."""
        given = dict(attrs)
        self.found += [given[key] or "" for key in ("href", "src") if key in given]
        self.forbidden += [f"{tag} {key}" for key in given if key == "style" or key.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.forbidden.append(tag)


def build(
    instance: Instance, optout: str = "", largest: int | None = None, place: SiteAddresses = PLACE
) -> Built:
    """Build the site of an instance beside its index."""
    with open_history(instance.history) as history:
        folder = instance.folder / "site"
        return write_site(history, folder, instance.index, parse_optout(optout)[0], place, largest)


def files(instance: Instance) -> dict[str, bytes]:
    """Read the site."""
    root = instance.folder / "site"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def built(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Return an instance with a site. The site's addresses do not depend on the shell's variables."""
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    instance.update()
    build(instance)
    return instance


def test_it_has_the_index_and_a_twin_of_each_package(built: Instance) -> None:
    """The same bytes as the published index, and XML with the same numbers."""
    found = files(built)
    assert {f"index/{path}" for path in built.files()} <= found.keys()
    assert all(found[f"index/{path}"] == data for path, data in built.files().items())
    for path in (path for path in found if path.endswith(".xml") and path.startswith("index/")):
        twin = ET.fromstring(found[path])  # noqa: S314 (our own file)
        assert twin.findtext("downloads") == built.shown(path[6:-4])["downloads"]


def test_every_link_leads_to_a_file(built: Instance) -> None:
    """From each page, with `%252F` where a name has a slash; no page has a script or a style within it."""
    found = files(built)
    pages = [path for path in found if path.endswith(".html") and path != "404.html"]
    assert len(pages) == 12 + 2
    for page in pages:
        links = Links()
        text = found[page].decode()
        links.feed(text)
        assert not links.forbidden
        assert POLICY in text.replace("&#39;", "'")
        for link in links.found:
            target = urlsplit(
                urljoin(
                    f"https://site/{'/'.join(part.replace('%', '%25') for part in page.split('/'))}", link
                )
            )
            if target.netloc == "site":
                assert unquote(target.path[1:]) in found, (page, link)


def test_a_page_names_the_day_of_its_numbers(built: Instance) -> None:
    """A page may be read much later, so it does not say "today"."""
    page = files(built)["package/Octo-Forge/beacon/beacon.html"].decode()
    assert f"<dt>{day_name(built.server.world.today)}</dt>" in page
    assert "today" not in page.lower()


def test_it_is_the_same_each_time(built: Instance) -> None:
    """A second build writes nothing, and one into a new folder writes the same bytes."""
    before = files(built)
    again = build(built)
    assert (again.written, again.removed) == (0, 0)
    (built.folder / "site").rename(built.folder / "first")
    build(built)
    assert files(built) == before


def test_what_is_no_more_is_removed(built: Instance) -> None:
    """Files of an earlier build, and all of who opted out."""
    stale = built.folder / "site" / "package" / "gone" / "gone.html"
    stale.parent.mkdir()
    stale.write_text("old")
    result = build(built, "mona-lab\nocto-forge/beacon/beacon\n")
    assert result.removed
    text = b"".join(files(built).values())
    assert not stale.parent.exists()
    assert b"mona-lab" not in text
    assert not [path for path in files(built) if "/beacon/beacon." in path or "/beacon/beacon/" in path]
    assert "index/Octo-Forge/beacon/charts%2Fbeacon.json" in files(built)


def test_a_folder_of_others_is_left_alone(instance: Instance) -> None:
    """A folder that `backage site` did not make is refused."""
    instance.update()
    folder = instance.folder / "site"
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")
    with pytest.raises(ConfigError, match="did not write"):
        build(instance)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_older_days_of_the_published_index_stay(built: Instance) -> None:
    """The site has days that only the published CSV has, and packages that only the published index has."""
    path = built.index / "mona-lab" / "moon-phase" / "moon-phase.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "2021-05-01,3,,,,,,", *lines[1:], ""]))
    lost = built.index / "someone" / "else" / "thing.json"
    lost.parent.mkdir(parents=True)
    lost.write_text("{}")
    (lost.parent / "secret.json").symlink_to("/etc/hostname")
    build(built)
    found = files(built)
    assert b"2021-05-01,3," in found["index/mona-lab/moon-phase/moon-phase.csv"]
    assert found["index/someone/else/thing.json"] == b"{}"
    assert "index/someone/else/secret.json" not in found


def test_too_large_a_site_leaves_old_versions_out(built: Instance) -> None:
    """Each package has as many versions as fit, and its file says how many are left out."""
    whole = build(built).archived
    beacon = "index/Octo-Forge/beacon/beacon.json"
    assert files(built)[beacon].count(b'"id":') == 124
    kept = []
    for largest in (whole, whole - 40_000, whole - 80_000):
        result = build(built, largest=largest)
        assert result.archived <= largest
        cut = files(built)[beacon]
        kept.append(cut.count(b'"id":'))
        assert (f'"raw_versions_omitted":{124 - kept[-1]}' in cut.decode()) == (kept[-1] < 124)
    assert 124 >= kept[0] > kept[1] > kept[2] > 1


def test_the_newest_version_stays_in_whatever_site(built: Instance) -> None:
    """The site is written even if one version of each package is too much."""
    result = build(built, largest=1000)
    assert result.archived > 1000
    assert files(built)["index/Octo-Forge/beacon/beacon.json"].count(b'"id":') == 1


def test_the_size_of_the_archive_is_known(built: Instance) -> None:
    """To the byte, but for the blocks at its end: headers, whole blocks, folders, long names."""
    site = built.folder / "site"
    archive = built.folder / "artifact.tar"
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(site, ".")
    last = 2 * 10_240
    assert 0 <= archive.stat().st_size - build(built).archived <= last


def test_addresses_follow_from_the_repository(
    built: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sitemap has the whole ones; the repository is that of `origin` where no other is named, or none."""
    options = [
        "--history",
        str(built.history),
        "--index",
        str(built.index),
        "-o",
        str(built.folder / "other"),
    ]
    done = CliRunner().invoke(cli, ["site", *options, "--repository", "Octo-Forge/stats"])
    assert done.exit_code == 0, done.output
    text = (built.folder / "other" / "sitemap.xml").read_text()
    assert (
        "<loc>https://octo-forge.github.io/stats/package/Octo-Forge/beacon/charts%252Fbeacon.html</loc>"
        in text
    )
    assert re.search(r"12 packages in .*other: \d+ files", done.output)
    sitemap = (built.folder / "other" / "sitemap.xml").read_bytes()
    clone = Repository(tmp_path).begin()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["site", *options])
    assert "no sitemap.xml" in done.output
    assert not (built.folder / "other" / "sitemap.xml").exists()
    clone.git("remote", "add", "origin", "git@github.com:Octo-Forge/stats.git")
    done = CliRunner().invoke(cli, ["site", *options])
    assert (done.exit_code, (built.folder / "other" / "sitemap.xml").read_bytes()) == (0, sitemap)


@pytest.mark.parametrize(
    "option", ["--url=javascript:alert(1)", '--url=https://a/"><script>', "--repository=one"]
)
def test_an_invalid_address_is_refused(built: Instance, option: str) -> None:
    """It would be on every page."""
    options = [
        "--history",
        str(built.history),
        "--index",
        str(built.index),
        "-o",
        str(built.folder / "other"),
    ]
    with pytest.raises(ConfigError, match="is not"):
        CliRunner().invoke(cli, ["site", *options, option], catch_exceptions=False)
    assert not (built.folder / "other").exists()


def test_the_index_and_the_site_cannot_lie_in_each_other(built: Instance) -> None:
    """One of them would remove the other."""
    with open_history(built.history) as history, pytest.raises(ConfigError, match="within each other"):
        write_site(history, built.index / "site", built.index, parse_optout("")[0], PLACE)
