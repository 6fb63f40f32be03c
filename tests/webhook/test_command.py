"""`backage serve` and `backage users`: options in, a sentence and an exit code out."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from werkzeug.security import check_password_hash

from backage.__main__ import main
from backage.cli import cli
from backage.errors import ConfigError
from backage.webhook.wsgi import make_application
from tests.store.databases import ask
from tests.webhook.conftest import JAR, PASSWORD, TOKEN, log_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, without variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKAGE_WEBHOOK_TOKEN", raising=False)
    return tmp_path


def users(*arguments: str, text: str = "") -> Result:
    """Run the command, with a line on standard input."""
    return CliRunner().invoke(cli, ["users", *arguments], input=text)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the program, and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["backage", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_users_come_and_go(folder: Path) -> None:
    """The password is read from standard input, and only what scrypt makes of it is kept."""
    assert users("list").output == ""
    assert users("add", "Ada", text=f"{PASSWORD}\n").output == "Ada may see the dashboard\n"
    assert users("add", "eve", text=f"{PASSWORD}\n").exit_code == 0
    assert users("list").output == "Ada\neve\n"
    assert users("password", "ada", text="another horse\n").output == "Ada has a new password\n"
    kept: dict[str, str] = dict(ask(folder / "history.db", "SELECT name, password FROM web_user"))
    assert check_password_hash(kept["Ada"], "another horse")
    assert check_password_hash(kept["eve"], PASSWORD)
    assert users("remove", "ADA").output == "Ada may not see the dashboard any more\n"
    assert users("list").output == "eve\n"


@pytest.mark.parametrize(
    ("arguments", "text", "sentence"),
    [
        (("add", "ada"), "short\n", "A password has 8 to 256 characters"),
        (("add", "ada"), "", "A password has 8 to 256 characters"),
        (("add", "a\x1bb"), f"{PASSWORD}\n", "A name has at most 64 printable characters"),
        (("add", " "), f"{PASSWORD}\n", "A name has at most 64 printable characters"),
        (("add", "EVE"), f"{PASSWORD}\n", "exists already"),
        (("password", "ada"), f"{PASSWORD}\n", "There is no such user"),
        (("remove", "ada"), "", "There is no such user"),
    ],
)
def test_what_is_wrong_with_a_user(
    folder: Path, arguments: tuple[str, ...], text: str, sentence: str
) -> None:
    """Is said in a sentence, and nothing is changed."""
    users("add", "eve", text=f"{PASSWORD}\n")
    result = users(*arguments, text=text)
    assert isinstance(result.exception, ConfigError)
    assert sentence in str(result.exception)
    assert ask(folder / "history.db", "SELECT name FROM web_user") == [("eve",)]


def test_a_password_is_asked_for_twice_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not shown."""
    prompts = []

    def prompt(text: str, **how: object) -> str:
        prompts.append((text, how))
        return PASSWORD

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    cli(["users", "add", "ada"], standalone_mode=False)
    assert prompts == [("Password", {"hide_input": True, "confirmation_prompt": True})]
    assert (folder / "history.db").exists()


@pytest.mark.parametrize("missing", ["flask", "waitress.server"])
def test_without_the_extra(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    """One sentence says what to install; all other commands work."""
    monkeypatch.setenv("BACKAGE_WEBHOOK_TOKEN", TOKEN)
    for module in [name for name in sys.modules if name.startswith("backage.webhook.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(monkeypatch, "serve", "--port", "0") == 2
    assert (
        capsys.readouterr().err
        == "backage: The server needs more: install backage with its extra `webhook`.\n"
    )
    assert not (folder / "history.db").exists()
    assert run(monkeypatch, "users", "list") == 0


@pytest.mark.parametrize(
    ("arguments", "token", "sentence"),
    [
        ((), "", "Set BACKAGE_WEBHOOK_TOKEN"),
        ((), "0123456789abcde", "16 characters"),
        ((), "0123456789/abcdef", "16 characters"),
        (("--organization", "a b"), TOKEN, "--organization is not a valid name"),
        (("--optout", "missing.txt"), TOKEN, "missing.txt does not exist"),
        (("--history", "a/b/history.db"), TOKEN, "cannot be opened"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_wrong_with_a_set_up(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    token: str,
    sentence: str,
) -> None:
    """Is said in a sentence, and no server starts."""
    monkeypatch.setenv("BACKAGE_WEBHOOK_TOKEN", token)
    assert run(monkeypatch, "serve", "--port", "0", *arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert token == "" or token not in said


@pytest.mark.usefixtures("folder")
def test_open_by_a_variable(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is called as it is for other servers; what stops this one is the history alone."""
    monkeypatch.delenv("BACKAGE_WEBHOOK_TOKEN", raising=False)
    monkeypatch.setenv("BACKAGE_OPEN", "1")
    assert run(monkeypatch, "serve", "--port", "0", "--history", "a/b/history.db") == 2
    assert "cannot be opened" in capsys.readouterr().err


def test_for_another_wsgi_server(folder: Path) -> None:
    """The same, set up by variables."""
    (folder / "optout.txt").write_text("cloudrepo/releases/org.example.lamp\nno name!\n")
    environ = {
        "BACKAGE_WEBHOOK_TOKEN": TOKEN,
        "BACKAGE_HISTORY": str(folder / "other.db"),
        "BACKAGE_OPTOUT": str(folder / "optout.txt"),
        "BACKAGE_MAX_BODY": "2000",
        "BACKAGE_TRUSTED_PROXIES": "1",
    }
    users("add", "ada", "--history", str(folder / "other.db"), text=f"{PASSWORD}\n")
    app = make_application(environ)
    with closing(app.extensions["backage"].ledger):
        client = app.test_client()
        event = {"file-name": JAR, "repository-id": "releases"}
        assert client.post(f"/callback/{TOKEN}", json=event).status_code == 200
        assert client.post(f"/callback/{TOKEN}", json={**event, "file-name": "a.jar"}).status_code == 200
        assert client.post(f"/callback/{TOKEN}", data=b" " * 2001).status_code == 413
        assert ask(folder / "other.db", "SELECT path FROM file") == [("a.jar",)]
        assert log_in(client).status_code == 303
    for name, value in (
        ("BACKAGE_WEBHOOK_TOKEN", ""),
        ("BACKAGE_MAX_BODY", "x"),
        ("BACKAGE_ORGANIZATION", "a b"),
    ):
        with pytest.raises(ConfigError):
            make_application({**environ, name: value})
    app = make_application({**environ, "BACKAGE_WEBHOOK_TOKEN": "", "BACKAGE_OPEN": "1"})
    app.extensions["backage"].ledger.close()


@pytest.mark.usefixtures("folder")
def test_another_wsgi_server_closes_the_history_at_its_end() -> None:
    """Python complains of nothing, and the history is one file."""
    code = "from backage.webhook.wsgi import make_application; app = make_application({'BACKAGE_OPEN': '1'})"
    done = subprocess.run(  # noqa: S603 (our own code)
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert [file.name for file in Path().glob("history.db*")] == ["history.db"]


@pytest.mark.usefixtures("folder")
def test_another_wsgi_server_may_fork_once_the_application_is_made() -> None:
    """Each forked process counts: no thread starts before a request, because a child would lose it."""
    code = """if True:
        import os
        from backage.webhook.wsgi import make_application
        app = make_application({"BACKAGE_OPEN": "1"})
        child = os.fork()
        assert app.test_client().post("/callback", json={"file": "a.jar"}).status_code == 200
        assert not child or os.waitpid(child, 0)[1] == 0
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603 (our own code)
    assert ask(Path("history.db"), "SELECT sum(downloads) FROM file_day") == [(2,)]
