"""VPC links, tasks on instances, Service Connect, AWS Cloud Map, App Runner and connectors: faults and legal twins."""

from __future__ import annotations

import pytest
from districts import (
    Cases,
    balancer,
    from_block,
    from_group,
    function,
    group,
    judge_case,
    nodes,
    role,
    service,
)
from towns import att, ref, town

case = Cases()


def restlink(ing=None, enforce=None):
    b = town()
    group(b, "TaskSg", ingress=[from_block(8080, "10.0.0.0/16")])
    if ing is not None:
        group(b, "AlbSg", ingress=ing)
    extra = {"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": enforce} if enforce else {}
    balancer(
        b,
        "internal",
        ("PrivateSubnet1", "PrivateSubnet2"),
        ("AlbSg",) if ing is not None else (),
        "network",
        80,
        "TCP",
        **extra,
    )
    service(b)
    b.add("Link", "AWS::ApiGateway::VpcLink", Name="l", TargetArns=[ref("Lb")])
    b.add("Api", "AWS::ApiGateway::RestApi", Name="a")
    b.add(
        "Get",
        "AWS::ApiGateway::Method",
        RestApiId=ref("Api"),
        ResourceId=att("Api", "RootResourceId"),
        HttpMethod="GET",
        AuthorizationType="NONE",
        Integration={
            "Type": "HTTP_PROXY",
            "IntegrationHttpMethod": "GET",
            "ConnectionType": "VPC_LINK",
            "ConnectionId": ref("Link"),
            "Uri": {"Fn::Sub": "http://${Lb.DNSName}/"},
        },
    )
    return b


@case("restlink-enforced-group", ["Lb", "AlbSg"])
def _():
    return restlink([from_group(80, "TaskSg")])


@case("restlink-enforced-vpc-cidr", ["Lb", "AlbSg"])
def _():
    return restlink([from_block(80, "10.0.0.0/16")])


@case("restlink-enforced-wrong-port", ["Lb", "AlbSg"])
def _():
    return restlink([from_block(443, "0.0.0.0/0")])


@case("restlink-off")
def _():
    return restlink([from_block(80, "10.0.0.0/16")], "off")


@case("restlink-any")
def _():
    return restlink([from_block(80, "0.0.0.0/0")])


@case("restlink-nogroup")
def _():
    return restlink()


def httplink(lsg, asg_):
    b = town()
    group(b, "LinkSg", egress=lsg or None)
    group(b, "AlbSg", ingress=asg_)
    group(b, "TaskSg", ingress=[from_group(8080, "AlbSg")])
    balancer(b, "internal", ("PrivateSubnet1", "PrivateSubnet2"))
    service(b)
    b.add(
        "Link",
        "AWS::ApiGatewayV2::VpcLink",
        Name="l",
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
        SecurityGroupIds=[att("LinkSg", "GroupId")],
    )
    return b


def restv2(asg_):
    b = httplink(None, asg_)
    b.add("Api", "AWS::ApiGateway::RestApi", Name="a")
    b.add(
        "Get",
        "AWS::ApiGateway::Method",
        RestApiId=ref("Api"),
        ResourceId=att("Api", "RootResourceId"),
        HttpMethod="GET",
        AuthorizationType="NONE",
        Integration={
            "Type": "HTTP_PROXY",
            "IntegrationHttpMethod": "GET",
            "ConnectionType": "VPC_LINK",
            "ConnectionId": ref("Link"),
            "IntegrationTarget": ref("Lb"),
            "Uri": {"Fn::Sub": "http://${Lb.DNSName}/"},
        },
    )
    return b


@case("rest-v2link-closed", ["AlbSg"])
def _():
    return restv2([from_block(80, "192.0.2.0/24")])


@case("rest-v2link-open")
def _():
    return restv2([from_group(80, "LinkSg")])


def httpint(asg_):
    b = httplink(None, asg_)
    b.add("Api", "AWS::ApiGatewayV2::Api", Name="a", ProtocolType="HTTP")
    b.add(
        "Int",
        "AWS::ApiGatewayV2::Integration",
        ApiId=ref("Api"),
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        ConnectionType="VPC_LINK",
        ConnectionId=ref("Link"),
        IntegrationUri=ref("Listener"),
        PayloadFormatVersion="1.0",
    )
    return b


@case("http-link-closed", ["AlbSg"])
def _():
    return httpint([from_block(80, "192.0.2.0/24")])


@case("http-link-open")
def _():
    return httpint([from_group(80, "LinkSg")])


def httpmap(tsg):
    b = town()
    group(b, "LinkSg")
    group(b, "TaskSg", ingress=tsg)
    b.add("Ns", "AWS::ServiceDiscovery::PrivateDnsNamespace", Name="svc.local", Vpc=ref("Vpc"))
    b.add(
        "Disc",
        "AWS::ServiceDiscovery::Service",
        Name="api",
        NamespaceId=ref("Ns"),
        DnsConfig={"DnsRecords": [{"Type": "SRV", "TTL": 10}]},
    )
    service(
        b,
        lb=False,
        service={
            "ServiceRegistries": [{"RegistryArn": att("Disc", "Arn"), "ContainerName": "app", "ContainerPort": 8080}]
        },
    )
    b.add(
        "Link",
        "AWS::ApiGatewayV2::VpcLink",
        Name="l",
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
        SecurityGroupIds=[att("LinkSg", "GroupId")],
    )
    b.add("Api", "AWS::ApiGatewayV2::Api", Name="a", ProtocolType="HTTP")
    b.add(
        "Int",
        "AWS::ApiGatewayV2::Integration",
        ApiId=ref("Api"),
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        ConnectionType="VPC_LINK",
        ConnectionId=ref("Link"),
        IntegrationUri=att("Disc", "Arn"),
        PayloadFormatVersion="1.0",
    )
    return b


@case("http-link-cloudmap-closed", ["TaskSg"])
def _():
    return httpmap([from_block(8080, "192.0.2.0/24")])


@case("http-link-cloudmap-open")
def _():
    return httpmap([from_group(8080, "LinkSg")])


# --- ECS on EC2
def ec2(
    mode="awsvpc",
    task=("PrivateSubnet1", "PrivateSubnet2"),
    node=("PrivateSubnet1", "PrivateSubnet2"),
    nat=True,
    public=None,
    tasksg=None,
    nodesg=None,
    env=None,
    lb=True,
    assign=None,
    image="nginx:1.27",
    container=None,
    endpoints=(),
):
    b = town(nat=nat, endpoints=endpoints)
    group(b, "AlbSg", ingress=[from_block(80, "0.0.0.0/0")])
    group(b, "TaskSg", ingress=tasksg if tasksg is not None else [from_group(8080, "AlbSg")])
    group(b, "NodeSg", ingress=nodesg or [])
    if lb:
        balancer(b, ttype="ip" if mode == "awsvpc" else "instance")
    nodes(b, subnets=node, public=public)
    service(
        b,
        launch="EC2",
        mode=mode,
        awsvpc=mode == "awsvpc",
        subnets=task,
        env=env,
        lb=lb,
        assign=assign,
        image=image,
        container=container,
        deps=["Nodes"],
    )
    return b


@case("ec2-awsvpc-ok")
def _():
    return ec2()


@case("ec2-awsvpc-nodes-isolated", ["Nodes", "PrivateTable", "Svc", "PrivateSubnet1"])
def _():
    return ec2(nat=False, lb=True)


@case("ec2-awsvpc-task-isolated-node-public-ok")
def _():
    return ec2(nat=False, node=("PublicSubnet1", "PublicSubnet2"), public=True)


@case("ec2-awsvpc-task-public-no-internet", ["Svc"])
def _():
    b = ec2(
        node=("PublicSubnet1", "PublicSubnet2"),
        public=True,
        task=("PublicSubnet1", "PublicSubnet2"),
        container={"Environment": [{"Name": "SECRET", "Value": "x"}]},
    )
    role(b, "TaskRole", "ecs-tasks.amazonaws.com", ["secretsmanager:GetSecretValue"])
    b.set("SvcTask", TaskRoleArn=att("TaskRole", "Arn"))
    return b


@case("ec2-awsvpc-assign-public", ["Svc"])
def _():
    return ec2(assign="ENABLED")


@case("ec2-awsvpc-target-closed", ["TaskSg"])
def _():
    return ec2(tasksg=[from_group(9999, "AlbSg")])


@case("ec2-bridge-closed", ["NodeSg"])
def _():
    return ec2("bridge", nodesg=[from_group(8080, "AlbSg")])


@case("ec2-bridge-ok")
def _():
    return ec2(
        "bridge",
        nodesg=[
            {"IpProtocol": "tcp", "FromPort": 32768, "ToPort": 65535, "SourceSecurityGroupId": att("AlbSg", "GroupId")}
        ],
    )


@case("ec2-host-closed", ["NodeSg"])
def _():
    return ec2("host", nodesg=[from_group(80, "AlbSg")])


@case("ec2-host-ok")
def _():
    return ec2("host", nodesg=[from_group(8080, "AlbSg")])


def provider(nat=True):
    b = ec2(nat=nat, lb=False, tasksg=[])
    b.add("Prov", "AWS::ECS::CapacityProvider", AutoScalingGroupProvider={"AutoScalingGroupArn": ref("Nodes")})
    b.add(
        "Assoc",
        "AWS::ECS::ClusterCapacityProviderAssociations",
        Cluster=ref("Cluster"),
        CapacityProviders=[ref("Prov")],
        DefaultCapacityProviderStrategy=[{"CapacityProvider": ref("Prov")}],
    )
    del b.resources["Svc"]["Properties"]["LaunchType"]
    b.set("Svc", CapacityProviderStrategy=[{"CapacityProvider": ref("Prov"), "Weight": 1}])
    b.resources["Svc"]["DependsOn"].append("Assoc")
    return b


@case("ec2-provider-isolated", ["Nodes", "PrivateTable", "Svc", "PrivateSubnet1"])
def _():
    return provider(False)


@case("ec2-provider-ok")
def _():
    return provider()


@case("ec2-awsvpc-db-closed", ["DbSg"])
def _():
    b = ec2(lb=False)
    group(b, "DbSg", ingress=[from_group(5432, "NodeSg")])
    b.add(
        "Dbs",
        "AWS::RDS::DBSubnetGroup",
        DBSubnetGroupDescription="d",
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
    )
    b.add(
        "Db",
        "AWS::RDS::DBInstance",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage="20",
        DBSubnetGroupName=ref("Dbs"),
        VPCSecurityGroups=[att("DbSg", "GroupId")],
        ManageMasterUserPassword=True,
        MasterUsername="app",
    )
    b.resources["SvcTask"]["Properties"]["ContainerDefinitions"][0]["Environment"] = [
        {"Name": "DB", "Value": att("Db", "Endpoint.Address")}
    ]
    return b


# --- Service Connect and Cloud Map
def connect(ing, url="http://api:8080", alias=True):
    b = town()
    group(b, "ApiSg", ingress=ing)
    group(b, "WebSg")
    b.add("Ns", "AWS::ServiceDiscovery::HttpNamespace", Name="shop")
    b.add("Cluster", "AWS::ECS::Cluster")
    service(
        b,
        "Api",
        groups=("ApiSg",),
        lb=False,
        service={
            "ServiceConnectConfiguration": {
                "Enabled": True,
                "Namespace": att("Ns", "Arn"),
                "Services": [
                    {
                        "PortName": "http",
                        "DiscoveryName": "api",
                        "ClientAliases": [{"Port": 8080, "DnsName": "api"}] if alias else [{"Port": 8080}],
                    }
                ],
            }
        },
    )
    service(
        b,
        "Web",
        groups=("WebSg",),
        lb=False,
        env={"API": url},
        service={"ServiceConnectConfiguration": {"Enabled": True, "Namespace": att("Ns", "Arn")}},
        deps=["Api"],
    )
    return b


@case("connect-closed", ["ApiSg"])
def _():
    return connect([from_block(9090, "10.0.0.0/16")])


@case("connect-open")
def _():
    return connect([from_group(8080, "WebSg")])


@case("connect-default-name-closed", ["ApiSg"])
def _():
    return connect([from_block(9090, "10.0.0.0/16")], "http://api.shop:8080", False)


@case("connect-port-mapped")
def _():
    b = connect([from_group(8080, "WebSg")], "http://api")
    b.resources["Api"]["Properties"]["ServiceConnectConfiguration"]["Services"][0]["ClientAliases"] = [
        {"Port": 80, "DnsName": "api"}
    ]
    return b


def cmap(ing):
    b = town()
    group(b, "ApiSg", ingress=ing)
    group(b, "WebSg")
    b.add("Ns", "AWS::ServiceDiscovery::PrivateDnsNamespace", Name="shop.local", Vpc=ref("Vpc"))
    b.add(
        "Disc",
        "AWS::ServiceDiscovery::Service",
        Name="api",
        DnsConfig={"NamespaceId": ref("Ns"), "DnsRecords": [{"Type": "A", "TTL": 10}]},
    )
    b.add("Cluster", "AWS::ECS::Cluster")
    service(b, "Api", groups=("ApiSg",), lb=False, service={"ServiceRegistries": [{"RegistryArn": att("Disc", "Arn")}]})
    service(b, "Web", groups=("WebSg",), lb=False, env={"API": "http://api.shop.local:8080"}, deps=["Api"])
    return b


@case("cloudmap-closed", ["ApiSg"])
def _():
    return cmap([from_block(9090, "10.0.0.0/16")])


@case("cloudmap-open")
def _():
    return cmap([from_group(8080, "WebSg")])


@case("cloudmap-lambda-closed", ["ApiSg"])
def _():
    b = cmap([from_group(8080, "WebSg")])
    group(b, "FnSg")
    function(
        b,
        code="import os,urllib.request\ndef handler(e,c): return urllib.request.urlopen(os.environ['API'])",
        env={"API": "http://api.shop.local:8080"},
    )
    return b


@case("cloudmap-other-vpc", ["Ns", "Web", "Fn", "Disc"])
def _():
    b = cmap([from_block(8080, "10.0.0.0/8")])
    b.add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True)
    b.set("Ns", Vpc=ref("Other"))
    return b


# --- App Runner
def runner(db, nat=True, actions=()):
    b = town(nat=nat)
    group(b, "ConSg")
    group(b, "DbSg", ingress=db)
    b.add(
        "Dbs",
        "AWS::RDS::DBSubnetGroup",
        DBSubnetGroupDescription="d",
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
    )
    b.add(
        "Db",
        "AWS::RDS::DBInstance",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage="20",
        DBSubnetGroupName=ref("Dbs"),
        VPCSecurityGroups=[att("DbSg", "GroupId")],
        ManageMasterUserPassword=True,
        MasterUsername="app",
    )
    b.add(
        "Con",
        "AWS::AppRunner::VpcConnector",
        Subnets=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
        SecurityGroups=[att("ConSg", "GroupId")],
    )
    role(b, "Inst", "tasks.apprunner.amazonaws.com", actions or ["dynamodb:GetItem"] if actions else ["s3:GetObject"])
    b.add(
        "App",
        "AWS::AppRunner::Service",
        SourceConfiguration={
            "ImageRepository": {
                "ImageIdentifier": "public.ecr.aws/x/y:1",
                "ImageRepositoryType": "ECR_PUBLIC",
                "ImageConfiguration": {
                    "Port": "8080",
                    "RuntimeEnvironmentVariables": [{"Name": "DB", "Value": att("Db", "Endpoint.Address")}],
                },
            }
        },
        NetworkConfiguration={
            "EgressConfiguration": {"EgressType": "VPC", "VpcConnectorArn": att("Con", "VpcConnectorArn")}
        },
    )
    return b


@case("apprunner-db-closed", ["DbSg"])
def _():
    return runner([from_block(5432, "192.0.2.0/24")])


@case("apprunner-db-open")
def _():
    return runner([from_group(5432, "ConSg")])


@case("apprunner-no-connector", ["App"])
def _():
    b = runner([from_group(5432, "ConSg")])
    b.set("App", NetworkConfiguration={"EgressConfiguration": {"EgressType": "DEFAULT"}})
    return b


@case("apprunner-no-netconfig", ["App"])
def _():
    b = runner([from_group(5432, "ConSg")])
    b.resources["App"]["Properties"].pop("NetworkConfiguration")
    return b


@case("apprunner-public-subnets-no-internet", ["Con", "App"])
def _():
    b = runner([from_group(5432, "ConSg")])
    b.set("Con", Subnets=[ref("PublicSubnet1"), ref("PublicSubnet2")])
    b.set("App", InstanceConfiguration={"InstanceRoleArn": att("Inst", "Arn")})
    return b


# --- web functions' connectors
@case("connector-db-closed", ["DbSg"])
def _():
    b = runner([from_group(5432, "FnSg")])
    group(b, "FnSg")
    b.remove("App", "Con")
    b.add(
        "Nc",
        "AWS::Lambda::NetworkConnector",
        Configuration={
            "VpcEgressConfiguration": {
                "AssociatedComputeResourceTypes": ["MicroVm"],
                "NetworkProtocol": "IPv4",
                "SubnetIds": [ref("PrivateSubnet1")],
                "SecurityGroupIds": [att("ConSg", "GroupId")],
            }
        },
    )
    b.add(
        "Img",
        "AWS::Lambda::MicrovmImage",
        Name="x",
        EnvironmentVariables=[{"Key": "DB_HOST", "Value": att("Db", "Endpoint.Address")}],
        EgressNetworkConnectors=[att("Nc", "Arn")],
        BaseImageArn="arn:aws:lambda:eu-west-1:aws:microvm-image:x",
        BaseImageVersion="1",
        BuildRoleArn=att("Inst", "Arn"),
        Description="d",
        CodeArtifact={"Uri": "s3://b/k"},
        Logging={"Disabled": {}},
        CpuConfigurations=[],
        Resources=[],
        AdditionalOsCapabilities=[],
        Hooks={},
    )
    return b


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
