"""What stacks are and what has happened to them: DescribeStacks, events, resources, lists, exports.

Source: CloudFormation API reference; what a client may rely on in each answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.rehearse.settle import settle
from stackflight.rehearse.state import Item
from stackflight.serve.paging import page
from stackflight.serve.realm import Realm, Record
from stackflight.serve.refusals import invalid, no_stack_to_act_on
from stackflight.serve.starts import Request, Result

_DRIFT = {"StackDriftStatus": "NOT_CHECKED"}
_RESOURCE_DRIFT = {"StackResourceDriftStatus": "NOT_CHECKED"}


def describe_stacks(realm: Realm, request: Request) -> Result:
    """DescribeStacks: one, or all that are not deleted."""
    name = request.get("StackName")
    found = [realm.need(name)] if name else [one for one in realm.records() if not one.gone]
    shown, token = page([show_stack(realm, one) for one in found], request)
    return {"Stacks": shown, "NextToken": token}


def show_stack(realm: Realm, record: Record) -> Result:
    """One stack as DescribeStacks shows it."""
    live, desired = record.live, record.desired
    options: Mapping[str, Any] = desired.options if desired else {}
    return {
        **_brief(realm, record),
        "Description": desired.description if desired else None,
        "ChangeSetId": next((one.id for one in record.proposals if one.executed), None),
        "Parameters": [one.show() for one in desired.parameters] if desired else _of_parent(realm, record),
        "RollbackConfiguration": options.get("RollbackConfiguration", {}),
        "DisableRollback": bool(options.get("DisableRollback")),
        "NotificationARNs": options.get("NotificationARNs", []),
        "TimeoutInMinutes": record.timeout_minutes,
        "Capabilities": options.get("Capabilities", []),
        "Outputs": _outputs(realm, record),
        "RoleARN": options.get("RoleARN"),
        "Tags": options.get("Tags", []),
        "EnableTerminationProtection": live.protected,
        "DetailedStatus": "CONFIGURATION_COMPLETE" if _is_configured(record) else None,
    }


def _is_configured(record: Record) -> bool:
    """Whether all that is left is to wait until what was configured has settled."""
    live = record.live
    if live.status not in {StackStatus.CREATE_IN_PROGRESS, StackStatus.UPDATE_IN_PROGRESS}:
        return False
    last = {event.resource: event for event in live.history}
    told = [last[id] for id in live.template.resources if id in last]
    left = [event for event in told if not event.status.endswith("_COMPLETE")]
    settling = all(event.detailed_status == "CONFIGURATION_COMPLETE" for event in left)
    return len(told) == len(live.template.resources) and bool(left) and settling


def _brief(realm: Realm, record: Record) -> Result:
    """What DescribeStacks and ListStacks have in common."""
    live = record.live
    own = [event for event in live.history if event.of_stack]
    updated = [event.time for event in own if event.status == "UPDATE_IN_PROGRESS"]
    parent = realm.engine_stacks.get(live.parent.stack) if live.parent is not None else None
    root = realm.engine_stacks.get(live.root) if live.parent is not None else None
    return {
        "StackId": realm.stack_id(live),
        "StackName": live.title,
        "CreationTime": realm.moment(live.created),
        "DeletionTime": realm.moment(own[-1].time) if record.gone and own else None,
        "LastUpdatedTime": realm.moment(updated[-1]) if updated else None,
        "StackStatus": live.status.value,
        "StackStatusReason": (own[-1].reason or None) if own else None,
        "ParentId": realm.stack_id(parent) if parent is not None else None,
        "RootId": realm.stack_id(root) if root is not None else None,
        "DriftInformation": _drift(realm, record),
        "LastOperations": [
            {"OperationType": one.kind, "OperationId": one.id} for one in reversed(live.undertakings[-5:])
        ],
    }


def _drift(realm: Realm, record: Record) -> Result:
    if not record.drift_checks:
        return dict(_DRIFT)
    return {"StackDriftStatus": "IN_SYNC", "LastCheckTimestamp": realm.moment(max(record.drift_checks.values()))}


def _of_parent(realm: Realm, record: Record) -> list[Result]:
    """The parameters that a nested stack is given."""
    live = record.live
    parent = realm.engine_stacks.get(live.parent.stack) if live.parent is not None else None
    resource = parent.template.resources.get(live.parent.id) if parent is not None and live.parent is not None else None
    given = resource.get("Parameters") if resource is not None else None
    if parent is None or not isinstance(given, dict):
        return []
    return [{"ParameterKey": key, "ParameterValue": realm.text(value, parent)} for key, value in given.items()]


def _outputs(realm: Realm, record: Record) -> list[Result]:
    live = record.live
    status = live.status
    if "COMPLETE" not in status or status in {StackStatus.ROLLBACK_COMPLETE, StackStatus.DELETE_COMPLETE}:
        return []
    declared = live.template.template.section("Outputs")
    names = {value_id: name for name, value_id in _export_names(record).items()}
    shown = []
    for name, value in live.template.outputs.items():
        raw = declared.get(name)
        description = raw.get("Description") if isinstance(raw, dict) else None
        shown.append(
            {
                "OutputKey": name,
                "OutputValue": realm.text(value, live),
                "Description": description if isinstance(description, str) else None,
                "ExportName": names.get(name),
            }
        )
    return shown


def _export_names(record: Record) -> dict[str, str]:
    """Export name -> output. The two hold the same value object."""
    outputs = record.live.template.outputs
    exporting = {
        name: raw for name, raw in record.live.template.template.section("Outputs").items()
        if isinstance(raw, dict) and "Export" in raw and name in outputs
    }  # fmt: skip
    return dict(zip(record.live.template.exports, exporting, strict=False))


def list_stacks(realm: Realm, request: Request) -> Result:
    """ListStacks, deleted ones included."""
    wanted = request.get("StackStatusFilter")
    found = [one for one in realm.records() if not wanted or one.live.status.value in wanted]
    summaries = [
        {**_brief(realm, one), "TemplateDescription": one.desired.description if one.desired else None} for one in found
    ]
    shown, token = page(summaries, request)
    return {"StackSummaries": shown, "NextToken": token}


def physical_id(realm: Realm, record: Record, logical: str, type: str, given: str) -> str | None:
    """What clients see as physical id: for stacks, the ARN."""
    if type == STACK_TYPE and given:
        if logical == record.live.name:
            return realm.stack_id(record.live)
        child = realm.engine_stacks.get(f"{record.live.name}/{logical}")
        if child is not None:
            return realm.stack_id(child)
    return given or None


def describe_stack_resources(realm: Realm, request: Request) -> Result:
    """DescribeStackResources: of a stack, or of the stack that a physical id belongs to."""
    wanted = request.get("PhysicalResourceId")
    if wanted:
        records = [
            one for one in realm.records() if any(item.physical_id == wanted for item in one.live.items.values())
        ]
        if not records:
            raise invalid(f"Stack for {wanted} does not exist")
        record = records[0]
    else:
        if "StackName" not in request:
            raise invalid("You must specify either StackName or PhysicalResourceId.")
        record = realm.need(request["StackName"])
    logical = request.get("LogicalResourceId")
    items = [item for item in record.live.items.values() if item.status and logical in {None, item.id}]
    return {"StackResources": [_resource(realm, record, item, "Timestamp", named=True) for item in items]}


def list_stack_resources(realm: Realm, request: Request) -> Result:
    """ListStackResources."""
    record = realm.need(request["StackName"])
    items = [item for item in record.live.items.values() if item.status]
    shown, token = page([_resource(realm, record, item, "LastUpdatedTimestamp") for item in items], request)
    return {"StackResourceSummaries": shown, "NextToken": token}


def describe_stack_resource(realm: Realm, request: Request) -> Result:
    """DescribeStackResource."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    item = record.live.items.get(request["LogicalResourceId"])
    if item is None or not item.status:
        name = request["LogicalResourceId"]
        raise invalid(f"Resource {name} does not exist for stack {record.live.title}")
    metadata = item.resource.attributes.get("Metadata")
    settled = settle(metadata, record.live, realm.engine_stacks)
    shown = _resource(realm, record, item, "LastUpdatedTimestamp", named=True)
    return {"StackResourceDetail": {**shown, "Metadata": json.dumps(settled, default=str) if metadata else None}}


def _resource(realm: Realm, record: Record, item: Item, moment: str, named: bool = False) -> Result:
    last = next((event for event in reversed(record.live.history) if event.resource == item.id), None)
    head = {"StackName": record.live.title, "StackId": realm.stack_id(record.live)} if named else {}
    return {
        **head,
        "LogicalResourceId": item.id,
        "PhysicalResourceId": physical_id(realm, record, item.id, item.resource.type, item.physical_id),
        "ResourceType": item.resource.type,
        moment: realm.moment(last.time if last is not None else record.live.created),
        "ResourceStatus": item.status,
        "ResourceStatusReason": (last.reason or None) if last is not None else None,
        "DriftInformation": _RESOURCE_DRIFT,
    }


def list_exports(realm: Realm, request: Request) -> Result:
    """ListExports."""
    entries = [
        {"ExportingStackId": realm.stack_id(one.live), "Name": name, "Value": realm.text(value, one.live)}
        for one in realm.records()
        if not one.gone and "IN_PROGRESS" not in one.live.status.replace("CLEANUP_IN_PROGRESS", "")
        for name, value in one.live.template.exports.items()
    ]
    shown, token = page(sorted(entries, key=lambda entry: entry["Name"]), request)
    return {"Exports": shown, "NextToken": token}


def list_imports(realm: Realm, request: Request) -> Result:
    """ListImports: the stacks that import an export."""
    name = request["ExportName"]
    found = [one.live.title for one in realm.records() if not one.gone and one.desired and name in one.desired.imports]
    if not found:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    shown, token = page(found, request)
    return {"Imports": shown, "NextToken": token}
