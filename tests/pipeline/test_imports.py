"""History from elsewhere: what was published, committed or kept comes in, and spoils nothing."""

import copy
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from backage.errors import ConfigError
from backage.owners import OptOut, parse_optout
from backage.pipeline.imports import Intake, import_history
from backage.pipeline.index import write_index
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.standin.transport import Reply
from backage.standin.world import World
from backage.store.database import open_history
from backage.store.queries import load_packages, mark_gone
from backage.store.runs import count_rows
from tests.conftest import START, Instance, differences
from tests.store.databases import ask, dump, make_foreign
from tests.support.repositories import Repository

DAYS = 6
TODAY = START + timedelta(days=DAYS - 1)
KINDS = ("index", "log", "history", "flat")
LOGS = ("log", "bare log", "top level")
"""With a working tree, without, and where the index is all of the repository."""

TEXTS = ("owner_id", "owner_type", "package_type", "owner", "repo", "package")
NUMBERS = ("downloads", "downloads_month", "downloads_week", "downloads_day", "size")


@dataclass
class Source:
    """Where an instance's past can be taken from, and in how many steps that is done."""

    path: Path
    steps: int
    revision: str = "HEAD"


@dataclass
class Past:
    """An instance that was updated on six days, and whose index was committed every day.

    On the fourth day a package is gone, on the fifth one stands in another repository.
    """

    instance: Instance

    @property
    def folder(self) -> Path:
        """Where the history, the index, the repository and a flat database lie."""
        return self.instance.folder

    @property
    def repository(self) -> Repository:
        """The repository."""
        return Repository(self.folder)

    def source(self, kind: str) -> Source:
        """Return one of the sources."""
        files = len(list(self.instance.index.glob("*/*/?*.json")))
        return {
            "index": Source(self.instance.index, files),
            "log": Source(self.folder, DAYS),
            "bare log": Source(self.folder / "bare.git", DAYS),
            "top level": Source(self.folder, DAYS, "top"),
            "history": Source(self.folder / "kept.db", 1),
            "flat": Source(self.folder / "flat.db", files + 1),
        }[kind]

    def lose_history(self) -> None:
        """Throw it away."""
        self.instance.history.unlink()


def take_in(
    history: Path,
    source: Source,
    optout: OptOut | None = None,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> Intake:
    """Import a source into a history."""
    with open_history(history) as opened:
        return import_history(
            opened,
            source.path,
            optout=optout or OptOut(),
            today=TODAY,
            revision=source.revision,
            on_step=on_step,
        )


def render(instance: Instance) -> tuple[int, int]:
    """Write the index; tell how many files were written and removed."""
    with open_history(instance.history) as history:
        changes = write_index(history, instance.index, instance.optout)
    return changes.written, changes.removed


def grow(instance: Instance) -> None:
    """Update and commit for six days, and keep what can be imported."""
    folder, world = instance.folder, instance.server.world
    repository = Repository(folder).begin()
    (folder / ".gitignore").write_text("/*\n!/index\n")
    owner = world.owners[0]
    for number in range(DAYS):
        if number == 3:
            owner.packages = [package for package in owner.packages if package.name != "scratchpad"]
        if number == 4:
            owner.packages[0].repo = "lighthouse"
        instance.update()
        time = f"{world.today}T22:00:00+00:00"
        repository.merge(time) if number == 2 else repository.commit(time)
        if number < DAYS - 1:
            world.advance()
    lift(repository)
    repository.git("gc", "--quiet")
    repository.git("clone", "--quiet", "--bare", str(folder), str(folder / "bare.git"))
    shutil.copyfile(instance.history, folder / "kept.db")
    flatten(instance.history, folder / "flat.db")


def lift(repository: Repository) -> None:
    """Make a branch on which the index is the whole repository."""
    parent: list[str] = []
    log = repository.git("log", "--first-parent", "--reverse", "--format=%H %cI")
    for name, time in (line.split() for line in log.splitlines()):
        parent = ["-p", repository.git("commit-tree", f"{name}:index", *parent, "-m", "Top", time=time)]
    repository.git("branch", "top", parent[1])


def flatten(history: Path, path: Path) -> None:
    """Write a database of the flat form, in which everything is text and unknown is -1."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("ATTACH ? AS history", (str(history),))
        for table, (view, where) in tables_of(history).items():
            keys = TEXTS if view == "packages" else ("id", "name", "tags")
            columns = (*keys, *NUMBERS, "date")
            values = ", ".join(f"CAST(coalesce({column}, -1) AS TEXT)" for column in columns)
            database.execute(f'CREATE TABLE "{table}" ({", ".join(f"{column} TEXT" for column in columns)})')
            database.execute(f'INSERT INTO "{table}" SELECT {values} FROM history.{view} WHERE {where}')  # noqa: S608
        database.commit()


def tables_of(history: Path) -> dict[str, tuple[str, str]]:
    """Return the tables of the flat form, each with its view and its rows."""
    packages = ask(history, f"SELECT DISTINCT {', '.join(TEXTS[1:])} FROM packages")  # noqa: S608 (constants)
    return {"packages": ("packages", "true")} | {
        f"versions_{kind}_{type_}_{owner}_{repo}_{package}": (
            "versions",
            f"owner = '{owner}' AND package = '{package}' AND package_type = '{type_}'",
        )
        for kind, type_, owner, repo, package in packages
    }


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """Return an instance and its small GitHub after six days, made once for all tests."""
    folder = tmp_path_factory.mktemp("grown")
    with StandinServer(World(START)) as server:
        grow(Instance(folder, server))
        return folder, server.world


@pytest.fixture
def past(grown: tuple[Path, World], tmp_path: Path) -> Iterator[Past]:
    """Return an instance of six days that a test may change."""
    folder, world = grown
    shutil.copytree(folder, tmp_path / "past")
    with StandinServer(copy.deepcopy(world)) as server:
        yield Past(Instance(tmp_path / "past", server))


# --- what comes back --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["index", *LOGS, "history"])
def test_a_lost_history_comes_back(past: Past, kind: str) -> None:
    """The index that is rendered from it is the one that was there, byte for byte."""
    past.lose_history()
    intake = take_in(past.instance.history, past.source(kind))
    assert (intake.unread, intake.notes) == ({}, {})
    assert render(past.instance) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_day_is_right(past: Past, kind: str) -> None:
    """An update goes on where the history ended, and no line of a day is lost or wrong."""
    past.lose_history()
    take_in(past.instance.history, past.source(kind))
    world = past.instance.server.world
    world.advance()
    assert past.instance.update().failures == []
    assert differences(past.instance) == []
    for owner in world.owners:
        for package in owner.packages:
            lines = past.instance.table(f"{owner.login}/{package.repo}/{package.slug}")
            days = [date.fromisoformat(line[0]) for line in lines]
            assert days == [START + timedelta(days=number) for number in range(-29, DAYS + 1)]
            assert [line[1] for line in lines] == [str(package.total(day)) for day in days]


@pytest.mark.parametrize("kind", [*LOGS, "history"])
def test_every_day_of_the_past_is_there(past: Past, kind: str) -> None:
    """Row by row what the lost history knew of the days of packages and of versions."""
    before = dump(past.instance.history)
    past.lose_history()
    take_in(past.instance.history, past.source(kind))
    after = dump(past.instance.history)
    for rows in (*before.values(), *after.values()):
        for row in rows:
            row.pop("source", None)  # an index does not say where a window is from
    assert after["package_day"] == before["package_day"]
    known = [[row for row in rows["version_day"] if row["downloads"] is not None] for rows in (after, before)]
    assert known[0] == known[1]  # an index does not say on which day a version was first missing
    assert [(row["package"], row["day"]) for row in after["scan"]] == [
        (row["package"], row["day"]) for row in before["scan"]
    ]
    assert [row["gone"] for row in after["package"]] == [row["gone"] for row in before["package"]]
    assert [row["gone"] for row in after["version"]] == [row["gone"] for row in before["version"]]


@pytest.mark.parametrize("view", ["packages", "versions"])
def test_every_row_of_the_flat_form_is_there(past: Past, view: str) -> None:
    """The dataset says the same, and nothing more."""
    query = f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4, 5, 6, 7, date"  # noqa: S608 (a constant)
    before = ask(past.instance.history, query)
    past.lose_history()
    intake = take_in(past.instance.history, past.source("flat"))
    assert (intake.unread, intake.notes) == ({}, {})
    assert ask(past.instance.history, query) == before


def test_an_index_brings_the_lines_of_its_tables(past: Past) -> None:
    """Of packages every day, of versions what stands in the index."""
    before = dump(past.instance.history)["package_day"]
    here = [row for row in before if row["package"][-1] != "scratchpad"]
    past.lose_history()
    take_in(past.instance.history, past.source("index"))
    assert dump(past.instance.history)["package_day"] == here


def test_an_index_is_found_in_its_folder(past: Past) -> None:
    """SOURCE may be the folder that holds `index`, where that is no repository."""
    past.lose_history()
    shutil.rmtree(past.folder / ".git")
    take_in(past.instance.history, Source(past.folder, 0))
    assert render(past.instance) == (0, 0)


@pytest.mark.parametrize("kind", [*LOGS, "history"])
def test_a_package_that_was_deleted_stays_in_the_history(past: Past, kind: str) -> None:
    """The dataset has its days, but the index has no file of it."""
    query = "SELECT * FROM packages WHERE package = 'scratchpad' ORDER BY date"
    before = ask(past.instance.history, query)
    assert len(before) > 20
    past.lose_history()
    take_in(past.instance.history, past.source(kind))
    shutil.rmtree(past.instance.index)
    render(past.instance)
    columns = [row[:4] + row[5:] for row in ask(past.instance.history, query)]
    assert columns == [row[:4] + row[5:] for row in before]
    assert not (past.instance.index / "Octo-Forge/scratchpad").exists()


@pytest.mark.parametrize("kind", LOGS)
def test_a_package_that_moved_stands_where_it_stands_now(past: Past, kind: str) -> None:
    """With the days from before."""
    past.lose_history()
    take_in(past.instance.history, past.source(kind))
    shutil.rmtree(past.instance.index)
    render(past.instance)
    assert not (past.instance.index / "Octo-Forge/beacon/beacon.json").exists()
    assert len(past.instance.table("Octo-Forge/lighthouse/beacon")) == 29 + DAYS


def test_a_revision_ends_the_log(past: Past) -> None:
    """Later commits are not read."""
    past.lose_history()
    take_in(past.instance.history, Source(past.folder, 0, "HEAD~3"))
    assert ask(
        past.instance.history, "SELECT max(date), max(repo) FROM packages WHERE owner_id = 134217801"
    ) == [((START + timedelta(days=2)).isoformat(), "scratchpad")]
    assert ask(past.instance.history, "SELECT count(*) FROM package WHERE gone IS NOT NULL") == [(0,)]


def test_what_stands_beside_the_index_is_not_read(past: Past) -> None:
    """Only files below `index/` are a package's, and only those of an owner's repository."""
    past.lose_history()
    text = (past.instance.index / "mona-lab/moon-phase/moon-phase.json").read_text()
    for path in ("docs/mona-lab/moon-phase.json", "index/moon-phase.json", "index/a/b/c/moon-phase.json"):
        (past.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (past.folder / path).write_text(text.replace("mona-lab", "stranger"))
    past.repository.git("add", "--all", "--force", "docs", "index")
    past.repository.git("commit", "--quiet", "--message=More", time=f"{TODAY}T23:00:00+00:00")
    intake = take_in(past.instance.history, Source(past.folder, 0))
    assert intake.unread == {}
    assert ask(past.instance.history, "SELECT count(*) FROM owner WHERE login = 'stranger'") == [(0,)]


def test_a_commit_with_a_damaged_file_costs_that_file_alone(past: Past) -> None:
    """The file is reported once with its path. The package has the numbers of the other commits."""
    before = dump(past.instance.history)["package_day"]
    path = past.instance.index / "Octo-Forge/lighthouse/beacon.json"
    whole = path.read_text()
    for text in ("{}{}", whole):
        path.write_text(text)
        past.repository.commit(f"{TODAY}T23:00:00+00:00")
    past.lose_history()
    intake = take_in(past.instance.history, Source(past.folder, 0))
    assert list(intake.unread) == [
        ("index/Octo-Forge/lighthouse/beacon.json", "is no JSON: Extra data: line 1 column 3 (char 2)")
    ]
    assert dump(past.instance.history)["package_day"] == before
    assert render(past.instance) == (0, 0)


# --- every kind -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_importing_twice_changes_nothing(past: Past, kind: str) -> None:
    """No row of any table."""
    past.lose_history()
    take_in(past.instance.history, past.source(kind))
    once = dump(past.instance.history)
    take_in(past.instance.history, past.source(kind))
    assert dump(past.instance.history) == once


@pytest.mark.parametrize("kind", KINDS)
def test_a_history_that_knows_it_all_stays_as_it_is(past: Past, kind: str) -> None:
    """An import of its own past takes nothing from it, nor adds anything."""
    before = dump(past.instance.history)
    take_in(past.instance.history, past.source(kind))
    assert dump(past.instance.history) == before
    assert render(past.instance) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_source_takes_nothing_from_a_newer_history(past: Past, kind: str) -> None:
    """Days that were seen since then stay, and so do the versions that came and went."""
    source = past.source(kind)
    past.instance.index.rename(past.folder / "older")
    source.path = past.folder / "older" if kind == "index" else source.path
    for _ in range(2):
        past.instance.server.world.advance()
        past.instance.update()
    before, files = dump(past.instance.history), past.instance.files()
    take_in(past.instance.history, source)
    assert dump(past.instance.history) == before
    assert render(past.instance) == (0, 0)
    assert past.instance.files() == files


@pytest.mark.parametrize("kind", ["index", "history"])
def test_what_one_source_lacks_comes_with_the_next(past: Past, kind: str) -> None:
    """After any of them the log still brings what is missing, and the index stays."""
    past.lose_history()
    take_in(past.instance.history, past.source(kind))
    take_in(past.instance.history, past.source("log"))
    with open_history(past.instance.history) as history:
        assert count_rows(history).packages == 12
    assert render(past.instance) == (0, 0)
    query = "SELECT owner, package, date, downloads FROM packages ORDER BY 1, 2, 3"
    assert ask(past.instance.history, query) == ask(past.folder / "kept.db", query)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_opted_out_does_not_come_in(past: Past, kind: str) -> None:
    """Neither an owner, nor a repository, nor a package; the others do."""
    past.lose_history()
    optout, _ = parse_optout("paper-lantern\nocto-forge/LIGHTHOUSE\nmona-lab/moon-phase/moon-phase\n")
    take_in(past.instance.history, past.source(kind), optout)
    names = {name for (name,) in ask(past.instance.history, "SELECT name FROM package")}
    assert names - {"scratchpad"} == {
        *("Octo.Beacon.Client", "beacon-client", "beacon-nightly", "charts%2Fbeacon"),
        *("first-light", "tide-tables", "tide_tables"),
    }
    owners = {login for (login,) in ask(past.instance.history, "SELECT login FROM owner")}
    assert owners == {"Octo-Forge", "mona-lab"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_reported(past: Past, kind: str) -> None:
    """Files, commits or packages, one by one up to their number."""
    steps: list[tuple[int, int]] = []
    source = past.source(kind)
    take_in(past.folder / "new.db", source, on_step=lambda done, total: steps.append((done, total)))
    assert steps == [(number, source.steps) for number in range(1, source.steps + 1)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "history"])
@pytest.mark.parametrize("known", ["nothing", "something"])
def test_an_import_that_is_cut_short_changes_nothing(past: Past, kind: str, known: str) -> None:
    """The first half of a source is in no history."""
    path = past.folder / "new.db"
    if known == "something":
        take_in(path, Source(past.folder, 0, "HEAD~4"))
    with open_history(path):
        pass
    before = dump(path)

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(path, past.source(kind), on_step=stop)
    assert dump(path) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_stays_as_it_is(past: Past, kind: str) -> None:
    """No file of it is written, made or removed."""
    source = past.source(kind).path
    paths = [source, *source.rglob("*")]
    before = {path: path.read_bytes() for path in paths if path.is_file()}
    take_in(past.folder.parent / "new.db", past.source(kind))
    assert {path: path.read_bytes() for path in [source, *source.rglob("*")] if path.is_file()} == before


# --- invalid sources ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _: None, r"source does not exist\."),
        (lambda path: path.write_text("hello"), "is neither an index, nor a repository, nor a database"),
        (lambda path: path.write_bytes(b""), "is neither an index, nor a repository, nor a database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(9)), "cannot be read as a database"),
        (make_foreign, "another program"),
        (lambda path: Repository(path).begin(), "git says: fatal: bad revision 'HEAD'"),
        (lambda path: (path / ".git").mkdir(parents=True), "git says: fatal: not a git repository"),
        (lambda path: path.mkdir(), "holds no package"),
    ],
    ids=["nothing", "text", "empty", "torn", "other", "no commit", "no repository", "no index"],
)
def test_what_is_no_source_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    """The error is one sentence, and the history does not change."""
    make(tmp_path / "source")
    with pytest.raises(ConfigError, match=sentence):
        take_in(tmp_path / "new.db", Source(tmp_path / "source", 0))
    assert [rows for rows in dump(tmp_path / "new.db").values() if rows] == []


def test_a_revision_that_is_none_is_one_sentence(past: Past) -> None:
    """Git says why."""
    before = dump(past.instance.history)
    with pytest.raises(ConfigError, match="git says: fatal: bad revision 'v9'"):
        take_in(past.instance.history, Source(past.folder, 0, "v9"))
    assert dump(past.instance.history) == before


# --- the older form, by hand ------------------------------------------------------------------

DIGEST, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged\n"


def texts(numbers: dict[str, int]) -> dict[str, Any]:
    """Return numbers as the older form has them: as text, and raw."""
    shown = {key: str(number) for key, number in numbers.items()}
    return {**shown, **{f"raw_{key}": number for key, number in numbers.items()}}


def version(number: int, name: str, tags: list[str], *numbers: int) -> dict[str, Any]:
    """Make a version of the older form."""
    document = {"id": number, "name": name, "date": "2026-08-20", "newest": False, "latest": False}
    return {**document, **texts(dict(zip(NUMBERS, numbers, strict=True))), "tags": tags}


VERSIONS = [
    version(12, DIGEST, ["1.2", "latest"], 3000, 300, 30, 3, 5000),
    version(11, OTHER, [""], 39, -1, -1, 0, -1),
]


def package(name: str, versions: list[dict[str, Any]], **changes: object) -> dict[str, Any]:
    """Make a package of the older form."""
    counts = {"versions": 2, "tagged": 1, "owner_rank": 1, "repo_rank": 1}
    numbers = texts(dict(zip(NUMBERS, (3039, -1, 40, 5, 5000), strict=True)) | counts)
    document = {
        "owner_type": "orgs",
        "package_type": "container",
        "owner_id": "7",
        "owner": "acme",
        "repo": name,
    }
    return {**document, "package": name, "date": "2026-08-20", **numbers, **changes, "version": versions}


def publish(root: Path, document: dict[str, Any], *lines: str) -> Source:
    """Write a package's file into an index, and its table where there are lines."""
    path = root / document["owner"] / document["repo"] / f"{document['package']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    if lines:
        path.with_suffix(".csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return Source(root, 0)


def test_every_number_of_the_older_form_comes_out(instance: Instance) -> None:
    """Unknown stays unknown, in texts and in numbers; ids are numbers again; there is no empty tag."""
    document = package("kit", VERSIONS)
    intake = take_in(instance.history, publish(instance.folder / "older", document))
    assert (intake.read, intake.unread, intake.notes) == (1, {}, {})
    render(instance)
    shown = instance.shown("acme/kit/kit")
    raw = {key: value for key, value in document.items() if key.startswith("raw_")}
    assert {key: shown[key] for key in raw} == raw
    same = ("owner_type", "package_type", "owner", "repo", "package", "date")
    assert [shown[key] for key in same] == [document[key] for key in same]
    assert (shown["owner_id"], shown["downloads_month"], shown["downloads"]) == (7, "unknown", "3k")
    assert [item["tags"] for item in shown["version"]] == [["1.2", "latest"], []]
    for mine, theirs in zip(shown["version"], VERSIONS, strict=True):
        exact = [key for key in theirs if key.startswith("raw_") or key in {"id", "name", "date"}]
        assert {key: mine[key] for key in exact} == {key: theirs[key] for key in exact}
    assert instance.table("acme/kit/kit") == [["2026-08-20", "3039", "", "40", "5", "5000", "2", "1"]]


def test_a_stand_in_is_shown_until_the_versions_are_known(instance: Instance) -> None:
    """The older form made up a version to have one."""
    stand_in = version(-1, "latest", ["latest"], -1, -1, -1, -1, -1)
    document = package("beacon", [stand_in], owner="Octo-Forge", owner_id="134217801")
    take_in(instance.history, publish(instance.folder / "older", document))
    render(instance)
    (shown,) = instance.shown("Octo-Forge/beacon/beacon")["version"]
    assert (shown["id"], shown["raw_downloads"], shown["downloads"]) == (-1, -1, "unknown")
    assert instance.update().failures == []
    assert differences(instance) == []


def test_damaged_files_are_reported_and_the_others_read(instance: Instance) -> None:
    """Each damaged file is reported with its path and the reason."""
    root = instance.folder / "older"
    source = publish(root, package("kit", VERSIONS))
    text = json.dumps(package("two", VERSIONS))
    damaged = {
        "acme/version/version.json": json.dumps(VERSIONS[0]),
        "acme/two/two.json": text + text,
        "acme/cut/cut.json": text[:200],
        "acme/empty/empty.json": "",
        "acme/list/list.json": "[]",
        "acme/none/none.json": text.replace('"acme"', '"../.."'),
        "acme/late/late.json": text.replace("2026-08-20", "2029-01-01"),
    }
    for path, content in damaged.items():
        (root / path).parent.mkdir()
        (root / path).write_text(content)
    intake = take_in(instance.history, source)
    reasons = dict(list(intake.unread))
    assert intake.read == 1
    assert reasons == {
        "acme/version/version.json": "holds a version and not a package",
        "acme/two/two.json": f"is no JSON: Extra data: line 1 column {len(text) + 1} (char {len(text)})",
        "acme/cut/cut.json": reasons["acme/cut/cut.json"],
        "acme/empty/empty.json": "is no JSON: Expecting value: line 1 column 1 (char 0)",
        "acme/list/list.json": "holds a list and not an object",
        "acme/none/none.json": 'has no "owner" that can be one: "../.."',
        "acme/late/late.json": 'has no date that can be: "2029-01-01"',
    }
    assert reasons["acme/cut/cut.json"].startswith("is no JSON: ")


def test_an_entry_that_is_no_version_is_noted(instance: Instance) -> None:
    """The package is read without it."""
    bad = [{"id": "x", "name": DIGEST}, {"id": 9}, 7, {**VERSIONS[0], "name": "a\nb"}]
    document = package("kit", [*VERSIONS, *bad])  # type: ignore[list-item]
    intake = take_in(instance.history, publish(instance.folder / "older", document))
    assert list(intake.notes) == [("acme/kit/kit.json", "4 entries are no version")]
    assert (intake.read, intake.unread) == (1, {})


# --- what is better ---------------------------------------------------------------------------

MINE = ("2026-08-17,2990,200,20,2,5000,2,1", "2026-08-18,3000,,,,,,", "2026-08-19,3010,210,21,1,5000,2,1")
AT_LAST = ["2026-08-20", "3039", "", "40", "5", "5000", "2", "1"]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("2026-08-17,9999,999,99,9,9,9,9", MINE[0]),
        ("2026-08-17,1,1,1,1,1,1,1", MINE[0]),
        ("2026-08-18,3000,205,22,3,4800,3,2", "2026-08-18,3000,205,22,3,4800,3,2"),
        ("2026-08-18,2999,205,22,3,,,", MINE[1]),
        ("2026-08-16,2980,190,19,1,5000,2,1", "2026-08-16,2980,190,19,1,5000,2,1"),
    ],
    ids=["settled and lower", "settled and higher", "unknown", "another total", "before"],
)
def test_a_day_that_is_known_better_stays(instance: Instance, line: str, kept: str) -> None:
    """Final days stay final. Unknown numbers are filled in if both sources have the same total."""
    take_in(instance.history, publish(instance.folder / "mine", package("kit", VERSIONS), *MINE))
    source = publish(instance.folder / "theirs", package("kit", VERSIONS), line)
    take_in(instance.history, source)
    render(instance)
    table = {row[0]: row for row in instance.table("acme/kit/kit")}
    changed = {entry.split(",")[0]: entry.split(",") for entry in (*MINE, kept)}
    assert table == {**changed, "2026-08-20": AT_LAST}


@pytest.mark.parametrize(
    ("total", "month", "shown"),
    [(3039, 500, (3039, 500)), (3038, 500, (3039, -1)), (3040, 501, (3040, 501)), (-1, 500, (3039, -1))],
    ids=["unknown", "lower", "higher", "none"],
)
def test_of_a_day_that_goes_on_the_higher_total_counts(
    instance: Instance, total: int, month: int, shown: tuple[int, int]
) -> None:
    """The higher total is the later one. Numbers that it lacks are filled in if both totals are the same."""
    take_in(instance.history, publish(instance.folder / "mine", package("kit", VERSIONS)))
    theirs = package("kit", VERSIONS, raw_downloads=total, raw_downloads_month=month)
    take_in(instance.history, publish(instance.folder / "theirs", theirs))
    render(instance)
    head = instance.shown("acme/kit/kit")
    assert (head["raw_downloads"], head["raw_downloads_month"]) == shown


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"raw_downloads": 38}, VERSIONS[1]),
        ({"raw_downloads": 40}, {**VERSIONS[1], "raw_downloads": 40}),
        ({"raw_downloads": -1}, VERSIONS[1]),
        ({"raw_downloads_week": 6}, {**VERSIONS[1], "raw_downloads_week": 6}),
        ({"raw_size": 700}, {**VERSIONS[1], "raw_size": 700}),
        ({"date": "2026-08-19", "raw_downloads": 50}, VERSIONS[1]),
        ({"date": "2026-08-19", "raw_downloads": 30}, VERSIONS[1]),
    ],
    ids=["lower", "higher", "none", "unknown", "size", "earlier and higher", "earlier"],
)
def test_what_is_known_better_of_a_version_stays(
    instance: Instance, changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """A total does not fall, a number does not go, and what is unknown is filled."""
    take_in(instance.history, publish(instance.folder / "mine", package("kit", VERSIONS)))
    theirs = package("kit", [VERSIONS[0], {**VERSIONS[1], **changes}])
    take_in(instance.history, publish(instance.folder / "theirs", theirs))
    render(instance)
    mine = next(item for item in instance.shown("acme/kit/kit")["version"] if item["id"] == 11)
    compared = [key for key in shown if key.startswith("raw_") or key == "date"]
    assert {key: mine[key] for key in compared} == {key: shown[key] for key in compared}


def test_what_a_newer_history_says_of_a_package_stays(instance: Instance) -> None:
    """An older source does not change its repository or its tags, nor the fact that it is gone."""
    newer = [{**VERSIONS[0], "tags": ["2.0"]}, VERSIONS[1]]
    take_in(
        instance.history,
        publish(instance.folder / "mine", package("kit", newer, date="2026-08-21", repo="box")),
    )
    gone = package("old", VERSIONS)
    theirs = [
        publish(instance.folder / "theirs", package("kit", VERSIONS)),
        publish(instance.folder / "theirs", gone),
    ]
    take_in(instance.history, theirs[0])
    with open_history(instance.history) as history:
        (old,) = (known for known in load_packages(history, "acme") if known.name == "old")
        mark_gone(history, "acme", old, date(2026, 8, 21))
    take_in(instance.history, theirs[1])
    render(instance)
    assert instance.shown("acme/box/kit")["version"][0]["tags"] == ["2.0"]
    assert sorted(path.name for path in (instance.index / "acme").iterdir()) == [".json", "box"]


# --- what once went wrong ----------------------------------------------------------------------


def test_two_packages_of_one_name_keep_their_places(tmp_path: Path) -> None:
    """The plain path stays that of the one that had it, whichever was refreshed last."""
    made = START - timedelta(days=50)
    npm = Package("npm", "kit", "kit", (Version(1, "1.0.0", made, ()),))
    image = Package("container", "kit", "kit", (Version(2, f"sha256:{2:064x}", made, ("v1",)),))
    with StandinServer(World(START, [Owner("mona-lab", 7, "users", [npm])])) as server:
        instance = Instance(tmp_path, server)
        instance.update()
        server.world.owners[0].packages.append(image)
        instance.update()
        server.world.advance()
        server.replies["/mona-lab/kit/pkgs/container/*"] = [Reply(500)] * 20
        instance.update()
        instance.history.unlink()
        take_in(instance.history, Source(instance.index, 2))
        assert render(instance) == (1, 0)  # the instance's own: no index says who failed


def test_a_stale_file_of_a_repository_does_not_win(past: Past) -> None:
    """A package moved, its old files were left, and stand later in the order of names."""
    (row,) = ask(past.instance.history, "SELECT repo, name FROM package WHERE repo = 'lighthouse'")
    for ending in ("json", "csv"):
        old = past.repository.git("show", f"HEAD~2:index/Octo-Forge/beacon/{row[1]}.{ending}")
        path = past.instance.index / "Octo-Forge" / "zeta" / f"{row[1]}.{ending}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(old.replace('"repo":"beacon"', '"repo":"zeta"') + "\n", encoding="utf-8")
    past.repository.commit("2026-08-25T23:00:00+00:00")
    past.lose_history()
    take_in(past.instance.history, Source(past.folder, DAYS + 1))
    repos: dict[str, str] = dict(ask(past.instance.history, "SELECT name, repo FROM package"))
    assert repos[row[1]] == "lighthouse"


def test_tables_that_a_commit_removed_are_read(past: Past) -> None:
    """A removed CSV has the days before the first commit."""
    before = dump(past.instance.history)["package_day"]
    past.lose_history()
    for path in past.instance.index.rglob("*.csv"):
        path.unlink()
    past.repository.commit("2026-08-25T23:00:00+00:00")
    take_in(past.instance.history, Source(past.folder, DAYS + 1))
    assert dump(past.instance.history)["package_day"] == before


def test_what_is_opted_out_is_gone_before_the_last_step(past: Past) -> None:
    """So that a program that ends there leaves nothing of it."""
    path = past.folder / "new.db"

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(path, past.source("history"), parse_optout("mona-lab\n")[0], stop)
    assert ask(path, "SELECT count(*) FROM owner WHERE login = 'mona-lab'") == [(0,)]


def test_an_unlinked_package_is_not_taken_for_a_linked_one(tmp_path: Path, server: StandinServer) -> None:
    """When its owner's list lags behind, it is asked for where it is."""
    instance = Instance(tmp_path, server)
    server.world.owners = server.world.owners[:1]
    instance.update()
    instance.history.unlink()
    take_in(instance.history, Source(instance.index, 6))
    page = b'<div id="org-packages"><h3>0 packages</h3></div></html>'
    server.replies["/orgs/Octo-Forge/packages*"] = [Reply(200, {}, page)]
    tally = instance.update()
    assert (tally.packages, tally.gone) == (6, 0)
