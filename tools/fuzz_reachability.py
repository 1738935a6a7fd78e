"""Hold the tracer against the packet simulator on many random networks, and write down what was compared.

    .venv/bin/python tools/fuzz_reachability.py 100000            compare the seeds 0 to 99999
    .venv/bin/python tools/fuzz_reachability.py 1000 --from 5000  other seeds; nothing is written
    .venv/bin/python tools/fuzz_reachability.py 20000 --go-on     a further slice, added to what is written down

What is written down grows slice by slice, so that a run may be ended at any time. Exit code 1 where the two disagree; the first disagreement is shrunk and printed as a template.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "trace"))

from deciding import Tally, run, shrink  # noqa: E402
from random_networks import random_template  # noqa: E402

RESULT = ROOT / "tests" / "trace" / "fuzz_result.json"


SLICE = 2000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--go-on", action="store_true")
    asked = parser.parse_args()
    told = json.loads(RESULT.read_text(encoding="utf-8")) if asked.go_on else {}
    first = told["seeds"][1] + 1 if told else asked.first
    kept = asked.first == 0
    for start in range(first, first + asked.seeds, SLICE):
        started = time.process_time()
        tally = run(range(start, min(start + SLICE, first + asked.seeds)))
        if tally.disagreements:
            sys.stdout.write("".join(f"{line}\n" for line in tally.disagreements[:20]))
            seed = int(tally.disagreements[0].split(":")[0].removeprefix("seed "))
            sys.stdout.write(shrink(random_template(seed)[0]))
            return 1
        told = _added(told, tally, start, time.process_time() - started)
        if kept:
            RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


def _added(told: dict[str, Any], tally: Tally, start: int, seconds: float) -> dict[str, Any]:
    """The figures so far with those of one more slice."""
    return {
        "networks": told.get("networks", 0) + tally.templates,
        "seeds": [told["seeds"][0] if told else start, start + tally.templates - 1],
        "disagreements": 0,
        "cpu_seconds": round(told.get("cpu_seconds", 0) + seconds),
        "verdicts": dict(sorted((Counter(told.get("verdicts", {})) + tally.verdicts).items())),
        "constructs": dict(sorted((Counter(told.get("constructs", {})) + tally.constructs).items())),
    }


if __name__ == "__main__":
    sys.exit(main())
