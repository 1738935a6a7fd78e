"""Colour and width follow the terminal and the environment."""

from __future__ import annotations

import io

import pytest

from stackflight.cli.screen import read_paper


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "90")


def test_a_terminal_gets_colour_and_its_own_width() -> None:
    paper = read_paper(Terminal())

    assert (paper.width, paper.colour, paper.unicode) == (90, True, True)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_is_honoured(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    assert not read_paper(Terminal()).colour


def test_an_empty_no_color_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")

    assert read_paper(Terminal()).colour


def test_a_pipe_gets_no_colour() -> None:
    assert not read_paper(io.StringIO()).colour


@pytest.mark.parametrize(("columns", "width"), [("20", 60), ("500", 120)])
def test_lines_stay_readable_on_very_narrow_and_very_wide_terminals(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert read_paper(Terminal()).width == width
