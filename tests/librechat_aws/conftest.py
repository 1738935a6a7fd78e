"""One CDK kernel per test run: cloud assemblies are built in this process and kept for the session."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from librechat_aws.node import ensure_node
from librechat_aws.resolve import resolve
from librechat_aws.settings import read_request

# The CDK's kernel starts with the first import of a construct, which may be while tests are collected.
os.environ["CDK_VALIDATION"] = "false"
ensure_node(os.environ)

Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """The templates of one deployment, by stack id, and the directory that holds them."""

    folder: Path
    templates: dict[str, dict[str, Any]]

    def resources(self, kind: str | None = None) -> dict[str, Resource]:
        """Resources of all stacks by `stack/logical id`, optionally of one type."""
        return {
            f"{stack}/{name}": resource
            for stack, template in self.templates.items()
            for name, resource in template["Resources"].items()
            if kind is None or resource["Type"] == kind
        }

    def follow(self, value: Any, stack: str) -> str:
        """`stack/logical id` that a Ref, GetAtt or import points at."""
        if "Ref" in value:
            return f"{stack}/{value['Ref']}"
        if "Fn::GetAtt" in value:
            return f"{stack}/{value['Fn::GetAtt'][0]}"
        name = value["Fn::ImportValue"]
        for other, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if output.get("Export", {}).get("Name") == name:
                    return self.follow(output["Value"], other)
        raise AssertionError(f"nothing exports {name}")


Synthesise = Callable[..., Assembly]


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    """`synthesise(preset, *overrides)`; tests that use it belong to the xdist group `cdk`."""
    built: dict[tuple[str, ...], Assembly] = {}

    def build(preset: str, *overrides: str) -> Assembly:
        key = (preset, *overrides)
        if key not in built:
            from librechat_aws.app import build_app

            folder = tmp_path_factory.mktemp("assembly")
            assembly = build_app(resolve(read_request(preset, overrides)), str(folder)).synth()
            built[key] = Assembly(folder, {stack.id: stack.template for stack in assembly.stacks})
        return built[key]

    return build
