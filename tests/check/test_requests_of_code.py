"""What code asks of a service, in whatever language and by whatever name, against the policies that it meets on its way."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_function

from stackflight.model.call import Call
from stackflight.model.finding import Severity, Verdict
from stackflight.read.needs.cli import calls_of_line
from stackflight.read.needs.code import read_code

PUT = Call("s3:PutObject", "${env:B}", "/seed")
QUERY = Call("dynamodb:Query", "${env:T}", "/index/by-mail")


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ("boto3.client('s3').put_object(Bucket=os.environ['B'], Key='seed')", [PUT]),
        ("s3 = boto3.client('s3')\nNAME = os.getenv('B')\ndef h(e, c):\n    s3.put_object(Bucket=NAME, Key='seed')", [PUT]),
        ("boto3.resource('s3').Bucket(os.environ['B']).put_object(Key='seed')", [PUT]),
        ("b = boto3.resource('s3').Bucket(os.environ['B'])\no = b.Object('seed')\no.put(Body=b'')", [PUT]),
        ("boto3.client('s3').upload_file('x', os.environ.get('B'), 'seed')", [PUT]),
        ("const {S3Client, PutObjectCommand} = require('@aws-sdk/client-s3'); c.send(new PutObjectCommand({Bucket: process.env.B, Key: 'seed'}))", [PUT]),
        ("import { PutObjectCommand as P } from '@aws-sdk/client-s3'; const b = process.env['B']; c.send(new P({ Bucket: b, Key: `seed` }))", [PUT]),
        ("const { B } = process.env; const s3 = new AWS.S3(); await s3.putObject({Bucket: B, Key: 'seed'}).promise()", [PUT]),
        ("boto3.client('dynamodb').query(TableName=os.environ['T'], IndexName='by-mail')", [QUERY]),
        ("t = boto3.resource('dynamodb').Table(os.environ['T'])\nt.query(IndexName='by-mail')", [QUERY]),
        ("p = boto3.client('dynamodb').get_paginator('query')\np.paginate(TableName=os.environ['T'], IndexName='by-mail')", [QUERY]),
        ("import { QueryCommand } from '@aws-sdk/lib-dynamodb'; import { DynamoDBClient } from '@aws-sdk/client-dynamodb';\n"
         "const q = { TableName: process.env.T, IndexName: 'by-mail' }; d.send(new QueryCommand(q))", [QUERY]),
        ("import { PutObjectCommand } from '@aws-sdk/client-s3'; c.send(new PutObjectCommand({ Bucket: process.env.B, Key: 'in/' + f(1, '+') + '.txt' }))", [Call("s3:PutObject", "${env:B}", "/in/${?}.txt")]),
        ("const d = new AWS.DynamoDB.DocumentClient(); d.query({TableName: process.env.T, IndexName: 'by-mail'}, done)", [QUERY]),
        ("boto3.client('s3').put_object(Bucket=event['ResourceProperties']['B'], Key='a/' + name)", [Call("s3:PutObject", "${event:B}", "/a/${?}")]),
        ("def f(b):\n    boto3.client('s3').get_object(Bucket=b, Key='k')\nf('x')", [Call("s3:GetObject", "${?}", "/k")]),
        ("b = 'x'\nb = 'y'\nboto3.client('s3').get_object(Bucket=b, Key='k')", [Call("s3:GetObject", "${?}", "/k")]),
        ("try:\n    boto3.client('s3').head_bucket(Bucket='b')\nexcept Exception:\n    pass", [Call("s3:ListBucket", "b", sure=False)]),
        ("try:\n    boto3.client('s3').head_bucket(Bucket='b')\nexcept Exception:\n    raise", [Call("s3:ListBucket", "b")]),
        ("if event['RequestType'] == 'Delete':\n    boto3.client('s3').delete_object(Bucket='b', Key='k')", [Call("s3:DeleteObject", "b", "/k", sure=False)]),
        ("if os.environ['ARCHIVE'] == 'yes':\n    boto3.client('s3').get_object(Bucket='b', Key='k')", [Call("s3:GetObject", "b", "/k", sure=False)]),
        ("boto3.resource('s3').Bucket('b').objects.filter(Prefix='x').delete()", [Call("s3:ListBucket", "b"), Call("s3:DeleteObject", "b", "/${?}")]),
        ("boto3.client('lambda').invoke(FunctionName=os.environ['F'], Qualifier='live')", [Call("lambda:InvokeFunction", "${env:F}", ":live")]),
    ],
)  # fmt: skip
def test_a_call_is_read_with_the_resource_that_it_names(code: str, calls: list[Call]) -> None:
    clients = read_code(code).clients
    assert [call for client in clients for call in client.calls] == calls


@pytest.mark.parametrize(
    "code",
    [
        "c = boto3.client('s3')\nc.put_object(Bucket='b', Key='k')\nhand(c)",
        "c = boto3.client('s3')\nc.put_object(Bucket='b', Key='k')\nc.unheard_of()",
        "const s = require('@aws-sdk/client-s3'); c.send(new s.PutObjectCommand({Bucket: 'b', Key: 'k'}))",
        "import { PutObjectCommand } from '@aws-sdk/client-s3'; import { Upload } from '@aws-sdk/lib-storage'; new PutObjectCommand({Bucket: 'b', Key: 'k'})",
    ],
)  # fmt: skip
def test_what_is_not_understood_leaves_the_calls_of_a_client_open(code: str) -> None:
    assert [client.whole for client in read_code(code).clients] == [False]


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        ("aws s3 cp s3://${Bucket}/a.tgz /tmp/", [Call("s3:GetObject", "${Bucket}", "/a.tgz")]),
        ("sudo aws s3 cp x s3://$NAME/in/", [Call("s3:PutObject", "mine", "/in/${?}")]),
        ("aws s3 sync s3://$OTHER . --delete", [Call("s3:GetObject", "${?}", "/${?}"), Call("s3:ListBucket", "${?}")]),
        ("X=$(aws secretsmanager get-secret-value --secret-id ${S} --query X)", [Call("secretsmanager:GetSecretValue", "${S}")]),
        ("aws dynamodb query --table-name t --index-name i | jq .", [Call("dynamodb:Query", "t", "/index/i")]),
        ("aws s3 presign s3://b/k", [None]),
        ("aws s3 cp 's3://b", [None]),
    ],
)  # fmt: skip
def test_a_command_line_asks_for_what_it_names(line: str, calls: list[Call | None]) -> None:
    assert list(calls_of_line(line, "NAME=mine\n")) == calls


def _asking(code: str, resource: Any, action: str = "s3:PutObject", **variables: Any) -> Town:
    built = with_function(town(nat=False, endpoints=("s3", "dynamodb", "secretsmanager"))).remove("Init")
    built.add("Bucket", "AWS::S3::Bucket").add("Other", "AWS::S3::Bucket").add(
        "Named", "AWS::S3::Bucket", BucketName="named"
    )
    built.set("Function", Code={"ZipFile": textwrap.dedent(code)}, Environment={"Variables": variables})
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    for name in ("EndpointS3", "EndpointDynamodb"):
        built.set(name, PolicyDocument={"Version": "2012-10-17", "Statement": [statement]})
    return built


CODE = "import boto3, os\nboto3.client('s3').put_object(Bucket=os.environ['B'], Key='in/seed')\n"
OBJECTS = {"Fn::Sub": "${Bucket.Arn}/*"}


@pytest.mark.parametrize(
    ("given", "resource", "action", "verdict"),
    [
        (ref("Bucket"), OBJECTS, "s3:PutObject", Verdict.YES),
        (ref("Bucket"), {"Fn::Sub": "arn:aws:s3:::${Bucket}/in/*"}, "s3:*", Verdict.YES),
        (ref("Bucket"), {"Fn::Sub": "arn:aws:s3:::${Bucket}/out/*"}, "s3:*", Verdict.NO),
        (ref("Bucket"), att("Bucket", "Arn"), "s3:*", Verdict.NO),
        (ref("Bucket"), OBJECTS, "s3:GetObject", Verdict.NO),
        (ref("Bucket"), {"Fn::Sub": "${Other.Arn}/*"}, "s3:*", Verdict.NO),
        (ref("Bucket"), "arn:aws:s3:::elsewhere/*", "s3:*", Verdict.NO),
        (ref("Bucket"), "arn:aws:s3:::app-bucket-*/*", "s3:*", Verdict.UNKNOWN),
        (ref("Named"), "arn:aws:s3:::named/*", "s3:*", Verdict.YES),
        ("named", {"Fn::Sub": "${Named.Arn}/*"}, "s3:*", Verdict.YES),
        ({"Fn::Sub": "${Which}-data"}, {"Fn::Sub": "${Composed.Arn}/*"}, "s3:*", Verdict.YES),
        ("other", OBJECTS, "s3:*", Verdict.NO),
        ("app-bucket-1x2y3z", OBJECTS, "s3:*", Verdict.UNKNOWN),
        (ref("Which"), OBJECTS, "s3:*", Verdict.UNKNOWN),
        (ref("Which"), OBJECTS, "s3:GetObject", Verdict.NO),
        (ref("Bucket"), {"Fn::Sub": "${Custom}/*"}, "s3:*", Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_a_call_to_a_bucket_is_held_against_the_policy_of_its_endpoint(
    given: Any, resource: Any, action: str, verdict: Verdict
) -> None:
    built = _asking(CODE, resource, action, B=given)
    built.parameters["Which"] = {"Type": "String"}
    if given != "other":
        built.add("Composed", "AWS::S3::Bucket", BucketName={"Fn::Sub": "${Which}-data"})
    built.add("Custom", "Custom::Name", ServiceToken="arn:aws:lambda:eu-west-1:111122223333:function:x")
    judged = built.judge()
    assert verdict_on(judged, "s3") is verdict
    assert any("EndpointS3" in item.resources for item in blocking(judged)) is (verdict is Verdict.NO)


QUERYING = "import boto3, os\nboto3.resource('dynamodb').Table(os.environ['T']).query(IndexName='by-mail')\n"


@pytest.mark.parametrize(
    ("resource", "passes"),
    [
        (att("Table", "Arn"), False),
        ([att("Table", "Arn"), {"Fn::Sub": "${Table.Arn}/index/*"}], True),
        ({"Fn::Sub": "${Table.Arn}/index/by-name"}, False),
        ({"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}/index/by-mail"}, True),
        ({"Fn::Sub": "${Table.Arn}*"}, True),
    ],
)
def test_a_query_of_an_index_needs_the_index_of_the_endpoint_and_of_the_role(resource: Any, passes: bool) -> None:
    built = _asking(QUERYING, resource, "dynamodb:Query", T=ref("Table"))
    built.add("Table", "AWS::DynamoDB::Table")
    policy = {"Statement": [{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": resource}]}
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    network = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
    built.add("Role", "AWS::IAM::Role", AssumeRolePolicyDocument=trust, ManagedPolicyArns=[network], Policies=[{"PolicyName": "p", "PolicyDocument": policy}])  # fmt: skip
    built.set("Function", Role=att("Role", "Arn"))
    judged = built.judge()
    assert verdict_on(judged, "dynamodb") is (Verdict.YES if passes else Verdict.NO)
    told = [item for item in judged.findings if item.check == "call-not-allowed"]
    assert [item.severity for item in told] == [] if passes else [Severity.WARNING]
    assert all("dynamodb:Query on Table/index/by-mail" in item.message for item in told)


def test_a_call_without_which_the_code_goes_on_is_asked_about_and_blocks_nothing() -> None:
    code = "import boto3, os\ntry:\n    boto3.client('s3').head_bucket(Bucket=os.environ['B'])\nexcept Exception:\n    pass\n"
    assert verdict_on(_asking(code, OBJECTS, B=ref("Bucket")).judge(), "s3") is Verdict.UNKNOWN


def test_a_step_of_user_data_is_held_against_the_policy_of_the_endpoint() -> None:
    script = "#!/bin/bash -e\naws s3 cp s3://${Bucket}/setup.sh /tmp/\ncfn-signal -e $? --stack ${AWS::StackName}\n"
    for resource, verdict in ((OBJECTS, Verdict.YES), ({"Fn::Sub": "${Other.Arn}/*"}, Verdict.NO)):
        built = _asking("pass", resource, "s3:GetObject")
        built.add("Machine", "AWS::EC2::Instance", ImageId="ami-1", SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": {"Fn::Sub": script}})  # fmt: skip
        built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
        assert verdict_on(built.judge(), "s3") is verdict
