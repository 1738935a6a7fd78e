"""What may change a path and is not understood makes a question of it, by name; everything of AWS is marked."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from towns import ref, town, verdict_on, with_function

from stackflight.model.finding import Verdict

TOOL = Path(__file__).parents[2] / "tools" / "check_network_types.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_network_types", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_new_type_or_property_is_named_until_it_is_marked(tool: ModuleType) -> None:
    known = {
        "AWS::EC2::VPC": tool.Schema(("CidrBlock", "Novelty"), ("Options.Old", "Options.New")),
        "AWS::EC2::Invention": tool.Schema(("Name",), ()),
    }
    marks = {"AWS::EC2::VPC": {"mark": "modelled", "read": ["CidrBlock"], "unknown": [], "irrelevant": []}}
    assert list(tool.missing(marks, known, {"AWS::EC2::VPC": ["Options.Old"]})) == [
        "AWS::EC2::Invention is not marked: Name",
        "AWS::EC2::VPC Novelty is not marked",
        "AWS::EC2::VPC Options.New is new inside a property",
    ]
    assert list(tool.missing(json.loads(tool.MARKS.read_text()), {}, {})) != []


def test_the_list_is_made_of_the_schemas_that_the_rules_carry(tool: ModuleType) -> None:
    known = tool.schemas()
    assert len(known) > 150
    assert "PrivateDnsEnabled" in known["AWS::EC2::VPCEndpoint"].properties
    assert "DnsEntries" not in known["AWS::EC2::VPCEndpoint"].properties
    assert "DnsOptionsSpecification.PrivateDnsOnlyForInboundResolverEndpoint" in known["AWS::EC2::VPCEndpoint"].parts


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("AWS::EC2::VPCEncryptionControl", {"VpcId": ref("Vpc"), "Mode": "enforce"}),
    ],
)
def test_what_is_not_understood_makes_no_open_path(kind: str, given: dict[str, object]) -> None:
    built = with_function(town()).add("Edge", "AWS::EC2::RouteTable", VpcId=ref("Vpc")).add("Odd", kind, **given)
    judged = built.judge()
    assert verdict_on(judged, "secretsmanager") is Verdict.UNKNOWN
    assert any("Odd" in item.question for item in judged.questions)


def test_what_only_watches_changes_nothing() -> None:
    built = with_function(town()).add("Odd", "AWS::EC2::VPCEncryptionControl", VpcId=ref("Vpc"), Mode="monitor")
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.YES
