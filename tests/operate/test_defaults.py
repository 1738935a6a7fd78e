"""What a parameter's default alone proves does not block where somebody may give another value."""

from __future__ import annotations

import textwrap
from pathlib import Path

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.template import World
from stackflight.model.value import Value
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source
from stackflight.read.parameters import without_defaults

NAMED = """
    Parameters:
      Name: {Type: String, Default: UPPER_CASE}
      Unused: {Type: String, Default: x}
    Resources:
      Store: {Type: AWS::S3::Bucket, Properties: {BucketName: NAME}}
"""


def judge(text: str, check: str = "bucket-name-invalid", **given: Value) -> list[Finding]:
    template = parse_template(textwrap.dedent(text), "template.yaml")
    folder = LocalFolder(Path("nowhere"))

    def world(of: Source) -> World:
        return join_stacks([of], given, folder)

    bare = world(Source("app", without_defaults(template, given)))
    found = check_world("template.yaml", world(Source("app", template)), SystemClock(), 0.0, bare=lambda: bare)
    return [finding for finding in found.findings if finding.check == check]


def test_a_default_that_is_refused_warns_and_names_the_parameter() -> None:
    [finding] = judge(NAMED.replace("NAME", "!Ref Name"))
    assert finding.severity is Severity.WARNING
    assert finding.certainty is Certainty.POSSIBLE
    assert "(by the default of the parameter Name)" in finding.message
    assert "--param Name=VALUE" in finding.remedy


def test_a_value_that_was_given_blocks() -> None:
    [finding] = judge(NAMED.replace("NAME", "!Ref Name"), Name="ALSO_UPPER")
    assert finding.severity is Severity.BLOCKING
    assert "default" not in finding.message


def test_what_stands_in_the_template_blocks_whatever_the_parameters_are() -> None:
    [finding] = judge(NAMED.replace("NAME", "UPPER_CASE"))
    assert finding.severity is Severity.BLOCKING


def test_a_condition_that_a_default_decides_is_followed_to_its_parameter() -> None:
    text = """
        Parameters: {Mode: {Type: String, Default: loud}}
        Conditions: {Loud: !Equals [!Ref Mode, loud], Wrong: !And [!Condition Loud, !Condition Loud]}
        Resources:
          Store: {Type: AWS::S3::Bucket, Properties: {BucketName: !If [Wrong, UPPER_CASE, fine]}}
    """
    [finding] = judge(text)
    assert finding.severity is Severity.WARNING
    assert "the default of the parameter Mode" in finding.message


def test_a_name_in_a_text_is_found_too() -> None:
    [finding] = judge(NAMED.replace("NAME", '!Sub "${Name}-store"'))
    assert "the default of the parameter Name" in finding.message


def test_of_a_path_the_parameter_behind_the_rules_of_what_it_breaks_at_is_named() -> None:
    text = """
    Parameters:
      Image: {Type: String, Default: ami-1}
      From: {Type: String, Default: 10.0.0.0/24}
    Resources:
      Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
      Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
      Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g, VpcId: !Ref Vpc}}
      Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Group, IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: !Ref From}}
      Server: {Type: AWS::EC2::Instance, Properties: {ImageId: !Ref Image, SubnetId: !Ref Subnet, SecurityGroupIds: [!Ref Group]}}
      Client:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: !Ref Image
          SubnetId: !Ref Subnet
          SecurityGroupIds: [!Ref Group]
          UserData: {Fn::Base64: !Sub "curl http://${Server.PrivateIp}/"}
    """
    [finding] = judge(text, "destination-unreachable")
    assert "(by the default of the parameter From)" in finding.message
