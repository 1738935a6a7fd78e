"""Calls in code, with what the environment of the code holds -> requests: which resource of the templates each is for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stackflight.facts.calls import row_of
from stackflight.facts.load import Row
from stackflight.model.call import Call
from stackflight.model.need import MADE_NAME
from stackflight.model.request import Request
from stackflight.model.template import Resource, World
from stackflight.model.value import Reference, Unknown, Value, known_text, references_in, render
from stackflight.read.intrinsics import substitute

ANY = "${any}"
_OWN_REGION = {"AWS_REGION", "AWS_DEFAULT_REGION"}
"""Variables that every function has, and which name its own Region."""


def given_text(text: str, values: Mapping[str, Value]) -> Value:
    """What a text of code holds, its variables filled in; None where nothing is.

    `values` are the variables of its environment as `env:NAME`, the properties of a custom resource as `event:NAME`, and
    the references in the code itself as they are rendered.
    """

    def look_up(name: str) -> Value:
        if name.removeprefix("env:") in _OWN_REGION:
            return Unknown("AWS::Region", ("AWS::Region",))
        if name.startswith("AWS::"):
            return Unknown(name, (name,))
        return values[name] if name in values else Unknown("what the code computes")

    value = substitute(text, look_up) if text else None
    return None if value == "" else value


def environment_of(variables: Mapping[str, Value], code: Value = None) -> dict[str, Value]:
    """The values that a function's code can name."""
    named: dict[str, Value] = {render(reference)[2:-1]: reference for reference in references_in(code)}
    return {**named, **{f"env:{name}": value for name, value in variables.items()}}


def request_of(world: World, call: Call, values: Mapping[str, Value], region: str, account: str) -> Request:
    """The request that a call is, for whatever resource where nobody can say which; `region` is the one that is called."""
    row = row_of(call.action.partition(":")[0])
    thing, part = given_text(call.thing, values), _known_part(given_text(call.part, values))
    own = _own(world, row.get("types", {}), thing)
    given = own.get(row["types"][own.type]) if own is not None and row["types"][own.type] else None
    if (own is None and (thing is None or isinstance(thing, Unknown))) or not row.get("arn"):
        return Request(call.action, own=own.address if own is not None else None, path=part, sure=call.sure)
    text = render(thing if own is None else given) or row.get("made", MADE_NAME)
    shape = str(row["arn"]).replace("${AWS::Region}", region).replace("${AWS::AccountId}", account)
    arn = text if text.startswith("arn:") else shape.replace("NAME", _last(text))
    if own is not None:
        return Request(call.action, arn + part, own=own.address, path=part, sure=call.sure)
    return Request(call.action, arn + part, outside=_is_of_nobody(world, row, thing), sure=call.sure)


def _known_part(value: Value) -> str:
    return re.sub(r"\$\{what the code computes\}", ANY, render(value))


def _last(text: str) -> str:
    """A queue's name is the last part of its URL; a parameter's begins with no slash in its ARN."""
    return text.rpartition("/")[2] if text.startswith("https://") else text.lstrip("/")


def _own(world: World, types: Mapping[str, str], thing: Value) -> Resource | None:
    """The resource of the templates that a value names, by reference or by the name that it is given there."""
    references = references_in(thing)
    found = [world.resources[item.address] for item in references if world.resources[item.address].type in types]
    if isinstance(thing, Reference) and found:
        return found[0]
    if found and not isinstance(thing, Unknown):
        return found[0] if len(references) == 1 else None
    if references or thing is None or isinstance(thing, Unknown):
        return None
    text = render(thing)
    for kind, key in types.items():
        for resource in world.of_type(kind):
            if key and resource.get(key) is not None and render(resource.get(key)) == text:
                return resource
    return None


def _is_of_nobody(world: World, row: Row, thing: Value) -> bool:
    """Whether a name belongs to no resource of the templates; one that is made has parts, one that is given is compared."""
    text = known_text(thing)
    if text is None or text.startswith(("arn:", "http")) or text.count("-") >= row.get("made", MADE_NAME).count("-"):
        return False
    return all(
        resource.get(key) is None or known_text(resource.get(key)) is not None
        for kind, key in row["types"].items()
        for resource in world.of_type(kind)
    )
