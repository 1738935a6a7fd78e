"""Resource type -> what replaces it, what names it, when its handler gives up; from `types.json` and `waits.json`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stackflight.facts.load import read_table
from stackflight.records import dataclass

_DEFAULT_TIMEOUT_MINUTES = 120
"""Source: the resource provider definition schema, handlers.timeoutInMinutes."""


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """One resource type. Property paths are dotted; `name` is empty where no property names the physical resource.

    `identity`: what together makes a resource one of its kind, as far as a template gives it. With the name among them,
    two resources with the same values cannot be there at once.
    """

    replace: tuple[str, ...] = ()
    may_replace: tuple[str, ...] = ()
    name: str = ""
    identity: tuple[str, ...] = ()
    timeout_minutes: Mapping[str, int] | None = None

    def timeout_seconds(self, operation: str) -> float:
        """When the handler of an operation ("create", "update", "delete") gives up."""
        return 60.0 * (self.timeout_minutes or {}).get(operation, _DEFAULT_TIMEOUT_MINUTES)


@cache
def type_facts(type: str) -> TypeFacts:
    """What is known of a type; nothing where it is in no schema."""
    row = read_table("types")["types"].get(type, {})
    return TypeFacts(
        tuple(row.get("replace", ())),
        tuple(row.get("may_replace", ())),
        row.get("name", ""),
        tuple(row.get("identity", ())),
        row.get("timeout_minutes"),
    )


@dataclass(frozen=True, slots=True)
class Wait:
    """How the creation of a type ends that waits for its health in vain: after so many seconds, in these words of AWS."""

    seconds: float
    says: str
    code: str


@cache
def wait_of(type: str) -> Wait | None:
    """What the creation of a type waits for at most; None where it waits for nothing."""
    row = read_table("waits")["types"].get(type)
    if row is None:
        return None
    return Wait(
        float(row.get("seconds") or type_facts(type).timeout_seconds("create")),
        row.get("says", "Exceeded attempts to wait"),
        row.get("code", "NotStabilized"),
    )
