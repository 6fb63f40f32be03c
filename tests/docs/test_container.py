"""The container file, as far as it can be held to its word without an engine that builds it."""

import fnmatch
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.process import run
from tests.docs.text import ROOT

SECRET = re.compile("token|secret|password|credential|key", re.IGNORECASE)


def instructions() -> list[tuple[str, str]]:
    """Read the instructions with what follows them; a line that goes on is one."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in lines]


def of(kind: str) -> list[str]:
    """Return the arguments of each instruction of a kind."""
    return [rest for name, rest in instructions() if name == kind]


def copied() -> list[str]:
    """Name what is taken from the folder that is built."""
    return [name for rest in of("COPY") if not rest.startswith("--from") for name in rest.split()[:-1]]


def is_sent(path: str) -> bool:
    """Return whether `.dockerignore` admits a path: the last line that matches it or its folder decides."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    places = [path[:end] for end in range(len(path)) if path[end] == "/"] + [path]
    sent = True
    for line in lines:
        pattern = line.removeprefix("!").removeprefix("**/")
        names = [place.rpartition("/")[2] if "**/" in line else place for place in places]
        if line and not line.startswith("#") and any(fnmatch.fnmatchcase(name, pattern) for name in names):
            sent = line.startswith("!")
    return sent


def test_it_runs_as_a_user() -> None:
    """The last user is a number and not root's, and the program is not that user's to change."""
    names = [name for name, _ in instructions()]
    last = len(names) - 1 - names[::-1].index("FROM")
    (user,) = [rest for name, rest in instructions()[last:] if name == "USER"]
    assert re.fullmatch(r"[1-9][0-9]{3,}:[1-9][0-9]{3,}", user)
    assert all("--chown" not in rest for rest in of("COPY"))
    assert names.index("USER") > max(place for place, name in enumerate(names) if name == "RUN")
    assert json.loads(of("ENTRYPOINT")[0]) == ["backage"]


def test_its_base_is_pinned() -> None:
    """Both stages begin with one version of Python on one release of Debian."""
    (python,) = [rest for rest in of("ARG") if rest.startswith("PYTHON=")]
    assert re.fullmatch(r"PYTHON=3\.1[1-9]-slim-[a-z]+", python)
    bases = [rest.partition(" AS ")[0] for rest in of("FROM")]
    assert bases == ["docker.io/library/python:${PYTHON}"] * 2


def test_it_holds_no_secret() -> None:
    """The build needs no secret and could not include one: it sends and copies only the files it needs."""
    assert [rest for name, rest in instructions() if name in {"ARG", "ENV"} and SECRET.search(rest)] == []
    assert "." not in copied()
    assert "ADD" not in {name for name, _ in instructions()}
    kept = [*("history.db", ".git/config", ".env", "owners.txt", "index/.json", "tests/conftest.py")]
    assert [path for path in [*kept, "backage/__pycache__/urls.pyc"] if is_sent(path)] == []


def test_what_is_copied_is_sent_and_enough(tmp_path: Path) -> None:
    """Each source exists and is sent, and the sources build a wheel."""
    for name in copied():
        source, target = ROOT / name, tmp_path / name.rpartition("/")[2]
        assert is_sent(f"{name}/__init__.py" if source.is_dir() else name), name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("extras", "expected"), [("", "."), ("webhook", ".[webhook]")])
def test_extras_are_an_argument_away(extras: str, expected: str) -> None:
    """The build's shell passes the right extras to pip."""
    (line,) = [rest for rest in of("RUN") if "pip install" in rest]
    done = run("sh", "-c", f"echo {line.rpartition(' ')[2]}", env={"EXTRAS": extras})
    assert done.stdout.strip() == expected
