"""The history between runs: a snapshot is all of it or nothing, and nothing damaged takes its place."""

import hashlib
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from backage.errors import ConfigError
from backage.models.history import Failure, Owner
from backage.pipeline.snapshot import restore_snapshot, save_snapshot
from backage.publish.archive import Archive, pack, unpack
from backage.store.database import open_history
from backage.store.details import save_size
from backage.store.owners import load_owners, save_owner
from backage.store.runs import save_failures, start_run
from backage.store.schema import MIGRATIONS
from tests.store.databases import ask, dump, make_cut, make_foreign, make_newer, make_plain, make_schema
from tests.store.histories import BUOY, FORGE, LAB, build, count, day, download, load_totals, make_web, save

FLIPS = 40
SNAPSHOTS = 5
VERSIONS = 20
LAST_DAY = (
    "SELECT count(*), count(DISTINCT downloads) FROM version_day"
    " WHERE day = (SELECT max(day) FROM package_day)"
)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Make a history of two owners, with versions, sizes and a former login."""
    path = tmp_path / "instance" / "history.db"
    path.parent.mkdir()
    build(path, *range(10, 30))
    with open_history(path) as opened:
        key = save(opened, 3, 9, {1: 4, 2: 5}, owner=LAB, package=BUOY, run=start_run(opened, day(3)))
        save_size(opened, key, 2, 700, {"linux/amd64": 700})
        save_owner(opened, Owner("hexa-forge", FORGE.type, FORGE.id))
        save_failures(opened, "nobody", [Failure("nobody", "not found")], day(3), 1, whole=True)
    count(path, 3, download(number="1"))
    make_web(path)
    return path


@pytest.fixture
def archive(tmp_path: Path, history: Path) -> Path:
    """Save a snapshot of that history in a folder of its own."""
    path = tmp_path / "branch" / "history.db.zst"
    path.parent.mkdir()
    save_snapshot(history, path)
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make another history, which a snapshot is to replace."""
    path = tmp_path / "old" / "history.db"
    path.parent.mkdir()
    return build(path, 7, 8, owner=LAB)


def names(folder: Path) -> list[str]:
    """Name the files of a folder."""
    return sorted(path.name for path in folder.iterdir())


def note_of(archive: Path) -> Path:
    """Name what stands beside an archive."""
    return archive.with_name(f"{archive.name}.sha256")


def pack_database(archive: Path, make: Callable[[Path], object]) -> Path:
    """Make an archive, with what belongs beside it, of any file."""
    plain = archive.with_name("plain.db")
    make(plain)
    archive.unlink(missing_ok=True)
    pack(plain, archive)
    plain.unlink()
    return archive


def assert_refused(archive: Path, old: Path, sentence: str) -> None:
    """Check that a snapshot is refused in a sentence, and that nothing else is different afterwards."""
    before = old.read_bytes()
    folders = {path: names(path) for path in (archive.parent, old.parent)}
    with pytest.raises(ConfigError, match=re.escape(sentence)) as caught:
        restore_snapshot(archive, old)
    assert str(archive) in str(caught.value)
    assert "restored" not in str(caught.value)
    assert old.read_bytes() == before
    assert {path: names(path) for path in folders} == folders


# --- saved and restored -----------------------------------------------------------------------


def test_what_is_saved_is_restored(history: Path, archive: Path, old: Path) -> None:
    """Every table is as it was, and nothing of the replaced history is left."""
    restore_snapshot(archive, old)
    assert dump(old) == dump(history)
    assert all(dump(old).values())
    assert ask(old, "PRAGMA integrity_check") == [("ok",)]


def test_a_snapshot_is_restored_where_there_is_no_history(history: Path, archive: Path) -> None:
    """As on a machine that starts anew."""
    new = history.with_name("new.db")
    restore_snapshot(archive, new)
    assert dump(new) == dump(history)
    assert names(new.parent) == ["history.db", "new.db"]


def test_a_restored_history_is_used_on(archive: Path, old: Path) -> None:
    """It is a history like any other."""
    restore_snapshot(archive, old)
    with open_history(old) as opened:
        save(opened, 4, 12, {2: 8}, owner=LAB, package=BUOY)
    assert load_totals(old, LAB) == [9, 12]


def test_a_snapshot_can_be_restored_again(archive: Path, old: Path) -> None:
    """What came after it is gone then."""
    restore_snapshot(archive, old)
    before = dump(old)
    build(old, 40, 41, owner=LAB, since=4)
    restore_snapshot(archive, old)
    assert dump(old) == before


def test_an_older_schema_is_restored_and_brought_up_to_date(archive: Path, old: Path) -> None:
    """A snapshot outlives the version that wrote it."""
    pack_database(archive, lambda path: make_schema(path, 1))
    restore_snapshot(archive, old)
    assert ask(old, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert ask(old, "SELECT count(*) FROM version_day") == [(6,)]


def test_only_archive_and_note_are_left_behind(history: Path, archive: Path) -> None:
    """No scratch file beside the snapshot; and a second one takes the place of the first."""
    build(history, 50, since=40)
    first = archive.read_bytes()
    save_snapshot(history, archive)
    assert archive.read_bytes() != first
    assert names(archive.parent) == ["history.db.zst", "history.db.zst.sha256"]


def test_the_archive_is_smaller_than_the_history(history: Path, archive: Path) -> None:
    """It is compressed."""
    assert archive.stat().st_size < history.stat().st_size / 2


def test_what_is_returned_is_what_was_written(history: Path, archive: Path, old: Path) -> None:
    """Size and SHA-256 of the archive, from saving and from restoring."""
    packed = archive.read_bytes()
    expected = Archive(len(packed), hashlib.sha256(packed).hexdigest())
    assert restore_snapshot(archive, old) == expected
    again = save_snapshot(history, archive)
    packed = archive.read_bytes()
    assert again == Archive(len(packed), hashlib.sha256(packed).hexdigest())


def test_the_note_is_one_that_sha256sum_reads(archive: Path) -> None:
    """A comment, and a line of the digest, two spaces, and the name without its folder."""
    comment, line = note_of(archive).read_text(encoding="utf-8").splitlines()
    assert comment == f"# {archive.stat().st_size} bytes"
    digest, name = line.split("  ")
    assert name == archive.name
    assert hashlib.sha256((archive.parent / name).read_bytes()).hexdigest() == digest


def test_a_snapshot_of_nothing_is_refused(archive: Path) -> None:
    """The snapshot that is there stays."""
    before = archive.read_bytes()
    with pytest.raises(ConfigError, match=r"missing\.db cannot be read as a database"):
        save_snapshot(archive.with_name("missing.db"), archive)
    assert archive.read_bytes() == before
    assert names(archive.parent) == ["history.db.zst", "history.db.zst.sha256"]


def test_a_snapshot_of_another_program_s_database_is_refused(archive: Path) -> None:
    """It is not carried about by mistake."""
    path = archive.with_name("theirs.db")
    make_foreign(path)
    with pytest.raises(ConfigError, match=r"theirs\.db is a database of another program"):
        save_snapshot(path, archive)


def test_a_folder_that_is_not_there_is_told(history: Path) -> None:
    """The snapshot cannot be written, which is a sentence and no traceback."""
    with pytest.raises(ConfigError, match="missing"):
        save_snapshot(history, history.parent / "missing" / "history.db.zst")
    assert names(history.parent.parent) == ["instance"]


def test_where_a_folder_is_nothing_is_written(history: Path, archive: Path) -> None:
    """It is told, and no scratch file stays."""
    folder = archive.with_name("folder")
    folder.mkdir()
    with pytest.raises(ConfigError, match="folder is not a file: name another"):
        save_snapshot(history, folder)
    assert names(archive.parent) == ["folder", "history.db.zst", "history.db.zst.sha256"]


# --- damaged snapshots ------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(FLIPS))
def test_a_flipped_byte_is_found(archive: Path, old: Path, part: int) -> None:
    """Wherever it is, the archive is refused by its digest."""
    packed = bytearray(archive.read_bytes())
    packed[part * (len(packed) - 1) // (FLIPS - 1)] ^= 1 << part % 8
    archive.write_bytes(packed)
    assert_refused(archive, old, "has another SHA-256")


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_truncated_archive_is_found(archive: Path, old: Path, left: int) -> None:
    """By its size, whatever is left of it."""
    size = archive.stat().st_size
    archive.write_bytes(archive.read_bytes()[:left])
    assert_refused(
        archive, old, f"{archive} has {left % size} bytes where {size} were written: it is damaged."
    )


def test_an_archive_that_grew_is_found(archive: Path, old: Path) -> None:
    """What is appended is not ours."""
    with archive.open("ab") as stream:
        stream.write(b"\n")
    assert_refused(archive, old, "bytes where")


def test_an_archive_that_is_missing_is_told(archive: Path, old: Path) -> None:
    """Its note alone is nothing."""
    archive.unlink()
    assert_refused(archive, old, f"{archive} does not exist.")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "# 12 bytes\n",
        "{digest}  history.db.zst\n",
        "# {size} bytes\n{digest}\n",
        "# -5 bytes\n{digest}  history.db.zst\n",
        "# {size} bytes\nABCDEF  history.db.zst\n",
        "# {size} bytes\n{digest}  history.db.zst\n{digest}  history.db.zst\n",
        "\x00",
    ],
)
def test_without_a_whole_note_nothing_is_restored(archive: Path, old: Path, text: str | None) -> None:
    """What cannot be checked is not trusted."""
    note, packed = note_of(archive), archive.read_bytes()
    note.unlink()
    if text is not None:
        digest = hashlib.sha256(packed).hexdigest()
        note.write_text(text.format(size=len(packed), digest=digest), encoding="utf-8")
    assert_refused(
        archive, old, f"{note} is missing or says no size and SHA-256, so {archive} cannot be checked."
    )


def test_another_size_in_the_note_is_found(archive: Path, old: Path) -> None:
    """The archive may be whole, but is not the one that was noted."""
    note = note_of(archive)
    text = note.read_text(encoding="utf-8")
    note.write_text(re.sub("# [0-9]+", "# 12", text), encoding="utf-8")
    assert_refused(archive, old, f"{archive} has {archive.stat().st_size} bytes where 12 were written")


def test_another_digest_in_the_note_is_found(archive: Path, old: Path) -> None:
    """As where archive and note are of two snapshots."""
    note = note_of(archive)
    text = note.read_text(encoding="utf-8")
    note.write_text(re.sub("[0-9a-f]{64}", "0" * 64, text), encoding="utf-8")
    assert_refused(archive, old, "has another SHA-256")


def make_overwritten(path: Path) -> None:
    """Make a history whose last pages are not what was written."""
    make_plain(path, *range(10, 400))
    content = path.read_bytes()
    path.write_bytes(content[:-8192] + b"\xa5" * 8192)


def make_unsorted(path: Path) -> None:
    """Make a history with an index that is of another column than it says."""
    make_plain(path, 10)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("CREATE INDEX days ON package_day (downloads)")
        database.execute("UPDATE sqlite_master SET sql = replace(sql, '(downloads)', '(versions)')")
        database.commit()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (make_foreign, "history.db.zst is a database of another program"),
        (make_newer, "history.db.zst has schema 99 and this backage knows"),
        (make_overwritten, "history.db.zst is damaged: "),
        (make_cut, "history.db.zst cannot be read as a database: database disk image is malformed"),
        (make_unsorted, "history.db.zst is damaged: row 1 missing from index days"),
        (lambda path: path.write_bytes(b""), "history.db.zst cannot be decompressed"),
        (lambda path: path.write_bytes(b"no database " * 99), "history.db.zst cannot be read as a database"),
    ],
)
def test_what_is_packed_is_checked_too(
    archive: Path, old: Path, make: Callable[[Path], object], sentence: str
) -> None:
    """An archive that is as it was written may hold something that is no history."""
    assert_refused(pack_database(archive, make), old, sentence)


def test_what_is_not_compressed_is_refused(archive: Path, old: Path) -> None:
    """Even if its note is right."""
    plain = b"SQLite format 3\0" * 50
    archive.write_bytes(plain)
    note = f"# {len(plain)} bytes\n{hashlib.sha256(plain).hexdigest()}  {archive.name}\n"
    note_of(archive).write_text(note, encoding="utf-8")
    assert_refused(archive, old, f"{archive} cannot be decompressed: ")


def test_an_archive_that_ends_within_is_refused(archive: Path, old: Path) -> None:
    """Even if its note is right."""
    packed = archive.read_bytes()[:-20]
    archive.write_bytes(packed)
    note = f"# {len(packed)} bytes\n{hashlib.sha256(packed).hexdigest()}  {archive.name}\n"
    note_of(archive).write_text(note, encoding="utf-8")
    assert_refused(archive, old, f"{archive} cannot be decompressed: ")


def test_where_it_cannot_be_written_the_folder_is_told(archive: Path, old: Path) -> None:
    """The sentence says that it is the history's side."""
    with pytest.raises(ConfigError, match=r"The history cannot be written: .*missing"):
        restore_snapshot(archive, old.parent / "missing" / "history.db")


def test_unpacking_gives_back_the_same_bytes(tmp_path: Path) -> None:
    """An archive holds any file."""
    for content in (b"x", bytes(range(256)) * 5000):
        plain = tmp_path / "plain"
        plain.write_bytes(content)
        packed = pack(plain, tmp_path / "packed.zst")
        assert unpack(tmp_path / "packed.zst", tmp_path / "again") == packed
        assert (tmp_path / "again").read_bytes() == content


# --- while others write -----------------------------------------------------------------------


def test_what_is_not_committed_is_left_out(history: Path, archive: Path, old: Path) -> None:
    """A snapshot in the middle of another's transaction holds what was there before it."""
    before = dump(history)
    with open_history(history) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE package_day SET downloads = 0")
        writer.execute("DELETE FROM version")
        save_snapshot(history, archive)
        writer.execute("ROLLBACK")
    restore_snapshot(archive, old)
    assert dump(old) == before


def test_rows_in_the_log_are_copied(history: Path, archive: Path, old: Path) -> None:
    """What was committed and did not reach the file itself yet is part of the history."""
    with open_history(history) as writer:
        plain = history.read_bytes()
        save(writer, 30, 55, {1: 20})
        assert history.read_bytes() == plain
        assert history.with_name("history.db-wal").stat().st_size > 0
        save_snapshot(history, archive)
    restore_snapshot(archive, old)
    assert dump(old) == dump(history)


def test_snapshots_while_a_run_writes(tmp_path: Path) -> None:
    """Each is whole, of whole transactions, and none holds the writer up."""
    path, archive, copy = tmp_path / "history.db", tmp_path / "history.db.zst", tmp_path / "copy.db"
    build(path, 10)
    stop, wrote = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        number = 1
        with open_history(path) as history:
            while not stop.is_set():
                save(history, number, number + 10, dict.fromkeys(range(1, VERSIONS + 1), number))
                number += 1
                wrote.release()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(SNAPSHOTS):
            assert wrote.acquire(timeout=60)
            save_snapshot(path, archive)
            restore_snapshot(archive, copy)
            assert ask(copy, "PRAGMA integrity_check") == [("ok",)]
            assert ask(copy, LAST_DAY) == [(VERSIONS, 1)]
    finally:
        stop.set()
        writer.join()
    assert wrote.acquire(blocking=False)


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_history_that_is_written_is_not_replaced(archive: Path, old: Path, begin: str) -> None:
    """The other one's write would be lost; when it has ended, the snapshot is restored."""
    with open_history(old) as writer:
        writer.execute(begin)
        writer.execute("DELETE FROM scan")
        assert_in_use(archive, old)
        writer.execute("COMMIT")
    assert ask(old, "SELECT count(*) FROM scan") == [(0,)]
    restore_snapshot(archive, old)
    assert ask(old, "SELECT count(*) FROM scan") != [(0,)]


def test_a_history_that_is_open_is_not_replaced(archive: Path, old: Path) -> None:
    """What the other one writes next would go into a file that is no more."""
    with open_history(old) as reader:
        assert load_owners(reader) == [LAB]
        assert_in_use(archive, old)
        save(reader, 2, 9, owner=LAB)
    assert load_totals(old, LAB) == [7, 8, 9]


def assert_in_use(archive: Path, old: Path) -> None:
    """Check that a snapshot does not replace a history that another one uses."""
    before = dump(old)
    with pytest.raises(ConfigError, match=r"history\.db is in use \(.*\): end the other backage first"):
        restore_snapshot(archive, old)
    assert dump(old) == before
    assert not old.with_name(".history.db.restored").exists()


@pytest.mark.parametrize("endings", [("", "-wal"), ("-wal",)])
def test_the_log_of_the_old_history_does_not_reach_the_new_one(
    history: Path, archive: Path, old: Path, endings: tuple[str, ...]
) -> None:
    """As after a crash, with the file or without it: its rows are of a file that is no more."""
    crashed = old.with_name("crashed.db")
    with open_history(old) as writer:
        save(writer, 5, 99, {1: 50, 3: 40}, owner=LAB)
        for ending in endings:
            shutil.copy(f"{old}{ending}", f"{crashed}{ending}")
    assert Path(f"{crashed}-wal").stat().st_size > 0
    restore_snapshot(archive, crashed)
    assert dump(crashed) == dump(history)
    assert ask(crashed, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be looked at " * 50])
def test_a_history_that_is_none_is_replaced(history: Path, archive: Path, old: Path, content: bytes) -> None:
    """What a broken disk left is what a snapshot is for."""
    old.write_bytes(content)
    restore_snapshot(archive, old)
    assert dump(old) == dump(history)


def test_what_may_become_public_holds_no_secrets(history: Path, tmp_path: Path) -> None:
    """A release has neither users of the receiver nor the key of their sessions; a back-up has both."""
    make_web(history)
    secrets = [
        bytes(value, "utf-8") if isinstance(value, str) else value
        for row in (
            *ask(history, "SELECT password FROM web_user"),
            *ask(history, "SELECT secret FROM web_key"),
        )
        for value in row
    ]
    assert len(secrets) > 1
    for public in (False, True):
        save_snapshot(history, tmp_path / "copy.zst", public=public)
        unpack(tmp_path / "copy.zst", tmp_path / "copy.db")
        data = (tmp_path / "copy.db").read_bytes()
        assert [secret in data for secret in secrets] == [not public] * len(secrets)
        assert load_totals(tmp_path / "copy.db", LAB) == load_totals(history, LAB)
