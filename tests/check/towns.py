"""A small but complete network to break on purpose: VPC, public and private subnets, NAT, endpoints, one workload.

Every option is a setting that a real template has; the default town works.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judging import judge_world

from stackflight.check.registry import Verdicts
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity, Verdict
from stackflight.model.value import Value
from stackflight.operate.review import typical_pace
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

Properties = dict[str, Any]
PACE = typical_pace()
Resources = dict[str, Properties]

HANDLER = (
    "import boto3, cfnresponse\n"
    "def handler(event, context):\n"
    "    boto3.client('secretsmanager').get_secret_value(SecretId='x')\n"
    "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {})\n"
)


def ref(name: str) -> Properties:
    return {"Ref": name}


def att(name: str, attribute: str) -> Properties:
    return {"Fn::GetAtt": [name, attribute]}


def made(kind: str, depends_on: list[str] | None = None, **properties: Any) -> Properties:
    resource: Properties = {"Type": kind, "Properties": properties}
    if depends_on:
        resource["DependsOn"] = depends_on
    return resource


@dataclass
class Town:
    """Resources that can be changed before they are judged."""

    resources: Resources = field(default_factory=dict)
    parameters: Properties = field(default_factory=dict)
    conditions: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)

    def add(self, name: str, kind: str, depends_on: list[str] | None = None, **properties: Any) -> Town:
        self.resources[name] = made(kind, depends_on, **properties)
        return self

    def remove(self, *names: str) -> Town:
        for name in names:
            del self.resources[name]
        return self

    def set(self, name: str, **properties: Any) -> Town:
        self.resources[name]["Properties"].update(properties)
        return self

    def text(self) -> str:
        body: Properties = {"Resources": self.resources}
        if self.parameters:
            body["Parameters"] = self.parameters
        if self.conditions:
            body["Conditions"] = self.conditions
        if self.outputs:
            body["Outputs"] = self.outputs
        return json.dumps(body, indent=1)

    def judge(self, given: Mapping[str, Value] | None = None) -> Verdicts:
        return judge_text(self.text(), given)


def judge_text(text: str, given: Mapping[str, Value] | None = None) -> Verdicts:
    world = join_stacks([Source("town", parse_template(text, "town.json"))], given or {}, LocalFolder(Path("nowhere")))
    return judge_world(world, PACE)


def blocking(verdicts: Verdicts) -> list[Finding]:
    return [finding for finding in verdicts.findings if finding.severity is Severity.BLOCKING]


def verdict_on(verdicts: Verdicts, target: str) -> Verdict:
    """The verdict on the one need whose target has this title."""
    found = {reach.verdict for reach in verdicts.reaches if reach.need.target.title == target}
    assert len(found) == 1, (target, [reach.need.target.title for reach in verdicts.reaches])
    return found.pop()


def town(*, nat: bool = True, endpoints: tuple[str, ...] = ()) -> Town:
    """Two zones, public and private subnets; NAT gateway and interface endpoints as asked; no workload yet."""
    built = Town()
    built.add("Vpc", "AWS::EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True)
    built.add("Igw", "AWS::EC2::InternetGateway")
    built.add("Attachment", "AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Igw"))
    built.add("PublicTable", "AWS::EC2::RouteTable", VpcId=ref("Vpc"))
    built.add(
        "PublicRoute", "AWS::EC2::Route", ["Attachment"],
        RouteTableId=ref("PublicTable"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Igw"),
    )  # fmt: skip
    built.add("PrivateTable", "AWS::EC2::RouteTable", VpcId=ref("Vpc"))
    for index in (1, 2):
        zone = {"Fn::Select": [index - 1, {"Fn::GetAZs": ""}]}
        for tier, offset in (("Public", 0), ("Private", 10)):
            name = f"{tier}Subnet{index}"
            built.add(
                name, "AWS::EC2::Subnet",
                VpcId=ref("Vpc"), CidrBlock=f"10.0.{offset + index}.0/24", AvailabilityZone=zone,
            )  # fmt: skip
            built.add(
                f"{tier}Link{index}", "AWS::EC2::SubnetRouteTableAssociation",
                SubnetId=ref(name), RouteTableId=ref(f"{tier}Table"),
            )  # fmt: skip
    if nat:
        built.add("Address", "AWS::EC2::EIP", ["Attachment"], Domain="vpc")
        built.add(
            "Nat", "AWS::EC2::NatGateway", SubnetId=ref("PublicSubnet1"), AllocationId=att("Address", "AllocationId")
        )
        built.add(
            "PrivateRoute", "AWS::EC2::Route",
            RouteTableId=ref("PrivateTable"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat"),
        )  # fmt: skip
    if endpoints:
        add_endpoints(built, endpoints)
    return built


def add_endpoints(built: Town, services: tuple[str, ...]) -> None:
    built.add(
        "EndpointGroup", "AWS::EC2::SecurityGroup", GroupDescription="endpoints", VpcId=ref("Vpc"),
        SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}],
    )  # fmt: skip
    for service in services:
        name = "Endpoint" + "".join(part.title() for part in service.replace("-", ".").split("."))
        given: Properties = {
            "VpcId": ref("Vpc"),
            "ServiceName": {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"},
        }
        if service in {"s3", "dynamodb"}:
            given |= {"VpcEndpointType": "Gateway", "RouteTableIds": [ref("PrivateTable")]}
        else:
            given |= {
                "VpcEndpointType": "Interface",
                "PrivateDnsEnabled": True,
                "SubnetIds": [ref("PrivateSubnet1"), ref("PrivateSubnet2")],
                "SecurityGroupIds": [att("EndpointGroup", "GroupId")],
            }
        built.add(name, "AWS::EC2::VPCEndpoint", **given)


def with_function(built: Town, subnets: tuple[str, ...] = ("PrivateSubnet1", "PrivateSubnet2")) -> Town:
    """A custom resource behind a function that reads a secret and answers CloudFormation itself."""
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="function", VpcId=ref("Vpc"))
    built.add(
        "Role", "AWS::IAM::Role",
        AssumeRolePolicyDocument={"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]},
        ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"],
        Policies=[
            {
                "PolicyName": "read",
                "PolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]
                },
            }
        ],
    )  # fmt: skip
    built.add(
        "Function", "AWS::Lambda::Function",
        Runtime="python3.13", Handler="index.handler", Role=att("Role", "Arn"), Timeout=60, Code={"ZipFile": HANDLER},
        VpcConfig={"SubnetIds": [ref(name) for name in subnets], "SecurityGroupIds": [att("Group", "GroupId")]},
    )  # fmt: skip
    waits = [
        name for name in built.resources if name.startswith(("Private", "Public", "Endpoint")) and "Subnet" not in name
    ]
    built.add("Init", "Custom::Init", waits, ServiceToken=att("Function", "Arn"))
    return built


def with_database(built: Town, **properties: Any) -> Town:
    """A PostgreSQL instance that the function's environment names; its group lets the function's group in."""
    built.add(
        "DatabaseGroup", "AWS::EC2::SecurityGroup", GroupDescription="database", VpcId=ref("Vpc"),
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": att("Group", "GroupId")}
        ],
    )  # fmt: skip
    built.add(
        "DatabaseSubnets", "AWS::RDS::DBSubnetGroup",
        DBSubnetGroupDescription="private", SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
    )  # fmt: skip
    built.add(
        "Database", "AWS::RDS::DBInstance",
        **{
            "Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20",
            "DBSubnetGroupName": ref("DatabaseSubnets"), "VPCSecurityGroups": [att("DatabaseGroup", "GroupId")],
            "ManageMasterUserPassword": True, "MasterUsername": "app", **properties,
        },
    )  # fmt: skip
    built.set("Function", Environment={"Variables": {"DB_HOST": att("Database", "Endpoint.Address")}})
    return built
