"""What rules that others keep get of a stack."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from stackflight.check.handover import as_written, hand_over
from stackflight.local.folder import LocalFolder
from stackflight.model.template import Stack
from stackflight.model.value import Value
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template


def stack_of(text: str, **parameters: Value) -> Stack:
    template = parse_template(textwrap.dedent(text), "template.yaml")
    return join_stacks([Source("app", template)], parameters, LocalFolder(Path("nowhere"))).stack("app")


def resolved(text: str, **parameters: Value) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hand_over(stack_of(text, **parameters), True).resolved)
    return found


BRANCHES = """
    Parameters:
      Stage: {Type: String, Default: dev}
      Name: {Type: String, Default: ""}
      Size: {Type: String}
    Conditions: {Production: !Equals [!Ref Stage, prod]}
    Resources:
      Table:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: !If [Production, !Ref Name, fallback], Note: !Ref Size, Size: !Sub "${Size}-${!kept}"}
      Extra: {Type: AWS::SNS::Topic, Condition: Production}
      Queue: {Type: AWS::SQS::Queue, DependsOn: Table, Properties: {QueueName: !Ref Table, Arn: !GetAtt Table.Arn}}
    Outputs:
      Where: {Value: !GetAtt Table.Arn, Export: {Name: where}}
"""


def test_only_the_branch_that_is_taken_and_what_will_be_made_is_handed_over() -> None:
    written = resolved(BRANCHES)
    assert written["Resources"]["Table"]["Properties"]["TableName"] == "fallback"
    assert "Extra" not in written["Resources"]
    assert "Conditions" not in written


def test_given_values_decide_before_defaults_do() -> None:
    written = resolved(BRANCHES, Stage="prod", Name="given")
    assert written["Resources"]["Table"]["Properties"]["TableName"] == "given"
    assert "Extra" in written["Resources"]


def test_what_is_open_is_a_parameter_without_a_value() -> None:
    written = resolved(BRANCHES)
    asked = written["Resources"]["Table"]["Properties"]["Note"]["Ref"]
    assert written["Parameters"][asked] == {"Type": "String"}
    text, parts = written["Resources"]["Table"]["Properties"]["Size"]["Fn::Sub"]
    assert text == "${Part0}-${!kept}"
    assert parts == {"Part0": {"Ref": asked}}


def test_references_order_and_exports_stay() -> None:
    written = resolved(BRANCHES)
    queue = written["Resources"]["Queue"]
    assert queue["DependsOn"] == ["Table"]
    assert queue["Properties"] == {"QueueName": {"Ref": "Table"}, "Arn": {"Fn::GetAtt": ["Table", "Arn"]}}
    assert written["Outputs"]["Where"]["Export"] == {"Name": "where"}


def test_the_types_of_what_will_be_made_are_named() -> None:
    assert hand_over(stack_of(BRANCHES), True).types == ("AWS::DynamoDB::Table", "AWS::SQS::Queue")


def test_nothing_is_written_out_where_nobody_asks() -> None:
    assert hand_over(stack_of(BRANCHES), False).resolved == ""


def many_choices(number: int, default: str) -> str:
    declared = "\n".join(f"  P{n}: {{Type: String{default}, AllowedValues: [a, b]}}" for n in range(number))
    text = "".join(f"${{P{n}}}" for n in range(number))
    return f'Parameters:\n{declared}\nResources:\n  T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Sub "{text}"}}}}\n'


def test_a_choice_with_a_default_has_it() -> None:
    assert hand_over(stack_of(many_choices(2, ", Default: b")), False).parameters == {"P0": "b", "P1": "b"}


def test_a_few_open_choices_are_left_to_the_rules_and_many_are_not() -> None:
    assert hand_over(stack_of(many_choices(6, "")), False).parameters == {}
    assert len(hand_over(stack_of(many_choices(16, "")), False).parameters) == 16


def test_the_template_without_what_its_conditions_leave_out_keeps_its_form() -> None:
    text = """
        Parameters: {Mode: {Type: String, Default: dev}, Open: {Type: String}}
        Conditions: {Production: !Equals [!Ref Mode, prod], Wanted: !Equals [!Ref Open, "yes"]}
        Resources:
          Queue: {Type: AWS::SQS::Queue, Condition: Production}
          Topic:
            Type: AWS::SNS::Topic
            DependsOn: Queue
            Properties: {DisplayName: !If [Production, !Ref Queue, !Sub "${Mode}-x"], TopicName: !If [Wanted, a, b]}
        Outputs: {Name: {Condition: Production, Value: !Ref Queue}}
    """
    stack = stack_of(text)
    written = json.loads(hand_over(stack, False).decided)
    assert written["Resources"] == {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::Sub": "${Mode}-x"}, "TopicName": {"Fn::If": ["Wanted", "a", "b"]}},
        }
    }
    assert written["Outputs"] == {}
    assert written["Conditions"]["Production"] == {"Fn::Equals": ["a", "b"]}
    assert written["Conditions"]["Wanted"] == {"Fn::Equals": [{"Ref": "Open"}, "yes"]}
    path = ("Resources", "Topic", "Properties", "DisplayName", "Fn::Sub")
    assert as_written(stack, path) == (*path[:4], "Fn::If", 2, "Fn::Sub")


def test_a_template_without_conditions_is_judged_as_it_is_written() -> None:
    assert hand_over(stack_of("Resources: {Topic: {Type: AWS::SNS::Topic}}"), False).decided == ""
