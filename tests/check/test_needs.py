"""What each kind of workload is found to need, and that its path is judged."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.check.registry import Verdicts
from stackflight.model.finding import Severity, Verdict
from stackflight.read.needs.scripts import read_script

PRIVATE = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]


def group(built: Town, name: str, **rules: Any) -> dict[str, Any]:
    built.add(name, "AWS::EC2::SecurityGroup", GroupDescription=name, VpcId=ref("Vpc"), **rules)
    return att(name, "GroupId")


def found(verdicts: Verdicts, workload: str) -> dict[str, Verdict]:
    return {
        item.need.target.title: item.verdict for item in verdicts.reaches if item.need.workload.address.id == workload
    }


def service(built: Town, image: str, **container: Any) -> Town:
    built.add("Cluster", "AWS::ECS::Cluster")
    built.add(
        "Task", "AWS::ECS::TaskDefinition",
        NetworkMode="awsvpc", Cpu="256", Memory="512", RequiresCompatibilities=["FARGATE"],
        ContainerDefinitions=[{"Name": "web", "Image": image, **container}],
    )  # fmt: skip
    built.add(
        "Service", "AWS::ECS::Service", ["PrivateLink1", "PrivateLink2"],
        Cluster=ref("Cluster"), LaunchType="FARGATE", TaskDefinition=ref("Task"),
        NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": PRIVATE, "SecurityGroups": [group(built, "TaskGroup")]}},
    )  # fmt: skip
    return built


@pytest.mark.parametrize(
    ("image", "targets"),
    [
        ("nginx:1.27", {"registry-1.docker.io"}),
        ("ghcr.io/owner/app:v1", {"ghcr.io"}),
        ("public.ecr.aws/docker/library/nginx:1", {"public.ecr.aws"}),
        ({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"}, {"ecr.api", "ecr.dkr", "s3"}),
        ("REPOSITORY_URI:TAG", set()),
        ({"Ref": "Image"}, set()),
    ],
)
def test_an_image_says_where_it_is_pulled_from(image: Any, targets: set[str]) -> None:
    built = service(town(), image)
    built.parameters["Image"] = {"Type": "String"}
    assert found(built.judge(), "Service").keys() == targets


def test_secrets_parameters_and_logs_are_needs_of_their_own() -> None:
    built = service(
        town(nat=False, endpoints=("ecr.api", "ecr.dkr", "s3", "logs")),
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
        Secrets=[
            {"Name": "A", "ValueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a"},
            {"Name": "B", "ValueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/b"},
        ],
        LogConfiguration={"LogDriver": "awslogs"},
    )
    verdicts = found(built.judge(), "Service")
    assert {name for name, verdict in verdicts.items() if verdict is Verdict.NO} == {"secretsmanager", "ssm"}
    assert verdicts["logs"] is Verdict.YES


def test_a_file_system_without_mount_target_in_the_zone_cannot_be_mounted() -> None:
    built = service(town(), "nginx:1.27")
    built.set("Task", Volumes=[{"Name": "data", "EFSVolumeConfiguration": {"FilesystemId": ref("Files")}}])
    built.add("Files", "AWS::EFS::FileSystem")
    mount = group(
        built, "FilesGroup",
        SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "CidrIp": "10.0.0.0/16"}],
    )  # fmt: skip
    for index in (1, 2):
        built.add(
            f"Mount{index}", "AWS::EFS::MountTarget",
            FileSystemId=ref("Files"), SubnetId=ref(f"PrivateSubnet{index}"), SecurityGroups=[mount],
        )  # fmt: skip
    assert found(built.judge(), "Service")["Files:2049"] is Verdict.YES
    built.remove("Mount2")
    verdicts = built.judge()
    assert found(verdicts, "Service")["Files:2049"] is Verdict.INTERMITTENT
    assert blocking(verdicts)[0].resources[0] == "Files"


def test_a_provider_outside_the_vpc_answers_for_its_handler() -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager",)))
    built.add(
        "Framework", "AWS::Lambda::Function",
        Role=att("Role", "Arn"), Code={"S3Bucket": "b", "S3Key": "k"}, Handler="framework.onEvent", Runtime="nodejs22.x",
        Environment={"Variables": {"USER_ON_EVENT_FUNCTION_ARN": att("Function", "Arn")}},
    )  # fmt: skip
    built.set("Init", ServiceToken=att("Framework", "Arn"))
    verdicts = built.judge()
    assert found(verdicts, "Init") == {"secretsmanager": Verdict.YES}
    assert not blocking(verdicts)


def test_a_function_outside_the_vpc_does_not_reach_a_private_database() -> None:
    built = with_database(with_function(town()), PubliclyAccessible=False)
    del built.resources["Function"]["Properties"]["VpcConfig"]
    assert [item.severity for item in built.judge().findings if item.check == "database-unreachable"] == [
        Severity.WARNING
    ]
    built.set("Function", Code={"ZipFile": "import psycopg2\n"})
    (finding,) = [item for item in blocking(built.judge()) if item.check == "database-unreachable"]
    assert (finding.resources[0], finding.code) == ("Function", "DISCONNECTED_VPCS")


@pytest.mark.parametrize(
    ("code", "runs", "severity"),
    [
        ("def handler(event, context): return 1", False, Severity.WARNING),
        ("import psycopg\ndef handler(event, context): psycopg.connect()", False, Severity.BLOCKING),
        ("import cfnresponse\ndef handler(event, context): return 1", True, Severity.BLOCKING),
    ],
)
def test_a_function_surely_connects_where_it_has_a_driver_or_runs_while_the_stack_changes(
    code: str, runs: bool, severity: Severity
) -> None:
    built = with_database(with_function(town(endpoints=("secretsmanager", "s3"))))
    built.set("DatabaseGroup", SecurityGroupIngress=[])
    built.set("Function", Code={"ZipFile": code})
    if not runs:
        del built.resources["Init"]
    findings = [item for item in built.judge().findings if item.check == "database-unreachable"]
    assert [item.severity for item in findings] == [severity]


def test_an_instance_that_signals_needs_its_way_out() -> None:
    script = "#!/bin/bash\nyum install -y httpd\n/opt/aws/bin/cfn-signal -e $? --stack s --resource Machine\n"
    built = town(nat=False)
    built.add(
        "Machine", "AWS::EC2::Instance", ["PrivateLink1"],
        SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[group(built, "MachineGroup")], UserData={"Fn::Base64": script},
    )  # fmt: skip
    assert not blocking(built.judge())
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT15M"}}
    (finding,) = blocking(built.judge())
    assert finding.consequence == "times-out"
    assert "cloudformation (signal CloudFormation)" in finding.message


def test_container_instances_register_through_their_own_interface() -> None:
    built = town(nat=False)
    built.add("Cluster", "AWS::ECS::Cluster")
    built.add(
        "Template", "AWS::EC2::LaunchTemplate",
        LaunchTemplateData={
            "SecurityGroupIds": [group(built, "MachineGroup")],
            "UserData": {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config\n"}},
        },
    )  # fmt: skip
    built.add(
        "Machines", "AWS::AutoScaling::AutoScalingGroup",
        VPCZoneIdentifier=PRIVATE, MinSize="1", MaxSize="1", LaunchTemplate={"LaunchTemplateId": ref("Template"), "Version": "1"},
    )  # fmt: skip
    assert set(found(built.judge(), "Machines").values()) == {Verdict.NO}


def test_a_proxy_needs_its_database() -> None:
    built = with_database(with_function(town()))
    built.add(
        "Proxy", "AWS::RDS::DBProxy",
        DBProxyName="proxy", EngineFamily="POSTGRESQL", RoleArn=att("Role", "Arn"), Auth=[{}],
        VpcSubnetIds=PRIVATE, VpcSecurityGroupIds=[group(built, "ProxyGroup")],
    )  # fmt: skip
    built.add(
        "ProxyTargets", "AWS::RDS::DBProxyTargetGroup", ["Database"],
        DBProxyName=ref("Proxy"), TargetGroupName="default", DBInstanceIdentifiers=[ref("Database")],
    )  # fmt: skip
    assert found(built.judge(), "Proxy") == {"Database:5432": Verdict.NO}
    built.resources["DatabaseGroup"]["Properties"]["SecurityGroupIngress"].append(
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": att("ProxyGroup", "GroupId")}
    )
    assert found(built.judge(), "Proxy") == {"Database:5432": Verdict.YES}


def test_a_build_in_a_vpc_needs_its_sources_and_logs() -> None:
    built = town(nat=False, endpoints=("logs",))
    built.add(
        "Build", "AWS::CodeBuild::Project",
        Source={"Type": "GITHUB", "Location": "https://github.com/owner/app"}, Artifacts={"Type": "NO_ARTIFACTS"},
        Environment={"Image": "aws/codebuild/standard:7.0"}, ServiceRole="arn:aws:iam::123456789012:role/build",
        VpcConfig={"VpcId": ref("Vpc"), "Subnets": PRIVATE, "SecurityGroupIds": [group(built, "BuildGroup")]},
    )  # fmt: skip
    assert found(built.judge(), "Build") == {"logs": Verdict.YES, "github.com": Verdict.NO}


def test_a_hosted_rotation_needs_secrets_manager_and_the_database() -> None:
    built = with_database(with_function(town(nat=False, endpoints=("s3", "secretsmanager"))))
    built.add("Password", "AWS::SecretsManager::Secret")
    built.add(
        "Attachment2",
        "AWS::SecretsManager::SecretTargetAttachment",
        SecretId=ref("Password"),
        TargetId=ref("Database"),
        TargetType="AWS::RDS::DBInstance",
    )
    built.add(
        "Rotation", "AWS::SecretsManager::RotationSchedule",
        SecretId=ref("Attachment2"),
        HostedRotationLambda={
            "RotationType": "PostgreSQLSingleUser",
            "VpcSubnetIds": {"Fn::Join": [",", PRIVATE]},
            "VpcSecurityGroupIds": group(built, "RotationGroup"),
        },
    )  # fmt: skip
    assert found(built.judge(), "Rotation") == {"secretsmanager": Verdict.YES, "Database:5432": Verdict.NO}


def test_a_vpc_link_needs_the_listener_of_its_integration() -> None:
    built = town()
    balancer = group(
        built,
        "BalancerGroup",
        SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "192.168.0.0/16"}],
    )
    built.add(
        "Balancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Scheme="internal",
        Subnets=PRIVATE,
        SecurityGroups=[balancer],
    )
    built.add(
        "Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Balancer"),
        Port=80,
        Protocol="HTTP",
        DefaultActions=[],
    )
    built.add(
        "Link",
        "AWS::ApiGatewayV2::VpcLink",
        Name="link",
        SubnetIds=PRIVATE,
        SecurityGroupIds=[group(built, "LinkGroup")],
    )
    built.add("Api", "AWS::ApiGatewayV2::Api", Name="api", ProtocolType="HTTP")
    built.add(
        "Integration", "AWS::ApiGatewayV2::Integration",
        ApiId=ref("Api"), IntegrationType="HTTP_PROXY", ConnectionType="VPC_LINK", ConnectionId=ref("Link"), IntegrationUri=ref("Listener"),
    )  # fmt: skip
    assert found(built.judge(), "Link") == {"Balancer:80": Verdict.NO}


def test_a_network_balancer_without_groups_checks_health_from_its_subnets() -> None:
    built = service(town(), "nginx:1.27", PortMappings=[{"ContainerPort": 80}])
    built.add(
        "Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", Type="network", Scheme="internal", Subnets=PRIVATE
    )
    built.add(
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        VpcId=ref("Vpc"),
        Port=80,
        Protocol="TCP",
        TargetType="ip",
    )
    built.add(
        "Listener", "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Balancer"), Port=80, Protocol="TCP", DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}],
    )  # fmt: skip
    built.set(
        "Service", LoadBalancers=[{"ContainerName": "web", "ContainerPort": 80, "TargetGroupArn": ref("Targets")}]
    )
    built.resources["Service"]["DependsOn"].append("Listener")
    assert verdict_on(built.judge(), "Service:80") is Verdict.NO
    built.set(
        "TaskGroup", SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/16"}]
    )
    assert verdict_on(built.judge(), "Service:80") is Verdict.YES


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        ("*", Verdict.YES),
        (["secretsmanager:*"], Verdict.YES),
        ("sns:Publish", Verdict.NO),
        ("secretsmanager:Get*", Verdict.YES),
        ("secretsmanager:Describe*", Verdict.NO),
    ],
)
def test_an_endpoint_policy_is_part_of_the_path(actions: Any, verdict: Verdict) -> None:
    built = with_function(town(endpoints=("secretsmanager",))).set(
        "EndpointSecretsmanager",
        PolicyDocument={"Statement": [{"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"}]},
    )
    assert verdict_on(built.judge(), "secretsmanager") is verdict


def test_peering_needs_a_route_on_both_sides() -> None:
    built = with_database(with_function(town()))
    built.add("Far", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    built.add("FarTable", "AWS::EC2::RouteTable", VpcId=ref("Far"))
    for index in (1, 2):
        zone = {"Fn::Select": [index - 1, {"Fn::GetAZs": ""}]}
        built.add(
            f"FarSubnet{index}",
            "AWS::EC2::Subnet",
            VpcId=ref("Far"),
            CidrBlock=f"10.9.{index}.0/24",
            AvailabilityZone=zone,
        )
        built.add(
            f"FarLink{index}",
            "AWS::EC2::SubnetRouteTableAssociation",
            SubnetId=ref(f"FarSubnet{index}"),
            RouteTableId=ref("FarTable"),
        )
    built.set("DatabaseSubnets", SubnetIds=[ref("FarSubnet1"), ref("FarSubnet2")])
    built.set(
        "DatabaseGroup", VpcId=ref("Far"),
        SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"}],
    )  # fmt: skip
    built.add("Peering", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Far"))
    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO
    built.add(
        "There",
        "AWS::EC2::Route",
        RouteTableId=ref("PrivateTable"),
        DestinationCidrBlock="10.9.0.0/16",
        VpcPeeringConnectionId=ref("Peering"),
    )
    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO
    built.add(
        "Back",
        "AWS::EC2::Route",
        RouteTableId=ref("FarTable"),
        DestinationCidrBlock="10.0.0.0/16",
        VpcPeeringConnectionId=ref("Peering"),
    )
    assert verdict_on(built.judge(), "Database:5432") is Verdict.YES


SCRIPT = """#!/bin/bash
# curl https://comment.example.com/is-ignored
dnf install -y docker
value=$(aws secretsmanager get-secret-value --secret-id x)
aws --region eu-west-1 s3 cp s3://bucket/key /tmp/key
aws configure set region eu-west-1
docker run ghcr.io/owner/app:v1.2
docker pull --quiet nginx
docker pull --quiet "$2" > /dev/null
curl -fsS http://169.254.169.254/latest/meta-data/instance-id
curl -fsSL https://downloads.example.com/tool -o /usr/local/bin/tool
"""


def test_a_script_is_read_for_commands_and_not_for_comments() -> None:
    facts = read_script(SCRIPT)
    assert facts.packages == "dnf install -y docker"
    assert facts.services == ("s3", "secretsmanager")
    assert facts.registries == ("ghcr.io", "registry-1.docker.io")
    assert [(what, host) for what, host, _ in facts.fetches] == [
        ("a download", "downloads.example.com"), ("images", "ghcr.io"), ("images", "registry-1.docker.io"),
    ]  # fmt: skip
    assert facts.called == ("secretsmanager",)
    assert not facts.signals


def test_packages_of_amazon_linux_come_through_a_gateway_endpoint() -> None:
    script = "dnf install -y nginx\ncfn-signal -e $? --stack s --resource Machine\n"
    built = town(nat=False, endpoints=("s3", "cloudformation"))
    built.add(
        "Machine", "AWS::EC2::Instance", ["PrivateLink1", "EndpointS3", "EndpointCloudformation"],
        SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[group(built, "MachineGroup")], UserData={"Fn::Base64": script},
    )  # fmt: skip
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT15M"}}
    assert not blocking(built.judge())
    built.set("Machine", UserData={"Fn::Base64": script.replace("dnf", "apt-get")})
    assert [item.check for item in blocking(built.judge())] == ["workload-cannot-reach-internet"]


@pytest.mark.parametrize(("waits", "services"), [(False, {"lambda"}), (True, {"lambda", "states"})])
def test_a_provider_framework_polls_only_where_it_has_a_state_machine(waits: bool, services: set[str]) -> None:
    """Its own code holds a client for Step Functions either way."""
    built = with_function(town(nat=False)).remove("Init")
    code = "const sfn = require('@aws-sdk/client-sfn'); const { Lambda } = require('@aws-sdk/client-lambda');"
    variables = {"USER_ON_EVENT_FUNCTION_ARN": "arn"} | ({"WAITER_STATE_MACHINE_ARN": "arn"} if waits else {})
    built.set("Function", Code={"ZipFile": code}, Environment={"Variables": variables})
    sure = {reach.need.target.title for reach in built.judge().reaches if reach.need.certainty == "proved"}
    assert sure == services
