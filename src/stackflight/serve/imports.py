"""A change set of type IMPORT -> the resources that it takes in, where this account holds them and no stack owns them.

Source: CloudFormation User Guide, import AWS resources into a stack, and API reference (ResourceToImport). The texts of the
refusals are AWS's in sense, not letter for letter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.model.template import Stack
from stackflight.rehearse.state import Item, LiveStack
from stackflight.serve.realm import Realm
from stackflight.serve.refusals import invalid
from stackflight.serve.starts import Request


def read_imports(realm: Realm, request: Request, desired: Stack, former: Collection[str]) -> dict[str, str]:
    """Physical ids by logical id; `former` are the resources that the stack has already. Raises Refusal."""
    asked = request.get("ResourcesToImport") or []
    if not asked:
        raise invalid("ResourcesToImport must be specified for a change set of type IMPORT.")
    found: dict[str, str] = {}
    for one in asked:
        id, type, value = one["LogicalResourceId"], one["ResourceType"], "|".join(one["ResourceIdentifier"].values())
        resource = desired.resources.get(id)
        if resource is None or resource.type != type:
            raise invalid(f"Resource {id} of type {type} is to be imported, and the template does not have it.")
        if type == STACK_TYPE:
            raise invalid("stackflight serve does not play the import of nested stacks")
        if "DeletionPolicy" not in resource.attributes:
            raise invalid(
                f"The following resources to import [{id}] must have DeletionPolicy attribute specified in the template."
            )
        _require_free(realm, type, value)
        found[id] = value
    missing = [id for id in desired.resources if id not in found and id not in former]
    if missing:
        raise invalid(f"Resources {missing} is missing from ResourceToImport list")
    return found


def _require_free(realm: Realm, type: str, value: str) -> None:
    held = [live for live, item in _everything(realm) if item.resource.type == type and item.physical_id == value]
    owners = [live for live in held if live.status is not StackStatus.DELETE_COMPLETE and _owns(live, type, value)]
    named = f"Resource of type '{type}' with identifier '{value}'"
    if owners:
        raise invalid(f"{named} already exists in stack {realm.stack_id(owners[0])}")
    if not held and not realm.neighbours.exists(type, value):
        raise invalid(f"{named} was not found.")


def _owns(live: LiveStack, type: str, value: str) -> bool:
    return any((item.resource.type, item.physical_id) == (type, value) for item in live.items.values())


def _everything(realm: Realm) -> Iterable[tuple[LiveStack, Item]]:
    """What stacks own or have left behind."""
    for record in realm.records():
        for item in (*record.live.items.values(), *record.live.lost):
            yield record.live, item


def refuse_existing(realm: Realm, request: Request, desired: Stack, former: Collection[str]) -> None:
    """Raises Refusal where a change set would take in by itself what exists already: that is not played."""
    added = [resource for id, resource in desired.resources.items() if id not in former]
    taken = [one.address.id for one in added if request.get("ImportExistingResources") and realm.is_taken(one)]
    if taken:
        raise invalid(
            f"stackflight serve does not play ImportExistingResources, and {', '.join(taken)} exists; import it by a change set "
            "of type IMPORT"
        )
