"""Strange assemblies and strange code are refused with a message, or judged; the program is never at fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackflight.cli.main import main
from stackflight.local.clock import SystemClock
from strange_inputs import write_input

SEEDS, PER_SEED = 10, 24


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_strange_input_is_refused_or_judged(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(PER_SEED):
        folder = tmp_path / str(number)
        folder.mkdir()
        _, target = write_input(folder, seed, number)
        verb = ("check", "review", "rehearse")[number % 3]

        code = main([verb, str(target), "--no-standard-rules", "--format", "json"], SystemClock())

        said = capsys.readouterr()
        assert code in {0, 10, 66}, (seed, number, said.err)
        assert "internal error" not in said.err
        assert "Traceback" not in said.err
        for line in said.out.splitlines():
            json.loads(line)
