"""How a template is written changes no verdict: joined and split lists, computed blocks, parameters, conditions, exports."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from judging import judge_world
from test_reachability_laws import relaxed, towns
from towns import PACE, Town, judge_text

from stackflight.check.registry import Verdicts
from stackflight.local.folder import LocalFolder
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

LISTS = {"SubnetIds", "SecurityGroupIds", "VPCSecurityGroups", "RouteTableIds"}
BLOCKS = {"CidrBlock", "DestinationCidrBlock", "CidrIp"}
SINGLES = {"VpcId", "SubnetId", "RouteTableId", "GatewayId", "NatGatewayId", "DBSubnetGroupName"}
NETWORK = ("AWS::EC2::",)


def written_otherwise(body: dict[str, Any], choose: Callable[[int], int]) -> dict[str, Any]:
    """A copy in which some values are written another way that gives the same."""
    made = copy.deepcopy(body)
    made.setdefault("Parameters", {})
    made.setdefault("Conditions", {})["Always"] = {"Fn::Equals": ["a", "a"]}

    def visit(value: Any) -> Any:
        if isinstance(value, list):
            return [visit(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: rewritten(key, visit(item)) for key, item in value.items()}

    def rewritten(key: str, value: Any) -> Any:
        if key in LISTS and isinstance(value, list) and value:
            joined = {"Fn::Split": [",", {"Fn::Join": [",", value]}]}
            return [value, joined, {"Fn::If": ["Always", value, {"Ref": "AWS::NoValue"}]}][choose(3)]
        if key in BLOCKS and isinstance(value, str):
            return [value, parameter(value), computed(value), {"Fn::Sub": value}, {"Fn::Join": ["/", value.split("/")]}][choose(5)]  # fmt: skip
        if key in SINGLES and isinstance(value, dict) and set(value) == {"Ref"}:
            selected = {"Fn::Select": [1, ["x", value]]}
            return [value, {"Fn::Sub": f"${{{value['Ref']}}}"}, selected, {"Fn::If": ["Always", value, "x"]}][choose(4)]
        return value

    def parameter(value: str) -> dict[str, str]:
        name = f"P{len(made['Parameters'])}"
        made["Parameters"][name] = {"Type": "String", "Default": value}
        return {"Ref": name}

    def computed(value: str) -> Any:
        octets = value.split("/", maxsplit=1)[0].split(".")
        if value.endswith("/24") and octets[:2] == ["10", "0"]:
            return {"Fn::Select": [int(octets[2]), {"Fn::Cidr": ["10.0.0.0/16", 256, 8]}]}
        return value

    made["Resources"] = visit(made["Resources"])
    return made


def shape(verdicts: Verdicts) -> Counter[tuple[str, str, str]]:
    return Counter((reach.need.workload.kind, reach.need.target.title, reach.verdict) for reach in verdicts.reaches)


@relaxed
@given(towns(), st.randoms(use_true_random=False))
def test_how_a_value_is_written_changes_no_verdict(built: Town, random: Any) -> None:
    body = json.loads(built.text())
    assert shape(built.judge()) == shape(judge_text(json.dumps(written_otherwise(body, random.randrange))))


def apart(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The network in one stack that exports it, everything else in another that imports it."""
    network = {name: item for name, item in body["Resources"].items() if item["Type"].startswith(NETWORK)}
    rest = {name: item for name, item in body["Resources"].items() if name not in network}
    outputs: dict[str, Any] = {}

    def imported(value: Any) -> Any:
        if isinstance(value, list):
            return [imported(item) for item in value]
        if not isinstance(value, dict):
            return value
        owner = value.get("Ref") or (value.get("Fn::GetAtt") or [None])[0]
        if len(value) == 1 and owner in network:
            name = f"net-{owner}-{len(json.dumps(value))}"
            outputs[name.replace("-", "")] = {"Value": value, "Export": {"Name": name}}
            return {"Fn::ImportValue": name}
        return {key: imported(item) for key, item in value.items()}

    moved = {
        name: imported({key: part for key, part in item.items() if key != "DependsOn"}) for name, item in rest.items()
    }
    return {"Resources": network, "Outputs": outputs}, {"Resources": moved}


@relaxed
@given(towns())
def test_a_network_that_another_stack_exports_is_the_same_network(built: Town) -> None:
    body = json.loads(built.text())
    sources = [Source(name, parse_template(json.dumps(part), f"{name}.json")) for name, part in zip(("net", "app"), apart(body), strict=True)]  # fmt: skip
    together = judge_world(join_stacks(sources, {}, LocalFolder(Path("nowhere"))), PACE)
    assert shape(built.judge()) == shape(together)
