"""Legal variants that look like a defect: every one of them deploys, and every contract stays silent about it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from judging import found, judge

from stackflight.check.containers.capacity import memory_mib
from stackflight.check.readers.answers import answered_keys
from stackflight.check.settings.schedules import wrong_schedule
from stackflight.check.stores.databases import offered
from stackflight.check.stores.parameter_groups import family_of
from stackflight.model.finding import Severity
from stackflight.read.needs.code import read_code

NETWORK = """
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
One:
  Type: AWS::EC2::Subnet
  Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs '']}
Two:
  Type: AWS::EC2::Subnet
  Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Select [1, !GetAZs '']}
"""


def network(resources: str) -> str:
    return NETWORK + textwrap.dedent(resources)


def test_a_network_load_balancer_may_have_one_subnet() -> None:
    balancer = """
    Balancer:
      Type: AWS::ElasticLoadBalancingV2::LoadBalancer
      Properties: {Type: %s, Scheme: internal, Subnets: [!Ref One]}
    """

    assert not found(network(balancer % "network"), "too-few-zones")
    assert found(network(balancer % "application"), "too-few-zones")


def test_a_list_parameter_in_place_of_the_subnets_is_a_question_and_no_proof() -> None:
    balancer = """
    Balancer:
      Type: AWS::ElasticLoadBalancingV2::LoadBalancer
      Properties: {Scheme: internal, Subnets: [!Ref Subnets]}
    """
    head = "Parameters: {Subnets: {Type: CommaDelimitedList}}"

    assert not found(balancer, "too-few-zones", head)


def test_subnets_of_a_literal_and_of_a_symbolic_zone_are_not_compared() -> None:
    resources = """
    Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
    One:
      Type: AWS::EC2::Subnet
      Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs '']}
    Two: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}}
    Endpoint:
      Type: AWS::EC2::VPCEndpoint
      Properties: {VpcId: !Ref Vpc, VpcEndpointType: Interface, ServiceName: x, SubnetIds: [!Ref One, !Ref Two]}
    """

    assert not found(resources, "two-subnets-in-one-zone")


def test_a_zone_name_of_the_stacks_own_region_is_no_finding() -> None:
    subnet = "Disk: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: eu-central-1a, Size: 10}}\n"

    assert not found(subnet, "zone-of-another-region", region="eu-central-1")
    [warned] = found(subnet, "zone-of-another-region")
    [blocked] = found(subnet, "zone-of-another-region", region="eu-west-1")
    assert (warned.severity, blocked.severity) == (Severity.WARNING, Severity.BLOCKING)


def test_a_custom_resource_that_is_given_the_vpc_may_attach_a_gateway() -> None:
    resources = """
    Balancer:
      Type: AWS::ElasticLoadBalancingV2::LoadBalancer
      Properties: {Scheme: internet-facing, Subnets: [!Ref One, !Ref Two]}
    """
    helper = """
    Gateway: {Type: Custom::Gateway, Properties: {ServiceToken: arn:aws:lambda:eu-west-1:111122223333:function:x, Vpc: !Ref Vpc}}
    """

    assert found(network(resources), "vpc-without-internet-gateway")
    assert not found(network(resources + helper), "vpc-without-internet-gateway")


def test_target_types_follow_the_network_mode_of_the_tasks() -> None:
    resources = """
    Group: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Protocol: HTTP, Port: 80, TargetType: %s}}
    Task:
      Type: AWS::ECS::TaskDefinition
      Properties: {NetworkMode: %s, ContainerDefinitions: [{Name: app, Image: nginx, Memory: 64, PortMappings: [{ContainerPort: 80}]}]}
    Service:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: !Ref Task
        LoadBalancers: [{ContainerName: app, ContainerPort: 80, TargetGroupArn: !Ref Group}]
    """

    assert not found(resources % ("instance", "bridge"), "target-type-against-network-mode")
    assert not found(resources % ("ip", "awsvpc"), "target-type-against-network-mode")
    assert found(resources % ("ip", "bridge"), "target-type-against-network-mode")
    assert found(resources % ("instance", "awsvpc"), "target-type-against-network-mode")


CLUSTER = """
Cluster: {Type: AWS::ECS::Cluster}
Task: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: app, Image: nginx, Memory: 64}]}}
Service:
  Type: AWS::ECS::Service
  Properties: {Cluster: !Ref Cluster, LaunchType: EC2, TaskDefinition: !Ref Task, %s}
"""


def test_services_that_start_no_task_need_no_instances() -> None:
    assert found(CLUSTER % "DesiredCount: 1", "cluster-without-instances")
    assert not found(CLUSTER % "DesiredCount: 0", "cluster-without-instances")
    assert not found(CLUSTER % "SchedulingStrategy: DAEMON", "cluster-without-instances")


def test_instances_whose_start_script_is_unknown_may_join_any_cluster() -> None:
    node = """
Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0123456789abcdef0, UserData: !Ref Script}}
"""
    head = "Parameters: {Script: {Type: String}}"

    assert not found(CLUSTER % "DesiredCount: 1" + node, "cluster-without-instances", head)


SECRET = """
Secret:
  Type: AWS::SecretsManager::Secret
  Properties: {GenerateSecretString: {SecretStringTemplate: '{"username": "app"}', GenerateStringKey: password}}
Database:
  Type: AWS::RDS::DBInstance
  Properties: {Engine: postgres, DBInstanceClass: db.t4g.micro, AllocatedStorage: '20', MasterUsername: app, ManageMasterUserPassword: true}
Parameter:
  Type: AWS::SSM::Parameter
  Properties: {Type: String, Value: !Sub '{{resolve:secretsmanager:${Secret}:SecretString:host}}'}
"""


def test_an_attachment_writes_the_keys_of_the_database_into_the_secret() -> None:
    attachment = """
Attachment:
  Type: AWS::SecretsManager::SecretTargetAttachment
  Properties: {SecretId: !Ref Secret, TargetId: !Ref Database, TargetType: AWS::RDS::DBInstance}
"""

    [missing] = found(SECRET, "secret-key-not-written")
    assert missing.severity is Severity.BLOCKING
    assert not found(SECRET + attachment, "secret-key-not-written")


def test_a_function_that_is_given_the_secret_may_write_any_key() -> None:
    writer = """
Writer:
  Type: AWS::Lambda::Function
  Properties: {Role: !Ref Given, Code: {S3Bucket: b, S3Key: k}, Environment: {Variables: {SECRET: !Ref Secret}}}
"""

    [doubt] = found(SECRET + writer, "secret-key-not-written", "Parameters: {Given: {Type: String}}")
    assert doubt.severity is Severity.WARNING


FUNCTION = """
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
    ManagedPolicyArns: [%s]
Function:
  Type: AWS::Lambda::Function
  Properties:
    Runtime: python3.13
    Handler: index.handler
    Role: !GetAtt Role.Arn
    Code: {S3Bucket: b, S3Key: k}
    VpcConfig: {SubnetIds: [subnet-0123456789abcdef0], SecurityGroupIds: [sg-0123456789abcdef0]}
"""


def test_a_managed_policy_that_we_do_not_know_may_allow_anything() -> None:
    base = "arn:aws:iam::aws:policy/"

    assert found(FUNCTION % f"{base}service-role/AWSLambdaBasicExecutionRole", "function-cannot-join-vpc")
    assert not found(FUNCTION % f"{base}AmazonEC2FullAccess", "function-cannot-join-vpc")
    assert not found(FUNCTION % "!Ref Given", "function-cannot-join-vpc", "Parameters: {Given: {Type: String}}")
    assert not found(FUNCTION % "!ImportValue shared-policy", "function-cannot-join-vpc")


def test_trust_in_every_service_of_a_partition_is_understood() -> None:
    resources = """
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Statement: [{Effect: Allow, Principal: {Service: [!Sub 'lambda.${AWS::URLSuffix}', edgelambda.amazonaws.com]}, Action: sts:AssumeRole}]
    Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Code: {S3Bucket: b, S3Key: k}}}
    """

    assert not found(resources, "role-cannot-be-assumed")


def test_resources_of_a_policy_that_are_arns_wildcards_or_unknown_are_no_finding() -> None:
    policy = """
    Topic: {Type: AWS::SNS::Topic}
    Bucket: {Type: AWS::S3::Bucket}
    Policy:
      Type: AWS::IAM::ManagedPolicy
      Properties:
        PolicyDocument:
          Statement:
            - Effect: Allow
              Action: '*'
              Resource: ['*', !Ref Topic, !GetAtt Bucket.Arn, !Sub '${Bucket.Arn}/*', !Sub 'arn:${AWS::Partition}:s3:::${Bucket}', !Ref Given, !ImportValue topic]
    """

    assert not found(policy, "policy-resource-not-arn", "Parameters: {Given: {Type: String}}")


def test_a_names_unknown_parts_do_not_make_it_wrong() -> None:
    bucket = "Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '%s'}}\n"

    assert not found(bucket % "${AWS::StackName}-files-${AWS::AccountId}", "bucket-name-invalid")
    assert not found(bucket % "{{resolve:ssm:/Name/Of/Bucket}}", "bucket-name-invalid")
    assert found(bucket % "${AWS::StackName}_files", "bucket-name-invalid")


def test_two_resources_of_one_name_under_opposite_conditions_are_one() -> None:
    head = """
    Parameters: {Kind: {Type: String}}
    Conditions: {Big: !Equals [!Ref Kind, big], Small: !Not [!Equals [!Ref Kind, big]]}
    """
    topics = """
    One: {Type: AWS::SNS::Topic, Condition: Big, Properties: {TopicName: news}}
    Two: {Type: AWS::SNS::Topic, Condition: Small, Properties: {TopicName: news}}
    """

    assert not found(topics, "name-taken-twice", head)
    assert found(topics.replace("Condition: Big, ", "").replace("Condition: Small, ", ""), "name-taken-twice", head)


def test_a_shell_variable_of_the_scripts_own_is_no_placeholder() -> None:
    machine = """
    Name: {Type: AWS::SNS::Topic}
    Machine:
      Type: AWS::EC2::Instance
      Properties:
        UserData:
          Fn::Base64: |
            #!/bin/bash
            Name=web
            echo ${Name} ${HOME} ${FOO:-bar}
    """

    assert not found(machine, "placeholder-not-rendered")


def test_a_template_with_a_macro_may_have_types_and_properties_that_we_do_not_know() -> None:
    resources = "Thing: {Type: AWS::Strange::Thing}\nTrail: {Type: AWS::CloudTrail::Trail}\n"

    assert {item.check for item in judge(resources)} == {"unknown-resource-type", "required-property-missing"}
    assert not judge(resources, "Transform: [OurMacro]")


def test_an_alarm_on_the_full_name_of_a_balancer_can_fire() -> None:
    alarm = """
    Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: !Ref Subnets}}
    Alarm:
      Type: AWS::CloudWatch::Alarm
      Properties:
        Namespace: AWS/ApplicationELB
        MetricName: %s
        Dimensions: [{Name: LoadBalancer, Value: !GetAtt Balancer.LoadBalancerFullName}]
        Statistic: %s
        Period: 60
        EvaluationPeriods: 1
        Threshold: 3000
        ComparisonOperator: GreaterThanThreshold
    """
    head = "Parameters: {Subnets: {Type: CommaDelimitedList}}"

    assert not found(alarm % ("RequestCount", "Sum"), "alarm-never-fires", head)
    assert found(alarm % ("TargetResponseTime", "Average"), "alarm-never-fires", head)


def test_an_engine_version_and_its_parameter_family_belong_together() -> None:
    pairs: Mapping[tuple[str, str], str] = {
        ("postgres", "16.6"): "postgres16",
        ("postgres", "9.6.24"): r"postgres9\.6",
        ("mysql", "8.0.41"): r"mysql8\.0",
        ("aurora-postgresql", "15.4"): "aurora-postgresql15",
        ("docdb", "5.0.0"): r"docdb5\.\d+",
        ("neptune", "1.1.1.0"): "neptune1",
        ("redis", "6.2"): r"redis6\.x",
        ("valkey", "8.0"): "valkey8",
    }

    assert {pair: family_of(*pair) for pair in pairs} == pairs
    assert family_of("oracle-ee", "19") is None


def test_schedules_are_told_right_from_wrong() -> None:
    right = [
        "rate(1 minute)",
        "rate(5 minutes)",
        "cron(0 12 * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "at(2030-01-01T00:00:00)",
    ]
    wrong = [
        "rate(1 minutes)",
        "rate(5 minute)",
        "cron(0 12 * * * *)",
        "cron(0 12 * * ?)",
        "every day",
        "rate(0 hours)",
        "cron(15 12 ? * 0 *)",
        "cron(60 12 * * ? *)",
        "cron(0 8-24 ? * MON-FRI *)",
        "cron(0 12 1 13 ? *)",
        "cron(15 12 ? * -1 *)",
    ]

    assert [text for text in right if wrong_schedule(text)] == []
    assert [text for text in wrong if not wrong_schedule(text)] == []


def test_calls_are_read_from_clients_of_a_literal_name_only() -> None:
    code = """
    import boto3
    secrets = boto3.client("secretsmanager")
    other = boto3.client(name)
    def handler(event, context):
        secrets.get_secret_value(SecretId="x")
        other.delete_everything()
        boto3.client("s3").upload_file("a", "b", "c")
        secrets.get_paginator("list_secrets")
    """

    assert _actions(code) == {"secretsmanager:GetSecretValue", "s3:PutObject"}
    assert _actions("this is no Python") == set()


def _actions(source: str) -> set[str]:
    return {call.action for client in read_code(textwrap.dedent(source)).clients for call in client.calls}


def test_python_and_javascript_need_the_same_actions_for_the_same_calls() -> None:
    python = """
    import boto3
    boto3.client("sqs").send_message_batch()
    boto3.client("s3").list_objects_v2()
    boto3.client("lambda").invoke()
    boto3.client("dynamodb").transact_write_items()
    """
    script = """
    import { SQSClient, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
    import { ListObjectsV2Command } from "@aws-sdk/client-s3";
    import { InvokeCommand } from "@aws-sdk/client-lambda";
    import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
    new SendMessageBatchCommand(); new ListObjectsV2Command(); new InvokeCommand(); new TransactWriteItemsCommand();
    """
    expected = {"sqs:SendMessage", "s3:ListBucket", "lambda:InvokeFunction"}
    assert _actions(python) == _actions(script) == expected


def test_the_keys_of_an_answer_are_read_or_left_open() -> None:
    send = "import cfnresponse\ndef handler(event, context):\n    %s\n    cfnresponse.send(event, context, 'SUCCESS', %s)\n"

    assert answered_keys(send % ("data = {'A': 1}; data['B'] = 2", "data")) == {"A", "B"}
    assert answered_keys(send % ("pass", "{'A': 1}")) == {"A"}
    assert answered_keys(send % ("data = compute()", "data")) is None
    assert answered_keys(send % ("data = {}; data.update(compute())", "data")) is None
    assert answered_keys(send % ("data = {}; fill(data)", "data")) is None
    assert answered_keys(send % ("data = {}; data[event['x']] = 1", "data")) is None


def test_tables_answer_for_what_they_hold_and_nothing_else() -> None:
    assert offered("mysql", "db.t2.micro") is False
    assert offered("postgres", "db.t4g.micro") is True
    assert offered("aurora-postgresql", "db.serverless") is True
    assert offered("oracle-ee", "db.t3.medium") is None
    assert (memory_mib("t3.small"), memory_mib("m5.xlarge"), memory_mib("c6g.large")) == (2048, 16384, 4096)
    assert memory_mib("x2gd.metal") is None


def test_a_bucket_policy_that_lets_load_balancers_write_may_name_an_account_or_a_service() -> None:
    resources = """
    Logs: {Type: AWS::S3::Bucket}
    Policy:
      Type: AWS::S3::BucketPolicy
      Properties:
        Bucket: !Ref Logs
        PolicyDocument: {Statement: [{Effect: Allow, Principal: %s, Action: 's3:PutObject', Resource: !Sub '${Logs.Arn}/*'}]}
    Balancer:
      Type: AWS::ElasticLoadBalancingV2::LoadBalancer
      Properties:
        Scheme: internal
        Subnets: !Ref Subnets
        LoadBalancerAttributes: [{Key: access_logs.s3.enabled, Value: 'true'}, {Key: access_logs.s3.bucket, Value: !Ref Logs}]
    """
    head = "Parameters: {Subnets: {Type: CommaDelimitedList}}"

    for principal in (
        "{AWS: 'arn:aws:iam::127311923021:root'}",
        "{Service: logdelivery.elasticloadbalancing.amazonaws.com}",
        "{Service: delivery.logs.amazonaws.com}",
        "'*'",
    ):
        assert not found(resources % principal, "log-bucket-not-writable", head), principal
    assert found(resources % "{Service: cloudtrail.amazonaws.com}", "log-bucket-not-writable", head)


def test_an_identity_provider_of_a_cluster_of_the_same_deployment_is_not_registered_yet() -> None:
    provider = """
    Cluster:
      Type: AWS::EKS::Cluster
      Properties: {RoleArn: 'arn:aws:iam::111122223333:role/r', ResourcesVpcConfig: {SubnetIds: [subnet-1, subnet-2]}}
    Provider: {Type: AWS::IAM::OIDCProvider, Properties: {Url: %s, ClientIdList: [sts.amazonaws.com]}}
    """

    assert not found(provider % "!GetAtt Cluster.OpenIdConnectIssuerUrl", "once-per-account")
    assert found(provider % "https://token.actions.githubusercontent.com", "once-per-account")


def test_attributes_that_no_key_uses_are_told_in_the_right_number() -> None:
    table = """
    Table:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        KeySchema: [{AttributeName: id, KeyType: HASH}]
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}%s]
    """

    [one] = found(table % ", {AttributeName: colour, AttributeType: S}", "table-contradiction")
    [two] = found(
        table % ", {AttributeName: colour, AttributeType: S}, {AttributeName: size, AttributeType: N}",
        "table-contradiction",
    )
    assert "the attribute colour is defined, and no key uses it: " in one.message
    assert "the attributes colour and size are defined, and no key uses them: " in two.message
