"""Which failure is the root, and what only followed from it."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.model.diagnosis import Confidence, Diagnosis, Outcome, Retry
from stackflight.model.event import StackStatus
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.history import History
from stackflight.model.stack_state import stack_states
from stackflight.read.events.reading import read_history

STACK = "AWS::CloudFormation::Stack"
TAKEN = "my-bucket already exists (Service: S3, Status Code: 409)"
CANCELLED = "Resource creation cancelled"


def _event(
    second: float,
    resource: str,
    status: str,
    reason: str = "",
    type: str = "AWS::S3::Bucket",
    stack: str = "web",
    **more: str,
) -> dict[str, Any]:
    return {
        "Timestamp": f"2026-01-01T00:{int(second) // 60:02d}:{second % 60:06.3f}Z",
        "StackName": stack,
        "LogicalResourceId": resource,
        "ResourceType": type,
        "ResourceStatus": status,
        **({"ResourceStatusReason": reason} if reason else {}),
        **more,
    }


def _stack(second: float, status: str, reason: str = "", name: str = "web") -> dict[str, Any]:
    return _event(second, name, status, reason, STACK, name)


def _said(events: list[dict[str, Any]], **asked: Any) -> Diagnosis:
    return diagnose(Question(read_history(json.dumps({"StackEvents": events})), **asked))


CREATION = [
    _stack(0, "CREATE_IN_PROGRESS", "User Initiated"),
    _event(1, "Data", "CREATE_IN_PROGRESS"),
    _event(1, "Queue", "CREATE_IN_PROGRESS", type="AWS::SQS::Queue"),
    _event(5, "Data", "CREATE_FAILED", TAKEN),
    _event(5.2, "Queue", "CREATE_FAILED", CANCELLED, "AWS::SQS::Queue"),
    _stack(
        6,
        "ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [Data, Queue]. Rollback requested by user.",
    ),
    _event(7, "Queue", "DELETE_COMPLETE", type="AWS::SQS::Queue"),
    _stack(9, "ROLLBACK_COMPLETE"),
]


def test_order_duplicates_and_pages_do_not_matter() -> None:
    shuffled = list(CREATION)
    random.Random(3).shuffle(shuffled)
    for events in (CREATION, CREATION[::-1], shuffled, CREATION + CREATION, CREATION[4:] + CREATION[:4]):
        found = _said(events)
        assert found.root is not None
        assert (found.root.resource, found.cascade, found.status) == ("Data", ("Queue",), "ROLLBACK_COMPLETE")
    lines = "\n".join(json.dumps(event) for event in CREATION)
    pages = json.dumps({"StackEvents": CREATION[:4]}) + "\n" + json.dumps({"StackEvents": CREATION[4:]})
    for text in (json.dumps(CREATION), lines, pages):
        root = diagnose(Question(read_history(text))).root
        assert root is not None and root.resource == "Data"


def test_the_failing_operation_counts_and_neither_its_rollback_nor_an_older_one() -> None:
    old = [_stack(0, "CREATE_IN_PROGRESS"), _event(1, "Old", "CREATE_FAILED", TAKEN), _stack(2, "ROLLBACK_IN_PROGRESS"), _stack(3, "ROLLBACK_COMPLETE"),
           _stack(10, "DELETE_IN_PROGRESS"), _stack(12, "DELETE_COMPLETE")]  # fmt: skip
    now = [_stack(20, "CREATE_IN_PROGRESS"), _event(21, "New", "CREATE_FAILED", TAKEN), _stack(22, "ROLLBACK_IN_PROGRESS"),
           _event(23, "Vpc", "DELETE_FAILED", "The vpc 'vpc-1' has dependencies and cannot be deleted.", "AWS::EC2::VPC"), _stack(30, "ROLLBACK_FAILED")]  # fmt: skip
    found = _said(old + now)
    assert found.root is not None and found.root.resource == "New"
    assert [one.resource for one in found.later] == ["Vpc"]
    cleared = _said(old)
    assert cleared.root is not None and cleared.root.resource == "Old"


def test_an_operation_after_a_failed_one_that_went_well_is_healthy() -> None:
    again = [
        _stack(20, "DELETE_IN_PROGRESS"),
        _stack(21, "DELETE_COMPLETE"),
        _stack(30, "CREATE_IN_PROGRESS"),
        _event(31, "Data", "CREATE_COMPLETE"),
        _stack(40, "CREATE_COMPLETE"),
    ]
    assert _said(CREATION + again).outcome is Outcome.HEALTHY


def test_clean_up_that_fails_leaves_the_update_a_success() -> None:
    found = _said([
        _stack(0, "UPDATE_IN_PROGRESS"), _event(1, "Data", "UPDATE_COMPLETE"), _stack(2, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        _event(3, "Old", "DELETE_FAILED", "The bucket you tried to delete is not empty"), _stack(4, "UPDATE_COMPLETE"),
    ])  # fmt: skip
    assert found.outcome is Outcome.HEALTHY
    assert [one.resource for one in found.later] == ["Old"]


def test_nested_stacks_are_descended_by_arn_and_by_name() -> None:
    arn = "arn:aws:cloudformation:eu-west-1:123456789012:stack/web-Net-1ABC/11111111-1111-1111-1111-111111111111"
    embedded = f"Embedded stack {arn} was not successfully created: The following resource(s) failed to create: [Eip]."
    parent = [
        _stack(0, "CREATE_IN_PROGRESS"),
        _event(1, "Net", "CREATE_IN_PROGRESS", type=STACK, PhysicalResourceId=arn),
    ]
    child = [_stack(2, "CREATE_IN_PROGRESS", name="web-Net-1ABC"),
             _event(3, "Eip", "CREATE_FAILED", "The maximum number of addresses has been reached.", "AWS::EC2::EIP", "web-Net-1ABC")]  # fmt: skip
    end = [
        _event(4, "Net", "CREATE_FAILED", embedded, STACK, PhysicalResourceId=arn),
        _stack(5, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Net]."),
    ]
    found = _said(parent + child + end)
    assert found.root is not None and found.cause is not None
    assert (found.root.resource, found.cause.id, found.stack) == ("Eip", "elastic-ip-quota", "web")
    alone = _said(parent + end)
    assert alone.root is not None and alone.cause is None
    assert alone.root.resource == "Eip"
    assert any(arn in command for command in alone.missing)


def test_a_text_that_says_nothing_gives_way_to_one_nearby_that_speaks() -> None:
    found = _said(
        [
            _event(1, "Fn", "CREATE_FAILED", "Internal Failure", "AWS::Lambda::Function"),
            _event(1.4, "Data", "CREATE_FAILED", TAKEN),
        ]
    )
    assert found.root is not None and found.root.resource == "Data"
    assert [one.resource for one in found.also_failed] == ["Fn"]


def test_of_failures_near_each_other_the_one_that_others_wait_for_is_the_root() -> None:
    events = [
        _event(1, "Service", "CREATE_FAILED", "Something odd with the service", "AWS::ECS::Service"),
        _event(1.5, "Cluster", "CREATE_FAILED", "Something odd with the cluster", "AWS::ECS::Cluster"),
    ]
    plain, graph = _said(events), _said(events, waits_for={"Service": frozenset({"Cluster"})})
    assert plain.root is not None and graph.root is not None
    assert (plain.root.resource, graph.root.resource) == ("Service", "Cluster")


def test_independent_failures_are_listed_so_that_one_round_mends_all() -> None:
    found = _said([_event(n, f"B{n}", "CREATE_FAILED", TAKEN) for n in range(1, 4)])
    assert [(one.resource, one.cause) for one in found.also_failed] == [
        ("B2", "bucket-name-taken"),
        ("B3", "bucket-name-taken"),
    ]


def test_only_consequences_are_no_root() -> None:
    found = _said(
        [
            _event(1, "A", "CREATE_FAILED", CANCELLED),
            _stack(2, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A, B, C]."),
        ]
    )
    assert (found.outcome, found.root, found.cause) == (Outcome.CANNOT_TELL, None, None)
    assert found.missing


def test_what_goes_on_is_in_progress_and_named() -> None:
    found = _said([_stack(0, "CREATE_IN_PROGRESS"), _event(1, "Data", "CREATE_IN_PROGRESS")])
    assert found.outcome is Outcome.IN_PROGRESS
    assert "Data" in found.explanation


def test_cancelled_policies_are_named_as_what_the_root_may_have_lacked() -> None:
    refused = "The role defined for the function cannot be assumed by Lambda."
    found = _said(
        [
            _event(1, "Fn", "CREATE_FAILED", refused, "AWS::Lambda::Function"),
            _event(1.2, "FnPolicy", "CREATE_FAILED", CANCELLED, "AWS::IAM::Policy"),
        ]
    )
    assert any("FnPolicy" in note for note in found.notes)


def test_evidence_about_the_root_says_what_its_text_hides() -> None:
    broken = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
    history = read_history(json.dumps([_event(1, "Web", "CREATE_FAILED", broken, "AWS::ECS::Service")]))
    stopped = Evidence(EvidenceKind.STOPPED_TASK, "CannotPullContainerError: dial tcp 52.1.1.1:443: i/o timeout", "Web")
    alone, told = (
        diagnose(Question(history)),
        diagnose(Question(History(history.events, evidence=(stopped,), scale=history.scale))),
    )
    assert alone.cause is not None and told.cause is not None
    assert (alone.cause.id, alone.confidence) == ("circuit-breaker-triggered", Confidence.MEDIUM)
    assert (told.cause.id, told.confidence) == ("registry-not-reachable", Confidence.HIGH)
    assert stopped in told.evidence


def test_what_could_not_be_asked_is_no_cause() -> None:
    """A function that was never made has no log group, and that it has none is not why it was not made."""
    history = read_history(
        json.dumps([_event(1, "Fn", "CREATE_FAILED", "Something unheard of", "AWS::Lambda::Function")])
    )
    silent = "function log: could not be read: ResourceNotFoundException: The specified log group does not exist."
    unanswered, said = (Evidence(kind, silent, "Fn") for kind in (EvidenceKind.UNANSWERED, EvidenceKind.MESSAGE))
    asked = History(history.events, evidence=(unanswered,), scale=history.scale)
    assert diagnose(Question(asked)).cause is None
    heard = History(history.events, evidence=(said,), scale=history.scale)
    assert diagnose(Question(heard)).cause is not None


def test_what_the_trail_tells_says_which_action_a_handler_hides() -> None:
    hidden = "Access denied for operation 'AWS::SQS::Queue'."
    history = read_history(json.dumps([_event(1, "Jobs", "CREATE_FAILED", hidden, "AWS::SQS::Queue")]))
    refused = Evidence(
        EvidenceKind.TRAIL,
        "sqs.amazonaws.com CreateQueue by ci was refused: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/ci/s is not "
        "authorized to perform: sqs:CreateQueue on resource: arn:aws:sqs:eu-west-1:123456789012:jobs because no identity-based policy "
        "allows the sqs:CreateQueue action",
        "Jobs",
    )
    alone = diagnose(Question(history))
    told = diagnose(Question(History(history.events, evidence=(refused,), scale=history.scale)))
    assert alone.cause is not None and told.cause is not None
    assert (alone.cause.id, told.cause.id) == ("handler-hides-denied-action", "deployer-lacks-permission")
    assert told.denial is not None and told.denial.action == "sqs:CreateQueue"


DENIALS = {
    "because no identity-based policy allows the sqs:CreateQueue action": ("identity-based", False, True),
    "because no permissions boundary allows the sqs:CreateQueue action": ("permissions boundary", False, True),
    "because no session policy allows the sqs:CreateQueue action": ("session", False, True),
    "because no resource-based policy allows the sqs:CreateQueue action": ("resource-based", False, True),
    "because no VPC endpoint policy allows the sqs:CreateQueue action": ("VPC endpoint", False, True),
    "with an explicit deny in a service control policy": ("service control", True, False),
    "with an explicit deny in an identity-based policy": ("identity-based", True, False),
}


@pytest.mark.parametrize("ending", DENIALS)
def test_a_refusal_is_read_into_who_what_on_what_and_by_which_policy(ending: str) -> None:
    text = (
        "User: arn:aws:sts::123456789012:assumed-role/ci/session is not authorized to perform: sqs:CreateQueue on resource: "
        f"arn:aws:sqs:eu-west-1:123456789012:jobs {ending}"
    )
    denial = diagnose(Question(read_history(text))).denial
    assert denial is not None
    policy, explicit, helps = DENIALS[ending]
    assert (denial.principal, denial.action) == ("arn:aws:iam::123456789012:role/ci", "sqs:CreateQueue")
    assert (denial.policy, denial.explicit, bool(denial.statement)) == (policy, explicit, helps)
    if helps:
        assert json.loads(denial.statement)["Resource"] == "arn:aws:sqs:eu-west-1:123456789012:jobs"


def test_whether_a_retry_helps_is_said() -> None:
    texts = {"Rate exceeded (Service: Sqs, Status Code: 429)": Retry.YES, TAKEN: Retry.NO,
             "The role defined for the function cannot be assumed by Lambda.": Retry.SOMETIMES}  # fmt: skip
    assert {text: diagnose(Question(read_history(text))).retry for text in texts} == texts


def test_the_table_of_statuses_knows_each_and_warns_where_a_deletion_would_harm() -> None:
    states = stack_states()
    assert list(states) == list(StackStatus)
    for status, state in states.items():
        assert state.meaning and state.legal and state.safe, status
        assert status.in_progress <= ("wait" in state.legal), status
    assert "Never delete" in states[StackStatus.UPDATE_ROLLBACK_FAILED].never
    assert any("NestedStackName" in command for command in states[StackStatus.UPDATE_ROLLBACK_FAILED].aws)


def test_a_stack_that_could_not_go_back_is_told_how_to_go_on() -> None:
    found = _said([_stack(0, "UPDATE_IN_PROGRESS"), _event(1, "Data", "UPDATE_FAILED", TAKEN), _stack(2, "UPDATE_ROLLBACK_IN_PROGRESS"),
                   _event(3, "Db", "UPDATE_FAILED", "previous storage change is being optimized", "AWS::RDS::DBInstance"), _stack(4, "UPDATE_ROLLBACK_FAILED")])  # fmt: skip
    assert found.root is not None and found.root.resource == "Data"
    assert [one.resource for one in found.later] == ["Db"]
    assert any("continue-update-rollback --stack-name web" in line for line in found.advice)


def test_only_what_failed_because_of_the_way_back_may_be_skipped_and_bears_the_name_of_its_stack() -> None:
    child = "arn:aws:cloudformation:eu-west-1:123456789012:stack/web-Net-1ABC/11111111-1111-1111-1111-111111111111"
    root = "arn:aws:cloudformation:eu-west-1:123456789012:stack/web/22222222-2222-2222-2222-222222222222"
    found = _said([
        {**_stack(0, "UPDATE_IN_PROGRESS"), "StackId": root, "PhysicalResourceId": root},
        _event(1, "Net", "UPDATE_IN_PROGRESS", type=STACK, PhysicalResourceId=child),
        _event(2, "Data", "UPDATE_FAILED", TAKEN),
        {**_stack(3, "UPDATE_ROLLBACK_IN_PROGRESS"), "StackId": root, "PhysicalResourceId": root},
        _event(4, "Queue", "UPDATE_FAILED", "Resource update cancelled", "AWS::SQS::Queue"),
        _event(5, "Rule", "UPDATE_FAILED", "The rule does not exist", "AWS::EC2::SecurityGroupIngress", "web-Net-1ABC", StackId=child),
        {**_stack(6, "UPDATE_ROLLBACK_FAILED"), "StackId": root, "PhysicalResourceId": root},
    ])  # fmt: skip
    skipped = next(line for line in found.advice if "--resources-to-skip" in line)
    assert skipped.endswith("--stack-name web --resources-to-skip web-Net-1ABC.Rule")
    assert any(line.startswith("Never delete the stack") for line in found.advice)


def test_no_order_of_mixed_stacks_changes_the_root() -> None:
    other = [_stack(0, "CREATE_IN_PROGRESS", name="net"), _stack(3, "CREATE_COMPLETE", name="net")]
    for mixed in itertools.islice(itertools.permutations([CREATION, other]), 2):
        root = _said([event for part in mixed for event in part]).root
        assert root is not None and (root.resource, root.stack) == ("Data", "web")
