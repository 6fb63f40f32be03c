"""The wheel and the source archive hold what they need, and the wheel works where nothing else is."""

import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from backage import __version__
from tests.docs.process import run
from tests.docs.text import ROOT

UNREACHABLE = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "ConnectTimeout",
)
DISTRIBUTION = f"backage-{__version__}"
UPLOT = "backage/render/site/assets/uPlot-LICENSE.txt"

BARE = {"PATH": "/usr/bin:/bin"}
"""Nothing of what this environment says to Python."""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make both archives with the build backend that is installed, which needs no network."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder


def tracked(*paths: str) -> set[str]:
    """Name the files that git knows, or would take."""
    listed = run("git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths)
    return set(listed.stdout.splitlines())


def test_the_wheel_has_the_package_and_nothing_else(archives: Path) -> None:
    """Every file of `backage/`, templates and `py.typed` among them, and what says what it is."""
    with zipfile.ZipFile(archives / f"{DISTRIBUTION}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
    about = {
        f"{DISTRIBUTION}.dist-info/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD")
    }
    licenses = {f"{DISTRIBUTION}.dist-info/licenses/{name}" for name in ("LICENSE", UPLOT)}
    assert names - about == tracked("backage") | licenses
    assert "backage/py.typed" in names


def test_the_source_archive_has_what_a_build_needs(archives: Path) -> None:
    """The package, what describes it, and no test, page or index."""
    with tarfile.open(archives / f"{DISTRIBUTION}.tar.gz") as archive:
        names = {name.removeprefix(f"{DISTRIBUTION}/") for name in archive.getnames()}
    described = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"}
    assert names == tracked("backage", *described) | {"PKG-INFO"}


@pytest.mark.slow
def test_the_wheel_in_an_empty_environment(archives: Path, tmp_path: Path) -> None:
    """It brings what it needs and shows the whole job; this asks the package registry, as pip does."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    wheel = archives / f"{DISTRIBUTION}-py3-none-any.whl"
    done = run(python, "-m", "pip", "install", "--disable-pip-version-check", wheel, cwd=tmp_path)
    if done.returncode and any(reason in done.stderr for reason in UNREACHABLE):
        pytest.skip("the package registry cannot be reached from here")
    assert done.returncode == 0, done.stderr
    for command in ((python.with_name("backage"),), (python, "-m", "backage")):
        assert (
            run(*command, "--version", cwd=tmp_path, env=BARE).stdout == f"backage, version {__version__}\n"
        )
    output = run(python.with_name("backage"), "demo", cwd=tmp_path, env=BARE)
    assert (output.returncode, "equal what the stand-in counted" in output.stdout) == (0, True), output.stderr
