"""Managed compute that borrows subnets of a VPC -> what it must reach: App Runner, DMS, MWAA, Batch, Glue, notebooks.

Sources: AWS App Runner Developer Guide, VPC access; AWS DMS User Guide, networks for replication; Amazon MWAA User Guide,
About networking (private routing); AWS Batch User Guide, compute resource VPC; AWS Glue Developer Guide, connecting to a
JDBC data store in a VPC; Amazon SageMaker Developer Guide, notebook instances in a VPC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, as_list, known_flag, known_text, render
from stackflight.read.needs.boot import fetched_needs
from stackflight.read.needs.containers import task_needs
from stackflight.read.needs.given_apis import given_api_needs
from stackflight.read.needs.placing import mapped_alike, placed
from stackflight.read.needs.scene import Scene, service_need
from stackflight.read.needs.scripts import read_script

Found = tuple[Workload, list[Need]]


def find_hosted_needs(scene: Scene) -> Iterator[Found]:
    """Every managed service that runs code of the user in subnets of the template."""
    yield from _app_runner(scene)
    yield from _connected(scene)
    yield from _web_functions(scene)
    yield from _replication(scene)
    yield from _airflow(scene)
    yield from _batch(scene)
    yield from _glue(scene)
    yield from _notebooks(scene)


def _app_runner(scene: Scene) -> Iterator[Found]:
    """Only what the application itself calls goes through the connector; its image does not.

    Without a connector it runs outside of any VPC. Source: AWS App Runner Developer Guide, enabling VPC access.
    """
    for service in scene.world.of_type("AWS::AppRunner::Service"):
        egress = service.get("NetworkConfiguration", "EgressConfiguration")
        kind = as_dict(egress).get("EgressType")
        connector = resource_named(scene.world, as_dict(egress).get("VpcConnectorArn"), "AWS::AppRunner::VpcConnector")
        place = Placement((), (), public_ip=True, outside=True)
        if connector is not None and known_text(kind) != "DEFAULT":
            place = placed(scene, connector.get("Subnets"), connector.get("SecurityGroups"))
        elif isinstance(egress, Unknown) or not (kind is None or known_text(kind) == "DEFAULT"):
            continue
        workload = Workload(service.address, "App Runner service", place)
        needs: list[Need] = []
        for settings in _settings(service):
            needs += _given(scene, workload, _variables(settings.get("RuntimeEnvironmentVariables"), "Name"))
        # What App Runner injects it fetches by itself, with the same role.
        injects = any(settings.get("RuntimeEnvironmentSecrets") is not None for settings in _settings(service))
        own = {"secretsmanager", "ssm", "kms"} if injects else set()
        for name, action in scene.implied_services(service.get("InstanceConfiguration", "InstanceRoleArn")):
            if not place.outside and name not in own:
                evidence = f"its instance role allows {action}"
                needs.append(service_need(workload, name, f"call {name}", evidence, Certainty.POSSIBLE, Phase.RUN))
        yield workload, needs


def _settings(service: Resource) -> Iterator[dict[str, Value]]:
    """What an image or code of App Runner is run with."""
    for source in ("ImageRepository", "CodeRepository"):
        given = as_dict(service.get("SourceConfiguration", source))
        yield as_dict(given.get("ImageConfiguration", as_dict(given.get("CodeConfiguration")).get("CodeConfigurationValues")))  # fmt: skip


def _variables(given: Value, key: str) -> dict[str, Value]:
    """A list of variables by their names."""
    return {render(as_dict(item).get(key)): as_dict(item).get("Value") for item in as_list(given)}


def _given(scene: Scene, workload: Workload, variables: Mapping[str, Value]) -> Iterator[Need]:
    """The databases, and the APIs of others, that its variables name."""
    for name, value in variables.items():
        yield from scene.database_needs(workload, f"variable {name}", value, Consequence.NONE)
    yield from given_api_needs(scene.world, workload, variables)


def _connected(scene: Scene) -> Iterator[Found]:
    """MicroVMs of AWS Lambda whose image names an egress connector of the template.

    Source: AWS Lambda Developer Guide, MicroVMs, networking (VPC egress connectors).
    """
    for image in scene.world.of_type("AWS::Lambda::MicrovmImage"):
        named = [resource_named(scene.world, item, "AWS::Lambda::NetworkConnector") for item in as_list(image.get("EgressNetworkConnectors"))]  # fmt: skip
        connector = named[0] if len(named) == 1 else None
        if connector is None:
            continue
        given = as_dict(connector.get("Configuration", "VpcEgressConfiguration"))
        place = placed(scene, given.get("SubnetIds"), given.get("SecurityGroupIds"))
        workload = Workload(image.address, "MicroVM", place)
        yield workload, [*_given(scene, workload, _variables(image.get("EnvironmentVariables"), "Key"))]


def _web_functions(scene: Scene) -> Iterator[Found]:
    """Revisions of web functions: by their connector, else outside of any VPC with the internet alone.

    Source: CloudFormation template reference, AWS::Lambda::WebFunctionRevision ServiceConfig (EgressNetworkConnectorArn).
    """
    for revision in scene.world.of_type("AWS::Lambda::WebFunctionRevision"):
        config = as_dict(revision.get("ServiceConfig"))
        named = config.get("EgressNetworkConnectorArn")
        connector = resource_named(scene.world, named, "AWS::Lambda::NetworkConnector")
        place = Placement((), (), public_ip=True, outside=True)
        if connector is not None:
            given = as_dict(connector.get("Configuration", "VpcEgressConfiguration"))
            place = placed(scene, given.get("SubnetIds"), given.get("SecurityGroupIds"))
        elif named is not None:
            continue
        workload = Workload(revision.address, "web function", place)
        needs = [*_given(scene, workload, as_dict(config.get("EnvironmentVariables")))]
        for name, action in scene.implied_services(config.get("ExecutionRoleArn")) if not place.outside else ():
            evidence = f"its execution role allows {action}"
            needs.append(service_need(workload, name, f"call {name}", evidence, Certainty.POSSIBLE, Phase.RUN))
        yield workload, needs


def _replication(scene: Scene) -> Iterator[Found]:
    """A replication instance connects to the endpoints of its tasks."""
    for instance in scene.world.of_type("AWS::DMS::ReplicationInstance"):
        group = resource_named(
            scene.world, instance.get("ReplicationSubnetGroupIdentifier"), "AWS::DMS::ReplicationSubnetGroup"
        )
        subnets = group.get("SubnetIds") if group is not None else Unknown("the subnets of its subnet group")
        public = known_flag(instance.get("PubliclyAccessible"), True)
        place = placed(scene, subnets, instance.get("VpcSecurityGroupIds"), public)
        workload = Workload(instance.address, "replication instance", place)
        needs: list[Need] = []
        for task in scene.world.of_type("AWS::DMS::ReplicationTask"):
            if to_address(scene.world, task.get("ReplicationInstanceArn")) == instance.address:
                for key in ("SourceEndpointArn", "TargetEndpointArn"):
                    end = resource_named(scene.world, task.get(key), "AWS::DMS::Endpoint")
                    if end is not None:
                        needs += scene.database_needs(
                            workload, f"endpoint {end.address}", end.get("ServerName"), Consequence.NONE
                        )
        yield workload, needs


def _airflow(scene: Scene) -> Iterator[Found]:
    """An environment reads its DAGs from Amazon S3 and its queue from Amazon SQS before it counts as created.

    The endpoint of its metadata database is made in its subnets, under its groups. Source: Amazon MWAA User Guide, security in
    your VPC (self-referencing rule, port 5432).
    """
    for environment in scene.world.of_type("AWS::MWAA::Environment"):
        network = as_dict(environment.get("NetworkConfiguration"))
        if not network:
            continue
        place = placed(scene, network.get("SubnetIds"), network.get("SecurityGroupIds"))
        workload = Workload(environment.address, "Airflow environment", place)
        evidence = "its scheduler and workers read DAGs and their queue"
        needs = [
            service_need(workload, name, "start its workers", evidence, consequence=Consequence.UNSTABLE)
            for name in ("s3", "sqs")
        ]
        if known_text(environment.get("EndpointManagement") or "SERVICE") == "SERVICE":
            own = ResourceTarget(environment.address, 5432, place, "metadata database")
            why = "its metadata database answers in its own groups and subnets"
            needs.append(Need(workload, own, "use its metadata database", why, consequence=Consequence.UNSTABLE))
        yield workload, needs


def _batch(scene: Scene) -> Iterator[Found]:
    """Instances of a compute environment join a cluster of Amazon ECS; Fargate jobs pull their images."""
    environments = list(scene.world.of_type("AWS::Batch::ComputeEnvironment"))
    for environment in environments:
        given = as_dict(environment.get("ComputeResources"))
        kind = (known_text(given.get("Type")) or "").upper()
        place = placed(scene, given.get("Subnets"), given.get("SecurityGroupIds"))
        if kind.startswith("FARGATE") and len(environments) == 1:
            for job in scene.world.of_type("AWS::Batch::JobDefinition"):
                yield _job(scene, environment, job, place)
        elif kind in {"EC2", "SPOT"} and given.get("LaunchTemplate") is None:
            workload = Workload(environment.address, "compute environment", replace(place, public_ip=mapped_alike(scene.network, place.subnets)))  # fmt: skip
            evidence = "its instances join a cluster of Amazon ECS"
            yield (
                workload,
                [
                    service_need(
                        workload, name, "register with its ECS cluster", evidence, Certainty.POSSIBLE, Phase.RUN
                    )
                    for name in ("ecs", "ecs-agent", "ecs-telemetry")
                ],
            )


def _job(scene: Scene, environment: Resource, job: Resource, place: Placement) -> Found:
    """One job definition read as the task that it is; which queue gets it is not part of the template."""
    container = as_dict(job.get("ContainerProperties"))
    public = known_text(as_dict(container.get("NetworkConfiguration")).get("AssignPublicIp")) == "ENABLED"
    workload = Workload(environment.address, "compute environment", replace(place, public_ip=public))
    volumes: list[Value] = [
        {"Name": as_dict(item).get("Name"), "EFSVolumeConfiguration": as_dict(item).get("EfsVolumeConfiguration")}
        for item in as_list(container.get("Volumes"))
    ]
    task = Resource(job.address, "AWS::ECS::TaskDefinition", {"ContainerDefinitions": [container], "Volumes": volumes})
    run = Resource(environment.address, environment.type, {"LaunchType": "FARGATE", "DesiredCount": 0})
    found = task_needs(scene, workload, run, task)
    return workload, [replace(need, certainty=Certainty.POSSIBLE, blames=(job.address,)) for need in found]


def _glue(scene: Scene) -> Iterator[Found]:
    """Jobs that use a connection run in its subnet; Glue refuses them without a way to Amazon S3."""
    for connection in scene.world.of_type("AWS::Glue::Connection"):
        place = as_dict(connection.get("ConnectionInput", "PhysicalConnectionRequirements"))
        if place.get("SubnetId") is None:
            continue
        where = placed(scene, [place["SubnetId"]], place.get("SecurityGroupIdList"))
        workload = Workload(connection.address, "Glue connection", where)
        evidence = "jobs that use it read their scripts from Amazon S3"
        needs = [service_need(workload, "s3", "fetch scripts", evidence, Certainty.POSSIBLE, Phase.RUN)]
        url = connection.get("ConnectionInput", "ConnectionProperties")
        needs += scene.database_needs(workload, "its connection properties", url, Consequence.NONE)
        yield workload, needs


def _notebooks(scene: Scene) -> Iterator[Found]:
    """Without direct internet access the start scripts of a notebook instance use its subnet."""
    for notebook in scene.world.of_type("AWS::SageMaker::NotebookInstance"):
        if notebook.get("SubnetId") is None or known_text(notebook.get("DirectInternetAccess")) != "Disabled":
            continue
        kind = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
        config = resource_named(scene.world, notebook.get("LifecycleConfigName"), kind)
        place = placed(scene, [notebook.get("SubnetId")], notebook.get("SecurityGroupIds"))
        workload = Workload(notebook.address, "notebook instance", place)
        needs: list[Need] = []
        for key in ("OnCreate", "OnStart"):
            for item in as_list(config.get(key)) if config is not None else []:
                facts = read_script(render(as_dict(item).get("Content")))
                needs += fetched_needs(workload, facts, key, Certainty.POSSIBLE, Phase.CREATE, Consequence.NONE)
        yield workload, needs
