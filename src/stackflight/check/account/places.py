"""World -> findings on two resources in one place: a field's second resolver, a path's second method, a record that is there.

What the place of a type is stands in `facts/places.json`. Two values are one where both are written out, or both are the
same attribute of the same resource; a property that may be left out (`?`) is the same where it is left out on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.facts.load import read_table
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Value, known_text, render

PLACE_TAKEN_TWICE = Check(
    "place-taken-twice",
    found_when="two resources of one type stand in a place that takes one: a field's resolvers, a path's methods, a zone's records",
    explains="The service refuses the second one. What is known on both sides is compared, in stacks of one deployment.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateResolver.html",
        "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html",
        "https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html",
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html",
    ),
)


@finds(PLACE_TAKEN_TWICE)
def find_taken_places(case: Case) -> Iterator[Finding]:
    """Resources whose place another one has taken already."""
    for kind, row in read_table("places")["types"].items():
        taken: dict[tuple[object, ...], Address] = {}
        for resource in case.world.of_type(kind):
            place = _place(resource, row["place"])
            if place is None or resource.exists is not True:
                continue
            other = taken.setdefault(place, resource.address)
            if other != resource.address:
                keys = [key.removesuffix("?") for key in row["place"]]
                given = [key for key in keys if resource.get(*key.split(".")) is not None]
                yield refused(
                    case, PLACE_TAKEN_TWICE, [resource.address, other],
                    f"{resource.address} and {other} have the same {listed(given)}, of which there can be one"
                    f" ({listed(_shown(case, resource.get(*key.split('.'))) for key in given)})",
                    f"remove one of them, or give it another {given[-1]}", tuple(given[-1].split(".")),
                    says=row.get("text", ""),
                )  # fmt: skip


def _place(resource: Resource, keys: list[str]) -> tuple[object, ...] | None:
    """What tells one place from another; None where a part of it is not known."""
    parts: list[object] = []
    for key in keys:
        value = resource.get(*key.removesuffix("?").split("."))
        text = known_text(value)
        left_out = value is None and key.endswith("?")
        if text is None and not isinstance(value, Reference) and not left_out:
            return None
        parts.append(value if isinstance(value, Reference) else text)
    if not any(isinstance(part, Reference) for part in parts):
        parts.append(resource.address.stack)  # the same words may be another place in another account or Region
    return tuple(parts)


def _shown(case: Case, value: Value) -> str:
    return str(value.address) if isinstance(value, Reference) and value.address in case.resources else render(value)
