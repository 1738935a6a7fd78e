"""Checks damaged templates and prints what became of them: `python tools/bench_mutations.py [COUNT] [FOLDER...]`.

FOLDERs hold the templates to be damaged, those of the tests unless named. Exit code 1 where one ends in a traceback or
takes longer than two seconds.
"""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from mutations import Mutant, mutants, sources
from stackflight.errors import StackflightError
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.local.standard_rules import load_standard_rules
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

LIMIT_SECONDS = 2.0


def judge(mutant: Mutant) -> str:
    """What became of a damaged template."""
    try:
        template = parse_template(mutant.text, mutant.source)
        world = join_stacks([Source("app", template)], {}, LocalFolder(Path("nowhere")))
        report = check_world(mutant.source, world, SystemClock(), 0.0, load_standard_rules())
    except StackflightError:
        return "refused with a message"
    except Exception:
        sys.stderr.write(f"{mutant.source} ({mutant.damage}):\n{traceback.format_exc()}\n")
        return "traceback"
    return "judged, something blocks" if report.blocking else "judged, nothing blocks"


def main() -> int:
    """Judge COUNT mutants; 1 where one fails."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    files = sources(*(Path(folder) for folder in sys.argv[2:]))
    clock = SystemClock()
    load_standard_rules().judge("Resources: {}", None)
    outcomes: Counter[str] = Counter()
    slowest, slowest_mutant = 0.0, None
    for mutant in mutants(count, files=files):
        started = clock.now()
        outcomes[judge(mutant)] += 1
        seconds = clock.now() - started
        if seconds > slowest:
            slowest, slowest_mutant = seconds, mutant
    sys.stdout.write(f"{count} damaged templates, made of {len(files)}\n")
    for outcome, number in sorted(outcomes.items()):
        sys.stdout.write(f"{number:6}  {outcome}\n")
    if slowest_mutant is not None:
        sys.stdout.write(f"slowest {slowest:.3f} s: {slowest_mutant.source} ({slowest_mutant.damage})\n")
    return 1 if outcomes["traceback"] or slowest > LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
