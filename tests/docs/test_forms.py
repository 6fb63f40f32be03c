"""The forms of issues ask for what helps, and wake nothing that they should not."""

import yaml

from tests.docs.text import ROOT

FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"


def labels(name: str) -> list[str]:
    """Return the labels of a form's fields, which are the headings of its issues."""
    form = yaml.safe_load((FORMS / name).read_text(encoding="utf-8"))
    return [item["attributes"]["label"] for item in form["body"] if item["type"] != "markdown"]


def test_only_one_form_asks_for_owners() -> None:
    """owners-request answers each issue with a heading that begins with Owners, and no report of a fault."""
    forms = sorted(path.name for path in FORMS.glob("*.yml") if path.name != "config.yml")
    assert [name for name in forms if any(label.startswith("Owners") for label in labels(name))] == [
        "add-owners.yml"
    ]


def test_a_report_has_what_is_needed_to_look() -> None:
    """A report asks where, what, and for the output of the two diagnostic commands."""
    assert {"Where", "What you saw, and what is right", "backage check", "backage inspect"} <= set(
        labels("bug.yml")
    )
