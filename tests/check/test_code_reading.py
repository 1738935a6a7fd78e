"""What code and scripts are taken to do: what runs, not what comments say, and what fails them, not what they tolerate."""

from __future__ import annotations

import pytest
from towns import att, blocking, ref, town, verdict_on, with_function

from stackflight.model.finding import Severity, Verdict
from stackflight.read.needs.code import read_code
from stackflight.read.needs.scripts import read_script


@pytest.mark.parametrize(
    ("source", "services", "hosts"),
    [
        ("// was: new AWS.S3()\nexports.handler = async () => 1", (), ()),
        ("/* require('@aws-sdk/client-sqs')\n see https://a.example.com/x */\nexports.handler = 1", (), ()),
        ("const a = new AWS.SQS(); // send", ("sqs",), ()),
        ("const u = 'https://a.example.com/x'; fetch(u) // go", (), ("a.example.com",)),
        ("const u = `https://b.example.com/${x}`", (), ("b.example.com",)),
        ('"""See https://a.example.com/doc."""\ndef handler(e, c):\n    "https://b.example.com/"\n', (), ()),
        ("# https://a.example.com/\nURL = 'https://b.example.com'\n", (), ("b.example.com",)),
    ],
)
def test_comments_call_nothing(source: str, services: tuple[str, ...], hosts: tuple[str, ...]) -> None:
    facts = read_code(source)
    assert (facts.services, facts.hosts) == (services, hosts)


def test_a_comment_answers_nobody() -> None:
    assert not read_code("// uses cfn-response elsewhere\nexports.handler = 1").answers
    assert read_code("const r = require('cfn-response')").answers


SIGNAL = "/opt/aws/bin/cfn-signal {} --stack ${{AWS::StackName}} --resource Machine --region ${{AWS::Region}}\n"


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ("#!/bin/bash\nyum install -y nginx\n" + SIGNAL.format("-e $?"), Severity.BLOCKING),
        ("#!/bin/bash -xe\nyum install -y nginx\n" + SIGNAL.format("-e 0"), Severity.BLOCKING),
        ("#!/bin/bash\nset -euo pipefail\nyum install -y nginx\n" + SIGNAL.format("-e 0"), Severity.BLOCKING),
        ("#!/bin/bash\nyum install -y nginx\n" + SIGNAL.format("-e 0"), Severity.WARNING),
        ("#!/bin/bash\nyum install -y nginx\n" + SIGNAL.format("--success true"), Severity.WARNING),
        ("#!/bin/bash\nyum update -y || true\n" + SIGNAL.format("-e $?"), None),
    ],
)
def test_a_fetch_that_fails_blocks_where_the_signal_heeds_it(script: str, severity: Severity | None) -> None:
    built = town(nat=False, endpoints=("cloudformation",))
    built.add("Machine", "AWS::EC2::Instance", ["EndpointCloudformation"], ImageId="ami-1", SubnetId=ref("PrivateSubnet1"), UserData={"Fn::Base64": {"Fn::Sub": script}})  # fmt: skip
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    judged = built.judge()
    assert verdict_on(judged, "cloudformation") is Verdict.YES
    found = [item.severity for item in judged.findings if item.check == "workload-cannot-reach-service"]
    assert found == ([severity] if severity else [])


def test_a_wheel_at_a_url_is_a_download_and_no_package() -> None:
    facts = read_script("pip3 install https://s3.amazonaws.com/a/b.tar.gz\n")
    assert [(what, host) for what, host, _ in facts.fetches] == [("a download", "s3.amazonaws.com")]


def test_images_are_not_advised_about_where_no_image_is_pulled() -> None:
    built = with_function(town(nat=False))
    built.set("Function", Code={"ZipFile": "import boto3\nboto3.client('sqs')\nU = 'https://a.example.com/'\n"})
    assert "images" not in "".join(item.remedy for item in blocking(built.judge()))


def test_the_groups_of_a_balancer_are_those_that_it_is_given() -> None:
    built = town()
    for name in ("Front", "Back"):
        built.add(name, "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    source = {"SourceSecurityGroupId": {"Fn::Select": [0, att("Balancer", "SecurityGroups")]}}
    built.set("Back", SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80} | source])
    public = [ref("PublicSubnet1"), ref("PublicSubnet2")]
    built.add("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", ["PublicRoute"], Subnets=public, SecurityGroups=[ref("Front")])  # fmt: skip
    built.add("Targets", "AWS::ElasticLoadBalancingV2::TargetGroup", VpcId=ref("Vpc"), Protocol="HTTP", Port=80, TargetType="ip")  # fmt: skip
    built.add("Listener", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP", DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}])  # fmt: skip
    built.add("Task", "AWS::ECS::TaskDefinition", NetworkMode="awsvpc", ContainerDefinitions=[{"Name": "app", "Image": "nginx:1"}])  # fmt: skip
    network = {"AwsvpcConfiguration": {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [ref("Back")]}}
    built.add("Service", "AWS::ECS::Service", ["Listener"], LaunchType="FARGATE", TaskDefinition=ref("Task"), NetworkConfiguration=network, LoadBalancers=[{"ContainerName": "app", "ContainerPort": 80, "TargetGroupArn": ref("Targets")}])  # fmt: skip
    assert verdict_on(built.judge(), "Service:80") is Verdict.YES
