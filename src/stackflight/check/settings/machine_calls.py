"""World -> findings on state machines whose role does not allow the services that their tasks call.

Source: AWS Step Functions Developer Guide (integrating services; IAM policies for integrated services).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import finds
from stackflight.check.outcome import broken
from stackflight.check.readers.grants import Grants
from stackflight.check.settings.workflows import STATE_MACHINE_NOT_ALLOWED, read_definition
from stackflight.facts.calls import action_of
from stackflight.facts.load import read_table
from stackflight.facts.services import prefixes_of
from stackflight.model.finding import Finding
from stackflight.model.value import Value, as_dict, as_list, known_text, render

_MACHINE = "AWS::StepFunctions::StateMachine"
_TASK = re.compile(
    r"arn:(?:[a-z-]{3,12}|\$\{AWS::Partition\}):states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9-]+):(?P<call>[A-Za-z0-9]+)(?:\.\S+)?"
)


@finds(STATE_MACHINE_NOT_ALLOWED)
def find_denied_tasks(case: Case) -> Iterator[Finding]:
    """Tasks that call a service whose action the role of the machine allows on nothing."""
    grants = Grants(case)
    for machine in case.world.of_type(_MACHINE):
        role = grants.role(machine.get("RoleArn"))
        if role is None:
            continue
        called = {action: id for id, action in _called(read_definition(machine)) if action}
        missing = [action for action in called if grants.denies(role, action)]
        if missing:
            where = listed(called[action] for action in missing)
            yield broken(
                case, STATE_MACHINE_NOT_ALLOWED, [role.address, machine.address],
                f"{machine.address} calls {listed(missing)} in {where}, and its role {role.address} does not allow "
                f"{'it' if len(missing) == 1 else 'them'}: the execution fails",
                f"allow {listed(missing)} in {role.address}",
            )  # fmt: skip


def _called(scope: Value) -> Iterator[tuple[str, str]]:
    """The tasks of a definition, also inside of branches and maps: the state's name and the action, empty where none is known."""
    for id, given in as_dict(as_dict(scope).get("States")).items():
        state = as_dict(given)
        found = _TASK.fullmatch(render(state.get("Resource"))) if known_text(state.get("Type")) == "Task" else None
        # A task that takes another role calls with that one.
        if found is not None and state.get("Credentials") is None:
            yield id, _action(found["service"], found["call"], sdk=bool(found["sdk"]))
        for inner in (*as_list(state.get("Branches")), state.get("Iterator"), state.get("ItemProcessor")):
            yield from _called(inner)


def _action(service: str, call: str, *, sdk: bool) -> str:
    if not sdk and (special := read_table("calls")["integrations"].get(f"{service}:{call}")) is not None:
        return str(special)
    # A service goes by its name in the SDK for Java, which is that of the package for JavaScript without its dashes.
    names = {name.replace("-", ""): prefix for name, prefix in prefixes_of("package").items()} if sdk else {}
    return action_of(names.get(service, "" if sdk else service), call[:1].upper() + call[1:])
