"""Lambda functions in a VPC, and what calls them during a deployment -> what they must reach.

A function behind a custom resource answers by HTTPS PUT to a bucket of S3; classic function logs do not cross the
VPC. Source: CloudFormation User Guide, custom resources; AWS Lambda Developer Guide, VPC networking.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.need import InternetTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, references_in, render
from stackflight.read.identify import to_address, to_addresses
from stackflight.read.needs.code import CodeFacts, read_code
from stackflight.read.needs.scene import Scene, service_need


def find_function_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every function with its own network interfaces, and every custom resource and rotation that runs in one."""
    for function in scene.world.of_type("AWS::Lambda::Function"):
        placement = placement_of_function(scene, function)
        if placement is None:
            continue
        workload = Workload(function.address, "Lambda function", placement)
        yield workload, [*_own_needs(scene, workload, function), *_callers(scene, workload, function)]
    for schedule in scene.world.of_type("AWS::SecretsManager::RotationSchedule"):
        hosted = _hosted_rotation(scene, schedule)
        if hosted is not None:
            yield hosted, _rotation_needs(scene, hosted, schedule)


def placement_of_function(scene: Scene, function: Resource) -> Placement | None:
    """Where a function's interfaces are; None for a function outside any VPC."""
    config = as_dict(function.get("VpcConfig"))
    subnets = to_addresses(scene.world, config.get("SubnetIds"))
    if not subnets:
        return None
    return Placement(subnets, to_addresses(scene.world, config.get("SecurityGroupIds")), public_ip=False)


def _own_needs(scene: Scene, workload: Workload, function: Resource) -> list[Need]:
    found: list[Need] = []
    variables = as_dict(function.get("Environment", "Variables"))
    for name, value in variables.items():
        found += scene.database_needs(workload, f"variable {name}", value, Consequence.NONE)
    for item in as_list(function.get("FileSystemConfigs")):
        evidence = f"{function.address} mounts it at {render(as_dict(item).get('LocalMountPath'))}"
        need = scene.file_system_need(workload, as_dict(item).get("Arn"), evidence, Phase.RUN)
        found += [need] if need else []
    facts = code_of(function)
    for service in facts.services:
        if service != "logs":
            evidence = f"its code makes a client for {service}"
            found.append(service_need(workload, service, f"call {service}", evidence, phase=Phase.RUN))
    for host in facts.hosts:
        found.append(
            Need(
                workload, InternetTarget(host), f"call {host}", "its code names the host", Certainty.POSSIBLE, Phase.RUN
            )
        )
    seen = set(facts.services)
    for service, action in scene.implied_services(function.get("Role")):
        if service not in seen:
            evidence = f"its role allows {action}"
            found.append(service_need(workload, service, f"call {service}", evidence, Certainty.POSSIBLE, Phase.RUN))
    return found


def code_of(function: Resource) -> CodeFacts:
    """Facts of a function's inline code; nothing is known of code in a bucket."""
    source = function.get("Code", "ZipFile")
    return read_code(source if isinstance(source, str) else render(source)) if source is not None else CodeFacts()


def _callers(scene: Scene, workload: Workload, function: Resource) -> list[Need]:
    found: list[Need] = []
    for caller in scene.world.resources.values():
        token = caller.properties.get("ServiceToken")
        if token is not None and _names(token, function.address):
            found += _custom_resource_needs(scene, workload, function, caller)
        elif caller.type == "AWS::SecretsManager::RotationSchedule":
            if _names(caller.get("RotationLambdaARN"), function.address):
                found += _rotation_needs(scene, workload, caller)
    return found


def _names(value: Value, function: Address) -> bool:
    return any(reference.address == function for reference in references_in(value))


def _custom_resource_needs(scene: Scene, workload: Workload, function: Resource, caller: Resource) -> list[Need]:
    runner = Workload(caller.address, "custom resource", workload.placement, f"{caller.address} ({function.address})")
    evidence = f"{caller.address} is answered by {function.address}, which runs in the VPC"
    found = [
        service_need(
            runner, "s3", "answer CloudFormation", evidence, Certainty.PROVED, Phase.CREATE, Consequence.TIMES_OUT
        )
    ]
    for service in code_of(function).services:
        if service != "logs":
            found.append(
                service_need(
                    runner, service, f"call {service}", f"the code of {function.address} makes a client for {service}",
                    Certainty.PROVED, Phase.CREATE, Consequence.TIMES_OUT,
                )
            )  # fmt: skip
    variables = as_dict(function.get("Environment", "Variables"))
    given = [*variables.items(), *((key, item) for key, item in caller.properties.items() if key != "ServiceToken")]
    for name, value in given:
        found += scene.database_needs(runner, name, value, Consequence.TIMES_OUT)
    return found


def _hosted_rotation(scene: Scene, schedule: Resource) -> Workload | None:
    hosted = as_dict(schedule.get("HostedRotationLambda"))
    subnets = to_addresses(scene.world, _comma_list(hosted.get("VpcSubnetIds")))
    if not subnets:
        return None
    groups = to_addresses(scene.world, _comma_list(hosted.get("VpcSecurityGroupIds")))
    return Workload(schedule.address, "rotation function", Placement(subnets, groups))


def _comma_list(value: Value) -> Value:
    """The parts of a comma-separated string, references kept."""
    from stackflight.model.value import Text

    if not isinstance(value, Text):
        return value
    return [part for part in value.parts if not (isinstance(part, str) and part.strip(", ") == "")]


def _rotation_needs(scene: Scene, workload: Workload, schedule: Resource) -> list[Need]:
    runner = workload
    if workload.address != schedule.address:
        runner = Workload(schedule.address, "rotation", workload.placement, f"{schedule.address} ({workload.address})")
    found = [service_need(runner, "secretsmanager", "store the rotated secret", f"{schedule.address} rotates a secret")]
    secret = schedule.get("SecretId")
    for reference in references_in(secret):
        for target in scene.links.by_secret.get(reference.address, ()):
            destination = scene.links.destinations[target]
            found.append(
                Need(
                    runner,
                    ResourceTarget(target, destination.port, destination.placement, destination.kind),
                    f"set the password in {target}",
                    f"{schedule.address} rotates its secret",
                )
            )
    return found


__all__ = ["code_of", "find_function_needs", "known_text", "placement_of_function", "to_address"]
