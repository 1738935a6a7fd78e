"""Classic Load Balancers: targets, health checks and clients, faults and legal twins."""

from __future__ import annotations

import pytest
from districts import Cases, from_block, from_group, group, judge_case, machine
from towns import att, ref, town

case = Cases()


def clb(ing, port=8080, lbsg=None, health="HTTP:8080/"):
    b = town()
    group(b, "LbSg", ingress=lbsg if lbsg is not None else [from_block(80, "0.0.0.0/0")])
    group(b, "BoxSg", ingress=ing)
    machine(b, ud="#!/bin/bash\necho\n", signal=False)
    b.add(
        "Clb",
        "AWS::ElasticLoadBalancing::LoadBalancer",
        ["Attachment"],
        Scheme="internet-facing",
        Subnets=[ref("PublicSubnet1"), ref("PublicSubnet2")],
        SecurityGroups=[att("LbSg", "GroupId")],
        Listeners=[{"LoadBalancerPort": "80", "InstancePort": str(port), "Protocol": "HTTP"}],
        HealthCheck={
            "Target": health,
            "Interval": "30",
            "Timeout": "5",
            "HealthyThreshold": "2",
            "UnhealthyThreshold": "3",
        },
        Instances=[ref("Box")],
    )
    return b


@case("classic-target-closed", ["BoxSg"])
def classic_target_closed():
    return clb([from_group(9090, "LbSg")])


@case("classic-health-closed", ["BoxSg"])
def classic_health_closed():
    return clb([from_group(8080, "LbSg")], health="TCP:9000")


@case("classic-ok")
def classic_ok():
    return clb([from_group(8080, "LbSg")])


@case("classic-clients-closed", ["LbSg", "Clb"])
def classic_clients_closed():
    return clb([from_group(8080, "LbSg")], lbsg=[from_block(443, "0.0.0.0/0")])


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
