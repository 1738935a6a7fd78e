"""Snapshots of an account decide what templates leave open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.errors import UnreadableInput
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Verdict
from stackflight.model.report import CheckReport
from stackflight.operate.review import check_world
from stackflight.read.account import read_account
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

WRITER = Path(__file__).parent.parent / "cli" / "templates" / "open-inputs.yaml"
BOUND = {"SubnetIds": "subnet-a,subnet-b", "GroupId": "sg-app"}
OPEN_EGRESS = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ALLOW_ALL = [
    {"Egress": side, "RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    for side in (True, False)
]


def snapshot() -> dict[str, Any]:
    """A VPC with two private subnets behind a NAT gateway, as the AWS CLI describes it."""
    association = {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}
    return {
        "Vpcs": [
            {
                "VpcId": "vpc-1",
                "CidrBlock": "10.0.0.0/16",
                "CidrBlockAssociationSet": [association],
                "DhcpOptionsId": "dopt-1",
            }
        ],
        "DhcpOptions": [
            {
                "DhcpOptionsId": "dopt-1",
                "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}],
            }
        ],
        "Subnets": [
            {
                "SubnetId": f"subnet-{name}",
                "VpcId": "vpc-1",
                "CidrBlock": f"10.0.{number}.0/24",
                "AvailabilityZone": f"eu-central-1{name}",
                "MapPublicIpOnLaunch": False,
            }
            for number, name in enumerate(("a", "b", "p"))
        ],
        "RouteTables": [
            {
                "RouteTableId": "rtb-main",
                "VpcId": "vpc-1",
                "Associations": [{"Main": True, "RouteTableId": "rtb-main"}],
                "Routes": [
                    {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
                    {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"},
                ],
            },
            {
                "RouteTableId": "rtb-public",
                "VpcId": "vpc-1",
                "Associations": [{"Main": False, "SubnetId": "subnet-p"}],
                "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}],
            },
        ],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
        "NatGateways": [
            {
                "NatGatewayId": "nat-1",
                "VpcId": "vpc-1",
                "SubnetId": "subnet-p",
                "State": "available",
                "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}],
            }
        ],
        "VpcEndpoints": [],
        "SecurityGroups": [
            {"GroupId": "sg-app", "GroupName": "app", "VpcId": "vpc-1", "IpPermissionsEgress": [OPEN_EGRESS]},
            {
                "GroupId": "sg-default",
                "GroupName": "default",
                "VpcId": "vpc-1",
                "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-default"}]}],
                "IpPermissionsEgress": [OPEN_EGRESS],
            },
        ],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": True, "Entries": ALLOW_ALL}],
        "Exports": [{"Name": "net:Vpc", "Value": "vpc-1"}],
    }


DNS = [{"VpcId": "vpc-1", name: {"Value": True}} for name in ("EnableDnsSupport", "EnableDnsHostnames")]


def judge(
    given: dict[str, Any],
    text: str = WRITER.read_text(encoding="utf-8"),
    attributes: list[dict[str, Any]] = DNS,
    **bound: str,
) -> CheckReport:
    documents = "\n".join(json.dumps(document) for document in (given, *attributes))
    account = read_account(documents, "account.json")
    source = Source("app", parse_template(text, "template.yaml"))
    world = join_stacks([source], bound or BOUND, LocalFolder(Path("nowhere")), exports=account.exports)
    return check_world("template.yaml", world, SystemClock(), 0.0, account=account)


def verdicts(report: CheckReport) -> set[Verdict]:
    return {reach.verdict for reach in report.reaches}


def test_parameters_that_name_existing_subnets_are_decided() -> None:
    report = judge(snapshot())
    assert verdicts(report) == {Verdict.YES}
    assert report.questions == ()


def test_an_existing_table_without_a_default_route_is_named_in_the_finding() -> None:
    given = snapshot()
    given["RouteTables"][0]["Routes"].pop()
    report = judge(given)
    [finding] = report.findings
    assert finding.check == "workload-cannot-reach-service"
    assert "Writer" in finding.resources
    assert "rtb-main" in finding.resources
    assert finding.where.file == "template.yaml"


def test_an_existing_endpoint_takes_the_place_of_the_nat_gateway() -> None:
    given = snapshot()
    given["RouteTables"][0]["Routes"].pop()
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-central-1.dynamodb",
        "State": "available",
        "RouteTableIds": ["rtb-main"],
        "PolicyDocument": '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    }
    assert verdicts(judge({**given, "VpcEndpoints": [endpoint]})) == {Verdict.YES}


def test_a_group_without_outbound_rules_lets_nothing_out() -> None:
    given = snapshot()
    given["SecurityGroups"][0]["IpPermissionsEgress"] = []
    [finding] = judge(given).findings
    assert "sg-app" in finding.resources


def test_a_closed_network_acl_blocks() -> None:
    given = snapshot()
    given["NetworkAcls"][0]["Entries"] = []
    [finding] = judge(given).findings
    assert "acl-1" in finding.resources


def test_subnets_that_the_snapshot_does_not_hold_stay_open() -> None:
    report = judge(snapshot(), SubnetIds="subnet-z", GroupId="sg-app")
    assert verdicts(report) == {Verdict.UNKNOWN}


def test_dns_attributes_that_nobody_asked_for_are_a_question() -> None:
    report = judge(snapshot(), attributes=[])
    assert verdicts(report) == {Verdict.UNKNOWN}
    assert report.questions[0].decided_by == ("aws ec2 describe-vpc-attribute for vpc-1",)


def test_a_subnet_that_a_template_adds_to_an_existing_vpc_uses_its_main_table() -> None:
    text = WRITER.read_text(encoding="utf-8").replace("SubnetIds: !Ref SubnetIds", "SubnetIds: [!Ref New]")
    new = """
  New:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !ImportValue "net:Vpc", CidrBlock: 10.0.9.0/24, AvailabilityZone: eu-central-1a}
"""
    assert verdicts(judge(snapshot(), text + new)) == {Verdict.YES}


def test_findings_are_about_the_templates_not_about_what_exists() -> None:
    given = snapshot()
    endpoint = {
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-central-1.sqs",
        "PrivateDnsEnabled": True,
    }
    given["VpcEndpoints"] = [{**endpoint, "VpcEndpointId": f"vpce-{number}"} for number in (1, 2)]
    assert judge(given).findings == ()


def test_existing_pieces_are_not_counted_as_resources_of_the_target() -> None:
    assert {address.stack for address in judge(snapshot()).world.resources} == {"app"}


def test_a_snapshot_may_be_several_documents_one_after_the_other() -> None:
    documents = [{name: entries} for name, entries in snapshot().items()]
    documents.append({"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}})
    text = "\n".join(json.dumps(document, indent=4) for document in documents)
    account = read_account(text, "account.json")
    assert account.stack.resources["vpc-1"].get("EnableDnsSupport") is True
    assert set(account.stack.resources) >= {"vpc-1", "subnet-a", "rtb-main", "sg-app", "acl-1", "nat-1", "igw-1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "no snapshot of an account"),
        ('{"Vpcs": []}', "aws ec2 describe-vpc-endpoints"),
        ("[1]", "no output of a describe call"),
        ('{"Vpcs": [', "not valid JSON"),
        (json.dumps({**snapshot(), "Subnets": [{"VpcId": "vpc-1"}]}), "an entry of Subnets lacks SubnetId"),
        (
            json.dumps({**snapshot(), "InternetGateways": [{"InternetGatewayId": ["igw-1"]}]}),
            "misuses InternetGatewayId",
        ),
    ],
)
def test_what_is_no_snapshot_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(UnreadableInput, match=message) as caught:
        read_account(text, "account.json")
    assert caught.value.file == "account.json"
    assert caught.value.hint
