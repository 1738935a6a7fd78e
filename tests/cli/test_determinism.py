"""The same input gives the same bytes, whatever order this run of Python gives to sets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_sets_have_no_say_in_what_is_written() -> None:
    cases = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "corpus").glob("*/bad.yaml"))
    command = [sys.executable, "-m", "stackflight", "check", *cases, "--format", "json", "--no-standard-rules"]
    outputs = set()
    for seed in ("1", "2"):
        ran = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 10
        outputs.add(re.sub(r'"seconds":[0-9.]+', "", ran.stdout))
    assert len(outputs) == 1
