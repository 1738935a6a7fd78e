"""What a change set widens: of a change everything that is allowed beyond before, of an addition what is wide open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from stackflight.model.change import Action, Change, Replacement
from stackflight.model.plan import ChangeSet
from stackflight.plan.widening import find_widenings


def said(type: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    action = Action.ADD if before is None else Action.REMOVE if after is None else Action.MODIFY
    change = Change("It", type, action, Replacement.NO, before=before, after=after)
    made = ChangeSet("app", "r-1", "UPDATE", "CREATE_COMPLETE", "AVAILABLE", (change,))
    return [one.text for one in find_widenings(made)]


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}


def allow(action: Any, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


IAM = "AWS::IAM::Policy"
GROUP = "AWS::EC2::SecurityGroup"


def test_an_action_that_was_not_allowed_before_is_told() -> None:
    assert said(IAM, policy(allow("s3:GetObject")), policy(allow(["s3:GetObject", "s3:PutObject"]))) == [
        "may s3:PutObject on everything"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (allow("s3:*"), allow("s3:PutObject")),
        (allow("S3:putobject"), allow("s3:PutObject")),
        (allow("s3:GetObject", "arn:aws:s3:::shop/*"), allow("s3:GetObject", "arn:aws:s3:::shop/a/*")),
        (allow("s3:GetObject"), allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})),
    ],
)
def test_what_was_covered_before_widens_nothing(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert said(IAM, policy(before), policy(after)) == []


def test_a_wider_resource_a_condition_that_goes_and_a_denial_that_goes_are_told() -> None:
    narrow = allow("s3:GetObject", "arn:aws:s3:::shop/*")
    assert said(IAM, policy(narrow), policy(allow("s3:GetObject"))) == ["may s3:GetObject on everything"]
    bound = allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})
    assert said(IAM, policy(bound), policy(allow("s3:GetObject"))) == ["may s3:GetObject on everything"]
    denied = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    assert said(IAM, policy(denied, narrow), policy(narrow)) == ["no longer denies s3:DeleteObject on *"]


def test_of_what_is_new_only_what_is_wide_open_is_told() -> None:
    assert said(IAM, None, policy(allow("s3:PutObject", "arn:aws:s3:::shop/*"))) == []
    assert said(IAM, None, policy(allow("*"))) == ["may do everything on everything"]
    assert said(IAM, None, policy(allow("iam:*"))) == ["may iam:* on everything"]


def test_the_policy_of_a_resource_is_open_where_it_is_for_everybody() -> None:
    anybody = policy({**allow("sqs:SendMessage"), "Principal": "*"})
    assert said("AWS::SQS::QueuePolicy", None, anybody) == ["everybody may sqs:SendMessage on everything"]
    root = policy({**allow("kms:*"), "Principal": {"AWS": "arn:aws:iam::111122223333:root"}})
    assert said("AWS::KMS::Key", None, root) == []


def test_a_role_that_others_may_take_and_policies_that_it_gets_are_told() -> None:
    def role(who: str, *managed: str, **more: Any) -> dict[str, Any]:
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": who}}
        arns = [f"arn:aws:iam::aws:policy/{name}" for name in managed]
        return {"AssumeRolePolicyDocument": {"Statement": [trust]}, "ManagedPolicyArns": arns, **more}

    here, there = "arn:aws:iam::111122223333:root", "arn:aws:iam::999988887777:root"
    assert said("AWS::IAM::Role", role(here), role(there)) == [f"{there} may sts:AssumeRole"]
    assert said("AWS::IAM::Role", role(here), role(here, "ReadOnlyAccess")) == ["has the managed policy ReadOnlyAccess"]
    assert said("AWS::IAM::Role", None, role(here, "AdministratorAccess", "ReadOnlyAccess")) == [
        "has the managed policy AdministratorAccess"
    ]
    assert said("AWS::IAM::Role", role(here, PermissionsBoundary="arn"), role(here)) == [
        "has no permissions boundary any more"
    ]


def test_a_function_that_everybody_may_invoke_is_told() -> None:
    invoke = {"Action": "lambda:InvokeFunction", "Principal": "*", "FunctionName": "f"}
    assert said("AWS::Lambda::Permission", None, invoke) == ["everybody may lambda:InvokeFunction"]
    assert said("AWS::Lambda::Permission", None, {**invoke, "SourceArn": "arn:aws:s3:::shop"}) == []


def test_ingress_from_the_internet_is_always_told_and_other_ingress_where_it_is_new() -> None:
    def group(*sources: str) -> dict[str, Any]:
        rules = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": source} for source in sources]
        return {"SecurityGroupIngress": rules}

    assert said(GROUP, None, group("0.0.0.0/0")) == ["lets the whole internet in at tcp 443"]
    assert said(GROUP, None, group("10.0.0.0/16")) == []
    assert said(GROUP, group("10.0.0.0/16"), group("10.0.0.0/16", "10.1.0.0/16")) == ["lets 10.1.0.0/16 in at tcp 443"]
    assert said(GROUP, group("0.0.0.0/0"), group("0.0.0.0/0")) == []
    alone = {"IpProtocol": "-1", "CidrIpv6": "::/0"}
    assert said("AWS::EC2::SecurityGroupIngress", None, alone) == ["lets the whole internet in at every port"]


def test_what_is_removed_or_not_told_widens_nothing() -> None:
    assert said(IAM, policy(allow("*")), None) == []
