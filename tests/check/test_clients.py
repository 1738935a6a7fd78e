"""Where the calls of code go: to another Region, to an endpoint's own name, through a proxy, or nowhere at all."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from judging import judge_world
from towns import PACE, Town, att, blocking, ref, town, verdict_on, with_function

from stackflight.local.folder import LocalFolder
from stackflight.model.call import Call
from stackflight.model.finding import Verdict
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.needs.clients import Client, python_clients
from stackflight.read.needs.code import read_code
from stackflight.read.needs.python_names import Names

REPLY = "import cfnresponse, os, boto3, urllib.request\ndef handler(event, context):\n    {}\n    cfnresponse.send(event, context, cfnresponse.SUCCESS, {{}})\n"  # fmt: skip


def calling(code: str, built: Town | None = None, **variables: Any) -> Town:
    town_ = built if built is not None else with_function(town(nat=False, endpoints=("s3", "secretsmanager")))
    return town_.set("Function", Code={"ZipFile": code}, Environment={"Variables": variables})


@pytest.mark.parametrize(
    ("code", "clients"),
    [
        ("boto3.client('rds').generate_db_auth_token(H, 1, 'u')", []),
        ("c = boto3.client('rds')\nc.generate_db_auth_token(H, 1, 'u')", []),
        ("c = boto3.client('s3')\nc.generate_presigned_url('get_object')\nc.get_object()", [Client("s3", calls=(Call("s3:GetObject", part="/${?}"),), whole=True)]),
        ("c = boto3.client('rds')\nuse(c)", [Client("rds")]),
        ("boto3.client('sqs', region_name='eu-west-1').send()", [Client("sqs", "eu-west-1")]),
        ("R = 'eu-west-1'\nboto3.client('sqs', region_name=R).send()", [Client("sqs", "eu-west-1")]),
        ("boto3.Session(region_name='eu-west-1').client('sqs').send()", [Client("sqs", "eu-west-1")]),
        ("boto3.client('sqs', region_name=pick()).send()", [Client("sqs", "${?}")]),
        ("boto3.client('sqs', endpoint_url=f'https://{os.environ[\"E\"]}').send()", [Client("sqs", "", "https://${env:E}")]),
        ("boto3.client('sqs', endpoint_url=os.getenv('E')).send()", [Client("sqs", "", "${env:E}")]),
        ("boto3.resource(service_name='dynamodb').Table('t')", [Client("dynamodb")]),
        ("from boto3 import client as made\nmade('sqs').send()", [Client("sqs")]),
        ("botocore.session.get_session().create_client('sqs').send()", [Client("sqs")]),
        ("NAME = 'sqs'\nboto3.client(NAME).send()", [Client("sqs")]),
        ("def made(name):\n    return boto3.client(name)\nmade('sqs').send()\nmade('sns').send()", [Client("sqs"), Client("sns")]),
        ("def made(name, **more):\n    return boto3.client(name, **more)\nmade('sqs', region_name='eu-west-1')", [Client("sqs", "eu-west-1")]),
        ("made = {name: boto3.client(name) for name in ('sqs', 'sns')}", [Client("sqs"), Client("sns")]),
        ("boto3.client(os.environ['SERVICE']).send()", []),
    ],
)  # fmt: skip
def test_a_client_is_read_with_what_it_is_given(code: str, clients: list[Client]) -> None:
    assert python_clients(Names(ast.parse(code))) == clients


@pytest.mark.parametrize(
    ("code", "client"),
    [
        ("const {S3Client} = require('@aws-sdk/client-s3'); new S3Client({region: 'eu-west-1'}).send(x)", Client("s3", "eu-west-1")),
        ("const {SQSClient} = require('@aws-sdk/client-sqs'); new SQSClient({endpoint: process.env.E}).send(x)", Client("sqs", "", "${env:E}")),
        ("const a = new AWS.SQS({region: 'eu-west-1'}); a.sendMessage()", Client("sqs", "eu-west-1", calls=(Call("sqs:SendMessage", "${?}"),), whole=True)),
    ],
)  # fmt: skip
def test_javascript_is_read_the_same_way(code: str, client: Client) -> None:
    assert read_code(code).clients == (client,)


@pytest.mark.parametrize(
    ("code", "service"),
    [
        ("boto3.client('ses').send_email()", "email"),
        ("boto3.client('emr').list_clusters()", "elasticmapreduce"),
        ("boto3.client('sagemaker-runtime').invoke_endpoint()", "sagemaker.runtime"),
        ("boto3.client('stepfunctions').start_execution()", "states"),
        ("const c = require('@aws-sdk/client-cognito-identity-provider')", "cognito-idp"),
        ("const c = require('@aws-sdk/client-config-service')", "config"),
        ("const l = new AWS.CloudWatchLogs()", "logs"),
        ("const c = new AWS.CognitoIdentityServiceProvider()", "cognito-idp"),
    ],
)
def test_a_client_goes_to_the_endpoint_of_its_service_whatever_the_sdk_calls_it(code: str, service: str) -> None:
    assert [client.service for client in read_code(code).clients] == [service]


def test_an_endpoint_that_is_called_otherwise_than_the_client_serves_it() -> None:
    built = calling(REPLY.format("boto3.client('ses').send_email()"))
    given = {
        **built.resources["EndpointSecretsmanager"]["Properties"],
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.email"},
    }
    built.add("EndpointEmail", "AWS::EC2::VPCEndpoint", **given)
    assert verdict_on(built.judge(), "email") is Verdict.YES
    send = {"Effect": "Allow", "Principal": "*", "Action": "ses:SendEmail", "Resource": "*"}
    built.set("EndpointEmail", PolicyDocument={"Statement": [send]})
    assert verdict_on(built.judge(), "email") is not Verdict.NO


def test_a_token_that_is_signed_inside_the_process_needs_no_way_to_the_service() -> None:
    built = calling(REPLY.format("boto3.client('rds').generate_db_auth_token('h', 1, 'u')"))
    assert not blocking(built.judge())


def test_a_gateway_endpoint_serves_buckets_of_its_own_region() -> None:
    built = calling(REPLY.format("boto3.client('s3', region_name='us-east-1').list_buckets()"))
    built.set("EndpointS3", ServiceName="com.amazonaws.eu-west-1.s3")
    assert verdict_on(built.judge(), "s3 in us-east-1") is Verdict.NO
    assert any("of eu-west-1 only" in hop.why for hop in blocking(built.judge())[0].path)
    built.set("Function", Code={"ZipFile": REPLY.format("boto3.client('s3', region_name='eu-west-1').list_buckets()")})
    assert not blocking(built.judge())


def test_a_region_that_the_template_does_not_say_is_a_question() -> None:
    built = calling(REPLY.format("boto3.client('s3', region_name='us-east-1').list_buckets()"))
    assert verdict_on(built.judge(), "s3 in us-east-1") is Verdict.UNKNOWN
    own = calling(REPLY.format("boto3.client('s3', region_name=os.environ['AWS_REGION']).list_buckets()"))
    assert not blocking(own.judge())


def _own_name(endpoint: str, index: int = 0) -> dict[str, Any]:
    entry = {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [index, att(endpoint, "DnsEntries")]}]}]}
    return {"Fn::Join": ["", ["https://", entry]]}


def test_the_own_name_of_an_endpoint_works_without_private_dns() -> None:
    code = REPLY.format("boto3.client('secretsmanager', endpoint_url=os.environ['E']).get_secret_value(SecretId='x')")
    built = calling(code, E=_own_name("EndpointSecretsmanager")).set("EndpointSecretsmanager", PrivateDnsEnabled=False)
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.YES
    plain = calling(REPLY.format("boto3.client('secretsmanager').get_secret_value(SecretId='x')"))
    plain.set("EndpointSecretsmanager", PrivateDnsEnabled=False)
    assert verdict_on(plain.judge(), "secretsmanager") is Verdict.NO


def test_the_own_name_of_an_endpoint_is_filtered_by_its_groups() -> None:
    code = REPLY.format("boto3.client('secretsmanager').get_secret_value(SecretId='x')")
    built = calling(code, AWS_ENDPOINT_URL_SECRETS_MANAGER=_own_name("EndpointSecretsmanager"))
    built.set("EndpointGroup", SecurityGroupIngress=[])
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.NO


def test_an_endpoint_out_of_sight_is_a_question() -> None:
    code = REPLY.format("boto3.client('sqs', endpoint_url=os.environ['E']).list_queues()")
    built = calling(code, E=ref("Where"))
    built.parameters["Where"] = {"Type": "String"}
    assert verdict_on(built.judge(), "sqs") is Verdict.UNKNOWN


DIRECT = "import boto3, os, urllib.request, json\ndef handler(event, context):\n    boto3.client('sqs').list_queues()\n    urllib.request.urlopen(event['ResponseURL'], b'')\n"  # fmt: skip

HOSTED = DIRECT.replace("boto3.client('sqs').list_queues()", "urllib.request.urlopen('https://api.example.com/')")


@pytest.mark.parametrize(
    ("code", "variables", "closed"),
    [
        (HOSTED, {"HTTPS_PROXY": "http://10.0.9.10:3128"}, set()),
        (HOSTED, {"HTTPS_PROXY": "http://10.0.9.10:3128", "NO_PROXY": "localhost,.example.com"}, {"api.example.com"}),
        (DIRECT, {"HTTPS_PROXY": "http://10.0.9.10:3128"}, set()),
        (DIRECT, {"https_proxy": "http://10.0.9.10:3128", "no_proxy": "localhost,.amazonaws.com"}, {"s3", "sqs"}),
        (DIRECT.replace("urllib.request", "cfnresponse"), {"HTTPS_PROXY": "http://10.0.9.10:3128"}, {"s3"}),
        (DIRECT, {}, {"s3", "sqs"}),
    ],
)
def test_a_proxy_carries_what_heeds_it(code: str, variables: dict[str, str], closed: set[str]) -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager",)))
    judged = calling(code, built, **variables).judge()
    assert {item.need.target.title for item in judged.reaches if item.verdict is Verdict.NO} == closed


def test_an_endpoint_for_what_comes_in_over_a_resolver_leaves_names_public_inside() -> None:
    built = with_function(town(nat=False, endpoints=("secretsmanager", "s3")))
    built.set("EndpointS3", VpcEndpointType="Interface", PrivateDnsEnabled=True, RouteTableIds=[], SubnetIds=[ref("PrivateSubnet1")], SecurityGroupIds=[att("EndpointGroup", "GroupId")])  # fmt: skip
    for option, verdict in (("OnlyInboundResolver", Verdict.NO), ("AllResolvers", Verdict.YES)):
        built.set("EndpointS3", DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": option})
        assert verdict_on(built.judge(), "s3") is verdict


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"aws:ResourceAccount": ref("AWS::AccountId")}}, Verdict.NO),
        ({"StringEquals": {"aws:ResourceOrgID": "o-abcdefghij"}}, Verdict.NO),
        ({"StringEqualsIfExists": {"s3:ResourceAccount": [ref("AWS::AccountId")]}}, Verdict.NO),
        ({"StringEquals": {"aws:ResourceAccount": [ref("AWS::AccountId"), "111122223333"]}}, Verdict.UNKNOWN),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, Verdict.UNKNOWN),
        ({"StringNotEquals": {"aws:ResourceAccount": ref("AWS::AccountId")}}, Verdict.UNKNOWN),
    ],
)
def test_what_aws_owns_belongs_to_no_account_of_ours(condition: dict[str, Any], verdict: Verdict) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition}
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager")))
    built.set("EndpointS3", PolicyDocument={"Statement": [statement]})
    assert verdict_on(built.judge(), "s3") is verdict
    plain = {"Fn::Join": ["", {"Fn::Split": ["-", ref("AWS::Region")]}]}
    answers = {"Fn::Sub": ["arn:aws:s3:::cloudformation-custom-resource-response-${Plain}/*", {"Plain": plain}]}
    opened = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": answers}
    built.set("EndpointS3", PolicyDocument={"Statement": [statement, opened]})
    assert verdict_on(built.judge(), "s3") is Verdict.YES


def test_a_perimeter_that_denies_all_but_ours_strikes_what_aws_owns() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:ResourceAccount": ref("AWS::AccountId")}}}  # fmt: skip
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager")))
    built.set("EndpointS3", PolicyDocument={"Statement": [allow, deny]})
    assert verdict_on(built.judge(), "s3") is Verdict.NO


def test_a_list_of_one_that_is_joined_and_split_is_the_list() -> None:
    built = with_function(town())
    listed = {"Fn::Split": [",", {"Fn::Join": [",", [ref("PrivateSubnet1")]]}]}
    built.set("Function", VpcConfig={"SubnetIds": listed, "SecurityGroupIds": [att("Group", "GroupId")]})
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.YES


def test_whoever_imports_starts_after_all_that_the_exporter_makes() -> None:
    network = town()
    outputs = {name: {"Value": ref(name), "Export": {"Name": name}} for name in ("Vpc", "PrivateSubnet1")}
    upper = json.dumps({"Resources": network.resources, "Outputs": outputs})
    app = Town()
    for name, resource in with_function(Town(), ("PrivateSubnet1",)).resources.items():
        app.resources[name] = resource
    app.resources["Init"].pop("DependsOn", None)
    app.set("Group", VpcId={"Fn::ImportValue": "Vpc"})
    app.set("Function", VpcConfig={"SubnetIds": [{"Fn::ImportValue": "PrivateSubnet1"}], "SecurityGroupIds": [att("Group", "GroupId")]})  # fmt: skip
    sources = [
        Source(name, parse_template(text, f"{name}.json")) for name, text in (("net", upper), ("app", app.text()))
    ]
    world = join_stacks(sources, {}, LocalFolder(Path("nowhere")))
    judged = judge_world(world, PACE)
    assert [item.check for item in judged.findings if item.check == "path-not-ready"] == []


@pytest.mark.parametrize(
    ("calls", "titles"),
    [
        (["start_execution"], {"states"}),
        (["start_sync_execution"], {"sync-states"}),
        (["start_execution", "start_sync_execution"], {"states", "sync-states"}),
    ],
)
def test_a_part_of_a_services_operations_has_a_host_of_its_own(calls: list[str], titles: set[str]) -> None:
    lines = "\n".join(f"    made.{name}(stateMachineArn='x')" for name in calls)
    built = calling(f"import boto3\nmade = boto3.client('stepfunctions')\ndef handler(event, context):\n{lines}\n")
    found = {item.need.target.title for item in built.judge().reaches if item.need.workload.address.id == "Function"}
    assert found - {"secretsmanager"} == titles
