"""The definition of a state machine -> what its tasks ask of services.

Source: AWS Step Functions Developer Guide (integrating services; IAM policies for integrated services).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from stackflight.facts.calls import action_of
from stackflight.facts.load import read_table
from stackflight.facts.services import prefixes_of
from stackflight.model.value import Value, as_dict, as_list, known_text, render
from stackflight.patterns import compile_later

_TASK = compile_later(
    r"arn:(?:[a-z-]{3,12}|\$\{AWS::Partition\}):states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9-]+):(?P<call>[A-Za-z0-9]+)(?:\.\S+)?"
)


def actions_called(definition: Value) -> dict[str, str]:
    """The IAM actions of the services that tasks call, each with the last state that calls it."""
    return {action: id for id, action in _called(definition) if action}


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
    return action_of(_prefixes().get(service, "") if sdk else service, call[:1].upper() + call[1:])


@cache
def _prefixes() -> dict[str, str]:
    """A service by its name in the SDK for Java, which is that of the package for JavaScript without its dashes -> prefix."""
    return {name.replace("-", ""): prefix for name, prefix in prefixes_of("package").items()}
