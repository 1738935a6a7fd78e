"""Scene + faults + luck -> one deployment played to its end: all root stacks in the order of their dependencies."""

from __future__ import annotations

from stackflight.operate.follow import follow
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.scene import Played, Scene


def play(scene: Scene, behaviour: Behaviour, faults: Faults, record: bool = False) -> Played:
    """Deploy every root stack once the stacks it depends on are complete; or delete them the other way round.

    `record` keeps events and spans. Raises OperationRefused where a template is circular.
    """
    cloud = scene.set_up(behaviour, faults, record)

    def to_the_next_end() -> float:
        """Nobody hears the events, so that nothing is looked at before an operation is over."""
        cloud.advance_to_end()
        return 0.0

    course = follow(cloud, cloud.clock, scene.roots, scene.begin, to_the_next_end, at_once=scene.at_once)
    return Played(course.outcome, cloud.clock.now(), cloud.engine)
