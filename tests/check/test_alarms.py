"""Alarms on metrics that nobody publishes, and resources that come before or after what they need."""

from __future__ import annotations

import pytest
from judging import found

from stackflight.model.finding import Severity

ALARM = """
Alarm:
  Type: AWS::CloudWatch::Alarm
  Properties:
    Namespace: %s
    MetricName: %s
    Dimensions: [{Name: FunctionName, Value: f}, {Name: LoadBalancer, Value: app/x/1}, {Name: InstanceId, Value: i-1}]
    Statistic: Sum
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanThreshold
    %s
"""


@pytest.mark.parametrize(
    ("namespace", "metric", "more", "silent"),
    [
        ("AWS/Lambda", "Errors", "", False),
        ("AWS/Lambda", "Error", "", True),
        ("AWS/lambda", "Errors", "", True),
        ("AWS/Lambda", "SomethingOfNextYear", "", False),
        ("AWS/ApplicationELB", "UnHealthyHostCount", "", False),
        ("AWS/ApplicationELB", "UnhealthyHostCount", "", True),
        ("AWS/EC2", "MemoryUtilization", "", True),
        ("CWAgent", "MemoryUtilization", "", False),
        ("Shop/lambda", "Error", "", False),
        ("AWS/Lambda", "Duration", "Unit: Milliseconds", False),
        ("AWS/Lambda", "Duration", "Unit: Seconds", True),
        ("AWS/Lambda", "Duration", "Unit: !Ref Given", False),
        ("AWS/Lambda", "!Ref Given", "", False),
    ],
)
def test_an_alarm_sees_data_under_the_names_that_the_service_writes(
    namespace: str, metric: str, more: str, silent: bool
) -> None:
    findings = found(ALARM % (namespace, metric, more), "alarm-never-fires", "Parameters: {Given: {Type: String}}")

    assert [item.severity for item in findings] == [Severity.WARNING] * silent


SCALED = """
Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: shop}}
Service: {Type: AWS::ECS::Service, Properties: {ServiceName: web, Cluster: !Ref Cluster, TaskDefinition: t}}
Target: {Type: AWS::ApplicationAutoScaling::ScalableTarget, %sProperties: {ResourceId: %s}}
"""


@pytest.mark.parametrize(
    ("order", "name", "early"),
    [
        ("", "service/shop/web", True),
        ("DependsOn: Service, ", "service/shop/web", False),
        ("", "!Sub 'service/${Cluster}/${Service.Name}'", False),
        ("", "service/other/web", False),
        ("", "table/shop", False),
    ],
)
def test_a_scalable_target_waits_for_the_service_that_it_names(order: str, name: str, early: bool) -> None:
    assert bool(found(SCALED % (order, name), "scaling-before-service")) is early


LOGGED = """
Function: {Type: AWS::Lambda::Function, %sProperties: {FunctionName: init, Runtime: python3.13, Handler: index.h, Role: r, Code: {ZipFile: x}}}
Run: {Type: Custom::Init, Properties: {ServiceToken: !GetAtt Function.Arn}}
Logs: {Type: AWS::Logs::LogGroup, %sProperties: {LogGroupName: %s}}
"""


@pytest.mark.parametrize(
    ("function", "group", "name", "late"),
    [
        ("", "DependsOn: Run, ", "!Sub '/aws/lambda/${Function}'", True),
        ("", "DependsOn: Run, ", "/aws/lambda/init", True),
        ("DependsOn: Logs, ", "", "/aws/lambda/init", False),
        ("", "", "!Sub '/aws/lambda/${Function}'", False),
        ("", "DependsOn: Run, ", "/aws/lambda/other", False),
    ],
)
def test_a_function_that_was_called_has_made_its_log_group(function: str, group: str, name: str, late: bool) -> None:
    assert bool(found(LOGGED % (function, group, name), "log-group-after-call")) is late
