"""One correct application, and one defect at a time planted into it: each is found, and nothing before.

The defects are the ones that general-purpose checkers were measured with: 14 of the network, 25 others that a
template decides.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from towns import Town, att, ref, town, with_database, with_function

from stackflight.model.finding import Severity

PRIVATE = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]
PUBLIC = [ref("PublicSubnet1"), ref("PublicSubnet2")]
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
REGION = ref("AWS::Region")


def trusted(service: str) -> dict[str, Any]:
    document = copy.deepcopy(TRUST)
    document["Statement"][0]["Principal"] = {"Service": service}
    return document


def application() -> Town:
    """A function with its database and a service with its load balancer, document store and API; all of it works."""
    built = with_database(with_function(town(endpoints=("secretsmanager", "s3"))))
    built.add(
        "Password", "AWS::SecretsManager::Secret",
        GenerateSecretString={
            "SecretStringTemplate": '{"username":"app"}', "GenerateStringKey": "password", "ExcludePunctuation": True
        },
    )  # fmt: skip
    _add_documents(built)
    _add_service(built)
    _add_api(built)
    return built


def _add_documents(built: Town) -> None:
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 27017,
        "ToPort": 27017,
        "SourceSecurityGroupId": att("TaskGroup", "GroupId"),
    }
    built.add(
        "DocumentsGroup", "AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("Vpc"), SecurityGroupIngress=[rule]
    )
    built.add("DocumentsSubnets", "AWS::DocDB::DBSubnetGroup", DBSubnetGroupDescription="d", SubnetIds=PRIVATE)
    built.add(
        "Documents", "AWS::DocDB::DBCluster",
        DBSubnetGroupName=ref("DocumentsSubnets"), VpcSecurityGroupIds=[att("DocumentsGroup", "GroupId")],
        MasterUsername={"Fn::Sub": "{{resolve:secretsmanager:${Password}:SecretString:username}}"},
        MasterUserPassword={"Fn::Sub": "{{resolve:secretsmanager:${Password}:SecretString:password}}"},
    )  # fmt: skip
    built.add(
        "DocumentsInstance",
        "AWS::DocDB::DBInstance",
        DBClusterIdentifier=ref("Documents"),
        DBInstanceClass="db.t4g.medium",
    )


def _add_service(built: Town) -> None:
    built.add("BalancerGroup", "AWS::EC2::SecurityGroup", GroupDescription="b", VpcId=ref("Vpc"), SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}])  # fmt: skip
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 8080,
        "ToPort": 8080,
        "SourceSecurityGroupId": att("BalancerGroup", "GroupId"),
    }
    built.add(
        "TaskGroup", "AWS::EC2::SecurityGroup", GroupDescription="t", VpcId=ref("Vpc"), SecurityGroupIngress=[rule]
    )
    built.add(
        "Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", ["PublicRoute"],
        Subnets=PUBLIC, SecurityGroups=[att("BalancerGroup", "GroupId")],
    )  # fmt: skip
    built.add(
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        VpcId=ref("Vpc"),
        Port=8080,
        Protocol="HTTP",
        TargetType="ip",
    )
    built.add(
        "Listener", "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP", DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}],
    )  # fmt: skip
    built.add("Cluster", "AWS::ECS::Cluster")
    built.add("Logs", "AWS::Logs::LogGroup", RetentionInDays=7)
    built.add(
        "ExecutionRole", "AWS::IAM::Role", AssumeRolePolicyDocument=trusted("ecs-tasks.amazonaws.com"),
        ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
        Policies=[
            {
                "PolicyName": "secret",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": ref("Password")}],
                },
            }
        ],
    )  # fmt: skip
    container = {
        "Name": "web",
        "Image": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"},
        "PortMappings": [{"ContainerPort": 8080}],
        "Environment": [{"Name": "MONGO", "Value": att("Documents", "Endpoint")}],
        "Secrets": [{"Name": "PASSWORD", "ValueFrom": {"Fn::Sub": "${Password}:password::"}}],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": ref("Logs"), "awslogs-region": REGION, "awslogs-stream-prefix": "web"},
        },
    }
    built.add(
        "Task", "AWS::ECS::TaskDefinition",
        NetworkMode="awsvpc", Cpu="256", Memory="512", RequiresCompatibilities=["FARGATE"],
        ExecutionRoleArn=att("ExecutionRole", "Arn"), ContainerDefinitions=[container],
    )  # fmt: skip
    built.add(
        "Service", "AWS::ECS::Service", ["Listener", "PrivateRoute", "PrivateLink1", "PrivateLink2", "DocumentsInstance", "EndpointS3"],
        Cluster=ref("Cluster"), LaunchType="FARGATE", TaskDefinition=ref("Task"), DesiredCount=1,
        LoadBalancers=[{"ContainerName": "web", "ContainerPort": 8080, "TargetGroupArn": ref("Targets")}],
        NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": PRIVATE, "SecurityGroups": [att("TaskGroup", "GroupId")]}},
    )  # fmt: skip


def _add_api(built: Town) -> None:
    built.add("Api", "AWS::ApiGateway::RestApi", Name="api", EndpointConfiguration={"Types": ["REGIONAL"]})
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
    built.add(
        "Method", "AWS::ApiGateway::Method",
        RestApiId=ref("Api"), ResourceId=att("Api", "RootResourceId"), HttpMethod="ANY", AuthorizationType="NONE",
        Integration={"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri}},
    )  # fmt: skip
    built.add("Release", "AWS::ApiGateway::Deployment", ["Method"], RestApiId=ref("Api"))
    built.add(
        "Invoke",
        "AWS::Lambda::Permission",
        FunctionName=ref("Function"),
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )


def container(built: Town) -> dict[str, Any]:
    return built.resources["Task"]["Properties"]["ContainerDefinitions"][0]


def cut(built: Town, *names: str) -> None:
    """Remove resources and every DependsOn on them."""
    built.remove(*names)
    for resource in built.resources.values():
        if "DependsOn" in resource:
            resource["DependsOn"] = [name for name in resource["DependsOn"] if name not in names]


def no_way_out(built: Town) -> None:
    cut(built, "PrivateRoute", "EndpointSecretsmanager", "EndpointS3")


def no_route_for_answer(built: Town) -> None:
    cut(built, "PrivateRoute", "EndpointS3")


def closed_return_ports(built: Town) -> None:
    common = {"NetworkAclId": ref("Acl"), "RuleNumber": 100, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    built.add("Acl", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    built.add("AclOut", "AWS::EC2::NetworkAclEntry", **common, Protocol=-1, Egress=True)
    built.add("AclIn", "AWS::EC2::NetworkAclEntry", **common, Protocol=6, PortRange={"From": 443, "To": 443})
    for index in (1, 2):
        built.add(
            f"AclLink{index}",
            "AWS::EC2::SubnetNetworkAclAssociation",
            SubnetId=ref(f"PrivateSubnet{index}"),
            NetworkAclId=ref("Acl"),
        )


def second_private_dns(built: Town) -> None:
    built.resources["Twin"] = copy.deepcopy(built.resources["EndpointSecretsmanager"])


def before_its_route(built: Town) -> None:
    """Without the database's address in its environment nothing makes the function wait long enough."""
    built.resources["Init"].pop("DependsOn")
    built.resources["Function"]["Properties"].pop("Environment")


def endpoints_instead(built: Town, **changed: Any) -> None:
    cut(built, "PrivateRoute")
    built.set("EndpointSecretsmanager", **changed)


def in_one_zone(built: Town, name: str) -> None:
    built.set(name, AvailabilityZone={"Fn::Select": [0, {"Fn::GetAZs": ""}]})


def circular_groups(built: Town) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "SourceSecurityGroupId": att("TaskGroup", "GroupId")}
    built.set("BalancerGroup", SecurityGroupIngress=[rule])


def named_table(built: Town, **attributes: str) -> None:
    built.add(
        "Table",
        "AWS::DynamoDB::Table",
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    built.resources["Table"].update(attributes)


def certificate_elsewhere(built: Town) -> None:
    built.add(
        "Site", "AWS::CloudFront::Distribution",
        DistributionConfig={
            "Enabled": True,
            "Aliases": ["www.example.com"],
            "Origins": [{"Id": "o", "DomainName": "origin.example.com", "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}}],
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
            "ViewerCertificate": {"AcmCertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/x", "SslSupportMethod": "sni-only"},
        },
    )  # fmt: skip


def integration(built: Town, **changed: Any) -> None:
    built.resources["Method"]["Properties"]["Integration"].update(changed)


def weak_role(built: Town) -> None:
    built.set("Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"])


def two_equal_names(built: Town) -> None:
    for name in ("One", "Two"):
        built.add(name, "AWS::SQS::Queue", QueueName="orders")


UNREACHABLE = "workload-cannot-reach-service"
NETWORK: dict[str, tuple[Callable[[Town], Any], str]] = {
    "no NAT and no endpoints": (no_way_out, UNREACHABLE),
    "NAT gateway in the subnet that it serves": (lambda t: t.set("Nat", SubnetId=ref("PrivateSubnet1")), UNREACHABLE),
    "public subnet without a route to the internet gateway": (lambda t: cut(t, "PublicRoute"), UNREACHABLE),
    "no path for the answer of a custom resource": (no_route_for_answer, UNREACHABLE),
    "endpoint group closed": (lambda t: t.set("EndpointGroup", SecurityGroupIngress=[]), UNREACHABLE),
    "function group egress too narrow": (
        lambda t: t.set("Group", SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"}]),
        UNREACHABLE,
    ),
    "private DNS off and no NAT": (lambda t: endpoints_instead(t, PrivateDnsEnabled=False), UNREACHABLE),
    "private DNS on, DNS hostnames off": (lambda t: t.set("Vpc", EnableDnsHostnames=False), UNREACHABLE),
    "database group without ingress": (lambda t: t.set("DatabaseGroup", SecurityGroupIngress=[]), "database-unreachable"),
    "image cannot be pulled": (lambda t: cut(t, "PrivateRoute"), UNREACHABLE),
    "ACL drops the return ports": (closed_return_ports, UNREACHABLE),
    "subnets silently on the main route table": (lambda t: cut(t, "PrivateLink1", "PrivateLink2"), UNREACHABLE),
    "gateway endpoint on the wrong route table": (
        lambda t: (cut(t, "PrivateRoute"), t.set("EndpointS3", RouteTableIds=[ref("PublicTable")])), UNREACHABLE,
    ),
    "function in public subnets": (
        lambda t: (cut(t, "EndpointS3"), t.set("Function", VpcConfig={"SubnetIds": PUBLIC, "SecurityGroupIds": [att("Group", "GroupId")]})),
        UNREACHABLE,
    ),
}  # fmt: skip
OTHERS: dict[str, tuple[Callable[[Town], Any], str]] = {
    "endpoint subnets in one zone": (lambda t: in_one_zone(t, "PrivateSubnet2"), "two-subnets-in-one-zone"),
    "two private DNS endpoints for one service": (second_private_dns, "private-dns-twice"),
    "ServiceTimeout below the function's": (lambda t: t.set("Init", ServiceTimeout=30), "service-timeout-below-function-timeout"),
    "custom resource before its route": (before_its_route, "path-not-ready"),
    "service before the database instance": (lambda t: t.resources["Service"]["DependsOn"].remove("DocumentsInstance"), "path-not-ready"),
    "duplicate literal name": (two_equal_names, "name-taken-twice"),
    "hard-coded zone": (lambda t: t.set("PrivateSubnet1", AvailabilityZone="us-east-1a"), "zone-of-another-region"),
    "circular group references": (circular_groups, "circular-dependency"),
    "role lacks GetSecretValue": (lambda t: t.resources["Role"]["Properties"].pop("Policies"), "call-not-allowed"),
    "JSON key that the secret does not have": (
        lambda t: container(t).update(Secrets=[{"Name": "P", "ValueFrom": {"Fn::Sub": "${Password}:passwort::"}}]), "secret-key-not-written",
    ),
    "health-check port that nothing opens": (lambda t: t.set("Targets", HealthCheckPort="9090"), "target-unreachable"),
    "container port not in the task definition": (
        lambda t: t.set("Service", LoadBalancers=[{"ContainerName": "web", "ContainerPort": 8081, "TargetGroupArn": ref("Targets")}]),
        "container-port-not-mapped",
    ),
    "subnet group in one zone": (lambda t: in_one_zone(t, "PrivateSubnet2"), "too-few-zones"),
    "subnet group of one subnet": (lambda t: t.set("DatabaseSubnets", SubnetIds=PRIVATE[:1]), "too-few-zones"),
    "retained with a literal name": (lambda t: named_table(t, DeletionPolicy="Retain"), "retained-name-blocks-retry"),
    "role may not make network interfaces": (weak_role, "function-cannot-join-vpc"),
    "certificate of another Region": (certificate_elsewhere, "certificate-of-another-region"),
    "API integration of 300 s": (lambda t: integration(t, TimeoutInMillis=300000), "integration-timeout-past-quota"),
    "streaming without the streaming URI": (lambda t: integration(t, ResponseTransferMode="STREAM"), "streaming-uri-mismatch"),
    "load balancer with two subnets in one zone": (lambda t: in_one_zone(t, "PublicSubnet2"), "too-few-zones"),
    "open public database": (
        lambda t: (t.set("Database", PubliclyAccessible=True), t.set("DatabaseGroup", SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}])),
        "database-open-to-the-world",
    ),
}  # fmt: skip
RISKS: dict[str, tuple[Callable[[Town], Any], str]] = {
    "deletion protection with DeletionPolicy Delete": (
        lambda t: (t.set("Database", DeletionProtection=True), t.resources["Database"].update(DeletionPolicy="Delete")), "protected-from-deletion",
    ),
    "repository that will hold images": (lambda t: t.add("Images", "AWS::ECR::Repository"), "not-empty-on-delete"),
}  # fmt: skip


def found(built: Town) -> dict[str, Severity]:
    return {finding.check: finding.severity for finding in built.judge().findings}


def test_the_application_itself_is_silent() -> None:
    assert {check for check, severity in found(application()).items() if severity is not Severity.NOTE} == set()


@pytest.mark.parametrize("defect", NETWORK)
def test_a_network_defect_is_proved(defect: str) -> None:
    plant, check = NETWORK[defect]
    built = application()
    plant(built)
    assert found(built).get(check) is Severity.BLOCKING


@pytest.mark.parametrize("defect", OTHERS)
def test_another_defect_is_at_least_a_warning(defect: str) -> None:
    plant, check = OTHERS[defect]
    built = application()
    plant(built)
    assert found(built).get(check) in {Severity.BLOCKING, Severity.WARNING}, json.dumps(found(built))


@pytest.mark.parametrize("defect", RISKS)
def test_a_risk_of_the_removal_is_at_least_a_note(defect: str) -> None:
    plant, check = RISKS[defect]
    built = application()
    plant(built)
    assert check in found(built)
