"""VPC Lattice: clients, associations and targets, faults and legal twins."""

from __future__ import annotations

import pytest
from districts import Cases, from_block, from_group, function, group, judge_case, role, service, tcp
from towns import att, ref, town

case = Cases()


def lattice(assoc=True, assocsg=None, clientegress=None, targeting=None, vpc="Vpc", svcassoc=True):
    b = town()
    group(b, "FnSg", egress=clientegress)
    group(
        b,
        "TaskSg",
        ingress=targeting if targeting is not None else [tcp(8080, SourcePrefixListId="pl-0721453c7ac4ec009")],
    )
    b.add("Net", "AWS::VpcLattice::ServiceNetwork", Name="net")
    b.add("LSvc", "AWS::VpcLattice::Service", Name="api", AuthType="NONE")
    if svcassoc:
        b.add(
            "SvcAssoc",
            "AWS::VpcLattice::ServiceNetworkServiceAssociation",
            ServiceNetworkIdentifier=ref("Net"),
            ServiceIdentifier=ref("LSvc"),
        )
    if assoc:
        p = {}
        if assocsg is not None:
            group(b, "AssocSg", ingress=assocsg)
            p = {"SecurityGroupIds": [att("AssocSg", "GroupId")]}
        b.add(
            "VpcAssoc",
            "AWS::VpcLattice::ServiceNetworkVpcAssociation",
            ServiceNetworkIdentifier=ref("Net"),
            VpcIdentifier=ref(vpc),
            **p,
        )
    b.add(
        "LTg",
        "AWS::VpcLattice::TargetGroup",
        Type="IP",
        Config={"Port": 8080, "Protocol": "HTTP", "VpcIdentifier": ref("Vpc")},
    )
    b.add(
        "LList",
        "AWS::VpcLattice::Listener",
        ServiceIdentifier=ref("LSvc"),
        Port=80,
        Protocol="HTTP",
        DefaultAction={"Forward": {"TargetGroups": [{"TargetGroupIdentifier": ref("LTg")}]}},
    )
    role(
        b,
        "Infra",
        "ecs.amazonaws.com",
        managed=["arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVpcLattice"],
    )
    service(
        b,
        lb=False,
        service={
            "VpcLatticeConfigurations": [
                {"PortName": "http", "RoleArn": att("Infra", "Arn"), "TargetGroupArn": ref("LTg")}
            ]
        },
    )
    function(
        b,
        code="import os,urllib.request\ndef handler(e,c): return urllib.request.urlopen(os.environ['API'],timeout=5)",
        env={"API": {"Fn::Sub": "http://${LSvc.DnsEntry.DomainName}/"}},
    )
    return b


LANY = [tcp(8080, CidrIp="0.0.0.0/0")]


@case("lattice-no-vpc-association", ["Fn", "LSvc", "Net"])
def lattice_no_vpc_association():
    return lattice(assoc=False, targeting=LANY)


@case("lattice-association-of-other-vpc", ["Fn", "VpcAssoc", "LSvc", "Net"])
def lattice_association_of_other_vpc():
    b = lattice(targeting=LANY, vpc="Other")
    b.add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    return b


@case("lattice-association-group-closed", ["AssocSg"])
def lattice_association_group_closed():
    return lattice(assocsg=[from_block(443, "10.0.0.0/16")], targeting=LANY)


@case("lattice-association-group-open")
def lattice_association_group_open():
    return lattice(assocsg=[from_group(80, "FnSg")], targeting=LANY)


@case("lattice-target-only-vpc", ["TaskSg"])
def lattice_target_only_vpc():
    return lattice(targeting=[from_block(8080, "10.0.0.0/16")])


@case("lattice-target-open")
def lattice_target_open():
    return lattice(targeting=LANY)


@case("lattice-target-linklocal")
def lattice_target_linklocal():
    return lattice(targeting=[from_block(8080, "169.254.171.0/24")])


@case("lattice-egress-closed", ["FnSg"])
def lattice_egress_closed():
    return lattice(clientegress=[from_block(80, "10.0.0.0/16")], targeting=LANY)


@case("lattice-not-in-network", ["LSvc", "Fn", "Net"])
def lattice_not_in_network():
    return lattice(svcassoc=False, targeting=LANY)


@case("lattice-target-prefix-list")
def lattice_target_prefix_list():
    return lattice()


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
