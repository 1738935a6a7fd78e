"""Resource + operation -> the row of durations that it takes its time from, and what its own settings add to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from stackflight.model.template import Resource
from stackflight.model.value import Address
from stackflight.rehearse.durations import Duration, DurationTable
from stackflight.rehearse.rolling import added_seconds
from stackflight.rehearse.variants import variant_of


def find_length(
    table: DurationTable,
    resource: Resource,
    operation: str,
    former: Resource | None = None,
    changed: Collection[str] = (),
    around: Mapping[Address, Resource] = {},
    works: Mapping[Address, str] = {},
) -> tuple[Duration, float]:
    """The row and the seconds on top of it.

    `former` is the resource before an update, `changed` the properties that it is about; `around` is where the resources
    are found that others name; `works` names the row for custom resources that take the time of something else. What was
    learnt from one's own deployments has its draining and its batches in it.
    """
    learnt = table.learnt.get((resource.type, operation))
    if learnt is not None:
        return learnt, 0.0
    variant = variant_of(resource, operation, former, changed)
    added = added_seconds(resource, operation, variant, around)
    work = works.get(resource.address, "")
    if work and (operation == "create" or (operation == "delete" and not work.startswith("Work::"))):
        return table.named(work, operation), added
    return table.find(resource.type, variant, operation), added
