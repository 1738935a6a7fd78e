"""A plugin of the CDK: `cdk synth` fails with the findings of stackflight, at the construct and the line that made it.

    import aws_cdk as cdk
    from stackflight.cdk import Stackflight, record_sources

    record_sources()                                      # before the first construct: lines of Python programs
    app = cdk.App()
    cdk.Validations.of(app).add_plugins(Stackflight())

What is found where it is accepted is acknowledged at the construct:
`cdk.Validations.of(api).acknowledge(cdk.Acknowledgment(id="stackflight::CHECK", reason="not used yet"))`.

The engine runs in a process of its own, so that an app never loads it.
Source: aws-cdk-lib, IPolicyValidationPlugin, Validations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import aws_cdk as cdk
import constructs
import jsii

from stackflight.patterns import compile_later

RECORDED = "stackflight:source"
_SEVERITIES = {"blocking": "error", "warning": "warning", "note": "info"}
_WORD = compile_later(r"\b[A-Za-z][A-Za-z0-9]*[0-9A-Fa-f]{8}\b")
_LIBRARIES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}", "<frozen", "<string>")


@jsii.implements(cdk.IPolicyValidationPlugin)
class Stackflight:
    """Judges all stacks of an app together while it is synthesised.

    `arguments` are further options of `stackflight check`, for example `("--account", "account.json")`.
    """

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self._arguments = tuple(arguments)

    @property
    def name(self) -> str:
        """How the findings are signed."""
        return "stackflight"

    @property
    def version(self) -> str:
        """The version of the engine."""
        return version("stackflight")

    @property
    def rule_ids(self) -> None:
        """Not told beforehand: `stackflight checks` lists them."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Run `stackflight check` over the assembly. What cannot be judged is a violation too."""
        templates = list(context.template_paths)
        folder = _assembly(templates)
        command = [sys.executable, "-m", "stackflight", "check", "--format", "json", *self._arguments, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        titles = _titles(folder)
        violations = [_violation(finding, templates, titles, files) for finding, files in _findings(done.stdout)]
        if done.returncode not in {0, 10}:
            violations.append(
                cdk.PolicyViolation(
                    rule_name="not-judged",
                    description=done.stderr.strip() or f"stackflight ended with code {done.returncode}",
                    severity="error",
                    violating_resources=[],
                )
            )
        return cdk.PolicyValidationPluginReport(success=done.returncode == 0, violations=violations)


def _findings(text: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    """Every finding that counts, with the files of all stacks by their names."""
    for line in text.splitlines():
        report = json.loads(line)
        files = {stack["name"]: stack["file"] for stack in report["stacks"]}
        yield from ((one, files) for one in report["findings"] if "ignored" not in one)


def _assembly(templates: Sequence[str]) -> Path:
    """The folder of the cloud assembly: the outermost one around the templates that holds a manifest."""
    around = [folder for folder in Path(templates[0]).absolute().parents if (folder / "manifest.json").is_file()]
    return around[-1] if around else Path(templates[0]).parent


def _titles(folder: Path) -> dict[str, str]:
    """Logical id -> construct path below the stack, as the metadata of the assembly tell it."""
    found: dict[str, str] = {}
    for file in folder.rglob("*.metadata.json"):
        for path, entries in json.loads(file.read_text(encoding="utf-8")).items():
            parts = path.strip("/").split("/")[1:]
            while len(parts) > 1 and parts[-1] in {"Resource", "Default"}:
                parts.pop()
            title = "/".join(part for number, part in enumerate(parts) if number == 0 or part != parts[number - 1])
            found |= {str(one["data"]): title for one in entries if one.get("type") == "aws:cdk:logicalId" and title}
    return found


def _violation(
    finding: Mapping[str, Any], templates: Sequence[str], titles: Mapping[str, str], files: Mapping[str, str]
) -> cdk.PolicyViolation:
    """One finding; each workload that shares its cause is a resource of its own, so that each is acknowledged alone.

    A workload may belong to another stack than what is to be changed for it.
    """
    by_file = {os.path.realpath(path): path for path in templates}
    struck = list(zip(finding["workloads"], finding["workload_stacks"], strict=True))
    struck = struck or [(id, finding["stack"]) for id in finding["resources"][:1]]
    return cdk.PolicyViolation(
        rule_name=finding["check"],
        description=_rename(_described(finding), titles),
        fix=finding["remedy_in_cdk"] or _rename(finding["remedy"], titles) or None,
        severity=_SEVERITIES[finding["severity"]],
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=id,
                template_path=by_file.get(os.path.realpath(files.get(stack, "")), templates[0]),
                locations=[],
            )
            for id, stack in struck
        ],
    )


def _described(finding: Mapping[str, Any]) -> str:
    because = f" (because {'; '.join(finding['evidence'])})" if finding["evidence"] else ""
    source = finding["where"].get("source")
    spot = f"{source['file']}:{source['line']}: " if source and source["file"].endswith(".py") else ""
    return f"{spot}{finding['message']}{because}"


def _rename(text: str, titles: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: titles.get(found[0], found[0]), text)


def record_sources() -> None:
    """From now on every construct remembers the line of the Python program that makes it.

    The CDK keeps stack traces of TypeScript and JavaScript programs only. Call it once, before the first construct.
    """
    made = jsii.JSIIMeta.__call__
    if getattr(made, "records", False):
        return

    def call(kind: Any, *arguments: Any, **options: Any) -> Any:
        construct = made(kind, *arguments, **options)
        if isinstance(construct, constructs.Construct):
            spot = _spot(sys._getframe(1))
            if spot:
                construct.node.add_metadata(RECORDED, spot)
        return construct

    call.records = True  # type: ignore[attr-defined]
    setattr(jsii.JSIIMeta, "__call__", call)  # noqa: B010 -- a metaclass whose signature the type checker keeps


def _spot(frame: FrameType | None) -> str:
    """The innermost line that is not of an installed package, as FILE:LINE."""
    while frame is not None:
        file = frame.f_code.co_filename
        if not any(part in file for part in _LIBRARIES) and file != __file__:
            return f"{Path(file).absolute()}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
