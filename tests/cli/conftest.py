"""The command line run inside the test's own process, in the folder of sample templates."""

from __future__ import annotations

import pytest
from screen import HOSTILE, TEMPLATES, Run, Screen, StoppedClock

from stackflight.cli.main import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("check", "sound.yaml")`: relative paths start in tests/cli/templates."""
    monkeypatch.chdir(TEMPLATES)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run_command(*arguments: str) -> Screen:
        capsys.readouterr()
        code = main(arguments, StoppedClock())
        out, err = capsys.readouterr()
        return Screen(" ".join(("stackflight", *arguments)), code, out, err)

    return run_command


@pytest.fixture
def hostile(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same in the folder of inputs that somebody made to mislead or to break the program."""
    monkeypatch.chdir(HOSTILE)
    return run
