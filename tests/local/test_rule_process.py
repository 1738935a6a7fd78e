"""The process that holds the standard rules: what it answers, and what is said when it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import pytest

from stackflight.errors import StackflightError
from stackflight.local import standard_rules
from stackflight.local.rule_process import COMMAND, start_process
from stackflight.local.standard_rules import BundledRules, load_standard_rules

BUCKET = '{"Resources": {"Store": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "UPPER"}}}}'


def python(code: str) -> Sequence[str]:
    return (sys.executable, "-c", code)


def test_a_violation_keeps_rule_place_and_words() -> None:
    named = [found for found in load_standard_rules().judge(BUCKET, None) if found.path == ("Properties", "BucketName")]
    assert named
    assert {found.resource for found in named} == {"Store"}
    assert all(found.rule and found.message and found.level in {"fatal", "error", "warn", "info"} for found in named)


def test_rules_that_are_not_asked_for_do_not_answer() -> None:
    everything = {found.rule for found in load_standard_rules().judge(BUCKET, None)}
    assert len(everything) > 1
    one = min(everything)
    assert {found.rule for found in load_standard_rules().judge(BUCKET, None, {one})} == everything - {one}


@pytest.mark.parametrize("text", ["", "[", "Resources: []", "\ud800", '{"Resources": {"A": {"Type": "\\ud800"}}}'])
def test_one_template_that_cannot_be_judged_does_not_end_the_process(text: str) -> None:
    rules = load_standard_rules()
    rules.judge(text, None)
    assert rules.judge(BUCKET, "eu-central-1")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(3)", "their process ended with 3"),
        ("input(); print('no JSON')", "their process ended with"),
        ('input(); print(\'{"broken": "ImportError: no such library"}\')', "ImportError: no such library"),
    ],
)
def test_a_process_that_fails_is_told_with_the_way_around(code: str, reason: str) -> None:
    rules = BundledRules(start_process(python(code)))
    with pytest.raises(StackflightError, match=f"the standard rules cannot be loaded: {reason}") as raised:
        rules.judge(BUCKET, None)
    assert raised.value.hint == "--no-standard-rules leaves them out"
    rules.close()


def test_a_closed_process_is_told_too() -> None:
    rules = BundledRules(start_process())
    rules.close()
    with pytest.raises(StackflightError, match="their process ended with"):
        rules.judge(BUCKET, None)


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("Resource temporarily unavailable")

    monkeypatch.setattr(standard_rules, "shared_process", refuse)
    with pytest.raises(StackflightError, match="cannot be loaded: Resource temporarily unavailable"):
        load_standard_rules.__wrapped__()


def test_the_process_ends_when_nobody_can_ask_it_any_more() -> None:
    asking = json.dumps({"text": BUCKET, "region": None, "without": []})
    ended = subprocess.run(COMMAND, input=asking + "\n", capture_output=True, encoding="utf-8", check=True)
    assert json.loads(ended.stdout)["violations"]
    assert ended.stderr == ""
