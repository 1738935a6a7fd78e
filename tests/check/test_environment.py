"""What a function's code reads from its environment, and what stands before it."""

from __future__ import annotations

import pytest
from towns import Town, att, ref, town, with_function

from stackflight.check.functions.environment import variables_read
from stackflight.model.finding import Finding, Severity

HEAD = "import os\n"
TAIL = "\ndef handler(event, context):\n    return 1\n"


@pytest.mark.parametrize(
    ("code", "at_import", "ever"),
    [
        ("X = os.environ['TABLE']", {"TABLE"}, {"TABLE"}),
        ("def f():\n    return os.environ['TABLE']", set(), {"TABLE"}),
        ("from os import environ\nX = environ['TABLE']", {"TABLE"}, {"TABLE"}),
        ("X = os.environ.get('TABLE')", set(), set()),
        ("X = os.getenv('TABLE', 'x')", set(), set()),
        ("if 'TABLE' in os.environ:\n    X = os.environ['TABLE']", set(), set()),
        ("try:\n    X = os.environ['TABLE']\nexcept KeyError:\n    X = ''", set(), set()),
        ("os.environ['TABLE'] = 'x'\nX = os.environ['TABLE']", set(), set()),
        ("X = os.environ[name]", set(), set()),
        ("this is not python", set(), set()),
    ],
)
def test_only_reads_without_a_guard_count(code: str, at_import: set[str], ever: set[str]) -> None:
    assert variables_read(HEAD + code + "\n") == (at_import, ever)


def found(built: Town, check: str) -> list[Finding]:
    return [finding for finding in built.judge().findings if finding.check == check]


def reading(line: str) -> Town:
    return with_function(town()).set("Function", Code={"ZipFile": HEAD + line + TAIL})


def test_a_variable_that_is_read_while_loading_and_never_set_blocks() -> None:
    (finding,) = found(reading("TABLE = os.environ['TABLE']"), "environment-not-set")
    assert (finding.severity, finding.resources) == (Severity.BLOCKING, ("Function",))


def test_a_variable_that_is_set_or_given_by_the_runtime_is_silent() -> None:
    built = reading("TABLE = os.environ['TABLE']\nREGION = os.environ['AWS_REGION']")
    built.set("Function", Environment={"Variables": {"TABLE": ref("Vpc")}})
    assert not found(built, "environment-not-set")


def test_an_environment_that_a_condition_decides_is_silent() -> None:
    built = reading("TABLE = os.environ['TABLE']")
    built.parameters["Stage"] = {"Type": "String"}
    built.conditions["IsProd"] = {"Fn::Equals": [ref("Stage"), "prod"]}
    built.set("Function", Environment={"Variables": {"Fn::If": ["IsProd", {"TABLE": "a"}, {}]}})
    assert not found(built, "environment-not-set")


@pytest.mark.parametrize(("seconds", "idle", "notes"), [(60, None, 0), (300, None, 1), (300, "400", 0)])
def test_a_function_may_not_outlast_its_load_balancer(seconds: int, idle: str | None, notes: int) -> None:
    built = with_function(town()).set("Function", Timeout=seconds)
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": idle}] if idle else []
    built.add(
        "Balancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Subnets=[ref("PublicSubnet1"), ref("PublicSubnet2")],
        LoadBalancerAttributes=attributes,
    )
    built.add(
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        TargetType="lambda",
        Targets=[{"Id": att("Function", "Arn")}],
    )
    built.add(
        "Listener", "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP", DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}],
    )  # fmt: skip
    assert len(found(built, "answer-outlasts-front")) == notes


@pytest.mark.parametrize(
    ("seconds", "changed", "notes"), [(30, {}, 0), (300, {}, 1), (300, {"ResponseTransferMode": "STREAM"}, 0)]
)
def test_a_function_may_not_outlast_its_api(seconds: int, changed: dict[str, str], notes: int) -> None:
    built = with_function(town()).set("Function", Timeout=seconds)
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"}
    built.add("Api", "AWS::ApiGateway::RestApi", Name="api")
    built.add(
        "Method",
        "AWS::ApiGateway::Method",
        RestApiId=ref("Api"),
        HttpMethod="ANY",
        Integration={"Type": "AWS_PROXY", "Uri": uri, **changed},
    )
    assert len(found(built, "answer-outlasts-front")) == notes
