"""Nodes of Amazon EKS and the API endpoint of their cluster: whom it lets in, and from which address they come."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town

from stackflight.model.finding import Verdict


def _cluster(**access: Any) -> Town:
    built = town()
    subnets = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
    settings = {"SubnetIds": subnets, "EndpointPublicAccess": True, **access}
    built.add("Role", "AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": []})
    built.add("Cluster", "AWS::EKS::Cluster", RoleArn=att("Role", "Arn"), ResourcesVpcConfig=settings)
    return built.add("Nodes", "AWS::EKS::Nodegroup", ClusterName=ref("Cluster"), NodeRole=att("Role", "Arn"), Subnets=subnets)  # fmt: skip


def _verdict(built: Town, workload: str = "Nodes") -> Verdict | None:
    reaches = built.judge().case.reaches
    return next((item.verdict for item in reaches if item.need.workload.address.id == workload and "API endpoint" in item.need.target.title), None)  # fmt: skip


OFFICE = "54.240.197.224/28"


@pytest.mark.parametrize(
    ("sources", "verdict"),
    [
        (None, Verdict.YES),
        ([OFFICE, "0.0.0.0/0"], Verdict.YES),
        ([OFFICE], Verdict.NO),
        ([OFFICE, "10.0.0.0/16"], Verdict.NO),
        ([OFFICE, {"Fn::Sub": "${Address.PublicIp}/32"}], Verdict.YES),
        ([{"Fn::Join": ["/", [ref("Address"), "32"]]}], Verdict.YES),
        (["54.0.0.0/8"], Verdict.UNKNOWN),
        ([OFFICE, ref("Office")], Verdict.UNKNOWN),
        (ref("Offices"), Verdict.UNKNOWN),
    ],
)
def test_nodes_join_where_the_public_endpoint_lets_their_nat_gateway_in(sources: Any, verdict: Verdict) -> None:
    built = _cluster(**({"PublicAccessCidrs": sources} if sources is not None else {}))
    built.parameters |= {"Office": {"Type": "String"}, "Offices": {"Type": "CommaDelimitedList"}}
    assert _verdict(built) is verdict


def test_a_private_endpoint_asks_nobody_for_an_address() -> None:
    assert _verdict(_cluster(EndpointPrivateAccess=True, PublicAccessCidrs=[OFFICE])) is None


@pytest.mark.parametrize("known", [{"AllocationId": "eipalloc-1"}, {"SecondaryAllocationIds": ["eipalloc-1"]}])
def test_an_elastic_ip_from_elsewhere_may_be_the_one_that_is_let_in(known: dict[str, Any]) -> None:
    assert _verdict(_cluster(PublicAccessCidrs=[OFFICE]).set("Nat", **known)) is Verdict.UNKNOWN


def test_the_finding_says_who_is_let_in_and_who_comes() -> None:
    found = next(
        item for item in blocking(_cluster(PublicAccessCidrs=[OFFICE]).judge()) if "API endpoint" in item.message
    )
    assert (
        "PublicAccessCidrs of Cluster lets 54.240.197.224/28 in, and Nodes comes from the Elastic IP Address"
        in found.message
    )
    assert found.resources[:2] == ("Cluster", "Nodes")


def test_fargate_profiles_and_machines_that_join_by_themselves_are_nodes_too() -> None:
    built = _cluster(PublicAccessCidrs=[OFFICE])
    built.add("Profile", "AWS::EKS::FargateProfile", ClusterName=ref("Cluster"), Subnets=[ref("PrivateSubnet1")])
    script = {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\n/etc/eks/bootstrap.sh ${Cluster}\n"}}
    built.add("Launch", "AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": "ami-1", "UserData": script})
    template = {"LaunchTemplateId": ref("Launch"), "Version": "1"}
    built.add("Group", "AWS::AutoScaling::AutoScalingGroup", LaunchTemplate=template, VPCZoneIdentifier=[ref("PrivateSubnet1")], MinSize="1", MaxSize="1")  # fmt: skip
    assert _verdict(built, "Profile") is Verdict.NO
    assert _verdict(built, "Group") is Verdict.NO
