"""Serverless mode as the templates say it, and the gate of its rollout."""

import json
from typing import Any

import pytest
from test_librechat_wrapper import _unpack

from librechat_aws.errors import SettingsError
from librechat_aws.functions.check_revision import answer, handler
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from librechat_aws.serverless.package import build_wrapper

pytestmark = pytest.mark.xdist_group("cdk")

MODES = [("serverless-dev",), ("serverless",), ("serverless-dev", "egress=endpoints")]


@pytest.fixture(params=MODES, ids=" ".join)
def assembly(request, synthesise):
    return synthesise(*request.param)


def _one(assembly, kind: str) -> dict[str, Any]:
    ((path, resource),) = assembly.resources(kind).items()
    return {**resource["Properties"], "path": path, "after": resource.get("DependsOn", [])}


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("rag=true", "rag_api is a Python program"),
        ("search=true", "Meilisearch needs a process that stays"),
        ("cache=none", "may meet in two environments"),
        ("entry=trial-http", "is reached through CloudFront"),
        ("documents=mongodb", "needs a durable volume"),
        ("package=nowhere.zip", "there is no such file"),
    ],
)
def test_what_does_not_go_with_a_web_function_is_refused_with_what_does(override: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as refusal:
        resolve(read_request("serverless-dev", [override]))
    assert refusal.value.hint


def test_no_secret_is_a_variable_of_the_revision(assembly) -> None:
    variables = _one(assembly, "AWS::Lambda::WebFunctionRevision")["ServiceConfig"]["EnvironmentVariables"]
    assert not {"CREDS_KEY", "JWT_SECRET", "MONGO_URI", "REDIS_PASSWORD"} & variables.keys()
    places = json.loads(assembly.text(variables["LIBRECHAT_SECRETS"], "App"))
    assert {"CREDS_KEY", "CREDS_IV", "JWT_SECRET", "JWT_REFRESH_SECRET", "MONGO_URI", "ORIGIN_SECRET"} <= places.keys()


def test_the_revision_leaves_through_the_vpc_and_takes_as_long_as_a_stream(assembly) -> None:
    service = _one(assembly, "AWS::Lambda::WebFunctionRevision")["ServiceConfig"]
    connector = _one(assembly, "AWS::Lambda::NetworkConnector")
    assert service["TimeoutSeconds"] == 900
    assert assembly.follow(service["EgressNetworkConnectorArn"], "App") == connector["path"]
    way = connector["Configuration"]["VpcEgressConfiguration"]
    assert len(way["SubnetIds"]) == 2
    assert way["AssociatedComputeResourceTypes"] == ["WebFunction"]


def test_people_reach_a_revision_only_after_the_gate(assembly) -> None:
    endpoints = {
        resource["Properties"]["EndpointName"]: resource
        for resource in assembly.resources("AWS::Lambda::WebFunctionEndpoint").values()
    }
    gate = _one(assembly, "Custom::RevisionAnswers")
    live, first = endpoints["librechat-live"], endpoints["librechat-gate"]
    assert gate["path"].partition("/")[2] in live["DependsOn"]
    assert gate["path"].partition("/")[2] not in first.get("DependsOn", [])
    assert live["Properties"]["RevisionWeights"] == first["Properties"]["RevisionWeights"]
    assert assembly.follow(gate["Revision"], "App") == _one(assembly, "AWS::Lambda::WebFunctionRevision")["path"]


def test_only_cloudfront_knows_what_the_function_asks_for(assembly) -> None:
    (origin,) = _one(assembly, "AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-origin-secret"
    assert "{{resolve:secretsmanager:" in json.dumps(header["HeaderValue"])
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_the_package_lies_in_a_bucket_that_keeps_versions_and_lets_lambda_read(assembly) -> None:
    code = _one(assembly, "AWS::Lambda::WebFunctionRevision")["BuildConfig"]["CodeConfig"]["S3Object"]
    bucket = assembly.follow(code["Bucket"], "App")
    assert assembly.resources()[bucket]["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    policies = json.dumps(
        [
            policy["Properties"]
            for policy in assembly.resources("AWS::S3::BucketPolicy").values()
            if policy["Properties"]["Bucket"] == code["Bucket"]
        ]
    )
    assert "s3:GetObjectVersion" in policies
    assert "web-function/librechat-web/revision/*" in policies
    assert "VersionId" in json.dumps(code["VersionId"])


def test_an_administrator_is_made_by_a_command(assembly) -> None:
    (function,) = [
        each["Properties"]
        for path, each in assembly.resources("AWS::Lambda::Function").items()
        if "ApplicationAdministrator" in path
    ]
    command = assembly.text(assembly.templates["App"]["Outputs"]["Administrator"]["Value"], "App")
    assert f"--function-name {function['FunctionName']} " in command
    assert len(function["VpcConfig"]["SubnetIds"]) == 2


def test_a_rotation_is_a_new_revision(synthesise) -> None:
    before, after = synthesise("serverless-dev"), synthesise("serverless-dev", "rotation=1")
    texts = [_one(each, "AWS::Lambda::WebFunctionRevision")["Description"] for each in (before, after)]
    assert texts == ["LibreChat, rotation 0", "LibreChat, rotation 1"]


def test_without_a_package_there_is_a_wrapper_that_cannot_start(tmp_path) -> None:
    _unpack(build_wrapper(tmp_path / "wrapper.zip"), tmp_path / "code")
    assert [path.name for path in (tmp_path / "code").iterdir()] == ["index.js"]


class _Answer:
    def __init__(self, status: int) -> None:
        self.status = status

    def __enter__(self) -> "_Answer":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    ("outcome", "complete"),
    [(200, True), (503, False), (404, False), (TimeoutError(), False), (OSError("reset"), False)],
)
def test_the_gate_opens_when_the_revision_answers_that_it_is_ready(monkeypatch, outcome: Any, complete: bool) -> None:
    asked: list[Any] = []

    def urlopen(request: Any, timeout: float) -> _Answer:
        asked.append((request.full_url, request.headers, timeout))
        if isinstance(outcome, Exception):
            raise outcome
        return _Answer(outcome)

    class Client:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's own spelling)
            return {"SecretString": json.dumps({"header": f"value of {SecretId}"})}

    monkeypatch.setattr(handler.urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(handler.boto3, "client", lambda _service: Client())
    event = {"RequestType": "Create", "ResourceProperties": {"Url": "https://x/readyz", "SecretArn": "arn"}}
    assert handler.is_complete(event) == {"IsComplete": complete}
    assert asked[0][1] == {"X-origin-secret": "value of arn"}
    assert asked[0][2] < 90


def test_the_gate_never_asks_when_it_is_deleted_and_keeps_its_name() -> None:
    assert handler.is_complete({"RequestType": "Delete"}) == {"IsComplete": True}
    event = {"RequestType": "Create", "LogicalResourceId": "Gate"}
    first = answer.on_event(event)
    assert answer.on_event({**event, **first, "RequestType": "Update"}) == first


def test_a_region_without_web_functions_is_told_before_cloudformation_refuses_it(synthesise, capsys) -> None:
    from stackflight.cli.main import main

    main(["check", str(synthesise("serverless-dev").folder), "--rules", "standard", "--region", "me-central-1"])
    assert "'AWS::Lambda::WebFunction' does not exist in" in " ".join(capsys.readouterr().out.split())
