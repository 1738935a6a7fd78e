"""Whatever is pasted, there is an answer or a clear message, and no text can make the reading slow."""

from __future__ import annotations

import json
import pkgutil
import re
from importlib import import_module
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from mutations_of_texts import PASTED, mutated_texts

import stackflight.diagnose
import stackflight.read.events
from stackflight.diagnose.catalogue import standard_catalogue
from stackflight.diagnose.hide import hide, hide_text
from stackflight.diagnose.pattern import Folded, Pattern
from stackflight.diagnose.verdict import Question, diagnose
from stackflight.errors import UnreadableInput
from stackflight.model.diagnosis import Outcome
from stackflight.read.events.reading import read_history
from stackflight.views import diagnosis_html, diagnosis_json, diagnosis_markdown, diagnosis_text
from stackflight.views.paper import Paper

HOSTILE = ("(" * 9000, " " * 9000, "a" * 9000, "| " * 5000, "1:" * 5000, '["' * 4000, "CREATE_FAILED " * 900, "AWS::" * 2000, "arn:" * 2000 + "x",
           "{" * 3000, "[" * 3000 + "]" * 3000, "-" * 9000, "\t" * 5000, "a - " * 3000, "not authorized to perform: " * 400, "\x1b[" * 3000, "- " * 50_000, "- " + "[" * 50_000)  # fmt: skip


def test_addresses_of_both_families_are_hidden_and_types_are_not() -> None:
    text = "from 203.0.113.7, 2001:db8::1, fe80::1 and ::1 at 10:00:01 to AWS::EC2::VPC by Custom::Cafe"
    assert (
        hide_text(text)
        == "from [address], [address], [address] and [address] at 10:00:01 to AWS::EC2::VPC by Custom::Cafe"
    )


def _answer(text: str) -> bool:
    """Whether there was an answer; every view of it is drawn."""
    try:
        found = hide(diagnose(Question(read_history(text))))
    except UnreadableInput as error:
        assert error.message and error.hint
        return False
    json.loads(diagnosis_json.render_diagnosis(found))
    assert diagnosis_text.render_diagnosis(found, Paper())
    assert diagnosis_markdown.render_diagnosis(found)
    assert diagnosis_html.render_diagnosis(found)
    return True


@pytest.mark.parametrize("number", [pytest.param(250), pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_texts_are_answered(number: int) -> None:
    answered = sum(_answer(text) for text in mutated_texts(number, seed=7))
    assert answered > number * 0.9


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_answered(text: str) -> None:
    _answer(text)
    _answer(f"web | 3/10 | 7:26:33 PM | CREATE_FAILED | AWS::S3::Bucket | {text}")


@pytest.mark.parametrize("text", ["", " \n", "\x00\x01\x02" * 50, "[]", "{}", '{"StackEvents": []}'])
def test_what_is_nothing_is_said_to_be_nothing(text: str) -> None:
    with pytest.raises(UnreadableInput) as caught:
        read_history(text, "stdin")
    assert caught.value.hint


def test_json_of_any_shape_is_answered() -> None:
    for value in (
        1,
        "text",
        [1, 2],
        {"a": {"b": [None]}},
        [[["x"]]],
        {"Status": 5},
        {"ResourceStatus": ["x"]},
        {"events": [{"t": {}}]},
        True,
    ):
        document: Any = value
        _answer(json.dumps(document))
    _answer("[" * 2000)


def test_a_pattern_is_words_in_their_order_and_costs_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pattern backtracks: a word boundary is asked for at most once for each character and word of a piece."""
    asked = 0
    parted = Folded.parted

    def counted(self: Folded, place: int) -> bool:
        nonlocal asked
        asked += 1
        return parted(self, place)

    monkeypatch.setattr(Folded, "parted", counted)
    for entry in standard_catalogue().entries:
        for pattern in entry.patterns:
            assert all(piece.text for piece in pattern.pieces)
            text = Folded.of(
                "x" + "x".join(piece.text for piece in pattern.pieces[:-1]) * 20 + pattern.pieces[-1].text[:-1] * 20
            )
            asked = 0
            pattern.ends(text)
            assert asked <= 2 * len(text.text) * max(1, *(len(piece.breaks) for piece in pattern.pieces))


def test_words_do_not_begin_within_words_and_breaks_of_lines_do_not_count() -> None:
    pattern = Pattern.of("origin access {what} in use")
    assert pattern.matches(Folded.of("the Origin\nAccess is\t IN\nUSE."))
    assert not pattern.matches(Folded.of("MyS3OriginAccessControl in use"))
    assert not pattern.matches(Folded.of("origin access in UserPool"))
    assert pattern.take(Folded.of("origin access identity E1 in use")) == {"what": "identity E1"}


def _expressions() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for package in (stackflight.read.events, stackflight.diagnose):
        for module in pkgutil.iter_modules(package.__path__):
            loaded = import_module(f"{package.__name__}.{module.name}")
            found += [
                (f"{module.name}.{name}", value)
                for name, value in vars(loaded).items()
                if isinstance(value, re.Pattern)
            ]
    return found


def _open_repeats(tree: Any, inside: bool = False) -> bool:
    """Whether a repetition without an upper bound stands within another repetition."""
    for kind, value in tree:
        if kind in {_constants.MAX_REPEAT, _constants.MIN_REPEAT}:
            _, high, body = value
            if high is _constants.MAXREPEAT and inside:
                return True
            if _open_repeats(body, inside or high is _constants.MAXREPEAT or high > 8):
                return True
        else:
            bodies = [value[3]] if kind is _constants.SUBPATTERN else value[1] if kind is _constants.BRANCH else []
            if any(_open_repeats(body, inside) for body in bodies):
                return True
    return False


@pytest.mark.parametrize(
    ("name", "expression"), _expressions(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_expression_repeats_what_repeats(name: str, expression: re.Pattern[str]) -> None:
    assert not _open_repeats(_parser.parse(expression.pattern, expression.flags & ~re.UNICODE)), name


def test_ten_thousand_events_cost_few_looks_at_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only failures that can be the root or stand beside it are compared with causes."""
    looked: list[str] = []
    catalogue = standard_catalogue()
    may_match = type(catalogue).may_match
    monkeypatch.setattr(
        type(catalogue), "may_match", lambda self, folded: looked.append(folded) or may_match(self, folded)
    )
    events = [
        {"StackName": "web", "LogicalResourceId": f"R{n}", "ResourceType": "AWS::SQS::Queue", "ResourceStatus": "CREATE_FAILED",
         "Timestamp": f"2026-01-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z", "ResourceStatusReason": f"Queue {n} is not what it was"}
        for n in range(10_000)
    ]  # fmt: skip
    found = diagnose(Question(read_history(json.dumps({"StackEvents": events}))))
    assert found.root is not None and found.root.resource == "R0"
    assert found.outcome is Outcome.FAILED
    assert len(looked) < 60


def test_every_pasted_text_can_be_cut_anywhere() -> None:
    for file in sorted(PASTED.glob("*.txt")):
        text = file.read_text(encoding="utf-8")
        for place in range(0, len(text), 97):
            _answer(text[:place])
