"""A stack as CloudFormation describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.model.event import StackStatus
from stackflight.records import dataclass


@dataclass(frozen=True)
class Deployed:
    """One stack. `stack_id` is its ARN, `operation` the OperationId of its last operation, both empty where unknown.

    `parameters` are as CloudFormation shows them: those with NoEcho are asterisks.
    """

    stack: str
    status: StackStatus
    reason: str = ""
    stack_id: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    protected: bool = False
    operation: str = ""


@dataclass(frozen=True)
class Owned:
    """One resource of a stack that stands, with its last status. `policy` is its DeletionPolicy, empty where unknown."""

    stack: str
    resource: str
    type: str
    status: str
    policy: str = ""
