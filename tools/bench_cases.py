"""Cases with a known fault, each beside its repaired twin -> how many of them each tool finds, as a table.

CORPUS has bad/ID.yaml, fixed/ID.yaml and bad/ID.json, which names in `blame` the resources of which one has to be named and
in `decidable_from` what the fault can be seen in. A case counts as found where a tool says something of a blamed resource
that it does not say of the twin, as an error or a warning; as a false alarm counts a twin on which it reports an error.
Every tool is run as its makers run it, once over all files, with what it does by default.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackflight.local.preflight_rules import all_types, find_archive, load_rules

Said = set[tuple[str, str, str]]
"""What a tool says of one file: level ("error" or "warning"), rule and resource."""


@dataclass
class Case:
    """One fault: the file that has it, its twin, and the resources to blame."""

    bad: Path
    fixed: Path
    blame: set[str]


@dataclass
class Tool:
    """A tool and what it says of files; the seconds that it took for all of them."""

    name: str
    run: Callable[[list[Path]], dict[Path, Said]]
    seconds: float = 0.0
    said: dict[Path, Said] = field(default_factory=dict)


def read_cases(corpus: Path) -> list[Case]:
    """The cases that can be decided from the template alone."""
    found = []
    for sidecar in sorted((corpus / "bad").glob("*.json")):
        bad, fixed = sidecar.with_suffix(".yaml"), corpus / "fixed" / f"{sidecar.stem}.yaml"
        label = json.loads(sidecar.read_text(encoding="utf-8"))
        if bad.exists() and fixed.exists() and label.get("decidable_from") == "template":
            found.append(Case(bad, fixed, set(label["blame"])))
    return found


def stackflight(*options: str) -> Callable[[list[Path]], dict[Path, Said]]:
    """This checkout's command line with some options."""

    def run(files: list[Path]) -> dict[Path, Said]:
        command = [sys.executable, "-m", "stackflight", "check", "--format", "json", *options, *map(str, files)]
        out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        levels = {"blocking": "error", "warning": "warning"}
        reports = {Path(report["target"]): report for report in map(json.loads, out.splitlines())}
        return {
            file: {
                (levels[one["severity"]], one["check"], resource)
                for one in reports.get(file, {"findings": []})["findings"]
                if one["severity"] in levels and not one.get("ignored")
                for resource in one["resources"] or [""]
            }
            for file in files
        }

    return run


def cfn_lint(files: list[Path]) -> dict[Path, Said]:
    """cfn-lint over all files, in one process."""
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--", *map(str, files)]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[Path, Said] = {file: set() for file in files}
    for one in json.loads(out or "[]"):
        path = one["Location"].get("Path") or []
        level = {"Error": "error", "Warning": "warning"}.get(one["Level"])
        if level:
            resource = str(path[1]) if path[:1] == ["Resources"] and len(path) > 1 else ""
            found[Path(one["Filename"])].add((level, one["Rule"]["Id"], resource))
    return found


def cloudformation_validate(files: list[Path]) -> dict[Path, Said]:
    """The package with its own rules."""
    import cloudformation_validate as package

    return _by_engine(package, package.CompositeEngine(), package.ValidateConfig(), files)


def cdk_preflight(files: list[Path]) -> dict[Path, Said]:
    """The rules of cdk-preflight alone, over the template as written, as its plugin for the CDK runs them."""
    import cloudformation_validate as package

    archive = find_archive()
    if archive is None:
        raise SystemExit("cdk-preflight is not installed")
    loaded = load_rules(archive, all_types(archive))
    modules = [*loaded.shared, *((rule.id, rule.rego) for rule in loaded.rules)]
    rules = [package.ExternalRuleSource(name=name, content=content) for name, content in modules]
    engine = package.RegoEngine(package.EngineConfig(custom_rules=rules))
    return _by_engine(package, engine, package.ValidateConfig(disable_builtin_rules=True), files)


def _by_engine(package: Any, engine: Any, config: Any, files: Iterable[Path]) -> dict[Path, Said]:
    levels = {"FATAL": "error", "ERROR": "error", "WARN": "warning"}
    found: dict[Path, Said] = {}
    for file in files:
        report = engine.validate_template(package.TemplateContent(file.read_text(encoding="utf-8")), config)
        found[file] = {
            (levels[one.severity.name], one.rule_id, one.entity.logical_id if one.entity else "")
            for one in report.diagnostics
            if one.severity.name in levels
        }
    return found


def checkov(binary: Path) -> Callable[[list[Path]], dict[Path, Said]]:
    """checkov's CloudFormation checks; it knows one level."""

    def run(files: list[Path]) -> dict[Path, Said]:
        flags = [flag for file in files for flag in ("-f", str(file))]
        command = [str(binary), "--framework", "cloudformation", "--compact", "--quiet", "-o", "json", *flags]
        out = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout or "{}")
        found: dict[Path, Said] = {file: set() for file in files}
        for part in out if isinstance(out, list) else [out]:
            for one in part.get("results", {}).get("failed_checks", ()):
                file = next((file for file in files if str(file).endswith(one["file_path"].lstrip("/"))), None)
                if file is not None:
                    found[file].add(("error", one["check_id"], one["resource"].rpartition(".")[2]))
        return found

    return run


def tell(tool: Tool, cases: list[Case]) -> str:
    """One row of the table."""
    found = errors = alarms = 0
    for case in cases:
        twin = {(rule, resource) for _, rule, resource in tool.said[case.fixed]}
        new = {one for one in tool.said[case.bad] if one[2] in case.blame and one[1:] not in twin}
        found += bool(new)
        errors += any(level == "error" for level, _, _ in new)
        alarms += any(level == "error" for level, _, _ in tool.said[case.fixed])
    each = tool.seconds * 1000 / (2 * len(cases))
    return f"| {tool.name} | {found} of {len(cases)} | {errors} | {alarms} | {each:.0f} ms |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--checkov", type=Path, help="the command of checkov, where it is installed")
    asked = parser.parse_args()
    cases = read_cases(asked.corpus)
    tools = [
        Tool("stackflight", stackflight()),
        Tool("stackflight --rules standard", stackflight("--rules", "standard")),
        Tool("stackflight --rules own", stackflight("--rules", "own")),
        Tool("cfn-lint", cfn_lint),
        Tool("cloudformation-validate", cloudformation_validate),
        Tool("cdk-preflight", cdk_preflight),
        *([Tool("checkov", checkov(asked.checkov))] if asked.checkov else ()),
    ]
    sys.stdout.write("| tool | cases found | as errors | twins with an error | a file |\n|---|---|---|---|---|\n")
    for tool in tools:
        began = time.monotonic()
        tool.said = tool.run([file for case in cases for file in (case.bad, case.fixed)])
        tool.seconds = time.monotonic() - began
        sys.stdout.write(tell(tool, cases) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
