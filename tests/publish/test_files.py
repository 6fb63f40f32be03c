import os
from pathlib import Path

import pytest

from backage.publish.files import SCRATCH, IndexFiles


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    """An index that does not exist yet."""
    return IndexFiles(tmp_path / "index")


def found(files: IndexFiles) -> dict[str, bytes]:
    """All files of an index, those in the making too."""
    paths = (path for path in files.root.rglob("*") if path.is_file())
    return {path.relative_to(files.root).as_posix(): path.read_bytes() for path in paths}


def test_write(files: IndexFiles) -> None:
    """A file is written with the folders above it, and counted."""
    assert files.write("acme/tools/charts%2Fwidget.json", b"{}\r\n\xff")
    assert files.read("acme/tools/charts%2Fwidget.json") == b"{}\r\n\xff"
    assert found(files) == {"acme/tools/charts%2Fwidget.json": b"{}\r\n\xff"}
    assert (files.written, files.removed) == (1, 0)


def test_equal_is_not_written(files: IndexFiles) -> None:
    """A file that holds the bytes already is left alone."""
    files.write("a/b.json", b"1")
    os.utime(files.root / "a/b.json", (1, 1))
    assert not files.write("a/b.json", b"1")
    assert (files.root / "a/b.json").stat().st_mtime == 1
    assert files.written == 1


def test_change_is_written(files: IndexFiles) -> None:
    """A file with other bytes is replaced, also by an empty one."""
    files.write("a/b.json", b"1")
    assert files.write("a/b.json", b"12")
    assert files.write("a/b.json", b"")
    assert found(files) == {"a/b.json": b""}
    assert files.written == 3


def test_read_of_nothing(files: IndexFiles) -> None:
    """A file that is not there is None, which an empty one is not."""
    assert files.read("a/b.json") is None
    files.write("a/b.json", b"")
    assert files.read("a/b.json") == b""


def test_failure_before_the_rename_leaves_the_old_file(
    files: IndexFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last step fails, the old file is there whole and nothing is counted."""
    files.write("a/b.json", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        files.write("a/b.json", b"new")
    assert files.read("a/b.json") == b"old"
    assert files.list("a") == ["b.json"]
    assert files.written == 1


def test_failure_while_writing_leaves_the_old_file(files: IndexFiles) -> None:
    """When the new bytes cannot be written, the old file is there whole."""
    files.write("a/b.json", b"old")
    files.clean()
    (files.root / SCRATCH / str(os.getpid())).mkdir(parents=True)
    with pytest.raises(OSError, match=r"a/b\.json"):
        files.write("a/b.json", b"new")
    assert files.read("a/b.json") == b"old"
    files.clean()
    assert files.write("a/b.json", b"new")


def test_new_bytes_are_never_seen_in_part(files: IndexFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is made whole elsewhere on the same disk, and then takes its place in one step."""
    files.write("a/b.json", b"old")
    replace, seen = os.replace, []

    def look(source: Path, target: Path) -> None:
        seen.append((files.read("a/b.json"), source.read_bytes(), source.is_relative_to(files.root)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    files.write("a/b.json", b"new")
    assert seen == [(b"old", b"new", True)]


def test_leftovers_are_cleaned(files: IndexFiles) -> None:
    """What a killed run left half written is removed, and nothing else."""
    files.write("a/b.json", b"1")
    (files.root / SCRATCH / str(os.getpid())).write_bytes(b"ha")
    files.clean()
    assert found(files) == {"a/b.json": b"1"}
    assert files.list("") == ["a"]
    files.clean()


def test_clean_where_there_is_no_index(files: IndexFiles) -> None:
    """There is nothing to clean in an index that is not there, and none is made by it."""
    files.clean()
    assert not files.root.exists()


def test_leftover_of_a_killed_run_is_overwritten(files: IndexFiles) -> None:
    """A longer leftover does not show through in what is written next."""
    (files.root / SCRATCH).mkdir(parents=True)
    (files.root / SCRATCH / str(os.getpid())).write_bytes(b"a much longer leftover")
    files.write("a/b.json", b"1")
    assert files.read("a/b.json") == b"1"


def test_list(files: IndexFiles) -> None:
    """A folder's names come sorted; a folder that is not there, or is a file, has none."""
    for path in ("acme/b/x.json", "acme/.json", "acme/a/x.json"):
        files.write(path, b"1")
    assert files.list("acme") == [".json", "a", "b"]
    assert files.list("nobody") == []
    assert files.list("acme/.json") == []


def test_remove_file(files: IndexFiles) -> None:
    """A file goes, its neighbours stay."""
    files.write("acme/a/x.json", b"1")
    files.write("acme/a/x.csv", b"1")
    files.remove("acme/a/x.json")
    assert found(files) == {"acme/a/x.csv": b"1"}
    assert files.removed == 1


def test_remove_last_file(files: IndexFiles) -> None:
    """With its last file a folder goes too."""
    files.write("acme/a/x.json", b"1")
    files.write("acme/b/x.json", b"1")
    files.remove("acme/a/x.json")
    assert files.list("acme") == ["b"]


def test_remove_folder(files: IndexFiles) -> None:
    """A folder goes with all it holds, and the index itself stays."""
    files.write("acme/a/x.json", b"1")
    files.write("acme/.json", b"1")
    files.clean()
    files.remove("acme")
    assert files.list("") == []
    assert files.root.is_dir()
    assert files.removed == 1


def test_remove_nothing(files: IndexFiles) -> None:
    """What is not there is not removed and not counted."""
    files.write("acme/a/x.json", b"1")
    files.remove("acme/a/y.json")
    files.remove("nobody")
    assert (found(files), files.removed) == ({"acme/a/x.json": b"1"}, 0)


def test_remove_does_not_follow_links(files: IndexFiles, tmp_path: Path) -> None:
    """A link to a folder elsewhere goes, and what it leads to stays."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").write_bytes(b"1")
    files.write("acme/.json", b"1")
    (files.root / "acme/link").symlink_to(tmp_path / "elsewhere")
    files.remove("acme/link")
    assert files.list("acme") == [".json"]
    assert (tmp_path / "elsewhere/kept").read_bytes() == b"1"
