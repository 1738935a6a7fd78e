"""Managed services that put interfaces of their own into a VPC -> what they must reach.

RDS Proxy, CodeBuild projects, Elastic Beanstalk environments and ECS tasks that a schedule starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import PULL, InternetTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Value,
    as_dict,
    as_list,
    known_text,
    render,
)
from stackflight.read.needs.boot import fetched_needs
from stackflight.read.needs.containers import task_needs
from stackflight.read.needs.named import placement_of
from stackflight.read.needs.rotations import comma_list
from stackflight.read.needs.scene import Scene, service_need
from stackflight.read.needs.scripts import ScriptFacts, read_script

Found = tuple[Workload, list[Need]]


def find_managed_needs(scene: Scene) -> Iterator[Found]:
    """Every managed service with interfaces in the VPC."""
    yield from _proxies(scene)
    yield from _builds(scene)
    yield from _environments(scene)
    yield from _scheduled_tasks(scene)


def _proxies(scene: Scene) -> Iterator[Found]:
    for group in scene.world.of_type("AWS::RDS::DBProxyTargetGroup"):
        resource = resource_named(scene.world, group.get("DBProxyName"), "AWS::RDS::DBProxy")
        if resource is None:
            continue
        groups = to_addresses(scene.world, resource.get("VpcSecurityGroupIds"))
        placement = Placement(to_addresses(scene.world, resource.get("VpcSubnetIds")), groups)
        workload = Workload(resource.address, "database proxy", placement)
        needs = []
        for item in [*as_list(group.get("DBInstanceIdentifiers")), *as_list(group.get("DBClusterIdentifiers"))]:
            target = to_address(scene.world, item)
            if isinstance(target, Address) and target in scene.links.destinations:
                found = scene.links.destinations[target]
                watched = _is_watched(scene, target)
                needs.append(
                    Need(
                        workload, ResourceTarget(found.address, found.port, found.placement, found.kind),
                        f"connect to {found.address}", f"{group.address} registers it", Certainty.PROVED,
                        Phase.CREATE if watched else Phase.RUN,
                        Consequence.UNSTABLE if watched else Consequence.NONE, patient=True, waiting=(group.address,),
                    )
                )  # fmt: skip
        yield workload, needs


def _is_watched(scene: Scene, target: Address) -> bool:
    """Whether the creation of a target group waits until this target is available: instances are, alone or of a cluster."""
    if scene.world.resources[target].type == "AWS::RDS::DBInstance":
        return True
    members = scene.world.of_type("AWS::RDS::DBInstance")
    return any(to_address(scene.world, member.get("DBClusterIdentifier")) == target for member in members)


def _builds(scene: Scene) -> Iterator[Found]:
    for project in scene.world.of_type("AWS::CodeBuild::Project"):
        config = as_dict(project.get("VpcConfig"))
        subnets = to_addresses(scene.world, config.get("Subnets"))
        if not subnets:
            continue
        workload = Workload(
            project.address, "build", Placement(subnets, to_addresses(scene.world, config.get("SecurityGroupIds")))
        )
        needs = []
        if known_text(as_dict(project.get("LogsConfig", "CloudWatchLogs")).get("Status")) != "DISABLED":
            evidence = "builds log to CloudWatch"
            needs.append(service_need(workload, "logs", "write its logs", evidence, Certainty.POSSIBLE, Phase.RUN))
        kinds = {known_text(project.get(side, "Type")) for side in ("Source", "Artifacts")}
        if kinds & {"S3", "CODEPIPELINE"}:
            needs.append(
                service_need(workload, "s3", "move its sources", "sources or artifacts in S3", phase=Phase.RUN)
            )
        hosts = {"GITHUB": "github.com", "BITBUCKET": "bitbucket.org"}
        for kind in kinds & hosts.keys():
            target = InternetTarget(hosts[str(kind)])
            needs.append(
                Need(workload, target, "fetch its sources", f"source type {kind}", Certainty.PROVED, Phase.RUN)
            )
        if re_ecr(render(project.get("Environment", "Image"))):
            for name in ("ecr.api", "ecr.dkr"):
                needs.append(service_need(workload, name, PULL, "image of the project", phase=Phase.RUN))
        facts = read_script(render(project.get("Source", "BuildSpec")))
        if not facts.proxied:
            found = fetched_needs(workload, facts, "its build", Certainty.PROVED, Phase.RUN, Consequence.NONE)
            needs += [*found, *_called_by_build(workload, facts)]
        yield workload, needs


def _called_by_build(workload: Workload, facts: ScriptFacts) -> list[Need]:
    return [
        service_need(workload, name, f"call {name}", f"its build calls aws {name}", Certainty.PROVED, Phase.RUN)
        for name in facts.services
    ]


def re_ecr(image: str) -> bool:
    """Whether an image lies in a private Amazon ECR registry."""
    return ".dkr.ecr." in image


def _environments(scene: Scene) -> Iterator[Found]:
    for environment in scene.world.of_type("AWS::ElasticBeanstalk::Environment"):
        options = {
            (known_text(as_dict(item).get("Namespace")), known_text(as_dict(item).get("OptionName"))): as_dict(
                item
            ).get("Value")
            for item in as_list(environment.get("OptionSettings"))
        }
        subnets = to_addresses(scene.world, comma_list(options.get(("aws:ec2:vpc", "Subnets"))))
        if not subnets:
            continue
        public = known_text(options.get(("aws:ec2:vpc", "AssociatePublicIpAddress"))) == "true"
        groups = options.get(("aws:autoscaling:launchconfiguration", "SecurityGroups"))
        placement = Placement(subnets, to_addresses(scene.world, comma_list(groups)), public)
        workload = Workload(environment.address, "Elastic Beanstalk environment", placement)
        evidence = "its instances fetch the application and report their health"
        yield (
            workload,
            [
                service_need(workload, name, "start its instances", evidence, consequence=Consequence.UNSTABLE)
                for name in ("elasticbeanstalk-health", "s3", "cloudformation")
            ],
        )


def _scheduled_tasks(scene: Scene) -> Iterator[Found]:
    for rule in scene.world.of_type("AWS::Events::Rule"):
        for item in as_list(rule.get("Targets")):
            found = _scheduled_task(scene, rule, as_dict(as_dict(item).get("EcsParameters")), "AwsVpcConfiguration")
            if found is not None:
                yield found
    for schedule in scene.world.of_type("AWS::Scheduler::Schedule"):
        given = as_dict(schedule.get("Target", "EcsParameters"))
        found = _scheduled_task(scene, schedule, given, "AwsvpcConfiguration")
        if found is not None:
            yield found


def _scheduled_task(scene: Scene, owner: Resource, given: dict[str, Value], key: str) -> Found | None:
    network = as_dict(given.get("NetworkConfiguration")).get(key)
    task = resource_named(scene.world, given.get("TaskDefinitionArn"), "AWS::ECS::TaskDefinition")
    if not isinstance(network, dict) or task is None:
        return None
    workload = Workload(owner.address, "scheduled task", placement_of(scene, network))
    run = Resource(owner.address, owner.type, {"LaunchType": given.get("LaunchType"), "DesiredCount": 0})
    return workload, task_needs(scene, workload, run, task)
