"""Order warnings + a play -> in how many runs each race is lost: how often the user starts before what it needs is there.

`check` warns of a race by typical times; here it is run with different luck. The rehearsal itself goes on as if every race
were won, since the templates prove no loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stackflight.model.estimate import Race, Span
from stackflight.model.finding import Finding, Phase, Severity
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.scene import Play, Scene, in_run

NOT_READY = "PATH_NOT_READY"
_RUNS = 50


def find_races(
    play: Play, scene: Scene, behaviour: Behaviour, faults: Faults, findings: Sequence[Finding], runs: int
) -> tuple[Race, ...]:
    """Every order warning with the number of runs, of at most fifty, in which its resource loses. `play` keeps spans."""
    warned = [
        finding
        for finding in findings
        if finding.code == NOT_READY and finding.severity is Severity.WARNING and finding.phase is Phase.CREATE
    ]
    number = min(runs, _RUNS)
    if not warned or not number:
        return ()
    lost = [0] * len(warned)
    for run in range(number):
        spans = _created(play(scene, in_run(behaviour, run), faults).engine.spans)
        for index, finding in enumerate(warned):
            lost[index] += _is_lost(finding, spans)
    return tuple(Race(finding, times, number) for finding, times in zip(warned, lost, strict=True))


def _created(spans: Iterable[Span]) -> dict[Address, Span]:
    return {Address(span.stack, span.resource): span for span in spans if span.operation == "create"}


def _is_lost(finding: Finding, spans: dict[Address, Span]) -> bool:
    """Whether the user, which the finding names first, starts before one of the others is there."""
    user, *others = (spans.get(Address(finding.stack, id)) for id in finding.resources)
    ready = [span.released if span.released is not None else span.end for span in others if span is not None]
    return user is not None and any(user.start < moment for moment in ready)
