"""Hooks that refuse a resource, as `--fail` names them: their events, their results, what change sets say of them.

Source: CloudFormation API reference (StackEvent, ListHookResults, GetHookResult, DescribeChangeSetHooks, Change); texts and
the order of the events as AWS's workshop on Guard hooks shows them. Every hook refuses before anything is provisioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from stackflight.model.change import Change
from stackflight.model.event import Event
from stackflight.model.value import Address
from stackflight.records import dataclass
from stackflight.serve.change_sets import find_proposal
from stackflight.serve.failures import Hook
from stackflight.serve.paging import page
from stackflight.serve.realm import Realm, Record
from stackflight.serve.refusals import Refusal, invalid
from stackflight.serve.starts import Request, Result

ASKED, REFUSED = "HOOK_IN_PROGRESS", "HOOK_COMPLETE_FAILED"
_MODE = {"InvocationPoint": "PRE_PROVISION", "FailureMode": "FAIL"}
_VERSION = {"TypeVersionId": "00000001", "TypeConfigurationVersionId": "1"}


@dataclass(frozen=True)
class Told:
    """What stands in a stack's history: an event, or where `status` is one of a hook, what led to it."""

    event: Event
    hook: Hook | None = None
    status: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether it tells that something failed."""
        return self.status == REFUSED if self.hook is not None else self.event.status.endswith("_FAILED")


def unfold(realm: Realm, history: Sequence[Event]) -> list[Told]:
    """The events of a stack, oldest first, with those of hooks before the failures that they lead to."""
    found: list[Told] = []
    for event in history:
        hook = realm.failures.hook_behind(event)
        if hook is not None:
            found += [Told(event, hook, ASKED), Told(event, hook, REFUSED)]
        found.append(Told(event))
    return found


def show_hook(realm: Realm, record: Record, told: Told) -> Result:
    """What is particular to the event of a hook, and takes the place of what the failure after it says."""
    assert told.hook is not None
    begun = told.status == ASKED
    id = _result_id(record, told.event)
    return {
        "EventId": f"{told.event.resource}-{uuid5(NAMESPACE_OID, f'{id} {told.status}')}",
        "Timestamp": realm.moment_before(told.event, 2 if begun else 1),
        "PhysicalResourceId": "",
        "ResourceStatus": told.event.status.replace("_FAILED", "_IN_PROGRESS"),
        "ResourceStatusReason": None,
        "HookType": told.hook.type,
        "HookStatus": told.status,
        "HookStatusReason": "Invoking hook" if begun else told.hook.reason,
        "HookInvocationPoint": _MODE["InvocationPoint"],
        "HookFailureMode": _MODE["FailureMode"],
    }


def invocation_id(record: Record, told: Told) -> str | None:
    """By which a result is found; None where there is no hook."""
    return _result_id(record, told.event) if told.hook is not None else None


def _result_id(record: Record, event: Event) -> str:
    return str(uuid5(NAMESPACE_OID, f"{record.live.number} {event.id}"))


def _refusals(realm: Realm) -> Iterator[tuple[Record, Event, Hook]]:
    """Everything that hooks have refused, the newest first."""
    for record in realm.records():
        for event in reversed(record.live.history):
            hook = realm.failures.hook_behind(event)
            if hook is not None:
                yield record, event, hook


def list_hook_results(realm: Realm, request: Request) -> Result:
    """ListHookResults: of a stack, or of all."""
    kind, target = request.get("TargetType"), request.get("TargetId")
    if bool(kind) != bool(target):
        raise invalid("TargetType and TargetId go together: specify both, or none")
    if kind == "STACK" and realm.find(str(target)) is None:
        raise Refusal("HookResultNotFound", f"No hook results found for STACK {target}", 404)
    found = [
        _summary(realm, record, event, hook, bool(kind)) for record, event, hook in _refusals(realm)
        if not kind or (kind == "STACK" and target in {record.live.title, realm.stack_id(record.live)})
    ]  # fmt: skip
    wanted = [
        one for one in found
        if request.get("Status", REFUSED) == one["Status"] and request.get("TypeArn", one["TypeArn"]) == one["TypeArn"]
    ]  # fmt: skip
    shown, token = page(wanted, request)
    return {"TargetType": kind, "TargetId": target, "HookResults": shown, "NextToken": token}


def _summary(realm: Realm, record: Record, event: Event, hook: Hook, of_one: bool) -> Result:
    id = realm.stack_id(record.live)
    return {
        "HookResultId": _result_id(record, event),
        **_MODE,
        "TypeName": hook.type,
        **_VERSION,
        "TypeArn": _arn(realm, hook),
        "Status": REFUSED,
        "HookStatusReason": hook.reason,
        **({} if of_one else {"TargetType": "STACK", "TargetId": id, "HookExecutionTarget": id,
                              "InvokedAt": realm.moment_before(event, 2)}),
    }  # fmt: skip


def get_hook_result(realm: Realm, request: Request) -> Result:
    """GetHookResult: one refusal. What a rule set annotates is not played."""
    wanted = request.get("HookResultId")
    for record, event, hook in _refusals(realm):
        if _result_id(record, event) == wanted:
            target = {
                "TargetType": "RESOURCE", "TargetTypeName": event.type,
                "TargetId": f"{realm.stack_id(record.live)}/{event.resource}",
                "Action": event.status.removesuffix("_FAILED"),
            }  # fmt: skip
            return {
                "HookResultId": wanted,
                **_MODE,
                "TypeName": hook.type,
                "OriginalTypeName": hook.type,
                **_VERSION,
                "TypeArn": _arn(realm, hook),
                "Status": REFUSED,
                "HookStatusReason": hook.reason,
                "InvokedAt": realm.moment_before(event, 2),
                "Target": target,
            }
    raise Refusal("HookResultNotFound", f"Hook result {wanted} does not exist", 404)


def _arn(realm: Realm, hook: Hook) -> str:
    place = f"{realm.environment.region}:{realm.environment.account}"
    return f"arn:aws:cloudformation:{place}:type/hook/{hook.type.replace('::', '-')}"


def describe_change_set_hooks(realm: Realm, request: Request) -> Result:
    """DescribeChangeSetHooks: those that `--fail` names."""
    record, proposal = find_proposal(realm, request)
    wanted = request.get("LogicalResourceId")
    chosen = [one for one in proposal.set.changes if wanted in {None, one.resource}]
    found = [(realm.failures.hook_at(Address(record.live.name, one.resource)), one) for one in chosen]
    shown, token = page([_planned(hook, change) for hook, change in found if hook is not None], request)
    return {
        "ChangeSetId": proposal.id,
        "ChangeSetName": proposal.name,
        "Hooks": shown,
        "Status": "PLANNED",
        "NextToken": token,
        "StackId": realm.stack_id(record.live),
        "StackName": record.live.title,
    }


def _planned(hook: Hook, change: Change) -> dict[str, Any]:
    """One of DescribeChangeSetHooks."""
    resource = {
        "LogicalResourceId": change.resource, "ResourceType": change.type, "ResourceAction": change.action.value,
    }  # fmt: skip
    target = {"TargetType": "RESOURCE", "ResourceTargetDetails": resource}
    return {**_MODE, "TypeName": hook.type, **_VERSION, "TargetDetails": target}
