"""Every finding, question and path over the corpus as JSON, a template a line: the pin to hold a move of code against.

.venv/bin/python tools/all_findings.py before.jsonl    (before the move)
.venv/bin/python tools/all_findings.py after.jsonl     (after it; the two files are the same, order included)
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from stackflight.errors import StackflightError
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views.json import check_object

_TESTS = Path(__file__).parent.parent / "tests"
_FOLDERS = ("corpus/**/*.yaml", "golden/librechat/*.yaml", "legal_networks/**/*.yaml", "worlds/**/*.yaml")


def judge(file: Path) -> dict[str, object]:
    """What `check --format json` says of one template by our own rules, without the times."""
    try:
        world = join_stacks(
            [Source("stack", parse_template(file.read_text("utf-8"), file.name))], {}, LocalFolder(file.parent)
        )
        found = check_object(check_world(file.name, world, SystemClock(), 0.0))
    except StackflightError as error:
        return {"error": error.message}
    return {key: value for key, value in found.items() if key != "stats"}


def main() -> None:
    """Write the file and say its digest."""
    files = [file for pattern in _FOLDERS for file in sorted(_TESTS.glob(pattern))]
    lines = [json.dumps({"file": str(file.relative_to(_TESTS)), **judge(file)}, ensure_ascii=False) for file in files]
    text = "\n".join(lines) + "\n"
    Path(sys.argv[1]).write_text(text, encoding="utf-8")
    findings = sum(len(json.loads(line).get("findings", ())) for line in lines)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    sys.stdout.write(f"{len(lines)} templates, {findings} findings, {digest}\n")


if __name__ == "__main__":
    main()
