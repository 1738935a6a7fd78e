"""Dual-stack networks: what calls over IPv6 and what has IPv4 addresses only, faults and legal twins."""

from __future__ import annotations

import pytest
from districts import ANY, SIG, Cases, function, group, judge_case, machine
from towns import att, ref, town, verdict_on

from stackflight.model.finding import Verdict

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


_OUT, _BACK = (100, True, "allow", "::/0", (443, 443)), (100, False, "allow", "::/0", (1024, 65535))


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        pytest.param([_OUT, _BACK], Verdict.YES, id="both ways"),
        pytest.param([_OUT, (100, False, "allow", "::/0", (443, 443))], Verdict.NO, id="no way for answers"),
        pytest.param(
            [_OUT, (100, False, "allow", "::/0", (32768, 60999))], Verdict.INTERMITTENT, id="for some answers"
        ),
        pytest.param(
            [_OUT, (90, False, "deny", "::/0", (32768, 65535)), _BACK],
            Verdict.INTERMITTENT,
            id="denied for some answers",
        ),
        pytest.param([(90, True, "deny", "::/0", (0, 1023)), _OUT, _BACK], Verdict.NO, id="denied first"),
        pytest.param([_OUT, _BACK, (110, True, "deny", "::/0", (0, 1023))], Verdict.YES, id="denied later"),
        pytest.param(
            [(100, egress, "allow", "0.0.0.0/0", (0, 65535)) for egress in (True, False)],
            Verdict.NO,
            id="for IPv4 only",
        ),
        pytest.param([(100, True, "allow", "fd00::/8", (443, 443)), _BACK], Verdict.NO, id="for others"),
        pytest.param([(100, True, "allow", "2600::/12", (443, 443)), _BACK], Verdict.UNKNOWN, id="for part of them"),
    ],
)
def test_entries_of_an_acl_decide_over_ipv6_by_those_for_ipv6(entries, verdict):
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n")
    b.add("Wall", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    for i in (1, 2):
        b.add(
            f"Walled{i}", "AWS::EC2::SubnetNetworkAclAssociation", SubnetId=ref(f"PrivateSubnet{i}"),
            NetworkAclId=ref("Wall"),
        )  # fmt: skip
    for at, (number, egress, action, block, ports) in enumerate(entries):
        b.add(
            f"Entry{at}", "AWS::EC2::NetworkAclEntry", NetworkAclId=ref("Wall"), RuleNumber=number, Egress=egress,
            RuleAction=action, Protocol=6, PortRange={"From": ports[0], "To": ports[1]},
            **{"Ipv6CidrBlock" if ":" in block else "CidrBlock": block},
        )  # fmt: skip

    assert verdict_on(b.judge(), "example.com") is verdict


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


OF_S3 = D.replace("use_dualstack_endpoint=True", "s3={'use_dualstack_endpoint': True, 'addressing_style': 'path'}")


@case("lambda6-dual-of-s3-ok")
def lambda6_dual_of_s3_ok():
    return lam6(True, actions=("s3:ListAllMyBuckets",), code=OF_S3)


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


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"CidrIpv6": "::/0"}, Verdict.YES),
        ({"CidrIpv6": "2000::/3"}, Verdict.YES),
        ({"CidrIpv6": "fd00::/8"}, Verdict.NO),
        ({"CidrIpv6": "2600:1f18::/36"}, Verdict.UNKNOWN),
        ({"CidrIpv6": ref("Block")}, Verdict.UNKNOWN),
        ({"DestinationPrefixListId": ref("World")}, Verdict.YES),
        ({"DestinationPrefixListId": ref("Inside")}, Verdict.NO),
    ],
)
def test_a_rule_for_ipv6_lets_out_to_its_own_addresses(rule, verdict):
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n", egress=[{"IpProtocol": "-1", **rule}])
    b.parameters["Block"] = {"Type": "String"}
    for name, block in (("World", "::/0"), ("Inside", "fd00::/8")):
        b.add(name, "AWS::EC2::PrefixList", AddressFamily="IPv6", PrefixListName=name, MaxEntries=1, Entries=[{"Cidr": block}])  # fmt: skip
    assert verdict_on(b.judge(), "example.com") is verdict


def test_no_name_resolves_over_ipv6_where_the_resolver_is_off():
    b = six("curl -6 -fsS https://example.com/x -o /tmp/x\n").set("Vpc", EnableDnsSupport=False)
    assert verdict_on(b.judge(), "example.com") is Verdict.NO


def test_a_switch_for_ipv6_that_is_off_is_named_as_the_cause_where_ipv4_leads_nowhere():
    for dead in (True, False):
        built = lam6(None, actions=("s3:ListAllMyBuckets",), code=D)
        if dead:
            built.set("FnSg", SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIpv6": "::/0"}])
        [found] = [item for item in built.judge().findings if item.check == "workload-cannot-reach-service"]
        assert (found.resources[0], found.message) == ("Fn", "Fn cannot reach s3: Fn has no IPv6 address")
        assert found.remedy == "set Ipv6AllowedForDualStack in its VpcConfig"


def test_of_two_closed_ways_to_a_name_with_both_addresses_the_one_that_lacks_less_is_told():
    built = lam6(True, eig=False, actions=("s3:ListAllMyBuckets",), code=D)
    built.set("FnSg", SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIpv6": "::/0"}])
    [found] = [item for item in built.judge().findings if item.check == "workload-cannot-reach-service"]
    assert found.remedy == "add a route ::/0 to an egress-only internet gateway in PrivateTable"


def test_the_way_that_has_a_route_is_the_one_that_was_meant():
    built = lam6(True, actions=("s3:ListAllMyBuckets",), code=D)
    built.set("FnSg", SecurityGroupEgress=[ANY])
    [found] = [item for item in built.judge().findings if item.check == "workload-cannot-reach-service"]
    assert (found.resources[0], found.remedy) == ("FnSg", "allow outbound tcp 443 to ::/0 in FnSg")


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
