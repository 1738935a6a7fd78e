"""What a live deployment keeps when a setting changes, and what makes its secrets and stores new."""

import json

import pytest

from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

pytestmark = pytest.mark.xdist_group("cdk")

STORES = {
    "AWS::DocDB::DBCluster": "Snapshot",
    "AWS::EC2::Volume": "Snapshot",
    "AWS::KMS::Key": "Retain",
    "AWS::RDS::DBCluster": "Snapshot",
    "AWS::S3::Bucket": "Retain",
    "AWS::SecretsManager::Secret": "Retain",
}


@pytest.mark.parametrize(
    "deployment", [*((preset,) for preset in PRESETS), ("standard-dev", "postgres=aurora-serverless")]
)
def test_no_update_can_replace_a_store_without_keeping_its_data(synthesise, deployment: tuple[str, ...]) -> None:
    assembly = synthesise(*deployment)
    seen = 0
    for path, resource in assembly.resources().items():
        wanted = STORES.get(resource["Type"])
        if resource["Type"] == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in resource["Properties"]:
            wanted = "Snapshot"
        if wanted and path.startswith("Data/"):
            seen += 1
            assert resource["UpdateReplacePolicy"] in (wanted, "Retain"), path
    assert seen >= 5


def test_a_third_zone_moves_no_subnet(synthesise) -> None:
    def places(*overrides: str) -> dict[str, str]:
        subnets = synthesise("standard-dev", *overrides).resources("AWS::EC2::Subnet")
        return {path: subnet["Properties"]["CidrBlock"] for path, subnet in subnets.items()}

    two, three = places(), places("zones=3")
    assert two.items() <= three.items()
    assert (len(two), len(three)) == (6, 9)
    assert len(set(three.values())) == 9


@pytest.mark.parametrize(
    ("deployment", "kind", "name", "absent"),
    [
        (
            ("standard-dev", "documents_snapshot=chat-1"),
            "AWS::DocDB::DBCluster",
            "SnapshotIdentifier",
            {"MasterUsername"},
        ),
        (
            ("standard-dev", "postgres_snapshot=chat-1"),
            "AWS::RDS::DBInstance",
            "DBSnapshotIdentifier",
            {"MasterUsername", "StorageEncrypted", "KmsKeyId"},
        ),
        (
            ("standard-dev", "postgres=aurora-serverless", "postgres_snapshot=chat-1"),
            "AWS::RDS::DBCluster",
            "SnapshotIdentifier",
            {"MasterUsername"},
        ),
        (("minimal-dev", "data_snapshot=snap-0123456789abcdef0"), "AWS::EC2::Volume", "SnapshotId", set()),
    ],
)
def test_every_store_can_be_made_of_a_snapshot(synthesise, deployment, kind: str, name: str, absent: set[str]) -> None:
    (store,) = synthesise(*deployment).resources(kind).values()
    assert store["Properties"][name] in ("chat-1", "snap-0123456789abcdef0")
    assert not absent & store["Properties"].keys()


def test_a_rotation_reaches_databases_and_services(synthesise) -> None:
    before, after = synthesise("standard-dev"), synthesise("standard-dev", "rotation=1")
    for kind in ("Custom::DocumentUser", "Custom::VectorDatabase"):
        (old,), (new,) = before.resources(kind).values(), after.resources(kind).values()
        assert (old["Properties"]["Rotation"], new["Properties"]["Rotation"]) == ("0", "1")
    for task in after.resources("AWS::ECS::TaskDefinition").values():
        main = next(
            each for each in task["Properties"]["ContainerDefinitions"] if each["Name"] != "fetch-configuration"
        )
        assert main["DockerLabels"] == {"rotation": "1"}
    assert before.resources("AWS::SecretsManager::Secret") == after.resources("AWS::SecretsManager::Secret")


def test_the_index_of_search_lies_on_no_network_file_system_and_in_a_folder_of_its_version(synthesise) -> None:
    assembly = synthesise("full-dev")
    assert not assembly.resources("AWS::EFS::FileSystem")
    (path,) = [
        entry["Value"]
        for task in assembly.resources("AWS::ECS::TaskDefinition").values()
        for container in task["Properties"]["ContainerDefinitions"]
        for entry in container.get("Environment", [])
        if entry["Name"] == "MEILI_DB_PATH"
    ]
    assert path == "/meili_data/v1.35.1/data.ms"


def test_a_new_search_task_has_libre_chat_fill_its_index(synthesise) -> None:
    assembly = synthesise("full-dev")
    (rule,) = [
        rule["Properties"]
        for rule in assembly.resources("AWS::Events::Rule").values()
        if rule["Properties"].get("EventPattern", {}).get("source") == ["aws.ecs"]
    ]
    assert rule["EventPattern"]["detail"]["healthStatus"] == ["HEALTHY"]
    machines = [
        json.dumps(machine["Properties"]["DefinitionString"])
        for path, machine in assembly.resources("AWS::StepFunctions::StateMachine").items()
        if path.startswith("App/")
    ]
    assert len(machines) == 1
    assert "ecs:updateService" in machines[0]
    commands = [
        container["Command"]
        for task in assembly.resources("AWS::ECS::TaskDefinition").values()
        for container in task["Properties"]["ContainerDefinitions"]
        if container["Name"] == "librechat"
    ]
    assert commands == [["sh", "-c", "node /config/refill.js; exec node api/server/index.js"]]


@pytest.mark.parametrize("preset", PRESETS)
def test_protected_presets_refuse_to_be_deleted_by_mistake(synthesise, preset: str) -> None:
    manifest = json.loads((synthesise(preset).folder / "manifest.json").read_text())
    protected = [
        artifact["properties"].get("terminationProtection", False)
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    assert protected == [resolve(read_request(preset)).protected] * 3


def test_with_an_own_key_every_log_and_every_alarm_is_encrypted_with_one(synthesise) -> None:
    assembly = synthesise("enterprise")
    for kind, name in (("AWS::Logs::LogGroup", "KmsKeyId"), ("AWS::SNS::Topic", "KmsMasterKeyId")):
        found = assembly.resources(kind)
        assert found
        assert all(name in resource["Properties"] for resource in found.values())
    (key,) = assembly.resources("AWS::KMS::Key").keys() - {
        path for path in assembly.resources("AWS::KMS::Key") if "Data" in path
    }
    principals = json.dumps(assembly.resources()[key]["Properties"]["KeyPolicy"])
    assert "cloudwatch.amazonaws.com" in principals
    assert '"logs."' in principals


def test_the_record_of_who_did_what_cannot_be_overwritten(synthesise) -> None:
    assembly = synthesise("enterprise")
    (bucket,) = [
        bucket["Properties"]
        for path, bucket in assembly.resources("AWS::S3::Bucket").items()
        if path.startswith("Data/DataAudit")
    ]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Mode"] == "GOVERNANCE"


def test_the_shell_can_be_turned_off(synthesise) -> None:
    for service in synthesise("standard-dev", "shell=false").resources("AWS::ECS::Service").values():
        assert service["Properties"]["EnableExecuteCommand"] is False


def test_nothing_runs_outside_the_hours_and_nobody_is_woken_by_that(synthesise) -> None:
    hours = ("awake=07:00-20:30", "time_zone=Europe/Berlin", "alarms=true")
    assembly = synthesise("full-dev", *hours)
    targets = assembly.resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert len(targets) == 3
    for target in targets:
        actions = {action["ScheduledActionName"]: action for action in target["Properties"]["ScheduledActions"]}
        assert actions["Sleep"]["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}
        assert actions["Sleep"]["Schedule"] == "cron(30 20 ? * MON-FRI *)"
        assert actions["Wake"]["ScalableTargetAction"]["MinCapacity"] == 1
        assert actions["Wake"]["Timezone"] == "Europe/Berlin"
    described = [
        alarm["Properties"]["AlarmDescription"] for alarm in assembly.resources("AWS::CloudWatch::Alarm").values()
    ]
    assert not [text for text in described if "nobody can use" in text]
    actions = synthesise("minimal-dev", *hours[:2]).resources("AWS::AutoScaling::ScheduledAction").values()
    assert sorted(action["Properties"]["MaxSize"] for action in actions) == [0, 1]


def test_a_trial_becomes_encrypted_without_a_second_listener_on_its_port(synthesise) -> None:
    """CloudFormation makes the new before it deletes the old, and a port has one listener."""

    def on_port_80(*overrides: str) -> list[str]:
        listeners = synthesise("standard-dev", *overrides).resources("AWS::ElasticLoadBalancingV2::Listener")
        return [path for path, listener in listeners.items() if listener["Properties"]["Port"] == 80]

    certificate = "certificate_arn=arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
    assert on_port_80() == on_port_80("entry=https", "domain=chat.example.com", certificate)


def test_the_way_in_can_change_on_a_live_deployment(synthesise) -> None:
    """What the application imports from the other stacks stays exported, whatever it will import afterwards."""

    def exports(*overrides: str) -> set[str]:
        templates = synthesise("standard-dev", "access_logs=true", *overrides).templates
        outputs = [output for name in ("Network", "Data") for output in templates[name]["Outputs"].values()]
        return {output["Export"]["Name"] for output in outputs}

    assert exports() <= exports("entry=cloudfront")
    assert exports("entry=cloudfront") <= exports()
