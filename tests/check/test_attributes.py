"""Attributes that a type does not have."""

from __future__ import annotations

from pathlib import Path

from stackflight.check.template.attributes import refusals_of
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source

TEMPLATE = """\
Parameters:
  Kept: {Type: String}
Conditions:
  Keeps: !Equals [!Ref Kept, "yes"]
Resources:
  Files: {Type: AWS::S3::Bucket}
  Data: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
  Own: {Type: Custom::Own, Properties: {ServiceToken: "arn:aws:sns:us-east-1:111122223333:own"}}
  One: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Files.Arn, TopicName: !Sub "${Data.Endpoint.Address}-${Own.Whatever}"}}
  Two: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Files.DomianName}}
  Three: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Files.Url}}
  Four: {Type: AWS::SNS::Topic, Properties: {DisplayName: !If [Keeps, !GetAtt Two.Nothing, x]}}
Outputs:
  Five: {Value: !Sub "${One.TopicArns}"}
"""


def test_what_is_misspelt_or_of_a_type_that_has_long_stayed_the_same_is_refused_and_the_rest_may_be() -> None:
    """Audit, row 3. Nothing is said of a branch that is open, of custom resources, and of parts of an attribute."""
    world = join_stacks([Source("app", parse_template(TEMPLATE, "app.yaml"))], {}, LocalFolder(Path()))
    report = check_world("app", world, SystemClock(), 0.0)
    found = {
        one.message.split(",")[0]: str(one.severity) for one in report.findings if one.check == "attribute-not-given"
    }

    assert found == {
        "Two reads the attribute DomianName of Files": "blocking",
        "Three reads the attribute Url of Files": "warning",
        "an output reads the attribute TopicArns of One": "blocking",
    }
    assert len(list(refusals_of(world, world.stack("app")))) == 2
