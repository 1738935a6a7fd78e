"""Cases with a known fault, each beside its repaired twin -> how many of them each tool finds, as a table.

A CORPUS has bad/ID.yaml, fixed/ID.yaml and bad/ID.json, which names in `blame` the resources of which one has to be named and
in `decidable_from` what the fault can be seen in; or folders with bad.yaml, fixed.yaml and case.json, as tests/corpus. A case
counts as found where a tool says something of a blamed resource that it does not say of the twin, as an error or a
warning; as a false alarm counts a twin on which it reports an error. Every tool is run as its makers run it, once over all
files, with what it does by default, in a process of its own: its processor time and its greatest memory, those of the
processes that it starts included, are what the system says of it.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stackflight.local.preflight_rules import all_types, find_archive, load_rules

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
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
    """A tool and what it says of files; the processor seconds and the memory that it took for all of them."""

    name: str
    version: str
    run: Callable[[list[Path]], dict[Path, Said]]
    seconds: float = 0.0
    mebibytes: float = 0.0
    said: dict[Path, Said] = field(default_factory=dict)


def read_cases(corpus: Path) -> list[Case]:
    """The cases that can be decided from the template alone."""
    found = [
        Case(
            file.with_name("bad.yaml"), file.with_name("fixed.yaml"), set(json.loads(file.read_text("utf-8"))["blame"])
        )
        for file in sorted(corpus.glob("*/case.json"))
        if file.with_name("bad.yaml").exists()
    ]
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
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "-r",
        "eu-central-1",
        "--format",
        "json",
        "--",
        *map(str, files),
    ]
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


def measured(tool: Tool, files: list[Path]) -> Tool:
    """The tool after its run in a process of its own, which adopts whatever it leaves behind."""
    with tempfile.NamedTemporaryFile() as told:
        child = os.fork()
        if not child:
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            said = tool.run(files)
            Path(told.name).write_bytes(pickle.dumps(said))
            _wait_for_all()
            usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
            seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
            mebibytes = max(usage.ru_maxrss for usage in usages) / (1024 if sys.platform != "darwin" else 1024**2)
            Path(told.name).write_bytes(pickle.dumps((said, seconds, mebibytes)))
            os._exit(0)
        os.waitpid(child, 0)
        tool.said, tool.seconds, tool.mebibytes = pickle.loads(Path(told.name).read_bytes())
    return tool


def _wait_for_all() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


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
    return f"| {tool.name} {tool.version} | {found} of {len(cases)} | {errors} | {alarms} | {each:.0f} ms | {tool.mebibytes:.0f} MiB |"


def find_tools(others: Path | None) -> list[Tool]:
    """Ours in three ways, then the others; checkov where it is installed."""
    here = version("stackflight")
    binary = others / "checkov" if others is not None else None
    found = [
        Tool("stackflight, as installed", here, stackflight()),
        Tool("stackflight --rules standard", here, stackflight("--rules", "standard")),
        Tool("stackflight --rules own", here, stackflight("--rules", "own")),
        Tool("cfn-lint", version("cfn-lint"), cfn_lint),
        Tool("cloudformation-validate", version("cloudformation-validate"), cloudformation_validate),
        Tool("cdk-preflight's rules", version("cdk-preflight"), cdk_preflight),
    ]
    if binary is not None and binary.exists():
        told = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False).stdout.strip()
        found.append(Tool("checkov", told, checkov(binary)))
    else:
        sys.stderr.write("checkov is not installed and is left out\n")
    return found


def main() -> int:
    """Print a table for each collection of cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--tools", type=Path, help="the bin folder of an environment that holds checkov")
    asked = parser.parse_args()
    for corpus in asked.corpus:
        cases = read_cases(corpus)
        files = [file for case in cases for file in (case.bad, case.fixed)]
        sys.stdout.write(f"\n{corpus.name}: {len(cases)} cases, each with its repaired twin\n\n")
        sys.stdout.write("| tool | cases found | as errors | twins with an error | processor time a file | memory |\n")
        sys.stdout.write("|---|---|---|---|---|---|\n")
        for tool in find_tools(asked.tools):
            sys.stdout.write(tell(measured(tool, files), cases) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
