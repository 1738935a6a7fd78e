"""References that a deployment follows: to resources that are not created, to nested stacks, to names exported twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import found, judge_world

from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.model.value import Value
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

HEAD = """
Parameters: {WithCache: {Type: String%s}}
Conditions: {Cached: !Equals [!Ref WithCache, "true"]}
"""
OFF, OPEN = HEAD % ', Default: "false"', HEAD % ""
CACHE = "Cache: {Type: AWS::SQS::Queue, Condition: Cached}\n"


def test_a_reference_to_a_resource_whose_condition_is_false_is_refused() -> None:
    user = CACHE + "User: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt Cache.Arn}}\n"

    [refused] = found(user, "reference-to-nothing", OFF)

    assert (refused.severity, refused.resources) == (Severity.BLOCKING, ("User",))
    assert not found(user, "reference-to-nothing", OPEN)


@pytest.mark.parametrize(
    "user",
    [
        "User: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !If [Cached, !GetAtt Cache.Arn, none]}}",
        "User: {Type: AWS::SNS::Topic, DependsOn: Cache}",
        "User: {Type: AWS::SSM::Parameter, Condition: Cached, Properties: {Type: String, Value: !Ref Cache}}",
        "User: {Type: AWS::SNS::Topic, Properties: {DisplayName: !If [Later, !Ref Cache, x]}}",
    ],
)
def test_a_reference_that_is_not_followed_is_none(user: str) -> None:
    head = OFF.replace("WithCache:", "Day: {Type: String}, WithCache:")
    head = head.replace("Conditions: {", "Conditions: {Later: !Equals [!Ref Day, x], ")

    assert not found(CACHE + user + "\n", "reference-to-nothing", head)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("${HOME_DIR}/x", "${HOME_DIR} in Fn::Sub is no variable of the template"),
        ("${failure:-none yet}", "${failure:-none yet} in Fn::Sub has characters that no variable has"),
        ("${list[@]} ${#list}", "${list[@]} in Fn::Sub has characters that no variable has"),
        ("${!HOME_DIR}/${!failure:-none yet}", ""),
        ("$HOME_DIR ${ Cache } ${Cache.QueueName}", ""),
        ("${} ${open", ""),
    ],
)
def test_a_variable_of_the_shell_in_a_sub_is_refused_unless_it_is_written_as_text(text: str, refused: str) -> None:
    queue = "Cache: {Type: AWS::SQS::Queue}\n"
    user = f"User: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: !Sub '{text}'}}}}\n"
    said = found(queue + user, "reference-to-nothing")
    assert [finding.message for finding in said] == ([refused] if refused else [])


def test_a_variable_that_the_sub_itself_gives_may_have_an_underscore() -> None:
    user = "User: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub ['${a_b}', {a_b: x}]}}\n"
    assert not found(user, "reference-to-nothing")
    assert not found(user.replace("a_b: x", "b: x"), "reference-to-nothing", "Transform: Mine\n")


def test_an_output_of_a_resource_that_is_not_created_is_refused_unless_it_shares_the_condition() -> None:
    outputs = OFF + "Outputs: {Url: {%sValue: !Ref Cache}}"

    assert found(CACHE, "reference-to-nothing", outputs % "")
    assert not found(CACHE, "reference-to-nothing", outputs % "Condition: Cached, ")


def test_one_template_cannot_export_a_name_twice() -> None:
    queue = "Queue: {Type: AWS::SQS::Queue}\n"
    outputs = "Outputs: {A: {Value: a, Export: {Name: !Sub '${AWS::StackName}-x'}}, B: {Value: b, Export: {Name: %s}}}"

    [refused] = found(queue, "export-taken-twice", outputs % "!Join ['-', [!Ref AWS::StackName, x]]")

    assert "A and B" in refused.message
    assert not found(queue, "export-taken-twice", outputs % "!Sub '${AWS::StackName}-y'")


CHILD = """
Parameters: {Host: {Type: String}, Level: {Type: String, Default: info}}
Resources: {Queue: {Type: AWS::SQS::Queue}}
Outputs: {Url: {Value: !Ref Queue}}
"""


def nested(tmp_path: Path, parent: str, parameters: dict[str, Value] | None = None) -> list[Finding]:
    (tmp_path / "child.yaml").write_text(CHILD, encoding="utf-8")
    source = Source("stack", parse_template(parent, "parent.yaml"))
    world = join_stacks([source], parameters or {}, LocalFolder(tmp_path))
    verdicts = judge_world(world)
    return [item for item in verdicts.findings if item.check == "nested-stack-contract"]


APP = "Resources: {App: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {%s}}}}\n"


def test_a_parent_passes_what_its_nested_stack_declares_and_nothing_else(tmp_path: Path) -> None:
    assert not nested(tmp_path, APP % "Host: db")
    assert not nested(tmp_path, APP % "Host: !Ref AWS::Region, Level: debug")
    [missing] = nested(tmp_path, APP % "Level: debug")
    [foreign] = nested(tmp_path, APP % "Host: db, Size: 1")

    assert ("does not pass Host" in missing.message, "passes Size" in foreign.message) == (True, True)


def test_a_parent_reads_outputs_that_its_nested_stack_has(tmp_path: Path) -> None:
    parent = APP % "Host: db" + "Outputs: {Url: {Value: !GetAtt App.Outputs.%s}}\n"

    assert not nested(tmp_path, parent % "Url")
    [refused] = nested(tmp_path, parent % "QueueUrl")
    assert refused.severity is Severity.BLOCKING
