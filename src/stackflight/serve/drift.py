"""Drift, which a simulated cloud does not have: nobody changes its resources by hand, so that everything is in sync.

Source: CloudFormation API reference, DetectStackDrift and what belongs to it; user guide, statuses in which drift is detected.
"""

from __future__ import annotations

from stackflight.model.event import StackStatus
from stackflight.serve.paging import page
from stackflight.serve.reads import physical_id
from stackflight.serve.realm import Realm, Record, new_id
from stackflight.serve.refusals import invalid
from stackflight.serve.starts import Request, Result

_DETECTABLE = frozenset(
    {
        StackStatus.CREATE_COMPLETE,
        StackStatus.UPDATE_COMPLETE,
        StackStatus.UPDATE_ROLLBACK_COMPLETE,
        StackStatus.UPDATE_ROLLBACK_FAILED,
        StackStatus.IMPORT_COMPLETE,
        StackStatus.IMPORT_ROLLBACK_COMPLETE,
    }
)


def detect_stack_drift(realm: Realm, request: Request) -> Result:
    """DetectStackDrift: over at once."""
    record = realm.need(request["StackName"])
    if record.live.status not in _DETECTABLE:
        raise invalid(f"Drift detection cannot be performed on stack in status [{record.live.status}]")
    id = new_id()
    record.drift_checks[id] = realm.now
    return {"StackDriftDetectionId": id}


def describe_stack_drift_detection_status(realm: Realm, request: Request) -> Result:
    """DescribeStackDriftDetectionStatus."""
    id = request["StackDriftDetectionId"]
    record = next((one for one in realm.records() if id in one.drift_checks), None)
    if record is None:
        raise invalid(f"Stack drift detection [{id}] does not exist")
    return {
        "StackId": realm.stack_id(record.live),
        "StackDriftDetectionId": id,
        "StackDriftStatus": "IN_SYNC",
        "DetectionStatus": "DETECTION_COMPLETE",
        "DriftedStackResourceCount": 0,
        "Timestamp": realm.moment(record.drift_checks[id]),
    }


def detect_stack_resource_drift(realm: Realm, request: Request) -> Result:
    """DetectStackResourceDrift."""
    record = realm.need(request["StackName"])
    logical = request["LogicalResourceId"]
    if logical not in record.live.items:
        raise invalid(f"Resource {logical} does not exist for stack {record.live.title}")
    record.drift_checks[new_id()] = realm.now
    return {"StackResourceDrift": _resource(realm, record, logical)}


def describe_stack_resource_drifts(realm: Realm, request: Request) -> Result:
    """DescribeStackResourceDrifts: nothing before drift was looked for."""
    record = realm.need(request["StackName"])
    wanted = request.get("StackResourceDriftStatusFilters") or ["IN_SYNC"]
    there = [id for id, item in record.live.items.items() if item.status and item.physical_id]
    listed = there if record.drift_checks and "IN_SYNC" in wanted else []
    shown, token = page([_resource(realm, record, id) for id in listed], request)
    return {"StackResourceDrifts": shown, "NextToken": token}


def _resource(realm: Realm, record: Record, id: str) -> Result:
    item = record.live.items[id]
    return {
        "StackId": realm.stack_id(record.live),
        "LogicalResourceId": id,
        "PhysicalResourceId": physical_id(realm, record, id, item.resource.type, item.physical_id),
        "ResourceType": item.resource.type,
        "PropertyDifferences": [],
        "StackResourceDriftStatus": "IN_SYNC",
        "Timestamp": realm.moment(max(record.drift_checks.values())),
    }
