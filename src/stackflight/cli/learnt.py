"""The ledger of this machine -> what resources took in one's own deployments, for rehearsals in the same Region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stackflight.cli.talk import say
from stackflight.errors import StackflightError
from stackflight.model.template import World


def learn_lengths(world: World) -> Mapping[tuple[str, str], Sequence[float]]:
    """Seconds by type and operation; nothing where there is no ledger, or where the stacks go to no Region or to several.

    A ledger that cannot be read is said, and not needed.
    """
    regions = {stack.environment.region for stack in world.stacks}
    [region] = regions if len(regions) == 1 else [None]
    if region is None:
        return {}
    from stackflight.local.home import has_ledger, state_folder

    try:
        if not has_ledger():
            return {}
        from stackflight.local.ledger import LocalLedger
        from stackflight.operate.learning import learn_durations

        return learn_durations(LocalLedger(state_folder()), region)
    except (StackflightError, OSError) as error:
        say(f"nothing is learnt from earlier deployments: {error}")
        return {}
