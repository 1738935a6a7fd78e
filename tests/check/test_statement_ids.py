"""Where a statement id may stand twice: IAM refuses it, queues and topics may, other keepers of policies do not mind."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

STATEMENTS = """[
  {Sid: Same, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "ACTION", Resource: "*"},
  {Sid: Same, Effect: Deny, Principal: {AWS: "arn:aws:iam::111122223333:user/a"}, Action: "ACTION", Resource: "*"}]"""
TEMPLATES = {
    "kms:*": "Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: '2012-10-17', Statement: STATEMENTS}}}",
    "s3:GetObject": "Policy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: files, PolicyDocument: {Version: '2012-10-17', Statement: STATEMENTS}}}",
    "sns:Publish": "Policy: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [arn], PolicyDocument: {Version: '2012-10-17', Statement: STATEMENTS}}}",
    "ec2:*": "Policy: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Version: '2012-10-17', Statement: STATEMENTS}}}",
}


@pytest.mark.parametrize(
    ("action", "severity"), [("kms:*", []), ("s3:GetObject", []), ("sns:Publish", ["warning"]), ("ec2:*", ["blocking"])]
)
def test_a_statement_id_may_stand_twice_where_its_keeper_does_not_mind(action: str, severity: list[str]) -> None:
    text = "Resources:\n  " + TEMPLATES[action].replace("STATEMENTS", STATEMENTS.replace("ACTION", action))
    if action == "ec2:*":  # an identity policy names no principal
        text = text.replace('Principal: {AWS: "arn:aws:iam::111122223333:root"}, ', "")
        text = text.replace('Principal: {AWS: "arn:aws:iam::111122223333:user/a"}, ', "")
    world = join_stacks([Source("stack", parse_template(text, "t.yaml"))], {}, LocalFolder(Path("nowhere")))
    findings = check_world("", world, SystemClock(), 0.0).findings
    assert [
        one.severity.value for one in findings if one.check == "policy-element" and "Same" in one.message
    ] == severity
