"""What the templates do not show is said, never played as short: nested stacks elsewhere, custom resources without code."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackflight.errors import WrongUsage
from stackflight.local.folder import LocalFolder
from stackflight.model.estimate import Rehearsal
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views.paper import Paper
from stackflight.views.rehearsal_json import render_rehearsal as render_json
from stackflight.views.rehearsal_text import render_rehearsal as render_text

NESTED = """
Resources:
  Network: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://bucket.s3.amazonaws.com/network.yaml}}
  Queue: {Type: AWS::SQS::Queue}
"""
FUNCTION = """
Resources:
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: arn:aws:iam::111122223333:role/maker
      Code: %s
  Made: {Type: Custom::Made, Properties: {ServiceToken: !GetAtt Maker.Arn}}
"""
QUICK = '{ZipFile: "import cfnresponse\\ndef handler(e, c): cfnresponse.send(e, c, cfnresponse.SUCCESS, {})"}'
BUILDS = "{ZipFile: \"import boto3\\ndef handler(e, c): boto3.client('codebuild').start_build(projectName='x')\"}"
ELSEWHERE = "{S3Bucket: code, S3Key: maker.zip}"


def played(text: str, **durations: float) -> Rehearsal:
    world = join_stacks([Source("stack", parse_template(text, "template.yaml"))], {}, LocalFolder(Path("nowhere")))
    return rehearse(world, (), RehearsalOptions(runs=2, durations=durations))


def test_a_nested_stack_that_was_not_read_makes_every_length_a_lower_bound() -> None:
    rehearsal = played(NESTED)

    assert rehearsal.unseen == ("Network",)
    assert "CREATE_COMPLETE after at least 0:" in render_text(rehearsal, Paper(width=90))
    assert '"lower_bound":true' in render_json(rehearsal)


@pytest.mark.parametrize(("code", "unseen"), [(QUICK, ()), (BUILDS, ("Made",)), (ELSEWHERE, ("Made",))])
def test_a_custom_resource_is_of_known_length_where_its_code_was_read_and_starts_nothing_long(
    code: str, unseen: tuple[str, ...]
) -> None:
    assert played(FUNCTION % code).unseen == unseen


def test_a_length_that_is_given_is_played_and_known() -> None:
    rehearsal = played(FUNCTION % ELSEWHERE, Made=420.0)

    assert rehearsal.unseen == ()
    assert 420 <= rehearsal.seconds < 480
    assert "at least" not in render_text(rehearsal, Paper(width=90))


def test_a_length_for_nothing_in_the_template_is_refused() -> None:
    with pytest.raises(WrongUsage, match="--duration names Mode, which is in no template"):
        played(FUNCTION % ELSEWHERE, Mode=420.0)
