"""`deploy` against the simulated cloud: whole lives, with what people and programs see of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from screen import Run

from stackflight.operate import deploy

Golden = Callable[[str, str], None]


def test_a_deployment_is_reviewed_planned_followed_and_ends_with_its_outputs(deploying: Run, golden: Golden) -> None:
    golden("deploy/sound.txt", str(deploying("deploy", "sound.yaml", "--simulate", "--yes")))


def test_a_deployment_that_fails_says_what_failed_first(deploying: Run, golden: Golden) -> None:
    fail = "Files=Access Denied (Service: S3, Status Code: 403)@5"
    golden("deploy/failed.txt", str(deploying("deploy", "sound.yaml", "--simulate", "--yes", "--fail", fail)))


def test_without_a_terminal_and_without_yes_nothing_is_made(deploying: Run, golden: Golden, tmp_path: Path) -> None:
    golden("deploy/unconfirmed.txt", str(deploying("deploy", "sound.yaml", "--simulate")))
    assert not (tmp_path / "state").exists()


def test_a_blocking_finding_stops_it_before_anything_is_made(deploying: Run) -> None:
    screen = deploying("deploy", "unreachable.yaml", "--simulate", "--yes")
    assert screen.code == 10
    assert "nothing was made: 2 blocking findings" in screen.stderr
    assert "--override workload-cannot-reach-service=REASON" in screen.stderr
    assert "is created" not in screen.stderr


def test_an_override_goes_on_with_its_reason_kept_and_the_finding_acts_as_it_would(deploying: Run) -> None:
    reason = "=we want to see it fail"
    overrides = ("--override", "workload-cannot-reach-service" + reason, "--override", "database-unreachable" + reason)
    screen = deploying("deploy", "unreachable.yaml", "--simulate", "--yes", *overrides)
    assert screen.code == 1
    assert "2 overrides: workload-cannot-reach-service: we want to see it fail" in screen.stderr
    assert "unreachable is created" in screen.stderr
    assert "unreachable/Service CREATE_FAILED" in screen.stderr


@pytest.mark.parametrize(
    ("override", "said"),
    [("workload-cannot-reach-service", "gives no reason"), ("no-such-check=because", "which is no check")],
)
def test_an_override_needs_a_check_and_a_reason(deploying: Run, override: str, said: str) -> None:
    screen = deploying("deploy", "unreachable.yaml", "--simulate", "--yes", "--override", override)
    assert screen.code == 64
    assert said in screen.stderr


@pytest.mark.parametrize(
    "check", ["distribution-origin-twice", "price-above-limit", "preflight/anything", "standard/E3012"]
)
def test_what_the_gate_tells_to_override_can_be_overridden(deploying: Run, check: str) -> None:
    """A rule of the law's rows, a limit, and the rules that others keep."""
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes", "--rules", "own", "--override", f"{check}=tried")
    assert screen.code == 0, screen


def test_a_plan_shows_what_would_change_and_leaves_nothing(deploying: Run, golden: Golden) -> None:
    golden("deploy/plan.txt", str(deploying("deploy", "sound.yaml", "--simulate", "--plan")))


def test_deploying_what_is_there_already_is_a_success(deploying: Run) -> None:
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes", "--current", "sound.yaml")
    assert screen.code == 0
    assert "no changes" in screen.stdout


def test_a_parameter_without_a_value_is_asked_for_before_any_stack_is_made_unless_the_stack_has_one(
    deploying: Run, tmp_path: Path
) -> None:
    template, former = tmp_path / "app.yaml", tmp_path / "former.yaml"
    for file, more in ((template, ", Other: {Type: AWS::SQS::Queue}"), (former, "")):
        file.write_text(
            f"Parameters: {{Stage: {{Type: String}}}}\nResources: {{Queue: {{Type: AWS::SQS::Queue}}{more}}}\n"
        )
    command = ("deploy", str(template), "--simulate", "--yes", "--rules", "own")
    screen = deploying(*command)
    assert screen.code == 1
    assert "app needs values for Stage\nhint: give them: --param Stage=VALUE" in screen.stderr
    assert "app is created" not in screen.stderr
    assert deploying(*command, "--param", "Stage=test").code == 0
    screen = deploying(*command, "--current", str(former))
    assert (screen.code, "UPDATE_COMPLETE" in screen.stdout) == (0, True)


def test_every_event_is_a_line_of_json_and_the_run_is_the_last(deploying: Run) -> None:
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes", "--format", "json")
    *events, end = [json.loads(line) for line in screen.stdout.splitlines()]
    assert end["schema"] == "stackflight.run/1"
    assert end["outcome"] == "CREATE_COMPLETE"
    assert {"time", "stack", "resource", "type", "status", "reason"} <= events[0].keys()
    assert events[-1]["status"] == "CREATE_COMPLETE"
    assert events[-1]["resource"] == "sound"


def test_on_github_a_failure_is_an_annotation_and_the_job_gets_a_summary(
    deploying: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    fail = "Files=Access Denied%\n::error::stop (Service: S3, Status Code: 403)@5"
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes", "--fail", fail)
    [annotation] = [line for line in screen.stderr.splitlines() if line.startswith("::")]
    assert annotation.startswith("::error title=Files failed::sound/Files (AWS::S3::Bucket): Access Denied%25")
    assert "### " in summary.read_text()
    assert "ROLLBACK_COMPLETE" in summary.read_text()


def test_outputs_are_never_written_over_what_is_read_and_that_is_said_before_anything_is_made(
    deploying: Run, tmp_path: Path
) -> None:
    template = tmp_path / "app.yaml"
    template.write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}\n")
    (tmp_path / "link.json").hardlink_to(template)
    for name in ("app.yaml", "link.json"):
        screen = deploying("deploy", str(template), "--simulate", "--yes", "--outputs-file", str(tmp_path / name))
        assert screen.code == 64
        assert "would write over an input" in screen.stderr
        assert "CREATE_IN_PROGRESS" not in screen.stderr
    assert template.read_text().startswith("Resources")
    screen = deploying("deploy", str(template), "--simulate", "--yes", "--outputs-file", str(tmp_path / "no" / "file"))
    assert (screen.code, "no such file or directory" in screen.stderr) == (64, True)


def test_outputs_are_written_as_json(deploying: Run, tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    assert deploying("deploy", "sound.yaml", "--simulate", "--yes", "--outputs-file", str(file)).code == 0
    assert isinstance(json.loads(file.read_text()), dict)


def test_detaching_says_how_to_attach_again(deploying: Run) -> None:
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes", "--detach")
    assert screen.code == 3
    assert "stackflight watch r-" in screen.stderr


def test_a_plain_template_is_a_stack_of_the_given_name(deploying: Run) -> None:
    assert "shop is created" in deploying("deploy", "sound.yaml", "--simulate", "--plan", "--stack", "shop").stderr


def test_a_name_that_no_stack_can_bear_is_refused(deploying: Run) -> None:
    screen = deploying("deploy", "sound.yaml", "--simulate", "--plan", "--stack", "my_shop")
    assert screen.code == 64
    assert "my_shop (from --stack) is no name for a stack" in screen.stderr


def test_a_stack_that_the_target_does_not_hold_is_a_wrong_usage(deploying: Run) -> None:
    screen = deploying("deploy", "sound.yaml", "sond", "--simulate", "--plan")
    assert screen.code == 64
    assert "did you mean sound?" in screen.stderr


def test_an_interrupt_before_anything_was_begun_is_no_success(deploying: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deploy, "make_change_set", interrupt)
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes")
    assert screen.code == 1
    assert screen.stderr.endswith("error: interrupted\n")
