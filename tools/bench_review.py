"""How long `review` with its page takes: a preset whole, and without its synthesis. Prints seconds on this machine.

python tools/bench_review.py [COMMIT]

With a commit its sources are measured in turn with these, in one run, with the interpreter and packages of this environment.
Compare seconds of the processor, which a busy machine hardly changes; the goals on the wall (5 s whole, 2 s without synthesis
on two cores) say something on an idle machine only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic

from bench_against import HERE, checked_out

_PRESET = "enterprise"
_TIMES = 3


def measure(sources: Path, *arguments: str) -> tuple[float, float]:
    """Seconds on the wall and of the processor for one command."""
    environment = {**os.environ, "PYTHONPATH": str(sources)}
    used, began = getrusage(RUSAGE_CHILDREN), monotonic()
    command = [sys.executable, "-P", "-m", "stackflight", *arguments]
    subprocess.run(command, check=False, capture_output=True, env=environment)
    after = getrusage(RUSAGE_CHILDREN)
    return monotonic() - began, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def main() -> int:
    """The preset with the most resources; the best of a few."""
    given = sys.argv[1:2]
    versions = {"here": HERE, **({given[0]: checked_out(given[0])} if given else {})}
    with tempfile.TemporaryDirectory() as folder:
        assembly, page = f"{folder}/cdk.out", f"{folder}/review.html"
        subprocess.run(
            [sys.executable, "-m", "librechat_aws", "synth", _PRESET, "--out", assembly],
            check=True,
            capture_output=True,
        )
        for name, target in (("whole", f"librechat:{_PRESET}"), ("without synthesis", assembly)):
            found: dict[str, list[tuple[float, float]]] = {version: [] for version in versions}
            for _ in range(_TIMES):
                for version, sources in versions.items():
                    found[version].append(measure(sources, "review", "--html", page, target))
            for version, times in found.items():
                wall, cpu = (min(column) for column in zip(*times, strict=True))
                sys.stdout.write(
                    f"review of {_PRESET} with its page, {name}, {version}: {wall:.1f} s, {cpu:.1f} s of processor\n"
                )
        sys.stdout.write(f"the page has {Path(page).stat().st_size // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
