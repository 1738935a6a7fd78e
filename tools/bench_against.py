"""Start-up and check of single files against another commit, in one run: `python tools/bench_against.py COMMIT [ROUNDS]`.

Both commits run with the interpreter and the packages of this environment, in turn, so that what else the machine does
strikes both alike. Compared are seconds of the processor (user and system) of the process and of its children, the least
of all rounds; a machine that is busy stretches wall time, and that hardly. The commit is checked out below .bench.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from bench_templates import template

ROOT = Path(__file__).parents[1]
HERE = ROOT / "src"
ROUNDS = 9
CHECKED = (
    (20, "json", "own"), (160, "json", "own"), (500, "json", "own"), (2000, "json", "own"),
    (160, "yaml", "own"), (500, "yaml", "own"), (160, "json", "standard"), (500, "json", "standard"),
)  # fmt: skip
_COMPILED = str(ROOT / ".bench" / "compiled")
"""Where both keep their bytecode, so that neither compiles in a round that counts."""


def checked_out(commit: str) -> Path:
    """The sources of a commit, in a folder of their own."""
    name = subprocess.run(["git", "rev-parse", commit], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folder = ROOT / ".bench" / f"commit-{name[:12]}"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit, "src"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder / "src"


def arguments(sources: Path, verb: str, *target: str) -> list[str]:
    """A verb, and with a target the rules that it is checked by; commits without --rules run the standard ones unasked."""
    if not target:
        return [verb]
    file, rules = target
    if rules == "own":
        return [verb, file, "--no-standard-rules"]
    known = "--rules" in (sources / "stackflight" / "cli" / "judging.py").read_text("utf-8")
    return [verb, file, *(("--rules", rules) if known else ())]


def seconds(sources: Path, arguments: list[str]) -> float:
    """What one command takes of the processor."""
    environment = {**os.environ, "PYTHONPATH": str(sources), "NO_COLOR": "1", "PYTHONPYCACHEPREFIX": _COMPILED}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = subprocess.Popen(
        [sys.executable, "-m", "stackflight", *arguments],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(started.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, 10}:
        raise SystemExit(f"{' '.join(arguments)} ends with {code} in {sources}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """One line for each command."""
    base = checked_out(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    shown = subprocess.run(
        ["git", "log", "-1", "--format=%h of %as, %s", sys.argv[1]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    sys.stdout.write(f"\nagainst {shown}\nseconds of the processor, least of {rounds} rounds in turn\n")
    sys.stdout.write(f"{'':44}{'before':>9}{'now':>9}{'ratio':>8}\n")
    with tempfile.TemporaryDirectory() as folder:
        commands = {"start-up (--version)": ("--version",)}
        for size, kind, rules in CHECKED:
            file = Path(folder) / f"{size}.{kind}"
            text = json.dumps(template(size)) if kind == "json" else yaml.safe_dump(template(size), sort_keys=False)
            file.write_text(text, encoding="utf-8")
            commands[f"check, {size} resources, {kind}, {rules} rules"] = ("check", str(file), rules)
        for name, words in commands.items():
            taken = [
                (seconds(base, arguments(base, *words)), seconds(HERE, arguments(HERE, *words))) for _ in range(rounds)
            ]
            before, now = (min(column) for column in zip(*taken, strict=True))
            sys.stdout.write(f"{name:44}{before:9.3f}{now:9.3f}{now / before:8.2f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
