"""How long an update or a deletion takes follows from what changes and from what the template waits for."""

from __future__ import annotations

import pytest
from rehearsal_worlds import world_of

from stackflight.operate.rehearse import RehearsalOptions, rehearse

SERVICE = """
Resources:
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: 80, TargetGroupAttributes: [{Key: deregistration_delay.timeout_seconds, Value: "DRAIN"}]}
  Task: {Type: AWS::ECS::TaskDefinition, Properties: {Family: web, Cpu: "CPU"}}
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      DesiredCount: COUNT
      LoadBalancers: [{TargetGroupArn: !Ref Targets, ContainerPort: 80}]
      DeploymentConfiguration: CONFIGURATION
"""


def service(cpu: str, drain: str = "300", count: str = "2", configuration: str = "{}") -> str:
    text = SERVICE.replace("DRAIN", drain).replace("CPU", cpu).replace("COUNT", count)
    return text.replace("CONFIGURATION", configuration)


def update(before: str, after: str, resource: str) -> float:
    """Seconds that a resource takes in the update with every median."""
    rehearsal = rehearse(world_of(after), (), RehearsalOptions(runs=0, current=world_of(before)))
    [span] = [span for span in rehearsal.spans if span.resource == resource]
    return span.seconds


def deletion(text: str, resource: str) -> float:
    rehearsal = rehearse(world_of(text), (), RehearsalOptions(runs=0, delete=True))
    [span] = [span for span in rehearsal.spans if span.resource == resource]
    return span.seconds


def test_a_deployment_waits_for_the_old_tasks_to_be_drained() -> None:
    slow, quick = (update(service("256", drain), service("512", drain), "Web") for drain in ("300", "5"))
    assert round(slow - quick) == 295


@pytest.mark.parametrize(
    ("configuration", "batches"),
    [
        ("{}", 1),
        ("{MaximumPercent: 100, MinimumHealthyPercent: 50}", 2),
        ("{MaximumPercent: 150, MinimumHealthyPercent: 100}", 2),
        ("{MaximumPercent: 100, MinimumHealthyPercent: 75}", 4),
    ],
)
def test_the_percentages_of_a_deployment_say_how_many_batches_there_are(configuration: str, batches: int) -> None:
    one = update(service("256", count="4"), service("512", count="4"), "Web")
    changed = (service(cpu, count="4", configuration=configuration) for cpu in ("256", "512"))
    assert round(update(*changed, "Web") - one) == (batches - 1) * 40


@pytest.mark.parametrize(
    ("configuration", "minutes"),
    [
        ("{Strategy: BLUE_GREEN, BakeTimeInMinutes: 15}", 15),
        ("{Strategy: CANARY, BakeTimeInMinutes: 5, CanaryConfiguration: {CanaryBakeTimeInMinutes: 20}}", 25),
        ("{Strategy: CANARY, BakeTimeInMinutes: 5}", 15),
        (
            "{Strategy: LINEAR, BakeTimeInMinutes: 0, LinearConfiguration: {StepPercent: 25, StepBakeTimeInMinutes: 2}}",
            6,
        ),
    ],
)
def test_bake_time_is_waited_for(configuration: str, minutes: int) -> None:
    rolling = update(service("256"), service("512"), "Web")
    shifted = update(service("256", configuration=configuration), service("512", configuration=configuration), "Web")
    assert round((shifted - rolling) / 60 - 0.5) == minutes


def test_settings_of_a_service_that_start_no_deployment_take_seconds() -> None:
    assert (
        update(service("256", count="2"), service("256", count="2", configuration="{MaximumPercent: 150}"), "Web") < 20
    )


def test_a_service_without_tasks_is_steady_at_once_and_deleted_without_draining() -> None:
    assert deletion(service("256", count="0"), "Web") < 60 < 300 < deletion(service("256", count="1"), "Web")


GROUP = """
Resources:
  Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {InstanceType: "%s"}}}
  Machines:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "2"
      MaxSize: "6"
      DesiredCapacity: "4"
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
    %s
"""


@pytest.mark.parametrize(
    ("policy", "seconds"),
    [
        ("", 0),
        ("UpdatePolicy: {AutoScalingRollingUpdate: {MaxBatchSize: 2}}", 200),
        ("UpdatePolicy: {AutoScalingRollingUpdate: {PauseTime: PT5M}}", 1600),
        (
            "UpdatePolicy: {AutoScalingRollingUpdate: {MaxBatchSize: 4, WaitOnResourceSignals: true, PauseTime: PT30M}}",
            250,
        ),
        ("UpdatePolicy: {AutoScalingReplacingUpdate: {WillReplace: true}}", 250),
    ],
)
def test_an_auto_scaling_group_replaces_its_instances_as_its_update_policy_says(policy: str, seconds: int) -> None:
    """A new version of the launch template reaches the group through its LatestVersionNumber."""
    taken = update(GROUP % ("t3.small", policy), GROUP % ("t3.large", policy), "Machines")
    assert seconds <= taken < seconds + 20


DATABASE = "Resources: {Database: {Type: AWS::RDS::DBInstance, Properties: {Engine: %s, EngineVersion: '%s', DBInstanceClass: %s}}}"


def database(engine: str = "postgres", version: str = "15.4", size: str = "db.t3.small") -> str:
    return DATABASE % (engine, version, size)


def test_an_upgrade_takes_longer_than_a_restart_and_that_longer_than_a_setting() -> None:
    setting = update(database(), database().replace("Engine:", "BackupRetentionPeriod: 3, Engine:"), "Database")
    restart = update(database(), database(size="db.r6g.large"), "Database")
    minor = update(database(), database(version="15.5"), "Database")
    major = update(database(), database(version="16.1"), "Database")
    assert setting < 120 < restart == minor < 900 < major


def test_the_major_version_of_mysql_is_its_first_two_numbers() -> None:
    before = database("mysql", "8.0.35")
    assert (
        update(before, database("mysql", "8.4.3"), "Database")
        > 900
        > update(before, database("mysql", "8.0.36"), "Database")
    )


def test_a_change_that_needs_a_second_set_of_nodes_takes_an_opensearch_domain_long() -> None:
    text = "Resources: {Search: {Type: AWS::OpenSearchService::Domain, Properties: {%s}}}"
    policy = update(text % "AccessPolicies: {Version: a}", text % "AccessPolicies: {Version: b}", "Search")
    nodes = update(text % "EBSOptions: {VolumeSize: 10}", text % "EBSOptions: {VolumeSize: 20}", "Search")
    assert policy < 120 < 900 < nodes


def test_the_way_back_of_a_change_takes_as_long_as_the_change() -> None:
    text = "Resources: {Search: {Type: AWS::OpenSearchService::Domain, Properties: {EBSOptions: {VolumeSize: %d}}}, After: {Type: AWS::SNS::Topic, DependsOn: Search, Properties: {DisplayName: '%s'}}}"
    options = RehearsalOptions(runs=0, fail=("After=no",), current=world_of(text % (10, "a")))
    rehearsal = rehearse(world_of(text % (20, "b")), (), options)
    assert rehearsal.rollback_seconds is not None
    assert rehearsal.rollback_seconds > 900


def test_a_final_snapshot_is_waited_for_unless_the_database_is_deleted_without() -> None:
    with_one, without = database(), database().replace("Type:", "DeletionPolicy: Delete, Type:")
    assert deletion(with_one, "Database") > deletion(without, "Database") + 60


@pytest.mark.parametrize(
    ("config", "quick"),
    [
        ("{SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}", True),
        ("{SubnetIds: [subnet-1], SecurityGroupIds: [!Ref Group]}", False),
    ],
)
def test_a_function_waits_for_network_interfaces_where_its_security_group_is_new(config: str, quick: bool) -> None:
    text = f"Resources: {{Group: {{Type: AWS::EC2::SecurityGroup}}, Function: {{Type: AWS::Lambda::Function, Properties: {{VpcConfig: {config}}}}}}}"
    rehearsal = rehearse(world_of(text), (), RehearsalOptions(runs=0))
    [span] = [span for span in rehearsal.spans if span.resource == "Function"]
    assert (span.seconds < 30) is quick
    assert deletion(text, "Function") < 120 if quick else deletion(text, "Function") > 1200


def test_a_changed_record_waits_for_the_servers_of_route_53_as_a_new_one_does() -> None:
    old, new = (
        "Resources: {Record: {Type: AWS::Route53::RecordSet, Properties: "
        f"{{HostedZoneId: Z1, Name: a.example.com., Type: A, TTL: 300, ResourceRecords: [{address}]}}}}}}"
        for address in ("192.0.2.1", "192.0.2.2")
    )
    assert update(old, new, "Record") > 20
