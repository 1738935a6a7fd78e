"""ECS services with their own network interfaces -> what their tasks must reach.

On Fargate the task's interface also pulls the image, fetches injected secrets and ships awslogs. Source: Amazon ECS
Developer Guide, Fargate task networking; Amazon ECR User Guide, VPC endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.need import PULL, InternetTarget, Need, ServiceTarget, Workload
from stackflight.model.request import Request
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_flag,
    known_int,
    known_text,
    references_in,
    render,
)
from stackflight.patterns import compile_later
from stackflight.read.needs.callers import asked_by, caller_of
from stackflight.read.needs.connect import namespace_of
from stackflight.read.needs.container_commands import command_needs
from stackflight.read.needs.docker import image_host
from stackflight.read.needs.given_apis import given_api_needs
from stackflight.read.needs.loops import task_loop_needs
from stackflight.read.needs.machines import container_instances, machine_placement
from stackflight.read.needs.named import placement_of, service_calls
from stackflight.read.needs.pairs import paired
from stackflight.read.needs.scene import Scene, bucket_request, service_need
from stackflight.read.needs.stored import stored_request


def find_task_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every ECS service with its needs."""
    for service in scene.world.of_type("AWS::ECS::Service"):
        network = service.get("NetworkConfiguration", "AwsvpcConfiguration")
        if not isinstance(network, dict):
            yield from _on_instances(scene, service)
            continue
        place, kind = placement_of(scene, network), "ECS service"
        if known_text(service.get("LaunchType")) == "EC2":  # whose own interfaces never get public addresses
            place, kind = replace(place, public_ip=False), "ECS service on instances"
        workload = Workload(service.address, kind, place)
        task = resource_named(scene.world, service.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
        if task is None:
            yield workload, []
            continue
        yield workload, task_needs(scene, workload, service, task)


def _on_instances(scene: Scene, service: Resource) -> Iterator[tuple[Workload, list[Need]]]:
    """A service in bridge or host mode calls from its container instances, where one group of them joins its cluster."""
    cluster = to_address(scene.world, service.get("Cluster"))
    task = resource_named(scene.world, service.get("TaskDefinition"))
    machines = container_instances(scene, cluster) if isinstance(cluster, Address) else []
    placement = machine_placement(scene, machines[0]) if len(machines) == 1 else None
    mode = known_text(task.get("NetworkMode")) if task is not None else None
    if task is not None and task.type == "AWS::ECS::TaskDefinition" and placement is not None and mode != "awsvpc":
        workload = Workload(service.address, "ECS service", placement)
        yield workload, task_needs(scene, workload, service, task)


def task_needs(scene: Scene, workload: Workload, runner: Resource, task: Resource) -> list[Need]:
    """What the tasks of a definition need; `runner` says how and how many of them are started."""
    return _Task(scene, workload, runner, task).needs()


# The grammar of image references: lower-case path, optional tag and digest. A placeholder such as "REPO_URI:TAG"
# or an unknown part names no registry. Source: OCI distribution specification.
_IMAGE = compile_later(
    r"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w${}.: -]{1,128})?(?:@sha256:[a-f0-9]{64})?"
)


# What a pull asks of either endpoint. Source: Amazon ECR User Guide, create an endpoint policy.
_PULLS = {"ecr.api": ("ecr:GetAuthorizationToken",), "ecr.dkr": ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")}


class _Task:
    """One service's task definition, read for needs."""

    def __init__(self, scene: Scene, workload: Workload, service: Resource, task: Resource) -> None:
        self.scene = scene
        self.workload = workload
        self.service = service
        self.task = task
        self.starts = known_int(service.get("DesiredCount")) != 0
        self.phase = Phase.CREATE if self.starts else Phase.RUN
        self.consequence = Consequence.UNSTABLE if self.starts else Consequence.NONE

    def needs(self) -> list[Need]:
        """What the platform does through the task's interface, then what the containers do."""
        found: list[Need] = []
        fargate = self._is_fargate()
        for container in as_list(self.task.get("ContainerDefinitions")):
            given = as_dict(container)
            name = known_text(given.get("Name")) or "container"
            if fargate is True:
                found += self._image(given, name)
                found += self._secrets(given, name)
                found += self._logs(given, name)
            found += [*self._environment(given, name), *command_needs(self.workload, given, name)]
        found += self._volumes()
        found += self._role()
        if known_flag(self.service.get("EnableExecuteCommand"), False) is True:
            evidence = f"{self.service.address} has EnableExecuteCommand"
            found.append(
                service_need(self.workload, "ssmmessages", "offer ECS Exec", evidence, Certainty.POSSIBLE, Phase.RUN)
            )
        # With no task wanted nothing starts, so nothing fails before somebody scales the service.
        idle = self.service.type == "AWS::ECS::Service" and not self.starts
        return [replace(need, certainty=Certainty.POSSIBLE) for need in found] if idle else found

    def _is_fargate(self) -> bool | None:
        launch = known_text(self.service.get("LaunchType"))
        if launch is not None:
            return launch.upper() == "FARGATE"
        providers = [
            known_text(as_dict(item).get("CapacityProvider")) or ""
            for item in as_list(self.service.get("CapacityProviderStrategy"))
        ]
        if providers:
            return any(name.startswith("FARGATE") for name in providers)
        compatible = [known_text(item) for item in as_list(self.task.get("RequiresCompatibilities"))]
        return True if compatible == ["FARGATE"] else None

    def _service_need(
        self,
        service: str,
        purpose: str,
        evidence: str,
        certainty: Certainty = Certainty.PROVED,
        requests: tuple[Request, ...] = (),
    ) -> Need:
        asked = asked_by(caller_of(self.scene.world, self.task.get("ExecutionRoleArn")), requests)
        return service_need(self.workload, service, purpose, evidence, certainty, self.phase, self.consequence, asked)

    def _image(self, container: dict[str, Value], name: str) -> list[Need]:
        image = container.get("Image")
        text = render(image)
        evidence = f"image of container {name}: {text}"
        if re.search(r"\.dkr[.-]ecr[.-]", text) or text.endswith(".RepositoryUri}") or ".RepositoryUri}:" in text:
            found = [
                self._service_need(name, PULL, evidence, requests=tuple(Request(item) for item in actions))
                for name, actions in _PULLS.items()
            ]
            layers = bucket_request(
                self.scene, self.workload.address, "s3:GetObject", "prod-{region}-starport-layer-bucket"
            )
            need = self._service_need("s3", PULL, evidence)
            return [
                *found,
                replace(need, target=ServiceTarget("s3", requests=(layers,))),
                *self._upstream(text, evidence),
            ]
        if isinstance(image, Unknown) or not _IMAGE.fullmatch(text):
            return []
        host = image_host(text)
        return [
            Need(
                self.workload,
                InternetTarget(host),
                PULL,
                evidence,
                Certainty.PROVED,
                self.phase,
                self.consequence,
            )
        ]

    def _upstream(self, image: str, evidence: str) -> list[Need]:
        """The first pull through a cache goes on to the upstream registry, by the way of who pulls.

        Source: Amazon ECR User Guide, pull through cache rules (with interface endpoints the first pull needs a NAT gateway).
        """
        path = image.partition("/")[2]
        for rule in self.scene.world.of_type("AWS::ECR::PullThroughCacheRule"):
            prefix = known_text(rule.get("EcrRepositoryPrefix"))
            if prefix and path.startswith(f"{prefix}/"):
                host = known_text(rule.get("UpstreamRegistryUrl")) or "the upstream registry"
                why = f"{evidence}, which {rule.address} caches"
                need = Need(self.workload, InternetTarget(host), PULL, why, Certainty.PROVED, self.phase)
                return [replace(need, consequence=self.consequence)]
        return []

    def _secrets(self, container: dict[str, Value], name: str) -> list[Need]:
        services: dict[str, str] = {}
        perhaps: dict[str, str] = {}
        asked: dict[str, list[Request]] = {"secretsmanager": [], "ssm": []}
        for item in as_list(container.get("Secrets")):
            given = as_dict(item)
            source = given.get("ValueFrom", Unknown("the whole secret"))
            known = not isinstance(source, Unknown) or ":secretsmanager:" in render(source) or ":ssm:" in render(source)
            store = self._store_of(source)
            (services if known else perhaps).setdefault(store, render(given.get("Name")))
            asked[store].append(stored_request(self.scene.world, store, source))
        credentials = as_dict(container.get("RepositoryCredentials")).get("CredentialsParameter")
        if credentials is not None:
            services.setdefault("secretsmanager", "its registry credentials")
            asked["secretsmanager"].append(stored_request(self.scene.world, "secretsmanager", credentials))
        return [
            self._service_need(
                service, "fetch its secrets", f"container {name} injects {what}", certainty, tuple(asked[service])
            )
            for certainty, named in ((Certainty.PROVED, services), (Certainty.POSSIBLE, perhaps))
            for service, what in named.items()
            if certainty is Certainty.PROVED or service not in services
        ]

    def _store_of(self, value: Value) -> str:
        for reference in references_in(value):
            resource = self.scene.world.resources.get(reference.address)
            if resource is not None and resource.type == "AWS::SSM::Parameter":
                return "ssm"
            if resource is not None and resource.type.startswith("AWS::SecretsManager::"):
                return "secretsmanager"
        text = render(value)
        if ":ssm:" in text or "parameter/" in text:
            return "ssm"
        return "secretsmanager" if ":secretsmanager:" in text or "ecret" in text or "${" in text else "ssm"

    def _logs(self, container: dict[str, Value], name: str) -> list[Need]:
        if known_text(as_dict(container.get("LogConfiguration")).get("LogDriver")) != "awslogs":
            return []
        requests = (Request("logs:CreateLogStream"), Request("logs:PutLogEvents"))
        evidence = f"container {name} uses the awslogs driver"
        return [self._service_need("logs", "write its logs", evidence, requests=requests)]

    def _environment(self, container: dict[str, Value], name: str) -> list[Need]:
        found: list[Need] = []
        for item in [*as_list(container.get("Environment")), *as_list(container.get("Secrets"))]:
            given = as_dict(item)
            value = given.get("Value") if "Value" in given else given.get("ValueFrom")
            place = f"{render(given.get('Name'))} of container {name}"
            found += self.scene.database_needs(self.workload, place, value, self.consequence)
            found += [*self._connected(value, place), *task_loop_needs(self.scene.world, value, place, self.workload)]
        pairs = {
            render(as_dict(item).get("Name")): as_dict(item).get("Value")
            for item in as_list(container.get("Environment"))
        }
        for key, value in paired(pairs):
            found += self.scene.database_needs(self.workload, f"{key} of container {name}", value, self.consequence)
        return [*found, *given_api_needs(self.scene.world, self.workload, pairs, f" of container {name}")]

    def _connected(self, value: Value, place: str) -> list[Need]:
        """Calls by the names of Service Connect, which tasks of the same namespace know."""
        space, text = namespace_of(self.scene.world, self.service), render(value)
        names = self.scene.links.connected.get(space, ()) if space else ()
        called = [name for name in names if name.service != self.workload.address and name.stands_in(text)]
        return [
            need
            for name in called
            for need in service_calls(self.scene, self.workload, name.service, name.port, f"{place} names it")
        ]

    def _volumes(self) -> list[Need]:
        found = []
        for volume in as_list(self.task.get("Volumes")):
            given = as_dict(volume)
            settings = as_dict(given.get("EFSVolumeConfiguration"))
            if settings:
                evidence = f"volume {render(given.get('Name'))}"
                need = self.scene.file_system_need(
                    self.workload, settings.get("FilesystemId", settings.get("FileSystemId")), evidence, self.phase
                )
                found += [need] if need else []
        return found

    def _role(self) -> list[Need]:
        return [
            service_need(
                self.workload,
                service,
                f"call {service}",
                f"its task role allows {action}",
                Certainty.POSSIBLE,
                Phase.RUN,
            )
            for service, action in self.scene.implied_services(self.task.get("TaskRoleArn"))
        ]
