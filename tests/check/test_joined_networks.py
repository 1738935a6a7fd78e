"""VPCs joined to others: peering never leads on, a transit gateway by its tables; public access, prefix lists, shared groups."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.facts.load import read_table
from stackflight.model.finding import Verdict


def spoke(hub: Town) -> Town:
    """A second VPC without a gateway of its own, and a function in it."""
    hub.add("Spoke", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True)
    hub.add("SpokeTable", "AWS::EC2::RouteTable", VpcId=ref("Spoke"))
    for index in (1, 2):
        zone = {"Fn::Select": [index - 1, {"Fn::GetAZs": ""}]}
        hub.add(f"Spoke{index}", "AWS::EC2::Subnet", VpcId=ref("Spoke"), CidrBlock=f"10.9.{index}.0/24", AvailabilityZone=zone)  # fmt: skip
        hub.add(f"SpokeLink{index}", "AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref(f"Spoke{index}"), RouteTableId=ref("SpokeTable"))  # fmt: skip
    with_function(hub, ("Spoke1", "Spoke2"))
    return hub.set("Group", VpcId=ref("Spoke"))


def route(built: Town, name: str, table: str, block: str, **target: Any) -> Town:
    return built.add(name, "AWS::EC2::Route", RouteTableId=ref(table), DestinationCidrBlock=block, **target)


def test_peering_never_leads_to_the_internet() -> None:
    built = spoke(town()).add("Peering", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Spoke"), PeerVpcId=ref("Vpc"))
    route(built, "Out", "SpokeTable", "0.0.0.0/0", VpcPeeringConnectionId=ref("Peering"))
    judged = built.judge()
    assert verdict_on(judged, "secretsmanager") is Verdict.NO
    assert "never to its gateways" in blocking(judged)[0].message


def test_peering_never_leads_on_to_a_third_network() -> None:
    built = with_database(spoke(town()))
    built.add("Third", "AWS::EC2::VPC", CidrBlock="10.8.0.0/16")
    built.add("Peering", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Spoke"), PeerVpcId=ref("Third"))
    route(built, "Out", "SpokeTable", "10.0.0.0/16", VpcPeeringConnectionId=ref("Peering"))
    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO
    assert "peering never leads on" in " ".join(item.message for item in blocking(built.judge()))


def over_transit(*, gateway: Properties | None = None, back: bool = True, default: bool = True) -> Town:
    built = spoke(town())
    built.add("Hub", "AWS::EC2::TransitGateway", **(gateway or {}))
    for vpc, subnets in (("Vpc", ("PrivateSubnet1", "PrivateSubnet2")), ("Spoke", ("Spoke1", "Spoke2"))):
        built.add(f"Hub{vpc}", "AWS::EC2::TransitGatewayAttachment", TransitGatewayId=ref("Hub"), VpcId=ref(vpc), SubnetIds=[ref(name) for name in subnets])  # fmt: skip
    route(built, "Out", "SpokeTable", "0.0.0.0/0", TransitGatewayId=ref("Hub"))
    built.add("Table", "AWS::EC2::TransitGatewayRouteTable", TransitGatewayId=ref("Hub"))
    for vpc in ("Vpc", "Spoke"):
        built.add(f"In{vpc}", "AWS::EC2::TransitGatewayRouteTableAssociation", TransitGatewayAttachmentId=ref(f"Hub{vpc}"), TransitGatewayRouteTableId=ref("Table"))  # fmt: skip
        built.add(f"Fill{vpc}", "AWS::EC2::TransitGatewayRouteTablePropagation", TransitGatewayAttachmentId=ref(f"Hub{vpc}"), TransitGatewayRouteTableId=ref("Table"))  # fmt: skip
    if default:
        built.add("Default", "AWS::EC2::TransitGatewayRoute", TransitGatewayRouteTableId=ref("Table"), DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=ref("HubVpc"))  # fmt: skip
    if back:
        route(built, "Back", "PublicTable", "10.9.0.0/16", TransitGatewayId=ref("Hub"))
    return built


def test_a_transit_gateway_leads_to_the_nat_gateway_of_another_network() -> None:
    assert verdict_on(over_transit().judge(), "secretsmanager") is Verdict.YES


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"back": False}, "has no route back to 10.9.1.0/24"),
        ({"default": False}, "Table has no route to 0.0.0.0/0"),
    ],
)
def test_what_is_missing_behind_a_transit_gateway_is_named(change: dict[str, bool], words: str) -> None:
    judged = over_transit(**change).judge()  # type: ignore[arg-type]
    assert verdict_on(judged, "secretsmanager") is Verdict.NO
    assert words in blocking(judged)[0].message


@pytest.mark.parametrize("carrier", ["VpcPeeringConnectionId", "NetworkInterfaceId"])
def test_answers_that_take_another_way_back_than_the_transit_gateway_are_a_question(carrier: str) -> None:
    built = over_transit(back=False)
    built.add("Peering", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Spoke"))
    built.add("Appliance", "AWS::EC2::NetworkInterface", SubnetId=ref("PublicSubnet1"), SourceDestCheck=False)
    target = ref("Peering") if carrier == "VpcPeeringConnectionId" else ref("Appliance")
    route(built, "Back", "PublicTable", "10.9.0.0/16", **{carrier: target})
    judged = built.judge()
    assert verdict_on(judged, "secretsmanager") is Verdict.UNKNOWN
    assert any("whether answers of the internet come back" in item.question for item in judged.questions)


def test_an_attachment_without_a_table_reaches_nothing() -> None:
    built = over_transit(gateway={"DefaultRouteTableAssociation": "disable"})
    built.remove("InSpoke")
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.NO


def test_the_default_table_is_filled_by_all_attachments() -> None:
    built = with_database(over_transit())
    built.remove("InVpc", "InSpoke", "FillVpc", "FillSpoke", "Default", "Table")
    built.set("DatabaseGroup", SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.9.0.0/16"}])  # fmt: skip
    route(built, "PrivateBack", "PrivateTable", "10.9.0.0/16", TransitGatewayId=ref("Hub"))
    assert verdict_on(built.judge(), "Database:5432") is Verdict.YES
    built.parameters["Given"] = {"Type": "String"}
    built.set("HubVpc", TransitGatewayId=ref("Given"))
    assert verdict_on(built.judge(), "Database:5432") is Verdict.UNKNOWN
    built.set("HubVpc", TransitGatewayId=ref("Hub")).set("Hub", DefaultRouteTablePropagation="disable")
    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO


@pytest.mark.parametrize(("support", "verdict"), [("enable", Verdict.YES), ("disable", Verdict.NO), (None, Verdict.NO)])
def test_groups_are_named_over_a_transit_gateway_where_it_is_enabled(support: str | None, verdict: Verdict) -> None:
    built = with_database(over_transit(gateway={"SecurityGroupReferencingSupport": support} if support else {}))
    route(built, "PrivateBack", "PrivateTable", "10.9.0.0/16", TransitGatewayId=ref("Hub"))
    assert verdict_on(built.judge(), "Database:5432") is verdict


def test_a_blackhole_drops() -> None:
    built = over_transit()
    built.set("Default", Blackhole=True)
    del built.resources["Default"]["Properties"]["TransitGatewayAttachmentId"]
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.NO


def test_a_zone_without_an_attachment_is_cut_off() -> None:
    built = over_transit().set("HubSpoke", SubnetIds=[ref("Spoke1")])
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.INTERMITTENT


def test_a_gateway_of_which_nothing_is_known_is_a_question() -> None:
    built = spoke(town())
    built.parameters["Hub"] = {"Type": "String"}
    route(built, "Out", "SpokeTable", "0.0.0.0/0", TransitGatewayId=ref("Hub"))
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.UNKNOWN


def _access(mode: str, exclusion: Properties | None = None) -> Town:
    built = with_function(town())
    built.add("Access", "AWS::EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode=mode)
    if exclusion:
        built.add("Exclusion", "AWS::EC2::VPCBlockPublicAccessExclusion", **exclusion)
    return built


@pytest.mark.parametrize(
    ("mode", "exclusion", "verdict"),
    [
        ("block-bidirectional", None, Verdict.NO),
        ("block-ingress", None, Verdict.YES),
        ("block-bidirectional", {"VpcId": ref("Vpc"), "InternetGatewayExclusionMode": "allow-egress"}, Verdict.YES),
        ("block-bidirectional", {"SubnetId": ref("PublicSubnet1"), "InternetGatewayExclusionMode": "allow-bidirectional"}, Verdict.YES),
        ("block-bidirectional", {"SubnetId": ref("PublicSubnet2"), "InternetGatewayExclusionMode": "allow-egress"}, Verdict.NO),
    ],
)  # fmt: skip
def test_public_access_may_be_blocked_for_the_whole_region(mode: str, exclusion: Properties | None, verdict: Verdict) -> None:  # fmt: skip
    judged = _access(mode, exclusion).judge()
    assert verdict_on(judged, "secretsmanager") is verdict
    assert all(item.code == "VPC_BLOCK_PUBLIC_ACCESS_ENABLED" for item in blocking(judged))


@pytest.mark.parametrize(("mode", "verdict"), [("block-ingress", Verdict.NO), (None, Verdict.YES)])
def test_ingress_only_lets_nothing_but_nat_out(mode: str | None, verdict: Verdict) -> None:
    built = town()
    if mode:
        built.add("Access", "AWS::EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode=mode)
    interface = {"DeviceIndex": "0", "AssociatePublicIpAddress": True, "SubnetId": ref("PublicSubnet1")}
    built.add("Machine", "AWS::EC2::Instance", NetworkInterfaces=[interface], UserData={"Fn::Base64": "curl https://example.com/a\n"})  # fmt: skip
    assert verdict_on(built.judge(), "example.com") is verdict


S3_ONLY = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.mark.parametrize(
    ("peer", "verdict"),
    [
        ({"DestinationPrefixListId": "pl-63a5400a"}, Verdict.YES),
        ({"DestinationPrefixListId": "pl-02cd2c6b"}, Verdict.NO),
        ({"DestinationPrefixListId": "pl-0123456789abcdef0"}, Verdict.UNKNOWN),
        ({"DestinationPrefixListId": ref("Own")}, Verdict.NO),
        ({"DestinationPrefixListId": att("Wide", "PrefixListId")}, Verdict.YES),
        ({"CidrIp": "10.0.0.0/16"}, Verdict.NO),
    ],
)
def test_a_prefix_list_is_what_it_holds(peer: Properties, verdict: Verdict) -> None:
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager")))
    built.add("Own", "AWS::EC2::PrefixList", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "10.0.0.0/16"}])
    built.add("Wide", "AWS::EC2::PrefixList", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "0.0.0.0/0"}])
    built.set("Group", SecurityGroupEgress=[{**S3_ONLY, **peer}, {**S3_ONLY, "CidrIp": "10.0.0.0/16"}])
    assert verdict_on(built.judge(), "s3") is verdict


def test_a_route_to_a_prefix_list_of_the_template_is_one_to_each_entry() -> None:
    built = spoke(town()).add("Peering", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Spoke"), PeerVpcId=ref("Vpc"))
    with_database(built)
    built.add("Own", "AWS::EC2::PrefixList", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "10.0.0.0/16"}])
    built.add("There", "AWS::EC2::Route", RouteTableId=ref("SpokeTable"), DestinationPrefixListId=ref("Own"), VpcPeeringConnectionId=ref("Peering"))  # fmt: skip
    route(built, "Back", "PrivateTable", "10.9.0.0/16", VpcPeeringConnectionId=ref("Peering"))
    assert verdict_on(built.judge(), "Database:5432") is Verdict.YES


def test_a_group_may_be_associated_with_a_further_network() -> None:
    built = spoke(town(endpoints=("secretsmanager",)))
    built.set("Function", VpcConfig={"SubnetIds": [ref("PrivateSubnet1")], "SecurityGroupIds": [att("Group", "GroupId")]})  # fmt: skip
    assert [item.check for item in blocking(built.judge())] == ["security-group-of-another-vpc"]
    built.add("Shared", "AWS::EC2::SecurityGroupVpcAssociation", GroupId=att("Group", "GroupId"), VpcId=ref("Vpc"))
    assert blocking(built.judge()) == []


@pytest.mark.parametrize("home", ["Vpc", "Other"])
def test_every_type_with_network_interfaces_takes_groups_of_its_own_network_alone(home: str) -> None:
    """Each type of facts/vpc_members at once: all are found beside a group of another VPC, none beside one of theirs."""
    built = town().add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    built.add("Strange", "AWS::EC2::SecurityGroup", GroupDescription="a", VpcId=ref(home))
    subnets = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
    types = read_table("vpc_members")["types"]
    for index, (type, places) in enumerate(types.items()):
        if "group" in places:
            built.add(f"Subnets{index}", type.rpartition("::")[0] + "::SubnetGroup", SubnetIds=subnets)
        given = {"groups": [att("Strange", "GroupId")], "subnets": subnets, "group": ref(f"Subnets{index}")}
        properties: Properties = {}
        for place, path in places.items():
            *above, last = path.split(".")
            inner = properties
            for key in above:
                inner = inner.setdefault(key, {})
            inner[last] = given[place] if last != "SubnetId" else subnets[0]
        built.add(f"Subject{index}", type, **properties)
    found = {
        one
        for item in blocking(built.judge())
        if item.check == "security-group-of-another-vpc"
        for one in item.resources
    }
    assert len(found - {"Strange"}) == (len(types) if home == "Other" else 0)


def test_a_cluster_takes_subnets_of_one_network_though_nothing_is_known_of_what_it_calls() -> None:
    built = town().add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    built.add("Far", "AWS::EC2::Subnet", VpcId=ref("Other"), CidrBlock="10.9.1.0/24")
    built.add("Cluster", "AWS::EKS::Cluster", ResourcesVpcConfig={"SubnetIds": [ref("PrivateSubnet1"), ref("Far")]})
    assert "subnets-of-two-vpcs" in {item.check for item in blocking(built.judge())}
