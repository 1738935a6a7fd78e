"""Findings and injections -> faults: which operation of which resource fails when, and with which text.

A finding acts only where it is proved and blocking. Rules and sources: docs/concepts/rehearsal.md, "What fails".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from stackflight.facts.types import wait_of
from stackflight.model.ending import is_protected
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.plan import Injection
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, as_dict, dig, known_flag, known_int, references_in, render
from stackflight.records import dataclass
from stackflight.rehearse.behaviour import Fault, policy_timeout

ECS_ATTEMPT_SECONDS = 180.0  # our estimate: provision, pull or start until the time-out, stop, wait for the next
ECS_START_SECONDS = 60.0
CUSTOM_SECONDS = 3600.0
NO_RESPONSE = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
    "[simulated]. If you are using the Python cfn-response module, you may need to update your Lambda function code "
    "so that CloudFormation can attach the updated version."
)


@dataclass(frozen=True)
class Plight:
    """A fault with the finding behind it (None for an injected one)."""

    address: Address
    operation: str
    fault: Fault
    finding: Finding | None = None


def find_plights(world: World, findings: Iterable[Finding], injections: Iterable[Injection] = ()) -> list[Plight]:
    """All faults of a rehearsal, one for each operation of a resource.

    Injections come before what is known of the resource, and that before findings; of several findings the one that
    strikes earliest counts: a service that is refused starts no task that could wait for its image.
    """
    found: dict[tuple[Address, str], Plight] = {}
    for plight in (*_injected(injections), *_standing(world)):
        found.setdefault((plight.address, plight.operation), plight)
    for strike in sorted(_predicted(world, findings), key=_moment):
        if (strike[0].address, strike[0].operation) not in found:
            for plight in strike:
                found.setdefault((plight.address, plight.operation), plight)
    return list(found.values())


def _moment(strike: list[Plight]) -> float:
    """When the first fault of a strike comes, seconds."""
    return strike[0].fault.seconds or 0.0


def handler_text(message: str, code: str) -> str:
    """A reason in the grammar of registry types."""
    return f'Resource handler returned message: "{message}" (RequestToken: simulated, HandlerErrorCode: {code})'


def _reason(finding: Finding) -> str:
    """AWS's own words; where they are not on record, ours, which are called so."""
    return (
        handler_text(finding.says, "InvalidRequest") if finding.says else f"{finding.message} (in stackflight's words)"
    )


def _injected(injections: Iterable[Injection]) -> Iterator[Plight]:
    for given in injections:
        text = given.text or handler_text("Failure injected into the rehearsal", "GeneralServiceException")
        for operation in given.operations:
            yield Plight(given.address, operation, Fault(text, given.seconds))


def _standing(world: World) -> Iterator[Plight]:
    """Deletion protection: the service refuses whatever the rehearsal is about."""
    for resource in world.resources.values():
        if is_protected(resource):
            text = handler_text("Cannot delete: deletion protection is enabled", "InvalidRequest")
            yield Plight(resource.address, "delete", Fault(text, 1.5))


def _predicted(world: World, findings: Iterable[Finding]) -> Iterator[list[Plight]]:
    """What each finding does to each resource that it strikes."""
    for finding in findings:
        proved = finding.severity is Severity.BLOCKING and finding.certainty is Certainty.PROVED
        if not proved or finding.consequence is Consequence.NONE or finding.phase is Phase.RUN:
            continue
        for address in finding.struck:
            resource = world.resources.get(address)
            for struck in _bearers(world, resource, finding) if resource is not None else ():
                if plights := list(_plights(world, struck, finding)):
                    yield plights


def _bearers(world: World, resource: Resource, finding: Finding) -> list[Resource]:
    """Who suffers: a function is created without being run, so what it serves waits and fails in its place."""
    if resource.type != "AWS::Lambda::Function" or finding.consequence is Consequence.FAILS:
        return [resource]
    return [other for other in world.resources.values() if other.is_custom and resource in serving(world, other)]


def _plights(world: World, resource: Resource, finding: Finding) -> Iterator[Plight]:
    operation = finding.phase.value
    if finding.consequence is Consequence.FAILS:
        fault = Fault(_reason(finding))
        # What an update refuses may be new to the stack, or made anew.
        for one in ("update", "create") if finding.phase is Phase.UPDATE else (operation,):
            yield Plight(resource.address, one, fault, finding)
        return
    unstable = silence(world, resource, finding) if resource.is_custom else instability(resource)
    if unstable is None:
        return
    yield Plight(resource.address, operation, unstable, finding)
    if unstable.silent and operation != "delete":
        yield Plight(resource.address, "delete", unstable, finding)


def serving(world: World, resource: Resource) -> list[Resource]:
    """The functions behind a custom resource: the one of its ServiceToken, and the user's behind a CDK provider."""
    found = [world.resources.get(token.address) for token in references_in(resource.get("ServiceToken"))]
    functions = [function for function in found if function is not None]
    for function in tuple(functions):
        if is_provider(function):
            named = references_in(dig(function.properties, "Environment", "Variables", "USER_ON_EVENT_FUNCTION_ARN"))
            functions += [world.resources[ref.address] for ref in named if ref.address in world.resources]
    return functions


def is_provider(function: Resource) -> bool:
    """Whether this is the framework function of CDK's `cr.Provider`, which answers when the user's function fails."""
    return render(function.get("Handler")).startswith("framework.")


def silence(world: World, resource: Resource, finding: Finding) -> Fault:
    """A custom resource whose function gives no result.

    Behind a provider the user's function dies at its own time-out and the provider answers FAILED, unless it is the
    provider itself that cannot reply. Otherwise nobody answers, neither now nor when the resource is to be deleted.
    """
    functions = serving(world, resource)
    if len(functions) > 1 and is_provider(functions[0]) and functions[0].address.id not in finding.resources:
        seconds = float(known_int(functions[1].get("Timeout")) or 3)
        text = (
            "Received response status [FAILED] from custom resource. Message returned: Error: Task timed out after "
            f"{seconds:.2f} seconds (RequestId: simulated)"
        )
        return Fault(text, seconds + 1.0)
    return Fault(NO_RESPONSE, float(known_int(resource.get("ServiceTimeout")) or CUSTOM_SECONDS), silent=True)


def instability(resource: Resource) -> Fault | None:
    """How a resource that starts and never becomes healthy fails; None where CloudFormation does not wait for it."""
    match resource.type:
        case "AWS::ECS::Service":
            return _ecs_fault(resource)
        case "AWS::EC2::Instance" | "AWS::AutoScaling::AutoScalingGroup":
            timeout = policy_timeout(resource)
            count = known_int(dig(resource.attributes.get("CreationPolicy"), "ResourceSignal", "Count")) or 1
            text = f"Failed to receive {count} resource signal(s) within the specified duration"
            return Fault(text, timeout) if timeout is not None else None
        case "AWS::CloudFormation::WaitCondition":
            count = known_int(resource.get("Count")) or 1
            text = f"WaitCondition timed out. Received 0 conditions when expecting {count}"
            return Fault(text, float(known_int(resource.get("Timeout")) or 300))
        case "AWS::SSM::Association":
            wait = known_int(resource.get("WaitForSuccessTimeoutSeconds"))
            return Fault(handler_text("Exceeded attempts to wait", "NotStabilized"), float(wait)) if wait else None
        case "AWS::CloudFormation::Stack":
            minutes = known_int(resource.get("TimeoutInMinutes"))
            return Fault("Stack creation time exceeded the specified timeout", minutes * 60.0) if minutes else None
        case _:
            return _vain(resource)


def _vain(resource: Resource) -> Fault | None:
    wait = wait_of(resource.type)
    return Fault(handler_text(wait.says, wait.code), wait.seconds) if wait is not None else None


def _ecs_fault(resource: Resource) -> Fault | None:
    breaker = as_dict(dig(resource.properties, "DeploymentConfiguration", "DeploymentCircuitBreaker"))
    if known_flag(breaker.get("Enable"), False) is not True:
        return _vain(resource)
    desired = known_int(resource.get("DesiredCount")) or 1
    threshold = min(200, max(3, math.ceil(desired / 2)))
    seconds = ECS_START_SECONDS + math.ceil(threshold / desired) * ECS_ATTEMPT_SECONDS
    text = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
    return Fault(handler_text(text, "GeneralServiceException"), seconds)
