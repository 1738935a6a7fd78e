"""`deploy`, `watch` and `cancel` through boto3 against the endpoint: the same code that deploys to AWS."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from served_templates import QUEUE, text
from wire_desk import FLAGS, Desk, OpenDesk

from stackflight.local.home import state_folder
from stackflight.local.ledger import LocalLedger
from stackflight.serve.refusals import Refusal
from stackflight.serve.weather import READS

pytestmark = pytest.mark.xdist_group("serve")

NAT = {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-12345678"}}


def test_a_deployment_ends_well_with_every_event_kept_once_and_its_outputs(open_desk: OpenDesk) -> None:
    desk = open_desk()
    file = desk.write("app.json", {"Queue": QUEUE}, Outputs={"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}})
    assert desk("deploy", file, *FLAGS) == 0
    assert "CREATE_COMPLETE" in desk.said
    assert "Name" in desk.said
    assert desk.kept_ids() == desk.event_ids("app")
    assert desk("deploy", file, *FLAGS) == 0
    assert "no changes" in desk.said


def test_a_failure_is_diagnosed_and_the_way_back_followed_to_its_end(open_desk: OpenDesk) -> None:
    desk = open_desk("Queue=API: sqs:CreateQueue Access Denied@5")
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Nat": NAT}), *FLAGS) == 1
    assert "ROLLBACK_COMPLETE" in desk.said
    assert "access-denied" in desk.said
    assert desk.kept_ids() == desk.event_ids("app")


def test_half_of_the_reads_throttled_change_neither_the_outcome_nor_the_events(open_desk: OpenDesk) -> None:
    desk = open_desk(throttle=0.5)
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Nat": NAT}), *FLAGS) == 0
    desk.account.weather.throttle = 0.0
    assert desk.kept_ids() == desk.event_ids("app")


def test_every_read_is_asked_again_where_it_is_throttled_even_when_all_is_over(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    throttled: set[str] = set()

    def every_other(operation: str) -> None:
        if operation.startswith(READS) and operation not in throttled:
            throttled.add(operation)
            raise Refusal("Throttling", "Rate exceeded")
        throttled.discard(operation)

    with monkeypatch.context() as storm:
        storm.setattr(desk.account.weather, "require_calm", every_other)
        assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Nat": NAT}), *FLAGS) == 0
    assert "could not be compared" not in desk.said
    assert desk.kept_ids() == desk.event_ids("app")


def test_a_network_that_goes_and_comes_back_costs_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk(speed=20.0)
    weather = desk.account.weather

    def storm(sleeps: int) -> None:
        weather.offline = ((0.0, 1e12),) if sleeps < 8 else ()

    desk.once_running(storm)
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Nat": NAT}), *FLAGS) == 0
    assert "paused: AWS does not answer" in desk.said
    assert "going on after a pause" in desk.said
    assert desk.kept_ids() == desk.event_ids("app")


def test_credentials_that_end_and_are_renewed_let_the_same_run_go_on(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(speed=20.0)
    weather = desk.account.weather

    def expire(sleeps: int) -> None:
        if sleeps == 0:
            weather.expire = 0.0
        if sleeps == 10:
            weather.expire = None
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANEWNEWNEWNEWNEWN")

    desk.once_running(expire)
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Nat": NAT}), *FLAGS) == 0
    assert "paused: the credentials do not work any more" in desk.said
    assert desk.kept_ids() == desk.event_ids("app")


def test_credentials_that_nobody_renews_leave_it_running_with_the_command_to_attach_again(open_desk: OpenDesk) -> None:
    desk = open_desk(speed=20.0)

    def expire(sleeps: int) -> None:
        if sleeps == 0:
            desk.account.weather.expire = 0.0

    desk.once_running(expire)
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Nat": NAT}), *FLAGS, "--patience", "60s") == 3
    run = LocalLedger(state_folder()).runs()[0]
    assert f"stackflight watch {run.id}" in desk.said
    desk.account.weather.expire = None
    desk.clock.on_sleep = lambda _: None
    assert desk("watch", run.id) == 0
    assert "CREATE_COMPLETE" in desk.said
    assert desk.kept_ids() == desk.event_ids("app")


def test_anybody_can_attach_to_what_somebody_else_has_begun(open_desk: OpenDesk) -> None:
    desk = open_desk("Queue=no more queues@20")
    desk.account.cloudformation.create_stack(StackName="theirs", TemplateBody=text({"Queue": QUEUE, "Nat": NAT}))
    assert desk("watch", "theirs", "--format", "json") == 1
    *events, end = [json.loads(line) for line in desk.told.splitlines()]
    assert [event["id"] for event in events] == desk.event_ids("theirs")
    assert end["outcome"] == "ROLLBACK_COMPLETE"
    assert end["diagnosis"]["root"]["resource"] == "Queue"


def test_an_import_that_somebody_else_has_begun_is_followed_to_its_good_end(open_desk: OpenDesk) -> None:
    desk = open_desk()
    cloud = desk.account.cloudformation
    desk.account.client("s3").create_bucket(Bucket="files")
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "files"}}
    identifier = {"BucketName": "files"}
    cloud.create_change_set(
        StackName="theirs", ChangeSetName="in", ChangeSetType="IMPORT", TemplateBody=text({"Files": kept}),
        ResourcesToImport=[{"ResourceType": kept["Type"], "LogicalResourceId": "Files", "ResourceIdentifier": identifier}],
    )  # fmt: skip
    desk.account.settle_change_set("theirs", "in")
    cloud.execute_change_set(StackName="theirs", ChangeSetName="in")
    assert desk("watch", "theirs") == 0
    assert "IMPORT_COMPLETE after" in desk.said
    assert desk.kept_ids() == desk.event_ids("theirs")[1:]  # before it the change set's empty stack was in review


def test_a_stack_that_does_not_exist_cannot_be_watched(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk("watch", "nothing") == 1
    assert "there is no stack nothing in 123456789012, us-east-1" in desk.said


def test_a_nested_stack_is_followed_with_its_root(open_desk: OpenDesk) -> None:
    desk = open_desk()
    s3 = desk.account.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="child.json", Body=text({"Queue": QUEUE}))
    url = "https://templates.s3.amazonaws.com/child.json"
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    assert desk("deploy", desk.write("app.json", {"Child": child}), *FLAGS) == 0
    kept = LocalLedger(state_folder())
    events = kept.events(kept.runs()[0].id)
    assert {event.stack for event in events} == {"app", "app/Child"}
    assert [event.status for event in events if event.resource == "Queue"][-1] == "CREATE_COMPLETE"
    assert len({event.id for event in events}) == len(events)


TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"TableName": "orders", "KeySchema": [], "AttributeDefinitions": []},
}


def test_data_that_a_nested_stack_would_lose_has_to_be_named_too(open_desk: OpenDesk) -> None:
    desk = open_desk()
    cloud, s3 = desk.account.cloudformation, desk.account.client("s3")
    s3.create_bucket(Bucket="templates")

    def nested(number: int, **resources: object) -> str:
        s3.put_object(Bucket="templates", Key=f"child{number}.json", Body=text(resources))
        url = f"https://templates.s3.amazonaws.com/child{number}.json"
        return desk.write(
            "app.json", {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
        )

    assert desk("deploy", nested(1, Table=TABLE, Queue=QUEUE), *FLAGS) == 0
    assert "app/Child is created: 2 added" in desk.said
    renamed = {**TABLE, "Properties": {**TABLE["Properties"], "TableName": "purchases"}}
    wanted = nested(2, Table=renamed, Queue=QUEUE)
    assert desk("deploy", wanted, *FLAGS) == 10
    assert "data would be lost: Table (AWS::DynamoDB::Table, replaced)" in desk.said
    assert "app/Child is updated: 1 replaced" in desk.said
    assert "ITS DATA IS LOST" in desk.said
    assert cloud.list_change_sets(StackName="app")["Summaries"] == []
    assert desk("deploy", wanted, *FLAGS, "--allow-loss", "app/Child/Table") == 0
    without = desk.write("app.json", {"Queue": QUEUE})
    assert desk("deploy", without, *FLAGS) == 10
    assert "data would be lost: Table (AWS::DynamoDB::Table, deleted)" in desk.said
    assert "! Table in app/Child · ITS DATA IS LOST" in desk.said.replace("  ", " ")
    named = ("--allow-loss", "app/Child/Table", "--allow-loss", "app/Child/Queue")
    assert desk("deploy", without, *FLAGS, *named) == 0


def test_a_value_that_nobody_gives_is_asked_for_before_anything_is_made(open_desk: OpenDesk) -> None:
    desk = open_desk()
    file = desk.write("app.json", {"Queue": QUEUE}, Parameters={"Stage": {"Type": "String"}})
    assert desk("deploy", file, *FLAGS) == 1
    assert "app needs values for Stage" in desk.said
    assert desk.account.cloudformation.describe_stacks()["Stacks"] == []
    assert desk("deploy", file, *FLAGS, "--param", "Stage=prod") == 0
    changed = desk.write("app.json", {"Queue": QUEUE, "Other": QUEUE}, Parameters={"Stage": {"Type": "String"}})
    assert desk("deploy", changed, *FLAGS) == 0
    [stack] = desk.account.cloudformation.describe_stacks(StackName="app")["Stacks"]
    assert stack["Parameters"] == [{"ParameterKey": "Stage", "ParameterValue": "prod"}]


def test_a_plan_leaves_no_stack_and_no_change_set(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE}), "--plan", "--no-standard-rules") == 0
    assert "Queue" in desk.said
    assert desk.account.cloudformation.describe_stacks()["Stacks"] == []


def test_cancelling_what_does_not_run_does_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE}), *FLAGS) == 0
    assert desk("cancel", "app", "--yes") == 0
    assert "nothing runs on app: it is CREATE_COMPLETE" in desk.said
    assert desk("cancel", "app") == 64


def assembly(folder: Path, *, images: bool = False) -> str:
    """A cloud assembly of one stack with a file asset, as the CDK writes it."""
    out = folder / "cdk.out"
    (out / "asset.code").mkdir(parents=True)
    (out / "asset.code" / "index.py").write_text("def handler(event, context): return 1\n")
    (out / "App.template.json").write_text(text({"Queue": QUEUE}))
    bucket = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
    role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-file-publishing-role-${AWS::AccountId}-${AWS::Region}"
    files = {
        "code": {
            "displayName": "code",
            "source": {"path": "asset.code", "packaging": "zip"},
            "destinations": {"x": {"bucketName": bucket, "objectKey": "code.zip", "assumeRoleArn": role}},
        },
        "template": {
            "displayName": "template",
            "source": {"path": "App.template.json", "packaging": "file"},
            "destinations": {"x": {"bucketName": bucket, "objectKey": "template.json", "assumeRoleArn": role}},
        },
    }
    target = {"repositoryName": "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}", "imageTag": "abc123"}
    source = {
        "directory": "asset.code", "dockerFile": "web.Dockerfile", "platform": "linux/arm64",
        "dockerBuildArgs": {"VERSION": "7"}, "cacheFrom": [{"type": "gha", "params": {"scope": "web"}}],
    }  # fmt: skip
    image = {"displayName": "web", "source": source, "destinations": {"x": target}}
    docker = {"image": image} if images else {}
    (out / "App.assets.json").write_text(json.dumps({"version": "55.0.0", "files": files, "dockerImages": docker}))
    properties = {
        "templateFile": "App.template.json", "stackName": "shop", "tags": {"Owner": "maria"}, "terminationProtection": True,
        "assumeRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-deploy-role-${AWS::AccountId}-${AWS::Region}",
        "stackTemplateAssetObjectUrl": f"s3://{bucket}/template.json", "requiresBootstrapStackVersion": 6,
        "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
    }  # fmt: skip
    artifacts = {
        "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
        "App": {
            "type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
            "properties": properties, "dependencies": ["App.assets"],
        },
    }  # fmt: skip
    (out / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    return str(out)


def bootstrap(desk: Desk, version: str = "30") -> None:
    desk.account.client("s3").create_bucket(Bucket="cdk-hnb659fds-assets-123456789012-us-east-1")
    desk.account.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value=version, Type="String", Overwrite=True
    )


def test_an_assembly_is_published_once_and_deployed_as_its_manifest_says(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk()
    out = assembly(tmp_path)
    bootstrap(desk)
    assert desk("deploy", out, *FLAGS) == 0
    assert "assets: 2 uploaded, 0 there already" in desk.said
    offered = (
        "other machines are kept out, and find the run, with --lock-bucket cdk-hnb659fds-assets-123456789012-us-east-1"
    )
    assert offered in " ".join(desk.said.split())
    [stack] = desk.account.cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert stack["Tags"] == [{"Key": "Owner", "Value": "maria"}]
    assert stack["EnableTerminationProtection"] is True
    bucket = "cdk-hnb659fds-assets-123456789012-us-east-1"
    first = desk.account.client("s3").get_object(Bucket=bucket, Key="code.zip")["Body"].read()
    assert desk("deploy", out, *FLAGS) == 0
    assert "assets: 0 uploaded, 2 there already" in desk.said
    desk.account.client("s3").delete_object(Bucket=bucket, Key="code.zip")
    assert desk("deploy", out, *FLAGS) == 0
    assert desk.account.client("s3").get_object(Bucket=bucket, Key="code.zip")["Body"].read() == first


def test_an_account_that_is_not_bootstrapped_or_too_old_is_told_the_command(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk()
    out = assembly(tmp_path)
    assert desk("deploy", out, *FLAGS) == 1
    assert "the account 123456789012 is not bootstrapped in us-east-1" in desk.said
    assert "npx cdk bootstrap aws://123456789012/us-east-1" in desk.said
    bootstrap(desk, "5")
    assert desk("deploy", out, *FLAGS) == 1
    assert "has version 5, and 6 is needed" in desk.said
    assert LocalLedger(state_folder()).runs()[0].outcome == "FAILED"


REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
REPOSITORY = "cdk-hnb659fds-container-assets-123456789012-us-east-1"


def stand_in_for_docker(monkeypatch: pytest.MonkeyPatch, folder: Path, failing: str = "") -> Callable[[], list[str]]:
    """A program on the path that keeps what it is called with, and what it reads; gives what was called so far."""
    place, calls = folder / "bin", folder / "docker.calls"
    place.mkdir(exist_ok=True)
    program = place / "docker"
    program.write_text(
        f"""#!{sys.executable}
import os, sys
with open({str(calls)!r}, "a") as kept:
    print(os.path.basename(os.getcwd()), *sys.argv[1:], *(["<", sys.stdin.read()] if "login" in sys.argv else []), file=kept)
if sys.argv[1] == {failing!r}:
    sys.exit("web.Dockerfile:3: no such file: package.json")
"""
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    return lambda: calls.read_text().splitlines()


def test_images_are_built_and_pushed_once_by_docker(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    bootstrap(desk)
    ecr = desk.account.client("ecr")
    ecr.create_repository(repositoryName=REPOSITORY)
    called = stand_in_for_docker(monkeypatch, tmp_path)
    out = assembly(tmp_path, images=True)
    assert desk("deploy", out, *FLAGS) == 0
    login, build, tag, push = called()
    password = base64.b64decode(ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]).decode()
    assert login.startswith("cdk.out login --username AWS --password-stdin ")
    assert login.endswith(f"{REGISTRY} < {password.partition(':')[2]}")
    assert build == (
        "asset.code build --tag stackflight-asset:abc123 --build-arg VERSION=7 --file web.Dockerfile "
        "--platform linux/arm64 --cache-from type=gha,scope=web ."
    )
    assert tag == f"cdk.out tag stackflight-asset:abc123 {REGISTRY}/{REPOSITORY}:abc123"
    assert push == f"cdk.out push {REGISTRY}/{REPOSITORY}:abc123"
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind})
    ecr.put_image(repositoryName=REPOSITORY, imageTag="abc123", imageManifest=manifest)
    assert desk("deploy", out, *FLAGS) == 0
    assert "images: 0 to build, 1 there already" in desk.said
    assert len(called()) == 4


def test_an_image_that_cannot_be_built_stops_it_before_anything_is_made(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    bootstrap(desk)
    out = assembly(tmp_path, images=True)
    assert desk("deploy", out, *FLAGS) == 1
    assert f"the repository {REPOSITORY} for the image web is not there" in " ".join(desk.said.split())
    desk.account.client("ecr").create_repository(repositoryName=REPOSITORY)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert desk("deploy", out, *FLAGS) == 1
    assert "docker is not installed here, and it has to build container images: web" in desk.said
    stand_in_for_docker(monkeypatch, tmp_path, failing="build")
    assert desk("deploy", out, *FLAGS) == 1
    assert "build of the image web failed with code 1: web.Dockerfile:3: no such file: package.json" in desk.said
    assert desk.account.cloudformation.describe_stacks()["Stacks"] == []


_CREATE = """
import boto3, sys
cloud = boto3.client("cloudformation", region_name="us-east-1")
cloud.create_stack(StackName="theirs", TemplateBody=open(sys.argv[1]).read())
print("theirs is begun")
sys.exit(int(sys.argv[2]))
"""


def test_a_command_of_another_tool_is_followed_kept_and_diagnosed(open_desk: OpenDesk) -> None:
    desk = open_desk("Queue=API: sqs:CreateQueue Access Denied@5")
    file = desk.write("app.json", {"Queue": QUEUE, "Nat": NAT})
    assert desk("watch", "theirs", "--", sys.executable, "-c", _CREATE, file, "0") == 1
    assert "access-denied" in desk.said
    assert "ROLLBACK_COMPLETE" in desk.said
    assert desk.kept_ids() == desk.event_ids("theirs")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the command is left to itself
def test_a_command_that_is_lost_from_sight_says_how_to_come_back(open_desk: OpenDesk) -> None:
    desk = open_desk(speed=20.0)

    def expire(_: int) -> None:
        desk.account.weather.expire = 0.0

    desk.once_running(expire)
    file = desk.write("app.json", {"Queue": QUEUE, "Nat": NAT})
    command = ("--review", "none", "--patience", "60s", "--", sys.executable, "-c", _CREATE, file, "0")
    assert desk("watch", "theirs", *command) == 3
    [run] = LocalLedger(state_folder()).runs()
    assert "nothing could be asked for 1 minutes" in desk.said
    assert f"attach again: stackflight watch {run.id}" in desk.said


def test_a_command_that_fails_though_its_stack_is_well_is_a_failure(open_desk: OpenDesk) -> None:
    desk = open_desk()
    file = desk.write("app.json", {"Queue": QUEUE})
    command = (sys.executable, "-c", _CREATE, file, "7")
    assert desk("watch", "theirs", "--format", "json", "--review", "none", "--", *command) == 1
    end = json.loads(desk.told.splitlines()[-1])
    assert (end["outcome"], end["command_code"]) == ("CREATE_COMPLETE", 7)


def test_a_command_that_changes_nothing_is_said_to_be_perhaps_a_hotswap(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk("watch", "theirs", "--", sys.executable, "-c", "pass") == 0
    assert "hotswap" in desk.said


UNREACHABLE = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "One": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.0.0/24"},
    },
}


def test_what_a_command_deploys_is_reviewed_before_it_is_run(open_desk: OpenDesk) -> None:
    desk = open_desk()
    file = desk.write("app.json", UNREACHABLE)
    command = ("--", sys.executable, "-c", _CREATE, file, "0", "--template-file", file)
    assert desk("watch", "theirs", *command) == 10
    assert "nothing was made" in desk.said
    assert desk.account.cloudformation.describe_stacks()["Stacks"] == []
    assert LocalLedger(state_folder()).runs()[0].outcome == "REFUSED"


def test_a_command_that_does_not_tell_what_it_deploys_is_reviewed_by_what_is_named(open_desk: OpenDesk) -> None:
    desk = open_desk()
    file = desk.write("app.json", UNREACHABLE)
    command = ("--", sys.executable, "-c", "pass")
    assert desk("watch", "theirs", *command) == 0
    assert "nothing was reviewed" in desk.said
    assert desk("watch", "theirs", "--review", file, *command) == 10
    assert desk("watch", "theirs", "--review", "none", *command) == 0
    assert "nothing was reviewed" not in desk.said


def test_a_hotswap_is_said_before_it_is_run(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk("watch", "theirs", "--", sys.executable, "-c", "pass", "--hotswap") == 0
    assert "a hotswap goes past CloudFormation" in " ".join(desk.said.split())


def test_a_command_that_cannot_be_started_is_a_wrong_usage(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk("watch", "theirs", "--", "/no/such/program") == 64
    assert "there is no command /no/such/program" in desk.said


def test_the_stacks_to_follow_are_those_that_a_command_names_or_have_to_be_named(open_desk: OpenDesk) -> None:
    desk = open_desk()
    nothing = (sys.executable, "-c", "pass")
    assert desk("watch", "--", *nothing, "--stack-name", "theirs") == 0
    assert "stacks: theirs" in desk.said
    assert desk("watch", "ours", "--", *nothing, "--stack-name", "theirs") == 64
    assert "the command is about theirs, which is not among the stacks to follow" in desk.said
    assert desk("watch", "--", *nothing) == 64
    assert "name them before the --: stackflight watch STACK --" in desk.said


def test_machines_that_share_a_bucket_keep_each_other_out(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.account.client("s3").create_bucket(Bucket="locks")
    file = desk.write("app.json", {"Queue": QUEUE})
    theirs = {"stack": "app", "run": "r-42", "who": "paul", "where": "a runner", "since": 1.0, "beat": 3}
    key = "stackflight/locks/123456789012/us-east-1/app.json"
    desk.account.client("s3").put_object(Bucket="locks", Key=key, Body=json.dumps(theirs))
    assert desk("deploy", file, *FLAGS, "--lock-bucket", "locks") == 2
    assert "app is held by r-42 of paul on a runner" in desk.said
    desk.account.client("s3").delete_object(Bucket="locks", Key=key)
    assert desk("deploy", file, *FLAGS, "--lock-bucket", "locks") == 0
    assert "lock: everybody who uses s3://locks" in desk.said
    left = json.loads(desk.account.client("s3").get_object(Bucket="locks", Key=key)["Body"].read())
    assert left == {"beat": 0, "fence": 1}


def test_whoever_watches_to_the_end_is_told_that_something_else_runs_although_the_stack_is_green(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk()
    container = {"Name": "web", "Image": "web", "Memory": 128}
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "web", "ContainerDefinitions": [container]}}
    service = {
        "ServiceName": "web",
        "Cluster": {"Ref": "Cluster"},
        "TaskDefinition": {"Ref": "Task"},
        "DesiredCount": 0,
    }
    cluster = {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "shop"}}
    web = {"Type": "AWS::ECS::Service", "Properties": service}
    file = desk.write("app.json", {"Cluster": cluster, "Task": task, "Web": web})
    ecs = desk.account.client("ecs")
    ecs.create_cluster(clusterName="shop")
    former = [{"name": "web", "image": "former", "memory": 128}]
    ecs.register_task_definition(family="former", containerDefinitions=former)
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="former", desiredCount=0)
    assert desk("deploy", file, "--detach", *FLAGS) == 3
    [run] = LocalLedger(state_folder()).runs()
    assert desk("watch", run.id) == 1
    assert "Web runs former:1, which is not the stack's task definition" in desk.said
    assert "the stack is green, but what runs is not what was deployed" in desk.said
