"""What the simulated cloud lets fail is diagnosed as what it is."""

from __future__ import annotations

import json

import pytest

from stackflight.diagnose.catalogue import standard_catalogue
from stackflight.diagnose.match import find_causes
from stackflight.facts.load import Row, all_rows
from stackflight.model.diagnosis import Outcome
from stackflight.model.event import Event
from stackflight.operate.diagnose import diagnose_events, diagnose_text
from stackflight.rehearse.failures import NO_RESPONSE, handler_text

FAULTS = {
    "custom-resource-silent": ("Custom::Thing", NO_RESPONSE),
    "function-timed-out": ("Custom::Thing", "Received response status [FAILED] from custom resource. Message returned: Error: Task timed out after 3.00 seconds (RequestId: simulated)"),
    "signals-not-received": ("AWS::AutoScaling::AutoScalingGroup", "Failed to receive 1 resource signal(s) within the specified duration"),
    "stack-create-timed-out": ("AWS::CloudFormation::Stack", "Stack creation time exceeded the specified timeout"),
    "service-did-not-stabilise": ("AWS::ECS::Service", handler_text("Exceeded attempts to wait", "NotStabilized")),
    "circuit-breaker-triggered": ("AWS::ECS::Service", handler_text("Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.", "GeneralServiceException")),
    "wait-timed-out": ("AWS::EFS::MountTarget", handler_text("Exceeded attempts to wait", "NotStabilized")),
    "database-deletion-protected": ("AWS::RDS::DBInstance", handler_text("Cannot delete: deletion protection is enabled", "InvalidRequest")),
}  # fmt: skip


@pytest.mark.parametrize("cause", FAULTS)
def test_a_fault_of_the_simulator_is_diagnosed_as_itself(cause: str) -> None:
    type, text = FAULTS[cause]
    events = [
        Event(0.0, "web", "Thing", type, "CREATE_IN_PROGRESS"),
        Event(9.0, "web", "Thing", type, "CREATE_FAILED", text),
    ]
    found = diagnose_events(events, "r-1", True)
    assert found.outcome is Outcome.FAILED
    assert found.cause is not None and found.cause.id == cause


TOLD = [
    (table, row)
    for table in ("refusals", "orders", "role_uses", "senders", "updates")
    for row in all_rows(table)
    if row.get("text")
]
LAW = {entry.cause.id for entry in standard_catalogue().entries if entry.law}


@pytest.mark.parametrize(("table", "row"), TOLD, ids=[f"{table}-{row['id']}" for table, row in TOLD])
def test_every_text_that_the_law_tells_is_diagnosed_and_told_as_its_row_unless_it_says_too_little(
    table: str, row: Row
) -> None:
    """Of rows that share a text the first stands for all; a few words that many troubles have name no row at all."""
    given = row.get("type") or row.get("user")
    type = given if isinstance(given, str) else given[0]
    text = handler_text(row["text"], "InvalidRequest")
    found = find_causes(standard_catalogue(), text, type, "UPDATE_FAILED" if table == "updates" else "CREATE_FAILED")
    assert found
    alone = [other for _, other in TOLD if other["text"] == row["text"]] == [row]
    assert not alone or row["id"] not in LAW or row["id"] in {match.cause.id for match in found}


def test_most_texts_of_the_law_name_their_row_first() -> None:
    named = 0
    for table, row in TOLD:
        if table == "refusals":
            found = find_causes(standard_catalogue(), row["text"], row["type"], "CREATE_FAILED")
            named += found[0].cause.id == row["id"]
    assert named >= 0.85 * sum(table == "refusals" for table, _ in TOLD)


def test_a_rehearsal_is_diagnosed_as_the_finding_that_it_played() -> None:
    played = {
        "schema": "stackflight.rehearsal/1",
        "outcome": "ROLLBACK_COMPLETE",
        "events": [
            {"time": 0.0, "stack": "web", "resource": "Base", "type": "AWS::EC2::VPC", "status": "CREATE_IN_PROGRESS", "reason": ""},
            {"time": 4.0, "stack": "web", "resource": "Base", "type": "AWS::EC2::VPC", "status": "CREATE_FAILED",
             "reason": handler_text("Base has no room", "InvalidRequest")},
        ],
        "diagnosis": {
            "root": {"stack": "web", "resource": "Base", "reason": handler_text("Base has no room", "InvalidRequest")},
            "cause": "no-room", "explanation": "Base has no room", "remedies": ["make room"],
        },
    }  # fmt: skip
    found = diagnose_text(json.dumps(played), "rehearsal.json")
    assert found.root is not None and found.cause is not None
    assert (found.root.resource, found.cause.id, found.remedies[0]) == ("Base", "no-room", "make room")
