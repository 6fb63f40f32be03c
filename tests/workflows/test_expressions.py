from typing import Any

import pytest

from tests.workflows.expressions import Evaluator, Known, WorkflowError
from tests.workflows.results import status

CONTEXTS = {
    "github": Known(event_name="schedule", event={"issue": {"number": 7, "body": "a ### Owners b"}}),
    "needs": Known(one=Known(result="success", outputs={}), two=Known(result="failure", outputs={})),
    "steps": Known(read=Known(outputs={"code": "3"}, outcome="success")),
    "vars": {"SHARDS": "2"},
    "matrix": Known(shard=2, name="x"),
}
GOOD = status(failed=False, whole=True)
BAD = status(failed=True, whole=False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("0x10", 16),
        ("-1.5", -1.5),
        ("null", None),
        ("github.event.issue.number", 7),
        ("github.event['issue']['number']", 7),
        ("github.event.comment.body", None),
        ("steps.read.outputs.code == 3", True),
        ("steps.read.outputs.none == ''", True),
        ("'ABC' == 'abc'", True),
        ("'' == null", True),
        ("'' == 0", True),
        ("'a' == 0", False),
        ("true == 1", True),
        ("vars.SHARDS > 1", True),
        ("vars.NONE > 1", False),
        ("!(vars.NONE > 1)", True),
        ("2 >= 2 && 1 <= 2", True),
        ("'b' > 'A'", True),
        ("vars.NONE || '60'", "60"),
        ("vars.SHARDS && 'yes' || 'no'", "yes"),
        ("false || true && false", False),
        ("(true || true) && false", False),
        ("!true == false", True),
        ("contains(github.event.issue.body, '### owners')", True),
        ("contains(needs.*.result, 'failure')", True),
        ("contains(needs.*.result, 'cancelled')", False),
        ("startsWith('Octo-Forge', 'octo')", True),
        ("endsWith('a.yml', '.yml')", True),
        ("fromJSON('[1, 2]')[1]", 2),
        ("toJSON(fromJSON('[1]'))", "[\n  1\n]"),
        ("format('{0} of {{{1}}}', matrix.shard, vars.SHARDS)", "2 of {2}"),
        ("join(fromJSON('[1, 2]'), '-')", "1-2"),
        ("success() && !failure() && !cancelled()", True),
    ],
)
def test_expressions_are_evaluated_as_github_does(text: str, value: Any) -> None:
    """Comparisons are loose and ignore case, and a missing value is null."""
    found = Evaluator(CONTEXTS, GOOD).evaluate(text)
    assert (found, type(found) is bool) == (value, type(value) is bool)


@pytest.mark.parametrize(
    "text",
    [
        "secrets.TOKEN",
        "github.evnet_name",
        "steps.reed.outputs.code",
        "steps.read.output.code",
        "matrix.shards",
        "needs.three.result",
        "sucess()",
        "contain('a', 'b')",
        "github.event_name = 'x'",
        "'a' 'b'",
        "(true",
        "true &&",
        '"double"',
        "fromJSON('')",
    ],
)
def test_mistakes_in_expressions_are_refused(text: str) -> None:
    """A mistake that GitHub would silently evaluate to null is an error here."""
    with pytest.raises(WorkflowError):
        Evaluator(CONTEXTS, GOOD).evaluate(text)


def test_expressions_in_texts_are_replaced() -> None:
    """An expression within a text gives a text; one alone keeps its type, also in lists and mappings."""
    evaluator = Evaluator(CONTEXTS, GOOD)
    assert evaluator.fill("shard-${{ matrix.shard }}${{ vars.NONE }}") == "shard-2"
    assert evaluator.fill("${{ matrix.shard }}") == 2
    assert evaluator.fill({"a": ["${{ true }}", 3, None]}) == {"a": [True, 3, None]}
    with pytest.raises(WorkflowError):
        evaluator.fill("${{ matrix.shard }")


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        (None, True, False),
        ("true", True, False),
        (False, False, False),
        ("${{ vars.SHARDS > 1 }}", True, False),
        ("always()", True, True),
        ("failure()", False, True),
        ("!cancelled()", True, True),
        ("${{ always() && steps.read.outputs.code == '3' }}", True, True),
        ("steps.read.outputs.code == '4'", False, False),
    ],
)
def test_conditions_require_success_by_default(text: Any, *, good: bool, bad: bool) -> None:
    """An `if` without a status function is false after a failure."""
    assert Evaluator(CONTEXTS, GOOD).condition(text) is good
    assert Evaluator(CONTEXTS, BAD).condition(text) is bad


def test_a_condition_that_is_always_true_is_refused() -> None:
    """Text beside the braces makes a condition a text, which is always true, so it is refused."""
    with pytest.raises(WorkflowError):
        Evaluator(CONTEXTS, GOOD).condition("${{ false }} && true")
