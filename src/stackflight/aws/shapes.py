"""CloudFormation's answers -> nouns, and nouns -> what it is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stackflight.model.change import Action, Change, Replacement
from stackflight.model.deployed import Deployed
from stackflight.model.event import STACK_TYPE, Event, StackStatus
from stackflight.model.plan import ChangeSet
from stackflight.model.submission import Submission

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")

_ACTIONS = {"Add": Action.ADD, "Import": Action.ADD, "Remove": Action.REMOVE}


def read_stack(answer: Mapping[str, Any], name: str) -> Deployed:
    """One entry of DescribeStacks."""
    operations = answer.get("LastOperations") or []
    return Deployed(
        stack=name,
        status=StackStatus(answer["StackStatus"]),
        reason=answer.get("StackStatusReason", ""),
        stack_id=answer["StackId"],
        outputs={one["OutputKey"]: one.get("OutputValue", "") for one in answer.get("Outputs") or []},
        parameters={one["ParameterKey"]: one.get("ParameterValue", "") for one in answer.get("Parameters") or []},
        tags={one["Key"]: one["Value"] for one in answer.get("Tags") or []},
        role=answer.get("RoleARN", ""),
        protected=bool(answer.get("EnableTerminationProtection")),
        operation=operations[0].get("OperationId", "") if operations else "",
    )


def read_event(answer: Mapping[str, Any], path: str) -> Event:
    """One entry of DescribeStackEvents, of the stack that is called by a path."""
    of_stack = answer.get("ResourceType") == STACK_TYPE and answer.get("PhysicalResourceId") == answer["StackId"]
    return Event(
        time=answer["Timestamp"].timestamp(),
        stack=path,
        resource=path if of_stack else answer.get("LogicalResourceId", ""),
        type=answer.get("ResourceType", ""),
        status=answer.get("ResourceStatus", ""),
        reason=answer.get("ResourceStatusReason", "") or _of_hook(answer),
        physical_id=answer.get("PhysicalResourceId", ""),
        operation=answer.get("OperationId", ""),
        detailed_status=answer.get("DetailedStatus", ""),
        id=answer["EventId"],
        stack_id=answer["StackId"],
        token=answer.get("ClientRequestToken", ""),
    )


def _of_hook(answer: Mapping[str, Any]) -> str:
    """What an event of a hook says in the place of a reason of the resource's own."""
    told = ("HookType", "HookStatus", "HookStatusReason")
    return ": ".join(answer[key] for key in told if answer.get(key))


def nested_change_sets(changes: list[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """The logical ids of nested stacks in a change set, each with the id of its own change set and what that does."""
    found = [one["ResourceChange"] for one in changes if "ResourceChange" in one]
    return {
        one["LogicalResourceId"]: (one["ChangeSetId"], "CREATE" if one.get("Action") == "Add" else "UPDATE")
        for one in found
        if one.get("ChangeSetId")
    }


def read_change_set(
    answer: Mapping[str, Any],
    changes: list[Mapping[str, Any]],
    stack: str,
    kind: str,
    nested: tuple[ChangeSet, ...] = (),
) -> ChangeSet:
    """DescribeChangeSet, with the changes of all its pages, and those of nested stacks."""
    return ChangeSet(
        stack=stack,
        name=answer["ChangeSetName"],
        kind=kind,
        status=answer["Status"],
        execution=answer.get("ExecutionStatus", ""),
        changes=tuple(_change(one["ResourceChange"]) for one in changes if "ResourceChange" in one),
        reason=answer.get("StatusReason", ""),
        nested=nested,
    )


def _change(answer: Mapping[str, Any]) -> Change:
    action = _ACTIONS.get(answer.get("Action", ""), Action.MODIFY)
    details = answer.get("Details") or []
    targets = [detail.get("Target") or {} for detail in details]
    names = [
        str(target.get("Name")) for target in targets if target.get("Attribute") == "Properties" and target.get("Name")
    ]
    replacement = Replacement(answer.get("Replacement") or "False")
    if answer.get("Action") == "Dynamic":
        replacement = Replacement.CONDITIONAL
    return Change(
        resource=answer.get("LogicalResourceId", ""),
        type=answer.get("ResourceType", ""),
        action=action,
        replacement=replacement if action is Action.MODIFY else Replacement.NO,
        properties=tuple(dict.fromkeys(names)),
        policy=answer.get("PolicyAction", ""),
        before=_properties(answer.get("BeforeContext")),
        after=_properties(answer.get("AfterContext")),
    )


def _properties(context: str | None) -> Mapping[str, Any] | None:
    """The properties in BeforeContext or AfterContext, which are JSON; None where they cannot be read."""
    try:
        read = json.loads(context or "null")
    except ValueError:
        return None
    found = read.get("Properties") if isinstance(read, dict) else None
    return found if isinstance(found, dict) else None


def request_of(submission: Submission) -> dict[str, Any]:
    """What CreateChangeSet, CreateStack and UpdateStack have in common; what is empty is left out."""
    parameters = [
        {"ParameterKey": name, "UsePreviousValue": True} if value is None
        else {"ParameterKey": name, "ParameterValue": value}
        for name, value in submission.parameters.items()
    ]  # fmt: skip
    request: dict[str, Any] = {
        "Parameters": parameters,
        "Capabilities": list(submission.capabilities or CAPABILITIES),
        "Tags": [{"Key": key, "Value": value} for key, value in submission.tags.items()],
        "NotificationARNs": list(submission.notifications),
    }
    if submission.template_url:
        request["TemplateURL"] = submission.template_url
    else:
        request["TemplateBody"] = submission.template
    if submission.role:
        request["RoleARN"] = submission.role
    return {key: value for key, value in request.items() if value}
