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


ROLE = {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}  # fmt: skip


def _fetching(statement: dict[str, Any]) -> Town:
    """A task whose secret is fetched by its execution role, over an endpoint with this statement."""
    built = _answering().remove("Init")
    built.set("EndpointSecretsmanager", PolicyDocument={"Version": "2012-10-17", "Statement": [statement]})
    built.add("Secret", "AWS::SecretsManager::Secret").add("Vpc2", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    built.add("Execution", "AWS::IAM::Role", **ROLE).add("Own", "AWS::IAM::Role", **ROLE)
    secret = {"Name": "KEY", "ValueFrom": ref("Secret")}
    built.add(
        "Task", "AWS::ECS::TaskDefinition", ExecutionRoleArn=att("Execution", "Arn"), TaskRoleArn=att("Own", "Arn"),
        ContainerDefinitions=[{"Name": "app", "Image": "nginx:1", "Secrets": [secret]}],
    )  # fmt: skip
    network = {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [ref("Group")]}
    built.add(
        "Service", "AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition=ref("Task"),
        NetworkConfiguration={"AwsvpcConfiguration": network},
    )  # fmt: skip
    return built


def _if(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return _statement("*", actions="secretsmanager:*", Condition={operator: {key: list(values)}})


ARN = "arn:aws:iam::${AWS::AccountId}:role/"


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (_if("ArnEquals", "aws:PrincipalArn", att("Own", "Arn")), Verdict.NO),
        (_if("ArnEquals", "aws:PrincipalArn", att("Own", "Arn"), att("Execution", "Arn")), Verdict.YES),
        (_if("StringLike", "aws:PrincipalArn", {"Fn::Sub": ARN + "${Execution}"}), Verdict.YES),
        (_if("StringEquals", "aws:PrincipalArn", {"Fn::Sub": ARN + "${Own}"}), Verdict.NO),
        (_if("StringEquals", "aws:PrincipalArn", ref("Execution")), Verdict.NO),
        (_if("ArnLike", "aws:PrincipalArn", {"Fn::Sub": ARN + "*"}), Verdict.YES),
        (_if("StringEquals", "aws:PrincipalArn", {"Fn::Sub": ARN + "*"}), Verdict.NO),
        (_if("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deployer"), Verdict.NO),
        (_if("ArnLike", "aws:PrincipalArn", {"Fn::Sub": "arn:aws:sts::${AWS::AccountId}:assumed-role/*"}), Verdict.NO),
        (_if("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"), Verdict.UNKNOWN),
        (_if("ArnNotEquals", "aws:PrincipalArn", att("Execution", "Arn")), Verdict.NO),
        (_if("StringEquals", "aws:PrincipalAccount", ref("AWS::AccountId")), Verdict.YES),
        (_if("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"), Verdict.UNKNOWN),
        (_if("StringEquals", "aws:SourceVpc", ref("Vpc")), Verdict.YES),
        (_if("StringEquals", "aws:SourceVpc", ref("Vpc2")), Verdict.NO),
        (_if("StringEquals", "aws:SourceVpce", ref("EndpointS3")), Verdict.NO),
        (_if("IpAddress", "aws:SourceIp", "10.0.0.0/16"), Verdict.NO),
        (_if("IpAddressIfExists", "aws:SourceIp", "10.0.0.0/16"), Verdict.YES),
        (_statement("*", Principal={"AWS": att("Own", "Arn")}, actions="*"), Verdict.NO),
        (_statement("*", Principal={"AWS": [att("Execution", "Arn")]}, actions="*"), Verdict.YES),
    ],
)  # fmt: skip
def test_a_policy_says_whose_requests_pass_and_the_execution_role_fetches_secrets(
    statement: dict[str, Any], verdict: Verdict
) -> None:
    built = _fetching(statement)
    judged = built.judge()
    on = {reach.verdict for reach in judged.case.reaches if reach.need.purpose == "fetch its secrets"}
    assert on == {verdict}


def test_the_finding_says_which_role_is_kept_out() -> None:
    found = blocking(_fetching(_if("ArnEquals", "aws:PrincipalArn", att("Own", "Arn"))).judge())
    assert any("does not allow secretsmanager:GetSecretValue on Secret to Execution" in item.message for item in found)


AL2023 = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}"
AL2 = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2}}"
REPOSITORY_2023 = "arn:aws:s3:::al2023-repos-${AWS::Region}-de612dc2/*"
REPOSITORY_2 = "arn:aws:s3:::amazonlinux-2-repos-${AWS::Region}/*"


@pytest.mark.parametrize(
    ("image", "install", "resource", "verdict"),
    [
        ("ami-1", "dnf install -y nginx", REPOSITORY_2023, Verdict.YES),
        ("ami-1", "dnf install -y nginx", REPOSITORY_2, Verdict.UNKNOWN),
        ("ami-1", "amazon-linux-extras install -y nginx1", REPOSITORY_2, Verdict.YES),
        ("ami-1", "yum install -y nginx", REPOSITORY_2023, Verdict.UNKNOWN),
        (AL2023, "yum install -y nginx", REPOSITORY_2023, Verdict.YES),
        (AL2023, "yum install -y nginx", REPOSITORY_2, Verdict.NO),
        (AL2, "yum install -y nginx", REPOSITORY_2, Verdict.YES),
        (AL2, "yum install -y nginx", REPOSITORY_2023, Verdict.UNKNOWN),
    ],
)
def test_packages_come_from_the_bucket_of_the_system(image: str, install: str, resource: str, verdict: Verdict) -> None:
    built = _answering(_statement({"Fn::Sub": resource}, actions="s3:GetObject")).remove("Init", "Function")
    script = f"#!/bin/bash -e\n{install}\n/opt/aws/bin/cfn-signal -e $? --resource Machine\n"
    built.add("Machine", "AWS::EC2::Instance", ImageId=image, SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": script})  # fmt: skip
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Count": 1}}
    assert verdict_on(built.judge(), "s3") is verdict
