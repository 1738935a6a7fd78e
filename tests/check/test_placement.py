"""Where services let their resources lie, row by row: zones, numbers and kinds of subnets, and the default VPC."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from judging import judge_world

from stackflight.facts.load import Row, all_rows
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

ROWS = all_rows("placement")
CHECKS = {
    "zones": "too-few-zones",
    "one_each": "two-subnets-in-one-zone",
    "least": "subnet-count",
    "most": "subnet-count",
    "private": "subnet-not-private",
    "six": "subnet-without-ipv6",
    "group": "group-outside-default-vpc",
}
FIELDS = {"type", "source", "date", "if", "text", "why", "subnets", "through", "only", "groups", *CHECKS}
CASES = [(row, key) for row in ROWS for key in CHECKS if key in row]
each_case = pytest.mark.parametrize(("row", "key"), CASES, ids=[f"{row['type']}-{key}" for row, key in CASES])


def put(properties: dict[str, Any], path: str, values: list[Any]) -> None:
    """A list at a path; where the path goes through a list (`A[].B`), one item for each value."""
    if "[]." in path:
        path, _, last = path.partition("[].")
        values = [{last: value} for value in values]
    *outer, name = path.split(".")
    for step in outer:
        properties = properties.setdefault(step, {})
    properties[name] = values[0] if name == "SubnetId" else values


def conditions(given: Row, properties: dict[str, Any]) -> None:
    for part in given.get("all", [given]):
        if "is" in part or "in" in part:
            *outer, name = part["path"].split(".")
            here = properties
            for step in outer:
                here = here.setdefault(step, {})
            here[name] = part.get("is") or part["in"][0]
        elif part.get("present") is True:
            conditions({"path": part["path"], "is": "SINGLE_AZ_1"}, properties)


def template(row: Row, zones: list[int], public: bool = False) -> dict[str, Any]:
    """The row's type in subnets of these zones, one each, under random names."""
    luck = random.Random(row["type"])
    net, table, group = (f"{name}{luck.getrandbits(24):x}" for name in ("Net", "Table", "Group"))
    made: dict[str, Any] = {net: {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}
    made[group] = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": net}}}
    made[table] = {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": net}}}
    if public:
        made["Way"] = {"Type": "AWS::EC2::InternetGateway"}
        made["Joined"] = {
            "Type": "AWS::EC2::VPCGatewayAttachment",
            "Properties": {"VpcId": {"Ref": net}, "InternetGatewayId": {"Ref": "Way"}},
        }
        route = {"RouteTableId": {"Ref": table}, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Way"}}
        made["Out"] = {"Type": "AWS::EC2::Route", "DependsOn": "Joined", "Properties": route}
    for index, zone in enumerate(zones):
        place = {"Fn::Select": [zone, {"Fn::GetAZs": ""}]}
        block = {"VpcId": {"Ref": net}, "CidrBlock": f"10.0.{index}.0/24", "AvailabilityZone": place}
        made[f"Subnet{index}"] = {"Type": "AWS::EC2::Subnet", "Properties": block}
        link = {"SubnetId": {"Ref": f"Subnet{index}"}, "RouteTableId": {"Ref": table}}
        made[f"Link{index}"] = {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": link}
    properties: dict[str, Any] = {}
    conditions(row.get("if", {}), properties)
    if "through" in row:
        name, _, path = row["subnets"].partition(">")
        properties[name] = {"Ref": "Between"}
        made["Between"] = {"Type": row["through"], "Properties": {}}
        put(made["Between"]["Properties"], path, [{"Ref": f"Subnet{index}"} for index in range(len(zones))])
    elif "subnets" in row:
        put(properties, row["subnets"], [{"Ref": f"Subnet{index}"} for index in range(len(zones))])
    else:
        properties[row["groups"]] = [{"Fn::GetAtt": [group, "GroupId"]}]
    made["Subject"] = {"Type": row["type"], "Properties": properties}
    return {"Parameters": {"Given": {"Type": "String"}}, "Resources": made}


def bad(row: Row, key: str) -> dict[str, Any]:
    least = int(row.get("least", 1))
    match key:
        case "zones":
            return template(row, [0])
        case "one_each":  # not all in one zone, which another check tells of balancers
            return template(row, [0, 1, 1])
        case "least":
            body = template(row, list(range(least - 1)))
            put(body["Resources"]["Subject"]["Properties"], row["subnets"], [f"subnet-{n}" for n in range(least - 1)])
            return body
        case "most":
            return template(row, list(range(int(row["most"]) + 1)))
        case _:
            return template(row, list(range(max(2, least))), public=key == "private")


def fixed(row: Row, key: str) -> dict[str, Any]:
    if key == "six":
        return given_six(template(row, [0, 1]), only=bool(row.get("only")), Ipv6CidrBlock="2001:db8::/64")
    if key != "group":
        return template(row, list(range(min(int(row.get("most", 3)), max(2, int(row.get("least", 1)))))))
    body = template(row, [0, 1])
    body["Resources"]["Subject"]["Properties"][row["group"]] = {"Ref": "Given"}
    return body


def found(body: dict[str, Any], key: str, syntax: Any = json.dumps) -> list[Finding]:
    world = join_stacks([Source("stack", parse_template(syntax(body), "t.yaml"))], {}, LocalFolder(Path("nowhere")))
    findings = judge_world(world).findings
    return [item for item in findings if item.check == CHECKS[key] and item.resources[0] == "Subject"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["type"])
def test_a_row_says_what_and_where_it_is_written(row: Row) -> None:
    assert set(row) <= FIELDS
    assert row["source"].startswith("https://docs.aws.amazon.com/")
    assert ("subnets" in row) != ("group" in row)
    assert row.get("text") or row.get("why") or "group" in row


@each_case
def test_a_wrong_place_is_refused_in_both_syntaxes_and_a_right_one_is_silent(row: Row, key: str) -> None:
    for syntax in (json.dumps, yaml.safe_dump):
        assert [item.severity for item in found(bad(row, key), key, syntax)] == [Severity.BLOCKING]
    assert found(fixed(row, key), key) == []


@each_case
def test_what_may_not_be_there_or_is_not_known_is_never_proved_wrong(row: Row, key: str) -> None:
    body = bad(row, key)
    body["Conditions"] = {"Maybe": {"Fn::Equals": [{"Ref": "Given"}, "yes"]}}
    body["Resources"]["Subject"]["Condition"] = "Maybe"
    assert {item.severity for item in found(body, key)} <= {Severity.WARNING}

    del body["Resources"]["Subject"]["Condition"]
    properties = body["Resources"]["Subject"]["Properties"]
    if "through" in row:
        properties[row["subnets"].partition(">")[0]] = {"Ref": "Given"}
    else:
        put(properties, row.get("subnets", row.get("groups", "")), [{"Ref": "Given"}])
    assert not found(body, key) or key in {"least", "most"}


def given_six(body: dict[str, Any], *, only: bool = False, **block: Any) -> dict[str, Any]:
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::EC2::Subnet":
            resource["Properties"] |= block
            if only:
                del resource["Properties"]["CidrBlock"]
                resource["Properties"]["Ipv6Native"] = True
    return body


SIX = [row for row in ROWS if row["type"].endswith("::LoadBalancer") and "six" in row]


@pytest.mark.parametrize("row", SIX, ids=lambda row: row["type"])
def test_an_ipv6_block_comes_with_the_subnet_or_apart(row: Row) -> None:
    apart = {
        f"Block{index}": {
            "Type": "AWS::EC2::SubnetCidrBlock",
            "Properties": {"SubnetId": {"Ref": f"Subnet{index}"}, "Ipv6CidrBlock": f"2001:db8:0:{index}::/64"},
        }
        for index in (0, 1)
    }
    half, whole = template(row, [0, 1]), template(row, [0, 1])
    half["Resources"]["Block0"] = apart["Block0"]
    whole["Resources"] |= apart
    assert [item.resources for item in found(half, "six")] == [("Subject", "Subnet1")]
    assert not found(whole, "six")
    assert not found(given_six(template(row, [0, 1]), Ipv6IpamPoolId="ipam-pool-1", Ipv6NetmaskLength=64), "six")
