from backage.render.paths import render_message


def test_it_counts_and_names_packages() -> None:
    """A package is named once, however many of its files changed; totals are not packages."""
    changes = [
        ("A", "octo/forge/new.json"),
        ("A", "octo/forge/new.csv"),
        ("M", "octo/forge/.json"),
        ("M", "mona/tool/old.json"),
        ("D", "mona/tool/gone.json"),
        ("D", "mona/tool/gone.csv"),
        ("M", "mona/.json"),
        ("M", ".json"),
    ]
    assert render_message(changes).splitlines() == [
        "index: 3 packages of 2 owners, 1 new, 1 changed, 1 gone",
        "",
        "gone mona/tool/gone",
        "changed mona/tool/old",
        "new octo/forge/new",
    ]


def test_one_package_of_one_owner() -> None:
    """One package and one owner are singular."""
    assert render_message([("M", "a/b/c.json")]) == "index: 1 package of 1 owner, 1 changed\n\nchanged a/b/c"


def test_two_repositories_of_an_owner() -> None:
    """An owner is counted once; an unknown kind of change is `changed`."""
    assert render_message([("A", "a/b/c.json"), ("T", "a/d/e.json")]).splitlines() == [
        "index: 2 packages of 1 owner, 1 new, 1 changed",
        "",
        "new a/b/c",
        "changed a/d/e",
    ]


def test_totals_alone_are_no_package() -> None:
    """A change of totals names no package."""
    assert render_message([("M", ".json"), ("M", "a/.json"), ("M", "a/b/c.csv")]) == "index: totals"


def test_a_long_list_is_counted() -> None:
    """At most 50 packages are named and the others counted."""
    lines = render_message(("M", f"a/b/p{number:03}.json") for number in range(120)).splitlines()
    assert lines[0] == "index: 120 packages of 1 owner, 120 changed"
    assert len(lines) == 2 + 50 + 1
    assert lines[-1] == "and 70 more"
