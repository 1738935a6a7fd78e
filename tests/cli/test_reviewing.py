"""The verb review: the screen, the page beside it, and the JSON that neither changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

from stackflight.operate import rehearse as rehearsing


def test_the_page_is_written_beside_the_screen(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    screen = run("review", "--html", str(page), "unreachable.yaml")
    written = page.read_text(encoding="utf-8")

    assert screen.code == 10
    assert screen.stderr == f"wrote {page}\n"
    assert screen.stdout == run("review", "unreachable.yaml").stdout
    assert "Service cannot reach Database:5432" in written
    assert "ROLLBACK_COMPLETE" in written


def test_the_page_goes_with_json_too(run: Run, tmp_path: Path) -> None:
    screen = run("review", "--format", "json", "--html", str(tmp_path / "review.html"), "sound.yaml")

    assert json.loads(screen.stdout)["schema"] == "stackflight.review/1"
    assert (tmp_path / "review.html").exists()


def test_a_page_that_cannot_be_written_leaves_no_half_result(run: Run, tmp_path: Path) -> None:
    screen = run("review", "--html", str(tmp_path / "nowhere" / "review.html"), "sound.yaml")

    assert (screen.code, screen.stdout) == (64, "")
    assert "cannot be written: no such file or directory" in screen.stderr


def test_json_alone_rehearses_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nobody asked for a rehearsal")

    monkeypatch.setattr(rehearsing, "rehearse", refuse)

    assert run("review", "--format", "json", "sound.yaml").code == 0


@pytest.mark.parametrize("columns", ["80", "100", "120"])
def test_the_screen_keeps_to_the_terminal(columns: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    screen = run("review", "unreachable.yaml")

    assert max(len(line) for line in screen.stdout.splitlines()) <= int(columns)


def test_a_limit_holds_where_somebody_says_how_long_what_nobody_can_see_takes(run: Run, tmp_path: Path) -> None:
    template = tmp_path / "made.yaml"
    template.write_text(
        "Resources: {Made: {Type: Custom::Made, Properties: {ServiceToken: 'arn:aws:sns:eu-west-1:1:x'}}}"
    )
    asked = ("review", "--rules", "own", "--max-duration", "30m", str(template))
    assert run(*asked).code == 10
    assert run(*asked, "--duration", "Made=2m").code == 0
    assert run(*asked, "--duration", "Made=2h").code == 10
