"""A function -> what its code does, and which requests it makes of which service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty
from stackflight.model.need import InternetTarget, ServiceTarget
from stackflight.model.request import Request
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, references_in, render
from stackflight.patterns import compile_later
from stackflight.read.needs.boot import target_of_host
from stackflight.read.needs.called_addresses import Addresses, public_hosts
from stackflight.read.needs.callers import asked_by, caller_of
from stackflight.read.needs.calls import called_services, requests_by
from stackflight.read.needs.clients import Client
from stackflight.read.needs.code import CodeFacts, line_naming, read_code
from stackflight.read.needs.proxies import Proxy, proxy_of
from stackflight.read.needs.public_names import publicly_named
from stackflight.read.needs.requests import environment_of, given_text
from stackflight.read.needs.scene import Scene
from stackflight.read.needs.scripts import OWN_REGION

_HOST_AND_PORT = compile_later(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}:\d{1,5}")


def code_of(scene: Scene, function: Resource) -> CodeFacts:
    """Facts of a function's inline code and of its asset in the assembly; nothing is known of code in a bucket."""
    if function.address not in scene.code:
        scene.code[function.address] = _read(scene, function)
    return scene.code[function.address]


def _read(scene: Scene, function: Resource) -> CodeFacts:
    facts = [read_code(text) for text in _texts_of(scene, function)]
    names = {name.upper() for name in variables_of(function)}
    if names & {"HTTPS_PROXY", "HTTP_PROXY"}:
        proxy = proxy_of(variables_of(function)) or Proxy(None)
        facts = [replace(fact, hosts=tuple(name for name in fact.hosts if not proxy.carries(name))) for fact in facts]
    if "USER_ON_EVENT_FUNCTION_ARN" in names:  # the framework's own code, which polls only where it is told to
        polled = (Client("states"),) if "WAITER_STATE_MACHINE_ARN" in names else ()
        facts = [replace(fact, clients=polled, hosts=()) for fact in facts]
    return CodeFacts(
        clients=tuple(dict.fromkeys(client for fact in facts for client in fact.clients)),
        hosts=tuple(dict.fromkeys(name for fact in facts for name in fact.hosts))
        if function.get("Code", "ZipFile") is not None
        else (),
        answers=any(fact.answers for fact in facts),
        heeds_proxy=any(fact.heeds_proxy for fact in facts) or not facts,
        connects=any(fact.connects for fact in facts),
        requests=any(fact.requests for fact in facts),
        six=any(fact.six for fact in facts),
        told=function.get("Code", "ZipFile") is not None and all(fact.told for fact in facts),
        names=frozenset(name for fact in facts for name in fact.names),
        addresses=Addresses(
            tuple(dict.fromkeys(text for fact in facts for text in fact.addresses.called)),
            tuple(dict.fromkeys(text for fact in facts for text in fact.addresses.composed)),
            tuple(dict.fromkeys(text for fact in facts for text in fact.addresses.named)),
        ),
    )


def _texts_of(scene: Scene, function: Resource) -> list[str]:
    inline = function.get("Code", "ZipFile")
    return [render(inline)] if inline is not None else [*scene.world.code.get(function.address, ())]


def variables_of(function: Resource) -> dict[str, Value]:
    """Its environment."""
    return as_dict(function.get("Environment", "Variables"))


def services_called(scene: Scene, function: Resource, caller: Resource | None = None) -> list[ServiceTarget]:
    """The services that a function's code calls; what it prints reaches CloudWatch Logs without crossing the VPC.

    A `caller` is the custom resource that runs it, whose properties the code may name.
    """
    clients, more = code_of(scene, function).clients, _named_in(function, caller)
    found = called_services(scene.world, function.address.stack, clients, variables_of(function), more)
    own = caller_of(scene.world, function.get("Role"), "\n".join(_texts_of(scene, function)))
    return list(dict.fromkeys(replace(target, requests=asked_by(own, target.requests)) for target in found))


def _named_in(function: Resource, caller: Resource | None) -> dict[str, Value]:
    """What the code can name besides its variables."""
    given = {f"event:{key}": value for key, value in caller.properties.items()} if caller is not None else {}
    return {**environment_of({}, function.get("Code", "ZipFile")), **given}


def addresses_called(scene: Scene, function: Resource, caller: Resource | None = None) -> list[tuple[Value, Certainty]]:
    """The addresses that its code calls by what it is given, and as possible those that it puts together; `caller` as above."""
    given = code_of(scene, function).addresses
    texts = [(text, Certainty.PROVED) for text in given.called] + [
        (text, Certainty.POSSIBLE) for text in given.composed
    ]
    values = {**environment_of(variables_of(function)), **_named_in(function, caller)} if texts else {}
    return [(given_text(text, values), sure) for text, sure in texts]


def hosts_called(
    scene: Scene, function: Resource, caller: Resource | None = None
) -> Iterator[tuple[InternetTarget | ServiceTarget, Certainty]]:
    """The hosts on the internet that its code calls by what it is given; what it only may call is possible."""
    facts, proxy = code_of(scene, function), proxy_of(variables_of(function))
    called = addresses_called(scene, function, caller)
    named = [(value, Certainty.POSSIBLE) for name, value in variables_of(function).items() if name in facts.names]
    for value, sure in (*called, *(named if facts.requests else ())):
        yield from ((target, sure) for target in _targets(render(value), proxy))
        if proxy is None:
            yield from ((target, sure) for target in publicly_named(scene.world, value))


def hosts_written(scene: Scene, function: Resource) -> Iterator[InternetTarget | ServiceTarget]:
    """The hosts on the internet that its code calls as they are written, whatever happens."""
    proxy = proxy_of(variables_of(function))
    for text in code_of(scene, function).addresses.named:
        yield from _targets(text, proxy)


def _targets(text: str, proxy: Proxy | None) -> Iterator[InternetTarget | ServiceTarget]:
    text = text.replace("${AWS::Region}", OWN_REGION)
    text = f"https://{text}" if _HOST_AND_PORT.fullmatch(text) else text
    for host, port in public_hosts(text):
        if isinstance(target_of_host(host), ServiceTarget) and port not in {80, 443}:
            continue  # mail and the like, which no endpoint of these carries
        if proxy is None or not proxy.carries(host):
            found = target_of_host(host)
            own = host.replace(OWN_REGION, "${AWS::Region}")
            yield replace(found, host=own, port=port) if isinstance(found, InternetTarget) else found


def requests_of_functions(scene: Scene) -> dict[Address, tuple[Request, ...]]:
    """What the inline code of each function asks of services, whichever custom resource runs it."""
    runs: dict[Address, list[Resource | None]] = defaultdict(list)
    for resource in scene.world.resources.values():
        if resource.is_custom:
            for reference in references_in(resource.properties.get("ServiceToken")):
                runs[reference.address].append(resource)
    return {
        function.address: tuple(dict.fromkeys(_requests(scene, function, runs.get(function.address, [None]))))
        for function in scene.world.of_type("AWS::Lambda::Function")
        if function.get("Code", "ZipFile") is not None
    }


def _requests(scene: Scene, function: Resource, callers: list[Resource | None]) -> Iterator[Request]:
    for client in code_of(scene, function).clients:
        for caller in callers if client.calls else ():
            values = {**environment_of(variables_of(function)), **_named_in(function, caller)}
            yield from requests_by(scene.world, function.address.stack, client, values)


def line_of(function: Resource, target: ServiceTarget) -> str:
    """Where in its inline code a function names the client of a service."""
    inline = function.get("Code", "ZipFile")
    line = line_naming(render(inline), target.service) if inline is not None else None
    return f", line {line} of its inline code" if line is not None else ""
