"""Templates that the tests deploy."""

from __future__ import annotations

import json
from typing import Any


def text(resources: dict[str, Any], **sections: Any) -> str:
    """A template as JSON."""
    return json.dumps({"Resources": resources, **sections})


QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
SLOWER: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}}
TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}
BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket"}
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    },
}
