"""What a verb asks of IAM: actions, on what, and why; and the policy that allows it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from stackflight.records import dataclass


class Origin(StrEnum):
    """Where a demand comes from; in the order in which they are shown."""

    CALLS = "what stackflight asks itself"
    EVIDENCE = "what services say of a failure"
    TEMPLATE = "what CloudFormation does as you"


@dataclass(frozen=True)
class Demand:
    """Actions that go together. `optional`: without them the verb goes on, and says what it could not read."""

    origin: Origin
    subject: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    optional: bool = False


@dataclass(frozen=True)
class Rights:
    """What one verb asks for on a target, empty where there is none; `unknown` is what nobody can tell from it."""

    verb: str
    target: str
    demands: tuple[Demand, ...]
    unknown: tuple[str, ...] = ()

    @property
    def policy(self) -> Mapping[str, object]:
        """A policy document: a statement for each set of resources."""
        actions: dict[tuple[str, ...], dict[str, None]] = {}
        for demand in self.demands:
            actions.setdefault(demand.resources, {}).update(dict.fromkeys(demand.actions))
        statements = [
            {"Effect": "Allow", "Action": sorted(names), "Resource": list(resources)}
            for resources, names in actions.items()
        ]
        return {"Version": "2012-10-17", "Statement": statements}
