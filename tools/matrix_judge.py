"""A deployment in, what every judge says out: two syntheses, `stackflight check`, a rehearsal, and the CDK's judges.

The CDK's are its own template validation and annotations, cdk-nag's AwsSolutions and cdk-preflight; the standard rules
of `check` are cloudformation-validate. A finding is explained by its row in `librechat_aws.accepted`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from librechat_aws.accepted import Accepted, reason_for
from librechat_aws.config import Config, NoEgress
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.ports import StandardRules
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly

Named = tuple[str, str]  # rule, construct path


@dataclass(frozen=True)
class Verdict:
    """What was found; `complaints` is empty where everything is as promised."""

    resources: int
    blocking: tuple[str, ...]
    preflight: int
    unexplained: tuple[str, ...]
    accepted: frozenset[Accepted]
    explained: int
    differing: tuple[str, ...]
    rehearsal: str

    @property
    def complaints(self) -> list[str]:
        ended = [] if self.rehearsal == "CREATE_COMPLETE" else [f"the rehearsal ends with {self.rehearsal}"]
        differing = [f"two syntheses differ in {name}" for name in self.differing]
        return [*self.blocking, *self.unexplained, *differing, *ended]


def judge(config: Config, first: Path, second: Path, rules: StandardRules | None = None) -> Verdict:
    """Judge the assembly in `first`, synthesised already, and synthesise it again into `second` with judges attached."""
    found = _guarded(config, second) | set(_annotations(first))
    assembly, clock = LocalFolder(first), SystemClock()
    world = join_stacks(read_assembly(assembly), {}, assembly)
    report = check_world("librechat", world, clock, clock.now(), rules)
    warnings = {
        (finding.check, finding.where.construct.removesuffix("/Resource") if finding.where else "")
        for finding in report.findings
        if finding.severity is Severity.WARNING
    }
    explained = {finding: reason_for(*finding) for finding in found | warnings}
    rehearsal = rehearse(world, report.findings, RehearsalOptions(runs=0, seed=1, target="librechat"))
    return Verdict(
        resources=sum(len(json.loads(path.read_text())["Resources"]) for path in first.glob("*.template.json")),
        blocking=tuple(finding.message for finding in report.findings if finding.severity is Severity.BLOCKING),
        preflight=sum(rule.startswith("pf-") for rule, _ in found),
        unexplained=tuple(f"{rule} at {path}" for (rule, path), row in sorted(explained.items()) if row is None),
        accepted=frozenset(row for row in explained.values() if row),
        explained=sum(row is not None for row in explained.values()),
        differing=tuple(differing(first, second)),
        rehearsal=rehearsal.outcome,
    )


def as_promised(config: Config, verdict: Verdict) -> list[str]:
    """What is wrong with a verdict; `egress = "none"` is there to be refused, and must be."""
    if isinstance(config.egress, NoEgress):
        wrong = [] if verdict.blocking else ['egress = "none" is not refused by any check']
        return wrong + [f"two syntheses differ in {name}" for name in verdict.differing]
    return verdict.complaints


def differing(first: Path, second: Path) -> Iterator[str]:
    """Files of what is deployed that are not the same, byte by byte, in two cloud assemblies."""
    files = [
        {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file()
            and (path.name.endswith((".template.json", ".assets.json")) or "asset." in path.as_posix())
        }
        for folder in (first, second)
    ]
    for name in sorted(files[0].keys() | files[1].keys()):
        if name not in files[0] or name not in files[1] or files[0][name].read_bytes() != files[1][name].read_bytes():
            yield name


def findings_of(report: Path) -> set[Named]:
    """The rules that a validation report of the CDK says are broken, each with its construct."""
    return {
        (violation["ruleName"], construct["constructPath"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def _guarded(config: Config, folder: Path) -> set[Named]:
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks
    from cdk_preflight import Preflight

    from librechat_aws.app import build_app

    app = build_app(config, str(folder), validate=True)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    Preflight.apply(app)
    try:
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
    return findings_of(folder / "validation-report.json")


def _annotations(folder: Path) -> Iterator[Named]:
    """What the CDK itself warns of while it synthesises."""
    for path in sorted(folder.glob("*.metadata.json")):
        for construct, entries in json.loads(path.read_text()).items():
            for entry in entries:
                if entry["type"] in ("aws:cdk:warning", "aws:cdk:error"):
                    yield str(entry["data"]), construct.strip("/")
