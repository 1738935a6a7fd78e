"""Policies of resources that demand an endpoint or a VPC, against the way on which requests come."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_function

from stackflight.model.finding import Verdict

PUTS = "import boto3, os\ndef handler(event, context):\n    boto3.client('s3').put_object(Bucket=os.environ['BUCKET'], Key='a')\n"


def _putting(when: dict[str, Any], *, tables: tuple[str, ...] = ("PrivateTable",), **statement: Any) -> Town:
    built = with_function(town(endpoints=("s3",))).remove("Init")
    built.set("EndpointS3", RouteTableIds=[ref(name) for name in tables])
    built.add("Bucket", "AWS::S3::Bucket")
    refusal = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}, "Condition": when}  # fmt: skip
    built.add("Policy", "AWS::S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument={"Statement": [refusal | statement]})  # fmt: skip
    return built.set("Function", Code={"ZipFile": PUTS}, Environment={"Variables": {"BUCKET": ref("Bucket")}})


def _unless(key: str, value: Any, operator: str = "StringNotEquals") -> dict[str, Any]:
    return {operator: {key: value}}


OURS = _unless("aws:SourceVpce", ref("EndpointS3"))
PAST: dict[str, Any] = {"tables": ("PublicTable",)}


@pytest.mark.parametrize(
    ("built", "verdict"),
    [
        (_putting(OURS), Verdict.YES),
        (_putting(OURS, **PAST), Verdict.NO),
        (_putting(_unless("aws:sourceVpc", ref("Vpc"))), Verdict.YES),
        (_putting(_unless("aws:sourceVpc", ref("Vpc")), **PAST), Verdict.NO),
        (_putting(_unless("aws:SourceVpce", "vpce-1")), Verdict.UNKNOWN),
        (_putting(_unless("aws:SourceVpce", "vpce-1"), **PAST), Verdict.NO),
        (_putting(_unless("aws:SourceVpce", ref("EndpointS3"), "StringNotEqualsIfExists"), **PAST), Verdict.NO),
        (_putting(OURS, **PAST, Action="s3:GetObject"), Verdict.YES),
        (_putting(OURS, **PAST, Resource={"Fn::Sub": "${Bucket.Arn}/inner/*"}), Verdict.YES),
        (_putting(OURS, **PAST, Principal={"AWS": "arn:aws:iam::111122223333:role/other"}), Verdict.YES),
        (_putting(OURS | {"Bool": {"aws:PrincipalIsAWSService": "false"}}, **PAST), Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_a_policy_that_demands_an_endpoint_strikes_what_comes_past_it(built: Town, verdict: Verdict) -> None:
    assert verdict_on(built.judge(), "s3") is verdict


def test_the_endpoint_that_does_not_serve_the_caller_is_to_blame() -> None:
    (found,) = blocking(_putting(OURS, **PAST).judge())
    assert found.resources[:3] == ("EndpointS3", "Policy", "Function")
    assert found.remedy == "add the route tables of the callers to the RouteTableIds of EndpointS3"


def test_a_queue_that_demands_an_endpoint_is_asked_over_its_private_name() -> None:
    built = with_function(town(endpoints=("sqs",))).remove("Init").add("Queue", "AWS::SQS::Queue")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": att("Queue", "Arn"), "Condition": _unless("aws:SourceVpce", ref("EndpointSqs"))}  # fmt: skip
    built.add("Policy", "AWS::SQS::QueuePolicy", Queues=[ref("Queue")], PolicyDocument={"Statement": [statement]})
    code = "import boto3, os\ndef handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody='a')\n"  # fmt: skip
    built.set("Function", Code={"ZipFile": code}, Environment={"Variables": {"QUEUE": ref("Queue")}})
    assert verdict_on(built.judge(), "sqs") is Verdict.YES
    assert verdict_on(built.set("EndpointSqs", PrivateDnsEnabled=False).judge(), "sqs") is Verdict.NO
