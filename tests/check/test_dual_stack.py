"""Dual-stack networks: what calls over IPv6 and what has IPv4 addresses only, faults and legal twins."""

from __future__ import annotations

import pytest
from districts import ANY, SIG, Cases, function, group, judge_case, machine
from towns import att, ref, town

case = Cases()


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


@case("curl6-ok")
def curl6_ok():
    return six("curl -6 -fsS https://example.com/x -o /tmp/x\n")


@case("curl6-no-route", ["Box", "PrivateTable", "PrivateSubnet1"])
def curl6_no_route():
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n" + SIG, eig=False)
    b.resources["Box"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    return b


@case("curl6-group-closed", ["BoxSg"])
def curl6_group_closed():
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n" + SIG, egress=[ANY])
    b.resources["Box"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    return b


@case("curl6-no-address", ["Box", "PrivateSubnet1"])
def curl6_no_address():
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n" + SIG)
    b.resources["Box"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    for i in (1, 2):
        b.resources[f"PrivateSubnet{i}"]["Properties"].pop("AssignIpv6AddressOnCreation")
    return b


@case("curl6-address-asked")
def curl6_address_asked():
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n")
    for i in (1, 2):
        b.resources[f"PrivateSubnet{i}"]["Properties"].pop("AssignIpv6AddressOnCreation")
    b.set("Box", Ipv6AddressCount=1)
    return b


def lam6(
    allowed=None,
    eig=True,
    actions=("secretsmanager:GetSecretValue",),
    code="import boto3\ndef handler(e,c): return boto3.client('secretsmanager').get_secret_value(SecretId='x')\n",
    **k,
):
    b = six("echo\n", eig=eig)
    b.remove("Box", "BoxSg")
    group(b, "FnSg", egress=[ANY, {"IpProtocol": "-1", "CidrIpv6": "::/0"}])
    v = {} if allowed is None else {"Ipv6AllowedForDualStack": allowed}
    function(b, code=code, actions=list(actions), **v)
    if k:
        b.set("Fn", Environment={"Variables": k})
    return b


@case("lambda6-plain-name-no-nat", ["Fn", "PrivateTable", "PrivateSubnet1"])
def lambda6_plain_name_no_nat():
    return lam6(True)


D = "import boto3\nfrom botocore.config import Config\ndef handler(e,c): return boto3.client('s3',config=Config(use_dualstack_endpoint=True)).list_buckets()\n"


@case("lambda6-dual-ok")
def lambda6_dual_ok():
    return lam6(True, actions=("s3:ListAllMyBuckets",), code=D)


@case("lambda6-dual-env-ok")
def lambda6_dual_env_ok():
    return lam6(True, AWS_USE_DUALSTACK_ENDPOINT="true")


@case("lambda6-dual-not-allowed", ["Fn"])
def lambda6_dual_not_allowed():
    return lam6(None, code=D)


@case("lambda6-dual-no-eig", ["Fn", "PrivateTable"])
def lambda6_dual_no_eig():
    return lam6(True, eig=False, code=D)


@case("lambda6-github", ["Box", "Fn", "PrivateTable", "PrivateSubnet1"])
def lambda6_github():
    b = six("#\ngit clone https://github.com/x/y.git\n" + SIG)
    b.resources["Box"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    b.resources["Box"]["Properties"]["UserData"] = {
        "Fn::Base64": {"Fn::Sub": "#!/bin/bash -e\ngit clone https://github.com/x/y.git\n" + SIG}
    }
    return b


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
