"""The commands of the README work word for word in a clone."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from stackflight.cli.main import main

ROOT = Path(__file__).parents[2]
SECTION = (
    (ROOT / "README.md")
    .read_text(encoding="utf-8")
    .partition("## Your own template or CDK app")[2]
    .partition("\n## ")[0]
)
COMMANDS = [line.strip().partition("  #")[0] for line in re.findall(r"^    stackflight .*$", SECTION, re.M)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_finds_what_it_names(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Audit, row 16: the first commands named files that the repository does not have."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    _, verb, *arguments = shlex.split(command)
    plain = [] if verb in {"explain", "price"} else ["--rules", "own"]

    assert main([verb, *plain, *arguments]) in {0, 10}
    assert capsys.readouterr().out


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 4


@pytest.mark.slow
def test_the_commands_run_word_for_word_in_a_fresh_clone(tmp_path: Path) -> None:
    """Audit, row 16: as somebody types them, after the line that activates the environment."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, capture_output=True)
    (clone / ".venv").symlink_to(Path(sys.executable).parents[1])
    environment = {**os.environ, "STACKFLIGHT_HOME": str(tmp_path / "state")}
    for command in COMMANDS:
        line = ["bash", "-c", f". .venv/bin/activate && {command}"]
        done = subprocess.run(line, cwd=clone, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode in {0, 10}, bool(done.stdout)) == (True, True), f"{command}\n{done.stderr}"
