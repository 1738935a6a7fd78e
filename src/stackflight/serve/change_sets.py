"""Change sets: made, shown, executed, forgotten.

Source: CloudFormation API reference (CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stackflight.model.change import Action, Change, Replacement
from stackflight.model.event import StackStatus
from stackflight.model.plan import CreateChangeSet, DeleteChangeSet, ExecuteChangeSet, OnFailure
from stackflight.model.value import Address, Value
from stackflight.rehearse.settle import settle
from stackflight.serve.desired import read_desired
from stackflight.serve.imports import read_imports, refuse_existing
from stackflight.serve.paging import page
from stackflight.serve.realm import Proposal, Realm, Record, new_id
from stackflight.serve.refusals import Refusal, invalid, no_change_set, no_stack_to_act_on
from stackflight.serve.starts import Request, Result, begun, refuse_kept, require_legal, require_name, start, use_token
from stackflight.serve.validation import SUMMARY, find_problems

_COMPUTED_AFTER = 5.0
"""Seconds until a change set is computed. Source: public logs, 5 to 8 s."""


def create_change_set(realm: Realm, request: Request) -> Result:
    """CreateChangeSet."""
    kind, name, set_name = request.get("ChangeSetType", "UPDATE"), request["StackName"], request["ChangeSetName"]
    record = realm.find(name)
    _require_kind(realm, record, kind, request)
    if record is not None:
        refuse_kept(record)
    if record is not None and any(one.name == set_name and not one.executed for one in record.proposals):
        raise Refusal("AlreadyExistsException", f"ChangeSet {set_name} already exists")
    own = record.live.name if record is not None else name
    former = record.desired if record is not None and kind != "CREATE" else None
    desired = read_desired(own, request, realm.around(), former)
    wanted, owned = desired.world.stack(own), record.live.items if record is not None else {}
    imports = read_imports(realm, request, wanted, owned) if kind == "IMPORT" else {}
    refuse_existing(realm, request, wanted, owned)
    start(realm, CreateChangeSet(own, set_name, desired.world, token=request.get("ClientToken", ""), imports=imports))
    live = realm.engine_stacks[own]
    computed = realm.cloud.change_set(own, set_name)
    assert computed is not None
    record = realm.record(live)
    if live.status is StackStatus.REVIEW_IN_PROGRESS:
        record.sent.append(desired)
    id = f"{realm.stack_id(live).split(':stack/')[0]}:changeSet/{set_name}/{new_id()}"
    problems = () if request.get("DisableValidation") else find_problems(realm, record, computed)
    if any(one.mode == "FAIL" for one in problems):
        computed = replace(computed, status="FAILED", execution="UNAVAILABLE", reason=SUMMARY)
    ready = realm.now + _COMPUTED_AFTER
    proposal = Proposal(id, set_name, computed.kind, desired, request, computed, realm.now, ready, problems=problems)
    record.proposals.append(proposal)
    if request.get("IncludeNestedStacks"):
        _propose_nested(realm, proposal)
    return {"Id": id, "StackId": realm.stack_id(live)}


def _propose_nested(realm: Realm, parent: Proposal) -> None:
    for computed in parent.set.nested:
        known = realm.nested(computed.stack) if computed.kind == "UPDATE" else None
        live = known or realm.open_shell(computed.stack, parent.desired.world)
        name = f"{parent.root.name}-{live.title}"[:128]
        id = f"{realm.stack_id(live).split(':stack/')[0]}:changeSet/{name}/{new_id()}"
        desired = replace(parent.desired, parameters=(), imports=frozenset())
        child = replace(
            parent, id=id, name=name, desired=desired, set=computed, kind=computed.kind, problems=(), parent=parent
        )
        realm.record(live).proposals.append(child)
        _propose_nested(realm, child)


def _forget_nested(realm: Realm, root: Proposal) -> None:
    for record in realm.records():
        record.proposals = [one for one in record.proposals if one is root or one.root is not root]


def _refuse_nested(proposal: Proposal, deed: str) -> None:
    if proposal.parent is not None:
        raise invalid(
            f"Operations on nested change sets are not allowed: {deed} the root change set [{proposal.root.id}]"
        )


def _require_kind(realm: Realm, record: Record | None, kind: str, request: Request) -> None:
    name = request["StackName"]
    opens = record is None or record.live.status is StackStatus.REVIEW_IN_PROGRESS
    if kind == "CREATE" or (kind == "IMPORT" and opens):
        if record is not None and record.live.status is not StackStatus.REVIEW_IN_PROGRESS:
            raise invalid(
                f"Stack [{name}] already exists and cannot be created again with the changeSet [{request['ChangeSetName']}]."
            )
        if record is None:
            require_name(request)
        return
    if record is None or record.gone:
        raise no_stack_to_act_on(name)
    if record.live.status is StackStatus.REVIEW_IN_PROGRESS:
        raise invalid(f"Stack:{realm.stack_id(record.live)} is in REVIEW_IN_PROGRESS state and can not be updated.")
    require_legal(realm, record, CreateChangeSet, "updated")


def find_proposal(realm: Realm, request: Request) -> tuple[Record, Proposal]:
    """The change set that a request names, by ARN or by its and its stack's name. Raises Refusal."""
    name = request["ChangeSetName"]
    if name.startswith("arn:"):
        for record in realm.records():
            for proposal in record.proposals:
                if proposal.id == name:
                    return record, proposal
        raise no_change_set(name)
    if "StackName" not in request:
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    for proposal in record.proposals:
        if proposal.name == name and not proposal.executed:
            return record, proposal
    raise no_change_set(name)


def status_of(realm: Realm, proposal: Proposal) -> tuple[str, str]:
    """Status and execution status as they are seen now."""
    if proposal.executed:
        return "CREATE_COMPLETE", "EXECUTE_COMPLETE"
    if realm.now < proposal.ready:
        return "CREATE_IN_PROGRESS", "UNAVAILABLE"
    return proposal.set.status, proposal.set.execution


def describe_change_set(realm: Realm, request: Request) -> Result:
    """DescribeChangeSet."""
    record, proposal = find_proposal(realm, request)
    status, execution = status_of(realm, proposal)
    asked, options = proposal.request, proposal.desired.options
    changes = _show_changes(realm, record, proposal, bool(request.get("IncludePropertyValues")))
    shown, token = page(changes if status == "CREATE_COMPLETE" else [], request)
    return {
        **_summary(realm, record, proposal),
        "Parameters": [one.show() for one in proposal.desired.parameters],
        "ExecutionStatus": execution,
        "Status": status,
        "NotificationARNs": options.get("NotificationARNs", []),
        "RollbackConfiguration": options.get("RollbackConfiguration", {}),
        "Capabilities": asked.get("Capabilities") or [],
        "Tags": options.get("Tags", []),
        "Changes": shown,
        "NextToken": token,
        "OnStackFailure": asked.get("OnStackFailure"),
    }


def _summary(realm: Realm, record: Record, proposal: Proposal) -> Result:
    status, execution = status_of(realm, proposal)
    return {
        "StackId": realm.stack_id(record.live),
        "StackName": record.live.title,
        "ChangeSetId": proposal.id,
        "ChangeSetName": proposal.name,
        "ExecutionStatus": execution,
        "Status": status,
        "StatusReason": (proposal.set.reason or None) if status == "FAILED" else None,
        "CreationTime": realm.moment(proposal.created),
        "Description": proposal.request.get("Description"),
        "ParentChangeSetId": proposal.parent.id if proposal.parent is not None else None,
        "RootChangeSetId": proposal.root.id if proposal.parent is not None else None,
        "IncludeNestedStacks": bool(proposal.request.get("IncludeNestedStacks")),
        "ImportExistingResources": bool(proposal.request.get("ImportExistingResources")),
    }


def list_change_sets(realm: Realm, request: Request) -> Result:
    """ListChangeSets."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    shown, token = page([_summary(realm, record, one) for one in record.proposals if not one.executed], request)
    return {"Summaries": shown, "NextToken": token}


def execute_change_set(realm: Realm, request: Request) -> Result:
    """ExecuteChangeSet."""
    record, proposal = find_proposal(realm, request)
    named = {"StackName": realm.stack_id(record.live), **request}  # the ARN of a change set is enough
    if use_token(realm, named, "CREATE_STACK" if proposal.kind == "CREATE" else "UPDATE_STACK"):
        return {}
    _refuse_nested(proposal, "execute")
    status, execution = status_of(realm, proposal)
    if execution != "AVAILABLE":
        said = f"ChangeSet [{proposal.id}] cannot be executed in its current status of [{status}]"
        raise Refusal("InvalidChangeSetStatus", said)
    require_legal(realm, record, ExecuteChangeSet, "updated")
    operation = ExecuteChangeSet(
        record.live.name, proposal.name, _on_failure(proposal, request), token=request.get("ClientRequestToken", "")
    )
    start(realm, operation, proposal.desired)
    record.policy_now = record.policy
    proposal.executed = True
    record.proposals = [proposal]
    _forget_nested(realm, proposal)
    begun(realm, record, request)
    return {}


def _on_failure(proposal: Proposal, request: Request) -> OnFailure:
    if request.get("DisableRollback"):
        return OnFailure.DO_NOTHING
    return OnFailure(proposal.request.get("OnStackFailure") or OnFailure.ROLLBACK)


def delete_change_set(realm: Realm, request: Request) -> Result:
    """DeleteChangeSet; one that does not exist is deleted already."""
    try:
        record, proposal = find_proposal(realm, request)
    except Refusal as refusal:
        if refusal.code == "ChangeSetNotFound":
            return {}
        raise
    _refuse_nested(proposal, "delete")
    _forget_nested(realm, proposal)
    if not proposal.executed:
        start(realm, DeleteChangeSet(record.live.name, proposal.name))
    record.proposals.remove(proposal)
    return {}


def _show_changes(realm: Realm, record: Record, proposal: Proposal, values: bool) -> list[Result]:
    return [
        {
            "Type": "Resource",
            "HookInvocationCount": 1 if realm.failures.hook_at(Address(record.live.name, change.resource)) else None,
            "ResourceChange": _show_change(realm, record, proposal, change, values),
        }
        for change in proposal.set.changes
    ]


_RECREATION = {Replacement.NO: "Never", Replacement.YES: "Always", Replacement.CONDITIONAL: "Conditionally"}


def _show_change(realm: Realm, record: Record, proposal: Proposal, change: Change, values: bool) -> Result:
    modified = change.action is Action.MODIFY
    item = record.live.items.get(change.resource)
    shown: Result = {
        "ChangeSetId": _nested_id(realm, proposal, f"{record.live.name}/{change.resource}"),
        "PolicyAction": change.policy or None,
        "Action": "Import" if change.resource in proposal.set.imports else change.action.value,
        "LogicalResourceId": change.resource,
        "PhysicalResourceId": (item.physical_id or None)
        if item is not None
        else proposal.set.imports.get(change.resource),
        "ResourceType": change.type,
        "Replacement": change.replacement.value if modified else None,
        "Scope": ["Properties"] if modified else [],
        "Details": [_detail(change, name) for name in change.properties],
    }
    if values:
        before = record.live.template.resources.get(change.resource) if change.action is not Action.ADD else None
        world = proposal.set.world
        after = world.stack(record.live.name).resources.get(change.resource) if world else None
        shown["BeforeContext"] = _context(realm, record, before.properties) if before is not None else None
        shown["AfterContext"] = _context(realm, record, after.properties) if after is not None else None
    return shown


def _nested_id(realm: Realm, proposal: Proposal, path: str) -> str | None:
    nested = realm.nested(path)
    proposals = realm.record(nested).proposals if nested is not None else []
    return next((one.id for one in proposals if one.parent is proposal), None)


def _detail(change: Change, name: str) -> Result:
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": _RECREATION[change.replacement]}
    return {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def _context(realm: Realm, record: Record, properties: Mapping[str, Value]) -> str:
    def plain(value: Value) -> Any:
        match value:
            case dict():
                return {key: plain(item) for key, item in value.items()}
            case list():
                return [plain(item) for item in value]
            case None | str() | bool() | int() | float():
                return value
            case _:
                return realm.text(value, record.live)

    settled = settle(dict(properties), record.live, realm.engine_stacks)
    return json.dumps({"Properties": plain(settled)})
