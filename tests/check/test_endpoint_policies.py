"""The policy of an endpoint against a request that is known beforehand: the answer to CloudFormation, layers of an image."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, judge_text, ref, town, verdict_on, with_function

from stackflight.model.finding import Verdict

ANSWERS = "arn:aws:s3:::cloudformation-custom-resource-response-"


def _statement(*resources: Any, actions: str | list[str] = "s3:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": list(resources)} | more


def _answering(*statements: dict[str, Any]) -> Town:
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager")))
    built.add("Bucket", "AWS::S3::Bucket")
    return built.set("EndpointS3", PolicyDocument={"Version": "2012-10-17", "Statement": list(statements)})


OWN = _statement(att("Bucket", "Arn"), {"Fn::Sub": "${Bucket.Arn}/*"}, {"Fn::Sub": "arn:aws:s3:::${Bucket}/*"})


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([OWN], Verdict.NO),
        ([_statement("arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*")], Verdict.NO),
        ([_statement("*", actions="s3:GetObject")], Verdict.NO),
        ([OWN, _statement("*", actions=["s3:Get*", "s3:Put*"])], Verdict.YES),
        ([OWN, _statement(ANSWERS + "*/*", actions="s3:PutObject")], Verdict.YES),
        ([_statement({"Fn::Sub": "arn:${AWS::Partition}:s3:::cloudformation-custom-resource-response-*"})], Verdict.YES),
        ([_statement(ANSWERS + "euwest1/*")], Verdict.UNKNOWN),
        ([_statement({"Fn::Sub": ANSWERS + "${Plain}/*"})], Verdict.UNKNOWN),
        ([_statement({"Fn::Sub": ANSWERS + "${AWS::Region}/*"})], Verdict.NO),
        ([_statement(ANSWERS + "us-east-1/*", ANSWERS + "eu-*/*")], Verdict.NO),
        ([_statement(ANSWERS + "*-*/*")], Verdict.UNKNOWN),
        ([_statement({"Fn::Join": ["", [ANSWERS, {"Fn::Join": ["", {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]}, "/*"]]})], Verdict.YES),
        ([_statement("*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})], Verdict.UNKNOWN),
        ([_statement("*"), _statement("*", Effect="Deny")], Verdict.NO),
        ([{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"}], Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_an_answer_passes_what_the_policy_lets_through(statements: list[dict[str, Any]], verdict: Verdict) -> None:
    built = _answering(*statements)
    built.parameters["Plain"] = {"Type": "String"}
    judged = built.judge()
    assert verdict_on(judged, "s3") is verdict
    assert any("EndpointS3" in item.resources for item in blocking(judged)) is (verdict is Verdict.NO)


def test_the_finding_names_the_request_that_has_to_be_allowed() -> None:
    found = blocking(_answering(OWN).judge())[0]
    assert f"the policy of EndpointS3 does not allow s3:PutObject on {ANSWERS}*/*" in found.message
    assert found.remedy == f"allow s3:PutObject on {ANSWERS}*/* in the PolicyDocument of EndpointS3"


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        ({"Fn::Sub": "arn:aws:s3:::prod-${AWS::Region}-starport-layer-bucket/*"}, Verdict.YES),
        ("arn:aws:s3:::prod-*-starport-layer-bucket/*", Verdict.YES),
        ("arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*", Verdict.UNKNOWN),
        ("arn:aws:s3:::prod-euwest1-starport-layer-bucket/*", Verdict.NO),
        ("arn:aws:s3:::my-own-bucket/*", Verdict.NO),
    ],
)
def test_the_layers_of_an_image_pass_what_the_policy_lets_through(resource: Any, verdict: Verdict) -> None:
    built = _answering(_statement(resource, actions="s3:GetObject")).remove("Init")
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"}
    built.add("Task", "AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "app", "Image": image}])
    network = {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [ref("Group")]}
    built.add(
        "Service", "AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition=ref("Task"),
        NetworkConfiguration={"AwsvpcConfiguration": network},
    )  # fmt: skip
    assert verdict_on(built.judge(), "s3") is verdict


def test_a_rotation_application_is_one_in_whatever_partition() -> None:
    built = town(nat=False)
    name = "arn:{}:serverlessrepo:{}:111122223333:applications/SecretsManagerRDSMySQLRotationSingleUser"
    partitions = {"aws": {"id": name.format("aws", "us-east-1")}, "aws-cn": {"id": name.format("aws-cn", "cn-north-1")}}
    subnets = {"Fn::Join": [",", [ref("PrivateSubnet1"), ref("PrivateSubnet2")]]}
    built.add(
        "Rotation", "AWS::Serverless::Application",
        Location={"ApplicationId": {"Fn::FindInMap": ["Names", ref("AWS::Partition"), "id"]}},
        Parameters={"vpcSubnetIds": subnets},
    )  # fmt: skip
    text = built.text().replace(
        '{\n "Resources"', '{\n "Mappings": ' + str({"Names": partitions}).replace("'", '"') + ',\n "Resources"'
    )
    assert verdict_on(judge_text(text), "secretsmanager") is Verdict.NO
