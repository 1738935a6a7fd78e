"""Orders and time limits: what comes too late, what gives up too early."""

from __future__ import annotations

import pytest
from towns import Town, att, judge_text, ref, town, with_function

from stackflight.model.finding import Finding, Severity
from stackflight.model.retries import longest_retry_seconds


def found(built: Town, check: str) -> list[Finding]:
    return [finding for finding in built.judge().findings if finding.check == check]


def test_a_custom_resource_that_waits_for_its_path_is_silent() -> None:
    assert not found(with_function(town()), "path-not-ready")


def test_a_custom_resource_has_to_wait_for_its_route_and_association() -> None:
    built = with_function(town())
    built.resources["Init"]["DependsOn"] = []
    (finding,) = found(built, "path-not-ready")
    assert finding.resources[0] == "Init"
    assert {"PrivateRoute", "PrivateLink1"} & set(finding.resources)
    assert "DependsOn" in finding.remedy


def test_waiting_through_another_resource_is_enough() -> None:
    built = with_function(town())
    built.add("Gate", "AWS::SNS::Topic", built.resources["Init"]["DependsOn"])
    built.resources["Init"]["DependsOn"] = ["Gate"]
    assert not found(built, "path-not-ready")


def test_a_stand_alone_rule_that_comes_late_is_part_of_the_path() -> None:
    built = with_function(town()).set("Group", SecurityGroupEgress=[{"IpProtocol": "icmp", "CidrIp": "127.0.0.1/32"}])
    built.add("Slow", "AWS::RDS::DBInstance", ["Vpc"], Engine="postgres", DBInstanceClass="db.t4g.micro")
    built.add(
        "Rule", "AWS::EC2::SecurityGroupEgress", ["Slow"],
        GroupId=att("Group", "GroupId"), IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0",
    )  # fmt: skip
    (finding,) = found(built, "path-not-ready")
    assert "Rule" in finding.resources


def with_service(built: Town, environment: list[dict[str, object]]) -> Town:
    """A Fargate service in the private subnets that waits for nothing."""
    container = {"Name": "web", "Image": "nginx:1", "Environment": environment}
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="tasks", VpcId=ref("Vpc"))
    built.add(
        "Task", "AWS::ECS::TaskDefinition",
        NetworkMode="awsvpc", RequiresCompatibilities=["FARGATE"], Cpu="256", Memory="512", ContainerDefinitions=[container],
    )  # fmt: skip
    placed = {"Subnets": [ref("PrivateSubnet1"), ref("PrivateSubnet2")], "SecurityGroups": [att("Group", "GroupId")]}
    return built.add(
        "Service", "AWS::ECS::Service",
        LaunchType="FARGATE", TaskDefinition=ref("Task"), NetworkConfiguration={"AwsvpcConfiguration": placed},
    )  # fmt: skip


def test_a_task_whose_image_comes_a_minute_late_is_started_again() -> None:
    assert not found(with_service(town(), []), "path-not-ready")


def test_a_route_that_comes_long_after_the_tasks_is_a_warning() -> None:
    built = with_service(town(), [])
    built.add("Slow", "AWS::RDS::DBInstance", ["Vpc"], Engine="postgres", DBInstanceClass="db.t4g.micro")
    built.resources["PrivateRoute"]["DependsOn"] = ["Slow"]
    (finding,) = found(built, "path-not-ready")
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("script", "late"),
    [
        ("#!/bin/bash\ncfn-signal -e 0 --stack s --resource Machine\n", True),
        ("<powershell>\ncfn-signal -e 0 --stack s --resource Machine\n</powershell>", False),
    ],
)
def test_a_windows_machine_runs_its_script_minutes_after_its_start(script: str, late: bool) -> None:
    assert bool(found(machine(script), "path-not-ready")) is late


def test_a_service_timeout_below_the_functions_is_a_warning() -> None:
    built = with_function(town()).set("Init", ServiceTimeout="30")
    (finding,) = found(built, "service-timeout-below-function-timeout")
    assert finding.severity is Severity.WARNING
    assert not found(built.set("Init", ServiceTimeout=600), "service-timeout-below-function-timeout")


@pytest.mark.parametrize(
    ("source", "seconds"),
    [
        ("import time\nfor i in range(10):\n    time.sleep(6)\n", 60),
        (
            "from time import sleep\nTRIES = 5\nfor i in range(TRIES):\n    sleep(min(60, 5 * 2 ** i))\n",
            5 + 10 + 20 + 40 + 60,
        ),
        ("import time\nfor i in range(3):\n    time.sleep(delay)\n", None),
        ("import time\nfor row in rows:\n    time.sleep(1)\n", None),
        ("for i in range(3):\n    pass\n", None),
        ("this is not python", None),
    ],
)
def test_retry_loops_are_added_up_only_where_the_code_states_them(source: str, seconds: float | None) -> None:
    assert longest_retry_seconds(source) == seconds


def test_retries_longer_than_the_function_may_run_are_a_warning() -> None:
    code = {"ZipFile": "import time\nfor i in range(30):\n    time.sleep(30)\n"}
    built = with_function(town()).set("Function", Code=code, Timeout=600)
    assert [item.resources for item in found(built, "retries-outlast-timeout")] == [("Function",)]
    assert not found(built.set("Function", Timeout=901), "retries-outlast-timeout")


def machine(script: str) -> Town:
    built = town()
    built.add("Machine", "AWS::EC2::Instance", SubnetId=ref("PrivateSubnet1"), UserData={"Fn::Base64": script})
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    return built


def test_a_signal_for_another_resource_times_out() -> None:
    (finding,) = found(machine("cfn-signal -e 0 --stack s --resource Instance\n"), "signal-never-sent")
    assert finding.severity is Severity.BLOCKING
    assert not found(machine("cfn-signal -e 0 --stack s \\\n  --resource Machine\n"), "signal-never-sent")


def test_no_signal_at_all_is_a_warning_because_the_image_may_send_it() -> None:
    (finding,) = found(machine("echo hello\n"), "signal-never-sent")
    assert finding.severity is Severity.WARNING


def test_a_signal_whose_resource_is_a_variable_of_the_script_may_be_the_right_one() -> None:
    script = "cfn-signal -e 0 --stack s --resource Other\ncfn-signal -e 0 --stack s --resource $NAME\n"
    assert not found(machine(script), "signal-never-sent")


def test_a_wait_handle_that_nobody_knows_can_only_be_signalled_from_outside() -> None:
    built = Town().add("Handle", "AWS::CloudFormation::WaitConditionHandle")
    built.add("Wait", "AWS::CloudFormation::WaitCondition", Handle=ref("Handle"), Timeout="600")
    (finding,) = found(built, "signal-never-sent")
    assert finding.resources[0] == "Wait"
    assert finding.severity is Severity.WARNING
    built.add("Topic", "AWS::SNS::Topic", DisplayName=ref("Handle"))
    assert not found(built, "signal-never-sent")


def test_a_handle_without_condition_is_a_legal_placeholder() -> None:
    built = Town().add("Handle", "AWS::CloudFormation::WaitConditionHandle")
    assert not judge_text(built.text()).findings
