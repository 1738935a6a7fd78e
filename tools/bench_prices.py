"""How many resources of a collection of templates have a price: `python tools/bench_prices.py FOLDER`.

Prints the share that is priced, known to be free and unpriced, and the commonest reasons of the last. In one process.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from stackflight.errors import StackflightError
from stackflight.local.folder import LocalFolder
from stackflight.price.bill import price_world
from stackflight.price.profile import find_usage
from stackflight.price.sheet import load_sheet
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

_TEMPLATES = {".json", ".template", ".yaml", ".yml"}


def main() -> int:
    """Price every template that can be read."""
    templates = resources = free = 0
    unpriced: Counter[tuple[str, str]] = Counter()
    for file in sorted(Path(sys.argv[1]).rglob("*")):
        if file.suffix not in _TEMPLATES or not file.is_file():
            continue
        try:
            source = Source("stack", parse_template(file.read_text(encoding="utf-8"), file.name))
            world = join_stacks([source], {}, LocalFolder(file.parent))
        except (StackflightError, UnicodeDecodeError):
            continue
        bill = price_world(file.name, world, load_sheet(), find_usage())
        templates += 1
        resources += len(world.resources)
        free += sum(bill.free.values())
        unpriced.update({one.resource: (one.type, one.why) for one in bill.unpriced}.values())
    without = sum(unpriced.values())
    priced = resources - free - without
    sys.stdout.write(
        f"{resources} resources of {templates} templates: {priced} priced ({priced / resources:.1%}), {free} known to be "
        f"free ({free / resources:.1%}), {without} without a price ({without / resources:.1%})\n"
    )
    for (type, why), number in unpriced.most_common(20):
        sys.stdout.write(f"  {number:4}  {type}: {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
