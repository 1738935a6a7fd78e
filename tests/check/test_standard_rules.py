"""What becomes of the findings of cloudformation-validate."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from stackflight.check.registry import CHECKS
from stackflight.check.standard import BLOCKS, LEFT_OUT, OURS, find_standard
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.local.standard_rules import load_standard_rules
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.template import Environment, Stack, World
from stackflight.model.template import Path as Steps
from stackflight.model.value import Value
from stackflight.model.violation import Violation
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template


def world_of(text: str, **parameters: Value) -> World:
    template = parse_template(textwrap.dedent(text), "template.yaml")
    return join_stacks([Source("app", template)], parameters, LocalFolder(Path("nowhere")))


def stack_of(text: str, **parameters: Value) -> Stack:
    return world_of(text, **parameters).stack("app")


def judge(text: str, **parameters: Value) -> list[Finding]:
    """The findings of the real rules, ours beside them, over one template."""
    world = world_of(text, **parameters)
    return list(check_world("template.yaml", world, SystemClock(), 0.0, load_standard_rules()).findings)


def only_standard(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.check.startswith("standard/")]


TASK = """
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          Family: web
          RequiresCompatibilities: [FARGATE]
          NetworkMode: awsvpc
          Cpu: "256"
          Memory: "4096"
          ContainerDefinitions: [{Name: web, Image: nginx}]
"""


def test_an_error_becomes_a_warning_with_the_rules_own_id_line_and_resource() -> None:
    violations = load_standard_rules().judge(textwrap.dedent(TASK), None, LEFT_OUT)
    [finding] = find_standard(stack_of(TASK), violations, ())
    assert finding.check == "standard/E3047"
    assert finding.code == "E3047"
    assert finding.severity is Severity.WARNING
    assert finding.certainty is Certainty.POSSIBLE
    assert finding.resources == ("Task",)
    assert finding.where.file == "template.yaml"
    assert finding.where.line == 9
    assert "4096" in finding.message


def test_what_cloudformation_refuses_while_it_reads_the_template_blocks() -> None:
    findings = judge(
        """
        Parameters:
          Stage: {Type: Strng, Default: dev}
        Resources:
          Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Stage}}
        """
    )
    [finding] = [finding for finding in findings if finding.severity is Severity.BLOCKING]
    assert finding.check == "standard/F2002"
    assert finding.certainty is Certainty.PROVED


def test_a_macro_may_mend_what_would_block() -> None:
    findings = judge(
        """
        Transform: [Expand]
        Parameters:
          Stage: {Type: Strng, Default: dev}
        Resources:
          Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Stage}}
        """
    )
    assert {finding.severity for finding in findings} == {Severity.WARNING}


def test_style_and_hygiene_are_left_out() -> None:
    findings = judge(
        """
        Resources:
          Topic: {Type: AWS::SNS::Topic}
          Bucket: {Type: AWS::S3::Bucket, DependsOn: Topic, Properties: {BucketName: !Sub "fixed"}}
        """
    )
    assert only_standard(findings) == []


def test_our_finding_wins_over_theirs_on_a_circle() -> None:
    findings = judge(
        """
        Resources:
          A: {Type: AWS::SNS::Topic, DependsOn: B}
          B: {Type: AWS::SNS::Topic, DependsOn: A}
        """
    )
    assert [finding.check for finding in findings] == ["circular-dependency"]


def test_our_finding_wins_over_theirs_on_a_reference_to_nothing() -> None:
    findings = judge(
        """
        Resources:
          Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Nobody}}
        """
    )
    assert [finding.check for finding in findings] == ["reference-to-nothing"]


DATABASE = """
    Parameters:
      Engine: {Type: String, Default: mysql}
    Resources:
      Cluster:
        Type: AWS::RDS::DBCluster
        Properties: {Engine: !Ref Engine, MasterUsername: admin, ManageMasterUserPassword: true}
"""


def violation(message: str, *path: str | int, rule: str = "E9006") -> Violation:
    return Violation(rule, "error", message, "Cluster", ("Properties", *path), 5)


def test_a_value_that_the_template_does_not_give_is_no_finding() -> None:
    wrong = violation("'docdb' is not one of ['mysql']", "Engine")
    assert list(find_standard(stack_of(DATABASE), [wrong], ())) == []


def test_a_value_that_the_template_gives_is_a_warning() -> None:
    wrong = violation("'docdb' is not one of ['mysql']", "Engine")
    [finding] = find_standard(stack_of(DATABASE, Engine="docdb"), [wrong], ())
    assert finding.severity is Severity.WARNING


def test_a_value_that_an_input_decides_is_a_note() -> None:
    wrong = violation("'docdb' is not one of ['mysql']", "Engine")
    open_template = DATABASE.replace(", Default: mysql", "")
    [finding] = find_standard(stack_of(open_template), [wrong], ())
    assert finding.severity is Severity.NOTE


def test_a_major_version_is_a_version() -> None:
    text = DATABASE.replace("Engine: !Ref Engine", "Engine: !Ref Engine, EngineVersion: '8.0'")
    major = violation("'8.0' is not one of ['5.7.44', '8.0.40']", "EngineVersion")
    assert list(find_standard(stack_of(text), [major], ())) == []
    other = violation("'8.0' is not one of ['5.7.44', '8.01.2']", "EngineVersion")
    assert list(find_standard(stack_of(text), [other], ()))


def test_the_length_of_another_branch_is_no_finding() -> None:
    text = DATABASE.replace("Engine: !Ref Engine", "Engine: !Ref Engine, DatabaseName: app")
    empty = violation("length 0 is below minimum 1", "DatabaseName", rule="F3033")
    assert list(find_standard(stack_of(text), [empty], ())) == []
    assert list(find_standard(stack_of(text.replace("app", "''")), [empty], ()))


def test_a_list_whose_items_differ_once_conditions_are_decided_is_no_finding() -> None:
    text = """
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Cluster:
        Type: AWS::RDS::DBCluster
        Properties: {AvailabilityZones: [!If [Never, a, !Ref AWS::NoValue], !If [Never, b, !Ref AWS::NoValue]]}
    """
    twice = violation("Array items are not unique", "AvailabilityZones", rule="F3037")
    assert list(find_standard(stack_of(text), [twice], ())) == []
    assert list(find_standard(stack_of(text.replace("[a, b]", "[a, a]").replace("Never, b", "Never, a")), [twice], ()))


def test_a_resource_whose_condition_is_false_is_not_judged() -> None:
    text = DATABASE.replace("    Resources:", "    Conditions: {Never: !Equals [a, b]}\n    Resources:").replace(
        "Type: AWS::RDS::DBCluster", "Type: AWS::RDS::DBCluster\n        Condition: Never"
    )
    missing = Violation("F3003", "fatal", "'Engine' is a required property", "Cluster", ("Properties",), 5)
    assert list(find_standard(stack_of(text), [missing], ())) == []


def test_the_same_rule_at_the_same_place_is_told_once() -> None:
    twice = [violation("'a' bad", "Engine"), violation("'b' bad", "Engine")]
    assert len(list(find_standard(stack_of(DATABASE), twice, ()))) == 1


def test_every_rule_that_the_policy_names_exists() -> None:
    package = pytest.importorskip("cloudformation_validate")
    known = {rule.id for rule in package.CompositeEngine().list_rules()}
    assert known >= BLOCKS | LEFT_OUT | OURS.keys()
    assert not BLOCKS & LEFT_OUT


def test_every_check_that_wins_over_a_rule_exists() -> None:
    assert {check for checks in OURS.values() for check in checks} <= {check.id for check in CHECKS}


def test_without_the_rules_their_findings_are_absent() -> None:
    report = check_world("template.yaml", world_of(TASK), SystemClock(), 0.0)
    assert only_standard(report.findings) == []


def test_our_finding_wins_over_theirs_on_a_size_that_fargate_does_not_offer() -> None:
    assert [finding.check for finding in judge(TASK)] == ["fargate-size"]


def test_what_is_known_to_be_right_is_not_repeated() -> None:
    findings = judge(
        """
        Mappings:
          Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/mappings.yaml}}
        Resources:
          Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
          Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: "300"}}
          Queue: {Type: AWS::EC2::Instance}
        Outputs:
          Said: {Value: !GetAtt Wait.Data}
          Tags: {Value: !GetAtt Queue.State}
        """
    )
    assert not {"standard/E7001"} & {finding.check for finding in findings}
    assert [finding.message for finding in findings if finding.check == "standard/F6101"] == [
        "Output 'Tags': GetAtt 'Queue.State' returns type 'object', not 'string'"
    ]


@pytest.mark.parametrize(
    ("path", "message", "said"),
    [
        (("Properties", "VpcConfig", "SubnetIds", 0), "'x' is no id", "Fn: VpcConfig.SubnetIds.0: 'x' is no id"),
        (
            ("Properties", "Environment", "Variables", "H"),
            "'H' was unexpected",
            "Fn: Environment.Variables: 'H' was unexpected",
        ),
        (("Properties", "Role"), "'Role' is a required property", "Fn: 'Role' is a required property"),
        (("Properties",), "'Role' is a required property", "Fn: 'Role' is a required property"),
        (("DeletionPolicy",), "'x' is no policy", "Fn: 'x' is no policy"),
    ],
)
def test_a_message_says_which_property_it_judges(path: Steps, message: str, said: str) -> None:
    stack = stack_of("Resources: {Fn: {Type: AWS::Lambda::Function}}")

    [finding] = find_standard(stack, [Violation("F3031", "fatal", message, "Fn", path)], ())

    assert finding.message == said


def test_a_zone_of_the_stacks_own_region_is_no_finding() -> None:
    text = "Resources: {Disk: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: us-east-1a, Size: 10}}}"
    template = parse_template(text, "template.yaml")
    home = Environment(account=None, region="us-east-1")
    world = join_stacks([Source("app", template, home)], {}, LocalFolder(Path("nowhere")))

    report = check_world("template.yaml", world, SystemClock(), 0.0, load_standard_rules())

    assert not report.findings
