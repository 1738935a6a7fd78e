"""Runs `check` over a corpus of templates and prints what it finds: `python tools/bench_corpus.py CORPUS [--list]`.

CORPUS/bad holds NAME.yaml with a defect and NAME.json that says which resources are to blame; CORPUS/fixed holds the
same templates mended; CORPUS/good holds templates that were deployed by somebody. With --list every miss and every
alarm is named.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackflight.cli.inputs import Inputs
from stackflight.cli.judging import judge
from stackflight.cli.targets import Targets
from stackflight.errors import StackflightError
from stackflight.local.clock import SystemClock
from stackflight.local.standard_rules import load_standard_rules, load_with_preflight
from stackflight.model.finding import Finding, Severity
from stackflight.ports import StandardRules

_TEMPLATES = {".json", ".template", ".yaml", ".yml"}


@dataclass(frozen=True)
class Outcome:
    """One template: its findings, or why there are none."""

    file: Path
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    error: str = ""
    crash: str = ""

    def of(self, *severities: Severity) -> list[Finding]:
        """The findings of these severities."""
        return [finding for finding in self.findings if finding.severity in severities]


def judge_file(file: Path, rules: StandardRules | None) -> Outcome:
    """Check one template; nothing is raised."""
    clock = SystemClock()
    started = clock.now()
    try:
        with Targets(lambda _: None, clock) as opener:
            report = judge([opener.open(str(file))], Inputs(), rules, clock)
    except StackflightError as error:
        return Outcome(file, error=f"{error.place}: {error.message}", seconds=clock.now() - started)
    except Exception:
        return Outcome(file, crash=traceback.format_exc(), seconds=clock.now() - started)
    return Outcome(file, report.findings, report.seconds)


def judge_folder(folder: Path, rules: StandardRules | None) -> list[Outcome]:
    """Check every template below a folder; the sidecars of `bad` are no templates."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix in _TEMPLATES)
    templates = [file for file in files if file.suffix != ".json" or not file.with_suffix(".yaml").is_file()]
    return [judge_file(file, rules) for file in templates]


def tell_bad(outcomes: list[Outcome]) -> Iterator[str]:
    """How many defects are found on a resource that is to blame, decidable ones apart."""
    groups: dict[str, list[tuple[Outcome, bool, bool]]] = {}
    for outcome in outcomes:
        sidecar = json.loads(outcome.file.with_suffix(".json").read_text(encoding="utf-8"))
        blamed = set(sidecar["blame"])
        decidable = sidecar.get("decidable_from", "template")
        loud = outcome.of(Severity.BLOCKING, Severity.WARNING)
        hit = any(blamed & set(finding.resources) for finding in loud)
        blocking = any(blamed & set(finding.resources) for finding in outcome.of(Severity.BLOCKING))
        groups.setdefault(decidable, []).append((outcome, hit, blocking))
    for decidable, rows in sorted(groups.items()):
        hits, blocked = sum(hit for _, hit, _ in rows), sum(blocking for _, _, blocking in rows)
        yield (
            f"bad, decidable from {decidable}: {hits} of {len(rows)} found on a blamed resource, {blocked} of them blocking"
        )
        for outcome, hit, _ in rows:
            if not hit:
                found = ", ".join(f"{finding.check} on {finding.resources[:1]}" for finding in outcome.findings)
                yield f"    missed: {outcome.file.stem}{f' (found {found})' if found else ''}"


def tell_sound(name: str, outcomes: list[Outcome]) -> Iterator[str]:
    """How often templates without a known defect raise an alarm."""
    read = [outcome for outcome in outcomes if not outcome.error and not outcome.crash]
    alarms = [outcome for outcome in read if outcome.of(Severity.BLOCKING)]
    warnings = [len(outcome.of(Severity.WARNING)) for outcome in read]
    share = 100 * len(alarms) / len(read) if read else 0.0
    yield (
        f"{name}: {len(alarms)} of {len(read)} with a blocking finding ({share:.1f} %), "
        f"warnings: median {statistics.median(warnings or [0]):g}, most {max(warnings, default=0)}, sum {sum(warnings)}"
    )
    for outcome in alarms:
        for finding in outcome.of(Severity.BLOCKING):
            yield f"    blocking: {outcome.file.parent.name}/{outcome.file.name}: {finding.check}: {finding.message}"


def tell_all(name: str, outcomes: list[Outcome]) -> Iterator[str]:
    """Crashes, refusals and times of a folder."""
    crashes = [outcome for outcome in outcomes if outcome.crash]
    refused = [outcome for outcome in outcomes if outcome.error]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    total = sum(outcome.seconds for outcome in outcomes)
    yield (
        f"{name}: {len(outcomes)} templates in {total:.1f} s, {len(crashes)} tracebacks, {len(refused)} unreadable; "
        f"slowest {slowest.seconds:.2f} s ({slowest.file.parent.name}/{slowest.file.name})"
    )
    for outcome in crashes:
        yield f"    traceback: {outcome.file}: {outcome.crash.strip().splitlines()[-1]}"
    for outcome in refused:
        yield f"    unreadable: {outcome.error}"


def main() -> int:
    """Print the counts; 1 where something crashed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--list", action="store_true", help="name every miss and every alarm")
    parser.add_argument("--rules", choices=("all", "standard", "own"), default="all", help="whose rules")
    asked = parser.parse_args()
    rules = {"all": load_with_preflight, "standard": load_standard_rules, "own": lambda: None}[asked.rules]()
    crashed = False
    for name in ("bad", "fixed", "good"):
        folder = asked.corpus / name
        outcomes = judge_folder(folder, rules) if folder.is_dir() else []
        if not outcomes:
            sys.stdout.write(f"{name}: there are no templates in {folder}, so there is nothing to measure\n")
            continue
        crashed = crashed or any(outcome.crash for outcome in outcomes)
        lines = [*tell_all(name, outcomes), *(tell_bad(outcomes) if name == "bad" else tell_sound(name, outcomes))]
        sys.stdout.writelines(f"{line}\n" for line in lines if asked.list or not line.startswith(" "))
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main())
