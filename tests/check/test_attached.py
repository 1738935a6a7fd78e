"""Services of AWS with interfaces of their own in a VPC: delivery streams, canaries, VPC origins, models, image builds, accelerators."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on

from stackflight.model.finding import Severity, Verdict

PRIVATE = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]


def grouped(*, nat: bool = True, endpoints: tuple[str, ...] = (), rules: list[dict[str, Any]] | None = None) -> Town:
    built = town(nat=nat, endpoints=endpoints)
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    return built.add("Inner", "AWS::EC2::SecurityGroup", GroupDescription="i", VpcId=ref("Vpc"), SecurityGroupIngress=rules or [])  # fmt: skip


def rule(port: int, **peer: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}


@pytest.mark.parametrize(("port", "verdict"), [(443, Verdict.YES), (9200, Verdict.NO)])
def test_a_delivery_stream_has_to_reach_its_domain(port: int, verdict: Verdict) -> None:
    built = grouped(rules=[rule(port, SourceSecurityGroupId=ref("Group"))])
    built.add("Domain", "AWS::OpenSearchService::Domain", VPCOptions={"SubnetIds": PRIVATE[:1], "SecurityGroupIds": [ref("Inner")]})  # fmt: skip
    where = {"SubnetIds": PRIVATE, "SecurityGroupIds": [ref("Group")], "RoleARN": "arn:aws:iam::111122223333:role/r"}
    built.add("Stream", "AWS::KinesisFirehose::DeliveryStream", AmazonopensearchserviceDestinationConfiguration={"DomainARN": att("Domain", "Arn"), "IndexName": "i", "VpcConfiguration": where})  # fmt: skip
    assert verdict_on(built.judge(), "Domain:443") is verdict


@pytest.mark.parametrize(
    ("nat", "endpoints", "verdict"),
    [(True, (), Verdict.YES), (False, ("s3",), Verdict.NO), (False, ("s3", "monitoring"), Verdict.YES)],
)
def test_a_canary_stores_its_metrics(nat: bool, endpoints: tuple[str, ...], verdict: Verdict) -> None:
    built = grouped(nat=nat, endpoints=endpoints)
    built.add("Canary", "AWS::Synthetics::Canary", VPCConfig={"SubnetIds": PRIVATE, "SecurityGroupIds": [ref("Group")]})
    assert verdict_on(built.judge(), "monitoring") is verdict


@pytest.mark.parametrize(
    ("opened", "policy", "verdict"),
    [
        (rule(80, CidrIp="10.0.0.0/16"), "http-only", Verdict.YES),
        (rule(80, SourceSecurityGroupId=ref("Group")), "http-only", Verdict.NO),
        (rule(80, CidrIp="10.0.0.0/16"), "https-only", Verdict.NO),
        (rule(80, CidrIp="10.0.0.0/16"), "match-viewer", Verdict.UNKNOWN),
        (rule(443, SourcePrefixListId="pl-1"), "https-only", Verdict.YES),
    ],
)
def test_a_vpc_origin_comes_from_addresses_of_its_subnets(
    opened: dict[str, Any], policy: str, verdict: Verdict
) -> None:
    built = grouped(rules=[opened])
    built.add("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internal", Subnets=PRIVATE, SecurityGroups=[ref("Inner")])  # fmt: skip
    config = {"Arn": ref("Balancer"), "Name": "origin", "OriginProtocolPolicy": policy}
    built.add("Origin", "AWS::CloudFront::VpcOrigin", VpcOriginEndpointConfig=config)
    found = [item.verdict for item in built.judge().reaches if item.need.workload.address.id == "Origin"]
    assert found == [verdict]


def test_a_model_that_cannot_fetch_its_data_fails_the_endpoint() -> None:
    built = grouped(nat=False)
    built.add("Model", "AWS::SageMaker::Model", VpcConfig={"Subnets": PRIVATE, "SecurityGroupIds": [ref("Group")]}, PrimaryContainer={"ModelDataUrl": "s3://bucket/model.tar.gz"})  # fmt: skip
    built.add("Config", "AWS::SageMaker::EndpointConfig", ProductionVariants=[{"ModelName": att("Model", "ModelName")}])
    built.add("Endpoint", "AWS::SageMaker::Endpoint", EndpointConfigName=att("Config", "EndpointConfigName"))
    (found,) = [item for item in blocking(built.judge()) if "s3" in item.message]
    assert found.phase == "create" and "Endpoint" in {str(item) for item in found.struck}


@pytest.mark.parametrize(("nat", "verdict"), [(True, Verdict.YES), (False, Verdict.NO)])
def test_an_image_is_built_by_systems_manager(nat: bool, verdict: Verdict) -> None:
    built = grouped(nat=nat)
    built.add("Place", "AWS::ImageBuilder::InfrastructureConfiguration", SubnetId=PRIVATE[0], SecurityGroupIds=[ref("Group")])  # fmt: skip
    built.add("Image", "AWS::ImageBuilder::Image", InfrastructureConfigurationArn=ref("Place"))
    assert verdict_on(built.judge(), "ssm") is verdict


@pytest.mark.parametrize(
    ("opened", "given", "told"),
    [
        (rule(443, CidrIp="10.0.0.0/16"), {}, True),
        (rule(443, CidrIp="10.0.0.0/16"), {"ClientIPPreservationEnabled": False}, False),
        (rule(443, CidrIp="0.0.0.0/0"), {}, False),
    ],
)
def test_an_accelerator_brings_clients_under_their_own_addresses(
    opened: dict[str, Any], given: dict[str, Any], told: bool
) -> None:
    built = grouped(rules=[opened])
    built.add("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internal", Subnets=PRIVATE, SecurityGroups=[ref("Inner")])  # fmt: skip
    built.add("Listener", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=443, Protocol="HTTPS")  # fmt: skip
    built.add("Brought", "AWS::GlobalAccelerator::EndpointGroup", EndpointConfigurations=[{"EndpointId": ref("Balancer"), **given}])  # fmt: skip
    found = [item for item in built.judge().findings if item.check == "clients-kept-out"]
    assert [item.severity for item in found] == [Severity.BLOCKING] * told


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["sh", "-c", "while true; do wget -qO- https://api.example.com/rates || echo none; sleep 9; done"], "api.example.com"),
        (["sh", "-c", "curl -s http://localhost:8080/up"], ""),
        (["serve", "--issuer", "https://login.example.com/"], ""),
        (["sh", "-c", "aws sqs receive-message --queue-url x"], "sqs"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("nat", [True, False])
def test_the_command_of_a_container_is_what_its_task_may_need(command: list[str], told: str, nat: bool) -> None:
    built = grouped(nat=nat)
    container = {"Name": "main", "Image": "x", "Command": command}
    built.add("Task", "AWS::ECS::TaskDefinition", NetworkMode="awsvpc", RequiresCompatibilities=["EC2"], ContainerDefinitions=[container])  # fmt: skip
    place = {"AwsvpcConfiguration": {"Subnets": PRIVATE, "SecurityGroups": [ref("Group")]}}
    built.add("Service", "AWS::ECS::Service", LaunchType="EC2", TaskDefinition=ref("Task"), NetworkConfiguration=place)
    found = [item for item in built.judge().findings if "Service cannot reach" in item.message and item.severity is Severity.WARNING]  # fmt: skip
    assert [told in item.message for item in found] == ([True] if told and not nat else [])
