"""Resource -> the physical id and the attributes that a simulated creation gives it, in the form AWS gives them.

What a type's Ref and Fn::GetAtt look like stands in `facts/identifiers.json`; a type that is not listed gets a name or an ARN
of the general form. All values are made up, from the seed alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from typing import Any

from stackflight.facts.load import read_table
from stackflight.model.partition import partition_of
from stackflight.model.template import Environment, Resource
from stackflight.model.value import Value
from stackflight.rehearse.leftovers import custom_name

ACCOUNT, REGION = "123456789012", "us-east-1"
"""Where a stack lives that does not say."""


@cache
def _types() -> Mapping[str, Mapping[str, Any]]:
    types: Mapping[str, Mapping[str, Any]] = read_table("identifiers")["types"]
    return types


def physical_id(resource: Resource, stack: str, suffix: str, environment: Environment) -> str:
    """What Ref gives for a new physical copy. `stack` is the stack's name, `suffix` new for every copy."""
    name = custom_name(resource) or f"{stack}-{resource.address.id}-{suffix}"
    if resource.type == "AWS::SSM::Parameter" and custom_name(resource):
        return name
    form = _types().get(resource.type, {}).get("ref")
    if form is None or (custom_name(resource) and form in {"{lower}"}):
        return name
    return _fill(form, name, name, environment)


def attribute(resource: Resource, physical_id: str, name: str, environment: Environment) -> Value:
    """What Fn::GetAtt gives for a resource that exists; text, but for properties that it echoes."""
    if name == "Ref":
        return physical_id
    facts = _types().get(resource.type, {})
    form = facts.get("att", {}).get(name) or (facts.get("arn") if name == "Arn" else None)
    own = custom_name(resource) or _name_in(physical_id)
    if form is not None:
        return _fill(form, own, physical_id, environment)
    given = resource.get(*name.split("."))
    if given is not None:
        return given
    if name.endswith("Arn"):
        if physical_id.startswith("arn:"):
            return physical_id
        service = resource.type.split("::")[1].lower() if "::" in resource.type else "custom"
        form = f"arn:{{partition}}:{service}:{{region}}:{{account}}:{_kind(resource.type)}/{{id}}"
        return _fill(form, own, physical_id, environment)
    return physical_id if name in {"Id", "Name"} else _fill("{id}-{hex8}", own, f"{physical_id}.{name}", environment)


def _kind(type: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type.rsplit("::", 1)[-1]).lower()


def _name_in(physical_id: str) -> str:
    """The last part of an ARN or URL, or the id itself."""
    if physical_id.startswith("arn:"):
        return re.split(r"[:/]", physical_id)[-1]
    return physical_id.rsplit("/", 1)[-1] if physical_id.startswith("https://") else physical_id


def _fill(form: str, name: str, id: str, environment: Environment) -> str:
    region = environment.region or REGION
    digest = blake2b(f"{name}\x1f{id}".encode(), digest_size=32).hexdigest()
    values = {
        "name": name,
        "id": id,
        "lower": name.lower(),
        "short": name[:32].strip("-"),
        "region": region,
        "account": environment.account or ACCOUNT,
        "partition": partition_of(region),
        "suffix": "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com",
        "uuid": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}",
        "digits": str(int(digest[:8], 16)),
        "path": "/",
        "revision": "1",
        "moment": "2026-01-01T00:00:00.000",
    }

    def value(match: re.Match[str]) -> str:
        key = match[1]
        if key.lower().startswith("hex"):
            cut = digest[: int(key[3:])]
            return cut.upper() if key.startswith("HEX") else cut
        return values[key]

    return re.sub(r"\{(\w+)\}", value, form)


def stack_arn(title: str, number: str, environment: Environment) -> str:
    """The StackId of a stack: `title` is its name, `number` tells it from others of that name."""
    return _fill("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid}", title, number, environment)
