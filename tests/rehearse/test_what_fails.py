"""Findings act in the rehearsal with their real consequence; injections fail what they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from rehearsal_worlds import world_of

from stackflight.errors import WrongUsage
from stackflight.local.clock import SystemClock
from stackflight.model.estimate import Rehearsal
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.template import Where, World
from stackflight.model.value import Address
from stackflight.operate.rehearse import RehearsalOptions, parse_injection, rehearse
from stackflight.operate.review import check_world
from stackflight.views.paper import Paper
from stackflight.views.rehearsal_text import render_rehearsal

STEADY = RehearsalOptions(runs=0)


def finding(struck: str, consequence: Consequence, **changed: object) -> Finding:
    made = {
        "check": "database-unreachable",
        "severity": Severity.BLOCKING,
        "certainty": Certainty.PROVED,
        "stack": "app",
        "resources": (struck,),
        "where": Where("app.yaml", 3),
        "message": "it cannot reach what it needs",
        "remedy": "open the way",
        "phase": Phase.CREATE,
        "struck": (Address("app", struck),),
        "consequence": consequence,
    }
    return Finding(**{**made, **changed})


def failing(world: World, *findings: Finding) -> Rehearsal:
    return rehearse(world, findings, STEADY)


def failed_after(rehearsal: Rehearsal, resource: str) -> float:
    [span] = [span for span in rehearsal.spans if span.resource == resource and span.operation == "create"]
    assert span.outcome == "failed"
    return round(span.seconds, 3)


def test_what_a_service_refuses_never_exists_and_nothing_of_it_is_deleted() -> None:
    """A function of a VPC takes half an hour to delete; one that was refused takes no time."""
    world = world_of("""
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: own}}
  Function: {Type: AWS::Lambda::Function, Properties: {VpcConfig: {SecurityGroupIds: [!Ref Group], SubnetIds: [subnet-0123456789abcdef0]}}}
""")
    rehearsal = failing(world, finding("Function", Consequence.FAILS))
    said = [event.status for event in rehearsal.events if event.resource == "Function"]

    assert said == ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_COMPLETE"]
    assert [span.resource for span in rehearsal.spans if span.operation == "delete"] == ["Group"]


def test_a_database_that_was_refused_leaves_no_snapshot() -> None:
    world = world_of("""
Resources:
  Refused: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
""")

    assert failing(world, finding("Refused", Consequence.FAILS)).leftovers == ()


def _reason(says: str) -> str | None:
    world = world_of("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    rehearsal = failing(world, finding("Queue", Consequence.FAILS, says=says))
    [failed] = [event for event in rehearsal.events if event.resource == "Queue" and event.status == "CREATE_FAILED"]
    return failed.reason


def test_what_fails_says_what_aws_says_and_our_words_are_called_ours() -> None:
    assert 'Resource handler returned message: "Rate exceeded" (' in str(_reason("Rate exceeded"))
    assert _reason("") == "it cannot reach what it needs (in stackflight's words)"


def test_a_finding_of_the_corpus_says_it_in_our_words_and_its_rehearsal_in_those_of_aws() -> None:
    case = Path(__file__).parents[1] / "corpus" / "container-not-in-task-definition" / "bad.yaml"
    world = world_of(case.read_text(encoding="utf-8"))
    found = [one for one in check_world("app", world, SystemClock(), 0.0, None).findings if one.says]
    assert [one.says for one in found if one.says in one.message] == []
    assert any("does not exist in the task definition" in str(event.reason) for event in failing(world, *found).events)


CUSTOM = """
Resources:
  Function: {Type: AWS::Lambda::Function, Properties: {Timeout: 60, Handler: index.handler}}
  Thing: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt Function.Arn%s}}
"""


def test_a_custom_resource_that_cannot_reply_costs_its_hour_and_another_in_the_rollback() -> None:
    rehearsal = failing(world_of(CUSTOM % ""), finding("Thing", Consequence.TIMES_OUT))
    assert failed_after(rehearsal, "Thing") == 3600
    assert rehearsal.outcome == "ROLLBACK_FAILED"
    assert rehearsal.seconds > 7200
    assert rehearsal.cause is not None
    assert rehearsal.cause.reason.startswith("CloudFormation did not receive a response from your Custom Resource.")
    assert rehearsal.cause.finding is not None
    assert [left.resource for left in rehearsal.leftovers] == ["Function", "Thing"]


def test_the_service_timeout_of_the_template_shortens_it() -> None:
    rehearsal = failing(world_of(CUSTOM % ", ServiceTimeout: 120"), finding("Thing", Consequence.TIMES_OUT))
    assert failed_after(rehearsal, "Thing") == 120


def test_what_strikes_a_function_is_suffered_by_the_custom_resources_it_serves() -> None:
    rehearsal = failing(world_of(CUSTOM % ""), finding("Function", Consequence.TIMES_OUT))
    assert failed_after(rehearsal, "Thing") == 3600


def test_what_strikes_a_function_that_serves_nothing_does_not_fail_the_stack() -> None:
    world = world_of("Resources: {Function: {Type: AWS::Lambda::Function}}")
    assert failing(world, finding("Function", Consequence.TIMES_OUT)).outcome == "CREATE_COMPLETE"


def test_a_function_that_cannot_even_be_created_fails_itself() -> None:
    rehearsal = failing(world_of(CUSTOM % ""), finding("Function", Consequence.FAILS))
    assert rehearsal.cause is not None
    assert rehearsal.cause.resource == "Function"


PROVIDED = """
Resources:
  User: {Type: AWS::Lambda::Function, Properties: {Timeout: 600, Handler: index.handler}}
  Framework:
    Type: AWS::Lambda::Function
    Properties:
      Handler: framework.onEvent
      Timeout: 900
      Environment: {Variables: {USER_ON_EVENT_FUNCTION_ARN: !GetAtt User.Arn}}
  Thing: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt Framework.Arn}}
"""


def test_behind_a_provider_the_function_dies_at_its_own_time_out_and_the_provider_answers() -> None:
    rehearsal = failing(world_of(PROVIDED), finding("Thing", Consequence.TIMES_OUT, resources=("Group", "User")))
    assert failed_after(rehearsal, "Thing") == 601
    assert "Task timed out after 600.00 seconds" in (rehearsal.cause.reason if rehearsal.cause else "")
    assert rehearsal.outcome == "ROLLBACK_COMPLETE"


def test_a_provider_that_cannot_reply_itself_stays_silent() -> None:
    rehearsal = failing(world_of(PROVIDED), finding("Thing", Consequence.TIMES_OUT, resources=("Framework",)))
    assert failed_after(rehearsal, "Thing") == 3600


SERVICE = """
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties: {DesiredCount: %d, DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: %s, Rollback: true}}}
"""


def test_an_unstable_service_without_circuit_breaker_holds_the_stack_for_three_hours() -> None:
    rehearsal = failing(world_of(SERVICE % (1, "false")), finding("Service", Consequence.UNSTABLE))
    assert failed_after(rehearsal, "Service") == 10_800
    assert "Exceeded attempts to wait" in (rehearsal.cause.reason if rehearsal.cause else "")


@pytest.mark.parametrize(("desired", "seconds"), [(1, 600), (2, 420), (3, 240)])
def test_a_circuit_breaker_ends_it_after_its_retries(desired: int, seconds: float) -> None:
    rehearsal = failing(world_of(SERVICE % (desired, "true")), finding("Service", Consequence.UNSTABLE))
    assert failed_after(rehearsal, "Service") == seconds
    assert "Circuit Breaker was triggered" in (rehearsal.cause.reason if rehearsal.cause else "")


def test_a_handler_error_comes_at_once() -> None:
    rehearsal = failing(world_of(SERVICE % (1, "true")), finding("Service", Consequence.FAILS))
    assert failed_after(rehearsal, "Service") <= 2


def test_a_missing_signal_fails_at_the_creation_policys_time_out() -> None:
    text = (
        "Resources: {Host: {Type: AWS::EC2::Instance, CreationPolicy: {ResourceSignal: {Count: 1, Timeout: PT1H5M}}}}"
    )
    rehearsal = failing(world_of(text), finding("Host", Consequence.TIMES_OUT))
    assert failed_after(rehearsal, "Host") == 3900
    assert (
        rehearsal.cause is not None
        and rehearsal.cause.reason == "Failed to receive 1 resource signal(s) within the specified duration"
    )


def test_an_instance_that_nobody_waits_for_keeps_the_stack_green() -> None:
    world = world_of("Resources: {Host: {Type: AWS::EC2::Instance}}")
    assert failing(world, finding("Host", Consequence.UNSTABLE)).outcome == "CREATE_COMPLETE"


def test_a_wait_condition_that_hears_nothing_fails_at_its_time_out() -> None:
    world = world_of("Resources: {Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Timeout: '900'}}}")
    rehearsal = failing(world, finding("Wait", Consequence.TIMES_OUT))
    assert failed_after(rehearsal, "Wait") == 900


@pytest.mark.parametrize(
    "changed",
    [
        {"certainty": Certainty.POSSIBLE},
        {"severity": Severity.WARNING},
        {"phase": Phase.RUN},
        {"consequence": Consequence.NONE},
        {"struck": ()},
        {"struck": (Address("app", "Elsewhere"),)},
    ],
)
def test_only_proved_and_blocking_findings_of_a_phase_that_is_played_act(changed: dict[str, object]) -> None:
    world = world_of("Resources: {Bucket: {Type: AWS::S3::Bucket}}")
    given = finding("Bucket", Consequence.FAILS)
    made = {name: getattr(given, name) for name in Finding.__dataclass_fields__}
    assert failing(world, Finding(**{**made, **changed})).outcome == "CREATE_COMPLETE"


def test_a_finding_about_deletion_acts_in_the_rollback() -> None:
    text = "Resources: {Bucket: {Type: AWS::S3::Bucket}, Late: {Type: AWS::SNS::Topic, DependsOn: Bucket}}"
    found = finding("Bucket", Consequence.FAILS, phase=Phase.DELETE)
    rehearsal = rehearse(world_of(text), [found], RehearsalOptions(runs=0, fail=("Late",)))
    assert rehearsal.outcome == "ROLLBACK_FAILED"


def test_deletion_protection_keeps_a_database_and_names_the_reason() -> None:
    text = """
Resources:
  Database: {Type: AWS::DocDB::DBCluster, Properties: {DeletionProtection: true, DBClusterIdentifier: chat}}
  Late: {Type: AWS::SNS::Topic, DependsOn: Database}
"""
    rehearsal = rehearse(world_of(text), [], RehearsalOptions(runs=0, fail=("Late=no",)))
    assert rehearsal.outcome == "ROLLBACK_FAILED"
    [left] = rehearsal.leftovers
    assert (left.resource, left.blocks) == (
        "Database",
        "the name chat is taken: the next creation fails with AlreadyExists",
    )


TWO = """
Resources:
  Database: {Type: AWS::RDS::DBInstance}
  Bucket: {Type: AWS::S3::Bucket}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Database", ("Database", "", None, ("create", "update"))),
        ("Database@300", ("Database", "", 300.0, ("create", "update"))),
        ("Database=no capacity in zone a@90", ("Database", "no capacity in zone a", 90.0, ("create", "update"))),
        ("app/Database:delete=is protected", ("Database", "is protected", None, ("delete",))),
        ("Database=ask admin@example.org", ("Database", "ask admin@example.org", None, ("create", "update"))),
    ],
)
def test_injections_name_a_resource_a_text_and_a_time(text: str, expected: tuple[object, ...]) -> None:
    given = parse_injection(text, world_of(TWO))
    assert (given.address.id, given.text, given.seconds, given.operations) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Databse", "did you mean Database?"),
        ("Nowhere", "give a logical id, or STACK/ID"),
        ("other/Database", "did you mean Database?"),
        ("Database:destroy", "write one of create, update, delete, rollback"),
        ("@5", "write --fail RESOURCE[=TEXT][@SECONDS]"),
    ],
)
def test_an_injection_that_fits_nothing_is_wrong_usage(text: str, hint: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        parse_injection(text, world_of(TWO))
    assert caught.value.hint == hint


def test_an_injection_may_leave_out_what_cdk_appends_to_a_name() -> None:
    world = world_of("Resources: {Bucket83908E77: {Type: AWS::S3::Bucket}}")
    assert parse_injection("Bucket", world).address.id == "Bucket83908E77"


def test_an_injected_failure_happens_when_and_as_it_was_said() -> None:
    rehearsal = rehearse(world_of(TWO), [], RehearsalOptions(runs=0, fail=("Database=no capacity@200",)))
    assert failed_after(rehearsal, "Database") == 200
    assert rehearsal.cause is not None
    assert (rehearsal.cause.resource, rehearsal.cause.reason) == ("Database", "no capacity")
    assert rehearsal.cause.finding is None


def test_a_circular_template_is_rehearsed_to_its_refusal() -> None:
    world = world_of("Resources: {A: {Type: AWS::S3::Bucket, DependsOn: B}, B: {Type: AWS::S3::Bucket, DependsOn: A}}")
    rehearsal = rehearse(world, [], STEADY)
    assert rehearsal.outcome == "FAILED"
    assert rehearsal.cause is not None
    assert rehearsal.cause.reason.startswith("Circular dependency between resources")


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_findings_on_one_resource_the_earliest_consequence_counts(turned: bool) -> None:
    """Audit, row 5: ECS refuses the service before a task could fail to pull its image."""
    slow = finding("Service", Consequence.UNSTABLE, message="its image cannot be pulled")
    fast = finding("Service", Consequence.FAILS, message="its target group has no listener")
    given = (fast, slow) if turned else (slow, fast)
    rehearsal = failing(world_of(SERVICE % (1, "true")), *given)
    assert failed_after(rehearsal, "Service") <= 2
    assert rehearsal.cause is not None
    assert rehearsal.cause.finding == fast
    assert rehearsal.also_blocking == (slow,)


def test_a_refused_custom_resource_is_not_waited_for_when_it_is_deleted() -> None:
    """Audit, row 5: the silence of the slower finding does not stay behind either."""
    silent = finding("Thing", Consequence.TIMES_OUT)
    refused = finding("Thing", Consequence.FAILS, message="its token names nothing")
    rehearsal = failing(world_of(CUSTOM % ""), silent, refused)
    assert rehearsal.outcome == "ROLLBACK_COMPLETE"
    assert rehearsal.seconds < 600


def test_the_finding_that_ends_a_template_with_two_is_the_one_that_would_end_the_deployment() -> None:
    """Audit, row 5, with the checks in front."""
    file = Path(__file__).parents[1] / "cli" / "templates" / "listener-and-address.yaml"
    world = world_of(file.read_text(encoding="utf-8"))
    rehearsal = failing(world, *check_world("", world, SystemClock(), 0.0).findings)
    assert rehearsal.cause is not None
    assert rehearsal.cause.finding is not None
    assert (rehearsal.cause.resource, rehearsal.cause.finding.consequence) == ("Web", Consequence.FAILS)
    assert [one.consequence for one in rehearsal.also_blocking] == [Consequence.UNSTABLE]
    assert rehearsal.cause.time < 60


def test_what_the_next_attempt_would_meet_is_told_at_once() -> None:
    text = "Resources: {Bucket: {Type: AWS::S3::Bucket}, Role: {Type: AWS::IAM::Role}, Api: {Type: AWS::SNS::Topic}}"
    first = finding("Bucket", Consequence.FAILS, message="the bucket is wrong")
    second = finding("Role", Consequence.TIMES_OUT, message="the role is wrong")
    later = finding("Api", Consequence.NONE, message="nobody can call it", phase=Phase.RUN)
    rehearsal = failing(world_of(text), first, second, later)
    assert rehearsal.cause is not None
    assert rehearsal.cause.finding == first
    assert rehearsal.also_blocking == (second, later)
    screen = render_rehearsal(rehearsal, Paper(width=100))
    assert "the role is wrong (database-unreachable)" in screen
    assert "nobody can call it (database-unreachable, once the stack is green)" in screen


def test_a_target_group_of_a_proxy_waits_twenty_minutes_for_its_database_and_says_so() -> None:
    """Source: AWS's create handler of the type; reported in aws-cdk#8919."""
    world = world_of("Resources: {Targets: {Type: AWS::RDS::DBProxyTargetGroup}}")
    rehearsal = failing(world, finding("Targets", Consequence.UNSTABLE))
    assert failed_after(rehearsal, "Targets") == 1_200
    assert "Timed out waiting for target group" in (rehearsal.cause.reason if rehearsal.cause else "")
