"""What is deployed and what it is to become -> findings on the update."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.pair import Update, UpdateCase
from stackflight.check.registry import find_update_defects
from stackflight.model.finding import Finding
from stackflight.model.plan import ChangeSet
from stackflight.model.template import Stack, World
from stackflight.plan.loss import find_losses
from stackflight.rehearse.changes import Sides, find_changes


def judge_update(case: Case, old: World) -> Iterator[Finding]:
    """The findings on an update from `old` to the case's world."""
    updates = tuple(_update(before, after, old, case.world) for before, after in pair_stacks(old, case.world))
    return find_update_defects(UpdateCase(case, old, updates))


def pair_stacks(old: World, new: World) -> Iterator[tuple[Stack, Stack]]:
    """Stacks by their names; where each side has one alone, those two, whatever they are called."""
    names = {stack.name: stack for stack in old.stacks}
    if len(old.stacks) == 1 and len(new.stacks) == 1:
        yield old.stacks[0], new.stacks[0]
        return
    for stack in new.stacks:
        if stack.name in names:
            yield names[stack.name], stack


def _update(before: Stack, after: Stack, old: World, new: World) -> Update:
    changes = find_changes(Sides(before, after, old, new))
    losses = find_losses(ChangeSet(after.name, "", "UPDATE", "CREATE_COMPLETE", "AVAILABLE", tuple(changes.values())))
    return Update(before, after, changes, tuple(loss.resource for loss in losses))
