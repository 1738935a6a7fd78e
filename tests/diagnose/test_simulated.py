"""What the simulated cloud lets fail is diagnosed as what it is."""

from __future__ import annotations

import pytest

from stackflight.model.diagnosis import Outcome
from stackflight.model.event import Event
from stackflight.operate.diagnose import diagnose_events
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
