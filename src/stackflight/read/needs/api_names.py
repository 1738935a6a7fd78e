"""APIs of the template by the host name that API Gateway gives them -> the needs of whoever holds such a name.

Source: Amazon API Gateway Developer Guide, invoke a REST API (default endpoint), private REST APIs.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.need import Need, ServiceTarget, Workload
from stackflight.model.request import Request
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Unknown, Value, as_dict, as_list, known_text
from stackflight.patterns import compile_later
from stackflight.read.needs.scene import Scene

_HOST = compile_later(r"\.execute-api\.(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?")


def api_needs(scene: Scene, workload: Workload, value: Value, place: str) -> Iterator[Need]:
    """Needs for the APIs whose default names a value holds; only code at hand shows that it is not for browsers."""
    if workload.placement.outside:
        return
    sure = workload.kind == "Lambda function"
    captured = any(item.service == "execute-api" and item.private_dns is True for item in scene.network.endpoints)
    for api, region in _named(scene, value) if sure or captured else ():
        target = ServiceTarget(
            "execute-api", region=region, api=api.address, private=_is_private(api), requests=_calls_of(api)
        )
        certainty = Certainty.PROVED if sure else Certainty.POSSIBLE
        yield Need(workload, target, f"call {target.title}", f"{place} holds its URL", certainty, Phase.RUN)


def _calls_of(api: Resource) -> tuple[Request, ...]:
    """A call of a private API, of which the policies of the endpoint and of the API may speak; of others only callers who sign."""
    return () if _is_private(api) is not True else (Request("execute-api:Invoke", own=api.address, path="/${any}"),)


def _named(scene: Scene, value: Value) -> Iterator[tuple[Resource, str | None]]:
    """The APIs in a value, each with the Region of its name where that is written down."""
    parts = value.parts if isinstance(value, Text) else (value,)
    for part, after in zip(parts, (*parts[1:], ""), strict=True):
        api = scene.world.resources.get(part.address) if isinstance(part, Reference) else None
        if api is None or not isinstance(part, Reference):
            continue
        host = _HOST.match(after) if isinstance(after, str) else None
        if api.type == "AWS::ApiGatewayV2::Api" and part.attribute == "ApiEndpoint":
            yield api, None
        elif api.type in {"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"} and part.attribute == "Ref" and host:
            yield api, host.group(1)


def _is_private(api: Resource) -> bool | Unknown:
    if api.type == "AWS::ApiGatewayV2::Api":
        return False
    types = as_dict(api.get("EndpointConfiguration")).get("Types")
    known = [known_text(item) for item in as_list(types)]
    if isinstance(api.get("EndpointConfiguration"), Unknown) or any(item is None for item in known):
        return Unknown(f"whether {api.address} is private", (f"resource {api.address}",))
    return "PRIVATE" in known
