"""APIs called by the name that API Gateway gives them, beside an `execute-api` endpoint that captures all such names."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, with_function

from stackflight.model.finding import Severity, Verdict

CODE = "import os, urllib.request\ndef handler(event, context):\n    return urllib.request.urlopen(os.environ['API_URL']).status\n"
URL = {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/live/"}


def _calling(url: Any = URL, endpoint: bool = True, **api: Any) -> Town:
    built = with_function(town(endpoints=("execute-api",) if endpoint else ())).remove("Init")
    built.set("Function", Code={"ZipFile": CODE}, Environment={"Variables": {"API_URL": url}})
    built.add("Http", "AWS::ApiGatewayV2::Api", Name="http", ProtocolType="HTTP")
    return built.add("Api", "AWS::ApiGateway::RestApi", Name="api", **api)


def _verdicts(built: Town) -> set[Verdict]:
    return {item.verdict for item in built.judge().case.reaches if item.need.target.title in {"Api", "Http"}}


PRIVATE = {"EndpointConfiguration": {"Types": ["PRIVATE"]}}
OWN_NAME = {"Fn::Sub": "https://${Api}-${EndpointExecuteApi}.execute-api.${AWS::Region}.amazonaws.com/live/"}


@pytest.mark.parametrize(
    ("built", "verdicts"),
    [
        (_calling(), {Verdict.NO}),
        (_calling(EndpointConfiguration={"Types": ["REGIONAL"]}), {Verdict.NO}),
        (_calling(att("Http", "ApiEndpoint")), {Verdict.NO}),
        (_calling({"Fn::Join": ["", ["https://", ref("Http"), ".execute-api.", ref("AWS::Region"), ".amazonaws.com"]]}), {Verdict.NO}),
        (_calling(**PRIVATE), {Verdict.YES}),
        (_calling(endpoint=False), {Verdict.YES}),
        (_calling(endpoint=False, **PRIVATE), {Verdict.NO}),
        (_calling(EndpointConfiguration={"Types": [ref("Kind")]}), {Verdict.UNKNOWN}),
        (_calling("https://api.example.com/live/"), set()),
        (_calling().set("EndpointExecuteApi", PrivateDnsEnabled=False), {Verdict.YES}),
        (_calling().set("EndpointExecuteApi", PrivateDnsEnabled=ref("Kind")), {Verdict.UNKNOWN}),
        (_calling().set("EndpointExecuteApi", VpcId=ref("Other")), {Verdict.YES}),
        (_calling(OWN_NAME, **PRIVATE).set("EndpointExecuteApi", PrivateDnsEnabled=False), set()),
    ],
)  # fmt: skip
def test_a_name_of_an_api_leads_where_private_dns_says(built: Town, verdicts: set[Verdict]) -> None:
    built.parameters["Kind"] = {"Type": "String"}
    built.add("Other", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    assert _verdicts(built) == verdicts


def test_the_finding_names_the_endpoint_that_captures_the_name() -> None:
    found = blocking(_calling().judge())[0]
    assert found.resources[:2] == ("EndpointExecuteApi", "Function")
    assert found.message.endswith("and it carries private APIs only, which Api is not (403)")


def test_a_task_that_holds_the_url_may_hand_it_to_browsers() -> None:
    built = _calling().set("Function", Environment={})
    container = {"Name": "app", "Image": "nginx:1", "Environment": [{"Name": "API_URL", "Value": URL}]}
    built.add("Task", "AWS::ECS::TaskDefinition", ContainerDefinitions=[container])
    network = {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [ref("Group")]}
    built.add("Service", "AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition=ref("Task"), NetworkConfiguration={"AwsvpcConfiguration": network})  # fmt: skip
    found = [item for item in built.judge().findings if "Service cannot reach Api" in item.message]
    assert [item.severity for item in found] == [Severity.WARNING]


def _guarded(endpoint: str) -> Town:
    """A private API whose policy lets everybody call it over one endpoint."""
    over = {"StringNotEquals": {"aws:SourceVpce": ref(endpoint)}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    statements = [statement, {**statement, "Effect": "Deny", "Condition": over}]
    built = with_function(town(endpoints=("execute-api", "ssm"))).remove("Init")
    built.set("Function", Code={"ZipFile": CODE}, Environment={"Variables": {"API_URL": URL}})
    return built.add("Api", "AWS::ApiGateway::RestApi", Name="api", Policy={"Statement": statements}, **PRIVATE)


def test_a_private_api_refuses_what_comes_over_another_endpoint_than_its_policy_names() -> None:
    assert _verdicts(_guarded("EndpointExecuteApi")) == {Verdict.YES}
    (found,) = blocking(_guarded("EndpointSsm").judge())
    assert found.message.endswith("unless it comes over EndpointSsm, and it comes over EndpointExecuteApi")
