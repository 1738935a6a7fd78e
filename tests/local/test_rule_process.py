"""The process that holds the standard rules: what it answers, and what is said when it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from stackflight.errors import StackflightError
from stackflight.local import standard_rules
from stackflight.local.rule_process import COMMAND, start_process
from stackflight.local.standard_rules import BundledRules, load_standard_rules
from stackflight.model.budgets import RULES_PATIENCE_SECONDS, Budget

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
        ("print('no JSON')", "their process ended with"),
        ('print(\'{"broken": "ImportError: no such library"}\')', "ImportError: no such library"),
    ],
)
def test_a_process_that_fails_is_told_with_the_way_around(code: str, reason: str) -> None:
    rules = BundledRules(start_process(python(code)))
    with pytest.raises(StackflightError, match=f"the standard rules cannot be loaded: {reason}") as raised:
        rules.judge(BUCKET, None)
    assert raised.value.hint == "--no-standard-rules leaves them out"
    rules.close()


READY = "import signal, sys; print('{\"ready\": true}', flush=True); input(); "


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("signal.setitimer(signal.ITIMER_PROF, 0.05)\nwhile True: pass", "they took longer than 10 s"),
        ("import os; os.abort()", "their process gave up, or they took more than 1,500 MB of memory"),
        ("raise SystemExit(7)", "their process ended with 7"),
        ("print('no JSON')", "their process ended with"),
    ],
)
def test_a_template_that_costs_the_process_its_life_is_not_judged_and_the_next_one_is(code: str, reason: str) -> None:
    """A rule process without a limit: time and memory end, the answer says so, and the next template has a new process."""
    rules = BundledRules(start_process(python(READY + code)))

    [told] = rules.judge(BUCKET, None)

    assert told.rule == "not-judged"
    assert told.message.startswith(
        f"the standard rules cannot judge this template, so only our own checks did: {reason}"
    )
    assert len(rules.judge(BUCKET, None)) > 1
    rules.close()


def test_a_process_that_is_worn_out_by_others_is_replaced_and_asked_again() -> None:
    """What foreign code keeps of hundreds of templates may fill its memory; the next template does not pay for that."""
    once = (
        "import json, sys; print(json.dumps({'ready': True}), flush=True); sys.stdin.readline(); "
        "print(json.dumps({'violations': [], 'failed': []}), flush=True); sys.stdin.readline(); sys.exit(1)"
    )
    begun: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        begun.append(start_process(python(once)))
        return begun[-1]

    rules = BundledRules(start(), start)
    assert [list(rules.judge(BUCKET, None)) for _ in range(3)] == [[], [], []]
    assert len(begun) == 3
    rules.close()


def test_a_process_that_says_nothing_is_waited_for_so_long_and_no_longer() -> None:
    """A rule process without a limit: one that neither computes nor answers is given up."""
    patience = Budget(0, "they gave no answer for {most} s")
    for code, error in ((READY + "input()", False), ("input()", True)):
        rules = BundledRules(start_process(python(code)), patience=RULES_PATIENCE_SECONDS)
        with pytest.raises(StackflightError, match="gave no answer for 0 s") if error else nullcontext():
            if not error:
                rules._greet()
            rules._patience = patience
            assert [told.message.rpartition(": ")[2] for told in rules.judge(BUCKET, None)] == [str(patience)]
        rules.close()


def test_the_process_ends_itself_when_a_template_takes_too_much_processor_time() -> None:
    """A rule process without a limit: templates whose resources all wait for one another take its time or memory."""
    names = [f"T{number}" for number in range(400)]
    circle = {
        name: {"Type": "AWS::SNS::Topic", "DependsOn": [other for other in names if other != name]} for name in names
    }
    code = (
        "import stackflight.model.budgets as budgets; budgets.RULES_SECONDS = budgets.Budget(1, ''); "
        "from stackflight.local.rule_process import serve; serve()"
    )
    rules = BundledRules(start_process(python(code)))
    [told] = rules.judge(json.dumps({"Resources": circle}), None)
    assert told.message.endswith(("they took longer than 10 s", "they took more than 1,500 MB of memory"))
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
    asking = json.dumps(
        {"text": BUCKET, "region": None, "without": [], "parameters": {}, "decided": "", "resolved": "", "types": []}
    )
    ended = subprocess.run(COMMAND, input=asking + "\n", capture_output=True, encoding="utf-8", check=True)
    greeting, answer = map(json.loads, ended.stdout.splitlines())
    assert greeting == {"ready": True}
    assert answer["violations"]
    assert ended.stderr == ""
