import os
from pathlib import Path

import pytest

from backage.publish.files import SCRATCH, IndexFiles


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    """Return an index that does not exist yet."""
    return IndexFiles(tmp_path / "index")


def found(files: IndexFiles) -> dict[str, bytes]:
    """Return all files of an index, unfinished ones too."""
    paths = (path for path in files.root.rglob("*") if path.is_file())
    return {path.relative_to(files.root).as_posix(): path.read_bytes() for path in paths}


def test_write(files: IndexFiles) -> None:
    """A file is written, with its folders, and counted."""
    assert files.write("acme/tools/charts%2Fwidget.json", b"{}\r\n\xff")
    assert files.read("acme/tools/charts%2Fwidget.json") == b"{}\r\n\xff"
    assert found(files) == {"acme/tools/charts%2Fwidget.json": b"{}\r\n\xff"}
    assert (files.written, files.removed) == (1, 0)


def test_equal_is_not_written(files: IndexFiles) -> None:
    """A file that already has these bytes is not rewritten."""
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


def test_read_missing(files: IndexFiles) -> None:
    """A missing file is None; an empty file is empty."""
    assert files.read("a/b.json") is None
    files.write("a/b.json", b"")
    assert files.read("a/b.json") == b""


def test_failure_before_the_rename_leaves_the_old_file(
    files: IndexFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last step fails, the old file stays whole and nothing is counted."""
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
    """If the new bytes cannot be written, the old file stays whole."""
    files.write("a/b.json", b"old")
    files.clean()
    (files.root / SCRATCH / str(os.getpid())).mkdir(parents=True)
    with pytest.raises(OSError, match=r"a/b\.json"):
        files.write("a/b.json", b"new")
    assert files.read("a/b.json") == b"old"
    files.clean()
    assert files.write("a/b.json", b"new")


def test_new_bytes_are_never_seen_in_part(files: IndexFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is written elsewhere on the same disk and replaces the old one in one step."""
    files.write("a/b.json", b"old")
    replace, seen = os.replace, []

    def look(source: Path, target: Path) -> None:
        seen.append((files.read("a/b.json"), source.read_bytes(), source.is_relative_to(files.root)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    files.write("a/b.json", b"new")
    assert seen == [(b"old", b"new", True)]


def test_leftovers_are_cleaned(files: IndexFiles) -> None:
    """Unfinished files of a killed run are removed, and nothing else."""
    files.write("a/b.json", b"1")
    (files.root / SCRATCH / str(os.getpid())).write_bytes(b"ha")
    files.clean()
    assert found(files) == {"a/b.json": b"1"}
    assert files.list("") == ["a"]
    files.clean()


def test_clean_without_an_index(files: IndexFiles) -> None:
    """Cleaning a missing index does nothing and does not create it."""
    files.clean()
    assert not files.root.exists()


def test_leftover_of_a_killed_run_is_overwritten(files: IndexFiles) -> None:
    """A longer unfinished file does not leave bytes in the next one."""
    (files.root / SCRATCH).mkdir(parents=True)
    (files.root / SCRATCH / str(os.getpid())).write_bytes(b"a much longer leftover")
    files.write("a/b.json", b"1")
    assert files.read("a/b.json") == b"1"


def test_list(files: IndexFiles) -> None:
    """A folder's names are sorted; a missing folder and a file have none."""
    for path in ("acme/b/x.json", "acme/.json", "acme/a/x.json"):
        files.write(path, b"1")
    assert files.list("acme") == [".json", "a", "b"]
    assert files.list("nobody") == []
    assert files.list("acme/.json") == []


def test_remove_file(files: IndexFiles) -> None:
    """A file is removed; the others stay."""
    files.write("acme/a/x.json", b"1")
    files.write("acme/a/x.csv", b"1")
    files.remove("acme/a/x.json")
    assert found(files) == {"acme/a/x.csv": b"1"}
    assert files.removed == 1


def test_remove_last_file(files: IndexFiles) -> None:
    """Removing the last file removes its folder too."""
    files.write("acme/a/x.json", b"1")
    files.write("acme/b/x.json", b"1")
    files.remove("acme/a/x.json")
    assert files.list("acme") == ["b"]


def test_remove_folder(files: IndexFiles) -> None:
    """A folder is removed with its content; the index itself stays."""
    files.write("acme/a/x.json", b"1")
    files.write("acme/.json", b"1")
    files.clean()
    files.remove("acme")
    assert files.list("") == []
    assert files.root.is_dir()
    assert files.removed == 1


def test_remove_nothing(files: IndexFiles) -> None:
    """A missing file is not removed and not counted."""
    files.write("acme/a/x.json", b"1")
    files.remove("acme/a/y.json")
    files.remove("nobody")
    assert (found(files), files.removed) == ({"acme/a/x.json": b"1"}, 0)


def test_remove_does_not_follow_links(files: IndexFiles, tmp_path: Path) -> None:
    """A link to a folder is removed; its target stays."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").write_bytes(b"1")
    files.write("acme/.json", b"1")
    (files.root / "acme/link").symlink_to(tmp_path / "elsewhere")
    files.remove("acme/link")
    assert files.list("acme") == [".json"]
    assert (tmp_path / "elsewhere/kept").read_bytes() == b"1"
