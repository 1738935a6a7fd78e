"""What becomes of the findings of cloudformation-validate."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from stackflight.check.registry import every_check
from stackflight.check.standard import BLOCKS, LEFT_OUT, OURS, find_standard
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.local.standard_rules import load_standard_rules
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.near import is_slip
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
    assert {check for checks in OURS.values() for check in checks} <= {check.id for check in every_check()}


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


ROLE_WITH_A_PATH = """
    Resources:
      Role:
        Type: AWS::IAM::Role
        Properties:
          Path: /app/
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: codebuild.amazonaws.com}, Action: sts:AssumeRole}]
      Build:
        Type: AWS::CodeBuild::Project
        Properties:
          ServiceRole: !GetAtt Role.Arn
          Artifacts: {Type: NO_ARTIFACTS}
          Environment: {ComputeType: BUILD_GENERAL1_SMALL, Image: "aws/codebuild/standard:7.0", Type: LINUX_CONTAINER}
          Source: {Type: NO_SOURCE, BuildSpec: "version: 0.2"}
"""


def test_the_arn_of_a_role_with_a_path_is_no_name() -> None:
    assert "standard/E3050" not in {finding.check for finding in judge(ROLE_WITH_A_PATH)}
    assert "standard/E3050" in {
        finding.check for finding in judge(ROLE_WITH_A_PATH.replace("!GetAtt Role.Arn", "!Ref Role"))
    }


def test_functions_hooks_and_versions_that_cloudformation_takes_are_no_findings() -> None:
    findings = judge(
        """
        Transform: AWS::LanguageExtensions
        Hooks: {Green: {Type: "AWS::CodeDeploy::BlueGreen", Properties: {}}}
        Resources:
          Own: {Type: Custom::Own, Version: 1.0, Properties: {ServiceToken: "arn:aws:lambda:eu-west-1:123456789012:function:f"}}
          Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["-", [a, Fn::Length: [b]]]}}
        """
    )
    assert not {"standard/F0005", "standard/E1022", "standard/E3001"} & {finding.check for finding in findings}


ORIGINS = """
    Parameters: {Kind: {Type: String}}
    Conditions: {Bucket: !Equals [!Ref Kind, bucket], Other: !Equals [!Ref Kind, other]}
    Resources:
      Cdn:
        Type: AWS::CloudFront::Distribution
        Properties:
          DistributionConfig:
            Enabled: true
            DefaultCacheBehavior: {TargetOriginId: o, ViewerProtocolPolicy: allow-all, ForwardedValues: {QueryString: false}}
            Origins:
              - Id: o
                DomainName: e.example.com
                S3OriginConfig: !If [Bucket, {OriginAccessIdentity: ""}, !Ref AWS::NoValue]
                CustomOriginConfig: !If [Bucket, !Ref AWS::NoValue, {OriginProtocolPolicy: https-only}]
"""


def test_what_stands_in_opposite_branches_never_meets() -> None:
    said = {"standard/F3020", "origin-of-two-kinds"}
    both = ORIGINS.replace("!If [Bucket, !Ref", "!If [Other, !Ref")

    assert not said & {finding.check for finding in judge(ORIGINS)}
    assert len(said & {finding.check for finding in judge(both)}) == 1


@pytest.mark.parametrize(("wrong", "severity"), [("VisibilityTimeOut", "blocking"), ("Zeal", "warning")])
def test_a_property_that_is_one_slip_away_from_a_known_one_blocks(wrong: str, severity: str) -> None:
    [finding] = judge(f"Resources: {{Queue: {{Type: AWS::SQS::Queue, Properties: {{{wrong}: 30}}}}}}")
    assert finding.check == "standard/F3002"
    assert finding.severity.value == severity


@pytest.mark.parametrize(
    ("wrong", "right", "slip"),
    [
        ("AwsVpcConfiguration", "AwsvpcConfiguration", True),
        ("VisibiltyTimeout", "VisibilityTimeout", True),
        ("Hanlder", "Handler", True),
        ("Runtimes", "Runtime", False),
        ("Subnet", "Subnets", False),
        ("Engine", "EngineVersion", False),
    ],
)
def test_a_slip_is_a_letter_or_case_and_not_another_word(wrong: str, right: str, slip: bool) -> None:
    assert is_slip(wrong, right) is slip


MANY_CONDITIONS = (
    "Parameters:\n"
    + "".join(f"  P{n}: {{Type: String, Default: '', AllowedValues: ['', a]}}\n" for n in range(40))
    + "Conditions:\n"
    + "".join(f"  C{n}: !Not [!Equals [!Ref P{n}, '']]\n" for n in range(40))
    + "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: !Sub\n        - '"
    + "".join(f"${{V{n}}}" for n in range(40))
    + "'\n        - "
    + "{"
    + ", ".join(f"V{n}: !If [C{n}, !Ref P{n}, x]" for n in range(40))
    + "}\n"
    + "Outputs:\n"
    + "".join(f"  O{n}: {{Condition: C{n}, Value: !If [C{n}, !Ref P{n}, x]}}\n" for n in range(40))
)


def test_a_template_of_many_choices_and_conditions_is_judged() -> None:
    assert [finding.check for finding in judge(MANY_CONDITIONS)] == []


def test_where_conditions_are_decided_lines_are_still_those_of_the_file() -> None:
    findings = judge(
        """
        Parameters: {Mode: {Type: String, Default: ""}}
        Conditions: {Named: !Not [!Equals [!Ref Mode, ""]]}
        Resources:
          First: {Type: AWS::SNS::Topic, Condition: Named, Properties: {Unheard: 1}}
          Queue:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !If [Named, !Ref Mode, !Ref AWS::NoValue]
              RedrivePolicy: !If
                - Named
                - !Ref AWS::NoValue
                - maxReceiveCount: 3
                  deadLetterTargetArn: not-an-arn
              VisibilityTimeOut: 30
        """
    )
    [finding] = [finding for finding in findings if finding.check == "standard/F3002"]
    assert finding.resources == ("Queue",)
    assert finding.where.line == 15


def test_a_fault_of_another_property_is_told_whatever_the_layout() -> None:
    """In flow style all properties stand on one line, and our finding there hid what the rules say of the others."""
    role = "arn:aws:iam::111122223333:role/a"
    block = (
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.13\n      Handler: index.handler\n"
        f"      Role: {role}\n      Code: {{ZipFile: pass}}\n      Timeout: 901\n      Environment: {{Variables: {{AWS_REGION: a}}}}\n"
    )
    flow = (
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties: {Runtime: python3.13, Handler: index.handler, "
        f"Role: '{role}', Code: {{ZipFile: pass}}, Timeout: 901, Environment: {{Variables: {{AWS_REGION: a}}}}}}\n"
    )
    found = [{finding.check for finding in judge(text)} for text in (block, flow)]
    assert found[0] == found[1] >= {"function-setting-refused", "standard/E3717"}
