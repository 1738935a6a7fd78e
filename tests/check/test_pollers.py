"""Event source mappings of Kafka: Lambda's pollers call Lambda and AWS STS from the network of the cluster."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, blocking, ref, town, verdict_on

from stackflight.model.finding import Verdict

BOTH = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
SELF = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 9098, "CidrIp": "10.0.0.0/16"}]
SOURCES = {
    "cluster": (
        "AWS::MSK::Cluster",
        {
            "BrokerNodeGroupInfo": {
                "InstanceType": "kafka.m5.large",
                "ClientSubnets": BOTH,
                "SecurityGroups": [att("BusGroup", "GroupId")],
            }
        },
    ),
    "serverless": (
        "AWS::MSK::ServerlessCluster",
        {"VpcConfigs": [{"SubnetIds": BOTH, "SecurityGroups": [att("BusGroup", "GroupId")]}]},
    ),
}


def bus(kind: str = "cluster", nat: bool = False, endpoints: tuple[str, ...] = (), **mapping: Any) -> Town:
    """A cluster in private subnets and a function that reads it."""
    built = town(nat=nat)
    built.add("BusGroup", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"), SecurityGroupIngress=SELF)
    source: Properties = {}
    if kind in SOURCES:
        built.add("Bus", SOURCES[kind][0], **SOURCES[kind][1])
        source = {"EventSourceArn": ref("Bus") if kind == "cluster" else att("Bus", "Arn")}
    else:
        places = [{"Type": "VPC_SUBNET", "URI": {"Fn::Sub": f"subnet:${{PrivateSubnet{index}}}"}} for index in (1, 2)]
        group = {"Type": "VPC_SECURITY_GROUP", "URI": {"Fn::Sub": "security_group:${BusGroup.GroupId}"}}
        servers = {"Endpoints": {"KafkaBootstrapServers": ["b1.example.com:9092"]}}
        source = {"SelfManagedEventSource": servers, "SourceAccessConfigurations": [*places, group]}
    for name in endpoints:
        service = {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{name}"}
        built.add(
            f"{name.title()}Door", "AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", VpcId=ref("Vpc"), SubnetIds=BOTH,
            ServiceName=service, SecurityGroupIds=[att("BusGroup", "GroupId")], PrivateDnsEnabled=True,
        )  # fmt: skip
    return built.add(
        "Mapping", "AWS::Lambda::EventSourceMapping", FunctionName="reader", Topics=["orders"], StartingPosition="LATEST",
        **source, **mapping,
    )  # fmt: skip


def kept_out(built: Town) -> list[str]:
    return [item.message for item in blocking(built.judge()) if "Mapping" in item.resources]


@pytest.mark.parametrize("kind", [*SOURCES, "self-managed"])
def test_pollers_on_demand_need_lambda_and_sts(kind: str) -> None:
    [message] = kept_out(bus(kind))
    assert message.startswith("Mapping cannot reach lambda (call the function) and sts (take its role)")


@pytest.mark.parametrize("kind", [*SOURCES, "self-managed"])
def test_either_way_out_serves_them(kind: str) -> None:
    assert kept_out(bus(kind, nat=True)) == []
    assert kept_out(bus(kind, endpoints=("lambda", "sts"))) == []


def test_provisioned_or_disabled_pollers_need_nothing() -> None:
    assert kept_out(bus(ProvisionedPollerConfig={"MinimumPollers": 1})) == []
    assert kept_out(bus(Enabled=False)) == []


def test_a_login_is_fetched_from_secrets_manager() -> None:
    login = [{"Type": "SASL_SCRAM_512_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:111122223333:secret:bus-a1b2c3"}]
    [message] = kept_out(bus(endpoints=("lambda", "sts"), SourceAccessConfigurations=login))
    assert message.startswith("Mapping cannot reach secretsmanager (log in to the cluster)")


@pytest.mark.parametrize(("kind", "port"), [("cluster", 9094), ("serverless", 9098)])
def test_pollers_come_to_the_brokers_only_where_the_groups_of_the_cluster_let_themselves_in(
    kind: str, port: int
) -> None:
    closed = bus(kind, nat=True).set("BusGroup", SecurityGroupIngress=[{**SELF[0], "ToPort": 443}])
    [message] = kept_out(closed)

    assert message.startswith(f"Mapping cannot reach Bus:{port}")


def test_a_mapping_that_logs_in_with_a_secret_calls_the_listener_for_it() -> None:
    login = [{"Type": "SASL_SCRAM_512_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:111122223333:secret:bus-a1b2c3"}]
    built = bus(nat=True, SourceAccessConfigurations=login)
    built.set("Bus", ClientAuthentication={"Sasl": {"Iam": {"Enabled": True}, "Scram": {"Enabled": True}}})

    assert kept_out(built) == []
    [message] = kept_out(built.set("BusGroup", SecurityGroupIngress=[{**SELF[0], "FromPort": 9097}]))
    assert message.startswith("Mapping cannot reach Bus:9096")


@pytest.mark.parametrize(
    "server", ["${Broker.PrivateDnsName}:9092", "${Broker.PrivateIp}:9092", "kafka.corp.internal:9092"]
)
@pytest.mark.parametrize(("rules", "verdict"), [(SELF, Verdict.YES), ([], Verdict.NO)])
def test_the_brokers_of_a_self_managed_cluster_are_needs(
    server: str, rules: list[Properties], verdict: Verdict
) -> None:
    built = bus("self-managed", nat=True)
    built.add(
        "BrokerGroup", "AWS::EC2::SecurityGroup", GroupDescription="b", VpcId=ref("Vpc"), SecurityGroupIngress=rules
    )
    built.add("Broker", "AWS::EC2::Instance", ImageId="ami-1", SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[att("BrokerGroup", "GroupId")])  # fmt: skip
    built.add("Zone", "AWS::Route53::HostedZone", Name="corp.internal", VPCs=[{"VPCId": ref("Vpc"), "VPCRegion": ref("AWS::Region")}])  # fmt: skip
    built.add("Name", "AWS::Route53::RecordSet", HostedZoneId=ref("Zone"), Name="kafka.corp.internal", Type="A", TTL="60", ResourceRecords=[att("Broker", "PrivateIp")])  # fmt: skip
    built.set("Mapping", SelfManagedEventSource={"Endpoints": {"KafkaBootstrapServers": [{"Fn::Sub": server}]}})
    assert verdict_on(built.judge(), "Broker:9092") is verdict
