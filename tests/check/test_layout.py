"""What EC2 refuses because the network contradicts itself."""

from __future__ import annotations

import pytest
from towns import Town, att, ref, town, with_database, with_function

RULE = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": att("Group", "GroupId")}


def checks(built: Town) -> dict[str, str]:
    """Blocking findings: check id and the resource to change first."""
    found = {item.check: item.resources[0] for item in built.judge().findings if item.severity == "blocking"}
    return {name: first for name, first in found.items() if not name.startswith("workload-")}


def test_the_town_itself_contradicts_nothing() -> None:
    assert not checks(with_database(with_function(town(endpoints=("s3",)))))


def test_an_address_serves_one_nat_gateway() -> None:
    built = town()
    built.add(
        "Second", "AWS::EC2::NatGateway", SubnetId=ref("PublicSubnet2"), AllocationId=att("Address", "AllocationId")
    )
    assert checks(built) == {"network-entry-twice": "Second"}
    built.resources["Second"]["Condition"] = "Maybe"
    built.parameters["Stage"] = {"Type": "String"}
    built.conditions["Maybe"] = {"Fn::Equals": [ref("Stage"), "prod"]}
    assert not checks(built)


def test_a_rule_that_is_given_inline_and_again() -> None:
    built = with_database(with_function(town()))
    built.add("Again", "AWS::EC2::SecurityGroupIngress", GroupId=att("DatabaseGroup", "GroupId"), **RULE)
    assert checks(built) == {"security-group-rule-twice": "Again"}
    built.set("Again", ToPort=5433)
    assert not checks(built)


def test_a_subnet_group_takes_its_subnets_from_one_vpc() -> None:
    built = with_database(with_function(town()))
    built.add("Far", "AWS::EC2::VPC", CidrBlock="10.0.128.0/17")
    built.add(
        "FarSubnet",
        "AWS::EC2::Subnet",
        VpcId=ref("Far"),
        CidrBlock="10.0.200.0/24",
        AvailabilityZone={"Fn::Select": [1, {"Fn::GetAZs": ""}]},
    )
    built.set("DatabaseSubnets", SubnetIds=[ref("PrivateSubnet1"), ref("FarSubnet")])
    assert checks(built)["subnets-of-two-vpcs"] == "DatabaseSubnets"


@pytest.mark.parametrize(
    ("text", "found"), [("web (port 80)", {}), ("CloudFront's origin", {"group-description-refused": "Group"})]
)
def test_a_description_takes_no_apostrophe(text: str, found: dict[str, str]) -> None:
    built = with_function(town())
    built.set(
        "Group",
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8", "Description": text}
        ],
    )
    assert checks(built) == found
