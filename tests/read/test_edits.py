"""Edits written into a template: what stood there stays byte for byte, and the result says what the edits say."""

from __future__ import annotations

import difflib

import pytest

from stackflight.model.edit import Append, Await, Edit, Make, Put, open_group
from stackflight.model.value import Address
from stackflight.read.document import parse_template
from stackflight.read.edits import CannotEdit, edit_text

A, G = Address("app", "A"), Address("app", "G")
BLOCK = """\
# the app
Resources:
  A:  # the first
    Type: AWS::SQS::Queue
    Properties:
      # how it is called
      QueueName: a   # short
  G:
    Type: AWS::EC2::SecurityGroup
    DependsOn: [A]
    Properties:
      GroupDescription: >
        a long
        text

      SecurityGroupIngress:
      - IpProtocol: tcp
        CidrIp: 10.0.0.0/8   # inside

Outputs:
  Name: {Value: !Ref A}
"""
FLOW = """\
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: a}}
  G: {Type: AWS::EC2::SecurityGroup, DependsOn: A, Properties: {GroupDescription: g, SecurityGroupIngress: [{IpProtocol: tcp}]}}
"""
JSON = """\
{
  "Resources": {
    "A": {
      "Type": "AWS::SQS::Queue",
      "Properties": { "QueueName": "a" }
    },
    "G": {
      "Type": "AWS::EC2::SecurityGroup",
      "DependsOn": ["A"],
      "Properties": {
        "GroupDescription": "g",
        "SecurityGroupIngress": [
          { "IpProtocol": "tcp" }
        ]
      }
    }
  }
}
"""
RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.1.0.0/16"}
EDITS: dict[str, Edit] = {
    "a first DependsOn": Await(A, ("G",)),
    "two more to wait for": Await(G, ("B", "C")),
    "one more rule": Append(G, "SecurityGroupIngress", RULE),
    "a first rule": Append(G, "SecurityGroupEgress", RULE),
    "another value": Put(A, ("QueueName",), "b: c"),
    "a new value": Put(A, ("DelaySeconds",), 5),
    "a new resource": Make("app", "A", "AWS::SNS::Topic", {"TopicName": "yes", "DisplayName": {"Ref": "A"}}),
}


def _body(text: str) -> dict[str, dict[str, dict[str, object]]]:
    return dict(parse_template(text, "app.yaml").body)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("text", [BLOCK, FLOW, JSON], ids=["block", "flow", "json"])
def test_only_what_is_meant_changes(text: str, name: str) -> None:
    edit = EDITS[name]
    after = edit_text(text, (edit,))
    before_body, body = _body(text)["Resources"], _body(after)["Resources"]
    added = [line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line[0] == "-"]
    assert len(added) <= 1, "at most one line is written anew; the others are new"
    match edit:
        case Await(user, missing):
            old = before_body[user.id].get("DependsOn", [])
            wanted = [*(old if isinstance(old, list) else [old]), *missing]
            given = body[user.id]["DependsOn"]
            assert (given if isinstance(given, list) else [given]) == wanted
        case Append(resource, key, item):
            assert body[resource.id]["Properties"][key][-1] == item  # type: ignore[index]
        case Put(resource, (key,), value):
            assert body[resource.id]["Properties"][key] == value  # type: ignore[index]
        case Make(_, _, type, properties):
            made = body["A2"]
            assert (made["Type"], made["Properties"]) == (type, properties)
    untouched = [id for id in before_body if not (isinstance(edit, Await) and edit.user.id == id)]
    for id in untouched:
        if not isinstance(edit, Make) and not isinstance(edit, Await) and edit.resource.id == id:
            continue
        assert body[id] == before_body[id]


def test_comments_and_layout_stay() -> None:
    after = edit_text(BLOCK, (EDITS["one more rule"], EDITS["a first DependsOn"]))
    assert [line for line in BLOCK.splitlines() if line not in after.splitlines()] == []
    assert "      - IpProtocol: tcp\n        FromPort: 443\n" in after
    assert "  A:  # the first\n    Type: AWS::SQS::Queue\n    DependsOn: G\n    Properties:\n" in after


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("Resources: !Include other.yaml\n", Await(A, ("G",))),
        ("Resources:\n  B: {Type: AWS::SQS::Queue}\n", Await(A, ("G",))),
        ("Resources:\n  A: {Type: AWS::SQS::Queue}\n", Append(A, "Tags", {"Key": "a"})),
        ("Resources:\n  A: {Type: T, Properties: {Tags: !Ref Tags}}\n", Append(A, "Tags", {"Key": "a"})),
        ("Resources:\n  A:\n    Type: T\n    Properties:\n      X: |\n        long\n", Put(A, ("X",), 1)),
        ("just text\n", Await(A, ("G",))),
        ("a: [\n", Await(A, ("G",))),
    ],
)
def test_what_does_not_fit_is_left_alone(text: str, edit: Edit) -> None:
    with pytest.raises(CannotEdit):
        edit_text(text, (edit,))


def test_a_group_is_opened_within_it_or_beside_it() -> None:
    within, beside = open_group(G, True, "tcp", 5432, A)
    assert isinstance(within[0], Append)
    assert isinstance(beside[0], Make)
    [default] = open_group(Address("app", "Vpc.DefaultSecurityGroup"), True, "tcp", 443, "10.0.0.0/8")
    assert isinstance(default[0], Make)
    assert default[0].properties["GroupId"] == {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
    assert open_group(G, True, "tcp", 443, Address("other", "A")) == ()
