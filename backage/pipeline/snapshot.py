"""`backage snapshot save` and `restore`: the history in an archive, and back."""

from pathlib import Path

from backage.errors import ConfigError, describe_os_error
from backage.publish.archive import Archive, pack, unpack
from backage.store.snapshot import check_copy, copy_history, replace_history


def refuse_history_as_output(history: Path, output: Path) -> None:
    """Refuse an output file that is the history itself.

    Raises:
        ConfigError: the output is the history.
    """
    same = output.exists() and history.exists() and output.samefile(history)
    if same or output.resolve() == history.resolve():
        raise ConfigError(f"{output} is the history itself: name another file.")


def save_snapshot(history: Path, target: Path, *, public: bool = False) -> Archive:
    """Write a consistent, compressed copy of a history, which may be in use, and its SHA-256.

    A `public` copy has neither the receiver's users nor the key of their sessions.

    Raises:
        ConfigError: there is no history, or the copy cannot be written.
    """
    refuse_history_as_output(history, target)
    if target.exists() and not target.is_file():
        raise ConfigError(f"{target} is no file: name another.")
    plain = target.with_name(f".{target.name}.db")
    try:
        plain.unlink(missing_ok=True)
        copy_history(history, plain, public=public)
        return pack(plain, target)
    except OSError as error:
        raise ConfigError(f"The snapshot cannot be written: {describe_os_error(error, target)}.") from error
    finally:
        plain.unlink(missing_ok=True)


def restore_snapshot(source: Path, history: Path) -> Archive:
    """Replace the history with that of a snapshot, after checking it.

    Raises:
        ConfigError: the snapshot is damaged or has a newer schema, or the history is in use. Nothing changed.
    """
    plain = history.with_name(f".{history.name}.restored")
    try:
        archive = unpack(source, plain)
        check_copy(plain, str(source))
        replace_history(history, plain)
    except OSError as error:
        raise ConfigError(f"The history cannot be written: {describe_os_error(error, history)}.") from error
    finally:
        plain.unlink(missing_ok=True)
    return archive
