from dataclasses import dataclass
from pathlib import Path

import pytest

from backage.errors import ConfigError, RemoteError
from backage.publish.repository import TRAILER, Change, last_other_commit
from backage.publish.repository import Repository as Publisher
from tests.support.repositories import Repository


@dataclass(frozen=True)
class Instance:
    """A bare repository, a clone that publishes, and the clone of a person."""

    bare: Repository
    clone: Repository
    person: Repository

    def publish(
        self, *, branch: str | None = None, amend: bool = False, message: str = "index"
    ) -> str | None:
        """Publish the index of the clone; return None if nothing changed."""
        publisher = Publisher(self.clone.folder / "index", "origin", branch)
        proposal = publisher.propose()
        return publisher.push(proposal, message, amend=amend) if proposal.changes else None

    def write(self, path: str, text: str) -> None:
        """Write a file in the clone."""
        target = self.clone.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def pushed(self, path: str, text: str | None) -> str:
        """Commit and push a person's file, or its removal; return the commit."""
        self.person.git("pull", "--quiet", "--rebase")
        target = self.person.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            target.unlink()
        else:
            target.write_text(text, encoding="utf-8")
        name = self.person.commit("2026-08-20T13:00:00+00:00")
        self.person.git("push", "--quiet", "origin", "HEAD:main")
        return name

    def tree(self, branch: str = "main") -> dict[str, str]:
        """Return the files of a branch on the remote."""
        names = self.bare.git("ls-tree", "-r", "--name-only", branch).splitlines()
        return {name: self.bare.git("cat-file", "blob", f"{branch}:{name}") for name in names}

    def commits(self, branch: str = "main") -> int:
        """Count the commits of a branch."""
        return int(self.bare.git("rev-list", "--count", branch))


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Return an instance whose index has two files."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    bare = Repository(tmp_path / "bare.git")
    bare.folder.mkdir()
    bare.git("init", "--quiet", "--bare", "--initial-branch=main")
    person = Repository(tmp_path / "person").begin()
    for path in ("owners.txt", "index/a/b/one.json", "index/a/b/two.json"):
        target = person.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{path}\n", encoding="utf-8")
    person.commit("2026-08-20T12:00:00+00:00")
    person.git("remote", "add", "origin", str(bare.folder))
    person.git("push", "--quiet", "--set-upstream", "origin", "main")
    bare.git("clone", "--quiet", str(bare.folder), str(tmp_path / "clone"))
    return Instance(bare, Repository(tmp_path / "clone"), person)


def shallow(instance: Instance) -> Instance:
    """Return the instance with a shallow clone, as Actions makes it."""
    folder = instance.clone.folder.with_name("shallow")
    instance.bare.git("clone", "--quiet", "--depth=1", instance.bare.folder.as_uri(), str(folder))
    return Instance(instance.bare, Repository(folder), instance.person)


def test_only_the_index_is_committed(instance: Instance) -> None:
    """Other changes, staged or not, stay as they are."""
    instance.write("index/a/b/one.json", "1")
    instance.write("index/c/d/new.json", "2")
    (instance.clone.folder / "index/a/b/two.json").unlink()
    instance.write("owners.txt", "mine\n")
    instance.write("staged.txt", "staged\n")
    instance.clone.git("add", "staged.txt")
    before = instance.clone.git("status", "--porcelain", "--", "owners.txt", "staged.txt")

    proposal = Publisher(instance.clone.folder / "index", "origin", None).propose()
    assert proposal.changes == (
        Change("M", "a/b/one.json"),
        Change("D", "a/b/two.json"),
        Change("A", "c/d/new.json"),
    )
    assert instance.publish() is not None

    assert instance.tree() == {
        "owners.txt": "owners.txt",
        "index/a/b/one.json": "1",
        "index/c/d/new.json": "2",
    }
    assert instance.clone.git("status", "--porcelain", "--", "owners.txt", "staged.txt") == before


def test_no_change_makes_no_commit(instance: Instance) -> None:
    """A run that changed nothing does not touch the branch."""
    assert instance.publish() is None
    instance.write("index/a/b/one.json", "1")
    assert instance.publish() is not None
    assert instance.publish() is None
    assert instance.commits() == 2


def test_scratch_and_ignored_files(instance: Instance) -> None:
    """Unfinished files are not published; files that .gitignore names are."""
    instance.write(".gitignore", "*.csv\n")
    instance.write("index/.tmp/file", "half")
    instance.write("index/a/b/one.csv", "date\n")
    instance.publish()
    assert "index/a/b/one.csv" in instance.tree()
    assert "index/.tmp/file" not in instance.tree()


def test_what_others_pushed_stays(instance: Instance) -> None:
    """Files that others pushed stay, even within the index; if both changed a file, ours is published."""
    instance.write("index/a/b/one.json", "ours")
    theirs = instance.pushed("owners.txt", "octo\n")
    instance.pushed("index/x/y/imported.json", "theirs")
    instance.pushed("index/a/b/two.json", "theirs")
    instance.pushed("index/a/b/one.json", "theirs")

    assert instance.publish() is not None

    assert instance.tree() == {
        "owners.txt": "octo",
        "index/a/b/one.json": "ours",
        "index/a/b/two.json": "theirs",
        "index/x/y/imported.json": "theirs",
    }
    assert theirs in instance.bare.git("rev-list", "main")
    assert instance.clone.git("status", "--porcelain") == ""
    assert instance.clone.git("rev-parse", "HEAD") == instance.bare.git("rev-parse", "main")


def test_a_push_in_between_is_refused(instance: Instance) -> None:
    """The lease fails if the branch moved; the next proposal is based on the new tip."""
    instance.write("index/a/b/one.json", "ours")
    publisher = Publisher(instance.clone.folder / "index", "origin", None)
    stale = publisher.propose()
    instance.pushed("owners.txt", "octo\n")
    with pytest.raises(RemoteError, match=r"git says: ! .rejected"):
        publisher.push(stale, "index", amend=False)
    assert instance.tree()["index/a/b/one.json"] == "index/a/b/one.json"

    publisher.push(publisher.propose(), "index", amend=False)
    assert instance.tree()["index/a/b/one.json"] == "ours"
    assert instance.tree()["owners.txt"] == "octo"


def test_local_work_is_not_thrown_away(instance: Instance) -> None:
    """A working tree with other changes or commits stays at its commit."""
    before = instance.clone.git("rev-parse", "HEAD")
    instance.write("owners.txt", "mine\n")
    instance.write("index/a/b/one.json", "1")
    instance.publish()
    assert instance.clone.git("rev-parse", "HEAD") == before
    assert (instance.clone.folder / "owners.txt").read_text(encoding="utf-8") == "mine\n"
    assert instance.publish() is None

    instance.clone.git("add", "owners.txt")
    instance.clone.git("commit", "--quiet", "--message=Mine", "--", "owners.txt")
    mine = instance.clone.git("rev-parse", "HEAD")
    instance.write("index/a/b/one.json", "2")
    instance.publish()
    assert instance.clone.git("rev-parse", "HEAD") == mine
    assert instance.tree()["index/a/b/one.json"] == "2"
    assert instance.tree()["owners.txt"] == "owners.txt"


@pytest.mark.parametrize("depth", ["whole", "shallow"])
def test_amend_keeps_one_commit_of_the_index(instance: Instance, depth: str) -> None:
    """However often the index is published, the branch has people's commits and one more."""
    here = shallow(instance) if depth == "shallow" else instance
    for number in range(4):
        here.write("index/a/b/one.json", str(number))
        here.publish(amend=True)
    assert here.commits() == 2
    assert here.tree()["index/a/b/one.json"] == "3"

    person = instance.pushed("owners.txt", "octo\n")
    for number in range(4, 7):
        here.write("index/a/b/one.json", str(number))
        here.publish(amend=True)
    assert here.commits() == 4  # of a person, of the index, of a person, of the index
    assert here.bare.git("rev-parse", "main~1") == person
    assert here.tree() == {
        "owners.txt": "octo",
        "index/a/b/one.json": "6",
        "index/a/b/two.json": "index/a/b/two.json",
    }


def test_amend_never_replaces_another_commit(instance: Instance) -> None:
    """A person's commit is never replaced, nor one that has the trailer and changes other files."""
    instance.write("index/a/b/one.json", "1")
    instance.publish(amend=True)
    assert instance.commits() == 2
    instance.person.git("pull", "--quiet", "--rebase")
    (instance.person.folder / "owners.txt").write_text("octo\n", encoding="utf-8")
    instance.person.git("commit", "--quiet", "--all", f"--message=Squash\n\n{TRAILER}")
    instance.person.git("push", "--quiet", "origin", "HEAD:main")
    instance.write("index/a/b/one.json", "2")
    instance.publish(amend=True)
    assert instance.commits() == 4
    assert instance.tree()["owners.txt"] == "octo"


def test_amend_leaves_no_hole_in_a_shallow_clone(instance: Instance) -> None:
    """The oldest commit of a shallow clone seems to have no parents; its real parents are kept."""
    for number in range(3):
        instance.write("index/a/b/one.json", str(number))
        instance.publish()
    here = shallow(instance)
    here.write("index/a/b/one.json", "new")
    here.publish(amend=True)
    assert here.commits() == 4
    assert here.tree()["index/a/b/one.json"] == "new"


def test_another_branch_begins_with_the_index_alone(instance: Instance) -> None:
    """A new branch has only the index; the checked-out branch stays as it is."""
    head = instance.clone.git("rev-parse", "HEAD")
    instance.write("index/a/b/one.json", "1")
    instance.publish(branch="data")
    assert instance.tree("data") == {"index/a/b/one.json": "1", "index/a/b/two.json": "index/a/b/two.json"}
    instance.write("index/a/b/one.json", "2")
    instance.publish(branch="data", amend=True)
    assert instance.commits("data") == 1
    assert instance.tree("data")["index/a/b/one.json"] == "2"
    assert instance.commits() == 1
    assert instance.clone.git("rev-parse", "HEAD") == head


def test_a_new_repository_with_an_unborn_branch(tmp_path: Path, instance: Instance) -> None:
    """A branch without commits begins with the index alone."""
    fresh = Repository(tmp_path / "fresh").begin()
    fresh.git("checkout", "--quiet", "--orphan", "backage")
    fresh.git("remote", "add", "origin", str(instance.bare.folder))
    here = Instance(instance.bare, fresh, instance.person)
    here.write("index/a/b/one.json", "1")
    assert here.publish() is not None
    assert here.tree("backage") == {"index/a/b/one.json": "1"}
    assert here.publish() is None


def test_who_commits(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """The committer is git's own, or the account of Actions if git has none."""
    for part in ("NAME", "EMAIL"):
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.delenv(f"GIT_{role}_{part}", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
    instance.clone.git("config", "user.useConfigOnly", "true")
    instance.write("index/a/b/one.json", "1")
    instance.publish()
    assert instance.bare.git("log", "-1", "--format=%an <%ae>", "main") == (
        "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"
    )
    instance.clone.git("config", "user.name", "Mona")
    instance.clone.git("config", "user.email", "mona@example.org")
    instance.write("index/a/b/one.json", "2")
    instance.publish(message="index: more\n\nchanged a/b/one")
    message = instance.bare.git("log", "-1", "--format=%an%n%B", "main")
    assert message == f"Mona\nindex: more\n\nchanged a/b/one\n\n{TRAILER}"


def test_special_file_names(instance: Instance) -> None:
    """A file's name is never a pattern, an option or quoted."""
    names = ["-rf", ":(top)x", "*.json", "a b", 'q"uote', "tab\there", "ümlaut", "%2F"]
    for name in names:
        instance.write(f"index/o/r/{name}", name)
    instance.publish()
    listed = instance.bare.git("ls-tree", "-r", "-z", "--name-only", "main").split("\0")
    assert {f"index/o/r/{name}" for name in names} <= set(listed)
    assert instance.publish() is None


def test_variables_of_a_hook_are_ignored(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that git sets for hooks do not change the repository."""
    other = Repository(tmp_path / "other").begin()
    other.commit("2026-08-20T12:00:00+00:00")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / ".git" / "index"))
    instance.write("index/a/b/one.json", "1")
    instance.publish()
    assert instance.tree()["index/a/b/one.json"] == "1"


@pytest.mark.parametrize(
    ("remote", "branch", "reason"),
    [
        ("elsewhere", None, 'The repository has no remote "elsewhere"'),
        ("-x", None, 'The repository has no remote "-x"'),
        ("origin", "a b", '"a b" is no branch'),
        ("origin", "../x", r'"\.\./x" is no branch'),
        ("origin", "x.lock", r'"x\.lock" is no branch'),
    ],
)
def test_wrong_usage(instance: Instance, remote: str, branch: str | None, reason: str) -> None:
    """Wrong usage is reported at once and not retried."""
    with pytest.raises(ConfigError, match=reason) as caught:
        Publisher(instance.clone.folder / "index", remote, branch)
    assert not isinstance(caught.value, RemoteError)


def test_no_repository_no_folder_no_branch(instance: Instance, tmp_path: Path) -> None:
    """Each of them missing is one sentence."""
    with pytest.raises(ConfigError, match=r"missing is no folder: `backage update` writes it"):
        Publisher(tmp_path / "missing", "origin", None)
    (tmp_path / "plain").mkdir()
    with pytest.raises(ConfigError, match="plain is in no git repository"):
        Publisher(tmp_path / "plain", "origin", None)
    instance.clone.git("checkout", "--quiet", "--detach")
    with pytest.raises(ConfigError, match='"" is no branch: name one with --branch'):
        Publisher(instance.clone.folder / "index", "origin", None)
    instance.clone.git("checkout", "--quiet", "-b", "unpushed")
    with pytest.raises(ConfigError, match="origin has no branch unpushed: push it once, then publish"):
        Publisher(instance.clone.folder / "index", "origin", None).propose()


def test_a_remote_that_is_gone(instance: Instance) -> None:
    """A missing remote may come back, so the error can be retried."""
    instance.bare.folder.rename(instance.bare.folder.with_name("moved"))
    with pytest.raises(RemoteError, match=r"git says: fatal: .*does not appear to be a git repository"):
        Publisher(instance.clone.folder / "index", "origin", None).propose()


def test_the_last_other_commit(instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A release's tag is on the last commit that is not of the index, so that it keeps no replaced one."""
    monkeypatch.chdir(instance.clone.folder)
    person = instance.clone.git("rev-parse", "HEAD")
    instance.write("index/a/b/one.json", "1")
    instance.publish(amend=True)
    assert instance.clone.git("rev-parse", "HEAD") != person
    assert last_other_commit() == person
    monkeypatch.chdir(tmp_path)
    assert last_other_commit() is None
