"""Rotations of secrets -> what the function that rotates must reach: Secrets Manager and the database.

The function is the template's own, a hosted one of AWS, or an application of the Serverless Application Repository, as
the CDK adds it. Source: AWS Secrets Manager User Guide, rotation functions, network access.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Consequence
from stackflight.model.identify import to_addresses
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Text, Unknown, Value, as_dict, references_in, render
from stackflight.read.needs.scene import Scene, service_need


def find_rotation_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every rotation whose function the template does not declare itself."""
    for schedule in scene.world.of_type("AWS::SecretsManager::RotationSchedule"):
        hosted = _hosted_rotation(scene, schedule)
        if hosted is not None:
            yield hosted, rotation_needs(scene, hosted, schedule)
    yield from _rotation_applications(scene)


def _hosted_rotation(scene: Scene, schedule: Resource) -> Workload | None:
    hosted = as_dict(schedule.get("HostedRotationLambda"))
    subnets = to_addresses(scene.world, comma_list(hosted.get("VpcSubnetIds")))
    if not subnets:
        return None
    groups = to_addresses(scene.world, comma_list(hosted.get("VpcSecurityGroupIds")))
    return Workload(schedule.address, "rotation function", Placement(subnets, groups))


def comma_list(value: Value) -> Value:
    """The parts of a comma-separated string, references kept."""
    if not isinstance(value, Text):
        return value
    return [part for part in value.parts if not (isinstance(part, str) and part.strip(", ") == "")]


def rotation_needs(scene: Scene, workload: Workload, schedule: Resource) -> list[Need]:
    runner = workload
    if workload.address != schedule.address:
        runner = Workload(schedule.address, "rotation", workload.placement)
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


def _rotation_applications(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Rotation functions from the Serverless Application Repository, as the CDK adds them."""
    for application in scene.world.of_type("AWS::Serverless::Application"):
        given = as_dict(application.get("Parameters"))
        subnets = to_addresses(scene.world, comma_list(given.get("vpcSubnetIds")))
        if not subnets or not _rotates(as_dict(application.get("Location")).get("ApplicationId")):
            continue
        placement = Placement(subnets, to_addresses(scene.world, comma_list(given.get("vpcSecurityGroupIds"))))
        workload = Workload(application.address, "rotation function", placement)
        needs = [service_need(workload, "secretsmanager", "store the rotated secret", "a rotation application")]
        for schedule in scene.world.of_type("AWS::SecretsManager::RotationSchedule"):
            if any(item.address == application.address for item in references_in(schedule.get("RotationLambdaARN"))):
                needs += scene.database_needs(
                    workload, "the rotated secret", schedule.get("SecretId"), Consequence.NONE
                )
        yield workload, needs


def _rotates(application: Value) -> bool:
    """Whether an application of the repository is one of Secrets Manager's, in every partition that it may be of."""
    choices = application.candidates if isinstance(application, Unknown) else (application,)
    return bool(choices) and all("SecretsManager" in render(choice) for choice in choices)
