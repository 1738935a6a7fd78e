"""Managed policies of AWS by path and name, as roles attach them."""

from __future__ import annotations

import pytest
from judging import judge

from stackflight.model.finding import Severity

ROLE = """
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]}
    ManagedPolicyArns: ["arn:aws:iam::aws:policy/%s"]
"""


@pytest.mark.parametrize(
    ("policy", "severity", "fix"),
    [
        ("AWSLambdaBasicExecutionRole", Severity.BLOCKING, "policy/service-role/AWSLambdaBasicExecutionRole"),
        ("service-role/AmazonS3ReadOnlyAccess", Severity.BLOCKING, "policy/AmazonS3ReadOnlyAccess"),
        ("aws-service-role/AutoScalingServiceRolePolicy", Severity.BLOCKING, "leave it out"),
        ("AmazonEKSWorkerNodesPolicy", Severity.WARNING, "policy/AmazonEKSWorkerNodePolicy"),
        ("AmazonEMRServicePolic", Severity.WARNING, "policy/service-role/AmazonEMRServicePolicy_v2"),
        ("AWSLambdaFullAccess", Severity.WARNING, "successor"),
    ],
)
def test_a_policy_that_cannot_be_attached_is_told_with_the_one_that_can(
    policy: str, severity: Severity, fix: str
) -> None:
    [finding] = [finding for finding in judge(ROLE % policy) if finding.check == "policy-attachment"]

    assert finding.severity is severity
    assert fix in finding.remedy


@pytest.mark.parametrize(
    "policy",
    [
        "AmazonSSMManagedInstanceCore",
        "job-function/ViewOnlyAccess",
        "AmazonEKSClusterPolicyV7",
        "SomethingThatIsNewToday",
    ],
)
def test_what_is_right_or_may_be_newer_than_the_table_is_left_alone(policy: str) -> None:
    assert not [finding for finding in judge(ROLE % policy) if finding.check == "policy-attachment"]
