import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.site import ROOT, Site

Call = Callable[..., subprocess.CompletedProcess[str]]

LIST = ("release", "list", "--json", "tagName,isDraft,publishedAt,isLatest")


@pytest.fixture
def gh(site: Site, tmp_path: Path) -> Call:
    """Call the stand-in as a step would."""
    site.gh.change(now="2026-08-20T12:00:00+00:00")
    (tmp_path / "a.db.zst").write_bytes(b"history")
    (tmp_path / "b c.txt").write_text("sum", encoding="utf-8")

    def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{site.bin}{os.pathsep}{os.environ['PATH']}",
            "GH_TOKEN": "token",
            "GH_REPO": site.repository,
            **site.outside(),
            **variables,
        }
        return subprocess.run(  # noqa: S603 (our own program)
            [site.bin / "gh", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def parse_output(done: subprocess.CompletedProcess[str]) -> Any:
    """Read what a call that went well printed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_release_is_a_draft_then_public_then_gone(gh: Call, site: Site, tmp_path: Path) -> None:
    """A draft has no tag; publishing creates the tag at its target; deleting can remove it too."""
    tip = site.push({"more.txt": ""})
    site.push({"even-more.txt": ""})
    made = gh(
        "release", "create", "v1", "a.db.zst", "b c.txt", "--draft", "--latest=false", "--target", tip, "-tT"
    )
    assert made.stdout == f"https://github.com/{site.repository}/releases/tag/v1\n"
    never = "0001-01-01T00:00:00Z"
    assert parse_output(gh(*LIST)) == [
        {"tagName": "v1", "isDraft": True, "publishedAt": never, "isLatest": False}
    ]
    assert parse_output(gh(*LIST, "--exclude-drafts")) == []
    assert site.git("tag") == ""
    assert gh("release", "edit", "v1", "--draft=false").returncode == 0
    assert site.git("rev-parse", "v1") == tip
    assert parse_output(gh(*LIST))[0]["publishedAt"].startswith("2026-08-20T12:00:")
    assets = parse_output(gh("release", "view", "v1", "--json", "assets,name"))
    assert [(asset["name"], asset["state"]) for asset in assets["assets"]] == [
        ("a.db.zst", "uploaded"),
        ("b.c.txt", "uploaded"),
    ]
    assert gh("release", "download", "v1", "--dir", "into", "--pattern", "*.zst").returncode == 0
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["a.db.zst"]
    again = gh("release", "download", "v1", "--dir", "into")
    assert (again.returncode, "already exists" in again.stderr) == (1, True)
    assert gh("release", "download", "v1", "-Dinto", "--clobber").returncode == 0
    assert gh("release", "delete", "v1", "--yes", "--cleanup-tag").returncode == 0
    assert site.git("tag") == ""
    assert (site.gh.releases, site.gh.misuse) == ([], "")


def test_releases_can_be_immutable_in_a_repository(gh: Call) -> None:
    """With immutable releases the files stay as they are, and a tag is never used again."""
    on = {"GH_IMMUTABLE": "1"}
    assert gh("release", "create", "v1", "a.db.zst", **on).returncode == 0
    for arguments in (["upload", "v1", "b c.txt"], ["upload", "v1", "a.db.zst", "--clobber"]):
        refused = gh("release", *arguments, **on)
        assert (refused.returncode, refused.stderr[:8]) == (1, "HTTP 422")
    assert gh("release", "delete", "v1", "--yes", "--cleanup-tag", **on).returncode == 0
    refused = gh("release", "create", "v1", **on)
    assert "used by an immutable release" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["release", "view", "v9", "--json", "assets"], "release not found"),
        (["release", "download", "v9"], "release not found"),
        (["release", "delete", "v9", "--yes"], "release not found"),
        (["release", "create", "v9", "none"], "stat none: no such file or directory"),
        (["release", "create", "v9", "--target", "none"], "target_commitish is invalid"),
        (["issue", "comment", "9", "--body", "x"], "Could not resolve to an issue"),
        (
            ["issue", "create", "--title", "x", "--body", "x", "--label", "none"],
            "could not add label: 'none'",
        ),
        (["issue", "create", "--title", "x", "--body", "x" * 65_537], "Body is too long"),
        (["workflow", "enable", "none.yml"], "workflow none.yml not found on the default branch"),
        ([*LIST, "-R", "some/other"], "Could not resolve to a Repository with the name 'some/other'"),
    ],
)
def test_refusals_of_github_fail_as_with_gh(
    gh: Call, site: Site, arguments: list[str], sentence: str
) -> None:
    """A refusal of GitHub has exit code 1 and a sentence on stderr."""
    done = gh(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert (site.gh.releases, site.gh.misuse) == ([], "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["release", "frobnicate"],
        ["repo", "delete"],
        ["release", "list", "--jsn", "tagName"],
        ["release", "list", "--json", "tag_name"],
        [*LIST, "--frobnicate"],
        ["release", "list"],
        ["release", "list", "--limit"],
        ["release", "delete", "v1"],
        ["release", "edit", "-rf"],
        ["release", "view", "--json", "assets"],
        ["issue", "close", "1", "--reason", "because"],
        ["issue", "list", "--json", "number", "--search", "sort:created"],
        ["api", "repos/octo-forge/backage"],
        [],
    ],
)
def test_invalid_calls_are_reported_to_the_runner(gh: Call, site: Site, arguments: list[str]) -> None:
    """An invalid call is reported to the runner, so that it fails the test even if the step ignores it."""
    assert gh(*arguments).returncode == 1
    assert site.gh.misuse


def test_a_token_and_its_permissions_are_needed(gh: Call, site: Site) -> None:
    """Without a token the exit code is 4; a token that may only read sees no drafts and changes nothing."""
    refused = gh(*LIST, GH_TOKEN="")
    assert (refused.returncode, "set the GH_TOKEN environment variable" in refused.stderr) == (4, True)
    reader = {"ACTIONS_PERMISSIONS": '{"contents": "read"}'}
    assert gh("release", "create", "v1", "--draft").returncode == 0
    assert parse_output(gh(*LIST, **reader)) == []
    assert "release not found" in gh("release", "view", "v1", "--json", "body", **reader).stderr
    for arguments in (["release", "create", "v2"], ["issue", "list", "--json", "title"]):
        assert "HTTP 403" in gh(*arguments, **reader).stderr
    assert len(site.gh.releases) == 1


def test_issues_are_opened_found_changed_and_closed(gh: Call, site: Site, tmp_path: Path) -> None:
    """An issue can be opened, found by label, state and words, changed and closed."""
    (tmp_path / "body.md").write_text("first", encoding="utf-8")
    assert gh("label", "create", "pages-changed", "--force", "--color", "D93F0B").returncode == 0
    gh("issue", "create", "--title", "Pages changed", "--body-file", "body.md", "--label", "pages-changed")
    gh("issue", "create", "--title", "Another", "--body", "pages")
    listing = ["issue", "list", "--json", "number,title,body"]
    assert [issue["number"] for issue in parse_output(gh(*listing))] == [2, 1]
    assert [issue["number"] for issue in parse_output(gh(*listing, "--label", "pages-changed"))] == [1]
    assert [issue["number"] for issue in parse_output(gh(*listing, "--search", "pages in:title"))] == [1]
    shown = gh(
        "issue", "list", "--json", "number", "--template", "{{range .}}{{.number}}{{end}}", "--limit", "1"
    )
    assert shown.stdout == "2\n"
    assert gh("issue", "edit", "1", "--body", "second").returncode == 0
    assert gh("issue", "comment", "1", "--body-file", "body.md").returncode == 0
    assert gh("issue", "close", "1", "--reason", "not planned").returncode == 0
    (issue, _) = site.gh.issues
    assert (issue["body"], issue["state"], issue["stateReason"]) == ("second", "CLOSED", "NOT_PLANNED")
    assert [comment["body"] for comment in issue["comments"]] == ["first"]
    assert [issue["number"] for issue in parse_output(gh(*listing))] == [2]
    assert site.gh.misuse == ""


def test_workflows_are_enabled(gh: Call, site: Site) -> None:
    """A workflow is enabled by the command and by the API."""
    site.push({".github/workflows/update.yml": "on: push"})
    assert gh("workflow", "enable", "update.yml").returncode == 0
    path = f"repos/{site.repository}/actions/workflows/update.yml/enable"
    assert gh("api", "--silent", "--method", "PUT", path).returncode == 0
    assert site.gh.state["enabled"] == ["update.yml", "update.yml"]


def test_faults_happen_at_their_moment(gh: Call, site: Site) -> None:
    """A fault happens so many times, before or after the call's work, or with a part of the files."""
    site.gh.fail("^release list", "HTTP 502: bad", times=1)
    failed = gh(*LIST)
    assert (failed.returncode, failed.stderr) == (1, "HTTP 502: bad\n")
    assert parse_output(gh(*LIST)) == []
    site.gh.fail("^release create v1", when="assets 1")
    assert gh("release", "create", "v1", "a.db.zst", "b c.txt", "--draft").returncode == 1
    assert [asset["name"] for asset in site.gh.releases[0]["assets"]] == ["a.db.zst"]
    site.gh.fail("^release delete", when="after")
    assert gh("release", "delete", "v1", "--yes").returncode == 1
    assert site.gh.releases == []
    site.gh.heal()
    assert gh("release", "create", "v1", "a.db.zst").returncode == 0


def test_a_call_hangs_at_its_moment(gh: Call, site: Site, tmp_path: Path) -> None:
    """A call hangs at one given moment, where a step can be killed; the calls of the next run go on."""
    site.gh.fail("^release edit", when="after", hang=True)
    gh("release", "create", "v1", "--draft")
    environment = {**site.outside(), "PATH": os.environ["PATH"], "GH_TOKEN": "x", "GH_REPO": site.repository}
    process = subprocess.Popen(  # noqa: S603 (our own program)
        [site.bin / "gh", "release", "edit", "v1", "--draft=false"], cwd=tmp_path, env=environment
    )
    while not site.gh.hanging and process.poll() is None:
        time.sleep(0.005)  # a real process takes real time
    process.kill()
    assert process.wait() < 0
    assert not site.gh.releases[0]["isDraft"]
    site.gh.heal()
    assert [release["tagName"] for release in parse_output(gh(*LIST))] == ["v1"]


def test_the_stand_in_needs_no_library() -> None:
    """The stand-in for `gh` starts without installed libraries, so that it starts at once."""
    loaded = "import sys, tests.workflows.gh.__main__; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-S", "-P", "-c", loaded],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert not {"yaml", "pytest", "backage"} & set(done.stdout.split())
