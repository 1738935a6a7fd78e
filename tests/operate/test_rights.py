"""Which rights a verb asks for: the table of our own calls is what the code calls, and a policy names what the template decides."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import get_session

import stackflight.aws
from stackflight.facts.load import all_rows, known_actions, read_table
from stackflight.local.folder import LocalFolder
from stackflight.model.demand import Origin, Rights
from stackflight.model.publication import FileAsset, Publication
from stackflight.model.template import Environment, World
from stackflight.operate.rights import Subject, find_rights_of
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source

ROWS = read_table("own_calls")["calls"]
SERVICES = sorted({row["service"] for row in ROWS} | {"docdb"})
FRANKFURT = Environment("123456789012", "eu-central-1")
DEPLOY_ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-deploy-${AWS::AccountId}-${AWS::Region}"
APP = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
    "Grant": {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "PolicyDocument": {}, "Roles": [{"Ref": "Role"}, "other"]},
    },
    "Work": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
    "Files": {"Type": "AWS::S3::Bucket"},
    "Seed": {"Type": "Custom::Seed", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Work", "Arn"]}}},
    "Old": {"Type": "AWS::DocDB::DBCluster", "Properties": {"MasterUserPassword": "{{resolve:secretsmanager:db}}"}},
}


def _called() -> dict[str, set[str]]:
    """Operations of the services that the adapters call, by the name of the method, and the services that have it."""
    session = get_session()
    known: dict[str, set[str]] = {}
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            known.setdefault(xform_name(operation), set()).add(service)
    found = set()
    for file in Path(stackflight.aws.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                paged = node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant)
                found.add(str(node.args[0].value) if paged else node.func.attr)  # type: ignore[attr-defined]
    return {name: known[name] for name in found if name in known}


def test_the_table_of_our_calls_holds_every_call_of_the_code_and_none_beside() -> None:
    called = _called()

    assert {row["call"] for row in ROWS if row["call"]} == set(called)
    assert [row["call"] for row in ROWS if row["call"] and row["service"] not in called[row["call"]]] == []


def test_every_action_of_the_tables_is_one_that_iam_knows() -> None:
    for row in ROWS:
        prefix, _, name = row["action"].partition(":")
        known = known_actions(prefix) if name else ({"": ""}, frozenset())
        assert known is not None
        assert name.lower() in known[0], row
    assert all(
        set("".join({**row.get("own", {}), **row["any"]}.values())) <= set("crud") for row in all_rows("handlers")
    )


def _world(resources: dict[str, object], **sections: object) -> World:
    text = json.dumps({"Resources": resources, **sections})
    source = Source("shop", parse_template(text, "shop.json"), FRANKFURT, file="shop.json")
    return join_stacks([source], {}, LocalFolder(Path()))


def _allowed(rights: Rights, action: str) -> set[str]:
    return {arn for demand in rights.demands for arn in demand.resources if action in demand.actions}


def test_what_the_template_decides_is_named_and_nothing_else_is_left_open() -> None:
    rights = find_rights_of("deploy", Subject("shop.json", _world(APP)))
    role = "arn:aws:iam::123456789012:role/shop*"

    assert _allowed(rights, "iam:PassRole") == {role}
    assert _allowed(rights, "iam:PutRolePolicy") == {role, "arn:aws:iam::123456789012:role/other"}
    assert _allowed(rights, "iam:PutUserPolicy") == set()
    assert _allowed(rights, "sqs:CreateQueue") == {"arn:aws:sqs:eu-central-1:123456789012:orders"}
    assert _allowed(rights, "s3:CreateBucket") == {"arn:aws:s3:::shop*"}
    assert _allowed(rights, "lambda:InvokeFunction") == {"arn:aws:lambda:eu-central-1:123456789012:function:shop*"}
    assert _allowed(rights, "secretsmanager:GetSecretValue") == {"*"}
    assert _allowed(rights, "cloudformation:CreateChangeSet") == {
        "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/*"
    }
    assert any(text.startswith("AWS::DocDB::DBCluster: its schema does not say") for text in rights.unknown)


def test_what_cloudformation_looks_up_is_named_of_whom_it_is() -> None:
    parameters = {
        "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/aws/service/ami"},
        "Size": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/size"},
    }
    world = _world({"Queue": APP["Queue"]}, Parameters=parameters, Transform=["AWS::LanguageExtensions", "Ours"])
    rights = find_rights_of("deploy", Subject("a", world))

    here = "eu-central-1:123456789012"
    assert _allowed(rights, "ssm:GetParameters") == {
        "arn:aws:ssm:eu-central-1:*:parameter/aws/service/ami", f"arn:aws:ssm:{here}:parameter/shop/size",
    }  # fmt: skip
    assert _allowed(rights, "cloudformation:CreateChangeSet") == {
        f"arn:aws:cloudformation:{here}:stack/shop/*",
        "arn:aws:cloudformation:eu-central-1:aws:transform/LanguageExtensions",
        f"arn:aws:cloudformation:{here}:transform/Ours",
    }
    assert _allowed(find_rights_of("deploy", Subject()), "sts:AssumeRole") == {"arn:aws:iam::*:role/cdk-*"}


def test_a_role_that_only_a_parameter_names_is_told_as_unknown() -> None:
    work = {"Work": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Ref": "Role"}}}}
    rights = find_rights_of("deploy", Subject("a", _world(work, Parameters={"Role": {"Type": "String"}})))

    assert _allowed(rights, "iam:PassRole") == set()
    assert any("which role it hands over hangs on its parameters" in text for text in rights.unknown)


@pytest.mark.parametrize("verb", ["deploy", "watch"])
def test_where_the_assembly_names_roles_only_deploy_goes_by_them(verb: str) -> None:
    published = Publication((FileAsset("a", "a", False, "assets", "k"),), deploy_role=DEPLOY_ROLE)
    subject = Subject("cdk.out", _world(APP), {"shop": published})
    rights = find_rights_of(verb, subject)

    taken = {"arn:aws:iam::123456789012:role/cdk-deploy-*-*"} if verb == "deploy" else set()
    assert _allowed(rights, "sts:AssumeRole") == taken
    assert bool(_allowed(rights, "cloudformation:DescribeStacks")) == (verb == "watch")
    assert not any(demand.origin is Origin.TEMPLATE for demand in rights.demands)


def test_a_stack_may_be_named_without_a_template() -> None:
    rights = find_rights_of("watch", Subject(stack="shop", environment=FRANKFURT))

    here = "arn:aws:cloudformation:eu-central-1:123456789012:stack"
    assert _allowed(rights, "cloudformation:DescribeStacks") == {f"{here}/shop/*", f"{here}/shop-*/*"}


def test_the_bucket_of_locks_is_asked_for_only_where_it_is_named() -> None:
    assert not _allowed(find_rights_of("watch", Subject()), "s3:PutObject")
    assert _allowed(find_rights_of("watch", Subject(bucket="locks")), "s3:PutObject") == {
        "arn:aws:s3:::locks/stackflight/*"
    }


def test_the_policy_holds_every_demand_and_no_other() -> None:
    rights = find_rights_of("deploy", Subject("shop.json", _world(APP)))
    statements = rights.policy["Statement"]
    assert isinstance(statements, list)
    granted = {(action, arn) for one in statements for action in one["Action"] for arn in one["Resource"]}

    assert granted == {(action, arn) for one in rights.demands for action in one.actions for arn in one.resources}
    assert not any(arn.startswith("arn:*") for _, arn in granted)
