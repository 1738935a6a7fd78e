"""What each preset deploys, as text: construct paths instead of logical ids, references instead of hashes."""

import re
from typing import Any

import pytest
import yaml

from librechat_aws.presets import PRESETS

pytestmark = pytest.mark.xdist_group("cdk")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_preset_deploys_what_is_written_down(preset: str, synthesise, golden) -> None:
    assembly = synthesise(preset)
    paths = {
        f"{stack}/{name}": _path(resource, stack, name)
        for stack, template in assembly.templates.items()
        for name, resource in template["Resources"].items()
    }
    document: dict[str, Any] = {}
    for at, resource in assembly.resources().items():
        stack = at.partition("/")[0]
        row = {"Type": resource["Type"]}
        for key in ("DependsOn", "DeletionPolicy", "CreationPolicy", "UpdatePolicy"):
            if key in resource:
                row[key] = resource[key]
        if "DependsOn" in row:
            row["DependsOn"] = sorted(paths[f"{stack}/{name}"] for name in row["DependsOn"])
        properties = {key: value for key, value in resource.get("Properties", {}).items() if key != "Tags"}
        row["Properties"] = _readable(properties, stack, assembly, paths)
        document[paths[at]] = row
    text = yaml.safe_dump(document, sort_keys=True, width=110, allow_unicode=True, default_flow_style=False)
    golden(f"librechat/{preset}.yaml", text)


def _path(resource: dict[str, Any], stack: str, name: str) -> str:
    path = resource.get("Metadata", {}).get("aws:cdk:path")
    return re.sub(r"/(Resource|Default)$", "", path) if path else f"{stack}/{name}"


def _readable(value: Any, stack: str, assembly, paths: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_readable(item, stack, assembly, paths) for item in value]
    if isinstance(value, str):
        return re.sub(r"\b[0-9a-f]{64}\b", "HASH", value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::ImportValue"):
        return f"<{_target(value, stack, assembly, paths)}>"
    if len(value) == 1 and "Fn::Join" in value:
        parts = [_readable(part, stack, assembly, paths) for part in value["Fn::Join"][1]]
        if all(isinstance(part, str) for part in parts):
            return value["Fn::Join"][0].join(parts)
    return {key: _readable(item, stack, assembly, paths) for key, item in value.items()}


def _target(value: dict[str, Any], stack: str, assembly, paths: dict[str, str]) -> str:
    if "Ref" in value:
        return paths.get(f"{stack}/{value['Ref']}", value["Ref"])
    if "Fn::GetAtt" in value:
        name, attribute = value["Fn::GetAtt"]
        return f"{paths[f'{stack}/{name}']}.{attribute}"
    for other, template in assembly.templates.items():
        for output in template.get("Outputs", {}).values():
            if output.get("Export", {}).get("Name") == value["Fn::ImportValue"]:
                return _target(output["Value"], other, assembly, paths)
    raise AssertionError(value)
