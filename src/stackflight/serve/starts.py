"""What begins something on a stack: CreateStack, UpdateStack, DeleteStack, RollbackStack and their like.

Source: CloudFormation API reference, each operation; refusals in the texts that its clients quote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackflight.errors import NothingToDo, OperationRefused
from stackflight.model.event import StackStatus
from stackflight.model.plan import (
    LEGAL,
    CancelUpdate,
    ContinueRollback,
    CreateStack,
    DeleteStack,
    OnFailure,
    Operation,
    RollbackStack,
    SetTerminationProtection,
    UpdateStack,
)
from stackflight.patterns import compile_later
from stackflight.serve.desired import Desired, read_desired
from stackflight.serve.realm import Realm, Record
from stackflight.serve.refusals import Refusal, invalid, no_stack_to_act_on
from stackflight.serve.stack_policy import require_policy

Request = Mapping[str, Any]
Result = dict[str, Any]


def create_stack(realm: Realm, request: Request) -> Result:
    """CreateStack."""
    name = require_name(request)
    if repeated := use_token(realm, request, "CreateStack"):
        return {"StackId": repeated}
    if realm.find(name) is not None:
        raise Refusal("AlreadyExistsException", f"Stack [{name}] already exists")
    if request.get("DisableRollback") is not None and request.get("OnFailure") is not None:
        raise invalid("You can specify either DisableRollback or OnFailure, but not both.")
    policy = read_policy(realm, request, "StackPolicy")
    desired = read_desired(name, request, realm.around())
    minutes = request.get("TimeoutInMinutes")
    start(
        realm,
        CreateStack(
            name,
            desired.world,
            on_failure_of(request),
            minutes * 60.0 if minutes else None,
            bool(request.get("EnableTerminationProtection")),
            token=request.get("ClientRequestToken", ""),
        ),
        desired,
    )
    record = realm.need(name)
    record.timeout_minutes = minutes
    record.kept_by_on_failure = request.get("OnFailure") == "DO_NOTHING"
    record.policy = policy
    return begun(realm, record, request)


def update_stack(realm: Realm, request: Request) -> Result:
    """UpdateStack."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    if repeated := use_token(realm, request, "UpdateStack"):
        return {"StackId": repeated}
    require_legal(realm, record, UpdateStack, "updated")
    refuse_kept(record)
    desired = read_desired(record.live.name, request, realm.around(), record.desired)
    operation = UpdateStack(
        record.live.name, desired.world, on_failure_of(request), token=request.get("ClientRequestToken", "")
    )
    policy = read_policy(realm, request, "StackPolicy") or record.policy
    during = read_policy(realm, request, "StackPolicyDuringUpdate")
    start(realm, operation, desired)
    record.policy, record.policy_now = policy, during or record.policy
    return begun(realm, record, request)


def read_policy(realm: Realm, request: Request, name: str) -> str:
    """A stack policy, inline or by URL; empty where none is given. Raises Refusal."""
    url = request.get(f"{name}URL")
    return require_policy(request.get(f"{name}Body") or (url and realm.neighbours.fetch(url)) or "")


def delete_stack(realm: Realm, request: Request) -> Result:
    """DeleteStack; one that does not exist is deleted already."""
    record = realm.find(request["StackName"])
    if record is None or record.gone:
        return {}
    if record.live.parent is not None:
        raise invalid(f"Nested stack [{request['StackName']}] cannot be deleted by itself: delete its root stack")
    if use_token(realm, request, "DeleteStack"):
        return {}
    if record.live.status is StackStatus.DELETE_IN_PROGRESS:
        return {}
    if not isinstance(_PROBE, LEGAL.get(record.live.status, ())):
        raise invalid(f"Stack [{realm.stack_id(record.live)}] cannot be deleted while in status {record.live.status}")
    retain = tuple(request.get("RetainResources") or ())
    if request.get("DeletionMode") == "FORCE_DELETE_STACK":
        if record.live.status is not StackStatus.DELETE_FAILED:
            raise invalid("FORCE_DELETE_STACK can only be used when the stack is in the DELETE_FAILED state.")
        retain = tuple(item.id for item in record.live.items.values() if item.status == "DELETE_FAILED")
    start(realm, DeleteStack(record.live.name, retain, request.get("ClientRequestToken", "")))
    begun(realm, record, request)
    return {}


_PROBE = DeleteStack("")


def roll_back_stack(realm: Realm, request: Request) -> Result:
    """RollbackStack."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    if repeated := use_token(realm, request, "RollbackStack"):
        return {"StackId": repeated}
    require_legal(realm, record, RollbackStack, "rolled back")
    start(realm, RollbackStack(record.live.name, request.get("ClientRequestToken", "")))
    return begun(realm, record, request)


def continue_update_rollback(realm: Realm, request: Request) -> Result:
    """ContinueUpdateRollback."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    if use_token(realm, request, "ContinueUpdateRollback"):
        return {}
    require_legal(realm, record, ContinueRollback, "rolled back")
    skip = tuple(request.get("ResourcesToSkip") or ())
    start(realm, ContinueRollback(record.live.name, skip, request.get("ClientRequestToken", "")))
    begun(realm, record, request)
    return {}


def cancel_update_stack(realm: Realm, request: Request) -> Result:
    """CancelUpdateStack."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    if use_token(realm, request, "CancelUpdateStack"):
        return {}
    if CancelUpdate not in LEGAL.get(record.live.status, ()):
        raise invalid("CancelUpdateStack cannot be called from current stack status")
    start(realm, CancelUpdate(record.live.name, request.get("ClientRequestToken", "")))
    begun(realm, record, request, "CancelUpdateStack")
    return {}


def update_termination_protection(realm: Realm, request: Request) -> Result:
    """UpdateTerminationProtection."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    if record.live.parent is not None:
        raise invalid("Termination protection cannot be set on a nested stack; set it on the root stack")
    require_legal(realm, record, SetTerminationProtection, "updated")
    start(realm, SetTerminationProtection(record.live.name, request["EnableTerminationProtection"]))
    return {"StackId": realm.stack_id(record.live)}


def start(realm: Realm, operation: Operation, desired: Desired | None = None) -> str:
    """Begin an operation on the simulated cloud. Raises Refusal where that refuses; nothing is remembered then."""
    if desired is not None:
        realm.prepare(desired.world)
    try:
        identifier = realm.cloud.start(operation)
    except NothingToDo as refused:
        raise invalid(refused.message) from None
    except OperationRefused as refused:
        raise invalid(refused.message) from None
    if desired is not None:
        realm.record(realm.engine_stacks[operation.stack]).sent.append(desired)
    return identifier


def begun(realm: Realm, record: Record, request: Request, kind: str = "") -> Result:
    """What a call answers that has begun something; remembers its token."""
    stack_id = realm.stack_id(record.live)
    token = request.get("ClientRequestToken")
    if token:
        realm.tokens[token] = (kind or record.live.undertakings[-1].kind, stack_id)
    return {"StackId": stack_id, "OperationId": record.live.operation}


_KINDS = {
    "CreateStack": "CREATE_STACK",
    "UpdateStack": "UPDATE_STACK",
    "DeleteStack": "DELETE_STACK",
    "RollbackStack": "ROLLBACK",
    "ContinueUpdateRollback": "CONTINUE_ROLLBACK",
}


_NAME = compile_later(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


def require_name(request: Request) -> str:
    """The name of a stack that is to be made. Raises Refusal where it is none. Source: API reference, CreateStack."""
    name: str = request["StackName"]
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    return name


def use_token(realm: Realm, request: Request, operation: str) -> str:
    """The stack id of the same call that came with this token before; empty where it is new.

    Raises Refusal where the token belongs to another operation.
    """
    token = request.get("ClientRequestToken")
    if not token or token not in realm.tokens:
        return ""
    kind, stack_id = realm.tokens[token]
    record = realm.find(request["StackName"])
    same = kind == _KINDS.get(operation, operation) and record is not None and realm.stack_id(record.live) == stack_id
    if not same:
        raise Refusal("TokenAlreadyExistsException", f"Client request token [{token}] already exists")
    return stack_id


def require_legal(realm: Realm, record: Record, operation: type, deed: str) -> None:
    """Raises Refusal where the stack's status does not allow an operation."""
    status = record.live.status
    if record.gone or operation not in LEGAL.get(status, ()):
        raise invalid(f"Stack:{realm.stack_id(record.live)} is in {status} state and can not be {deed}.")


def refuse_kept(record: Record) -> None:
    """Raises Refusal where a failed creation cannot be gone on with."""
    if record.kept_by_on_failure and record.live.status is StackStatus.CREATE_FAILED:
        raise invalid(
            "This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please "
            "use disable-rollback option instead during stack creation."
        )


def on_failure_of(request: Request) -> OnFailure:
    """What a failure does, from OnFailure, DisableRollback and DeploymentConfig."""
    if request.get("OnFailure"):
        return OnFailure(request["OnFailure"])
    disabled = request.get("DisableRollback", (request.get("DeploymentConfig") or {}).get("DisableRollback"))
    return OnFailure.DO_NOTHING if disabled else OnFailure.ROLLBACK
