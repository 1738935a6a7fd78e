"""A snapshot as the AWS CLI prints it, and what is left of a verdict where parts of it are missing."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from stackflight.errors import UnreadableInput
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Verdict
from stackflight.model.report import CheckReport
from stackflight.operate.review import check_world
from stackflight.read.account import REQUIRED, read_account
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

HERE = Path(__file__).parent
RECORDED = HERE / "recorded" / "account.json"
GUIDE = HERE.parent.parent / "docs" / "guides" / "account.md"
TEMPLATE = """\
Parameters:
  SubnetIds: {Type: List<AWS::EC2::Subnet::Id>}
  SecurityGroupIds: {Type: List<AWS::EC2::SecurityGroup::Id>}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]
      Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: ACTION, Resource: "*"}]}}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: artifacts, S3Key: writer.zip}
      Timeout: 30
      VpcConfig: {SubnetIds: !Ref SubnetIds, SecurityGroupIds: !Ref SecurityGroupIds}
"""
SQS, SECRET, S3 = "sqs:SendMessage", "secretsmanager:GetSecretValue", "s3:GetObject"
YES, NO, SOME = Verdict.YES, Verdict.NO, Verdict.INTERMITTENT
CASES = [
    ("private-a private-b", "app", SQS, YES),
    ("private-a private-b", "app db", SQS, YES),
    ("private-a", "locked", SQS, NO),
    ("public-a", "app", SQS, NO),
    ("isolated-a", "app", SQS, NO),
    ("isolated-b", "app", SQS, NO),
    ("private-a isolated-a", "app", SQS, SOME),
    ("isolated-a", "app", SECRET, YES),
    ("isolated-b", "app", SECRET, YES),
    ("private-a", "app", SECRET, YES),
    ("private-a", "locked", SECRET, NO),
    ("isolated-a", "app", S3, YES),
    ("isolated-b", "app", S3, NO),
]


@cache
def recorded() -> str:
    return RECORDED.read_text(encoding="utf-8")


def documents() -> list[dict[str, Any]]:
    """The outputs of the commands, one by one."""
    decoder, text, found = json.JSONDecoder(), recorded(), []
    while text.strip():
        document, end = decoder.raw_decode(text.lstrip())
        found.append(document)
        text = text.lstrip()[end:]
    return found


@cache
def ids() -> dict[str, str]:
    """Subnets by their Name tag, groups of the second VPC by their name."""
    sections = {name: entries for document in documents() for name, entries in document.items()}
    found = {tag["Value"]: subnet["SubnetId"] for subnet in sections["Subnets"] for tag in subnet["Tags"]}
    return found | {group["GroupName"]: group["GroupId"] for group in sections["SecurityGroups"]}


def judge(text: str, subnets: str, groups: str, action: str) -> CheckReport:
    account = read_account(text, "account.json")
    bound = {
        "SubnetIds": ",".join(ids()[name] for name in subnets.split()),
        "SecurityGroupIds": ",".join(ids()[name] for name in groups.split()),
    }
    source = Source("app", parse_template(TEMPLATE.replace("ACTION", action), "template.yaml"))
    world = join_stacks([source], bound, LocalFolder(Path("nowhere")), exports=account.exports)
    return check_world("template.yaml", world, SystemClock(), 0.0, account=account)


def verdict(text: str, subnets: str, groups: str, action: str) -> Verdict:
    [reach] = judge(text, subnets, groups, action).reaches
    return reach.verdict


@pytest.mark.parametrize(("subnets", "groups", "action", "expected"), CASES)
def test_what_the_command_line_printed_decides(subnets: str, groups: str, action: str, expected: Verdict) -> None:
    assert verdict(recorded(), subnets, groups, action) == expected


def test_imports_are_resolved_from_the_exports() -> None:
    account = read_account(recorded(), "account.json")

    assert account.exports["net:AppGroup"] == ids()["app"]
    assert account.exports["net:PrivateSubnets"] == f"{ids()['private-a']},{ids()['private-b']}"
    assert account.region == "eu-central-1"


def shapes() -> Iterator[tuple[str, Any]]:
    """Section and shape of an entry, for every call of the guide."""
    session = botocore.session.get_session()
    for service, calls in (("ec2", [*REQUIRED.values(), *OTHERS]), ("cloudformation", ["list-exports"])):
        model = session.get_service_model(service)
        for call in calls:
            output = model.operation_model("".join(part.capitalize() for part in call.split("-"))).output_shape
            section, shape = next((name, shape) for name, shape in output.members.items() if shape.type_name == "list")
            yield section, shape.member


OTHERS = ("describe-dhcp-options", "describe-vpc-peering-connections")


def paths(shape: Any, before: tuple[str, ...] = (), seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every member below an entry, lists passed through."""
    if shape.type_name == "list":
        yield from paths(shape.member, before, seen)
    elif shape.type_name == "structure" and shape.name not in seen:
        for name, member in shape.members.items():
            yield (*before, name)
            yield from paths(member, (*before, name), (*seen, shape.name))


def remove(value: Any, path: tuple[str, ...]) -> bool:
    """Take a member out of every entry; whether any had it."""
    if isinstance(value, list):
        return sum(remove(item, path) for item in value) > 0
    if not isinstance(value, dict) or path[0] not in value:
        return False
    if len(path) > 1:
        return remove(value[path[0]], path[1:])
    del value[path[0]]
    return True


def without() -> Iterator[tuple[str, str]]:
    """The recorded snapshot without one member, for every member that AWS may leave out."""
    for section, shape in shapes():
        for path in paths(shape):
            found = documents()
            if sum(remove(document.get(section), path) for document in found):
                yield f"{section}.{'.'.join(path)}", "\n".join(json.dumps(document) for document in found)


REMOVED = dict(without())
# Without these nobody can tell which piece is meant.
IDENTITY = {
    "InternetGateways.InternetGatewayId", "NatGateways.NatGatewayId", "NetworkAcls.NetworkAclId", "Subnets.SubnetId",
    "RouteTables.RouteTableId", "SecurityGroups.GroupId", "VpcEndpoints.VpcEndpointId", "Vpcs.VpcId", "Exports.Name",
    "DhcpOptions.DhcpOptionsId", "VpcPeeringConnections.VpcPeeringConnectionId",
}  # fmt: skip


# AWS writes all four lists, empty or not; where a permission holds one of them, those that it does not hold are empty.
PEERS = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")


@pytest.mark.parametrize("name", sorted(IDENTITY))
def test_an_entry_without_its_id_is_refused(name: str) -> None:
    section, _, key = name.partition(".")
    with pytest.raises(UnreadableInput, match=f"{section} lacks {key}"):
        read_account(REMOVED[name], "account.json")


@pytest.mark.parametrize("name", [name for name in REMOVED if name not in IDENTITY and not name.endswith(PEERS)])
def test_a_member_that_is_missing_never_blocks_what_passes(name: str) -> None:
    for subnets, groups, action, expected in CASES:
        if expected is YES:
            assert verdict(REMOVED[name], subnets, groups, action) in {YES, Verdict.UNKNOWN}, (subnets, groups, action)


def test_most_members_that_aws_may_leave_out_are_tried() -> None:
    assert len(REMOVED) > 100


def fill(shape: Any, seen: tuple[str, ...] = ()) -> Any:
    """Something for every member that the service model knows."""
    if shape.type_name == "structure":
        return {} if shape.name in seen else {k: fill(v, (*seen, shape.name)) for k, v in shape.members.items()}
    if shape.type_name == "list":
        return [fill(shape.member, seen)]
    if shape.type_name == "string":
        return shape.enum[-1] if shape.enum else "10.0.0.0/24"
    return {"boolean": True, "timestamp": "2026-11-01T00:00:00Z"}.get(shape.type_name, 1)


def test_every_member_of_the_service_model_may_be_there() -> None:
    full = {section: [fill(shape)] for section, shape in shapes()}

    assert read_account(json.dumps(full), "account.json").stack.resources


def test_nothing_but_ids_may_be_there() -> None:
    keys = dict(name.split(".") for name in IDENTITY)
    bare = {section: [{keys[section]: f"{section}-1"}] for section, _ in shapes()}

    assert read_account(json.dumps(bare), "account.json").stack.resources


def test_a_main_table_that_is_not_there_is_a_question() -> None:
    found = documents()
    for document in found:
        tables = document.get("RouteTables", [])
        document["RouteTables"] = [t for t in tables if not any(link["Main"] for link in t["Associations"])]
        if not tables:
            del document["RouteTables"]
    text = "\n".join(json.dumps(document) for document in found)

    assert verdict(text, "isolated-b", "app", S3) is Verdict.UNKNOWN
    assert verdict(text, "private-a", "app", SQS) is YES


def test_a_route_whose_target_is_new_is_a_question() -> None:
    found = documents()
    for document in found:
        for table in document.get("RouteTables", []):
            for route in table["Routes"]:
                if "NatGatewayId" in route:
                    route["TargetToComeId"] = route.pop("NatGatewayId")

    assert verdict("\n".join(map(json.dumps, found)), "private-a", "app", SQS) is Verdict.UNKNOWN


def test_a_nat_gateway_that_is_being_made_is_a_question_and_a_deleted_one_is_none() -> None:
    for state in ("pending", "deleted"):
        found = copy.deepcopy(documents())
        for document in found:
            for gateway in document.get("NatGateways", []):
                gateway["State"] = state
        assert verdict("\n".join(map(json.dumps, found)), "private-a", "app", SQS) is not YES


BROKEN = {
    "a failed call": (
        recorded().replace('{\n    "NatGateways"', "\nAn error occurred (UnauthorizedOperation) when calling the "
        "DescribeNatGateways operation: You are not authorized to perform this operation.\n{\n    \"NatGateways\"", 1),
        "the AWS CLI failed here with UnauthorizedOperation when calling DescribeNatGateways",
        "ec2:Describe",
    ),
    "only a failed call": (
        "aws: [ERROR]: An error occurred (ExpiredToken) when calling the DescribeVpcs operation: expired",
        "the AWS CLI failed here with ExpiredToken when calling DescribeVpcs",
        "ec2:Describe",
    ),
    "no credentials": (
        "\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n",
        "'Unable to locate credentials. You can configure credentials",
        "stackflight explain account",
    ),
    "half a file": (recorded()[:20_000], "the snapshot breaks off", "write it anew"),
    "half a string": (recorded()[: recorded().index("subnet-") + 9], "the snapshot breaks off", "write it anew"),
    "another format": ("VPCS\t10.20.0.0/16\tdefault\n", "not what the AWS CLI prints with --output json", "explain account"),
    "a page": (
        recorded().replace('"Subnets": [', '"NextToken": "eyJ0", "Subnets": [', 1),
        "the output of Subnets breaks off: it holds a NextToken",
        "--max-items",
    ),
    "ids only": ('{"Vpcs": ["vpc-1"]}', "Vpcs holds no entries of a describe call", "explain account"),
    "another command": ('{"Reservations": []}', "this is no snapshot of an account", "explain account"),
    "two Regions": (
        recorded() + recorded().replace("eu-central-1", "us-east-1").replace("-", "-0", 1).replace('"subnet-', '"subnet-0')
        .replace('"vpc-', '"vpc-0').replace('"rtb-', '"rtb-0').replace('"igw-', '"igw-0').replace('"nat-', '"nat-0')
        .replace('"vpce-', '"vpce-0').replace('"sg-', '"sg-0').replace('"acl-', '"acl-0').replace('"dopt-', '"dopt-0')
        .replace('"pcx-', '"pcx-0').replace('"net:', '"net2:'),
        "it holds the Regions eu-central-1 and us-east-1",
        "one snapshot for each account and Region",
    ),
    "two accounts": (
        recorded() + '{"Exports": [{"Name": "x", "Value": "y", "ExportingStackId": '
        '"arn:aws:cloudformation:eu-central-1:444455556666:stack/a/b"}]}',
        "it holds the accounts 111122223333 and 444455556666",
        "one snapshot for each account and Region",
    ),
    "an old one and a new one": (
        recorded() + recorded().replace('"State": "available"', '"State": "pending"'),
        "two different things of vpc-",
        "write it anew",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_whole_snapshot_says_so(case: str) -> None:
    text, message, hint = BROKEN[case]
    with pytest.raises(UnreadableInput, match=re.escape(message)) as caught:
        read_account(text, "account.json")
    assert hint in caught.value.hint
    assert caught.value.exit_code == 66


def test_a_snapshot_twice_is_the_snapshot() -> None:
    assert verdict(recorded() * 2, "private-a", "app", SQS) is YES


def commands() -> list[tuple[str, str]]:
    """Service and call of every `aws` in the guide, loops unrolled."""
    text = GUIDE.read_text(encoding="utf-8").replace("\\\n", " ")
    looped = re.search(r"for what in ([^;]+);", text)
    assert looped is not None
    found = re.findall(r"\baws ([a-z0-9]+) \"?([a-z-]+(?:\$what)?)", text)
    return [(service, call.replace("$what", what)) for service, call in found for what in looped[1].split()]


def test_the_guide_only_reads_and_reads_no_secret() -> None:
    found = set(commands())
    session = botocore.session.get_session()

    assert {call for service, call in found if service == "ec2"} >= set(REQUIRED.values()) | set(OTHERS)
    assert {service for service, _ in found} == {"ec2", "cloudformation"}
    for service, call in found:
        assert call.split("-")[0] in {"describe", "list", "get"}
        names = {xform(name) for name in session.get_service_model(service).operation_names}
        assert call in names


def xform(name: str) -> str:
    return botocore.xform_name(name, "-")
