"""Hold the tracer against the packet simulator on many random networks, and write down what was compared.

    .venv/bin/python tools/fuzz_reachability.py 100000            compare the seeds 0 to 99999
    .venv/bin/python tools/fuzz_reachability.py 1000 --from 5000  other seeds; nothing is written

Exit code 1 where the two disagree; the first disagreement is shrunk and printed as a template.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "trace"))

from deciding import run, shrink  # noqa: E402
from random_networks import random_template  # noqa: E402

RESULT = ROOT / "tests" / "trace" / "fuzz_result.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int)
    parser.add_argument("--from", dest="first", type=int, default=0)
    asked = parser.parse_args()
    started = time.process_time()
    tally = run(range(asked.first, asked.first + asked.seeds))
    for line in tally.disagreements[:20]:
        sys.stdout.write(line + "\n")
    if tally.disagreements:
        seed = int(tally.disagreements[0].split(":")[0].removeprefix("seed "))
        sys.stdout.write(shrink(random_template(seed)[0]))
        return 1
    told = {
        "networks": tally.templates,
        "seeds": [asked.first, asked.first + asked.seeds - 1],
        "disagreements": 0,
        "cpu_seconds": round(time.process_time() - started),
        "verdicts": dict(sorted(tally.verdicts.items())),
        "constructs": dict(sorted(tally.constructs.items())),
    }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    if asked.first == 0:
        RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
