import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from backage.models.history import Downloads, IndexPackage, Owner, Package, PackageDay, Version
from backage.render.package import PackageView, build_package_views, raw, render_head, render_package
from tests.render.examples import ACME, TODAY, VERSIONS, changed, shown

HEAD = (
    '{"owner_type":"orgs","package_type":"container","owner_id":42,"owner":"Acme","repo":"tools",'
    '"package":"charts%2Fwidget","date":"2026-11-22","size":"325 MB","versions":"2","tagged":"1",'
    '"owner_rank":"1","repo_rank":"1","downloads":"570.1M","downloads_month":"1k","downloads_week":"50",'
    '"downloads_day":"1","raw_size":325091847,"raw_versions":2,"raw_tagged":1,"raw_owner_rank":1,'
    '"raw_repo_rank":1,"raw_downloads":570175446,"raw_downloads_month":1043,"raw_downloads_week":50,'
    '"raw_downloads_day":1,'
)
WHOLE = (
    HEAD + '"latest_version":"sha256:bbb","latest_tag":"1.2.3","newest_version":"sha256:bbb",'
    '"newest_tag":"1.2.3","version":[\n'
    '{"id":30,"name":"sha256:bbb","date":"2026-11-20","newest":true,"latest":true,"size":"36.8 kB",'
    '"downloads":"3k","downloads_month":"999","downloads_week":"0","downloads_day":"unknown",'
    '"raw_size":36803,"raw_downloads":3039,"raw_downloads_month":999,"raw_downloads_week":0,'
    '"raw_downloads_day":-1,"tags":["latest","1.2.3"]},\n'
    '{"id":7,"name":"sha256:aaa","date":"2026-11-01","newest":false,"latest":false,"size":"unknown",'
    '"downloads":"5","downloads_month":"unknown","downloads_week":"unknown","downloads_day":"unknown",'
    '"raw_size":-1,"raw_downloads":5,"raw_downloads_month":-1,"raw_downloads_week":-1,'
    '"raw_downloads_day":-1,"tags":[]}\n'
    "]}\n"
)
EMPTY = (
    HEAD + '"latest_version":"unknown","latest_tag":"unknown","newest_version":"unknown",'
    '"newest_tag":"unknown","version":[\n]}\n'
)


def rendered(*versions: Version, largest: int = 50_000_000) -> bytes:
    """Return the file of the example package with other versions."""
    return render_package(render_head(shown(), versions), versions, largest)


def read(data: bytes) -> dict[str, Any]:
    """Parse a file."""
    found: dict[str, Any] = json.loads(data)
    return found


def many(count: int, *tagged: int) -> list[Version]:
    """Return versions, newest first, some of them tagged."""
    return [
        Version(
            number, f"sha256:{number:064}", (f"t{number}",) if number in tagged else (), date(2026, 11, 1)
        )
        for number in range(count, 0, -1)
    ]


def item(key: int, total: int | None, repo: str | None = "tools", back: int = 0) -> IndexPackage:
    """Return a package of the history, refreshed some days ago."""
    day = TODAY - timedelta(days=back)
    return IndexPackage(
        key=key,
        package=Package("npm", f"p{key}", repo),
        refreshed=day,
        latest=PackageDay(day, Downloads(total)),
        listed=day,
    )


def test_views() -> None:
    """Views hold the packages and their ranks in owner and repository, in the same order."""
    mine, other = item(3, 7), item(1, 9, "Toys")
    assert build_package_views(ACME, [mine, other], TODAY) == [
        PackageView(owner=ACME, item=mine, owner_rank=2, repo_rank=1),
        PackageView(owner=ACME, item=other, owner_rank=1, repo_rank=1),
    ]
    assert build_package_views(ACME, [], TODAY) == []


def test_ranks_within_a_repository() -> None:
    """Repositories that differ only in case are one; an unlinked package is alone; unknown has no rank."""
    items = [item(1, 5), item(2, 8, "Tools"), item(3, 6, None), item(4, None)]
    ranks = [(each.owner_rank, each.repo_rank) for each in build_package_views(ACME, items, TODAY)]
    assert ranks == [(3, 2), (1, 1), (2, 1), (None, None)]


@pytest.mark.parametrize(("back", "stale"), [(0, False), (3, False), (4, True)])
def test_stale(back: int, *, stale: bool) -> None:
    """A package is stale if it was refreshed more than three days before the last run, if any."""
    (each,) = build_package_views(ACME, [item(1, 5, back=back)], TODAY)
    assert each.stale is stale
    (each,) = build_package_views(ACME, [item(1, 5, back=back)], None)
    assert each.stale is False


def test_raw() -> None:
    """An exact number stays as it is, and unknown is -1; zero is known."""
    assert (raw(1043), raw(0), raw(None)) == (1043, 0, -1)


def test_an_older_list_says_so() -> None:
    """If the list of versions is older than the package's numbers, the head has its date."""
    days = [None, date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)]
    heads = [render_head(changed(shown(), listed=day), VERSIONS) for day in days]
    assert [head.get("versions_date") for head in heads] == [None, "2026-11-21", None, None]


def test_whole_file() -> None:
    """The file is one JSON object to the byte: a line for the head, then one for each version."""
    assert rendered(*VERSIONS).decode() == WHOLE


def test_no_versions() -> None:
    """Without known versions the list is empty, and the head says unknown."""
    assert rendered().decode() == EMPTY
    assert read(rendered())["version"] == []


def test_one_line_for_each_version() -> None:
    """Every line but the first and the last is a version's JSON, so that a diff shows what changed."""
    first, *lines, last = rendered(*many(20, 3)).decode().splitlines()
    assert first.endswith(',"version":[')
    assert last == "]}"
    assert [json.loads(line.removesuffix(","))["id"] for line in lines] == list(range(20, 0, -1))
    assert [line.endswith(",") for line in lines] == [True] * 19 + [False]


def test_unknown() -> None:
    """Unknown is -1 in a `raw_` key and a word beside it; 0 stays 0."""
    head = render_head(
        shown(Downloads(0), size=None, versions=None, tagged=0, rank=None), [Version(0, "x", (), date.min)]
    )
    assert (head["downloads"], head["raw_downloads"], head["tagged"], head["raw_tagged"]) == ("0", 0, "0", 0)
    for key in ("downloads_month", "downloads_day", "size", "versions", "owner_rank", "repo_rank"):
        assert (key, head[key], head[f"raw_{key}"]) == (key, "unknown", -1)


def test_unknown_ids() -> None:
    """An unknown id of an owner or a version is -1."""
    example = shown()
    example = replace(example, owner=replace(example.owner, id=None))
    assert render_head(example, [])["owner_id"] == -1
    assert read(rendered(replace(VERSIONS[0], id=None)))["version"][0]["id"] == -1


def test_every_text_has_its_number() -> None:
    """Every formatted number has its exact one."""
    file = read(rendered(*VERSIONS))
    for part in (file, *file["version"]):
        raws = {key.removeprefix("raw_") for key in part if key.startswith("raw_")}
        assert raws == {key for key in part if f"raw_{key}" in part}
        assert all(isinstance(part[f"raw_{key}"], int) and isinstance(part[key], str) for key in raws)


def test_newest_and_latest() -> None:
    """`newest` and `latest` are true for one version each, which the head names too."""
    old = replace(VERSIONS[0], id=5, name="1.0.0", tags=("latest",))
    new = replace(VERSIONS[1], id=9, name="1.1.0-rc", tags=())
    file = read(rendered(new, old))
    assert [(item["newest"], item["latest"]) for item in file["version"]] == [(True, False), (False, True)]
    assert (file["latest_version"], file["latest_tag"]) == ("1.0.0", "latest")
    assert (file["newest_version"], file["newest_tag"]) == ("1.1.0-rc", "1.1.0-rc")


def test_unlinked_package() -> None:
    """A package without a repository has its own name as `repo`."""
    head = render_head(shown(package=Package("npm", "widget")), [])
    assert (head["repo"], head["package"]) == ("widget", "widget")


def test_text_is_not_escaped() -> None:
    """UTF-8 is written as it is; quotes and line breaks stay within their text."""
    version = replace(VERSIONS[0], name='größe "x"\n</script>', tags=("\u2028",))
    data = rendered(version)
    assert 'größe \\"x\\"\\n</script>'.encode() in data
    assert len(data.split(b"\n")) == 4
    assert read(data)["version"][0]["name"] == version.name


def test_owner_type() -> None:
    """`owner_type` is the word in GitHub's addresses."""
    assert render_head(replace(shown(), owner=Owner("me", "users", 1)), [])["owner_type"] == "users"


def test_same_values_same_bytes() -> None:
    """The same values give the same bytes, and rendering changes neither head nor versions."""
    versions = many(30, 1, 2)
    head = render_head(shown(), versions)
    before = dict(head)
    assert render_package(head, versions, 2000) == render_package(head, versions, 2000)
    assert head == before


def test_too_large_sheds_the_oldest_untagged() -> None:
    """A file that is too large omits its oldest untagged versions and has their number."""
    versions = many(20, 1, 2, 12)
    whole = len(rendered(*versions))
    file = read(rendered(*versions, largest=whole - 600))
    ids = [item["id"] for item in file["version"]]
    omitted = [number for number in range(1, 21) if number not in ids]
    assert omitted == [3, 4]
    assert file["raw_versions_omitted"] == 2
    assert file["raw_versions"] == 2
    assert list(file)[-2:] == ["raw_versions_omitted", "version"]


def test_large_enough_sheds_nothing() -> None:
    """A file that fits has all versions and no number of omitted ones."""
    versions = many(20, 1)
    whole = rendered(*versions)
    assert rendered(*versions, largest=len(whole)) == whole
    assert "raw_versions_omitted" not in read(whole)


def test_tagged_versions_are_never_shed() -> None:
    """Tagged versions stay, even if the file is too large with them alone."""
    file = read(rendered(*many(20, 1, 7, 20), largest=1))
    assert [item["id"] for item in file["version"]] == [20, 7, 1]
    assert file["raw_versions_omitted"] == 17
    assert file["newest_version"].endswith("20")


def test_shed_file_fits() -> None:
    """After shedding the file fits, except for a few bytes around it."""
    for largest in range(2000, 9000, 500):
        assert len(rendered(*many(40), largest=largest)) <= largest + 50
