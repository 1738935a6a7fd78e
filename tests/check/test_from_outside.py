"""A function outside any VPC against a database with a public address; groups of AWS Glue connections."""

from __future__ import annotations

from typing import Any

import pytest
from districts import function, group
from towns import Town, att, ref, town, verdict_on

from stackflight.model.finding import Severity, Verdict

SUBNETS = [ref("PublicSubnet1"), ref("PublicSubnet2")]


def open_database(block: str = "0.0.0.0/0", subnets: list[Any] = SUBNETS) -> Town:
    built = town()
    built.add(
        "DbGroup", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"),
        SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": block}],
    )  # fmt: skip
    built.add("DbSubnets", "AWS::RDS::DBSubnetGroup", DBSubnetGroupDescription="g", SubnetIds=subnets)
    built.add(
        "Db", "AWS::RDS::DBInstance", Engine="postgres", DBInstanceClass="db.t4g.micro", DBSubnetGroupName=ref("DbSubnets"),
        VPCSecurityGroups=[att("DbGroup", "GroupId")], PubliclyAccessible=True,
    )  # fmt: skip
    group(built, "FnSg")
    function(built, code="def handler(e, c): return 1", env={"DB_HOST": att("Db", "Endpoint.Address")})
    del built.resources["Fn"]["Properties"]["VpcConfig"]
    return built


def test_a_public_database_that_lets_everybody_in_is_reached() -> None:
    assert verdict_on(open_database().judge(), "Db:5432") is Verdict.YES


def test_one_that_lets_some_addresses_in_is_a_question() -> None:
    assert verdict_on(open_database("203.0.113.0/24").judge(), "Db:5432") is Verdict.UNKNOWN


def test_one_without_a_way_in_from_the_internet_is_not_reached() -> None:
    private = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
    assert verdict_on(open_database(subnets=private).judge(), "Db:5432") is Verdict.NO


def connected(**ingress: Any) -> Town:
    built = town()
    built.add("Workers", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    if ingress:
        built.add("In", "AWS::EC2::SecurityGroupIngress", GroupId=att("Workers", "GroupId"), **ingress)
    place = {"SubnetId": ref("PrivateSubnet1"), "SecurityGroupIdList": [att("Workers", "GroupId")]}
    given = {"ConnectionType": "NETWORK", "PhysicalConnectionRequirements": place}
    return built.add("Way", "AWS::Glue::Connection", CatalogId="111122223333", ConnectionInput={"Name": "way"} | given)


def closed(**ingress: Any) -> bool:
    return any(item.check == "glue-group-closed" for item in connected(**ingress).judge().findings)


@pytest.mark.parametrize(
    ("kind", "given", "stops"),
    [
        ("Job", {"Connections": {"Connections": [ref("Way")]}}, True),
        ("Job", {"Connections": {"Connections": ["way"]}}, True),
        ("Crawler", {"Targets": {"JdbcTargets": [{"ConnectionName": ref("Way"), "Path": "db/%"}]}}, True),
        ("Job", {"Connections": {"Connections": ["another"]}}, False),
        ("Job", {}, False),
    ],
)
def test_a_job_that_uses_a_closed_connection_never_runs(kind: str, given: dict[str, Any], stops: bool) -> None:
    built = connected().add("User", f"AWS::Glue::{kind}", **given)
    found = next(item for item in built.judge().findings if item.check == "glue-group-closed")
    assert (found.severity is Severity.BLOCKING) is stops
    assert ("every run of User fails" in found.message) is stops


OWN = {"SourceSecurityGroupId": att("Workers", "GroupId")}


@pytest.mark.parametrize(
    "ingress",
    [
        {"IpProtocol": "-1", **OWN},
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, **OWN},
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "CidrIp": "10.0.0.0/8"},
    ],
)
def test_a_glue_group_that_is_open_to_itself_is_silent(ingress: dict[str, Any]) -> None:
    assert not closed(**ingress)


def test_a_glue_group_with_a_port_alone_warns() -> None:
    assert closed()
    assert closed(IpProtocol="tcp", FromPort=5432, ToPort=5432, **OWN)
