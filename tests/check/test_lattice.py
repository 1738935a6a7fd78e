"""VPC Lattice: clients, associations and targets, faults and legal twins."""

from __future__ import annotations

import pytest
from districts import Cases, from_block, from_group, function, group, judge_case, role, service, tcp
from towns import att, ref, town, verdict_on

from stackflight.model.finding import Verdict

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


SIGNED = "import os, requests\nfrom botocore.auth import SigV4Auth\ndef handler(e,c): return requests.get(os.environ['API'], auth=SigV4Auth())"
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
BY_NAME = EVERYBODY | {"Condition": {"StringNotEqualsIgnoreCase": {"aws:PrincipalType": "anonymous"}}}
FN = EVERYBODY | {"Principal": {"AWS": att("FnRole", "Arn")}, "Action": "vpc-lattice-svcs:Invoke"}
INFRA = FN | {"Principal": {"AWS": att("Infra", "Arn")}}


@pytest.mark.parametrize(
    ("statements", "signed", "verdict"),
    [
        (None, True, Verdict.NO),
        ([EVERYBODY], False, Verdict.YES),
        ([BY_NAME], False, Verdict.NO),
        ([BY_NAME], True, Verdict.UNKNOWN),
        ([FN], False, Verdict.NO),
        ([FN], True, Verdict.YES),
        ([INFRA], True, Verdict.NO),
        ([INFRA, FN], True, Verdict.YES),
        ([FN | {"Action": "s3:*"}], True, Verdict.NO),
        ([FN | {"Principal": {"AWS": ref("Given")}}], True, Verdict.UNKNOWN),
        ([EVERYBODY, EVERYBODY | {"Effect": "Deny"}], True, Verdict.NO),
    ],
)
@pytest.mark.parametrize("owner", ["LSvc", "Net"])
def test_where_lattice_asks_who_calls_the_policy_has_to_let_the_caller_in(owner, statements, signed, verdict):
    b = lattice(targeting=LANY)
    b.parameters["Given"] = {"Type": "String"}
    b.set(owner, AuthType="AWS_IAM")
    if statements is not None:
        b.add(
            "Auth",
            "AWS::VpcLattice::AuthPolicy",
            ResourceIdentifier=ref(owner),
            Policy={"Version": "2012-10-17", "Statement": statements},
        )
    if signed:
        b.set("Fn", Code={"ZipFile": SIGNED})
    assert verdict_on(b.judge(), "LSvc:80") is verdict


def _named(b, url):
    b.set("Fn", Environment={"Variables": {"API": url}})
    return b


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize(("associated", "verdict"), [(True, Verdict.YES), (False, Verdict.NO)])
def test_a_custom_name_leads_to_a_service_of_lattice_by_its_record(private, associated, verdict):
    b = _named(lattice(assoc=associated, targeting=LANY), "http://api.example.com/")
    b.set("LSvc", CustomDomainName="api.example.com")
    zone = {"VPCs": [{"VPCId": ref("Vpc"), "VPCRegion": ref("AWS::Region")}]} if private else {}
    b.add("Zone", "AWS::Route53::HostedZone", Name="example.com", **zone)
    b.add(
        "Name",
        "AWS::Route53::RecordSetGroup",
        HostedZoneId=ref("Zone"),
        RecordSets=[
            {
                "Name": "api.example.com",
                "Type": "CNAME",
                "TTL": "60",
                "ResourceRecords": [att("LSvc", "DnsEntry.DomainName")],
            }
        ],
    )
    assert verdict_on(b.judge(), "LSvc:80") is verdict


def _resource(b):
    group(b, "Out", egress=[from_block(5432, "10.0.0.0/16")])
    b.add(
        "Gate",
        "AWS::VpcLattice::ResourceGateway",
        Name="g",
        VpcIdentifier=ref("Vpc"),
        SubnetIds=[ref("PrivateSubnet1")],
        SecurityGroupIds=[att("Out", "GroupId")],
    )
    b.add(
        "Conf",
        "AWS::VpcLattice::ResourceConfiguration",
        Name="db",
        ResourceConfigurationType="SINGLE",
        ResourceGatewayId=ref("Gate"),
        PortRanges=["5432"],
        CustomDomainName="db.example.com",
        ResourceConfigurationDefinition={"DnsResource": {"DomainName": "db.internal", "IpAddressType": "IPV4"}},
    )
    return _named(b, "http://db.example.com:5432/")


ALL = {"PrivateDnsEnabled": True, "DnsOptions": {"PrivateDnsPreference": "ALL_DOMAINS"}}


@pytest.mark.parametrize(("port", "verdict"), [(5432, Verdict.YES), (443, Verdict.NO)])
def test_the_private_name_of_a_resource_leads_to_the_interfaces_of_its_endpoint(port, verdict):
    b = _resource(lattice(targeting=LANY))
    group(b, "Door", ingress=[from_block(port, "10.0.0.0/16")])
    b.add(
        "Link",
        "AWS::EC2::VPCEndpoint",
        VpcEndpointType="Resource",
        VpcId=ref("Vpc"),
        ResourceConfigurationArn=att("Conf", "Arn"),
        SubnetIds=[ref("PrivateSubnet1")],
        SecurityGroupIds=[att("Door", "GroupId")],
        **ALL,
    )
    assert verdict_on(b.judge(), "Link:5432") is verdict


@pytest.mark.parametrize(("port", "verdict"), [(5432, Verdict.YES), (443, Verdict.NO)])
def test_the_private_name_of_a_resource_in_a_service_network_passes_the_groups_of_the_association(port, verdict):
    b = _resource(lattice(targeting=LANY, assocsg=[from_block(port, "10.0.0.0/16")]))
    b.set("VpcAssoc", **ALL)
    b.set("Net", AuthType="AWS_IAM")
    b.add(
        "InNet",
        "AWS::VpcLattice::ServiceNetworkResourceAssociation",
        ServiceNetworkId=ref("Net"),
        ResourceConfigurationId=ref("Conf"),
        PrivateDnsEnabled=True,
    )
    assert verdict_on(b.judge(), "Conf:5432") is verdict
