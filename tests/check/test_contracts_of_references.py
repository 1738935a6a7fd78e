"""What properties take against what references give, row by row: the right ones are silent, each wrong one is found."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from judging import found, judge_world

from stackflight.facts.load import Row, all_rows, known_kinds
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

CHECKS = {"name-instead-of-arn", "reference-of-wrong-type"}
KINDS = known_kinds()
ROWS = [row for row in all_rows("contracts") if "takes" in row]
GIVES = {row["type"]: row["gives"] for row in all_rows("contracts") if "gives" in row}
USED = {kind.lstrip("?") for row in ROWS for kind in row["takes"].values()}
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["type"])


def put(properties: dict[str, Any], path: str, value: Any) -> None:
    """A value at a path: `A.B[].C`, `*` for any key."""
    steps: list[str] = []
    for step in path.split("."):
        steps += [step.removesuffix("[]"), *(["[]"] if step.endswith("[]") else [])]
    here: Any = properties
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        fresh: Any = value if after is None else [] if after == "[]" else {}
        if step != "[]":
            here = here.setdefault("any" if step == "*" else step, fresh)
        elif after is None or not here:
            here.append(fresh)
            here = here[-1]
        else:
            here = here[0]


def reference(id: str, attribute: str) -> dict[str, Any]:
    return {"Ref": id} if attribute == "Ref" else {"Fn::GetAtt": [id, attribute]}


def given_by(kind: str) -> list[tuple[str, str]]:
    """The (type, attribute) that a kind takes; for the ARN of anything, that of a queue."""
    pairs = [name.partition(".")[::2] for name in KINDS[kind.lstrip("?")]["given_by"]]
    return [(type, attribute) for type, attribute in pairs] or [("AWS::SQS::Queue", "Arn")]


def wrong_for(kind: str) -> tuple[str, str]:
    """A reference that gives something else: the wrong attribute of the right type where there is one, else a topic rule."""
    right = given_by(kind)
    for type, _ in right:
        other = [name for name in GIVES.get(type, {}) if (type, name) not in right]
        if other:
            return type, other[0]
    return "AWS::EC2::FlowLog", "Ref"


def template(row: Row, references: dict[str, tuple[str, str]], luck: random.Random) -> dict[str, Any]:
    """The row's type with a reference at each path, and what they refer to, under random names."""
    names: dict[str, str] = {}
    properties: dict[str, Any] = {}
    for path, (type, attribute) in references.items():
        names.setdefault(type, f"R{luck.getrandbits(40):x}")
        put(properties, path, reference(names[type], attribute))
    resources: dict[str, Any] = {id: {"Type": type} for type, id in names.items()}
    resources["Subject"] = {"Type": row["type"], "Properties": properties}
    return {"Resources": resources}


def findings(body: dict[str, Any], text: str = "") -> list[Finding]:
    parsed = parse_template(text or json.dumps(body), "template.yaml")
    world = join_stacks([Source("stack", parsed)], {}, LocalFolder(Path("nowhere")))
    return [item for item in judge_world(world).findings if item.check in CHECKS and item.resources[0] == "Subject"]


@each_row
def test_what_a_property_takes_may_be_given_to_it(row: Row) -> None:
    luck = random.Random(row["type"])
    most = max(len(given_by(kind)) for kind in row["takes"].values())
    for index in range(most):
        right = {path: pairs[index % len(pairs)] for path, kind in row["takes"].items() for pairs in [given_by(kind)]}
        assert findings(template(row, right, luck)) == []


@each_row
def test_everything_else_is_found_in_both_syntaxes(row: Row) -> None:
    luck = random.Random(row["type"])
    body = template(row, {path: wrong_for(kind) for path, kind in row["takes"].items()}, luck)

    for text in (json.dumps(body), yaml.safe_dump(body)):
        assert len(findings(body, text)) == len(row["takes"])


@each_row
def test_a_subject_that_may_not_be_there_and_a_value_that_is_not_known_prove_nothing(row: Row) -> None:
    body = template(row, {path: wrong_for(kind) for path, kind in row["takes"].items()}, random.Random(row["type"]))
    body["Parameters"] = {"Given": {"Type": "String"}}
    body["Conditions"] = {"Maybe": {"Fn::Equals": [{"Ref": "Given"}, "yes"]}}
    body["Resources"]["Subject"]["Condition"] = "Maybe"
    open_value: dict[str, Any] = {}
    for path in row["takes"]:
        put(open_value, path, {"Fn::If": ["Maybe", reference("Subject", "Ref"), {"Ref": "Given"}]})

    assert {item.severity for item in findings(body)} <= {Severity.WARNING}
    body["Resources"]["Subject"]["Properties"] = open_value
    assert findings(body) == []


@pytest.mark.parametrize("kind", sorted(USED))
def test_a_kind_says_in_words_what_it_is_and_its_attributes_are_told_of(kind: str) -> None:
    told = KINDS[kind]

    assert set(told) == {"what", "given_by"}
    assert kind == "any-arn" or any(
        name.partition(".")[2] in GIVES.get(name.partition(".")[0], {}) for name in told["given_by"]
    )


def test_every_kind_is_taken_somewhere_and_enough_is_told() -> None:
    assert set(KINDS) == USED
    assert sum(len(row["takes"]) for row in ROWS) > 1000


def test_what_bears_the_name_of_another_thing_does_for_it() -> None:
    text = """
Role: {Type: AWS::IAM::Role, Properties: {RoleName: web, AssumeRolePolicyDocument: {Statement: []}}}
Profile: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: !Ref Role, Roles: [!Ref Role]}}
Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0abcdef1234567890, IamInstanceProfile: !Ref Role}}
"""

    assert not found(text, "reference-of-wrong-type")


@pytest.mark.parametrize(
    "what", ["!Sub 'arn:aws:s3:::${Bucket.Arn}/*'", "!Join ['', ['arn:aws:sqs:eu-west-1:1:', !Ref Queue]]"]
)
def test_an_arn_with_a_whole_arn_or_url_inside_grants_nothing(what: str) -> None:
    text = f"""
Bucket: {{Type: AWS::S3::Bucket}}
Queue: {{Type: AWS::SQS::Queue}}
Policy:
  Type: AWS::IAM::ManagedPolicy
  Properties: {{PolicyDocument: {{Statement: [{{Effect: Allow, Action: '*', Resource: {what}}}]}}}}
"""

    [nested] = found(text, "arn-inside-arn")
    assert nested.severity is Severity.WARNING


def test_the_uri_of_an_integration_holds_the_arn_of_its_function() -> None:
    text = """
Code: {Type: AWS::Lambda::Function, Properties: {Handler: i.h, Runtime: python3.13, Role: 'arn:aws:iam::1:role/r', Code: {ZipFile: x}}}
Method:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: x
    ResourceId: y
    HttpMethod: GET
    Integration: {Uri: !Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Code.Arn}/invocations'}
"""

    assert not found(text, "arn-inside-arn")


@pytest.mark.parametrize(
    ("type", "struck"),
    [
        ("AWS::EC2::VPC::Id", True),
        ("AWS::EC2::Subnet::Id", False),
        ("List<AWS::EC2::Subnet::Id>", False),
        ("String", False),
    ],
)
def test_a_parameter_that_can_only_be_another_thing_is_no_subnet(type: str, struck: bool) -> None:
    subnets: Any = {"Ref": "Given"} if type.startswith("List") else [{"Ref": "Given"}]
    group = {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"DBSubnetGroupDescription": "a", "SubnetIds": subnets}}
    template = parse_template(
        json.dumps({"Parameters": {"Given": {"Type": type}}, "Resources": {"Subject": group}}), "a.json"
    )
    world = join_stacks([Source("stack", template)], {}, LocalFolder(Path("nowhere")))

    assert [item.check for item in judge_world(world).findings if item.check in CHECKS] == (
        ["reference-of-wrong-type"] if struck else []
    )
