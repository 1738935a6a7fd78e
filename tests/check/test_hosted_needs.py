"""Managed services that borrow subnets: what they must reach, found and judged."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Severity, Verdict
from stackflight.model.need import InternetTarget
from stackflight.read.needs.scripts import read_script

PRIVATE = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]


def _with_group(*, nat: bool = True) -> Town:
    built = with_database(with_function(town(nat=nat))).remove("Init", "Function")
    return built.set("DatabaseGroup", SecurityGroupIngress=[])


def _open(built: Town) -> Town:
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": att("Group", "GroupId")}
    return built.set("DatabaseGroup", SecurityGroupIngress=[rule])


def _app_runner(built: Town) -> None:
    built.add("Connector", "AWS::AppRunner::VpcConnector", Subnets=PRIVATE, SecurityGroups=[ref("Group")])
    variables = [{"Name": "DB", "Value": att("Database", "Endpoint.Address")}]
    image = {"ImageIdentifier": "public.ecr.aws/a/b:1", "ImageRepositoryType": "ECR_PUBLIC", "ImageConfiguration": {"RuntimeEnvironmentVariables": variables}}  # fmt: skip
    egress = {"EgressType": "VPC", "VpcConnectorArn": att("Connector", "VpcConnectorArn")}
    built.add("App", "AWS::AppRunner::Service", SourceConfiguration={"ImageRepository": image}, NetworkConfiguration={"EgressConfiguration": egress})  # fmt: skip


def _replication(built: Town) -> None:
    built.add("Places", "AWS::DMS::ReplicationSubnetGroup", ReplicationSubnetGroupDescription="p", SubnetIds=PRIVATE)
    built.add("Copier", "AWS::DMS::ReplicationInstance", ReplicationInstanceClass="dms.t3.small", ReplicationSubnetGroupIdentifier=ref("Places"), VpcSecurityGroupIds=[ref("Group")])  # fmt: skip
    for name in ("Source", "Target"):
        built.add(name, "AWS::DMS::Endpoint", EndpointType=name.lower(), EngineName="postgres", ServerName=att("Database", "Endpoint.Address"))  # fmt: skip
    built.add("Copy", "AWS::DMS::ReplicationTask", MigrationType="cdc", ReplicationInstanceArn=ref("Copier"), SourceEndpointArn=ref("Source"), TargetEndpointArn=ref("Target"), TableMappings="{}")  # fmt: skip


def _glue(built: Town) -> None:
    url = {"JDBC_CONNECTION_URL": {"Fn::Sub": "jdbc:postgresql://${Database.Endpoint.Address}:5432/app"}}
    place = {"SubnetId": ref("PrivateSubnet1"), "SecurityGroupIdList": [ref("Group")]}
    built.add("Connection", "AWS::Glue::Connection", CatalogId="1", ConnectionInput={"ConnectionType": "JDBC", "ConnectionProperties": url, "PhysicalConnectionRequirements": place})  # fmt: skip


@pytest.mark.parametrize("add", [_app_runner, _replication, _glue])
def test_the_database_has_to_let_it_in(add: Any) -> None:
    closed = _with_group()
    add(closed)
    assert verdict_on(closed.judge(), "Database:5432") is Verdict.NO
    opened = _open(_with_group())
    add(opened)
    assert verdict_on(opened.judge(), "Database:5432") is Verdict.YES


def test_an_app_runner_service_pulls_its_image_outside_the_network() -> None:
    built = _open(_with_group(nat=False))
    _app_runner(built)
    assert not blocking(built.judge())


@pytest.mark.parametrize("injected", [True, False])
def test_what_app_runner_injects_it_fetches_outside_the_network(injected: bool) -> None:
    built = _open(_with_group(nat=False))
    _app_runner(built)
    built.add("Role", "AWS::IAM::Role", AssumeRolePolicyDocument={}, Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}}])  # fmt: skip
    service = built.resources["App"]["Properties"]
    service["InstanceConfiguration"] = {"InstanceRoleArn": att("Role", "Arn")}
    if injected:
        configuration = service["SourceConfiguration"]["ImageRepository"].setdefault("ImageConfiguration", {})
        configuration["RuntimeEnvironmentSecrets"] = [{"Name": "KEY", "Value": "arn:aws:secretsmanager:eu-west-1:1:secret:x"}]  # fmt: skip
    told = [item for item in built.judge().findings if "cannot reach secretsmanager" in item.message]
    assert bool(told) is not injected


@pytest.mark.parametrize("nat", [True, False])
def test_an_airflow_environment_needs_its_buckets_and_queues_to_be_created(nat: bool) -> None:
    built = _with_group(nat=nat)
    own = att("Group", "GroupId")
    built.add("Own", "AWS::EC2::SecurityGroupIngress", GroupId=own, IpProtocol="-1", SourceSecurityGroupId=own)
    built.add("Airflow", "AWS::MWAA::Environment", Name="flow", NetworkConfiguration={"SubnetIds": PRIVATE, "SecurityGroupIds": [ref("Group")]})  # fmt: skip
    assert verdict_on(built.judge(), "sqs") is (Verdict.YES if nat else Verdict.NO)
    assert bool(blocking(built.judge())) is not nat


@pytest.mark.parametrize(
    ("resources", "target"),
    [
        ({"Type": "EC2", "Subnets": PRIVATE}, "ecs-agent"),
        ({"Type": "FARGATE", "Subnets": PRIVATE}, "public.ecr.aws"),
    ],
)  # fmt: skip
def test_jobs_without_a_way_out_are_a_warning(resources: dict[str, Any], target: str) -> None:
    built = town(nat=False)
    built.add("Jobs", "AWS::Batch::ComputeEnvironment", Type="MANAGED", ComputeResources=resources)
    built.add(
        "Job", "AWS::Batch::JobDefinition", Type="container", ContainerProperties={"Image": "public.ecr.aws/a/b:1"}
    )
    judged = built.judge()
    assert verdict_on(judged, target) is Verdict.NO
    found = [item for item in judged.findings if item.check == "workload-cannot-reach-service"]
    assert [item.severity for item in found] == [Severity.WARNING]


@pytest.mark.parametrize(("direct", "told"), [("Disabled", True), ("Enabled", False)])
def test_the_start_script_of_a_notebook_uses_its_subnet(direct: str, told: bool) -> None:
    built = town(nat=False)
    script = {"Fn::Base64": '#!/bin/bash\nsudo -u ec2-user -i bash -c "pip install xgboost"\n'}
    built.add("Config", "AWS::SageMaker::NotebookInstanceLifecycleConfig", OnCreate=[{"Content": script}])
    built.add("Book", "AWS::SageMaker::NotebookInstance", InstanceType="ml.t3.medium", SubnetId=ref("PrivateSubnet1"), DirectInternetAccess=direct, LifecycleConfigName=att("Config", "NotebookInstanceLifecycleConfigName"))  # fmt: skip
    judged = built.judge()
    assert (
        any("Book" in item.resources and "the Python package index" in item.message for item in judged.findings) is told
    )
    assert not blocking(judged)


@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        ("pip3 install flask", {"the Python package index"}),
        ("sudo python3 -m pip install --upgrade pip", {"the Python package index"}),
        ("npm install -g pm2", {"the npm registry"}),
        ("phases: {build: {commands: [npm ci, 'echo x']}}", {"the npm registry"}),
        ("pip install -r requirements.txt", {"the Python package index"}),
        ("pip install ./wheel.whl", set()),
        ("pip install --no-index --find-links /opt/wheels flask", set()),
        ("export PIP_INDEX_URL=https://example.internal/simple\npip install flask", set()),
        ("pip install flask || true", set()),
        ("echo pip install flask", set()),
        ("# pip install flask", set()),
        ("apk add --no-cache jq", {""}),
        ("snap install jq", {"the Snap Store"}),
        ("apt-get install -y ./agent.deb", set()),
        ("apt-get install -y jq ./agent.deb", {""}),
        ("dnf install -y https://dl.example.com/x.rpm", {"dl.example.com"}),
        ("podman run -d nginx", set()),
        ("podman run -d quay.io/x/y:1", {"quay.io"}),
        ("cat > a.yaml <<E\nservices:\n  web:\n    image: nginx:1\nE\ndocker compose up -d", {"registry-1.docker.io"}),
        ("docker compose up -d", set()),
    ],
)
def test_a_script_that_installs_packages_or_starts_images_fetches_them(line: str, hosts: set[str]) -> None:
    assert {host for _, host, _ in read_script("#!/bin/bash\n" + line + "\n").fetches} == hosts


def _bridged(first: int, last: int, **mapping: Any) -> Town:
    """A service in bridge mode behind a balancer, on instances that join its cluster."""
    built = _open(_with_group())
    built.add("Cluster", "AWS::ECS::Cluster")
    built.add("Front", "AWS::EC2::SecurityGroup", GroupDescription="f", VpcId=ref("Vpc"))
    rule = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "SourceSecurityGroupId": ref("Front")}
    built.add("Nodes", "AWS::EC2::SecurityGroup", GroupDescription="n", VpcId=ref("Vpc"), SecurityGroupIngress=[rule])
    script = {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config\n"}}
    built.add("Template", "AWS::EC2::LaunchTemplate", LaunchTemplateData={"UserData": script, "SecurityGroupIds": [ref("Nodes")]})  # fmt: skip
    template = {"LaunchTemplateId": ref("Template"), "Version": att("Template", "LatestVersionNumber")}
    built.add("Machines", "AWS::AutoScaling::AutoScalingGroup", ["PrivateRoute"], VPCZoneIdentifier=PRIVATE, MinSize="1", MaxSize="1", LaunchTemplate=template)  # fmt: skip
    public = [ref("PublicSubnet1"), ref("PublicSubnet2")]
    built.add("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", ["PublicRoute"], Subnets=public, SecurityGroups=[ref("Front")])  # fmt: skip
    built.add("Targets", "AWS::ElasticLoadBalancingV2::TargetGroup", VpcId=ref("Vpc"), Protocol="HTTP", Port=80)
    built.add("Listener", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP", DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}])  # fmt: skip
    container = {"Name": "app", "Image": "nginx:1", "Memory": 128, "PortMappings": [{"ContainerPort": 8080, **mapping}], "Environment": [{"Name": "DB", "Value": att("Database", "Endpoint.Address")}]}  # fmt: skip
    built.add("Task", "AWS::ECS::TaskDefinition", ContainerDefinitions=[container])
    return built.add("Service", "AWS::ECS::Service", ["Listener", "Machines"], Cluster=ref("Cluster"), TaskDefinition=ref("Task"), LoadBalancers=[{"ContainerName": "app", "ContainerPort": 8080, "TargetGroupArn": ref("Targets")}])  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "mapping", "target", "verdict"),
    [
        (80, 80, {}, "Service on port 32768-60999", Verdict.NO),
        (8080, 8080, {"HostPort": 0}, "Service on port 32768-60999", Verdict.NO),
        (32768, 65535, {"HostPort": 0}, "Service on port 32768-60999", Verdict.YES),
        (49153, 65535, {}, "Service on port 32768-60999", Verdict.UNKNOWN),
        (8080, 8080, {"HostPort": 80}, "Service:80", Verdict.NO),
        (80, 80, {"HostPort": 80}, "Service:80", Verdict.YES),
    ],
)
def test_a_service_in_bridge_mode_answers_on_its_instances(
    first: int, last: int, mapping: dict[str, Any], target: str, verdict: Verdict
) -> None:
    judged = _bridged(first, last, **mapping).judge()
    assert verdict_on(judged, target) is verdict
    assert ("target-unreachable" in {item.check for item in blocking(judged)}) is (verdict is Verdict.NO)


def test_a_service_in_bridge_mode_calls_from_its_instances() -> None:
    built = _bridged(80, 80, HostPort=80)
    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": ref("Nodes")}
    assert verdict_on(built.set("DatabaseGroup", SecurityGroupIngress=[rule]).judge(), "Database:5432") is Verdict.YES


@pytest.mark.parametrize(
    ("step", "port"),
    [
        ("curl -fsS http://get.example.com/a", 80),
        ("curl -fsS https://get.example.com/a", 443),
        ("wget http://get.example.com:8080/a", 8080),
        ("apt-get update", 80),
        ("sed -i s/http:/https:/ /etc/apt/sources.list\napt-get update", None),
        ("pip install flask", 443),
    ],
)
def test_a_command_fetches_from_the_port_of_its_scheme(step: str, port: int | None) -> None:
    built = town()
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    built.add("Machine", "AWS::EC2::Instance", SubnetId=PRIVATE[0], SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": f"#!/bin/bash\n{step}\n"})  # fmt: skip
    found = [item.need.target.port for item in built.judge().reaches if isinstance(item.need.target, InternetTarget)]
    assert found == ([port] if port else [])
