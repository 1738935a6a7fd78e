"""What a change set does to one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from stackflight.model.value import Value
from stackflight.records import dataclass


class Action(StrEnum):
    """What a change set does to a resource."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"


class Replacement(StrEnum):
    """Whether a modified resource gets a new physical copy."""

    NO = "False"
    YES = "True"
    CONDITIONAL = "Conditional"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change set. `properties` are the top-level properties that differ, `policy` is AWS's PolicyAction.

    `before` and `after` are all properties of the resource, where they are told.
    """

    resource: str
    type: str
    action: Action
    replacement: Replacement = Replacement.NO
    properties: tuple[str, ...] = ()
    policy: str = ""
    before: Mapping[str, Value] | None = field(default=None, compare=False, repr=False)
    after: Mapping[str, Value] | None = field(default=None, compare=False, repr=False)
