"""World -> findings on state machines: transitions to nowhere, and calls that their role does not allow.

Sources: Amazon States Language specification; AWS Step Functions Developer Guide (IAM policies for integrated services).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, refused
from stackflight.check.readers.grants import Grants
from stackflight.check.readers.machine_calls import actions_called
from stackflight.model.finding import Finding
from stackflight.model.identity import Role
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Unknown, Value, as_dict, as_list, known_text, references_in, render

_MACHINE = "AWS::StepFunctions::StateMachine"
_LAST = {"Succeed", "Fail", "Choice"}
_REQUIRED = {"Choice": "Choices", "Task": "Resource", "Parallel": "Branches"}

# Integrations that Step Functions waits for with a rule of EventBridge, which it makes in the name of the role.
_WAITED_BY_RULE = (":::ecs:runTask.sync", ":::batch:submitJob.sync", ":::states:startExecution.sync")


STATE_MACHINE_REFUSED = Check(
    "state-machine-refused",
    found_when="a state machine goes to a state that it does not have or never ends, or a state lacks what its type needs or says two things",
    explains="Step Functions validates the definition. Names with placeholders are left alone.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html",
        "https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html",
    ),
)
STATE_MACHINE_NOT_ALLOWED = Check(
    "state-machine-not-allowed",
    found_when="the role of a state machine does not allow what the machine does",
    explains="Jobs that are waited for (.sync) are watched by a rule that is made with the role when the machine is; functions and services are called "
    "with the role.",
    may=(BLOCKING, WARNING),
    weighed="blocking for jobs that are waited for; warning for functions and services, whose calls fail",
    sources=("https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html",),
)


@finds(STATE_MACHINE_REFUSED, STATE_MACHINE_NOT_ALLOWED)
def find_state_machine_defects(case: Case) -> Iterator[Finding]:
    """Definitions that Step Functions refuses, and roles that lack what the machine does."""
    grants = Grants(case)
    for machine in case.world.of_type(_MACHINE):
        definition = _definition(machine)
        for text, remedy in _broken_states(definition, "the machine"):
            yield refused(
                case, STATE_MACHINE_REFUSED, [machine.address],
                f"the definition of {machine.address} is invalid: {text}", remedy,
                ("Definition",) if isinstance(machine.get("Definition"), dict) else ("DefinitionString",),
            )  # fmt: skip
        role = grants.role(machine.get("RoleArn"))
        if role is not None:
            yield from _waits(case, grants, machine, role)
            yield from _functions(case, grants, machine, role)
            yield from _services(case, grants, machine, role, actions_called(definition))


def _definition(machine: Resource) -> Value:
    """The definition of a state machine, of which what is not known stays in its place; None where it cannot be read."""
    given = machine.get("Definition")
    if given is not None:
        return given
    text = machine.get("DefinitionString")
    if text is None or isinstance(text, Unknown):
        return None
    try:
        loaded: Value = json.loads(render(text))
    except (ValueError, RecursionError):
        return None
    return loaded


def _broken_states(scope: Value, name: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the states of a machine, a branch or a map."""
    if not isinstance(scope, dict) or not isinstance(scope.get("States"), dict):
        return
    states = as_dict(scope.get("States"))
    for source, target in _transitions(scope, states):
        if "${" not in target and target not in states:
            yield (
                f"MISSING_TRANSITION_TARGET: {source or name} goes to {target}, which is none of {listed(sorted(states))}",
                f"declare the state {target}, or name one that exists",
            )
    for id in _unreached(scope, states):
        yield (
            f"MISSING_TRANSITION_TARGET: the state {id} is not reachable",
            f"let another state go to {id}, or remove it",
        )
    for id, item in states.items():
        state = as_dict(item)
        kind = known_text(state.get("Type"))
        if kind is not None and kind not in _LAST and "${" not in kind and not {"Next", "End"} & set(state):
            yield f"SCHEMA_VALIDATION_FAILED: the state {id} has neither Next nor End", f"add Next or End: true to {id}"
        wanted = _REQUIRED.get(kind or "")
        if wanted and not any(key == wanted or key.startswith("Fn::") for key in state):
            yield f"SCHEMA_VALIDATION_FAILED: the state {id} lacks {wanted}", f"give {id}, a {kind}, its {wanted}"
        yield from _contradictions(id, kind or "", state)
        for inner in (*as_list(state.get("Branches")), state.get("Iterator"), state.get("ItemProcessor")):
            yield from _broken_states(inner, f"the inside of {id}")
    if states and not any(_may_be_last(as_dict(state)) for state in states.values()):
        yield (
            f"SCHEMA_VALIDATION_FAILED: {name} has no state that is the last one, so it never ends",
            "give a state End: true, or add one of the type Succeed or Fail",
        )


def _may_be_last(state: dict[str, Value]) -> bool:
    """Whether a state may end its machine; one that cannot be read may."""
    kind = known_text(state.get("Type"))
    leads = state.get("Next")
    readable = kind is not None and "${" not in kind and (leads is None or known_text(leads) is not None)
    return not readable or kind in {"Succeed", "Fail"} or state.get("End") not in (None, False)


def _contradictions(id: str, kind: str, state: dict[str, Value]) -> Iterator[tuple[str, str]]:
    """Fields of a state that exclude each other. Source: Amazon States Language, States (transitions, Wait)."""
    if state.get("End") is True and state.get("Next") is not None:
        yield f"SCHEMA_VALIDATION_FAILED: the state {id} has Next and End", f"keep one of them in {id}"
    times = [key for key in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if state.get(key) is not None]
    if kind == "Wait" and len(times) > 1:
        yield f"SCHEMA_VALIDATION_FAILED: the state {id} waits by {listed(times)}", f"keep one of them in {id}"
    if kind == "Wait" and not times and not any(key.startswith("Fn::") for key in state):
        yield (
            f"SCHEMA_VALIDATION_FAILED: the state {id} waits and does not say how long",
            f"give {id} Seconds, SecondsPath, Timestamp or TimestampPath",
        )
    if kind in {"Succeed", "Fail"} and (state.get("Next") is not None or state.get("End") is not None):
        yield f"SCHEMA_VALIDATION_FAILED: the state {id} is a {kind} and goes on", f"leave Next and End out of {id}"


def _unreached(scope: dict[str, Value], states: dict[str, Value]) -> list[str]:
    """The states that nothing leads to; none where a transition is not known. Source: Amazon States Language, States."""
    named = [target for _, target in _transitions(scope, states)]
    raw = [scope.get("StartAt"), *(value for item in states.values() for value in _targets(as_dict(item)))]
    known = all(value is None or known_text(value) is not None for value in raw)
    if (
        not known
        or any(target not in states for target in named)
        or not all(isinstance(item, dict) for item in states.values())
    ):
        return []
    return [id for id in states if id not in named]


def _transitions(scope: dict[str, Value], states: dict[str, Value]) -> Iterator[tuple[str, str]]:
    start = known_text(scope.get("StartAt"))
    if start is not None:
        yield "", start
    for id, item in states.items():
        state = as_dict(item)
        for target in _targets(state):
            text = known_text(target)
            if text is not None:
                yield id, text


def _targets(state: dict[str, Value]) -> list[Value]:
    """Where a state may lead to, as it stands."""
    entries = [as_dict(entry).get("Next") for key in ("Catch", "Choices") for entry in as_list(state.get(key))]
    return [state.get("Next"), state.get("Default"), *entries]


def _waits(case: Case, grants: Grants, machine: Resource, role: Role) -> Iterator[Finding]:
    text = render(machine.get("DefinitionString")) + str(machine.get("Definition") or "")
    waited = next((item for item in _WAITED_BY_RULE if item in text), "")
    missing = [action for action in ("events:PutRule", "events:PutTargets") if grants.lacks(role, action)]
    if waited and missing:
        yield refused(
            case, STATE_MACHINE_NOT_ALLOWED, [role.address, machine.address],
            f"{machine.address} waits for {waited.lstrip(':')}, and its role {role.address} does not allow {listed(missing)}: the "
            "role is not authorized to create managed-rule",
            f"allow events:PutRule, events:PutTargets and events:DescribeRule in {role.address}", struck=machine.address,
        )  # fmt: skip


def _functions(case: Case, grants: Grants, machine: Resource, role: Role) -> Iterator[Finding]:
    called = {
        reference.address: case.resources[reference.address]
        for reference in references_in(machine.properties)
        if reference.attribute == "Arn"
        and reference.address in case.resources
        and case.resources[reference.address].type == "AWS::Lambda::Function"
    }
    denied = [
        function
        for function in called.values()
        if grants.lacks(role, "lambda:InvokeFunction", Text((Reference(function.address, "Arn"), "*")))
    ]
    if denied:
        yield broken(
            case, STATE_MACHINE_NOT_ALLOWED, [role.address, machine.address, *(item.address for item in denied)],
            f"{machine.address} calls {listed(item.address for item in denied)}, and its role {role.address} does not allow "
            "lambda:InvokeFunction there: the execution fails with AccessDeniedException",
            f"allow lambda:InvokeFunction on {listed(item.address for item in denied)} in {role.address}",
        )  # fmt: skip


def _services(
    case: Case, grants: Grants, machine: Resource, role: Role, called: Mapping[str, str]
) -> Iterator[Finding]:
    """Actions that the role allows on nothing, with the states that call them."""
    missing = [action for action in called if grants.denies(role, action)]
    if missing:
        where = listed(called[action] for action in missing)
        yield broken(
            case, STATE_MACHINE_NOT_ALLOWED, [role.address, machine.address],
            f"{machine.address} calls {listed(missing)} in {where}, and its role {role.address} does not allow "
            f"{'it' if len(missing) == 1 else 'them'}: the execution fails",
            f"allow {listed(missing)} in {role.address}",
        )  # fmt: skip
