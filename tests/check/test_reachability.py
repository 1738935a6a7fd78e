"""One defect at a time: what cannot be reached is proved, what is legal stays silent."""

from __future__ import annotations

import pytest
from towns import HANDLER, Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Certainty, Severity, Verdict


def only_blocking(built: Town) -> tuple[str, tuple[str, ...], str]:
    """Check id, resources and code of the one blocking finding that shows a path."""
    findings = [finding for finding in blocking(built.judge()) if finding.path]
    assert len(findings) == 1, [finding.message for finding in findings]
    return findings[0].check, findings[0].resources, findings[0].code


def test_a_function_behind_a_nat_gateway_reaches_everything() -> None:
    verdicts = with_function(town()).judge()
    assert verdict_on(verdicts, "secretsmanager") is Verdict.YES
    assert not [finding for finding in verdicts.findings if finding.severity is not Severity.NOTE]


def test_endpoints_without_nat_are_enough_even_in_other_subnets() -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager", "s3")))
    built.set("EndpointSecretsmanager", SubnetIds=[ref("PublicSubnet1"), ref("PublicSubnet2")])
    assert not blocking(built.judge())


def test_neither_nat_nor_endpoints_blocks_the_function_and_its_answer() -> None:
    check, resources, code = only_blocking(with_function(town(nat=False)))
    assert check == "workload-cannot-reach-service"
    assert {"Function", "Init", "PrivateTable"} <= set(resources)
    assert code == "NO_ROUTE_TO_DESTINATION"


def test_an_endpoint_for_the_service_alone_leaves_the_answer_to_cloudformation_blocked() -> None:
    verdicts = with_function(town(nat=False, endpoints=("secretsmanager",))).judge()
    assert verdict_on(verdicts, "secretsmanager") is Verdict.YES
    assert verdict_on(verdicts, "s3") is Verdict.NO


def test_a_nat_gateway_in_the_subnet_that_it_serves_is_to_blame() -> None:
    built = with_function(town()).set("Nat", SubnetId=ref("PrivateSubnet1"))
    check, resources, code = only_blocking(built)
    assert (check, resources[0], code) == ("workload-cannot-reach-service", "Nat", "NO_ROUTE_TO_DESTINATION")


def test_a_public_subnet_without_a_route_to_the_gateway_blocks_its_nat() -> None:
    built = with_function(town())
    built.remove("PublicRoute")
    built.resources["Init"]["DependsOn"].remove("PublicRoute")
    assert only_blocking(built)[1][0] == "Nat"


def test_a_gateway_that_is_not_attached_blocks_its_nat() -> None:
    built = with_function(town()).set("Attachment", InternetGatewayId=ref("Other"))
    built.add("Other", "AWS::EC2::InternetGateway")
    assert only_blocking(built)[1][0] == "Igw"


def test_a_private_nat_gateway_does_not_lead_to_the_internet() -> None:
    assert only_blocking(with_function(town()).set("Nat", ConnectivityType="private"))[1][0] == "Nat"


def test_a_regional_nat_gateway_needs_no_subnet() -> None:
    built = with_function(town())
    built.resources["Nat"]["Properties"] = {"AvailabilityMode": "regional", "VpcId": ref("Vpc")}
    assert not blocking(built.judge())


def test_a_subnet_without_association_uses_the_main_table() -> None:
    built = with_function(town())
    built.remove("PrivateLink2")
    built.resources["Init"]["DependsOn"].remove("PrivateLink2")
    verdicts = built.judge()
    assert verdict_on(verdicts, "secretsmanager") is Verdict.INTERMITTENT
    assert any("PrivateSubnet2" in finding.message for finding in verdicts.findings)


def test_a_function_in_public_subnets_has_no_public_address() -> None:
    built = with_function(town(), ("PublicSubnet1", "PublicSubnet2"))
    assert only_blocking(built)[2] == "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"


def test_a_closed_endpoint_group_breaks_subnets_that_have_a_nat() -> None:
    built = with_function(town(endpoints=("secretsmanager",))).set("EndpointGroup", SecurityGroupIngress=[])
    _, resources, code = only_blocking(built)
    assert (resources[0], code) == ("EndpointGroup", "ENI_SG_RULES_MISMATCH")


def test_a_narrow_egress_rule_of_the_function_is_to_blame() -> None:
    built = with_function(town()).set(
        "Group", SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}]
    )
    assert only_blocking(built)[1][0] == "Group"


def test_private_dns_off_means_the_endpoint_does_not_help() -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager", "s3"))).set(
        "EndpointSecretsmanager", PrivateDnsEnabled=False
    )
    findings = blocking(built.judge())
    assert findings[0].resources[0] == "EndpointSecretsmanager"
    assert "PrivateDnsEnabled" in findings[0].remedy


def test_private_dns_off_is_harmless_behind_a_nat() -> None:
    built = with_function(town(endpoints=("secretsmanager",))).set("EndpointSecretsmanager", PrivateDnsEnabled=False)
    assert not blocking(built.judge())


def test_private_dns_needs_dns_host_names() -> None:
    built = with_function(town(endpoints=("secretsmanager",))).set("Vpc", EnableDnsHostnames=False)
    assert any(finding.code == "VPC_DNS_ATTRIBUTES" for finding in blocking(built.judge()))


def test_a_vpc_without_names_is_one_fault_however_many_endpoints_it_strikes() -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager", "ssm", "sqs"))).set(
        "Vpc", EnableDnsHostnames=False
    )
    built.set("Function", Code={"ZipFile": "import boto3\nfor name in ('secretsmanager', 'ssm', 'sqs'): boto3.client(name)\n"
                                           "boto3.client('secretsmanager'); boto3.client('ssm'); boto3.client('sqs')"})  # fmt: skip
    found = [one for one in built.judge().findings if "EnableDnsHostnames" in one.remedy]
    assert sorted(one.check for one in found) == ["private-dns-without-vpc-dns", "workload-cannot-reach-service"]
    refused = next(one for one in found if one.check == "private-dns-without-vpc-dns")
    assert {one.id for one in refused.struck} == {"EndpointSecretsmanager", "EndpointSsm", "EndpointSqs"}


def test_a_gateway_endpoint_on_another_table_does_not_carry_the_answer() -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager", "s3"))).set(
        "EndpointS3", RouteTableIds=[ref("PublicTable")]
    )
    verdicts = built.judge()
    assert verdict_on(verdicts, "s3") is Verdict.NO
    assert "EndpointS3" in blocking(verdicts)[0].resources


def test_a_database_group_without_ingress_is_to_blame() -> None:
    built = with_database(with_function(town())).set("DatabaseGroup", SecurityGroupIngress=[])
    check, resources, _ = only_blocking(built)
    assert (check, resources[0]) == ("database-unreachable", "DatabaseGroup")


def test_stand_alone_rules_count_like_inline_ones() -> None:
    built = with_database(with_function(town())).set("DatabaseGroup", SecurityGroupIngress=[])
    built.add(
        "Rule", "AWS::EC2::SecurityGroupIngress",
        GroupId=att("DatabaseGroup", "GroupId"), IpProtocol="tcp", FromPort=5000, ToPort=6000,
        SourceSecurityGroupId=att("Group", "GroupId"),
    )  # fmt: skip
    assert not blocking(built.judge())


def test_two_half_rules_cover_the_whole_internet() -> None:
    halves = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": block} for block in ("0.0.0.0/1", "128.0.0.0/1")
    ]
    assert not blocking(with_function(town()).set("Group", SecurityGroupEgress=halves).judge())


def with_acl(built: Town, return_ports: tuple[int, int]) -> Town:
    built.add("Acl", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    for index in (1, 2):
        built.add(
            f"AclLink{index}", "AWS::EC2::SubnetNetworkAclAssociation",
            SubnetId=ref(f"PrivateSubnet{index}"), NetworkAclId=ref("Acl"),
        )  # fmt: skip
    common = {"NetworkAclId": ref("Acl"), "RuleNumber": 100, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    built.add("AclOut", "AWS::EC2::NetworkAclEntry", **common, Protocol=-1, Egress=True)
    low, high = return_ports
    built.add(
        "AclIn", "AWS::EC2::NetworkAclEntry", **common, Protocol=6, Egress=False, PortRange={"From": low, "To": high}
    )
    return built


def test_an_acl_that_drops_the_return_ports_blocks() -> None:
    verdicts = with_acl(with_function(town()), (443, 443)).judge()
    assert verdict_on(verdicts, "secretsmanager") is Verdict.NO
    assert any(finding.code == "SUBNET_ACL_RESTRICTION" for finding in blocking(verdicts))


def test_an_acl_with_the_whole_return_range_passes() -> None:
    assert verdict_on(with_acl(with_function(town()), (1024, 65535)).judge(), "secretsmanager") is Verdict.YES


def test_an_acl_with_part_of_the_return_range_is_intermittent() -> None:
    assert verdict_on(with_acl(with_function(town()), (32768, 60999)).judge(), "secretsmanager") is Verdict.INTERMITTENT


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("Function", {"VpcConfig": {"SubnetIds": ref("Unknown"), "SecurityGroupIds": [att("Group", "GroupId")]}}),
        ("PrivateLink1", {"RouteTableId": ref("Unknown")}),
        ("Nat", {"SubnetId": ref("Unknown")}),
    ],
)
def test_a_parameter_in_the_way_makes_a_question_and_names_itself(name: str, changed: dict[str, object]) -> None:
    built = with_function(town(nat=name != "PrivateLink1"))
    built.parameters["Unknown"] = {"Type": "CommaDelimitedList" if name == "Function" else "String"}
    verdicts = built.set(name, **changed).judge()
    proved = [finding for finding in blocking(verdicts) if "Init" in finding.resources and name != "PrivateLink1"]
    assert not proved
    assert any("parameter Unknown" in question.decided_by for question in verdicts.questions) or name == "PrivateLink1"


def test_a_route_under_an_undecided_condition_is_no_proof() -> None:
    built = with_function(town())
    built.parameters["WithNat"] = {"Type": "String"}
    built.conditions["HasNat"] = {"Fn::Equals": [ref("WithNat"), "yes"]}
    built.resources["PrivateRoute"]["Condition"] = "HasNat"
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.UNKNOWN
    assert verdict_on(built.judge({"WithNat": "yes"}), "secretsmanager") is Verdict.YES
    assert verdict_on(built.judge({"WithNat": "no"}), "secretsmanager") is Verdict.NO


def test_a_need_that_only_a_policy_implies_is_a_warning() -> None:
    built = with_function(town(nat=False, endpoints=("s3",)))
    built.set("Function", Code={"ZipFile": HANDLER.replace("boto3.client('secretsmanager')", "get")})
    verdicts = built.judge()
    assert not blocking(verdicts)
    warned = [finding for finding in verdicts.findings if finding.severity is Severity.WARNING]
    assert [finding.certainty for finding in warned] == [Certainty.POSSIBLE]


def test_a_load_balancer_must_reach_the_port_of_its_health_check_too() -> None:
    built = town()
    built.add(
        "BalancerGroup", "AWS::EC2::SecurityGroup", GroupDescription="balancer", VpcId=ref("Vpc"),
        SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/16"}],
    )  # fmt: skip
    built.add(
        "TaskGroup", "AWS::EC2::SecurityGroup", GroupDescription="task", VpcId=ref("Vpc"),
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 9090, "SourceSecurityGroupId": att("BalancerGroup", "GroupId")}
        ],
    )  # fmt: skip
    built.add(
        "Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", ["PublicRoute"],
        Subnets=[ref("PublicSubnet1"), ref("PublicSubnet2")], SecurityGroups=[att("BalancerGroup", "GroupId")],
    )  # fmt: skip
    built.add(
        "Targets", "AWS::ElasticLoadBalancingV2::TargetGroup",
        VpcId=ref("Vpc"), Port=8080, Protocol="HTTP", TargetType="ip", HealthCheckPort="9090",
    )  # fmt: skip
    built.add(
        "Listener", "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}],
    )  # fmt: skip
    built.add("Cluster", "AWS::ECS::Cluster")
    built.add(
        "Task", "AWS::ECS::TaskDefinition",
        NetworkMode="awsvpc", Cpu="256", Memory="512", RequiresCompatibilities=["FARGATE"],
        ContainerDefinitions=[{"Name": "web", "Image": "nginx:1.27", "PortMappings": [{"ContainerPort": 8080}]}],
    )  # fmt: skip
    built.add(
        "Service", "AWS::ECS::Service", ["Listener", "PrivateRoute", "PrivateLink1", "PrivateLink2"],
        Cluster=ref("Cluster"), LaunchType="FARGATE", TaskDefinition=ref("Task"),
        LoadBalancers=[{"ContainerName": "web", "ContainerPort": 8080, "TargetGroupArn": ref("Targets")}],
        NetworkConfiguration={
            "AwsvpcConfiguration": {
                "Subnets": [ref("PrivateSubnet1"), ref("PrivateSubnet2")],
                "SecurityGroups": [att("TaskGroup", "GroupId")],
            }
        },
    )  # fmt: skip
    verdicts = built.judge()
    assert verdict_on(verdicts, "Service:8080") is Verdict.YES
    assert verdict_on(verdicts, "Service:9090") is Verdict.NO
    assert [finding.check for finding in blocking(verdicts)] == ["target-unreachable"]
    assert blocking(verdicts)[0].resources[0] == "BalancerGroup"


@pytest.mark.parametrize(
    ("script", "verdict"),
    [("#!/bin/bash\ndnf install -y httpd\n", Verdict.YES), ("<powershell>\nInvoke-WebRequest https://x.example.com/a\n", None)],
)  # fmt: skip
def test_linux_calls_from_ports_of_its_own(script: str, verdict: Verdict | None) -> None:
    built = with_acl(town(), (32768, 60999))
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="m", VpcId=ref("Vpc"))
    built.add("Machine", "AWS::EC2::Instance", SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": script})  # fmt: skip
    built.add("Examples", "AWS::EC2::NetworkAclEntry", NetworkAclId=ref("Acl"), Egress=False, RuleNumber=1, RuleAction="deny", Protocol=-1, CidrBlock="192.0.2.0/24")  # fmt: skip
    (found,) = {item.verdict for item in built.judge().reaches if item.need.workload.address.id == "Machine"}
    assert found is (verdict or Verdict.INTERMITTENT)


def test_a_login_is_used_at_the_proxy_that_is_named() -> None:
    built = with_database(with_function(town())).remove("Init")
    built.add("Secret", "AWS::SecretsManager::Secret", GenerateSecretString={})
    built.set("Database", MasterUserPassword={"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"})
    built.add("ProxyGroup", "AWS::EC2::SecurityGroup", GroupDescription="p", VpcId=ref("Vpc"), SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"}])  # fmt: skip
    built.add("Proxy", "AWS::RDS::DBProxy", EngineFamily="POSTGRESQL", VpcSubnetIds=[ref("PrivateSubnet1")], VpcSecurityGroupIds=[ref("ProxyGroup")])  # fmt: skip
    built.add("Targets", "AWS::RDS::DBProxyTargetGroup", DBProxyName=ref("Proxy"), DBInstanceIdentifiers=[ref("Database")])  # fmt: skip
    login = {"PASSWORD": {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"}}

    def targets() -> set[str]:
        reaches = built.judge().reaches
        return {item.need.target.title for item in reaches if item.need.workload.address.id == "Function"} - {"secretsmanager"}  # fmt: skip

    built.set("Function", Environment={"Variables": login})
    assert targets() == {"Database:5432"}
    built.set("Function", Environment={"Variables": login | {"HOST": att("Proxy", "Endpoint")}})
    assert targets() == {"Proxy:5432"}
