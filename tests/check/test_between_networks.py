"""Private addresses, Resolver endpoints, peering, transit gateways, other Regions and file systems: faults and legal twins."""

from __future__ import annotations

import pytest
from districts import Cases, from_block, from_group, function, group, judge_case, tcp
from towns import att, blocking, ref, town

from stackflight.model.finding import Consequence, Phase

case = Cases()

HTTP = "import os,urllib.request\ndef handler(e,c): return urllib.request.urlopen(os.environ['API'],timeout=5)"


def far(route=True, env="http://10.9.1.10:8080/", via="peer", egress=None, cidr9="10.9.0.0/16"):
    b = town()
    b.add("Other", "AWS::EC2::VPC", CidrBlock=cidr9)
    group(b, "FnSg", egress=egress)
    if via == "peer":
        b.add("Pcx", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Other"))
        if route:
            b.add(
                "ToOther",
                "AWS::EC2::Route",
                RouteTableId=ref("PrivateTable"),
                DestinationCidrBlock="10.9.0.0/16",
                VpcPeeringConnectionId=ref("Pcx"),
            )
    function(b, code=HTTP, env={"API": env})
    return b


@case("literal-no-route", ["PrivateTable", "Fn", "PrivateSubnet1"])
def literal_no_route():
    return far(route=False)


@case("literal-peering-ok")
def literal_peering_ok():
    return far()


@case("literal-egress-closed", ["FnSg"])
def literal_egress_closed():
    return far(egress=[from_block(443, "0.0.0.0/0")])


@case("literal-own-vpc-ok")
def literal_own_vpc_ok():
    return far(env="http://10.0.9.9:8080/")


@case("literal-peering-not-its-address", ["ToOther", "Fn"])
def literal_peering_not_its_address():
    return far(env="http://10.9.1.10:8080/", cidr9="10.8.0.0/16")


def resolver(egress=None, route=True, target="10.9.0.2"):
    b = town(nat=False)
    b.add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    group(b, "ResSg", egress=egress)
    if route:
        b.add("Pcx", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Other"))
        b.add(
            "ToOther",
            "AWS::EC2::Route",
            RouteTableId=ref("PrivateTable"),
            DestinationCidrBlock="10.9.0.0/16",
            VpcPeeringConnectionId=ref("Pcx"),
        )
    b.add(
        "Res",
        "AWS::Route53Resolver::ResolverEndpoint",
        Direction="OUTBOUND",
        SecurityGroupIds=[att("ResSg", "GroupId")],
        IpAddresses=[{"SubnetId": ref("PrivateSubnet1")}, {"SubnetId": ref("PrivateSubnet2")}],
    )
    b.add(
        "Rule",
        "AWS::Route53Resolver::ResolverRule",
        DomainName="corp.internal",
        RuleType="FORWARD",
        ResolverEndpointId=ref("Res"),
        TargetIps=[{"Ip": target, "Port": "53"}],
    )
    b.add("RuleAssoc", "AWS::Route53Resolver::ResolverRuleAssociation", ResolverRuleId=ref("Rule"), VPCId=ref("Vpc"))
    return b


@case("resolver-egress-closed", ["ResSg"])
def resolver_egress_closed():
    return resolver([tcp(443, CidrIp="0.0.0.0/0")])


@case("resolver-no-route", ["Res", "PrivateTable", "PrivateSubnet1"])
def resolver_no_route():
    return resolver(route=False)


@case("resolver-ok")
def resolver_ok():
    return resolver()


def office():
    """Resolver endpoints that ask a server of the office, which lies behind a transit gateway of the template."""
    b = resolver(route=False, target="172.16.0.53")
    b.add("Tgw", "AWS::EC2::TransitGateway")
    subnets = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
    b.add("Att", "AWS::EC2::TransitGatewayAttachment", TransitGatewayId=ref("Tgw"), VpcId=ref("Vpc"), SubnetIds=subnets)
    there = {"DestinationCidrBlock": "172.16.0.0/12", "TransitGatewayId": ref("Tgw")}
    b.add("ToOffice", "AWS::EC2::Route", ["Att"], RouteTableId=ref("PrivateTable"), **there)
    return b


def test_what_is_attached_to_a_transit_gateway_from_outside_is_a_question() -> None:
    """A VPN or Direct Connect is attached by others and brings the addresses of the office."""
    judged = office().judge()
    assert blocking(judged) == []
    [asked] = judged.questions
    assert "attached to Tgw from outside" in asked.question


def test_the_addresses_of_a_known_network_are_no_question() -> None:
    built = office().set("Other", CidrBlock="172.16.0.0/16")
    [finding] = blocking(built.judge())
    assert finding.resources[0] == "Tgw"


def two(dbroute=True, back=True, ing=None):
    b = town()
    b.add("Data", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True)
    b.add("DataTable", "AWS::EC2::RouteTable", VpcId=ref("Data"))
    for i in (1, 2):
        b.add(
            f"DataSubnet{i}",
            "AWS::EC2::Subnet",
            VpcId=ref("Data"),
            CidrBlock=f"10.9.{i}.0/24",
            AvailabilityZone={"Fn::Select": [i - 1, {"Fn::GetAZs": ""}]},
        )
        b.add(
            f"DataLink{i}",
            "AWS::EC2::SubnetRouteTableAssociation",
            SubnetId=ref(f"DataSubnet{i}"),
            RouteTableId=ref("DataTable"),
        )
    b.add("Pcx", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Data"))
    if dbroute:
        b.add(
            "There",
            "AWS::EC2::Route",
            RouteTableId=ref("PrivateTable"),
            DestinationCidrBlock="10.9.0.0/16",
            VpcPeeringConnectionId=ref("Pcx"),
        )
    if back:
        b.add(
            "Back",
            "AWS::EC2::Route",
            RouteTableId=ref("DataTable"),
            DestinationCidrBlock="10.0.0.0/16",
            VpcPeeringConnectionId=ref("Pcx"),
        )
    group(b, "FnSg")
    group(b, "DbSg", "Data", ingress=ing or [from_block(5432, "10.0.0.0/16")])
    b.add(
        "Dbs",
        "AWS::RDS::DBSubnetGroup",
        DBSubnetGroupDescription="d",
        SubnetIds=[ref("DataSubnet1"), ref("DataSubnet2")],
    )
    b.add(
        "Db",
        "AWS::RDS::DBInstance",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage="20",
        DBSubnetGroupName=ref("Dbs"),
        VPCSecurityGroups=[att("DbSg", "GroupId")],
        ManageMasterUserPassword=True,
        MasterUsername="app",
        PubliclyAccessible=False,
    )
    function(
        b,
        code="import os,psycopg2\ndef handler(e,c): return psycopg2.connect(host=os.environ['DB'])",
        env={"DB": att("Db", "Endpoint.Address")},
    )
    return b


@case("peered-db-ok")
def peered_db_ok():
    return two()


@case("peered-db-no-return", ["DataTable", "Db", "DbSg"])
def peered_db_no_return():
    return two(back=False)


@case("peered-db-group-of-unpeered", ["DbSg"])
def peered_db_group_of_unpeered():
    b = two(ing=[from_group(5432, "FnSg")])
    b.remove("Pcx", "There", "Back")
    return b


# cross region endpoint
def xregion(svcregion="eu-central-1", code_region="eu-central-1", service="secretsmanager"):
    b = town(nat=False, endpoints=("s3",))
    group(b, "EpSg", ingress=[from_block(443, "10.0.0.0/16")])
    group(b, "FnSg")
    b.add(
        "Ep",
        "AWS::EC2::VPCEndpoint",
        VpcId=ref("Vpc"),
        ServiceName=f"com.amazonaws.{svcregion}.{service}",
        ServiceRegion=svcregion,
        VpcEndpointType="Interface",
        PrivateDnsEnabled=True,
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
        SecurityGroupIds=[att("EpSg", "GroupId")],
    )
    function(
        b,
        code=f"import boto3\ndef handler(e,c): return boto3.client('{service}',region_name='{code_region}').get_secret_value(SecretId='x')\n",
        actions=["secretsmanager:GetSecretValue"],
    )
    return b


@case("xregion-ok")
def xregion_ok():
    return xregion()


@case("xregion-wrong", ["Fn", "Ep", "PrivateTable"])
def xregion_wrong():
    return xregion(code_region="us-west-2")


# TGW
def tgw(route=True, back=True):
    b = two(False, False)
    b.remove("Pcx")
    b.add(
        "Tgw", "AWS::EC2::TransitGateway", DefaultRouteTableAssociation="enable", DefaultRouteTablePropagation="enable"
    )
    b.add(
        "AttA",
        "AWS::EC2::TransitGatewayAttachment",
        TransitGatewayId=ref("Tgw"),
        VpcId=ref("Vpc"),
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
    )
    b.add(
        "AttB",
        "AWS::EC2::TransitGatewayAttachment",
        TransitGatewayId=ref("Tgw"),
        VpcId=ref("Data"),
        SubnetIds=[ref("DataSubnet1"), ref("DataSubnet2")],
    )
    if route:
        b.add(
            "There",
            "AWS::EC2::Route",
            ["AttA"],
            RouteTableId=ref("PrivateTable"),
            DestinationCidrBlock="10.9.0.0/16",
            TransitGatewayId=ref("Tgw"),
        )
    if back:
        b.add(
            "Back",
            "AWS::EC2::Route",
            ["AttB"],
            RouteTableId=ref("DataTable"),
            DestinationCidrBlock="10.0.0.0/16",
            TransitGatewayId=ref("Tgw"),
        )
    return b


@case("tgw-ok")
def tgw_ok():
    return tgw()


@case("tgw-no-return", ["DataTable"])
def tgw_no_return():
    return tgw(back=False)


@case("tgw-no-propagation", ["Tgw", "AttB", "AttA"])
def tgw_no_propagation():
    b = tgw()
    b.set("Tgw", DefaultRouteTablePropagation="disable")
    return b


# private API
# EFS
def efs(ing, zones=2, sn=("PrivateSubnet1", "PrivateSubnet2")):
    b = town()
    group(b, "FnSg")
    group(b, "EfsSg", ingress=ing)
    b.add("Fs", "AWS::EFS::FileSystem", Encrypted=True)
    for i in range(zones):
        b.add(
            f"Mt{i}",
            "AWS::EFS::MountTarget",
            FileSystemId=ref("Fs"),
            SubnetId=ref(f"PrivateSubnet{i + 1}"),
            SecurityGroups=[att("EfsSg", "GroupId")],
        )
    b.add("Ap", "AWS::EFS::AccessPoint", FileSystemId=ref("Fs"))
    function(b, subnets=sn, actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"])
    b.set("Fn", FileSystemConfigs=[{"Arn": att("Ap", "Arn"), "LocalMountPath": "/mnt/x"}])
    b.resources["Fn"]["DependsOn"] = [f"Mt{i}" for i in range(zones)]
    return b


@case("efs-closed", ["EfsSg"])
def efs_closed():
    return efs([tcp(2049, CidrIp="192.0.2.0/24")])


@case("efs-one-zone", ["Fs", "Fn"])
def efs_one_zone():
    return efs([from_group(2049, "FnSg")], 1)


@case("efs-ok")
def efs_ok():
    return efs([from_group(2049, "FnSg")])


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)


def test_a_function_without_a_mount_target_in_a_zone_is_refused_when_it_is_made() -> None:
    [found] = [
        item for item in efs([from_group(2049, "FnSg")], 1).judge().findings if item.check == "file-system-unreachable"
    ]
    assert (found.phase, found.consequence) == (Phase.CREATE, Consequence.FAILS)
    [later] = [item for item in efs([tcp(2049, CidrIp="192.0.2.0/24")]).judge().findings if item.check == "file-system-unreachable"]  # fmt: skip
    assert later.phase is Phase.RUN
