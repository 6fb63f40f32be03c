"""`gh issue` and `gh workflow`."""

import json
import re
from typing import Any

from tests.workflows.gh.stand import FailedError, MisuseError, Options, Stand, text_of

PAGES = re.compile(r"/?repos/[^/]+/[^/]+/pages")
LONGEST = {"title": 256, "body": 65_536}


def issue_list(stand: Stand, words: list[str], given: Options) -> Any:
    """List issues, newest first."""
    _ = words
    state, wanted = (given["state"] or "open").upper(), (given["search"] or "").split()
    terms = [
        re.sub(r'"', "", word).lower() for word in wanted if word not in {"in:title", "is:open", "is:issue"}
    ]
    if any(":" in term for term in terms):
        raise MisuseError(f"the stand-in cannot search for {given['search']}")
    where = ["title"] if "in:title" in wanted else ["title", "body"]
    author = (given["author"] or "").removeprefix("app/").removesuffix("[bot]")
    shown = [
        {**issue, "labels": [{"name": name} for name in issue["labels"]]}
        for issue in reversed(stand.state["issues"])
        if state in {"ALL", issue["state"]}
        and all(any(term in issue[part].lower() for part in where) for term in terms)
        and set(given["label"] or []) <= set(issue["labels"])
        and author in {"", issue["author"]["login"].removeprefix("app/").removesuffix("[bot]")}
    ]
    return shown[: int(given["limit"] or 30)]


def check_texts(stand: Stand, given: Options, labels: list[str] | None) -> dict[str, str]:
    """Return the title, body and labels of the options, if GitHub accepts them."""
    texts = {"title": given["title"], "body": text_of(given, "body")}
    for name, longest in LONGEST.items():
        if len(texts[name] or "") > longest:
            raise FailedError(f"GraphQL: {name.title()} is too long (maximum is {longest} characters)")
    unknown = [label for label in labels or [] if label not in stand.state["labels"]]
    if unknown:
        raise FailedError(f"could not add label: '{unknown[0]}' not found")
    return {name: text for name, text in texts.items() if text is not None}


def issue_create(stand: Stand, words: list[str], given: Options) -> str:
    """Open an issue."""
    _ = words
    texts = check_texts(stand, given, given["label"])
    if len(texts) < len({"title", "body"}):
        raise MisuseError("must provide `--title` and `--body` when not running interactively")
    if not texts["title"]:
        raise FailedError("title can't be blank")
    number, now = len(stand.state["issues"]) + 1, stand.now()
    url = f"https://github.com/{stand.state['repository']}/issues/{number}"
    stand.state["issues"].append(
        {
            **texts,
            "number": number,
            "state": "OPEN",
            "closed": False,
            "stateReason": "",
            "url": url,
            "labels": given["label"] or [],
            "comments": [],
            "createdAt": now,
            "updatedAt": now,
            "author": {"login": "app/github-actions", "is_bot": True},
        }
    )
    return url


def issue_edit(stand: Stand, words: list[str], given: Options) -> str:
    """Change an issue."""
    issue = stand.issue(words[0])
    issue.update(check_texts(stand, given, given["add-label"]))
    labels = {*issue["labels"], *(given["add-label"] or [])} - set(given["remove-label"] or [])
    issue["labels"] = sorted(labels)
    return str(issue["url"])


def issue_comment(stand: Stand, words: list[str], given: Options) -> str:
    """Add a comment."""
    issue = stand.issue(words[0])
    body = check_texts(stand, given, None).get("body")
    if not body:
        raise FailedError("GraphQL: Body cannot be blank (addComment)")
    issue["comments"].append({"body": body, "author": {"login": "github-actions"}})
    return f"{issue['url']}#issuecomment-{len(issue['comments'])}"


def issue_close(stand: Stand, words: list[str], given: Options) -> str:
    """Close an issue."""
    reason = given["reason"] or "completed"
    if reason not in {"completed", "not planned", "duplicate"}:
        raise MisuseError(f'invalid argument "{reason}" for "-r, --reason" flag')
    issue = stand.issue(words[0])
    if given["comment"]:
        issue["comments"].append({"body": given["comment"], "author": {"login": "github-actions"}})
    issue.update(state="CLOSED", closed=True, stateReason=reason.upper().replace(" ", "_"))
    return ""


def label_create(stand: Stand, words: list[str], given: Options) -> str:
    """Create a label, or with `--force` change it."""
    if words[0] not in stand.state["labels"]:
        stand.state["labels"].append(words[0])
    elif not given["force"]:
        raise FailedError(f'label with name "{words[0]}" already exists; use `--force` to update its color')
    return ""


def api(stand: Stand, words: list[str], given: Options) -> str:
    """Answer the two calls to the API: enable a workflow, and read the repository's Pages."""
    if PAGES.fullmatch(words[0]) and given["method"] in {None, "GET"}:
        if not stand.state.get("pages"):
            raise FailedError("gh: Not Found (HTTP 404)")
        return json.dumps(stand.state["pages"])
    call = re.fullmatch(r"/?repos/([^/]+/[^/]+)/actions/workflows/([^/]+)/enable", words[0])
    if call is None or given["method"] != "PUT":
        raise MisuseError(f"the stand-in knows no {given['method']} {words[0]}")
    if call[1] != stand.state["repository"]:
        raise FailedError("gh: Not Found (HTTP 404)")
    return workflow_enable(stand, [call[2]], given)


def workflow_enable(stand: Stand, words: list[str], given: Options) -> str:
    """Enable a workflow of the default branch."""
    _ = given
    known = stand.git("ls-tree", "--name-only", "HEAD", ".github/workflows/").splitlines()
    if f".github/workflows/{words[0]}" not in known:
        raise FailedError(f"HTTP 404: workflow {words[0]} not found on the default branch")
    stand.state["enabled"].append(words[0])
    return ""


def is_pages(words: list[str]) -> bool:
    """Return whether a call reads the repository's Pages."""
    return bool(words) and PAGES.fullmatch(words[0]) is not None
