"""What has happened to a stack, as events: DescribeStackEvents and DescribeEvents.

Source: CloudFormation API reference. Events come newest first; DescribeEvents names the operation of each.
"""

from __future__ import annotations

import json

from stackflight.model.event import Event
from stackflight.model.value import render
from stackflight.rehearse.settle import settle
from stackflight.serve.change_sets import find_proposal
from stackflight.serve.hooks import Told, invocation_id, show_hook, unfold
from stackflight.serve.paging import page
from stackflight.serve.reads import physical_id
from stackflight.serve.realm import Realm, Record
from stackflight.serve.refusals import invalid, no_stack_to_act_on
from stackflight.serve.starts import Request, Result


def describe_stack_events(realm: Realm, request: Request) -> Result:
    """DescribeStackEvents."""
    name = request["StackName"]
    record = realm.need(name, no_stack_to_act_on(name))
    entries, token = page(list(reversed(unfold(realm, record.live.history))), request)
    return {"StackEvents": [_stack_event(realm, record, told) for told in entries], "NextToken": token}


def describe_events(realm: Realm, request: Request) -> Result:
    """DescribeEvents: of a stack, of one operation, or of a change set; only failures where they are asked for."""
    if not {"StackName", "ChangeSetName", "OperationId"} & request.keys():
        raise invalid("At least one of StackName, ChangeSetName, or OperationId must be specified.")
    if "ChangeSetName" in request:
        return _validation_events(realm, request)
    record, events = _chosen(realm, request)
    history = unfold(realm, events)
    if (request.get("Filters") or {}).get("FailedEvents"):
        history = [told for told in history if told.is_failure]
    entries, token = page(list(reversed(history)), request)
    return {"OperationEvents": [_operation_event(realm, record, told) for told in entries], "NextToken": token}


def _chosen(realm: Realm, request: Request) -> tuple[Record, list[Event]]:
    wanted = request.get("OperationId")
    if "StackName" in request:
        record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
        return record, [one for one in record.live.history if wanted in {None, one.operation}]
    for record in realm.records():
        if any(one.id == wanted for one in record.live.undertakings):
            return record, [event for event in record.live.history if event.operation == wanted]
    raise invalid(f"Operation [{wanted}] does not exist")


def _validation_events(realm: Realm, request: Request) -> Result:
    """What the validation of a change set has found."""
    record, proposal = find_proposal(realm, request)
    only_failed = bool((request.get("Filters") or {}).get("FailedEvents"))
    shown = [
        {
            "EventId": f"{proposal.id.rsplit('/', 1)[1]}-{number}",
            "StackId": realm.stack_id(record.live),
            "OperationId": record.live.operation,
            "OperationType": "CREATE_CHANGESET",
            "OperationStatus": "FAILED" if proposal.set.status == "FAILED" else "SUCCEEDED",
            "EventType": "VALIDATION_ERROR",
            "LogicalResourceId": one.resource,
            "PhysicalResourceId": "",
            "ResourceType": one.type,
            "Timestamp": realm.moment(proposal.ready),
            "ValidationFailureMode": one.mode,
            "ValidationName": one.validation,
            "ValidationStatus": "FAILED",
            "ValidationStatusReason": one.reason,
            "ValidationPath": one.path,
        }
        for number, one in enumerate(proposal.problems if realm.now >= proposal.ready else ())
        if one.mode == "FAIL" or not only_failed
    ]
    entries, token = page(shown, request)
    return {"OperationEvents": entries, "NextToken": token}


def _stack_event(realm: Realm, record: Record, told: Told) -> Result:
    return {
        "StackId": realm.stack_id(record.live),
        "EventId": _event_id(record, told.event),
        "StackName": record.live.title,
        "OperationId": told.event.operation,
        **_common(realm, record, told),
        "HookInvocationId": invocation_id(record, told),
    }


def _operation_event(realm: Realm, record: Record, told: Told) -> Result:
    event = told.event
    undertaking = next((one for one in record.live.undertakings if one.id == event.operation), None)
    shown = {
        "EventId": _event_id(record, event),
        "StackId": realm.stack_id(record.live),
        "OperationId": event.operation,
        "OperationType": undertaking.kind if undertaking is not None else None,
        "EventType": _event_type(told),
        **_common(realm, record, told),
    }
    if event.of_stack:
        over = not event.status.endswith("_IN_PROGRESS")
        well = event.status.endswith("_COMPLETE") and not event.status.startswith("ROLLBACK")
        shown["OperationStatus"] = ("SUCCEEDED" if well else "FAILED") if over else "IN_PROGRESS"
    return shown


def _event_type(told: Told) -> str:
    if told.hook is not None:
        return "HOOK_INVOCATION_ERROR" if told.is_failure else "PROGRESS_EVENT"
    return "PROVISIONING_ERROR" if told.is_failure and not told.event.of_stack else "STACK_EVENT"


def _common(realm: Realm, record: Record, told: Told) -> Result:
    event = told.event
    own = event.of_stack
    return {
        "LogicalResourceId": record.live.title if own else event.resource,
        "PhysicalResourceId": physical_id(realm, record, event.resource, event.type, event.physical_id) or "",
        "ResourceType": event.type,
        "Timestamp": realm.moment_of(event),
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or None,
        "ResourceProperties": None if own else _properties(realm, record, event),
        "ClientRequestToken": event.token or None,
        "DetailedStatus": event.detailed_status or None,
        **(show_hook(realm, record, told) if told.hook is not None else {}),
    }


def _properties(realm: Realm, record: Record, event: Event) -> str | None:
    resource = record.live.template.resources.get(event.resource)
    if resource is None:
        return None
    return json.dumps(settle(dict(resource.properties), record.live, realm.engine_stacks), default=render)


def _event_id(record: Record, event: Event) -> str:
    """Stack events have a bare id, those of resources begin with the logical id and the status."""
    unique = f"{record.live.number.lower()}-{int(event.id):08d}"
    return unique if event.of_stack else f"{event.resource}-{event.status}-{unique}"
