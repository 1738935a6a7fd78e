"""From where a run is followed, be it ours, another tool's, or begun by somebody on another machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stackflight.model.event import Event
from stackflight.model.redaction import Redactor
from stackflight.model.template import World
from stackflight.operate.eta import Usual
from stackflight.ports import Clock, Cloud, Ledger, View, Witnesses


@dataclass(frozen=True)
class Lookout:
    """The cloud that is looked at, what keeps and shows what is seen there, and who else is asked.

    `usual` is how long things take, `luck` gives numbers between 0 and 1, `strain` by how much all waits are longer.
    `verify` says what of a stack, named by its ARN, runs otherwise than it was deployed, a sentence each. `witnesses` are
    to be had for a world and the events so far.
    """

    cloud: Cloud
    clock: Clock
    ledger: Ledger
    view: View
    usual: Usual
    luck: Callable[[], float]
    redactor: Redactor = field(default_factory=Redactor)
    strain: Callable[[], float] = lambda: 1.0
    verify: Callable[[str], Sequence[str]] = lambda _: ()
    witnesses: Callable[[World, Callable[[], Sequence[Event]]], Witnesses | None] = lambda *_: None
