"""Templates of a wanted size for measuring: a VPC with services, functions and stores, alike in every run."""

from __future__ import annotations

from typing import Any

Resources = dict[str, Any]


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def _network() -> Resources:
    """One VPC: two public subnets with NAT, two private ones, endpoints, a cluster, a database. 28 resources."""
    made: Resources = {
        "Vpc": {
            "Type": "AWS::EC2::VPC",
            "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "EnableDnsSupport": True},
        },
        "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        "Attachment": {
            "Type": "AWS::EC2::VPCGatewayAttachment",
            "Properties": {"VpcId": _ref("Vpc"), "InternetGatewayId": _ref("Gateway")},
        },
        "S3Endpoint": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": _ref("Vpc"),
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
                "RouteTableIds": [_ref("PrivateTable0"), _ref("PrivateTable1")],
            },
        },
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "DatabaseGroup": _group("database"),
        "DatabaseSubnets": {
            "Type": "AWS::RDS::DBSubnetGroup",
            "Properties": {
                "DBSubnetGroupDescription": "private",
                "SubnetIds": [_ref("Private0"), _ref("Private1")],
            },
        },
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "DeletionPolicy": "Snapshot",
            "UpdateReplacePolicy": "Snapshot",
            "Properties": {
                "Engine": "postgres",
                "DBInstanceClass": "db.t4g.medium",
                "AllocatedStorage": "20",
                "StorageEncrypted": True,
                "MasterUsername": "app",
                "ManageMasterUserPassword": True,
                "DBSubnetGroupName": _ref("DatabaseSubnets"),
                "VPCSecurityGroups": [_ref("DatabaseGroup")],
            },
        },
    }
    for zone in (0, 1):
        made |= _zone(zone)
    return made


def _zone(zone: int) -> Resources:
    made: Resources = {}
    for kind, block in (("Public", zone), ("Private", zone + 10)):
        made[f"{kind}{zone}"] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": _ref("Vpc"),
                "CidrBlock": f"10.0.{block}.0/24",
                "AvailabilityZone": {"Fn::Select": [zone, {"Fn::GetAZs": ""}]},
            },
        }
        made[f"{kind}Table{zone}"] = {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": _ref("Vpc")}}
        made[f"{kind}Link{zone}"] = {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": _ref(f"{kind}{zone}"), "RouteTableId": _ref(f"{kind}Table{zone}")},
        }
    made[f"PublicRoute{zone}"] = {
        "Type": "AWS::EC2::Route",
        "DependsOn": "Attachment",
        "Properties": {
            "RouteTableId": _ref(f"PublicTable{zone}"),
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": _ref("Gateway"),
        },
    }
    made[f"Address{zone}"] = {"Type": "AWS::EC2::EIP", "DependsOn": "Attachment", "Properties": {"Domain": "vpc"}}
    made[f"Nat{zone}"] = {
        "Type": "AWS::EC2::NatGateway",
        "DependsOn": f"PublicRoute{zone}",
        "Properties": {"SubnetId": _ref(f"Public{zone}"), "AllocationId": _att(f"Address{zone}", "AllocationId")},
    }
    made[f"PrivateRoute{zone}"] = {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": _ref(f"PrivateTable{zone}"),
            "DestinationCidrBlock": "0.0.0.0/0",
            "NatGatewayId": _ref(f"Nat{zone}"),
        },
    }
    return made


def _group(name: str) -> Resources:
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": name, "VpcId": _ref("Vpc")}}


def _role(service: str, *actions: str) -> Resources:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": policy}],
        },
    }


def _unit(n: int) -> Resources:
    """A service, a function and what belongs to them. 13 resources."""
    private = [_ref("Private0"), _ref("Private1")]
    log_options = {
        "awslogs-group": _ref(f"Logs{n}"),
        "awslogs-region": _ref("AWS::Region"),
        "awslogs-stream-prefix": "app",
    }
    container = {
        "Name": "app",
        "Image": "public.ecr.aws/docker/library/nginx:1.29.2",
        "PortMappings": [{"ContainerPort": 8080}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": log_options},
        "Environment": [{"Name": "DATABASE_HOST", "Value": _att("Database", "Endpoint.Address")}],
        "Secrets": [{"Name": "TOKEN", "ValueFrom": _ref(f"Secret{n}")}],
    }
    return {
        f"Logs{n}": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"RetentionInDays": 30},
        },
        f"Secret{n}": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"GenerateSecretString": {"PasswordLength": 40}},
        },
        f"TaskRole{n}": _role("ecs-tasks", "s3:GetObject", "sqs:SendMessage"),
        f"StartRole{n}": _role(
            "ecs-tasks", "logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue"
        ),
        f"Group{n}": _group("service"),
        f"ToDatabase{n}": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": _ref("DatabaseGroup"),
                "SourceSecurityGroupId": _ref(f"Group{n}"),
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
            },
        },
        f"Task{n}": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Cpu": "256",
                "Memory": "512",
                "NetworkMode": "awsvpc",
                "RequiresCompatibilities": ["FARGATE"],
                "ExecutionRoleArn": _att(f"StartRole{n}", "Arn"),
                "TaskRoleArn": _att(f"TaskRole{n}", "Arn"),
                "ContainerDefinitions": [container],
            },
        },
        f"Service{n}": {
            "Type": "AWS::ECS::Service",
            "DependsOn": ["PrivateRoute0", "PrivateRoute1", f"ToDatabase{n}"],
            "Properties": {
                "Cluster": _ref("Cluster"),
                "LaunchType": "FARGATE",
                "DesiredCount": 2,
                "TaskDefinition": _ref(f"Task{n}"),
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {"Subnets": private, "SecurityGroups": [_ref(f"Group{n}")]}
                },
            },
        },
        f"FunctionRole{n}": _role("lambda", "sqs:ReceiveMessage", "ec2:*NetworkInterface*", "logs:*"),
        f"Function{n}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": _att(f"FunctionRole{n}", "Arn"),
                "Timeout": 30,
                "VpcConfig": {"SubnetIds": private, "SecurityGroupIds": [_ref(f"Group{n}")]},
                "Environment": {"Variables": {"QUEUE": _ref(f"Queue{n}")}},
                "Code": {"ZipFile": "import boto3\n\n\ndef handler(event, context):\n    boto3.client('sqs')\n"},
            },
        },
        f"Queue{n}": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180}},
        f"Topic{n}": {"Type": "AWS::SNS::Topic"},
        f"Alarm{n}": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": _att(f"Queue{n}", "QueueName")}],
                "Statistic": "Maximum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": 600,
                "ComparisonOperator": "GreaterThanThreshold",
                "AlarmActions": [_ref(f"Topic{n}")],
            },
        },
    }


def template(resources: int) -> dict[str, Any]:
    """One template with exactly this many resources, 28 at least."""
    made = _network()
    number = 0
    while len(made) + 13 <= resources:
        number += 1
        made |= _unit(number)
    made |= {f"Rest{extra}": {"Type": "AWS::SNS::Topic"} for extra in range(resources - len(made))}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": made}


def world(resources: int, stacks: int) -> list[dict[str, Any]]:
    """Templates with this many resources together: one holds the network, the others import it."""
    network = _network()
    shares: list[Resources] = [network, *({} for _ in range(stacks - 1))]
    units = (resources - len(network)) // 13
    for number in range(units):
        shares[1 + number % (stacks - 1)] |= _unit(number)
    for extra in range(resources - len(network) - units * 13):
        shares[-1 - extra % (stacks - 1)][f"Rest{extra}"] = {"Type": "AWS::SNS::Topic"}
    outputs = {
        name: {"Value": _ref(name), "Export": {"Name": name}}
        for name in ("Vpc", "Private0", "Private1", "DatabaseGroup", "Cluster")
    }
    outputs["Host"] = {"Value": _att("Database", "Endpoint.Address"), "Export": {"Name": "Host"}}
    first, *others = ({"Resources": share} for share in shares)
    return [{**first, "Outputs": outputs}, *(_imported(other, network) for other in others)]


def _imported(tree: Any, network: Resources) -> Any:
    """The tree with imports where it refers to the network."""
    if isinstance(tree, list):
        return [_imported(item, network) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.get("Ref") in network:
        return {"Fn::ImportValue": tree["Ref"]}
    if tree.get("Fn::GetAtt", [""])[0] in network:
        return {"Fn::ImportValue": "Host"}
    return {key: _imported(item, network) for key, item in tree.items() if key != "DependsOn"}


def events(resources: int, stacks: int) -> list[dict[str, Any]]:
    """Templates with about this many resources together: functions, and what calls them, sends to them and keeps them.

    Without a network, but with many relations between resources of a kind.
    """
    shares: list[Resources] = [{"Role": _role("lambda", "sqs:ReceiveMessage", "logs:*")} for _ in range(stacks)]
    for number in range((resources - stacks) // 9):
        shares[number % stacks] |= _chain(number)
    return [{"Resources": share} for share in shares]


def _chain(n: int) -> Resources:
    """A queue behind a topic before a function that a rule calls as well. 9 resources."""
    function, queue = f"Function{n}", f"Queue{n}"
    sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return {
        function: {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": _att("Role", "Arn"),
                "Environment": {"Variables": {"QUEUE": _ref(queue)}},
                "Code": {"ZipFile": "import boto3\n\n\ndef handler(event, context):\n    boto3.client('sqs')\n"},
            },
        },
        queue: {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}},
        f"Policy{n}": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [_ref(queue)],
                "PolicyDocument": {"Statement": [{**sender, "Resource": _att(queue, "Arn")}]},
            },
        },
        f"Topic{n}": {"Type": "AWS::SNS::Topic"},
        f"Subscription{n}": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": _ref(f"Topic{n}"), "Protocol": "sqs", "Endpoint": _att(queue, "Arn")},
        },
        f"Source{n}": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"FunctionName": _ref(function), "EventSourceArn": _att(queue, "Arn")},
        },
        f"Rule{n}": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 day)",
                "Targets": [{"Id": "function", "Arn": _att(function, "Arn")}],
            },
        },
        f"Permission{n}": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": _ref(function),
                "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com",
                "SourceArn": _att(f"Rule{n}", "Arn"),
            },
        },
        f"Logs{n}": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Sub": f"/aws/lambda/${{{function}}}"}, "RetentionInDays": 30},
        },
    }
