"""What the commits of a repository changed."""

import os
from datetime import date
from pathlib import Path

import pytest

from backage.errors import ConfigError
from backage.publish.git import GitLog
from tests.support.repositories import Repository

NOON = "2026-08-20T12:00:00+00:00"
NAMES = [
    "plain.json",
    "two words",
    "a 'quoted' \"name\"",
    "grün/été",
    "line\nbreak",
    "tab\there",
    "-rf",
    "--output=x",
    "back\\slash",
    "deep/er/and deeper",
    " ",
]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository without commits."""
    return Repository(tmp_path / "repository").begin()


def write(repository: Repository, **files: str | None) -> None:
    """Write files, or remove those that are None."""
    for name, text in files.items():
        path = repository.folder / name
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")


def read(repository: Repository, revision: str = "HEAD") -> list[tuple[date, dict[str, str | None]]]:
    """Read all commits, each with its day and the texts of what it changed."""
    with GitLog(repository.folder, revision) as log:
        found = [
            (
                commit.day,
                {path: name and log.read(name).decode() for path, name in commit.changed.items()},
            )
            for commit in log
        ]
        assert len(log) == len(found)
    return found


def test_each_commit_lists_its_changes(repository: Repository) -> None:
    """Commits come oldest first, with new, changed and removed files, without unchanged ones."""
    write(repository, first="1", second="2", third="3")
    repository.commit_on(date(2026, 8, 20))
    write(repository, second="two", third=None, fourth="4")
    repository.commit_on(date(2026, 8, 21))
    repository.commit_on(date(2026, 8, 22))
    assert read(repository) == [
        (date(2026, 8, 20), {"first": "1", "second": "2", "third": "3"}),
        (date(2026, 8, 21), {"second": "two", "third": None, "fourth": "4"}),
        (date(2026, 8, 22), {}),
    ]


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-08-20T23:30:00-02:00", date(2026, 8, 21)),
        ("2026-08-21T00:30:00+02:00", date(2026, 8, 20)),
        ("2026-08-20T23:59:59+00:00", date(2026, 8, 20)),
        ("2026-08-21T00:00:00+00:00", date(2026, 8, 21)),
    ],
)
def test_a_commit_has_a_utc_day(repository: Repository, time: str, day: date) -> None:
    """The day is in UTC, whatever the committer's time zone."""
    repository.commit(time)
    assert read(repository) == [(day, {})]


def test_the_day_is_the_committers(repository: Repository) -> None:
    """The commit's date counts, not the author's: a rebased change was published when it was committed."""
    repository.git("commit", "--quiet", "--allow-empty", "--message=x", "--date=2020-01-01T12:00:00Z")
    assert read(repository) == [(date(2026, 8, 20), {})]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_is_read(repository: Repository, name: str) -> None:
    """Names may have spaces, quotes, line breaks and letters of any language."""
    path = repository.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("here", encoding="utf-8")
    repository.commit(NOON)
    path.unlink()
    repository.commit(NOON)
    assert [changed for _, changed in read(repository)] == [{name: "here"}, {name: None}]


def test_a_name_with_invalid_utf_8_is_read(repository: Repository) -> None:
    """Invalid bytes are read as Python's surrogates."""
    path = os.fsencode(repository.folder) + b"/\xff.json"
    with open(path, "w", encoding="utf-8") as stream:  # noqa: PTH123 (a path of bytes)
        stream.write("here")
    repository.commit(NOON)
    assert read(repository) == [(date(2026, 8, 20), {"\udcff.json": "here"})]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"no end of line", b"\0\xff\r\n" * 9, b"blob 3\n", b"x" * 3_000_000],
    ids=["empty", "line", "open", "binary", "header", "large"],
)
def test_contents_are_read_as_they_were_written(repository: Repository, content: bytes) -> None:
    """Contents are read byte by byte, and the next read is not disturbed."""
    (repository.folder / "file").write_bytes(content)
    (repository.folder / "next").write_bytes(b"next")
    repository.commit(NOON)
    with GitLog(repository.folder, "HEAD") as log:
        (commit,) = log
        names = [str(commit.changed[path]) for path in ("file", "next", "file")]
        assert [log.read(name) for name in names] == [content, b"next", content]


def test_only_first_parents_count(repository: Repository) -> None:
    """A merge lists its changes to its first parent; commits of the merged branch are left out."""
    write(repository, first="1")
    repository.commit_on(date(2026, 8, 20))
    write(repository, second="2")
    repository.merge("2026-08-21T12:00:00+00:00")
    assert read(repository) == [
        (date(2026, 8, 20), {"first": "1"}),
        (date(2026, 8, 21), {"second": "2"}),
    ]


def test_a_file_that_moves_is_removed_and_written(repository: Repository) -> None:
    """A renamed file is a removed and a new one, whatever git's settings for renames."""
    repository.git("config", "diff.renames", "copies")
    write(repository, before="the same text, long enough to be known again\n" * 9)
    repository.commit(NOON)
    (repository.folder / "before").rename(repository.folder / "after")
    repository.commit(NOON)
    _, (_, changed) = read(repository)
    assert changed["before"] is None
    assert str(changed["after"]).startswith("the same text")


def test_links_and_other_repositories_are_skipped(repository: Repository) -> None:
    """Links and submodules are skipped and not followed."""
    write(repository, file="1")
    (repository.folder / "link.json").symlink_to("/etc/passwd")
    inner = Repository(repository.folder / "inner").begin()
    inner.commit(NOON)
    repository.commit(NOON)
    (repository.folder / "script").write_text("2")
    (repository.folder / "script").chmod(0o755)
    repository.commit(NOON)
    assert [changed for _, changed in read(repository)] == [{"file": "1"}, {"script": "2"}]


@pytest.mark.parametrize("kind", ["working tree", "bare", "second working tree"])
def test_every_form_of_a_repository_is_read(repository: Repository, tmp_path: Path, kind: str) -> None:
    """A repository is read with a working tree, bare, or as a second working tree."""
    write(repository, first="1")
    repository.commit(NOON)
    other = Repository(tmp_path / "other")
    if kind == "bare":
        repository.git("clone", "--quiet", "--bare", str(repository.folder), str(other.folder))
    elif kind == "second working tree":
        repository.git("worktree", "add", "--quiet", "-b", "more", str(other.folder))
    assert read(repository if kind == "working tree" else other) == [(date(2026, 8, 20), {"first": "1"})]


def test_a_shallow_clone_begins_with_all_its_files(repository: Repository, tmp_path: Path) -> None:
    """The oldest commit of a shallow clone lists every file."""
    for number, name in enumerate(("first", "second", "third")):
        write(repository, **{name: name})
        repository.commit_on(date(2026, 8, 20 + number))
    cut = Repository(tmp_path / "cut")
    repository.git("clone", "--quiet", "--depth=2", f"file://{repository.folder}", str(cut.folder))
    assert read(cut) == [
        (date(2026, 8, 21), {"first": "first", "second": "second"}),
        (date(2026, 8, 22), {"third": "third"}),
    ]


def test_a_revision_ends_the_log(repository: Repository) -> None:
    """A revision may be a hash, a tag, a branch, or count back from one."""
    write(repository, first="1")
    name = repository.commit(NOON)
    repository.git("tag", "early")
    write(repository, second="2")
    repository.commit(NOON)
    for revision in (name, name[:10], "early", "HEAD~1", "main^"):
        assert [changed for _, changed in read(repository, revision)] == [{"first": "1"}]
    assert len(read(repository, "main")) == 2


def test_a_folder_of_the_revision_is_found(repository: Repository) -> None:
    """Only the revision's folders count, not its files, other commits, or the working tree."""
    repository.commit(NOON)
    (repository.folder / "index" / "a b").mkdir(parents=True)
    write(repository, file="1", **{"index/a b/file": "2"})
    with GitLog(repository.folder, "HEAD") as log:
        assert not log.has("index")
    repository.commit(NOON)
    with GitLog(repository.folder, "HEAD") as log:
        assert [log.has(name) for name in ("index", "index/a b", "file", "inde", "-r")] == [
            *(True, True),
            *(False, False, False),
        ]
    with GitLog(repository.folder, "HEAD~1") as log:
        assert not log.has("index")


@pytest.mark.parametrize(
    "revision", ["nothing", "", "-1", "--all", "--output=written", "-n1", "HEAD~7", "HEAD main"]
)
def test_an_invalid_revision_is_one_sentence(repository: Repository, revision: str) -> None:
    """A revision that begins with a dash is not an option either."""
    repository.commit(NOON)
    with pytest.raises(ConfigError, match=r"^git says: fatal: bad revision '.*'\.$"):
        GitLog(repository.folder, revision)
    assert sorted(path.name for path in repository.folder.iterdir()) == [".git"]


def test_a_repository_without_commits_is_one_sentence(repository: Repository) -> None:
    """Without commits HEAD is no revision."""
    with pytest.raises(ConfigError, match=r"^git says: fatal: bad revision 'HEAD'\.$"):
        GitLog(repository.folder, "HEAD")


def test_a_missing_repository_is_one_sentence(tmp_path: Path) -> None:
    """The sentence has git's own reason."""
    with pytest.raises(ConfigError, match=r"^git says: fatal: not a git repository.*\.$"):
        GitLog(tmp_path, "HEAD")


def test_a_machine_without_git_is_one_sentence(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without git the error says that it is not installed."""
    repository.commit(NOON)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="git is not installed"):
        GitLog(repository.folder, "HEAD")


def test_a_missing_content_is_one_sentence(repository: Repository) -> None:
    """A content may be missing in a partial clone."""
    repository.commit(NOON)
    with (
        GitLog(repository.folder, "HEAD") as log,
        pytest.raises(ConfigError, match=r"git cannot read 0{40} of the repository: is it a whole clone\?"),
    ):
        log.read("0" * 40)


def test_the_users_settings_change_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings for colours, quoted paths and renames have no effect."""
    write(repository, grün="1")
    repository.commit(NOON)
    settings = tmp_path / "settings"
    settings.write_text(
        "[core]\n\tquotePath = true\n[color]\n\tui = always\n[log]\n\tdate = relative\n\tfollow = true\n"
        "[diff]\n\tnoprefix = true\n\texternal = false\n\trenames = copies\n\torderFile = nothing\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert read(repository) == [(date(2026, 8, 20), {"grün": "1"})]


# --- environment ----------------------------------------------------------------------------------


def test_variables_of_a_hook_are_ignored(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The named repository is read, not the one whose hook runs this."""
    other = Repository(tmp_path / "other").begin()
    other.commit(NOON)
    other.commit(NOON)
    repository.commit(NOON)
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert len(GitLog(repository.folder, "HEAD")) == 1


def test_a_broken_repository_is_not_replaced_by_its_parent(repository: Repository) -> None:
    """An empty `.git` is an error; the repository around it is not read."""
    repository.commit(NOON)
    (repository.folder / "inner" / ".git").mkdir(parents=True)
    with pytest.raises(ConfigError, match="not a git repository"):
        GitLog(repository.folder / "inner", "HEAD")


def make_commit(repository: Repository, committer: str, more: str = "") -> str:
    """Make a commit with a committer line that git would refuse; return its hash."""
    tree = repository.git("rev-parse", "HEAD^{tree}")
    text = f"tree {tree}\nauthor M <m@x> 1700000000 +0000\ncommitter {committer}\n{more}\nx\n"
    return repository.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", text=text)


def test_signatures_are_not_taken_for_commits(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signatures are not read as commits, even if the user wants them in the log."""
    repository.commit(NOON)
    say = tmp_path / "say"
    say.write_text("#!/bin/sh\necho 'gpg: Signature made today' >&2\nexit 1\n")
    say.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {say}\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abcd\n -----END PGP SIGNATURE-----\n"
    name = make_commit(repository, "M <m@x> 1700000000 +0000", signature)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert [commit.day for commit in GitLog(repository.folder, name)] == [date(2023, 11, 14)]


@pytest.mark.parametrize("time", ["9999999999999 +0000", "99999999999999999 +0000", ""])
def test_an_impossible_time_is_no_traceback(repository: Repository, time: str) -> None:
    """A commit with an impossible time is still read."""
    repository.commit(NOON)
    name = make_commit(repository, f"M <m@x> {time}".rstrip())
    assert len(list(GitLog(repository.folder, name))) == 1
