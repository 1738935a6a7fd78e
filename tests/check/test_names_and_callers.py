"""Principals of endpoint policies, names of own zones and balancers, caches, ACLs and scheduled tasks: faults and legal twins."""

from __future__ import annotations

import pytest
from districts import Cases, balancer, from_block, from_group, function, group, judge_case, role, service
from towns import att, ref, town, with_database, with_function

case = Cases()


def fg(policy=None, svc="secretsmanager", secrets=True):
    b = town(nat=False, endpoints=("ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"))
    group(b, "TaskSg")
    b.add("Secret", "AWS::SecretsManager::Secret", GenerateSecretString={})
    service(
        b,
        image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
        lb=False,
        container={"Secrets": [{"Name": "S", "ValueFrom": ref("Secret")}]} if secrets else None,
    )
    b.resources["SvcExec"]["Properties"]["Policies"] = [
        {
            "PolicyName": "s",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": ref("Secret")}
                ],
            },
        }
    ]
    if policy is not None:
        b.set(
            "Endpoint"
            + {"secretsmanager": "Secretsmanager", "ecr.api": "EcrApi", "ecr.dkr": "EcrDkr", "logs": "Logs"}[svc],
            PolicyDocument={"Version": "2012-10-17", "Statement": policy},
        )
    return b


def st(action, res="*", eff="Allow", **k):
    return {"Effect": eff, "Principal": "*", "Action": action, "Resource": res, **k}


def pol(**k):
    return [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*", **k}]


@case("policy-own-account")
def policy_own_account():
    return fg(pol(Principal={"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}))


@case("policy-principal-account-condition")
def policy_principal_account_condition():
    return fg(pol(Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ref("AWS::AccountId")}}))


@case("policy-resource-account-condition")
def policy_resource_account_condition():
    return fg(pol(Principal="*", Condition={"StringEquals": {"aws:ResourceAccount": ref("AWS::AccountId")}}))


@case("policy-named-secret-other", ["EndpointSecretsmanager"])
def policy_named_secret_other():
    b = fg(
        pol(
            Principal="*",
            Resource={"Fn::Sub": "arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:other/*"},
        )
    )
    b.set("Secret", Name="prod/db")
    return b


@case("policy-named-secret-right")
def policy_named_secret_right():
    b = fg(pol(Principal="*", Resource={"Fn::Sub": "arn:aws:secretsmanager:*:*:secret:prod/*"}))
    b.set("Secret", Name="prod/db")
    return b


@case("policy-deny-own", ["EndpointSecretsmanager"])
def policy_deny_own():
    return fg(
        [*pol(Principal="*"), {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}]
    )


@case("policy-deny-outside-account")
def policy_deny_outside_account():
    return fg(
        [
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ref("AWS::AccountId")}},
            },
        ]
    )


# node
def node(pkg="secrets-manager", cmd="GetSecretValue", nat=False, eps=("secretsmanager",)):
    b = town(nat=nat, endpoints=eps)
    group(b, "FnSg")
    function(
        b,
        code=f"const {{ X{cmd}Client, {cmd}Command }} = require('@aws-sdk/client-{pkg}');\nexports.handler = async () => new X{cmd}Client({{}}).send(new {cmd}Command({{}}));\n",
        actions=["secretsmanager:GetSecretValue"],
    )
    b.set("Fn", Runtime="nodejs22.x")
    return b


@case("node-secrets-endpoint-ok")
def node_secrets_endpoint_ok():
    return node()


@case("node-secrets-no-endpoint", ["Fn", "PrivateTable", "PrivateSubnet1"])
def node_secrets_no_endpoint():
    return node(eps=("s3",))


# public / private API gateway from VPC
# ALB internal used via env
def viaalb(ing, env="http://${Lb.DNSName}/"):
    b = town()
    group(b, "AlbSg", ingress=ing)
    group(b, "TaskSg", ingress=[from_group(8080, "AlbSg")])
    group(b, "FnSg")
    balancer(b, "internal", ("PrivateSubnet1", "PrivateSubnet2"))
    service(b)
    function(
        b,
        code="import os,requests\ndef handler(e,c): return requests.get(os.environ['API'])",
        env={"API": {"Fn::Sub": env}},
    )
    return b


@case("lambda-internal-alb-closed", ["AlbSg"])
def lambda_internal_alb_closed():
    return viaalb([from_block(80, "192.0.2.0/24")])


@case("lambda-internal-alb-port", ["AlbSg", "Lb", "Listener", "Fn"])
def lambda_internal_alb_port():
    return viaalb([from_block(80, "10.0.0.0/16")], "https://${Lb.DNSName}/")


@case("lambda-internal-alb-ok")
def lambda_internal_alb_ok():
    return viaalb([from_group(80, "FnSg")])


# alias record in own zone to internal alb
def zone(ing, zonevpc="Vpc"):
    b = viaalb(ing, "http://api.corp.internal/")
    b.add(
        "Zone",
        "AWS::Route53::HostedZone",
        Name="corp.internal",
        VPCs=[{"VPCId": ref(zonevpc), "VPCRegion": ref("AWS::Region")}],
    )
    b.add(
        "Rec",
        "AWS::Route53::RecordSet",
        HostedZoneId=ref("Zone"),
        Name="api.corp.internal",
        Type="A",
        AliasTarget={"DNSName": att("Lb", "DNSName"), "HostedZoneId": att("Lb", "CanonicalHostedZoneID")},
    )
    return b


@case("zone-alias-alb-closed", ["AlbSg"])
def zone_alias_alb_closed():
    return zone([from_block(80, "192.0.2.0/24")])


@case("zone-alias-alb-ok")
def zone_alias_alb_ok():
    return zone([from_group(80, "FnSg")])


@case("zone-of-other-vpc", ["Zone", "Fn", "Rec"])
def zone_of_other_vpc():
    b = zone([from_group(80, "FnSg")], "Other")
    b.add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    return b


# public ALB from private lambda without nat
@case("lambda-public-alb-no-nat", ["Fn", "PrivateTable", "PrivateSubnet1", "Lb"])
def lambda_public_alb_no_nat():
    b = town(nat=False)
    group(b, "AlbSg", ingress=[from_block(80, "0.0.0.0/0")])
    group(b, "FnSg")
    balancer(b)
    b.remove("Tg")
    b.set("Listener", DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}])
    function(
        b,
        code="import os,requests\ndef handler(e,c): return requests.get(os.environ['API'])",
        env={"API": {"Fn::Sub": "http://${Lb.DNSName}/"}},
    )
    return b


@case("lambda-public-alb-group-reference", ["AlbSg", "Lb"])
def lambda_public_alb_group_reference():
    b = town()
    group(b, "FnSg")
    group(b, "AlbSg", ingress=[from_group(80, "FnSg")])
    balancer(b)
    b.remove("Tg")
    b.set("Listener", DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}])
    function(
        b,
        code="import os,requests\ndef handler(e,c): return requests.get(os.environ['API'])",
        env={"API": {"Fn::Sub": "http://${Lb.DNSName}/"}},
    )
    return b


# redis etc
def redis(ing):
    b = town()
    group(b, "FnSg")
    group(b, "CacheSg", ingress=ing)
    b.add(
        "Csg",
        "AWS::ElastiCache::SubnetGroup",
        Description="d",
        SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")],
    )
    b.add(
        "Cache",
        "AWS::ElastiCache::ReplicationGroup",
        ReplicationGroupDescription="d",
        CacheNodeType="cache.t4g.micro",
        Engine="valkey",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        CacheSubnetGroupName=ref("Csg"),
        SecurityGroupIds=[att("CacheSg", "GroupId")],
        TransitEncryptionEnabled=True,
    )
    function(
        b,
        code="import os,redis\ndef handler(e,c): return redis.Redis(host=os.environ['H']).ping()",
        env={"H": att("Cache", "PrimaryEndPoint.Address")},
    )
    return b


@case("cache-closed", ["CacheSg"])
def cache_closed():
    return redis([from_group(6380, "FnSg")])


@case("cache-ok")
def cache_ok():
    return redis([from_group(6379, "FnSg")])


# nacl ephemeral for lambda->db other subnet
@case("nacl-ephemeral-too-narrow", ["Acl", "In"])
def nacl_ephemeral_too_narrow():
    b = with_database(with_function(town()))
    b.add("Acl", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
    b.add(
        "In",
        "AWS::EC2::NetworkAclEntry",
        NetworkAclId=ref("Acl"),
        RuleNumber=100,
        Protocol=6,
        RuleAction="allow",
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 49152, "To": 65535},
    )
    b.add(
        "InDb",
        "AWS::EC2::NetworkAclEntry",
        NetworkAclId=ref("Acl"),
        RuleNumber=90,
        Protocol=6,
        RuleAction="allow",
        CidrBlock="10.0.0.0/16",
        PortRange={"From": 0, "To": 65535},
    )
    b.add(
        "Out",
        "AWS::EC2::NetworkAclEntry",
        NetworkAclId=ref("Acl"),
        RuleNumber=100,
        Protocol=-1,
        RuleAction="allow",
        Egress=True,
        CidrBlock="0.0.0.0/0",
    )
    for i in (1, 2):
        b.add(
            f"AclLink{i}",
            "AWS::EC2::SubnetNetworkAclAssociation",
            SubnetId=ref(f"PrivateSubnet{i}"),
            NetworkAclId=ref("Acl"),
        )
    b.resources["Init"]["DependsOn"] += ["In", "InDb", "Out", "AclLink1", "AclLink2"]
    return b


# lambda in VPC calling lambda
@case("lambda-invoke-no-endpoint", ["Fn", "PrivateTable", "PrivateSubnet1"])
def lambda_invoke_no_endpoint():
    b = town(nat=False, endpoints=("s3",))
    group(b, "FnSg")
    function(
        b,
        code="import boto3\ndef handler(e,c): return boto3.client('lambda').invoke(FunctionName='x')\n",
        actions=["lambda:InvokeFunction"],
    )
    return b


# step functions, bedrock
@case("bedrock-endpoint-wrong", ["Fn", "PrivateTable", "PrivateSubnet1", "EndpointBedrock"])
def bedrock_endpoint_wrong():
    b = town(nat=False, endpoints=("bedrock",))
    group(b, "FnSg")
    function(
        b,
        code="import boto3\ndef handler(e,c): return boto3.client('bedrock-runtime').converse(modelId='x')\n",
        actions=["bedrock:InvokeModel"],
    )
    return b


@case("bedrock-endpoint-ok")
def bedrock_endpoint_ok():
    b = town(nat=False, endpoints=("bedrock-runtime",))
    group(b, "FnSg")
    function(
        b,
        code="import boto3\ndef handler(e,c): return boto3.client('bedrock-runtime').converse(modelId='x')\n",
        actions=["bedrock:InvokeModel"],
    )
    return b


# ecs exec, firelens etc skip. scheduled task isolated
@case("scheduled-task-isolated", ["Rule", "PrivateTable", "PrivateSubnet1", "SvcTask"])
def scheduled_task_isolated():
    b = town(nat=False)
    group(b, "TaskSg")
    service(b, lb=False)
    b.remove("Svc")
    role(b, "Ev", "events.amazonaws.com", ["ecs:RunTask"])
    b.add(
        "Rule",
        "AWS::Events::Rule",
        ScheduleExpression="rate(1 day)",
        State="ENABLED",
        Targets=[
            {
                "Id": "t",
                "Arn": att("Cluster", "Arn"),
                "RoleArn": att("Ev", "Arn"),
                "EcsParameters": {
                    "TaskDefinitionArn": ref("SvcTask"),
                    "LaunchType": "FARGATE",
                    "NetworkConfiguration": {
                        "AwsVpcConfiguration": {
                            "Subnets": [ref("PrivateSubnet1")],
                            "SecurityGroups": [att("TaskSg", "GroupId")],
                        }
                    },
                },
            }
        ],
    )
    return b


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
