"""Scene -> what happens if each resource fails once: the worst recoveries first."""

from __future__ import annotations

from stackflight.model.estimate import Recovery
from stackflight.rehearse.behaviour import MEDIAN, Behaviour, Fault
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.failures import handler_text
from stackflight.rehearse.leftovers import find_leftovers
from stackflight.rehearse.scene import Play, Scene, in_run


def explore_failures(play: Play, scene: Scene, behaviour: Behaviour, faults: Faults) -> tuple[Recovery, ...]:
    """Fail every resource once, at the end of its usual duration, with every median elsewhere."""
    steady = in_run(behaviour, MEDIAN)
    found: list[Recovery] = []
    operations = ("delete",) if scene.delete else ("create", "update")
    for address, resource in scene.world.resources.items():
        if any((address, operation) in faults for operation in operations):
            continue
        late = steady.act(resource, operations[0]).seconds
        fault = Fault(handler_text("Failure injected into the rehearsal", "GeneralServiceException"), late)
        tried = {**faults, **{(address, operation): fault for operation in operations}}
        played = play(scene, steady, tried)
        failed = played.engine.first_failure
        if failed is None:
            continue
        left = find_leftovers(played.engine.stacks.values())
        found.append(
            Recovery(address.stack, address.id, resource.type, played.outcome, failed, played.seconds - failed, left)
        )
    return tuple(sorted(found, key=_badness))


def _badness(recovery: Recovery) -> tuple[object, ...]:
    blockers = sum(bool(left.blocks) for left in recovery.leftovers)
    lost = not recovery.outcome.endswith("ROLLBACK_COMPLETE")
    return (not lost, -blockers, -len(recovery.leftovers), -round(recovery.rollback_seconds), recovery.resource)
