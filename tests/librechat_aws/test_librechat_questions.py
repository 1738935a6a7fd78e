"""Whatever is answered to the app's questions is a deployment that the app takes, and a file that says the same."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from librechat_aws.presets import PRESETS
from librechat_aws.questions import render_questions
from librechat_aws.request import Request, read_request
from librechat_aws.resolve import resolve
from librechat_aws.settings import Settings
from librechat_aws.settings_file import render_settings
from stackflight.cli.questions import Question, read_questions

QUESTIONS = read_questions("librechat", json.loads(render_questions()))
REGION = "eu-central-1"
WORDS = {"region": REGION, "name": "chat", "instance_type": "m7g.large", "hosted_zone_id": "Z0123456789"}


def _answers(data: st.DataObject) -> dict[str, str]:
    found: dict[str, str] = {}
    for question in QUESTIONS:
        if question.is_due(found):
            found[question.key] = question.accept(data.draw(_typed(question, found), label=question.key), found)
    return found


def _typed(question: Question, found: dict[str, str]) -> st.SearchStrategy[str]:
    usual = question.usual(found)
    if question.kind == "choice":
        return st.sampled_from([choice.value for choice in question.offers(found)])
    if question.kind == "yes-no":
        return st.sampled_from(["yes", "no"])
    if question.kind == "number":
        return st.integers(int(usual), 100).map(str)
    example = question.example.replace("us-east-1", REGION) if found.get("entry") == "https" else question.example
    none = [""] if question.optional else []
    return st.sampled_from([*none, *([usual] if usual else []), WORDS.get(question.key, example)])


def _request(answers: dict[str, str]) -> Request:
    options = {"preset", *(question.key for question in QUESTIONS if question.option)}
    return read_request(
        answers["preset"], [f"{key}={value}" for key, value in answers.items() if value and key not in options]
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_the_questions_let_one_answer_can_be_deployed(data: st.DataObject) -> None:
    resolve(_request(_answers(data)))


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_the_settings_file_says_what_was_answered(data: st.DataObject, tmp_path_factory: object) -> None:
    request = _request(_answers(data))
    file = Path(tmp_path_factory.mktemp("settings"), "chat.toml")  # type: ignore[attr-defined]
    file.write_text(render_settings(request), encoding="utf-8")

    assert read_request(str(file)).settings == request.settings


def test_the_defaults_are_the_preset_as_it_is() -> None:
    for name, preset in PRESETS.items():
        found: dict[str, str] = {}
        for question in QUESTIONS:
            if question.is_due(found):
                fixed = {"mode": preset.mode, "preset": name}
                found[question.key] = fixed.get(question.key) or question.usual(found)
        written = tomllib.loads(render_settings(_request(found)))

        assert written == {"preset": name}


def test_every_question_is_a_setting_or_an_option_and_is_explained() -> None:
    for question in QUESTIONS:
        assert question.key in Settings.model_fields or question.key == "preset" or question.option
        assert question.question[-1] in "?."
        assert all(choice.gain for choice in question.choices)


def test_what_may_be_answered_with_no_says_what_yes_changes_in_every_preset_that_lets_one_answer_it() -> None:
    for question in QUESTIONS:
        if (question.kind == "yes-no" or question.optional) and not question.option and question.given != ["domain"]:
            assert question.costs, question.key
    costs = {question.key: question.cost({"preset": "standard-dev"}) for question in QUESTIONS}
    assert [one.key for one in QUESTIONS if not one.costs and not any(choice.costs for choice in one.choices)] == []
    assert costs["tasks_max"].startswith("a task more that is up all month: ")
    assert all("USD a month more" in costs[key] for key in ("rag", "search", "admin_domain"))
