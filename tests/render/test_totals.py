import json
from dataclasses import replace
from datetime import date

from backage.models.history import Downloads, Package
from backage.render.package import Head, PackageView, render_head
from backage.render.totals import NUMBERS, Totals, render_instance, render_owner, sum_packages, sum_totals
from tests.render.examples import ACME, TODAY, shown

SMALL = shown(
    Downloads(10, 4, 2, 1), Package("npm", "gadget", "tools"), refreshed=date(2026, 11, 1), tagged=0
)
LARGE = shown(Downloads(3000, 100, 20, 0))
BOTH = (3010, 104, 22, 1)
TOTALS = (
    '"date":"2026-11-22","packages":"2","versions":"4","tagged":"1","downloads":"3k","downloads_month":"104",'
    '"downloads_week":"22","downloads_day":"1","raw_packages":2,"raw_versions":4,"raw_tagged":1,'
    '"raw_downloads":3010,"raw_downloads_month":104,"raw_downloads_week":22,"raw_downloads_day":1'
)


def heads(*parts: PackageView) -> list[Head]:
    """Return the heads of packages."""
    return [render_head(part, []) for part in parts]


def line(part: PackageView) -> str:
    """Return the line of a package in a file with totals."""
    return json.dumps(render_head(part, []), separators=(",", ":"))


def sums(*numbers: int | None) -> dict[str, int | None]:
    """Return numbers by their keys."""
    return dict(zip(NUMBERS, numbers, strict=True))


def test_sum() -> None:
    """The totals are sums, with the newest and the oldest of the dates."""
    numbers = sums(2, 4, 1, *BOTH)
    assert sum_packages([SMALL, LARGE]) == Totals(TODAY, SMALL.item.refreshed, 1, 0, numbers)


def test_sum_of_nothing() -> None:
    """The sum of nothing is zero, without a date."""
    nothing = Totals(None, None, 0, 0, dict.fromkeys(NUMBERS, 0))
    assert sum_packages([]) == sum_totals([]) == sum_totals([nothing, nothing]) == nothing


def test_unknown_parts_make_a_sum_unknown() -> None:
    """One unknown number makes its own sum unknown, and no other."""
    part = shown(Downloads(5, None, 3, 0), versions=None)
    numbers = sums(2, None, 2, 3005, None, 23, 0)
    assert sum_packages([LARGE, part]) == Totals(TODAY, TODAY, 1, 0, numbers)
    owners = [sum_packages([LARGE]), sum_packages([part])]
    assert sum_totals(owners) == Totals(TODAY, TODAY, 2, 0, numbers)


def test_sum_of_owners() -> None:
    """Owners add up to the instance, including those without packages."""
    other = replace(SMALL, owner=replace(ACME, login="other"))
    parts = [sum_packages([LARGE]), sum_packages([other]), sum_packages([])]
    expected = Totals(TODAY, SMALL.item.refreshed, 2, 0, sums(2, 4, 1, *BOTH))
    assert sum_totals(parts) == sum_packages([LARGE, other]) == expected


def test_owner_file() -> None:
    """An owner's file has a line of totals and then a line for each package, most downloads first."""
    data = render_owner(ACME, sum_packages([SMALL, LARGE]), heads(SMALL, LARGE))
    assert data.decode() == (
        '{"owner_type":"orgs","owner_id":42,"owner":"Acme",'
        + TOTALS
        + f',"package":[\n{line(LARGE)},\n{line(SMALL)}\n]}}\n'
    )
    assert "version" not in json.loads(data)["package"][0]


def test_repo_file() -> None:
    """A repository's file is an owner's with the repository's name."""
    data = render_owner(ACME, sum_packages([LARGE, SMALL]), heads(LARGE, SMALL), "tools")
    assert data.decode() == (
        '{"owner_type":"orgs","owner_id":42,"owner":"Acme","repo":"tools",'
        + TOTALS
        + f',"package":[\n{line(LARGE)},\n{line(SMALL)}\n]}}\n'
    )


def test_instance_file() -> None:
    """The instance's file has the totals, the number of owners, and the instance's health."""
    parts = [sum_packages([SMALL, LARGE]), sum_packages([replace(LARGE, stale=True)])]
    data = render_instance(sum_totals(parts[:1]), date(2026, 11, 23), 0)
    assert data.decode() == (
        "{" + TOTALS + ',"owners":"1","raw_owners":1,"last_run":"2026-11-23","oldest":"2026-11-01",'
        '"fresh":"1","stale":"0","failing":"0","raw_fresh":1,"raw_stale":0,"raw_failing":0}\n'
    )
    health = json.loads(render_instance(sum_totals(parts), None, 7))
    keys = ("last_run", "oldest", "raw_owners", "raw_fresh", "raw_stale", "raw_failing")
    assert [health[key] for key in keys] == ["unknown", "2026-11-01", 2, 1, 1, 7]


def test_unknown_in_files() -> None:
    """An unknown sum is -1 and a word, and an unknown owner id is -1."""
    part = shown(Downloads(5), tagged=None)
    file = json.loads(render_owner(replace(ACME, id=None), sum_packages([LARGE, part]), heads(LARGE, part)))
    assert (file["owner_id"], file["downloads"], file["raw_downloads"]) == (-1, "3k", 3005)
    for key in ("tagged", "downloads_month", "downloads_week", "downloads_day"):
        assert (key, file[key], file[f"raw_{key}"]) == (key, "unknown", -1)


def test_files_of_nothing() -> None:
    """Without packages the files are still JSON."""
    data = render_owner(ACME, sum_packages([]), [])
    assert data.endswith(b',"package":[\n]}\n')
    owner = json.loads(data)
    assert (owner["package"], owner["date"], owner["raw_downloads"]) == ([], "unknown", 0)
    assert json.loads(render_instance(sum_totals([]), None, 0))["raw_owners"] == 0


def test_order_of_packages() -> None:
    """Most downloads come first, unknown ones last, and equal ones by repository and name."""
    parts = [
        shown(Downloads(total), Package("npm", name, repo))
        for total, repo, name in [
            (1, "b", "a"),
            (None, "a", "a"),
            (1, "a", "b"),
            (1, "a", "a"),
            (2, "z", "z"),
        ]
    ]
    for given in (parts, parts[::-1]):
        file = json.loads(render_owner(ACME, sum_packages(given), heads(*given)))
        assert [(item["raw_downloads"], item["repo"], item["package"]) for item in file["package"]] == [
            (2, "z", "z"),
            (1, "a", "a"),
            (1, "a", "b"),
            (1, "b", "a"),
            (-1, "a", "a"),
        ]
