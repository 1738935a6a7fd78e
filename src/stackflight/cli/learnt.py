"""`--duration`, and the ledger of this machine -> what somebody knows of lengths, for rehearsals in the same Region."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence

from stackflight.cli.amounts import read_duration
from stackflight.cli.arguments import Option
from stackflight.cli.talk import say
from stackflight.errors import StackflightError, WrongUsage
from stackflight.model.template import World

DURATION = Option(
    "--duration",
    "How long a resource takes, where you know better, as a custom resource or a nested stack that is not read.",
    "RESOURCE=DURATION",
    many=True,
)


def read_durations(asked: Namespace) -> Mapping[str, float]:
    """Each `RESOURCE=7m` as the resource and its seconds. Raises WrongUsage."""
    return dict(_read_length(text) for text in asked.duration)


def _read_length(text: str) -> tuple[str, float]:
    name, equals, length = text.partition("=")
    if not name or not equals:
        raise WrongUsage(f"--duration {text} cannot be read", hint="write --duration RESOURCE=7m")
    return name, read_duration("--duration", length)


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
