"""Load balancers, tasks, nodes, machines and functions for a town, and cases: a fault with who is to blame, or peace.

A fault has to be found on one of the resources to blame; a legal town is left without finding and without question.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from towns import Town, att, ref

from stackflight.model.finding import Severity


def group(b: Town, name, vpc="Vpc", ingress=None, egress=None):
    p = {"GroupDescription": name, "VpcId": ref(vpc)}
    if ingress is not None:
        p["SecurityGroupIngress"] = ingress
    if egress is not None:
        p["SecurityGroupEgress"] = egress
    b.add(name, "AWS::EC2::SecurityGroup", **p)


def tcp(port, **k):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **k}


def from_group(port, g):
    return tcp(port, SourceSecurityGroupId=att(g, "GroupId"))


def to(port, g):
    return tcp(port, DestinationSecurityGroupId=att(g, "GroupId"))


def from_block(port, c):
    return tcp(port, CidrIp=c)


Builder = Callable[[], Town]
ANY = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def role(b: Town, name, service, actions=(), managed=()):
    b.add(
        name,
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}],
        },
        **({"ManagedPolicyArns": list(managed)} if managed else {}),
        **(
            {
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
                        },
                    }
                ]
            }
            if actions
            else {}
        ),
    )


def function(
    b: Town,
    name="Fn",
    code="def handler(e,c): return 1",
    env=None,
    subnets=("PrivateSubnet1", "PrivateSubnet2"),
    groups=("FnSg",),
    actions=(),
    **vpc,
):
    if "FnRole" not in b.resources:
        role(
            b,
            "FnRole",
            "lambda.amazonaws.com",
            actions,
            ["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"],
        )
    p = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": att("FnRole", "Arn"),
        "Timeout": 30,
        "Code": {"ZipFile": code},
    }
    if env:
        p["Environment"] = {"Variables": env}
    if subnets:
        p["VpcConfig"] = {
            "SubnetIds": [ref(s) for s in subnets],
            "SecurityGroupIds": [att(g, "GroupId") for g in groups],
            **vpc,
        }
    b.add(name, "AWS::Lambda::Function", **p)


def balancer(
    b: Town,
    scheme="internet-facing",
    subnets=("PublicSubnet1", "PublicSubnet2"),
    groups=("AlbSg",),
    kind="application",
    port=80,
    proto="HTTP",
    tport=8080,
    ttype="ip",
    tg=None,
    **extra,
):
    p = dict(Scheme=scheme, Type=kind, Subnets=[ref(s) for s in subnets], **extra)
    if groups:
        p["SecurityGroups"] = [att(g, "GroupId") for g in groups]
    b.add("Lb", "AWS::ElasticLoadBalancingV2::LoadBalancer", ["Attachment"], **p)
    b.add(
        "Tg",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Port=tport,
        Protocol=proto,
        VpcId=ref("Vpc"),
        TargetType=ttype,
        **(tg or {}),
    )
    b.add(
        "Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Lb"),
        Port=port,
        Protocol=proto,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Tg")}],
    )


def service(
    b: Town,
    name="Svc",
    image="public.ecr.aws/nginx/nginx:1.27",
    groups=("TaskSg",),
    subnets=("PrivateSubnet1", "PrivateSubnet2"),
    lb=True,
    launch="FARGATE",
    mode="awsvpc",
    cport=8080,
    env=None,
    count=1,
    awsvpc=True,
    container=None,
    service=None,
    assign=None,
    deps=None,
):
    if "Cluster" not in b.resources:
        b.add("Cluster", "AWS::ECS::Cluster")
    c = {
        "Name": "app",
        "Image": image,
        "Memory": 512,
        "PortMappings": [{"ContainerPort": cport, "Name": "http"}]
        if mode != "bridge"
        else [{"ContainerPort": cport, "HostPort": 0}],
    }
    if env:
        c["Environment"] = [{"Name": k, "Value": v} for k, v in env.items()]
    c.update(container or {})
    td = {"Family": name.lower(), "ContainerDefinitions": [c], "NetworkMode": mode}
    if launch == "FARGATE":
        td.update(RequiresCompatibilities=["FARGATE"], Cpu="256", Memory="512")
        if "awsl" in json.dumps(c) or ".dkr." in image:
            role(
                b,
                name + "Exec",
                "ecs-tasks.amazonaws.com",
                managed=["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
            )
            td["ExecutionRoleArn"] = att(name + "Exec", "Arn")
    b.add(name + "Task", "AWS::ECS::TaskDefinition", **td)
    p = {
        "Cluster": ref("Cluster"),
        "TaskDefinition": ref(name + "Task"),
        "DesiredCount": count,
        "LaunchType": launch,
        "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}},
    }
    if awsvpc:
        p["NetworkConfiguration"] = {
            "AwsvpcConfiguration": {
                "Subnets": [ref(s) for s in subnets],
                "SecurityGroups": [att(g, "GroupId") for g in groups],
                **({"AssignPublicIp": assign} if assign else {}),
            }
        }
    if lb:
        p["LoadBalancers"] = [{"ContainerName": "app", "ContainerPort": cport, "TargetGroupArn": ref("Tg")}]
    p.update(service or {})
    d = (
        list(deps or [])
        + (["Listener"] if lb else [])
        + [
            x
            for x in ("PrivateRoute", "PrivateLink1", "PrivateLink2", "PublicRoute", "PublicLink1", "PublicLink2")
            if x in b.resources
        ]
    )
    b.add(name, "AWS::ECS::Service", d, **p)


def nodes(
    b: Town,
    name="Nodes",
    subnets=("PrivateSubnet1", "PrivateSubnet2"),
    groups=("NodeSg",),
    ud=None,
    public=None,
    deps=None,
    **more,
):
    role(
        b,
        "NodeRole",
        "ec2.amazonaws.com",
        managed=["arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"],
    )
    b.add("Profile", "AWS::IAM::InstanceProfile", Roles=[ref("NodeRole")])
    data = {
        "ImageId": "ami-0123456789abcdef0",
        "InstanceType": "t3.small",
        "IamInstanceProfile": {"Arn": att("Profile", "Arn")},
        "UserData": {
            "Fn::Base64": ud or {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config\n"}
        },
    }
    if public is None:
        data["SecurityGroupIds"] = [att(g, "GroupId") for g in groups]
    else:
        data["NetworkInterfaces"] = [
            {"DeviceIndex": 0, "AssociatePublicIpAddress": public, "Groups": [att(g, "GroupId") for g in groups]}
        ]
    b.add("Lt", "AWS::EC2::LaunchTemplate", LaunchTemplateData=data)
    if "Cluster" not in b.resources:
        b.add("Cluster", "AWS::ECS::Cluster")
    b.add(
        name,
        "AWS::AutoScaling::AutoScalingGroup",
        deps or [x for x in ("PrivateRoute", "PublicRoute") if x in b.resources],
        MinSize="1",
        MaxSize="2",
        DesiredCapacity="1",
        VPCZoneIdentifier=[ref(s) for s in subnets],
        LaunchTemplate={"LaunchTemplateId": ref("Lt"), "Version": att("Lt", "LatestVersionNumber")},
        **more,
    )


def machine(b: Town, name="Box", ud="", subnet="PrivateSubnet1", groups=("BoxSg",), signal=True, deps=None, **more):
    p = dict(
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.small",
        SubnetId=ref(subnet),
        SecurityGroupIds=[att(g, "GroupId") for g in groups],
        UserData={"Fn::Base64": {"Fn::Sub": ud}},
        **more,
    )
    b.add(
        name,
        "AWS::EC2::Instance",
        deps or [x for x in ("PrivateRoute", "PublicRoute", "PrivateLink1", "PublicLink1") if x in b.resources],
        **p,
    )
    if signal:
        b.resources[name]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT10M"}}


SIG = "\n/opt/aws/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Box --region ${AWS::Region}\n"


@dataclass
class Cases:
    """Towns by what is said of them; nobody to blame means that the town is legal."""

    items: list[Any] = field(default_factory=list)

    def __call__(self, name: str, blamed: list[str] | None = None) -> Callable[[Builder], Builder]:
        def keep(build: Builder) -> Builder:
            self.items.append(pytest.param(build, blamed, id=name))
            return build

        return keep


def judge_case(build: Builder, blamed: list[str] | None) -> None:
    """A fault is told on who is to blame, blocking or as a warning; a legal town is left in peace."""
    verdicts = build().judge()
    loud = [item for item in verdicts.findings if item.severity is not Severity.NOTE]
    said = [(item.check, item.resources[:3], item.message) for item in loud]
    if blamed is None:
        assert said == []
        assert [item.question for item in verdicts.questions] == []
    else:
        assert [item for item in loud if set(item.resources) & set(blamed)], (
            said,
            [item.question for item in verdicts.questions],
        )
