"""`backage import`: history from an index, a repository's log, a flat database, or another history.

A source is read into a temporary history, which is then merged. So one rule decides between two values, an
interrupted import changes nothing, and neither does a repeated one.

Each kind of source has a function here, and is parsed elsewhere: an index and its log in
`parse/published.py`, a flat database there and in `store/imports.py`, and the save.json of the old counting
server in `parse/saved.py`. Only imports use these modules.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from backage.errors import ConfigError, SourceError
from backage.models.history import Published
from backage.owners import OptOut
from backage.parse.published import parse_flat, parse_published
from backage.publish.files import SCRATCH, IndexFiles
from backage.publish.git import Commit, GitLog
from backage.store.counters.counts import save_baselines
from backage.store.counters.users import hash_password, save_users
from backage.store.database import History, open_history
from backage.store.imports import count_flat, is_flat, read_flat, save_published
from backage.store.merge import merge_history
from backage.store.owners import forget, load_former
from backage.store.queries import mark_gone

JSON, CSV = ".json", ".csv"
INDEX = "index"
SQLITE_START = b"SQLite format 3\0"
JSON_STARTS = (b"{", b"\xef", b" ", b"\n", b"\r", b"\t")
"""The possible first bytes of a JSON file."""

WELL_KNOWN = "admin123"

_DATE = re.compile(rb'"date":\s*"([0-9-]{10})"')


@dataclass(slots=True)
class Intake:
    """An import: the history it writes, what it read, and what it could not read, with reasons.

    `on_step` is called with the number of items done and of all; `users` maps names to hashes of passwords.
    """

    history: History
    today: date
    on_step: Callable[[int, int], None]
    read: int = 0
    unread: dict[tuple[str, str], None] = field(default_factory=dict)
    notes: dict[tuple[str, str], None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict, repr=False)

    def take(self, what: str, parse: Callable[[], Published]) -> Published | None:
        """Parse and store one package. Note the reason if it cannot be parsed."""
        try:
            published = parse()
        except SourceError as error:
            self.unread[what, str(error)] = None
            return None
        save_published(self.history, published)
        self.read += 1
        if published.skipped:
            entries = "1 entry is" if published.skipped == 1 else f"{published.skipped} entries are"
            self.notes[what, f"{entries} no version"] = None
        return published


def import_history(
    history: History,
    source: Path,
    *,
    optout: OptOut,
    today: date,
    revision: str,
    organization: str = "cloudrepo",
    on_step: Callable[[int, int], None],
) -> Intake:
    """Import a source, except opted-out packages; `on_step` gets the number of items read and of all.

    Raises:
        ConfigError: the source has an unknown kind, holds no package, or cannot be read.
    """
    with TemporaryDirectory() as folder:
        scratch = Path(folder) / "history.db"
        with open_history(scratch) as taken:
            intake = Intake(taken, today, on_step)
            is_history = _read_source(intake, source, revision, organization)
            forget(taken, optout)
        if not (is_history or intake.read or intake.unread):
            raise ConfigError(f"{source} holds no package: nothing at OWNER/REPO/PACKAGE.json.")
        merge_history(history, source if is_history else scratch)
    forget(history, optout.follow(load_former(history)))
    new = save_users(history, intake.users)
    intake.warnings += [
        f"{name} is a user already, and keeps the password" for name in intake.users.keys() - new
    ]
    if is_history:
        on_step(1, 1)
    return intake


def _read_source(intake: Intake, source: Path, revision: str, organization: str) -> bool:
    """Read a source by its kind; return True for a history, which is left to be merged directly."""
    if source.is_dir():
        if (source / ".git").exists() or ((source / "HEAD").is_file() and (source / "objects").is_dir()):
            with GitLog(source, revision) as log:
                read_log(intake, log, INDEX)
        else:
            read_index(intake, IndexFiles(source / INDEX if (source / INDEX).is_dir() else source))
        return False
    if not source.exists():
        raise ConfigError(f"{source} does not exist.")
    with source.open("rb") as stream:
        beginning = stream.read(len(SQLITE_START))
    if beginning[:1] in JSON_STARTS:
        read_saved(intake, source, organization)
        return False
    if beginning != SQLITE_START:
        raise ConfigError(f"{source} is neither an index, nor a repository, nor a database.")
    if not is_flat(source):
        return True
    read_database(intake, source)
    return False


def read_index(intake: Intake, files: IndexFiles) -> None:
    """Read the files of an index in the order of their dates.

    Of two packages with one name, the one with the plain path comes first, so that it keeps the path.
    """
    found = set(_list_stems(files))
    stems = sorted(
        found,
        key=lambda stem: (stem.rpartition("@")[0] in found, _find_date(files.read(stem + JSON) or b""), stem),
    )
    for number, stem in enumerate(stems, 1):
        text, table = files.read(stem + JSON) or b"", files.read(stem + CSV) or b""
        intake.take(stem + JSON, partial(parse_published, text, table, intake.today))
        intake.on_step(number, len(stems))


def read_log(intake: Intake, log: GitLog, folder: str) -> None:
    """Read each commit's changes of an index, which is a folder of the repository or all of it."""
    prefix = re.escape(f"{folder}/") if log.has(folder) else ""
    replay = _Replay(intake, log, re.compile(rf"({prefix}[^/]+/[^/]+/[^/]+)(\.json|\.csv)"))
    for number, commit in enumerate(log, 1):
        replay.apply(commit)
        intake.on_step(number, len(log))
    replay.finish()


def read_database(intake: Intake, path: Path) -> None:
    """Read the packages of a flat database."""
    total = count_flat(path)
    with closing(read_flat(path)) as packages:
        for number, (rows, versions) in enumerate(packages, 1):
            name = "/".join(str(rows[-1].get(key)) for key in ("owner", "repo", "package"))
            intake.take(name, partial(parse_flat, rows, versions, intake.today))
            intake.on_step(number, total)


def read_saved(intake: Intake, path: Path, organization: str) -> None:
    """Read the file of the old counting server. Its counts are of today and before."""
    from backage.parse.saved import parse_saved  # noqa: PLC0415 (it takes PyPA's rules along)

    try:
        saved = parse_saved(path.read_bytes(), organization)
    except SourceError as error:
        intake.unread[path.name, str(error)] = None
        return
    save_baselines(intake.history, saved.baselines, intake.today)
    intake.read += 1
    intake.unread.update(dict.fromkeys(saved.unread))
    intake.warnings += saved.notes
    for name, password in saved.users.items():
        intake.users[name] = hash_password(password)
        if password == WELL_KNOWN:
            intake.warnings.append(f"{name} has the password {WELL_KNOWN}, which everybody knows: change it")
    intake.on_step(1, 1)


@dataclass(slots=True)
class _Replay:
    """The files of an index after a commit, and their packages.

    `member` matches the path of a package's file, as a stem and an ending. `tables` has the contents of CSV
    files by stem, and `packages` the contents of JSON files with what they say.
    """

    intake: Intake
    log: GitLog
    member: re.Pattern[str]
    tables: dict[str, str] = field(default_factory=dict)
    packages: dict[str, tuple[str, Published]] = field(default_factory=dict)

    def apply(self, commit: Commit) -> None:
        """Store the files that a commit wrote. Mark removed packages as gone, unless they moved."""
        matches = [(self.member.fullmatch(path), content) for path, content in commit.changed.items()]
        changed = [(match[1], match[2], content) for match, content in matches if match]
        for stem, ending, content in changed:
            if content is None and ending == JSON:
                self._remove(stem, commit.day)
        for stem, ending, content in changed:
            if content is not None and ending == JSON:
                self._take(stem, content)
            elif content is not None:
                self.tables[stem] = content

    def finish(self) -> None:
        """Read the last CSV of each package that was not removed."""
        for stem in sorted(self.packages, key=lambda stem: (self.packages[stem][1].refreshed, stem)):
            self._take_table(stem)

    def _take(self, stem: str, content: str, table: bytes = b"") -> None:
        parse = partial(parse_published, self.log.read(content), table, self.intake.today)
        published = self.intake.take(stem + JSON, parse)
        if published is not None:
            self.packages[stem] = content, published

    def _take_table(self, stem: str) -> None:
        """Read only the last state of a CSV, because that has all earlier lines."""
        table = self.tables.get(stem)
        if table is not None:
            self._take(stem, self.packages[stem][0], self.log.read(table))

    def _remove(self, stem: str, day: date) -> None:
        if stem in self.packages:
            self._take_table(stem)
            _, last = self.packages.pop(stem)
            mark_gone(self.intake.history, last.owner.login, last.package, day)


def _list_stems(files: IndexFiles) -> Iterator[str]:
    for owner in files.list(""):
        for repo in files.list(owner) if owner != SCRATCH else []:
            for member in files.list(f"{owner}/{repo}"):
                if member.endswith(JSON) and member != JSON:
                    yield f"{owner}/{repo}/{member.removesuffix(JSON)}"


def _find_date(text: bytes) -> bytes:
    """Return the date in a package's file, without parsing it."""
    match = _DATE.search(text)
    return match[1] if match else b""
