"""Scene -> what happens if each resource fails once: the worst recoveries first."""

from __future__ import annotations

from stackflight.model.estimate import Recovery
from stackflight.rehearse.behaviour import MEDIAN, Behaviour, Fault
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.failures import handler_text
from stackflight.rehearse.leftovers import find_leftovers
from stackflight.rehearse.play import Scene, in_run, play


def explore_failures(scene: Scene, behaviour: Behaviour, faults: Faults) -> tuple[Recovery, ...]:
    """Fail every resource once, at the end of its usual duration, with every median elsewhere."""
    steady = in_run(behaviour, MEDIAN)
    found: list[Recovery] = []
    for address, resource in scene.world.resources.items():
        if (address, "create") in faults:
            continue
        late = steady.act(resource, "create").seconds
        fault = Fault(handler_text("Failure injected into the rehearsal", "GeneralServiceException"), late)
        tried = {**faults, (address, "create"): fault}
        played = play(scene, steady, tried)
        failed = [span.end for span in played.engine.spans if span.outcome == "failed"]
        if not failed:
            continue
        left = find_leftovers(played.engine.stacks.values())
        found.append(
            Recovery(
                address.stack, address.id, resource.type, played.outcome, failed[0], played.seconds - failed[0], left
            )
        )
    return tuple(sorted(found, key=_badness))


def _badness(recovery: Recovery) -> tuple[object, ...]:
    blockers = sum(bool(left.blocks) for left in recovery.leftovers)
    lost = not recovery.outcome.endswith("ROLLBACK_COMPLETE")
    return (not lost, -blockers, -len(recovery.leftovers), -round(recovery.rollback_seconds), recovery.resource)
