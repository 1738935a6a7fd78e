"""What was asked for is in the templates, whatever was asked for."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from librechat_aws.errors import SettingsError
from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request

pytestmark = pytest.mark.xdist_group("cdk")

CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["ec2", "ecs", "serverless"]),
        "egress": st.sampled_from(["nat-gateway", "nat-instance", "endpoints", "none"]),
        "zones": st.sampled_from([2, 3]),
        "entry": st.sampled_from(["trial-http", "cloudfront"]),
        "documents": st.sampled_from(["documentdb", "documentdb-serverless", "mongodb"]),
        "postgres": st.sampled_from(["rds", "aurora-serverless", "container"]),
        "rag": st.booleans(),
        "search": st.booleans(),
        "cache": st.sampled_from(["valkey", "none"]),
        "durability": st.sampled_from(["disposable", "protected"]),
        "dashboard": st.booleans(),
        "alarms": st.booleans(),
        "flow_logs": st.booleans(),
        "access_logs": st.booleans(),
        "trail": st.booleans(),
        "images": st.sampled_from(["public", "private-ecr"]),
        "web_firewall": st.booleans(),
        "backup_plan": st.booleans(),
        "customer_managed_key": st.booleans(),
    },
)


@given(preset=st.sampled_from(sorted(PRESETS)), choices=CHOICES)
@settings(max_examples=45, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_was_asked_for_is_there(synthesise, preset: str, choices: dict[str, object]) -> None:
    overrides = [f"{key}={str(value).lower()}" for key, value in choices.items()]
    try:
        assembly = synthesise(preset, *overrides)
    except SettingsError as refusal:
        assert refusal.hint
        assume(False)
        raise
    asked = read_request(preset, overrides).settings

    def count(kind: str) -> int:
        return len(assembly.resources(kind))

    ecs = asked.mode == "ecs"
    assert count("AWS::EC2::NatGateway") == (asked.nat_gateways if asked.egress == "nat-gateway" else 0)
    assert count("AWS::EC2::Subnet") == 3 * asked.zones
    assert count("AWS::ECS::Service") == (1 + asked.rag + asked.search if ecs else 0)
    assert count("AWS::AutoScaling::AutoScalingGroup") == (asked.mode == "ec2")
    assert count("AWS::Lambda::WebFunctionRevision") == (asked.mode == "serverless")
    managed_vectors = asked.rag and asked.postgres != "container"
    assert count("Custom::VectorDatabase") == managed_vectors
    assert count("Custom::DocumentUser") == asked.documents.startswith("documentdb")
    instances = asked.documents_instances if asked.documents.startswith("documentdb") else 0
    assert count("AWS::DocDB::DBInstance") == instances
    assert count("AWS::ElastiCache::ReplicationGroup") == (asked.cache == "valkey")
    assert count("AWS::CloudFront::Distribution") == (asked.entry == "cloudfront")
    assert count("AWS::CloudWatch::Dashboard") == asked.dashboard
    assert bool(count("AWS::CloudWatch::Alarm")) == asked.alarms
    assert count("AWS::EC2::FlowLog") == asked.flow_logs
    assert count("AWS::CloudTrail::Trail") == asked.trail
    balancers = assembly.resources("AWS::ElasticLoadBalancingV2::LoadBalancer").values()
    written = {
        entry["Key"]: entry["Value"] for each in balancers for entry in each["Properties"]["LoadBalancerAttributes"]
    }
    assert (written.get("access_logs.s3.enabled") == "true") == (asked.access_logs and bool(balancers))
    assert count("AWS::WAFv2::WebACL") == asked.web_firewall
    assert count("AWS::Backup::BackupPlan") == asked.backup_plan
    assert count("AWS::KMS::Key") == 2 * asked.customer_managed_key
    names = {program.name for program in assembly.programs()}
    assert ("rag-api" in names, "meilisearch" in names) == (asked.rag, asked.search)
    assert ("mongodb" in names) == (asked.documents == "mongodb")
    if asked.images == "private-ecr":
        images = [program.image for program in assembly.programs() if program.image != "package"]
        assert all(".dkr.ecr." in image for image in images)
    if ecs and asked.tasks_max > 1:
        (target,) = assembly.resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
        assert target["Properties"]["MinCapacity"] == asked.tasks_min
        assert target["Properties"]["MaxCapacity"] == asked.tasks_max
