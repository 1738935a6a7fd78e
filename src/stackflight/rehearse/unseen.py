"""World -> the resources whose work the templates do not show: what is played for them is shorter than what they take.

A nested stack whose template was not read plays as an empty one; a custom resource whose code is not at hand, or starts
something that takes minutes, plays as the quick answer that most give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stackflight.model.event import STACK_TYPE
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, known_text
from stackflight.rehearse.durations import DurationTable
from stackflight.rehearse.failures import is_provider, serving

_LONG_WORK = re.compile(
    r"start_?build|create_?(domain|cluster|distribution|db_?(instance|cluster)|environment|nodegroup|stack|replication_?group)\b|"
    r"restore_?db|get_?waiter|wait_?until|start_?(execution|replication_?task|pipeline_?execution)|run_?task\b|create_?invalidation",
    re.IGNORECASE,
)


def find_unseen(world: World, table: DurationTable, given: Mapping[Address, float]) -> tuple[Address, ...]:
    """The resources of unknown length, in template order; none whose length is `given`."""
    loaded = {stack.parent for stack in world.stacks}
    return tuple(
        address
        for address, resource in world.resources.items()
        if address not in given
        and (
            (resource.type == STACK_TYPE and address not in loaded)
            or (resource.is_custom and (resource.type, "create") not in table.rows and not _quick(world, resource))
        )
    )


def _quick(world: World, resource: Resource) -> bool:
    """Whether all code behind a custom resource was read, and none of it starts something long; the CDK's framework for
    providers only waits for the user's."""
    functions = [function for function in serving(world, resource) if not is_provider(function)]
    codes = [_code(world, function) for function in functions]
    return bool(codes) and all(code is not None and not _LONG_WORK.search(code) for code in codes)


def _code(world: World, function: Resource) -> str | None:
    """What a function's code says; None where it is not at hand."""
    inline = known_text(function.get("Code", "ZipFile"))
    if inline is not None:
        return inline
    texts = world.code.get(function.address)
    return "\n".join(texts) if texts else None
