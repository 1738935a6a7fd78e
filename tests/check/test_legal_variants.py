"""Settings that look wrong and are legal, each beside the one that is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from towns import Properties, Town, att, ref

from stackflight.read.needs.services import endpoint_of_action

NAT = {"SubnetId": "subnet-1"}
REDIS = {"ReplicationGroupDescription": "cache", "Engine": "redis", "AutomaticFailoverEnabled": True}
INLINE = {
    "Runtime": "python3.13", "Role": "arn:aws:iam::111122223333:role/r", "Handler": "wrapper.handler",
    "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
}  # fmt: skip
LOCKED = {"ReplicationConfiguration": {"Role": "arn:aws:iam::111122223333:role/r", "Rules": []}}
SCRIPT = "echo hello\n" + "# a line of a long script\n" * 700

FROM_COGNITO = {"Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
RULE: Properties = {
    "Priority": 1, "Actions": [{"Type": "forward", "TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/a/b"}],
    "Conditions": [{"Field": "source-ip", "SourceIpConfig": {"IpAddressType": "ipv6"}}],
}  # fmt: skip


def environment_of(profile: Properties) -> Properties:
    option = {"Namespace": "aws:autoscaling:launchconfiguration", "OptionName": "IamInstanceProfile", "Value": profile}
    return {
        "ApplicationName": "a",
        "SolutionStackName": "64bit Amazon Linux 2023 v6.1.0 running Node.js 20",
        "OptionSettings": [option],
    }


def access(principals: list[str], description: str) -> Properties:
    rules = [{"ResourceType": "index", "Resource": ["index/a/*"], "Permission": ["aoss:*"]}]
    policy = json.dumps([{"Description": description, "Rules": rules, "Principal": principals}])
    return {"Name": "a", "Type": "data", "Policy": policy}


VARIANTS: dict[str, tuple[str, str, Properties, Properties]] = {
    "a Deny of the Cognito provider needs no condition": (
        "policy-element", "AWS::IAM::Role",
        {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Deny", **FROM_COGNITO}]}},
        {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", **FROM_COGNITO}]}},
    ),
    "families of MemoryDB have a prefix": (
        "parameter-group-family", "AWS::MemoryDB::Cluster",
        {"Engine": "redis", "EngineVersion": "7.1", "ParameterGroupName": ref("Family7")},
        {"Engine": "redis", "EngineVersion": "7.1", "ParameterGroupName": ref("Family6")},
    ),
    "a shard of one node fails over in cluster mode": (
        "cache-contradiction", "AWS::ElastiCache::ReplicationGroup",
        {**REDIS, "NumNodeGroups": 1, "ReplicasPerNodeGroup": 0}, {**REDIS, "NumCacheClusters": 1},
    ),
    "a unit need not agree in number in Scheduler": (
        "value-refused", "AWS::Scheduler::Schedule",
        {"ScheduleExpression": "rate(1 hours)"}, {"ScheduleExpression": "rate(0 hours)"},
    ),
    "a comma may follow a field of cron": (
        "value-refused", "AWS::Events::Rule",
        {"ScheduleExpression": "cron(0/5, 9-18, ?, *, MON-FRI, *)"}, {"ScheduleExpression": "cron(0/5 9-18 * * MON-FRI *)"},
    ),
    "a handler may come from a layer": (
        "handler-missing", "AWS::Lambda::Function", {**INLINE, "Layers": [ref("Layer")]}, INLINE,
    ),
    "object lock turns versioning on": (
        "replication-without-versioning", "AWS::S3::Bucket", {**LOCKED, "ObjectLockEnabled": True}, LOCKED,
    ),
    "sg- may stand inside the name of a group": (
        "name-form", "AWS::EC2::SecurityGroup",
        {"GroupDescription": "d", "GroupName": {"Fn::Sub": "${AWS::StackName}sg-web"}},
        {"GroupDescription": "d", "GroupName": {"Fn::Sub": "sg-${AWS::StackName}"}},
    ),
    "a regional or undecided NAT gateway takes no address": (
        "nat-without-address", "AWS::EC2::NatGateway",
        {"SubnetId": ref("Subnet"), "AvailabilityMode": ref("Mode")}, {"SubnetId": ref("Subnet")},
    ),
    "a network balancer of both families takes rules": (
        "rule-of-network-balancer", "AWS::ElasticLoadBalancingV2::ListenerRule",
        {**RULE, "ListenerArn": ref("OfBoth")}, {**RULE, "ListenerArn": ref("OfOne")},
    ),
    "an instance profile may bear the name of its role": (
        "beanstalk-environment-role-for-profile", "AWS::ElasticBeanstalk::Environment",
        environment_of(ref("Shared")), environment_of(ref("Role")),
    ),
    "the description of an access policy may name a service": (
        "search-access-of-no-identity", "AWS::OpenSearchServerless::AccessPolicy",
        access(["arn:aws:iam::111122223333:role/r"], "for bedrock.amazonaws.com"), access(["bedrock.amazonaws.com"], "a"),
    ),
    "user data in base64 is longer than what it holds": (
        "user-data-too-long", "AWS::EC2::Instance", {"UserData": "aGVsbG8K" * 2500}, {"UserData": {"Fn::Base64": SCRIPT}},
    ),
}  # fmt: skip


def checks_on(kind: str, properties: dict[str, Any]) -> set[str]:
    built = Town(parameters={"Mode": {"Type": "String"}})
    for name, family in (("Family7", "memorydb_redis7"), ("Family6", "memorydb_redis6")):
        built.add(name, "AWS::MemoryDB::ParameterGroup", Family=family, ParameterGroupName=name.lower())
    built.add("Layer", "AWS::Lambda::LayerVersion", Content={"S3Bucket": "b", "S3Key": "k"})
    built.add("Vpc", "AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
    built.add("Gateway", "AWS::EC2::InternetGateway")
    built.add("Link", "AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway"))
    built.add("Subnet", "AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24")
    for family, balancer in (("dualstack", "Both"), ("ipv4", "One")):
        built.add(balancer, BALANCER, Type="network", IpAddressType=family, Subnets=["subnet-1", "subnet-2"])
        built.add(
            f"Of{balancer}",
            "AWS::ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=ref(balancer),
            Protocol="TCP",
            Port=80,
            DefaultActions=RULE["Actions"],
        )
    for role in ("Role", "Shared"):
        built.add(role, "AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": []})
    built.add("Profile", "AWS::IAM::InstanceProfile", Roles=[ref("Shared")], InstanceProfileName=ref("Shared"))
    built.add("It", kind, **properties)
    return {finding.check for finding in built.judge().findings if "It" in finding.resources}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_legal_variant_is_silent_and_its_neighbour_is_found(name: str) -> None:
    check, kind, legal, wrong = VARIANTS[name]
    assert check not in checks_on(kind, legal)
    assert check in checks_on(kind, wrong)


def test_a_bucket_waits_for_the_permission_of_s3_only() -> None:
    built = Town().add("Function", "AWS::Lambda::Function", **INLINE)
    allowed = {"Action": "lambda:InvokeFunction", "FunctionName": att("Function", "Arn")}
    built.add("ForS3", "AWS::Lambda::Permission", **allowed, Principal="s3.amazonaws.com")
    built.add("ForRules", "AWS::Lambda::Permission", **allowed, Principal="events.amazonaws.com")
    noticed = {"Event": "s3:ObjectCreated:*", "Function": att("Function", "Arn")}
    built.add("Bucket", "AWS::S3::Bucket", ["ForS3"], NotificationConfiguration={"LambdaConfigurations": [noticed]})

    def late() -> list[tuple[str, ...]]:
        return [
            item.resources for item in built.judge().findings if item.check == "notification-target-not-permitted-yet"
        ]

    assert late() == []
    built.resources["Bucket"]["DependsOn"] = ["ForRules"]
    assert late() == [("Bucket", "ForS3")]


@pytest.mark.parametrize(("compatible", "found"), [("EC2", False), ("FARGATE", True)])
def test_on_instances_the_execution_role_does_not_write_the_logs(compatible: str, found: bool) -> None:
    pulls = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
    built = Town().add(
        "Role", "AWS::IAM::Role",
        AssumeRolePolicyDocument={"Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
        ]},
        Policies=[{"PolicyName": "pull", "PolicyDocument": {"Statement": [pulls]}}],
    )  # fmt: skip
    logs = {"LogDriver": "awslogs", "Options": {"awslogs-group": "g", "awslogs-region": "us-east-1"}}
    container = {"Name": "web", "Image": "nginx:1", "Memory": 512, "LogConfiguration": logs}
    built.add(
        "Task", "AWS::ECS::TaskDefinition",
        RequiresCompatibilities=[compatible], NetworkMode="awsvpc", Cpu="256", Memory="512",
        ExecutionRoleArn=att("Role", "Arn"), ContainerDefinitions=[container],
    )  # fmt: skip
    assert any(item.check == "execution-role-lacks-permission" for item in built.judge().findings) is found


@pytest.mark.parametrize(
    ("action", "endpoint"),
    [
        ("s3files:ClientMount", None),
        ("ses:SendEmail", None),
        ("sagemaker:InvokeEndpoint", "sagemaker.runtime"),
        ("sagemaker:CreateModel", "sagemaker.api"),
        ("sagemaker:*", None),
        ("codecommit:GitPull", "git-codecommit"),
        ("sqs:SendMessage", "sqs"),
    ],
)
def test_an_action_implies_the_endpoint_that_answers_it(action: str, endpoint: str | None) -> None:
    assert endpoint_of_action(action) == endpoint
