"""How long `review` with its page takes: a preset whole, and without its synthesis. Prints seconds on this machine.

python tools/bench_review.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic

_PRESET = "enterprise"
_TIMES = 3


def measure(*arguments: str) -> tuple[float, float]:
    """Seconds on the wall and of the processor for one command; the best of a few."""
    found = []
    for _ in range(_TIMES):
        used, began = getrusage(RUSAGE_CHILDREN), monotonic()
        subprocess.run([sys.executable, "-m", "stackflight", *arguments], check=False, capture_output=True)
        after = getrusage(RUSAGE_CHILDREN)
        found.append((monotonic() - began, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime))
    return min(wall for wall, _ in found), min(cpu for _, cpu in found)


def main() -> int:
    """The preset with the most resources."""
    with tempfile.TemporaryDirectory() as folder:
        assembly, page = f"{folder}/cdk.out", f"{folder}/review.html"
        subprocess.run(
            [sys.executable, "-m", "librechat_aws", "synth", _PRESET, "--out", assembly],
            check=True,
            capture_output=True,
        )
        for name, target in (("whole", f"librechat:{_PRESET}"), ("without synthesis", assembly)):
            wall, cpu = measure("review", "--html", page, target)
            sys.stdout.write(f"review of {_PRESET} with its page, {name}: {wall:.1f} s, {cpu:.1f} s of processor\n")
        sys.stdout.write(f"the page has {Path(page).stat().st_size // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
