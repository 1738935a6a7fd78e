"""Identity providers of listeners, message brokers and what cfn-init carries out: faults and legal twins."""

from __future__ import annotations

import pytest
from districts import SIG, Cases, balancer, from_block, from_group, function, group, judge_case, machine, service, tcp
from towns import att, ref, town

case = Cases()


def oidc(egress=None, scheme="internet-facing", subnets=("PublicSubnet1", "PublicSubnet2"), nat=True):
    b = town(nat=nat)
    group(b, "AlbSg", ingress=[from_block(443, "0.0.0.0/0")], egress=egress)
    group(b, "TaskSg", ingress=[from_group(8080, "AlbSg")])
    balancer(b, scheme, subnets, port=443, proto="HTTP")
    service(b)
    b.set(
        "Listener",
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/x"}],
        DefaultActions=[
            {
                "Type": "authenticate-oidc",
                "Order": 1,
                "AuthenticateOidcConfig": {
                    "Issuer": "https://idp.example.com",
                    "AuthorizationEndpoint": "https://idp.example.com/a",
                    "TokenEndpoint": "https://idp.example.com/t",
                    "UserInfoEndpoint": "https://idp.example.com/u",
                    "ClientId": "x",
                    "ClientSecret": "y",
                },
            },
            {"Type": "forward", "Order": 2, "TargetGroupArn": ref("Tg")},
        ],
    )
    return b


@case("oidc-egress-closed", ["AlbSg"])
def oidc_egress_closed():
    return oidc([tcp(8080, CidrIp="10.0.0.0/16")])


@case("oidc-ok")
def oidc_ok():
    return oidc()


@case("oidc-internal-no-nat", ["Lb", "PrivateTable", "PrivateSubnet1"])
def oidc_internal_no_nat():
    b = oidc(scheme="internal", subnets=("PrivateSubnet1", "PrivateSubnet2"), nat=False)
    b.remove("Svc", "SvcTask", "Cluster")
    return b


def mq(ing):
    b = town()
    group(b, "FnSg")
    group(b, "MqSg", ingress=ing)
    b.add(
        "Mq",
        "AWS::AmazonMQ::Broker",
        BrokerName="b",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        SubnetIds=[ref("PrivateSubnet1")],
        SecurityGroups=[att("MqSg", "GroupId")],
        AutoMinorVersionUpgrade=True,
        Users=[{"Username": "a", "Password": "abcdefghijkl1"}],
    )
    function(
        b,
        code="import os,pika\ndef handler(e,c): return pika.BlockingConnection(pika.URLParameters(os.environ['MQ']))",
        env={"MQ": {"Fn::Select": [0, att("Mq", "AmqpEndpoints")]}},
    )
    return b


@case("mq-closed", ["MqSg"])
def mq_closed():
    return mq([from_group(5672, "FnSg")])


@case("mq-ok")
def mq_ok():
    return mq([from_group(5671, "FnSg")])


def activemq(port):
    """A broker of several protocols, called by the name for one of them."""
    built = mq([from_group(port, "FnSg")]).set("Mq", EngineType="ACTIVEMQ")
    return built.set("Fn", Environment={"Variables": {"MQ": {"Fn::Select": [0, att("Mq", "StompEndpoints")]}}})


@case("mq-other-protocol", ["MqSg"])
def mq_other_protocol():
    return activemq(61617)


@case("mq-protocol-ok")
def mq_protocol_ok():
    return activemq(61614)


def init(meta, nat=False, eps=("cloudformation", "s3")):
    b = town(nat=nat, endpoints=eps)
    group(b, "BoxSg")
    machine(
        b,
        ud="#!/bin/bash -x\n/opt/aws/bin/cfn-init -v --stack ${AWS::StackName} --resource Box --region ${AWS::Region}\n"
        + SIG,
        deps=[
            x for x in b.resources if x.startswith(("PrivateRoute", "PrivateLink", "Endpoint")) and x != "EndpointGroup"
        ],
    )
    b.resources["Box"]["Metadata"] = {"AWS::CloudFormation::Init": meta}
    return b


W = ["Box", "PrivateTable", "PrivateSubnet1"]


@case("init-source-url", W)
def init_source_url():
    return init({"config": {"files": {"/tmp/x": {"source": "https://example.com/x", "mode": "000644"}}}})


@case("init-source-url-nat")
def init_source_url_nat():
    return init({"config": {"files": {"/tmp/x": {"source": "https://example.com/x"}}}}, nat=True)


@case("init-sources", W)
def init_sources():
    return init({"config": {"sources": {"/opt/app": "https://github.com/acme/app/tarball/main"}}})


@case("init-yum-s3-ok")
def init_yum_s3_ok():
    return init({"config": {"packages": {"yum": {"httpd": []}}}})


@case("init-yum-no-s3", W)
def init_yum_no_s3():
    return init({"config": {"packages": {"yum": {"httpd": []}}}}, eps=("cloudformation",))


@case("init-python", W)
def init_python():
    return init({"config": {"packages": {"python": {"flask": []}}}})


@case("init-configsets", W)
def init_configsets():
    return init(
        {
            "configSets": {"default": ["a", "b"]},
            "a": {"packages": {"yum": {"httpd": []}}},
            "b": {"commands": {"01": {"command": "curl -fsS https://example.com/x -o /tmp/x"}}},
        }
    )


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
