"""A part of a network that a parameter gives may belong anywhere: nothing is proved closed because of it."""

from __future__ import annotations

from typing import Any

import pytest
from test_called_addresses import _by_private_name
from test_dual_stack import lam6
from test_lattice import LANY, lattice
from towns import Town, blocking, ref, town, with_function


def walled() -> Town:
    built = with_function(town())
    built.add("Wall", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    for index in (1, 2):
        built.add(f"In{index}", "AWS::EC2::SubnetNetworkAclAssociation", SubnetId=ref(f"PrivateSubnet{index}"), NetworkAclId=ref("Wall"))  # fmt: skip
    for egress in (True, False):
        built.add(f"Entry{egress}", "AWS::EC2::NetworkAclEntry", NetworkAclId=ref("Wall"), RuleNumber=100, Egress=egress, RuleAction="allow", Protocol=-1, CidrBlock="0.0.0.0/0")  # fmt: skip
    return built


def excluded() -> Town:
    built = with_function(town()).add("Bpa", "AWS::EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode="block-bidirectional")  # fmt: skip
    return built.add("Exclusion", "AWS::EC2::VPCBlockPublicAccessExclusion", VpcId=ref("Vpc"), InternetGatewayExclusionMode="allow-egress")  # fmt: skip


def dual() -> Town:
    built = lam6(True, actions=("s3:ListAllMyBuckets",), code="import boto3\nfrom botocore.config import Config\nboto3.client('s3',config=Config(use_dualstack_endpoint=True)).list_buckets()\n")  # fmt: skip
    return built.set("FnSg", SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIpv6": "::/0"}])


def linked() -> Town:
    return _by_private_name("http://api.vendor.example.com/")


def by_variable() -> Town:
    return lam6(True, actions=("s3:ListAllMyBuckets",), AWS_USE_DUALSTACK_ENDPOINT="true")


def closed_balancer() -> Town:
    return linked().set("Door", SecurityGroupIngress=[])


@pytest.mark.parametrize(
    ("build", "name", "path"),
    [
        (walled, "EntryTrue", ("NetworkAclId",)),
        (walled, "EntryFalse", ("NetworkAclId",)),
        (excluded, "Exclusion", ("VpcId",)),
        (dual, "PrivateRoute", ("RouteTableId",)),
        (dual, "Fn", ("VpcConfig", "SubnetIds")),
        (dual, "PrivateSubnet1", ("Ipv6Native",)),
        (linked, "Link", ("VpcId",)),
        (linked, "Link", ("VpcEndpointType",)),
        (linked, "Link", ("PrivateDnsEnabled",)),
        (linked, "Service", ("PrivateDnsName",)),
        (by_variable, "Fn", ("Environment", "Variables", "AWS_USE_DUALSTACK_ENDPOINT")),
        (lambda: lattice(targeting=LANY), "SvcAssoc", ("ServiceIdentifier",)),
        (closed_balancer, "Balancer", ("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",)),
    ],
)
def test_what_a_parameter_gives_proves_nothing(build: Any, name: str, path: tuple[str, ...]) -> None:
    built = build()
    place = built.resources[name]["Properties"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = [ref("Given")] if path[-1] == "SubnetIds" else ref("Given")
    built.parameters["Given"] = {"Type": "String"}
    assert [item.message for item in blocking(built.judge()) if item.path] == []
