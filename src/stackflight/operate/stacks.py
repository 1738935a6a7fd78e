"""World + the names that were typed -> the root stacks to act on, in order, each with those that must be over before."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.errors import WrongUsage
from stackflight.model.template import World
from stackflight.patterns import compile_later
from stackflight.rehearse.scene import Scene

_NAME = compile_later(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


def choose_roots(world: World, chosen: Sequence[str]) -> dict[str, set[str]]:
    """The chosen stacks with everything that they depend on; all where none is chosen."""
    roots = Scene(world).roots
    if not chosen:
        return roots
    wanted = {name for name in chosen if name in roots}
    while more := {other for name in wanted for other in roots[name]} - wanted:
        wanted |= more
    return {name: before for name, before in roots.items() if name in wanted}


def is_stack_name(name: str) -> bool:
    """Whether CloudFormation takes such a name. Source: CloudFormation API reference, CreateStack."""
    return bool(_NAME.fullmatch(name))


def require_stack_name(name: str, source: str) -> None:
    """Raises WrongUsage where CloudFormation takes no such name."""
    if not is_stack_name(name):
        raise WrongUsage(
            f"{name} (from {source}) is no name for a stack: it takes letters, digits and hyphens, a letter first",
            hint="name the stack: --stack NAME",
        )
