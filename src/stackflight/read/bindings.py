"""What is known about a stack beyond its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from stackflight.model.template import Accepted, Environment, Spot
from stackflight.model.value import Address, Value
from stackflight.records import dataclass


@dataclass(frozen=True)
class Bindings:
    """What is known about a stack beyond its template.

    `parameters` are values given by the user or by a parent stack; `imports` answers `Fn::ImportValue` by export
    name (None where nobody exports it). `named` says whether `name`, or `called` where it is given, is what the stack will
    really be called.
    """

    name: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    environment: Environment = Environment()
    imports: Callable[[str], Value] = lambda _: None
    nested_output: Callable[[str, str], Value] = lambda _stack, _output: None
    depends_on: tuple[str, ...] = ()
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Spot] = field(default_factory=dict)
    accepted: tuple[Accepted, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    parent: Address | None = None
    named: bool = True
    called: str = ""
