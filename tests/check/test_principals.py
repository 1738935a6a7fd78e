"""Principals that there are not, and policies beyond the sizes that services store."""

from __future__ import annotations

import pytest
from judging import found

from stackflight.facts.load import read_table
from stackflight.model.finding import Severity

TRUST = """
Worker:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {}}}]
"""


@pytest.mark.parametrize(
    ("principal", "severity"),
    [
        ("{Service: lambda}", Severity.BLOCKING),
        ("{Service: [lambda.amazonaws.com, ecs-tasks.amazon.com]}", Severity.BLOCKING),
        ("{Service: lamda.amazonaws.com}", Severity.WARNING),
        ("{AWS: '12345'}", Severity.BLOCKING),
        ("{AWS: lambda.amazonaws.com}", Severity.BLOCKING),
    ],
)
def test_a_principal_that_there_cannot_be_is_refused_and_a_near_one_doubted(principal: str, severity: Severity) -> None:
    [finding] = found(TRUST.format(principal), "principal-unknown")

    assert (finding.severity, finding.resources) == (severity, ("Worker",))


@pytest.mark.parametrize(
    "principal",
    [
        "{Service: states.eu-west-1.amazonaws.com}",
        "{Service: ec2.amazonaws.com.cn}",
        "{Service: !Sub 'lambda.${AWS::URLSuffix}'}",
        "{Service: something-quite-new.amazonaws.com}",
        "{Service: !Ref Given}",
        "{AWS: '111122223333'}",
        "{AWS: 'arn:aws:iam::111122223333:root'}",
        "{AWS: !Ref AWS::AccountId}",
        "{AWS: AIDACKCEVSQ6C2EXAMPLE}",
        "'*'",
        "{Federated: cognito-identity.amazonaws.com}",
    ],
)
def test_everything_else_may_be_a_principal(principal: str) -> None:
    assert found(TRUST.format(principal), "principal-unknown", "Parameters: {Given: {Type: String}}") == []


@pytest.mark.parametrize("name", read_table("principals")["principals"])
def test_no_known_service_is_taken_for_a_slip_of_another(name: str) -> None:
    assert found(TRUST.format(f"{{Service: {name}.amazonaws.com}}"), "principal-unknown") == []


def policy(kind: str, count: int, more: str = "") -> str:
    actions = ", ".join(f"'s3:GetObjectNumber{number:04}'" for number in range(count))
    document = f"{{Statement: [{{Effect: Allow, Action: [{actions}], Resource: '*'}}]}}"
    return f"{{Type: {kind}, Properties: {{{more}PolicyDocument: {document}}}}}"


def test_sizes_are_counted_over_all_inline_policies_of_a_role_and_what_is_open_counts_nothing() -> None:
    role = "Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}\n"
    one = f"One: {policy('AWS::IAM::Policy', 220, 'PolicyName: a, Roles: [!Ref Role], ')}\n"
    two = f"Two: {policy('AWS::IAM::Policy', 220, 'PolicyName: b, Roles: [!Ref Role], ')}\n"

    assert found(role + one, "policy-too-long") == []
    [both] = found(role + one + two, "policy-too-long")
    assert (both.severity, both.resources) == (Severity.BLOCKING, ("Role", "One", "Two"))
    assert (
        found(
            role
            + one
            + two.replace("Two:", "Two:").replace(
                "Type: AWS::IAM::Policy, ", "Type: AWS::IAM::Policy, Condition: Maybe, "
            ),
            "policy-too-long",
            "Parameters: {Given: {Type: String}}\nConditions: {Maybe: !Equals [!Ref Given, x]}",
        )
        == []
    )


def test_a_managed_policy_has_its_own_quota() -> None:
    assert found(f"Policy: {policy('AWS::IAM::ManagedPolicy', 200)}", "policy-too-long") == []
    assert len(found(f"Policy: {policy('AWS::IAM::ManagedPolicy', 300)}", "policy-too-long")) == 1
