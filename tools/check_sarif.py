"""Holds our SARIF over tests/corpus against the rules of the SARIF multitool, GitHub's ingestion rules among them.

The folder named is one into which npm has put @microsoft/sarif-multitool-linux. Errors fail; the rest is advice, of
which the kinds are counted.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_RULES = ("--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--kind", "Fail")


def main(folder: Path) -> int:
    """Write the file, run the rules over it, say what they find."""
    tool = folder / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    tool.chmod(0o755)
    made, verdict = folder / "stackflight.sarif", folder / "verdict.sarif"
    templates = sorted(str(file.relative_to(_ROOT)) for file in (_ROOT / "tests" / "corpus").glob("*/*.yaml"))
    with made.open("w", encoding="utf-8") as out:
        command = [str(Path(sys.executable).parent / "stackflight"), "check", "--format", "sarif", *templates]
        subprocess.run(command, stdout=out, check=False, cwd=_ROOT)
    output = ("--output", str(verdict), "--log", "ForceOverwrite")
    told = subprocess.run(
        [str(tool), "validate", str(made), *_RULES, *output], capture_output=True, text=True, check=False
    ).stdout
    found = re.findall(r"\): (error|warning|note) ([A-Z]+\d+)", told)
    for (level, rule), count in sorted(Counter(found).items()):
        sys.stdout.write(f"{level} {rule}: {count}\n")
    errors = [line for line in told.splitlines() if "): error " in line]
    sys.stdout.write("\n".join(errors[:20]) + "\n" if errors else "no errors\n")
    return 1 if errors or "Analysis completed successfully" not in told else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
