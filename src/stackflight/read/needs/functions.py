"""Lambda functions in a VPC, and what calls them during a deployment -> what they must reach.

A function behind a custom resource answers by HTTPS PUT to a bucket of S3; classic function logs do not cross the
VPC. Source: CloudFormation User Guide, custom resources; AWS Lambda Developer Guide, VPC networking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import to_addresses
from stackflight.model.need import InternetTarget, Need, Placement, ResourceTarget, ServiceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, as_dict, as_list, known_flag, references_in, render
from stackflight.read.needs.code import CodeFacts
from stackflight.read.needs.function_code import (
    addresses_called,
    code_of,
    hosts_called,
    hosts_written,
    line_of,
    services_called,
    variables_of,
)
from stackflight.read.needs.invocations import actions_of_lambda
from stackflight.read.needs.pairs import paired
from stackflight.read.needs.proxies import Proxy, proxy_of
from stackflight.read.needs.rotations import rotation_needs
from stackflight.read.needs.scene import Scene, bucket_request, service_need
from stackflight.records import dataclass


def find_function_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every function with its own network interfaces, and every custom resource and rotation that runs in it."""
    callers = _find_callers(scene)
    for function in scene.world.of_type("AWS::Lambda::Function"):
        placement = placement_of_function(scene, function)
        if placement is None:
            yield from _outside(scene, function, callers.get(function.address, []))
            continue
        workload = Workload(function.address, "Lambda function", placement)
        called = callers.get(function.address, [])
        yield (
            workload,
            [
                *_given_needs(scene, workload, function, called),
                *_own_needs(scene, workload, function, called),
                *_called_needs(scene, workload, function, called),
            ],
        )


def placement_of_function(scene: Scene, function: Resource) -> Placement | None:
    """Where a function's interfaces are; None for a function outside any VPC."""
    given = function.get("VpcConfig")
    if isinstance(given, Unknown):
        return Placement((given,), (given,), public_ip=False)
    config = as_dict(given)
    subnets = to_addresses(scene.world, config.get("SubnetIds"))
    if not subnets:
        return None
    six = known_flag(config.get("Ipv6AllowedForDualStack"), False)
    return Placement(subnets, to_addresses(scene.world, config.get("SecurityGroupIds")), public_ip=False, six=six)


def _outside(scene: Scene, function: Resource, callers: list[_Caller]) -> Iterator[tuple[Workload, list[Need]]]:
    """A function without VpcConfig that is given a database's address; without a driver in its code it may only pass
    the address on."""
    workload = Workload(function.address, "Lambda function", Placement((), (), public_ip=True, outside=True))
    found = _databases_given(scene, workload, function)
    connects = code_of(scene, function).connects
    called = any(caller.answers for caller in callers)
    for need in found:
        if need.certainty is Certainty.PROVED:
            certainty = Certainty.PROVED if connects else Certainty.POSSIBLE
            struck = [caller.resource.address for caller in callers] if connects and called else []
            yield (
                workload,
                [
                    replace(
                        need,
                        certainty=certainty,
                        blames=tuple(struck),
                        phase=Phase.CREATE if struck else Phase.RUN,
                    )
                ],
            )


def _given_needs(scene: Scene, workload: Workload, function: Resource, callers: list[_Caller]) -> list[Need]:
    """The databases whose addresses a function is given.

    It may only pass an address on, or keep it for later: sure is what runs while the stack changes, or connects in code.
    """
    facts, sure = code_of(scene, function), bool(callers)
    found: list[Need] = []
    for value, known in addresses_called(scene, function):
        requested = known is Certainty.PROVED and (facts.requests or "://" not in render(value))
        found += _as_called(scene.database_needs(workload, "its code", value, Consequence.NONE), facts, sure, requested)
    variables = variables_of(function)
    for name, value in (*variables.items(), *paired(variables)):
        proxied = name.lower() in {"https_proxy", "http_proxy", "all_proxy"} and bool(facts.clients or facts.requests)
        requested = proxied or (facts.requests and name in facts.names)
        given = scene.database_needs(workload, f"variable {name}", value, Consequence.NONE)
        found += _as_called(given, facts, sure, requested)
    return found


def _as_called(needs: list[Need], facts: CodeFacts, sure: bool, requested: bool) -> Iterator[Need]:
    """Needs for what a function is given, as sure as its code makes them.

    The bare name of a store is for the API that takes it, where the code has a client of that and no driver.
    """
    for need in needs:
        if isinstance(need.target, (InternetTarget, ServiceTarget)) and not requested:
            continue
        stored = isinstance(need.target, ResourceTarget) and need.target.kind in _STORES
        if stored and need.certainty is Certainty.POSSIBLE and not facts.connects and _API.intersection(facts.services):
            continue
        called = facts.connects if stored else requested or facts.connects
        yield need if sure or called else replace(need, certainty=Certainty.POSSIBLE)


_API = {"redshift-data", "rds-data", "redshift", "redshift-serverless", "rds", "elasticache", "memory-db", "kafka", "es", "mq"}  # fmt: skip
"""Endpoints of the services that take the names of stores: to work in them, or to look after them."""
_STORES = {"database", "database proxy", "cache", "search domain", "Kafka cluster", "message broker"}


def _databases_given(scene: Scene, workload: Workload, function: Resource) -> list[Need]:
    """The databases that its environment names."""
    found: list[Need] = []
    for name, value in variables_of(function).items():
        found += scene.database_needs(workload, f"variable {name}", value, Consequence.NONE)
    return found


def _own_needs(scene: Scene, workload: Workload, function: Resource, callers: list[_Caller]) -> list[Need]:
    found: list[Need] = []
    variables = variables_of(function)
    for item in as_list(function.get("FileSystemConfigs")):
        evidence = f"{function.address} mounts it at {render(as_dict(item).get('LocalMountPath'))}"
        need = scene.file_system_need(workload, as_dict(item).get("Arn"), evidence, Phase.RUN)
        found += [need] if need else []
    facts = code_of(scene, function)
    asking: list[Resource | None] = [caller.resource for caller in callers if not caller.rotates]
    for target in dict.fromkeys(
        target for caller in asking or [None] for target in services_called(scene, function, caller)
    ):
        evidence = f"its code makes a client for {target.title}{line_of(function, target)}"
        found.append(Need(workload, target, f"call {target.title}", evidence, phase=Phase.RUN))
    if facts.six and workload.placement.six is False:
        over, evidence = InternetTarget("hosts over IPv6", six=True), "its code connects over IPv6 only"
        found.append(Need(workload, over, f"call {over.title}", evidence, phase=Phase.RUN))
    for host in facts.hosts:
        found.append(
            Need(
                workload, InternetTarget(host), f"call {host}", "its code names the host", Certainty.POSSIBLE, Phase.RUN
            )
        )
    for asked in asking or [None]:
        for called, sure in hosts_called(scene, function, asked):
            found.append(
                Need(workload, called, f"call {called.title}", "its code calls it by what it is given", sure, Phase.RUN)
            )
    if any(name.startswith("USER_") and name.endswith("_FUNCTION_ARN") for name in variables):
        evidence = "it is a provider framework that invokes the function in its variables"
        found.append(service_need(workload, "lambda", "invoke its handler", evidence, phase=Phase.RUN))
    seen = set(facts.services)
    if facts.told:  # What its role allows besides is what those services do in its name.
        return found
    for service, action in scene.implied_services(function.get("Role"), actions_of_lambda(scene.world, function)):
        if service not in seen:
            evidence = f"its role allows {action}"
            found.append(service_need(workload, service, f"call {service}", evidence, Certainty.POSSIBLE, Phase.RUN))
    return found


@dataclass(frozen=True, slots=True)
class _Caller:
    """What runs a function while the stack changes. `answers`: the function itself replies to CloudFormation."""

    resource: Resource
    rotates: bool = False
    answers: bool = False


def _find_callers(scene: Scene) -> dict[Address, list[_Caller]]:
    """Custom resources and rotations by the function that they run, provider frameworks looked through."""
    found: dict[Address, list[_Caller]] = defaultdict(list)
    for resource in scene.world.resources.values():
        for reference in references_in(resource.properties.get("ServiceToken")):
            found[reference.address].append(_Caller(resource, answers=True))
            for handler in _handlers_behind(scene, reference.address):
                found[handler].append(_Caller(resource))
        for handler in _triggered(scene, resource):
            found[handler].append(_Caller(resource))
    for schedule in scene.world.of_type("AWS::SecretsManager::RotationSchedule"):
        for reference in references_in(schedule.get("RotationLambdaARN")):
            found[reference.address].append(_Caller(schedule, rotates=True))
    return found


def _triggered(scene: Scene, resource: Resource) -> list[Address]:
    """The function that a trigger of the CDK invokes while the stack is deployed, by itself or by a version of it.

    The trigger waits for it and fails with it. Source: AWS CDK reference, module triggers.
    """
    if resource.type != "Custom::Trigger":
        return []
    found: list[Address] = []
    for reference in references_in(resource.properties.get("HandlerArn")):
        named = scene.world.resources.get(reference.address)
        if named is not None and named.type == "AWS::Lambda::Version":
            found += [item.address for item in references_in(named.get("FunctionName"))]
        else:
            found.append(reference.address)
    return list(dict.fromkeys(found))


def _handlers_behind(scene: Scene, provider: Address) -> list[Address]:
    """The functions that a provider framework calls: its own variables name them as user handlers."""
    resource = scene.world.resources.get(provider)
    if resource is None or resource.type != "AWS::Lambda::Function":
        return []
    variables = as_dict(resource.get("Environment", "Variables"))
    named = [references_in(value) for name, value in variables.items() if name.startswith("USER_")]
    return list(dict.fromkeys(reference.address for references in named for reference in references))


def _called_needs(scene: Scene, workload: Workload, function: Resource, callers: list[_Caller]) -> list[Need]:
    found: list[Need] = []
    for caller in callers:
        if caller.rotates:
            found += rotation_needs(scene, workload, caller.resource)
        else:
            found += _custom_resource_needs(scene, workload, function, caller.resource, caller.answers)
    return found


def _answer_needs(scene: Scene, runner: Workload, function: Resource, caller: Resource) -> list[Need]:
    """The way of the reply to CloudFormation, unless a proxy carries it; what code at hand does not show may use one."""
    proxy, facts = proxy_of(variables_of(function)), code_of(scene, function)
    doubt: Unknown | None = None
    if proxy is not None and facts.heeds_proxy and _sends_by(proxy, scene, caller):
        if facts.answers:
            return []
        doubt = Unknown(f"whether {function.address} sends its answer by the proxy of its environment")
    evidence = f"{caller.address} is answered by {function.address}, which runs in the VPC"
    request = bucket_request(scene, caller.address, "s3:PutObject", "cloudformation-custom-resource-response-{plain}")
    need = service_need(
        runner, "s3", "answer CloudFormation", evidence, consequence=Consequence.TIMES_OUT, requests=(request,)
    )
    return [replace(need, doubt=doubt)]


def _sends_by(proxy: Proxy, scene: Scene, caller: Resource) -> bool:
    """Whether the answer to CloudFormation, which goes to a bucket's host, is one that a proxy carries."""
    region = scene.world.stack(caller.address.stack).environment.region or "${AWS::Region}"
    return proxy.carries(f"bucket.s3.{region}.amazonaws.com")


def _custom_resource_needs(
    scene: Scene, workload: Workload, function: Resource, caller: Resource, answers: bool
) -> list[Need]:
    """`answers` is False where a provider framework outside the VPC sends the reply."""
    runner = Workload(caller.address, "custom resource", workload.placement)
    found: list[Need] = []
    if answers:
        found += _answer_needs(scene, runner, function, caller)
    for target in services_called(scene, function, caller):
        evidence = f"the code of {function.address} makes a client for {target.title}{line_of(function, target)}"
        found.append(Need(runner, target, f"call {target.title}", evidence, consequence=Consequence.TIMES_OUT))
    given = [
        *variables_of(function).items(),
        *((key, item) for key, item in caller.properties.items() if key != "ServiceToken"),
        *(("its code", value) for value, sure in addresses_called(scene, function, caller) if sure is Certainty.PROVED),
    ]
    for name, value in given:
        found += scene.database_needs(runner, name, value, Consequence.TIMES_OUT)
    for called, sure in hosts_called(scene, function, caller):
        evidence = f"the code of {function.address} calls it by what it is given"
        found.append(Need(runner, called, f"call {called.title}", evidence, sure, consequence=Consequence.TIMES_OUT))
    for called in hosts_written(scene, function):
        evidence = f"the code of {function.address} calls it"
        found.append(Need(runner, called, f"call {called.title}", evidence, consequence=Consequence.TIMES_OUT))
    return found
