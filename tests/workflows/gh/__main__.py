"""A stand-in for GitHub's command line: releases, issues and workflows of one repository, kept in a folder.

It runs as a program of its own, with the standard library alone. The folder, named by `GH_STAND_IN`, holds
`state.json`, the files of releases, `calls.jsonl` (all calls), `faults.json` (what is to go wrong) and
`misuse.log`: calls that the real one, or this stand-in, does not know. The runner looks there after each run.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tests.workflows.gh import issues, releases
from tests.workflows.gh.stand import FailedError, MisuseError, Options, Stand, parse

FIELDS = {
    "release list": "name tagName isDraft isLatest isPrerelease isImmutable createdAt publishedAt",
    "release view": """name tagName isDraft isPrerelease isImmutable createdAt publishedAt assets body
        targetCommitish url id""",
    "issue list": "number title body state labels url author comments createdAt updatedAt closed stateReason",
}
NEEDS = {"release": "contents", "issue": "issues", "label": "issues", "workflow": "actions", "api": "actions"}
READING = {"release list", "release view", "release download", "issue list"}
FAILED, NO_TOKEN = 1, 4
REFUSAL = """\
gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable. Example:
  env:
    GH_TOKEN: ${{ github.token }}"""

COMMANDS: dict[str, tuple[int, int, Callable[[Stand, list[str], Options], Any]]] = {
    "release list": (0, 0, releases.release_list),
    "release view": (1, 1, releases.release_view),
    "release create": (1, 99, releases.release_create),
    "release edit": (1, 1, releases.release_edit),
    "release upload": (2, 99, releases.release_upload),
    "release download": (1, 1, releases.release_download),
    "release delete": (1, 1, releases.release_delete),
    "issue list": (0, 0, issues.issue_list),
    "issue create": (0, 0, issues.issue_create),
    "issue edit": (1, 1, issues.issue_edit),
    "issue comment": (1, 1, issues.issue_comment),
    "issue close": (1, 1, issues.issue_close),
    "label create": (1, 1, issues.label_create),
    "workflow enable": (1, 1, issues.workflow_enable),
    "api": (1, 1, issues.api),
}


def format_output(command: str, found: Any, given: Options) -> str:
    """Return the output: the requested fields, or a sentence."""
    if command not in FIELDS:
        return apply_query(str(found), given["jq"]) if given["jq"] else str(found)
    if given["json"] is None:
        raise MisuseError("the stand-in shows JSON alone: add --json")
    fields = given["json"].split(",")
    unknown = set(fields) - set(FIELDS[command].split())
    if unknown:
        raise MisuseError(f'Unknown JSON field: "{unknown.pop()}"')
    cut = [{key: item[key] for key in fields} for item in (found if isinstance(found, list) else [found])]
    printed = json.dumps(cut if isinstance(found, list) else cut[0])
    if given["template"] is not None:
        return fill_template(given["template"], cut)
    return printed if given["jq"] is None else apply_query(printed, given["jq"])


def apply_query(printed: str, query: str) -> str:
    """Return the result of the one needed kind of jq query: a field, if another has a value."""
    asks = re.fullmatch(r'select\(\.(\w+) == "(\w+)"\) \| \.(\w+)', query)
    if asks is None:
        raise MisuseError(f"the stand-in cannot ask {query}")
    found = json.loads(printed)
    return str(found.get(asks[3], "null")) if found.get(asks[1]) == asks[2] else ""


def fill_template(template: str, items: list[dict[str, Any]]) -> str:
    """Fill the one needed kind of template: fields of each item."""
    each = re.fullmatch(r"\{\{range \.\}\}(.*)\{\{end\}\}", template, re.DOTALL)
    if each is None:
        raise MisuseError(f"the stand-in cannot fill {template}")
    return "".join(
        re.sub(r"\{\{\.(\w+)\}\}", lambda hole, one=item: str(one[hole[1]]), each[1]) for item in items
    )


def answer(stand: Stand, words: list[str]) -> str:
    """Run a call."""
    command = " ".join(words[: 1 if words[:1] == ["api"] else 2])
    if command not in COMMANDS:
        raise MisuseError(f'unknown command "{command}" for "gh"')
    least, most, handle = COMMANDS[command]
    found, given = parse(command, words[len(command.split()) :])
    if not least <= len(found) <= most:
        raise MisuseError(f"{command}: {len(found)} arguments")
    if command == "release delete" and not given["yes"]:
        raise MisuseError("--yes required when not running interactively")
    repository = given["repo"] or os.environ.get("GH_REPO")
    if repository is None and not _in_repository():
        raise FailedError(
            "failed to run git: fatal: not a git repository (or any of the parent directories): .git"
        )
    if repository not in {None, stand.state["repository"]}:
        raise FailedError(
            f"GraphQL: Could not resolve to a Repository with the name '{repository}'. (repository)"
        )
    stand.strike("before")
    need = ("pages", "read") if issues.is_pages(found) else (NEEDS[words[0]], "write")
    if not stand.may(need[0], "read" if command in READING else need[1]):
        raise FailedError("HTTP 403: Resource not accessible by integration")
    said = format_output(command, handle(stand, found, given), given)
    stand.strike("after")
    return said


def _in_repository() -> bool:
    done = subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True, check=False)  # noqa: S607 (as gh does)
    return done.returncode == 0


def main(folder: Path, words: list[str]) -> NoReturn:
    """Answer one call; calls wait for each other."""
    with Stand(folder) as stand:
        with (folder / "calls.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(words) + "\n")
        if not os.environ.get("GH_TOKEN"):
            sys.exit(print_error(REFUSAL, NO_TOKEN))
        stand.expect(" ".join(words))
        try:
            said = answer(stand, words)
        except FailedError as error:
            if isinstance(error, MisuseError):
                with (folder / "misuse.log").open("a", encoding="utf-8") as log:
                    log.write(f"{error}: gh {' '.join(words)}\n")
            sys.exit(print_error(str(error), FAILED))
        finally:
            stand.save()
    if said:
        sys.stdout.write(f"{said}\n")
    sys.exit(0)


def print_error(sentence: str, code: int) -> int:
    """Print an error to stderr and return the exit code."""
    sys.stderr.write(f"{sentence}\n")
    return code


if __name__ == "__main__":
    main(Path(os.environ["GH_STAND_IN"]), sys.argv[1:])
