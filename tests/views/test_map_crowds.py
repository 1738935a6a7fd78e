"""A network of many workloads stays a picture, and what does not get through stays on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.local.folder import LocalFolder
from stackflight.model.report import CheckReport
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views.map_content import Map, draw_map
from stackflight.views.map_crowds import gather_crowds
from stackflight.views.map_svg import blocked_lines
from stackflight.views.review_html import render_review

_CALLED = [
    "dynamodb",
    "rds-data",
    "sqs",
    "sns",
    "states",
    "kms",
    "sts",
    "s3",
    "athena",
    "glue",
    "ecs",
    "eks",
    "polly",
    "textract",
    "rekognition",
    "ssm",
    "lambda",
    "translate",
    "comprehend",
    "events",
]
_SHUT = "Fn03"


class _Still:
    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nothing waits."""


def _network() -> dict[str, Any]:
    def ref(name: str) -> dict[str, str]:
        return {"Ref": name}

    made: dict[str, Any] = {
        "Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "EnableDnsSupport": True}),
        "Igw": ("EC2::InternetGateway", {}),
        "Attached": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}),
        "Eip": ("EC2::EIP", {"Domain": "vpc"}),
        "Nat": ("EC2::NatGateway", {"SubnetId": ref("PublicA"), "AllocationId": {"Fn::GetAtt": ["Eip", "AllocationId"]}}),
        "Open": ("EC2::SecurityGroup", {"GroupDescription": "open", "VpcId": ref("Vpc")}),
        "Shut": ("EC2::SecurityGroup", {"GroupDescription": "shut", "VpcId": ref("Vpc"), "SecurityGroupEgress": [
            {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/16"}]}),
        "Role": ("IAM::Role", {
            "AssumeRolePolicyDocument": {"Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"],
        }),
    }  # fmt: skip
    for number, name in enumerate(["PublicA", "PublicB", "AppA", "AppB"]):
        way = {"GatewayId": ref("Igw")} if name.startswith("Public") else {"NatGatewayId": ref("Nat")}
        zone = {"Fn::Select": [number % 2, {"Fn::GetAZs": ""}]}
        made |= {
            name: ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": zone}),
            f"{name}Table": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
            f"{name}Link": ("EC2::SubnetRouteTableAssociation", {"SubnetId": ref(name), "RouteTableId": ref(f"{name}Table")}),
            f"{name}Route": ("EC2::Route", {"RouteTableId": ref(f"{name}Table"), "DestinationCidrBlock": "0.0.0.0/0", **way}),
        }  # fmt: skip
    for number in range(20):
        name = f"Fn{number:02}"
        groups = [ref("Shut" if name == _SHUT else "Open")]
        code = f"import boto3\nclient = boto3.client('{_CALLED[number % len(_CALLED)]}')\ndef handler(event, context): pass\n"
        made[name] = ("Lambda::Function", {
            "Runtime": "python3.13", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "VpcConfig": {"SubnetIds": [ref("AppA"), ref("AppB")], "SecurityGroupIds": groups},
            "Code": {"ZipFile": code},
        })  # fmt: skip
    after = {name: {"DependsOn": "Attached"} for name in made if name.endswith("Route") or name == "Nat"}
    return {
        name: {"Type": f"AWS::{type}", "Properties": properties, **after.get(name, {})}
        for name, (type, properties) in made.items()
    }


@pytest.fixture(scope="module")
def wide() -> CheckReport:
    template = parse_template(json.dumps({"Resources": _network()}), "wide.json")
    return check_world("wide.json", join_stacks([Source("wide", template)], {}, LocalFolder(Path())), _Still(), 0.0)


@pytest.fixture(scope="module")
def map(wide: CheckReport) -> Map:
    return gather_crowds(draw_map(wide))


def test_subnets_that_differ_by_the_letter_of_their_zone_are_one_band(map: Map) -> None:
    assert [(band.title, len(band.cells)) for band in map.bands.values()] == [("Public", 2), ("App", 2)]


def test_many_functions_of_a_band_are_one_box_that_names_them_all(map: Map) -> None:
    boxes = {node.title: node.names for node in map.nodes.values() if node.role == "workload"}

    assert set(boxes) == {"Fn00 and 18 more", _SHUT}
    assert sorted([*boxes["Fn00 and 18 more"], _SHUT]) == [f"Fn{number:02}" for number in range(20)]


def test_services_stand_under_the_category_that_the_overview_lists_them_in(map: Map) -> None:
    boxes = {node.title: node.names for node in map.nodes.values() if node.role == "service"}

    assert boxes["database"] == ("dynamodb", "rds-data")
    assert boxes["analytics"] == ("athena", "glue")
    assert boxes["s3"] == ("s3",), "one of its category needs no box of another name"


def test_what_does_not_get_through_is_never_put_away(map: Map) -> None:
    [(_, line)] = blocked_lines(map)

    assert (map.nodes[line.start].title, map.nodes[line.end].title) == (_SHUT, "sns")


def test_every_line_leads_from_a_box_to_a_box_and_says_what_it_said(wide: CheckReport, map: Map) -> None:
    before = {word for line in draw_map(wide).lines for word in line.what.split("; ")}

    assert all({line.start, line.end, line.owner} <= set(map.nodes) for line in map.lines)
    assert before == {word for line in map.lines for word in line.what.split("; ")}


def test_a_small_network_is_drawn_as_it_is(wide: CheckReport) -> None:
    few = draw_map(wide)
    kept = [node for node in few.nodes.values() if node.role != "workload" or node.title < "Fn05"][:12]
    small = Map("few", few.vpcs, few.bands, {node.id: node for node in kept})

    assert gather_crowds(small) is small


def test_the_page_says_what_the_findings_keep_from_working_and_folds_the_rest(wide: CheckReport) -> None:
    page = render_review(wide, rehearse(wide.world, wide.findings, RehearsalOptions(runs=3)))

    assert "Not yet: it would deploy, but 1 finding keeps it from working." in page
    assert page.index(f">{_SHUT} <") < page.index("<summary>19 workloads that reach everything</summary>")
