"""Alarms that can fire, logs that can be written, and outputs that a person can paste."""

import json
import re

import pytest

pytestmark = pytest.mark.xdist_group("cdk")

# What each dimension of AWS's own metrics must point at.
PRODUCERS = {
    "LoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "TargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "ClusterName": "AWS::ECS::Cluster",
    "ServiceName": "AWS::ECS::Service",
    "AutoScalingGroupName": "AWS::AutoScaling::AutoScalingGroup",
    "DBInstanceIdentifier": "AWS::RDS::DBInstance",
    "DBClusterIdentifier": ("AWS::RDS::DBCluster", "AWS::DocDB::DBCluster"),
    "CacheClusterId": "AWS::ElastiCache::ReplicationGroup",
}
METRICS = {
    "AWS/ApplicationELB": {
        "HealthyHostCount",
        "HTTPCode_Target_5XX_Count",
        "HTTPCode_ELB_5XX_Count",
        "TargetResponseTime",
    },
    "AWS/ECS": {"CPUUtilization", "MemoryUtilization"},
    "AWS/EC2": {"CPUUtilization", "StatusCheckFailed"},
    "AWS/DocDB": {"CPUUtilization", "FreeableMemory"},
    "AWS/RDS": {"CPUUtilization", "FreeStorageSpace", "ACUUtilization"},
    "AWS/ElastiCache": {"DatabaseMemoryUsagePercentage"},
}
WATCHED = [
    ("production-ecs",),
    ("production-ec2",),
    ("enterprise",),
    ("standard-dev", "alarm_email=ops@example.com"),
    ("minimal-dev", "alarm_email=ops@example.com", "documents=documentdb", "cache=valkey"),
]


@pytest.fixture(params=WATCHED, ids=" ".join)
def watched(request, synthesise):
    return synthesise(*request.param)


def test_every_alarm_has_a_producer_and_tells_somebody(watched) -> None:
    filters = {
        (change["MetricNamespace"], change["MetricName"])
        for resource in watched.resources("AWS::Logs::MetricFilter").values()
        for change in resource["Properties"]["MetricTransformations"]
    }
    agents = {
        metric
        for template in watched.resources("AWS::EC2::LaunchTemplate").values()
        if "UserData" in template["Properties"]["LaunchTemplateData"]
        for metric in _agent_metrics(watched.text(template["Properties"]["LaunchTemplateData"]["UserData"], "App"))
    }
    topics = watched.resources("AWS::SNS::Topic")
    alarms = watched.resources("AWS::CloudWatch::Alarm")
    assert len(alarms) >= 8
    for path, alarm in alarms.items():
        properties, stack = alarm["Properties"], path.partition("/")[0]
        namespace, metric = properties["Namespace"], properties["MetricName"]
        assert metric in METRICS.get(namespace, ()) or (namespace, metric) in filters | agents, path
        for dimension in properties.get("Dimensions", []):
            target = watched.text(dimension["Value"], stack)
            found = re.search(r"<([^<>]+)>", target)
            assert found, (path, target)
            kinds = {watched.resources()[name]["Type"] for name in re.findall(r"<([^<>]+)>", target)}
            # A listener's name holds those of its load balancer.
            kinds = {kind.replace("V2::Listener", "V2::LoadBalancer") for kind in kinds}
            expected = PRODUCERS[dimension["Name"]]
            assert kinds <= ({expected} if isinstance(expected, str) else set(expected)), (path, kinds)
        assert {watched.follow(action, stack) for action in properties["AlarmActions"]} <= topics.keys()


def _agent_metrics(user_data: str) -> set[tuple[str, str]]:
    found = re.search(r"^agent <<'END'\n(.*)\nEND$", user_data, re.M)
    if not found:
        return set()
    metrics = json.loads(found[1])["metrics"]
    assert metrics["aggregation_dimensions"] == [["AutoScalingGroupName"]]
    return {
        (metrics["namespace"], f"{kind}_{measure}")
        for kind, collected in metrics["metrics_collected"].items()
        for measure in collected["measurement"]
    }


def test_response_times_are_compared_in_seconds(watched) -> None:
    for alarm in watched.resources("AWS::CloudWatch::Alarm").values():
        if alarm["Properties"]["MetricName"] == "TargetResponseTime":
            assert alarm["Properties"]["Threshold"] <= 60


def test_only_a_metric_that_is_always_sent_alarms_by_its_silence(watched) -> None:
    silent = {
        alarm["Properties"]["MetricName"]
        for alarm in watched.resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["TreatMissingData"] == "breaching"
    }
    assert silent == {"HealthyHostCount"}


def test_alarms_go_to_the_address_that_was_given(synthesise) -> None:
    (subscription,) = (
        synthesise("standard-dev", "alarm_email=ops@example.com").resources("AWS::SNS::Subscription").values()
    )
    assert subscription["Properties"]["Endpoint"] == "ops@example.com"


def test_the_budget_is_the_one_that_was_asked_for(synthesise) -> None:
    assembly = synthesise("standard-dev", "alarm_email=ops@example.com", "monthly_budget_usd=250")
    (budget,) = assembly.resources("AWS::Budgets::Budget").values()
    assert budget["Properties"]["Budget"]["BudgetLimit"] == {"Amount": 250, "Unit": "USD"}


def test_the_firewall_lets_large_and_strange_bodies_through(synthesise) -> None:
    (acl,) = synthesise("production-ecs").resources("AWS::WAFv2::WebACL").values()
    common = acl["Properties"]["Rules"][0]["Statement"]["ManagedRuleGroupStatement"]
    counted = {rule["Name"] for rule in common["RuleActionOverrides"] if "Count" in rule["ActionToUse"]}
    assert {"SizeRestrictions_BODY", "CrossSiteScripting_BODY"} <= counted


def test_protected_data_outlives_the_stack(synthesise) -> None:
    stateful = (
        "AWS::DocDB::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
        "AWS::KMS::Key",
        "AWS::Backup::BackupVault",
    )
    for preset in ("production-ecs", "production-ec2", "enterprise"):
        for path, resource in synthesise(preset).resources().items():
            if resource["Type"] in stateful and "CachePassword" not in path:
                assert resource["DeletionPolicy"] == "Retain", path
            assert resource["Properties"].get("DeletionProtection", True) is True, path


def test_backups_cover_every_store_that_cannot_be_built_again(synthesise) -> None:
    for preset, stores in {"production-ecs": 3, "production-ec2": 3}.items():
        (selection,) = synthesise(preset).resources("AWS::Backup::BackupSelection").values()
        assert len(selection["Properties"]["BackupSelection"]["Resources"]) == stores
        (plan,) = synthesise(preset).resources("AWS::Backup::BackupPlan").values()
        assert plan["Properties"]["BackupPlan"]["BackupPlanRule"][0]["Lifecycle"] == {"DeleteAfterDays": 30}


def test_a_volume_without_a_backup_plan_is_snapshotted(synthesise) -> None:
    (policy,) = synthesise("minimal-dev").resources("AWS::DLM::LifecyclePolicy").values()
    (volume,) = synthesise("minimal-dev").resources("AWS::EC2::Volume").values()
    (target,) = policy["Properties"]["PolicyDetails"]["TargetTags"]
    assert target in volume["Properties"]["Tags"]


def test_names_fit_and_are_the_deployments_own(synthesise) -> None:
    assembly = synthesise("production-ecs", "name=a-rather-long-prefix")
    fixed = ("BucketName", "SecretName", "DBInstanceIdentifier", "DBClusterIdentifier", "AlarmName", "RoleName", "Name")
    for resource in assembly.resources().values():
        if resource["Type"] in ("AWS::ServiceDiscovery::Service", "AWS::DocDB::DBClusterParameterGroup"):
            continue  # a name inside a namespace; a family of the engine
        for key in (*fixed, "LogGroupName", "Family", "TrailName", "DashboardName"):
            name = resource["Properties"].get(key)
            if isinstance(name, str):
                assert "a-rather-long-prefix" in name, (resource["Type"], key, name)
                assert len(name) <= 64


def test_outputs_say_what_a_person_needs(watched) -> None:
    outputs = watched.templates["App"]["Outputs"]
    assert {"Url", "Shell", "Logs", "Secrets", "Costs", "FirstUser"} <= outputs.keys()
    assert all(outputs[name]["Description"] for name in ("Url", "Shell", "Logs"))
