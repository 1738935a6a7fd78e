"""A live stack + a template -> the change set, or the reason why CloudFormation will have none of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stackflight.errors import OperationRefused
from stackflight.model.change import Action, Change
from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.model.plan import ChangeSet, CreateChangeSet
from stackflight.model.template import World
from stackflight.rehearse.changes import Sides, find_changes
from stackflight.rehearse.order import circle_of
from stackflight.rehearse.standing import KEPT, standing
from stackflight.rehearse.state import LiveStack


def changes_of(live: LiveStack, world: World, stacks: Mapping[str, LiveStack]) -> tuple[Change, ...]:
    """What another template would change in a stack, one of `stacks`."""
    before, before_world = standing(live, stacks)
    sides = Sides(before, world.stack(live.name), before_world, world)
    found = find_changes(sides)
    left = [item for item in live.items.values() if item.id not in {*before.resources, *sides.after.resources, *found}]
    return (*found.values(), *(Change(item.id, item.resource.type, Action.REMOVE) for item in left))


def differs(live: LiveStack, world: World, stacks: Mapping[str, LiveStack]) -> bool:
    """Whether there is anything to update: resources, or outputs alone, as when a stack begins to export what it has."""
    before, after = standing(live, stacks)[0], world.stack(live.name)
    told = (before.outputs, before.exports) != (after.outputs, after.exports)
    return told or bool(changes_of(live, world, stacks))


def compute_change_set(live: LiveStack, operation: CreateChangeSet, stacks: Mapping[str, LiveStack]) -> ChangeSet:
    """The change set, FAILED where there is nothing to change."""
    world = operation.world
    if live.status is StackStatus.REVIEW_IN_PROGRESS:
        live.template, live.world = world.stack(live.name), world
        made = _of_new(live.name, operation.name, world)
        return replace(made, kind="IMPORT", imports=operation.imports) if operation.imports else made
    refuse_cycles(world, live.name)
    refuse_other_types(live, world, stacks)
    changes = changes_of(live, world, stacks)
    if operation.imports:
        return _of_imports(live.name, operation, changes)
    if not differs(live, world, stacks) and live.status not in KEPT:
        reason = (
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
        return ChangeSet(live.name, operation.name, "UPDATE", "FAILED", "UNAVAILABLE", reason=reason)
    return _with_nested(live, operation.name, changes, world, stacks)


def _of_imports(stack: str, operation: CreateChangeSet, changes: tuple[Change, ...]) -> ChangeSet:
    """What is taken in, and nothing beside it. Source: User Guide, import considerations."""
    others = [one.resource for one in changes if one.resource not in operation.imports]
    if others:
        raise OperationRefused(
            f"You have modified resources {others} in your template that are not being imported. Update, create or delete "
            "operations cannot be executed during import operations.",
            hint="import first, change afterwards",
        )
    return ChangeSet(
        stack, operation.name, "IMPORT", "CREATE_COMPLETE", "AVAILABLE", changes, world=operation.world,
        imports=operation.imports,
    )  # fmt: skip


def _with_nested(
    live: LiveStack, name: str, changes: tuple[Change, ...], world: World, stacks: Mapping[str, LiveStack]
) -> ChangeSet:
    """The change set of a stack, and of those nested in it that change or are new. Source: User Guide, change sets for nested stacks."""
    children = [
        stacks[f"{live.name}/{one.resource}"]
        for one in changes
        if one.type == STACK_TYPE and one.action is Action.MODIFY and f"{live.name}/{one.resource}" in stacks
    ]
    nested = tuple(
        _with_nested(child, name, changes_of(child, world, stacks), world, stacks)
        for child in children
        if any(one.name == child.name for one in world.stacks)
    )
    new = [one.resource for one in changes if one.type == STACK_TYPE and one.action is Action.ADD]
    nested = (*nested, *_new_in(live.name, new, name, world))
    return ChangeSet(live.name, name, "UPDATE", "CREATE_COMPLETE", "AVAILABLE", changes, world=world, nested=nested)


def _of_new(stack: str, name: str, world: World) -> ChangeSet:
    """The change set of a stack that is to be created, with all that is nested in it."""
    resources = world.stack(stack).resources
    added = tuple(Change(id, one.type, Action.ADD, after=one.properties) for id, one in resources.items())
    nested = _new_in(stack, [id for id, one in resources.items() if one.type == STACK_TYPE], name, world)
    return ChangeSet(stack, name, "CREATE", "CREATE_COMPLETE", "AVAILABLE", added, world=world, nested=nested)


def _new_in(parent: str, resources: Iterable[str], name: str, world: World) -> tuple[ChangeSet, ...]:
    """Those of nested stacks that are to be created and whose templates are known."""
    known = {stack.name for stack in world.stacks}
    paths = [f"{parent}/{resource}" for resource in resources]
    return tuple(_of_new(path, name, world) for path in paths if path in known)


def refuse_other_types(live: LiveStack, world: World, stacks: Mapping[str, LiveStack]) -> None:
    """Raise OperationRefused where a logical id would change its type."""
    known, desired = standing(live, stacks)[0].resources, world.stack(live.name).resources
    wrong = [id for id, resource in desired.items() if id in known and known[id].type != resource.type]
    if wrong:
        raise OperationRefused(
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(wrong)}]",
            hint="give the new resource another logical id",
        )


def refuse_cycles(world: World, stack: str) -> None:
    """Raise OperationRefused where resources of a stack, or of one nested in it, wait for one another."""
    for template in world.stacks:
        if template.name == stack or template.name.startswith(f"{stack}/"):
            left = circle_of(template)
            if left:
                raise OperationRefused(
                    f"Circular dependency between resources: [{', '.join(left)}]", hint="break the circle of references"
                )
