"""A machine that calls itself by the name of its Network Load Balancer, which keeps the address of whoever calls."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town

from stackflight.model.finding import Severity

CALL = "curl -sf http://${Balancer.DNSName}/up"


def _calling(command: str = CALL, targets: Any = None, scheme: str = "internal", **group: Any) -> Town:
    built = town()
    opened = [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/16"}]
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"), SecurityGroupIngress=opened)
    script = f"#!/bin/bash\n{command}\n/opt/aws/bin/cfn-signal -e $? --resource Machine\n"
    for name, subnet in (("Machine", "PrivateSubnet1"), ("Other", "PrivateSubnet2")):
        built.add(name, "AWS::EC2::Instance", ImageId="ami-1", SubnetId=ref(subnet), SecurityGroupIds=[ref("Group")])
    built.set("Machine", UserData={"Fn::Base64": {"Fn::Sub": script}})
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Count": 1}}
    subnets = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
    built.add("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", Type="network", Scheme=scheme, Subnets=subnets)
    given = {"Protocol": "TCP", "Port": 8080, "VpcId": ref("Vpc"), "Targets": targets or [{"Id": ref("Machine")}]}
    built.add("Targets", "AWS::ElasticLoadBalancingV2::TargetGroup", **given | group)
    actions = [{"Type": "forward", "TargetGroupArn": ref("Targets")}]
    return built.add("Listener", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol="TCP", DefaultActions=actions)  # fmt: skip


def _attribute(value: Any) -> dict[str, Any]:
    return {"TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": value}]}


BY_ADDRESS: dict[str, Any] = {"TargetType": "ip", "targets": [{"Id": att("Machine", "PrivateIp")}]}


@pytest.mark.parametrize(
    ("built", "told"),
    [
        (_calling(), True),
        (_calling(**BY_ADDRESS, **_attribute("true")), True),
        (_calling(**BY_ADDRESS, Protocol="TCP_UDP"), True),
        (_calling(**BY_ADDRESS), False),
        (_calling(**_attribute("false")), False),
        (_calling(**_attribute(ref("Keep"))), False),
        (_calling(targets=[{"Id": ref("Machine")}, {"Id": ref("Other")}]), False),
        (_calling(targets=[{"Id": ref("Other")}]), False),
        (_calling("echo URL=http://${Balancer.DNSName}/ > /etc/app.conf"), False),
        (_calling("curl -sf http://${Balancer.DNSName}:81/up"), False),
        (_calling(f"{CALL} || true"), False),
        (_calling(scheme="internet-facing"), False),
    ],
)
def test_the_only_target_does_not_get_back_to_itself(built: Town, told: bool) -> None:
    built.parameters["Keep"] = {"Type": "String"}
    found = [item for item in blocking(built.judge()) if "sends the request back to Machine" in item.message]
    assert bool(found) is told
    assert all(item.resources[:2] == ("Targets", "Machine") for item in found)


def test_one_of_several_targets_gets_back_to_itself_at_times() -> None:
    judged = _calling(targets=[{"Id": ref("Machine")}, {"Id": ref("Other")}]).judge()
    (found,) = [item for item in judged.findings if "one of the targets of Targets" in item.message]
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("count", "attribute", "told"),
    [(1, "true", "the only target"), (2, "true", "one of the targets"), (1, "false", "")],
)
def test_a_task_that_is_given_the_url_of_its_own_balancer_is_warned_of(count: int, attribute: str, told: str) -> None:
    built = _calling("true", **BY_ADDRESS, **_attribute(attribute)).remove("Machine", "Other")
    del built.resources["Targets"]["Properties"]["Targets"]
    given = {"Name": "main", "Image": "public.ecr.aws/nginx/nginx:1", "PortMappings": [{"ContainerPort": 8080}]}
    url = {"Name": "SELF", "Value": {"Fn::Sub": "http://${Balancer.DNSName}/"}}
    built.add("Task", "AWS::ECS::TaskDefinition", NetworkMode="awsvpc", Cpu="256", Memory="512", RequiresCompatibilities=["FARGATE"], ContainerDefinitions=[given | {"Environment": [url]}])  # fmt: skip
    place = {"AwsvpcConfiguration": {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [ref("Group")]}}
    entry = {"ContainerName": "main", "ContainerPort": 8080, "TargetGroupArn": ref("Targets")}
    built.add("Service", "AWS::ECS::Service", ["Listener"], LaunchType="FARGATE", DesiredCount=count, TaskDefinition=ref("Task"), NetworkConfiguration=place, LoadBalancers=[entry])  # fmt: skip
    found = [item for item in built.judge().findings if "sends the request back to Service" in item.message]
    assert [item.severity for item in found] == [Severity.WARNING] * bool(told)
    assert all(told in item.message for item in found)
