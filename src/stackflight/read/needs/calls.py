"""Clients that code makes -> the services, Regions and endpoints that it calls by them.

An `endpoint_url` in the code or the environment leads past the service's own name, a `region_name` to another Region.
Source: boto3 reference (Session.client); AWS SDKs and Tools Reference Guide (service-specific endpoints).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from stackflight.facts.load import read_table
from stackflight.model.need import ServiceTarget
from stackflight.model.request import Request
from stackflight.model.template import World
from stackflight.model.value import Unknown, Value, known_flag, known_text, references_in, render, unknowns_in
from stackflight.patterns import compile_later
from stackflight.read.needs.clients import Client
from stackflight.read.needs.proxies import proxy_of
from stackflight.read.needs.requests import ANY, environment_of, given_text, request_of
from stackflight.read.needs.services import endpoint_of_action, endpoint_of_client

_AWS_HOST = compile_later(r"(?:[\w*-]+\.)*?[a-z0-9-]+\.(\$\{AWS::Region\}|[a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")  # fmt: skip
_INSIDE = compile_later(r"(?:localhost|127\.\d+\.\d+\.\d+|169\.254\.\d+\.\d+|\[::1\])")


def called_services(
    world: World, stack: str, clients: tuple[Client, ...], variables: Mapping[str, Value], more: Mapping[str, Value]
) -> Iterator[ServiceTarget]:
    """What the clients of one workload reach through its interfaces, without what a proxy carries.

    `more` are the values besides its variables that its code can name.
    """
    proxy, values = proxy_of(variables), {**environment_of(variables), **more}
    own = world.stack(stack).environment.region
    for client in clients:
        endpoint = _endpoint(client, variables, values)
        region = _region(given_text(client.region, values), own)
        host = f"{client.service}.{region if isinstance(region, str) else own or '${AWS::Region}'}.amazonaws.com"
        if endpoint is not None:
            target = _behind(world, client.service, endpoint, region, own)
            if target is not None:
                yield target
        elif proxy is None or not proxy.carries(host):
            asked = requests_by(world, stack, client, values)
            dual = client.dual or known_flag(variables.get("AWS_USE_DUALSTACK_ENDPOINT"), False)
            yield from _by_plane(
                ServiceTarget(client.service, region=region, requests=asked, whole=client.whole, dual=dual)
            )


def _by_plane(target: ServiceTarget) -> Iterator[ServiceTarget]:
    """The hosts that one client calls, where a part of its operations has a host of its own."""
    planes = next((row for row in read_table("endpoints")["planes"].values() if row["else"] == target.service), None)
    if planes is None:
        yield target
        return
    apart = tuple(item for item in target.requests if endpoint_of_action(item.action) == planes["at"])
    others = tuple(item for item in target.requests if item not in apart)
    if apart:
        yield replace(target, service=planes["at"], requests=apart)
    if others or not apart or not target.whole:
        yield replace(target, requests=others)


def requests_by(world: World, stack: str, client: Client, values: Mapping[str, Value]) -> tuple[Request, ...]:
    """What is asked through a client, in the Region that it calls."""
    environment = world.stack(stack).environment
    region = _region(given_text(client.region, values), environment.region) or environment.region
    there = ANY if isinstance(region, Unknown) else region or "${AWS::Region}"
    account = environment.account or "${AWS::AccountId}"
    return tuple(dict.fromkeys(request_of(world, call, values, there, account) for call in client.calls))


def _endpoint(client: Client, variables: Mapping[str, Value], values: Mapping[str, Value]) -> Value:
    """The endpoint that the code names, else the one of the environment."""
    if client.endpoint:
        return given_text(client.endpoint, values)
    if known_text(variables.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) == "true":
        return None
    for name, value in variables.items():
        if name.startswith("AWS_ENDPOINT_URL_"):
            service = name.removeprefix("AWS_ENDPOINT_URL_").replace("_", "").lower()
            if endpoint_of_client(_IDS.get(service, service)) == client.service:
                return value
    return variables.get("AWS_ENDPOINT_URL")


_IDS = {"cloudwatchlogs": "logs", "databasemigrationservice": "dms", "elasticloadbalancingv2": "elbv2"}


def _region(value: Value, own: str | None) -> str | Unknown | None:
    """The Region of a client; None for that of the workload itself."""
    if value is None or (isinstance(value, Unknown) and value.why == "AWS::Region"):
        return None
    text = known_text(value)
    if text is None:
        decided = tuple(name for item in unknowns_in(value) for name in item.decided_by)
        return Unknown(f"which Region {render(value)} is", decided)
    return None if text == own else text


def _behind(
    world: World, service: str, endpoint: Value, region: str | Unknown | None, own: str | None
) -> ServiceTarget | None:
    """Where an endpoint URL leads: to an endpoint of the template, to a name of AWS, or out of sight."""
    for reference in references_in(endpoint):
        if world.resources[reference.address].type == "AWS::EC2::VPCEndpoint":
            return ServiceTarget(service, region=region, endpoint=reference.address)
    host = re.sub(r"^[a-z]+://", "", render(endpoint).strip()).split("/")[0]
    if _INSIDE.match(host):
        return None
    match = _AWS_HOST.fullmatch(host)
    if match and ".vpce." not in host:
        named = match.group(1)
        return ServiceTarget(service, region=None if named in {own, "${AWS::Region}"} else named)
    decided = tuple(dict.fromkeys(name for item in unknowns_in(endpoint) for name in item.decided_by))
    return ServiceTarget(service, endpoint=Unknown(f"where the endpoint {render(endpoint)} leads", decided))
