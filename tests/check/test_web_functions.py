"""Web functions and their connectors: a fault, a function without connector, and a legal twin."""

from __future__ import annotations

import pytest
from districts import Cases, from_block, from_group, group, judge_case, role
from towns import att, ref, town

case = Cases()


def runner(db):
    b = town()
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
    role(b, "Inst", "tasks.apprunner.amazonaws.com", ["s3:GetObject"])
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


def web(ing, connector=True):
    b = runner(ing)
    b.remove("App", "Con")
    role(b, "WebRole", "lambda.amazonaws.com")
    b.add(
        "Nc",
        "AWS::Lambda::NetworkConnector",
        Name="nc",
        Configuration={
            "VpcEgressConfiguration": {
                "AssociatedComputeResourceTypes": ["WebFunction"],
                "NetworkProtocol": "IPv4",
                "SubnetIds": [ref("PrivateSubnet1"), ref("PrivateSubnet2")],
                "SecurityGroupIds": [att("ConSg", "GroupId")],
            }
        },
    )
    b.add("Web", "AWS::Lambda::WebFunction", FunctionName="web")
    c = {"ExecutionRoleArn": att("WebRole", "Arn"), "EnvironmentVariables": {"DB_HOST": att("Db", "Endpoint.Address")}}
    if connector:
        c["EgressNetworkConnectorArn"] = att("Nc", "LatestVersionArn")
    b.add(
        "Rev",
        "AWS::Lambda::WebFunctionRevision",
        FunctionName=ref("Web"),
        BuildConfig={"CodeConfig": {"S3Object": {"Bucket": "b", "Key": "k"}}, "RuntimeConfig": {"Runtime": "nodejs24"}},
        ServiceConfig=c,
    )
    return b


@case("web-function-db-closed", ["DbSg"])
def web_function_db_closed():
    return web([from_block(5432, "192.0.2.0/24")])


@case("web-function-db-open")
def web_function_db_open():
    return web([from_group(5432, "ConSg")])


@case("web-function-without-connector", ["Rev"])
def web_function_without_connector():
    return web([from_group(5432, "ConSg")], False)


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
