"""The exit codes and the streams, which scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

from stackflight.operate import review


def test_nothing_found_is_zero(run: Run) -> None:
    assert run("check", "sound.yaml").code == 0


def test_a_blocking_finding_is_ten(run: Run) -> None:
    assert run("check", "cycle.yaml").code == 10
    assert run("review", "cycle.yaml").code == 10


def test_the_worst_of_several_targets_wins_and_all_are_reported(run: Run) -> None:
    blocked = run("check", "--format", "json", "sound.yaml", "cycle.yaml")
    unreadable = run("check", "--format", "json", "half.yaml", "cycle.yaml", "sound.yaml")

    assert blocked.code == 10
    assert [json.loads(line)["target"] for line in blocked.stdout.splitlines()] == ["sound.yaml", "cycle.yaml"]
    assert unreadable.code == 66
    assert [json.loads(line)["target"] for line in unreadable.stdout.splitlines()] == ["cycle.yaml", "sound.yaml"]


def test_stdout_carries_the_result_alone(run: Run) -> None:
    screen = run("check", "--format", "sarif", "half.yaml", "cycle.yaml")

    assert json.loads(screen.stdout)["version"] == "2.1.0"
    assert "half.yaml" in screen.stderr


def test_an_internal_error_is_one_line_without_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "check_world", lambda *_: 1 / 0)
    screen = run("check", "sound.yaml")

    assert screen.code == 1
    assert screen.stdout == ""
    assert screen.stderr.startswith("error: internal error: ZeroDivisionError: division by zero\n")
    assert "Traceback" not in screen.stderr


def test_debug_shows_the_traceback_of_an_internal_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "check_world", lambda *_: 1 / 0)
    screen = run("--debug", "check", "sound.yaml")

    assert screen.code == 1
    assert "Traceback" in screen.stderr


def test_an_interrupt_is_a_failure_without_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(review, "check_world", interrupt)
    screen = run("check", "sound.yaml")

    assert (screen.code, screen.stderr) == (1, "error: interrupted\n")


def test_a_name_with_escape_codes_cannot_move_the_cursor(run: Run) -> None:
    assert "\x1b" not in run("check", "\x1b[2Jnowhere.yaml").stderr


def test_a_template_that_may_not_be_read_is_unreadable(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "secret.yaml"
    template.write_text("Resources: {}")

    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    screen = run("check", str(template))

    assert screen.code == 66
    assert "permission denied" in screen.stderr
