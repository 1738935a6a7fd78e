"""What is not part of the templates and may still open a path: unknown, never a proof."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Severity, Verdict


def _isolated() -> Town:
    return with_function(town(nat=False))


def test_an_isolated_function_is_the_proved_case() -> None:
    assert verdict_on(_isolated().judge(), "s3") is Verdict.NO


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("AWS::EC2::VPNGatewayRoutePropagation", {"RouteTableIds": [ref("PrivateTable")], "VpnGatewayId": "vgw-1"}),
        ("AWS::EC2::RouteServerPropagation", {"RouteTableId": ref("PrivateTable"), "RouteServerId": "rs-1"}),
        ("Custom::Routes", {"ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:f", "T": ref("PrivateTable")}),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://a/b", "Parameters": {"T": ref("PrivateTable")}}),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://a/b", "Parameters": {"V": ref("Vpc")}}),
    ],
)  # fmt: skip
def test_a_route_or_endpoint_may_come_from_elsewhere(kind: str, given: dict[str, Any]) -> None:
    judged = _isolated().add("Other", kind, **given).judge()
    assert verdict_on(judged, "s3") is Verdict.UNKNOWN
    assert not blocking(judged)


def _beside_a_default_route() -> Town:
    built = with_function(town()).add("Vgw", "AWS::EC2::VPNGateway", Type="ipsec.1")
    return built.add("Propagation", "AWS::EC2::VPNGatewayRoutePropagation", RouteTableIds=[ref("PrivateTable")], VpnGatewayId=ref("Vgw"))  # fmt: skip


@pytest.mark.parametrize(
    ("static", "block", "verdict"),
    [
        (None, "", Verdict.UNKNOWN),
        (False, "", Verdict.UNKNOWN),
        (True, "192.168.0.0/16", Verdict.YES),
        (True, "0.0.0.0/0", Verdict.YES),
        (True, "52.0.0.0/8", Verdict.UNKNOWN),
    ],
)
def test_what_is_announced_beside_a_default_route_may_lead_elsewhere_and_static_connections_say_where(
    static: bool | None, block: str, verdict: Verdict
) -> None:
    built = _beside_a_default_route()
    if static is not None:
        built.add("Connection", "AWS::EC2::VPNConnection", Type="ipsec.1", CustomerGatewayId="cgw-1", VpnGatewayId=ref("Vgw"), StaticRoutesOnly=static)  # fmt: skip
    if block:
        built.add(
            "Behind", "AWS::EC2::VPNConnectionRoute", VpnConnectionId=ref("Connection"), DestinationCidrBlock=block
        )
    judged = built.judge()
    assert verdict_on(judged, "s3") is verdict
    assert not blocking(judged)


def test_a_stack_that_was_not_read_may_associate_a_route_table() -> None:
    built = _isolated().remove("PrivateLink1", "PrivateLink2")
    built.resources["Init"]["DependsOn"] = []
    assert verdict_on(built.judge(), "s3") is Verdict.NO
    subnets = {"Fn::Join": [",", [ref("PrivateSubnet1"), ref("PrivateSubnet2")]]}
    built.add("Other", "AWS::CloudFormation::Stack", TemplateURL="https://a/b", Parameters={"Subnets": subnets})
    assert verdict_on(built.judge(), "s3") is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://a/b", "Parameters": {"G": ref("DatabaseGroup")}}),
        ("Custom::AWS", {"ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:f", "Create": {"Fn::Sub": '{"action":"authorizeSecurityGroupIngress","parameters":{"GroupId":"${DatabaseGroup}"}}'}}),
    ],
)  # fmt: skip
def test_a_rule_may_come_from_elsewhere(kind: str, given: dict[str, Any]) -> None:
    built = with_database(with_function(town())).set("DatabaseGroup", SecurityGroupIngress=[])
    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO
    assert verdict_on(built.add("Other", kind, **given).judge(), "Database:5432") is Verdict.UNKNOWN


def _service(wanted: int) -> Town:
    built = town(nat=False)
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1"
    built.add("Task", "AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "app", "Image": image}])
    network = {"Subnets": [ref("PrivateSubnet1")], "AssignPublicIp": "DISABLED"}
    return built.add(
        "Service", "AWS::ECS::Service", LaunchType="FARGATE", DesiredCount=wanted, TaskDefinition=ref("Task"),
        NetworkConfiguration={"AwsvpcConfiguration": network},
    )  # fmt: skip


def test_a_service_that_wants_no_task_fails_no_deployment() -> None:
    assert blocking(_service(1).judge())
    judged = _service(0).judge()
    found = [item for item in judged.findings if item.check == "workload-cannot-reach-service"]
    assert [item.severity for item in found] == [Severity.WARNING]


def _machine(script: str, **attributes: Any) -> Town:
    built = town(nat=False)
    built.add(
        "Machine",
        "AWS::EC2::Instance",
        ImageId="ami-1",
        SubnetId=ref("PrivateSubnet1"),
        UserData={"Fn::Base64": {"Fn::Sub": script}},
    )
    built.resources["Machine"] |= attributes
    return built


SIGNAL = (
    "#!/bin/bash\nyum install -y nginx\n/opt/aws/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Machine\n"
)
WAITS = {"CreationPolicy": {"ResourceSignal": {"Timeout": "PT5M"}}}


@pytest.mark.parametrize(
    "proxy", ["export https_proxy=http://10.0.1.5:3128\n", "export HTTPS_PROXY='http://10.0.1.5:3128'\n", "cat > /etc/dnf/dnf.conf <<X\nproxy=http://10.0.1.5:3128\nX\n",
        "echo proxy=http://10.0.1.5:3128 >> /etc/dnf/dnf.conf\n",
        "echo 'Acquire::http::Proxy \"http://10.0.1.5:3128\";' > /etc/apt/apt.conf.d/1\n"]
)  # fmt: skip
def test_what_goes_through_a_proxy_is_not_told(proxy: str) -> None:
    assert blocking(_machine(SIGNAL, **WAITS).judge())
    assert not blocking(_machine(SIGNAL.replace("\n", "\n" + proxy, 1), **WAITS).judge())


def test_a_proxy_of_a_function_carries_its_calls_and_not_its_answer() -> None:
    built = _isolated()
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.NO
    proxied = built.set("Function", Environment={"Variables": {"HTTPS_PROXY": "http://10.0.1.5:3128"}}).judge()
    sure = {reach.need.target.title for reach in proxied.reaches if reach.need.certainty == "proved"}
    assert sure == {"s3", "10.0.1.5:3128"}


def test_an_elastic_ip_comes_after_the_instance_that_waits_for_its_own_signal() -> None:
    built = _machine(SIGNAL, **WAITS).set("Machine", SubnetId=ref("PublicSubnet1"))
    built.resources["Machine"]["DependsOn"] = ["PublicRoute", "PublicLink1"]
    built.add("Address", "AWS::EC2::EIP", Domain="vpc", InstanceId=ref("Machine"))
    found = blocking(built.judge())
    assert found and {"Machine", "Address"} <= set(found[0].resources)
    assert "only after Machine is complete" in found[0].message
    del built.resources["Machine"]["CreationPolicy"]
    assert not [item for item in built.judge().findings if item.check.startswith("workload-cannot-reach")]


def test_a_wait_condition_waits_for_the_script_that_holds_its_url() -> None:
    script = "#!/bin/bash\ncurl -T /tmp/done '${Handle}'\n"
    built = _machine(script).add("Handle", "AWS::CloudFormation::WaitConditionHandle")
    assert not blocking(built.judge())
    built.add("Condition", "AWS::CloudFormation::WaitCondition", ["Machine"], Handle=ref("Handle"), Timeout="600")
    found = blocking(built.judge())
    assert found and {"Machine", "Condition"} <= set(found[0].resources)


@pytest.mark.parametrize(
    "command",
    ["mount -t efs ${Files}:/ /mnt", "sudo mount -t nfs4 -o nfsvers=4.1 ${Files}.efs.eu-west-1.amazonaws.com:/ /m"],
)
def test_a_script_mounts_a_file_system(command: str) -> None:
    built = _machine("#!/bin/bash\n" + command + "\n").set("Machine", SecurityGroupIds=[ref("Files" + "Group")])
    built.add("FilesGroup", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    built.add("Files", "AWS::EFS::FileSystem")
    built.add(
        "Mount",
        "AWS::EFS::MountTarget",
        FileSystemId=ref("Files"),
        SubnetId=ref("PrivateSubnet1"),
        SecurityGroups=[ref("FilesGroup")],
    )
    assert verdict_on(built.judge(), "Files:2049") is Verdict.NO
    rule = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "CidrIp": "10.0.0.0/16"}
    assert verdict_on(built.set("FilesGroup", SecurityGroupIngress=[rule]).judge(), "Files:2049") is Verdict.YES


def _behind_nat_instance(**rules: Any) -> Town:
    built = _machine(SIGNAL, **WAITS).set("Machine", SecurityGroupIds=[ref("Group")])
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    built.add("NatGroup", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"), **rules)
    built.add(
        "Nat", "AWS::EC2::Instance", ImageId="ami-1", SourceDestCheck=False,
        NetworkInterfaces=[{"DeviceIndex": "0", "AssociatePublicIpAddress": True, "SubnetId": ref("PublicSubnet1"), "GroupSet": [att("NatGroup", "GroupId")]}],
    )  # fmt: skip
    return built.add(
        "Route",
        "AWS::EC2::Route",
        RouteTableId=ref("PrivateTable"),
        DestinationCidrBlock="0.0.0.0/0",
        InstanceId=ref("Nat"),
    )


def test_a_nat_instance_forwards_what_its_own_groups_let_in_and_out() -> None:
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    whole = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 443}
    inside, outside = {"SourceSecurityGroupId": att("Group", "GroupId")}, {"CidrIp": "0.0.0.0/0"}
    assert verdict_on(_behind_nat_instance(SecurityGroupIngress=[web | inside]).judge(), "cloudformation") is Verdict.NO
    assert (
        verdict_on(_behind_nat_instance(SecurityGroupIngress=[whole | inside]).judge(), "cloudformation") is Verdict.YES
    )
    closed = _behind_nat_instance(SecurityGroupIngress=[whole | inside], SecurityGroupEgress=[web | outside])
    assert verdict_on(closed.judge(), "cloudformation") is Verdict.NO


def test_a_balancer_without_groups_is_let_in_by_its_addresses() -> None:
    built = _service(1)
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    built.add(
        "Balancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Type="network",
        Scheme="internal",
        Subnets=[ref("PrivateSubnet1")],
    )
    built.add(
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        VpcId=ref("Vpc"),
        Protocol="TCP",
        Port=80,
        TargetType="ip",
    )
    built.add(
        "Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Balancer"),
        Port=80,
        Protocol="TCP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}],
    )
    built.set(
        "Service", LoadBalancers=[{"ContainerName": "app", "ContainerPort": 80, "TargetGroupArn": ref("Targets")}]
    )
    built.resources["Service"]["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"] = [
        ref("Group")
    ]
    found = [item for item in built.judge().findings if item.check == "target-unreachable"]
    assert found[0].remedy == "allow inbound tcp 80 from 10.0.11.0/24 in Group"


def test_an_acl_that_drops_the_answers_is_told_with_their_ports() -> None:
    built = with_function(town())
    built.add("Acl", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    for index in (1, 2):
        built.add(
            f"AclLink{index}",
            "AWS::EC2::SubnetNetworkAclAssociation",
            SubnetId=ref(f"PrivateSubnet{index}"),
            NetworkAclId=ref("Acl"),
        )
    entry = {"NetworkAclId": ref("Acl"), "RuleNumber": 100, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    built.add("Out", "AWS::EC2::NetworkAclEntry", **entry, Protocol=-1, Egress=True)
    built.add("In", "AWS::EC2::NetworkAclEntry", **entry, Protocol=6, PortRange={"From": 443, "To": 443})
    found = blocking(built.judge())[0]
    assert "Acl has no inbound entry that allows tcp 1024-65535, which answers come to" in found.message
    assert "let Acl allow inbound tcp 1024-65535 from 0.0.0.0/0" in found.remedy


def _resolved_by(kind: str, **given: Any) -> Town:
    built = _isolated().add("Options", "AWS::EC2::DHCPOptions", DomainNameServers=["AmazonProvidedDNS"])
    built.add("Rule", "AWS::Route53Resolver::ResolverRule", RuleType="FORWARD", DomainName="corp.example.com")
    return built.add("Other", kind, **given)


@pytest.mark.parametrize(
    ("kind", "given", "verdict"),
    [
        ("AWS::Route53::HostedZone", {"Name": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}, "VPCs": [{"VPCId": ref("Vpc")}]}, Verdict.NO),
        ("AWS::Route53::HostedZone", {"Name": "eu-west-1.amazonaws.com.", "VPCs": [{"VPCId": ref("Vpc")}]}, Verdict.UNKNOWN),
        ("AWS::Route53::HostedZone", {"Name": "sqs.eu-west-1.amazonaws.com", "VPCs": [{"VPCId": ref("Vpc")}]}, Verdict.NO),
        ("AWS::Route53::HostedZone", {"Name": "s3.example.internal", "VPCs": [{"VPCId": ref("Vpc")}]}, Verdict.NO),
        ("AWS::Route53::HostedZone", {"Name": "s3.eu-west-1.amazonaws.com", "VPCs": [{"VPCId": "vpc-1"}]}, Verdict.NO),
        ("AWS::Route53Resolver::ResolverRuleAssociation", {"VPCId": ref("Vpc"), "ResolverRuleId": "rslvr-rr-1"}, Verdict.UNKNOWN),
        ("AWS::Route53Resolver::ResolverRuleAssociation", {"VPCId": ref("Vpc"), "ResolverRuleId": ref("Rule")}, Verdict.NO),
        ("AWS::Route53Profiles::ProfileAssociation", {"ResourceId": ref("Vpc"), "ProfileId": "rp-1", "Name": "p"}, Verdict.UNKNOWN),
        ("AWS::EC2::VPCDHCPOptionsAssociation", {"VpcId": ref("Vpc"), "DhcpOptionsId": "dopt-1"}, Verdict.UNKNOWN),
        ("AWS::EC2::VPCDHCPOptionsAssociation", {"VpcId": ref("Vpc"), "DhcpOptionsId": ref("Options")}, Verdict.NO),
    ],
)  # fmt: skip
def test_a_name_may_lead_to_an_endpoint_of_another_vpc(kind: str, given: dict[str, Any], verdict: Verdict) -> None:
    judged = _resolved_by(kind, **given).judge()
    assert verdict_on(judged, "s3") is verdict
    assert bool([item for item in blocking(judged) if "s3" in item.message]) is (verdict is Verdict.NO)
