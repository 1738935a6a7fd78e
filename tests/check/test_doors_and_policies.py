"""Clients of internet-facing entries, health checks of Network Load Balancers, policies of endpoints, groups of other VPCs."""

from __future__ import annotations

import pytest
from districts import ANY, Cases, balancer, from_block, from_group, group, judge_case, machine, service
from towns import att, ref, town, with_function

case = Cases()


# --- internet clients of an entry
def web(ing):
    b = town()
    group(b, "AlbSg", ingress=ing)
    group(b, "TaskSg", ingress=[from_group(8080, "AlbSg")])
    balancer(b)
    service(b)
    return b


@case("alb-clients-wrong-port", ["AlbSg", "Lb", "Listener"])
def _():
    return web([from_block(443, "0.0.0.0/0")])


@case("alb-clients-only-group", ["AlbSg", "Lb", "Listener"])
def _():
    return web([from_group(80, "TaskSg")])


@case("alb-clients-ok")
def _():
    return web([from_block(80, "0.0.0.0/0")])


@case("alb-clients-office")
def _():
    return web([from_block(80, "203.0.113.0/24")])


@case("alb-clients-acl", ["PublicAcl", "PublicSubnet1", "PublicSubnet2", "Lb", "In"])
def _():
    b = web([from_block(80, "0.0.0.0/0")])
    b.add("PublicAcl", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    b.add(
        "In",
        "AWS::EC2::NetworkAclEntry",
        NetworkAclId=ref("PublicAcl"),
        RuleNumber=100,
        Protocol=6,
        RuleAction="allow",
        CidrBlock="10.0.0.0/16",
        PortRange={"From": 0, "To": 65535},
    )
    b.add(
        "In2",
        "AWS::EC2::NetworkAclEntry",
        NetworkAclId=ref("PublicAcl"),
        RuleNumber=110,
        Protocol=6,
        RuleAction="allow",
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 1024, "To": 65535},
    )
    b.add(
        "Out",
        "AWS::EC2::NetworkAclEntry",
        NetworkAclId=ref("PublicAcl"),
        RuleNumber=100,
        Protocol=-1,
        RuleAction="allow",
        Egress=True,
        CidrBlock="0.0.0.0/0",
    )
    for i in (1, 2):
        b.add(
            f"AclLink{i}",
            "AWS::EC2::SubnetNetworkAclAssociation",
            SubnetId=ref(f"PublicSubnet{i}"),
            NetworkAclId=ref("PublicAcl"),
        )
    return b


# --- NLB health checks of an ECS service
def nlb(ing, groups=(), scheme="internal", **k):
    b = town()
    group(b, "TaskSg", ingress=ing)
    if groups:
        group(b, "AlbSg", ingress=[from_block(80, "0.0.0.0/0")])
    balancer(b, scheme, ("PrivateSubnet1", "PrivateSubnet2"), groups, "network", 80, "TCP", **k)
    service(b)
    return b


@case("nlb-health-closed", ["TaskSg"])
def _():
    return nlb([from_block(8080, "192.0.2.0/24")])


@case("nlb-health-open")
def _():
    return nlb([from_block(8080, "10.0.0.0/16")])


@case("nlb-group-health-closed", ["TaskSg"])
def _():
    return nlb([from_block(9090, "10.0.0.0/16")], ("AlbSg",))


@case("nlb-group-ok")
def _():
    return nlb([from_group(8080, "AlbSg")], ("AlbSg",))


# --- endpoint policies by action
def fg(policy=None, svc="secretsmanager", secrets=True):
    b = town(nat=False, endpoints=("ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"))
    group(b, "TaskSg")
    b.add("Secret", "AWS::SecretsManager::Secret", GenerateSecretString={})
    service(
        b,
        image={"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"}
        and "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
        lb=False,
        container={"Secrets": [{"Name": "S", "ValueFrom": ref("Secret")}]} if secrets else None,
    )
    b.resources["SvcExec"]["Properties"]["Policies"] = [
        {
            "PolicyName": "s",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": ref("Secret")}
                ],
            },
        }
    ]
    if policy is not None:
        b.set(
            "Endpoint"
            + {"secretsmanager": "Secretsmanager", "ecr.api": "EcrApi", "ecr.dkr": "EcrDkr", "logs": "Logs"}[svc],
            PolicyDocument={"Version": "2012-10-17", "Statement": policy},
        )
    return b


def st(action, res="*", eff="Allow", **k):
    return {"Effect": eff, "Principal": "*", "Action": action, "Resource": res, **k}


@case("policy-secret-wrong-action", ["EndpointSecretsmanager"])
def _():
    return fg([st(["secretsmanager:DescribeSecret", "secretsmanager:ListSecrets"])])


def _():
    return fg([st("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-*")])


@case("policy-secret-right")
def _():
    return fg([st("secretsmanager:GetSecretValue", ref("Secret"))])


@case("policy-ecr-no-token", ["EndpointEcrApi"])
def _():
    return fg([st(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])], "ecr.api")


@case("policy-ecr-right")
def _():
    return fg(
        [
            st(
                [
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchCheckLayerAvailability",
                ]
            )
        ],
        "ecr.api",
    )


@case("policy-ecr-deny", ["EndpointEcrApi"])
def _():
    return fg([st("*"), st("ecr:GetAuthorizationToken", eff="Deny")], "ecr.api")


@case("policy-lambda-wrong-action", ["EndpointSecretsmanager"])
def _():
    b = town(nat=False, endpoints=("secretsmanager", "s3"))
    with_function(b)
    b.set("EndpointSecretsmanager", PolicyDocument={"Statement": [st("secretsmanager:PutSecretValue")]})
    return b


@case("policy-lambda-right")
def _():
    b = town(nat=False, endpoints=("secretsmanager", "s3"))
    with_function(b)
    b.set("EndpointSecretsmanager", PolicyDocument={"Statement": [st("secretsmanager:GetSecretValue")]})
    return b


@case("policy-logs-wrong", ["EndpointLogs"])
def _():
    b = fg([st("logs:DescribeLogGroups")], "logs")
    b.add("Log", "AWS::Logs::LogGroup")
    b.resources["SvcTask"]["Properties"]["ContainerDefinitions"][0]["LogConfiguration"] = {
        "LogDriver": "awslogs",
        "Options": {"awslogs-group": ref("Log"), "awslogs-region": ref("AWS::Region"), "awslogs-stream-prefix": "x"},
    }
    return b


@case("policy-logs-right")
def _():
    b = fg([st(["logs:CreateLogStream", "logs:PutLogEvents"])], "logs")
    b.add("Log", "AWS::Logs::LogGroup")
    b.resources["SvcTask"]["Properties"]["ContainerDefinitions"][0]["LogConfiguration"] = {
        "LogDriver": "awslogs",
        "Options": {"awslogs-group": ref("Log"), "awslogs-region": ref("AWS::Region"), "awslogs-stream-prefix": "x"},
    }
    return b


# --- group of an unpeered VPC named
def two(peer):
    b = town()
    b.add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    group(b, "OtherSg", "Other")
    group(b, "DbSg", ingress=[from_group(5432, "OtherSg")])
    if peer:
        b.add("Pcx", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Other"))
        b.resources["DbSg"]["DependsOn"] = ["Pcx"]
    return b


@case("group-of-unpeered-vpc", ["DbSg"])
def _():
    return two(False)


@case("group-of-peered-vpc")
def _():
    return two(True)


# --- curl -6 and dual stack
def six(ud, eig=True, egress=None):
    b = town(nat=False)
    b.add("V6", "AWS::EC2::VPCCidrBlock", VpcId=ref("Vpc"), AmazonProvidedIpv6CidrBlock=True)
    for i in (1, 2):
        b.set(
            f"PrivateSubnet{i}",
            Ipv6CidrBlock={"Fn::Select": [i, {"Fn::Cidr": [{"Fn::Select": [0, att("Vpc", "Ipv6CidrBlocks")]}, 8, 64]}]},
            AssignIpv6AddressOnCreation=True,
        )
        b.resources[f"PrivateSubnet{i}"]["DependsOn"] = ["V6"]
    if eig:
        b.add("Eig", "AWS::EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc"))
        b.add(
            "PrivateRoute",
            "AWS::EC2::Route",
            RouteTableId=ref("PrivateTable"),
            DestinationIpv6CidrBlock="::/0",
            EgressOnlyInternetGatewayId=ref("Eig"),
        )
    group(b, "BoxSg", egress=egress if egress is not None else [ANY, {"IpProtocol": "-1", "CidrIpv6": "::/0"}])
    machine(b, ud="#!/bin/bash -e\n" + ud, signal=False)
    return b


def _():
    return six("curl -6 -fsS https://example.com/x -o /tmp/x\n")


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
