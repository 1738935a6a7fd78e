"""An operation of a service with its arguments, in any language -> the call that it is."""

from __future__ import annotations

from collections.abc import Callable

from stackflight.facts.calls import action_of, part_of, row_of
from stackflight.facts.services import prefixes_of
from stackflight.model.call import Call
from stackflight.read.needs.python_names import COMPUTED


def call_of(prefix: str, operation: str, argument: Callable[[str], str], sure: bool = True) -> Call | None:
    """`argument` gives the text of an argument by its name, empty where there is none; None for an operation that is not known."""
    action = action_of(prefix, operation)
    if not action:
        return None
    thing = next((text for name in row_of(prefix).get("arguments", ()) if (text := argument(name))), "")
    key, before = part_of(prefix, operation)
    part = (argument(key) if key else COMPUTED) if before else ""
    if before == "/" and not part:
        part = COMPUTED  # an object's key is never left out; what gives it was not read
    return Call(action, thing, f"{before}{part}" if part else "", sure)


def prefix_of_client(service: str) -> str:
    """The prefix of the actions of a client of boto3; empty where it is not known."""
    return prefixes_of("client").get(service, "")
