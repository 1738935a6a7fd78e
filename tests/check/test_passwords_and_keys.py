"""Passwords that are drawn, keys that nobody may change, and conditions that nobody fulfils."""

from __future__ import annotations

import json
from typing import Any

import pytest
from judging import found

from stackflight.facts.load import Row, read_table
from stackflight.model.finding import Finding, Severity

ROWS = read_table("generated_passwords")["types"]


def put(path: str, value: Any) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name.removesuffix("[]"): [value] if name.endswith("[]") else value}
    return dict(value)


def drawn(row: Row, **made: Any) -> list[Finding]:
    """What is said of a password of the row's type that is drawn so."""
    given = {"SecretStringTemplate": '{"username": "a"}', "GenerateStringKey": "password", **made}
    read = {"Fn::Sub": "{{resolve:secretsmanager:${Login}:SecretString:password}}"}
    subject = put(row["path"], read) | {"Engine": next(iter(row["longest"]))}
    body = {
        "Login": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": given}},
        "Subject": {"Type": row["type"], "Properties": subject},
    }
    return found(json.dumps(body), "generated-password-refused")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["type"])
def test_a_drawn_password_is_refused_for_its_length_and_kinds_and_doubted_for_its_characters(row: Row) -> None:
    fits = {"PasswordLength": 20, "ExcludeCharacters": row["refuses"]}
    assert not drawn(row, **fits)
    for wrong in ({"PasswordLength": row["shortest"] - 1}, {"PasswordLength": next(iter(row["longest"].values())) + 1}):
        [length] = drawn(row, **fits | wrong)
        assert (length.severity, length.resources) == (Severity.BLOCKING, ("Login", "Subject"))
    for kind in row.get("needs", ()):
        assert "it asks for some" in drawn(row, **fits, **{f"Exclude{kind}": True})[0].message
    doubted = drawn(row, PasswordLength=20)
    assert [one.severity for one in doubted] == ([Severity.WARNING] if row["refuses"] else [])


ROLE = """
Worker:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: 'sts:AssumeRole'}]}
Key:
  Type: AWS::KMS::Key
  Properties:
    KeyPolicy: {Statement: [{Effect: Allow, Principal: {AWS: WHO}, Action: 'kms:*', Resource: '*'}]}
"""


@pytest.mark.parametrize(
    ("who", "struck"),
    [
        ("!GetAtt Worker.Arn", True),
        ("[!GetAtt Worker.Arn]", True),
        ("[!GetAtt Worker.Arn, !Sub 'arn:aws:iam::${AWS::AccountId}:root']", False),
        ("!Ref Admin", False),
        ("'arn:aws:iam::111122223333:role/deployer'", False),
    ],
)
def test_a_role_of_the_same_stack_is_not_the_one_who_deploys_its_key(who: str, struck: bool) -> None:
    head = "Parameters: {Admin: {Type: String}}"
    findings = found(ROLE.replace("WHO", who), "key-policy-locks-out", head)

    assert [(item.severity, item.resources) for item in findings] == (
        [(Severity.BLOCKING, ("Key", "Worker"))] if struck else []
    )


TRUSTED = """
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement:
        - {Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: 'sts:AssumeRole', Condition: CONDITION}
Clock:
  Type: AWS::Scheduler::Schedule
  Properties:
    ScheduleExpression: rate(1 hour)
    FlexibleTimeWindow: {Mode: 'OFF'}
    Target: {Arn: 'arn:aws:sqs:eu-west-1:111122223333:q', RoleArn: !GetAtt Role.Arn}
"""


@pytest.mark.parametrize(
    ("condition", "struck"),
    [
        ("{StringEquals: {'aws:SourceAccount': '*'}}", True),
        ("{StringEquals: {'AWS:SourceArn': 'arn:aws:scheduler:*:111122223333:schedule/*'}}", True),
        ("{StringLike: {'aws:SourceAccount': '*'}}", False),
        ("{ArnEquals: {'aws:SourceArn': 'arn:aws:scheduler:*:111122223333:schedule/*'}}", False),
        ("{StringEquals: {'aws:SourceAccount': !Ref 'AWS::AccountId'}}", False),
        ("{StringEquals: {'aws:SourceAccount': ['*', '111122223333']}}", False),
        ("{StringEquals: {'aws:PrincipalTag/team': 'a*'}}", False),
    ],
)
def test_a_service_is_not_let_in_on_a_condition_that_it_never_fulfils(condition: str, struck: bool) -> None:
    findings = found(TRUSTED.replace("CONDITION", condition), "role-cannot-be-assumed")

    assert [item.severity for item in findings] == ([Severity.BLOCKING] if struck else [])
    assert all("knows no wildcards" in item.message for item in findings)


def test_a_token_whose_subject_is_compared_with_a_pattern_exactly_opens_nothing() -> None:
    role = """
    Deployer:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Statement:
            - Effect: Allow
              Principal: {Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'}
              Action: sts:AssumeRoleWithWebIdentity
              Condition: {OPERATOR: {'token.actions.githubusercontent.com:sub': 'repo:octo/site:*'}}
    """
    assert [item.resources for item in found(role.replace("OPERATOR", "StringEquals"), "condition-never-met")] == [
        ("Deployer",)
    ]
    assert not found(role.replace("OPERATOR", "StringLike"), "condition-never-met")


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("KeySpec: RSA_2048, KeyUsage: ENCRYPT_DECRYPT", "is of RSA_2048"),
        ("KeyUsage: GENERATE_VERIFY_MAC, KeySpec: HMAC_256", "is of HMAC_256"),
        ("Enabled: false", "is disabled"),
        ("KeySpec: SYMMETRIC_DEFAULT", ""),
        ("KeySpec: !Ref Kind", ""),
    ],
)
def test_a_service_encrypts_with_an_enabled_symmetric_key_alone(key: str, why: str) -> None:
    body = f"""
    Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: {{}}, {key}}}}}
    Waiting: {{Type: AWS::SQS::Queue, Properties: {{KmsMasterKeyId: !GetAtt Key.Arn}}}}
    """
    findings = found(body, "key-cannot-encrypt", "Parameters: {Kind: {Type: String}}")

    assert [item.message.partition("which ")[2] for item in findings] == ([why] if why else [])
