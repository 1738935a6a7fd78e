"""Current stack + desired stack -> the changes of a change set: what is added, modified, replaced, removed.

Which property replaces a resource stands in the public provider schemas (`facts/types.json`). Change sets know more in one
respect: an undecided value counts as changed here only where the two templates differ in it.
"""

from __future__ import annotations

from stackflight.facts.types import TypeFacts, type_facts
from stackflight.model.change import Action, Change, Replacement
from stackflight.model.ending import deletion_policy
from stackflight.model.event import STACK_TYPE
from stackflight.model.template import Resource, Stack, World
from stackflight.model.value import Reference, Value, references_in
from stackflight.records import dataclass
from stackflight.rehearse.leftovers import custom_name


@dataclass(frozen=True)
class Sides:
    """A stack before and after, each with the world that its nested stacks are looked up in."""

    before: Stack
    after: Stack
    before_world: World
    after_world: World


def find_changes(sides: Sides) -> dict[str, Change]:
    """Logical id -> change; what stays as it is has none. A replacement spreads to what refers to the resource."""
    found: dict[str, Change] = {}
    for id, resource in sides.after.resources.items():
        old = sides.before.resources.get(id)
        change = _added(resource) if old is None else _modified(sides, old, resource)
        if change is not None:
            found[id] = change
    _spread_versions(sides, found)
    _spread(sides, found)
    for id, resource in sides.before.resources.items():
        if id not in sides.after.resources:
            found[id] = Change(id, resource.type, Action.REMOVE, policy=deletion_policy(resource))
    return found


def keeps_custom_name(old: Resource, new: Resource) -> bool:
    """Whether a replacement would have to carry the name that its predecessor still bears."""
    return bool(custom_name(old)) and custom_name(old) == custom_name(new)


def _added(resource: Resource) -> Change:
    return Change(resource.address.id, resource.type, Action.ADD, after=resource.properties)


def _modified(sides: Sides, old: Resource, new: Resource) -> Change | None:
    if old.type != new.type:
        return _change(new, Replacement.YES, ("Type",), old)
    names = tuple(name for name in dict.fromkeys((*old.properties, *new.properties)) if old.get(name) != new.get(name))
    if new.type == STACK_TYPE and not names:
        return _change(new, Replacement.NO, ("TemplateURL",), old) if _child_differs(sides, new) else None
    if not names:
        return None
    return _change(new, _replacement(new, names, old), names, old)


def _change(resource: Resource, replacement: Replacement, names: tuple[str, ...], old: Resource) -> Change:
    policy = deletion_policy(old, replaced=True)
    verb = {"Delete": "ReplaceAndDelete", "Retain": "ReplaceAndRetain", "Snapshot": "ReplaceAndSnapshot"}
    said = verb.get(policy, "") if replacement is not Replacement.NO else ""
    return Change(
        resource.address.id, resource.type, Action.MODIFY, replacement, names, said, old.properties, resource.properties
    )


def _replacement(resource: Resource, names: tuple[str, ...], old: Resource) -> Replacement:
    if resource.is_custom:
        return Replacement.CONDITIONAL
    facts = type_facts(resource.type)
    if resource.type == "AWS::ECS::TaskDefinition" or any(_touches(facts, name, old, resource) for name in names):
        return Replacement.YES
    return Replacement.CONDITIONAL if set(names) & set(facts.may_replace) else Replacement.NO


def _touches(facts: TypeFacts, name: str, old: Resource, new: Resource) -> bool:
    """Whether a changed top-level property holds a value that cannot be changed in place."""
    for path in facts.replace:
        head, *rest = path.split(".")
        if head == name and (not rest or old.get(head, *rest) != new.get(head, *rest)):
            return True
    return False


def _child_differs(sides: Sides, resource: Resource) -> bool:
    name = f"{sides.after.name}/{resource.address.id}"
    before = next((stack for stack in sides.before_world.stacks if stack.name == name), None)
    after = next((stack for stack in sides.after_world.stacks if stack.name == name), None)
    if before is None or after is None:
        return False
    return bool(find_changes(Sides(before, after, sides.before_world, sides.after_world)))


def _spread(sides: Sides, found: dict[str, Change]) -> None:
    """Whoever refers to a resource that gets a new physical id is modified too, and perhaps replaced in turn."""
    todo = [id for id, change in found.items() if change.replacement is Replacement.YES]
    while todo:
        source = todo.pop()
        for id, resource in sides.after.resources.items():
            if id == source or id not in sides.before.resources:
                continue
            names = tuple(
                name for name, value in resource.properties.items() if _refers(value, source, sides.after.name)
            )
            known = found.get(id)
            if not names or (known is not None and known.replacement is Replacement.YES):
                continue
            facts = type_facts(resource.type)
            fixed = {path.split(".")[0] for path in facts.replace}
            replacement = Replacement.YES if fixed & set(names) else Replacement.NO
            if resource.type == "AWS::ECS::TaskDefinition":
                replacement = Replacement.YES
            earlier = known.properties if known is not None else ()
            found[id] = _change(
                resource, replacement, tuple(dict.fromkeys((*earlier, *names))), sides.before.resources[id]
            )
            if replacement is Replacement.YES:
                todo.append(id)


_VERSIONS = ("LatestVersionNumber", "DefaultVersionNumber")


def _spread_versions(sides: Sides, found: dict[str, Change]) -> None:
    """A launch template that changes gets another version: whoever names its newest one is modified too."""
    for source in [id for id, change in found.items() if change.type == "AWS::EC2::LaunchTemplate"]:
        for id, resource in sides.after.resources.items():
            old = sides.before.resources.get(id)
            names = tuple(name for name, value in resource.properties.items() if _names_version(value, source))
            if old is not None and names and id not in found:
                found[id] = _change(resource, Replacement.NO, names, old)


def _names_version(value: Value, source: str) -> bool:
    return any(one.address.id == source and one.attribute in _VERSIONS for one in references_in(value))


def _refers(value: Value, source: str, stack: str) -> bool:
    return any(
        isinstance(reference, Reference) and reference.address == (stack, source) for reference in references_in(value)
    )
