"""Strange templates, assemblies and code, judged by check, review and rehearse: what is at fault is kept and told.

    .venv/bin/python tools/fuzz_inputs.py 2000              inputs 0 to 1999 of seed 0
    .venv/bin/python tools/fuzz_inputs.py 2000 --seed 7     others
    .venv/bin/python tools/fuzz_inputs.py 1 --seed 7 --from 123 --keep FOLDER     one of them, to look at

At fault is a traceback, an internal error, an exit code that is not 0, 10 or 66, JSON that is none, and more than five
seconds of the processor. Exit code 1 where there was any.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from stackflight.cli.main import main as stackflight  # noqa: E402
from stackflight.local.clock import SystemClock  # noqa: E402
from strange_inputs import write_input  # noqa: E402

VERBS = ("check", "review", "rehearse")
SLOW_SECONDS = 5.0
MEMORY = 4 * 2**30


def judge(verb: str, target: Path) -> tuple[int, str, float]:
    """Exit code, what is at fault ("" where nothing is), and seconds of the processor."""
    out, err = io.StringIO(), io.StringIO()
    started = time.process_time()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = stackflight([verb, str(target), "--rules", "own", "--format", "json"], SystemClock())
    except BaseException as error:
        return -1, f"{type(error).__name__}: {error}", time.process_time() - started
    seconds = time.process_time() - started
    if "internal error" in err.getvalue() or "Traceback" in err.getvalue():
        return code, err.getvalue().strip()[:300], seconds
    if code not in {0, 10, 66}:
        return code, f"exit code {code}: {err.getvalue().strip()[:200]}", seconds
    try:
        for line in out.getvalue().splitlines():
            json.loads(line)
    except ValueError:
        return code, "JSON that is none", seconds
    return code, f"{seconds:.1f} s" if seconds > SLOW_SECONDS else "", seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    tally: Counter[str] = Counter()
    slowest, faults = 0.0, 0
    for number in range(asked.first, asked.first + asked.count):
        with tempfile.TemporaryDirectory() as made:
            folder = asked.keep or Path(made)
            folder.mkdir(parents=True, exist_ok=True)
            kind, target = write_input(folder, asked.seed, number)
            for verb in VERBS:
                code, fault, seconds = judge(verb, target)
                tally[f"{kind} {code}"] += 1
                slowest = max(slowest, seconds)
                if fault:
                    faults += 1
                    print(f"seed {asked.seed} number {number} {kind} {verb}: {fault}", flush=True)  # noqa: T201
    told = ", ".join(f"{name}: {count}" for name, count in sorted(tally.items()))
    sys.stdout.write(
        f"{asked.count} inputs, {faults} at fault, slowest {slowest:.2f} s of the processor; exits {told}\n"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
