"""The start script of an instance and its role -> what it must reach while it boots.

Where the stack waits for the script (a creation policy, a wait condition) a path that is closed fails the deployment.
Source: CloudFormation User Guide, CreationPolicy attribute, wait conditions, Access CloudFormation using an interface endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import to_address
from stackflight.model.need import InternetTarget, Need, ServiceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_int,
    known_text,
    references_in,
    render,
)
from stackflight.patterns import compile_later
from stackflight.read.needs.callers import asked_by, caller_of
from stackflight.read.needs.calls import requests_by
from stackflight.read.needs.clients import Client
from stackflight.read.needs.fsx import mounted_needs
from stackflight.read.needs.initialisation import commands_of_init
from stackflight.read.needs.loops import loop_needs
from stackflight.read.needs.requests import environment_of
from stackflight.read.needs.scene import Scene, bucket_request, service_need
from stackflight.read.needs.scripts import OWN_REGION, ScriptFacts, port_of_fetch, read_script
from stackflight.read.needs.services import names_resource, service_of_host


def signals_by(owner: Resource) -> bool:
    """Whether CloudFormation holds a resource back until its start script has signalled."""
    signal = as_dict(owner.attributes.get("CreationPolicy")).get("ResourceSignal")
    return isinstance(signal, dict) and known_int(signal.get("Count")) != 0


def boot_needs(scene: Scene, workload: Workload, owner: Resource, launch: Mapping[str, Value]) -> list[Need]:
    """What the start script does, what it is given, and what the instance's role allows; `launch` is how it is launched."""
    return _Boot(scene, workload, owner, launch).needs(launch.get("IamInstanceProfile"))


class _Boot:
    """One start script, read for needs."""

    def __init__(self, scene: Scene, workload: Workload, owner: Resource, launch: Mapping[str, Value]) -> None:
        self.scene = scene
        self.workload = workload
        self.image = render(launch.get("ImageId"))
        self.user_data = user_data = launch.get("UserData")
        script = render(user_data)
        owners = [owner, *scene.world.of_type("AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")]
        started = commands_of_init(script, owners) if "cfn-init" in script else ""
        self.facts = read_script(f"{script}\n{started}" if started else script)
        self.waiting = _wait_conditions(scene, user_data)
        self.signals = signals_by(owner)
        awaited = self.signals or bool(self.waiting)
        self.consequence = Consequence.TIMES_OUT if awaited else Consequence.NONE
        self.phase = Phase.CREATE if awaited else Phase.RUN
        self.certainty = Certainty.PROVED if awaited else Certainty.POSSIBLE

    def needs(self, profile: Value) -> list[Need]:
        """What goes through a proxy that the script names is not ours to tell."""
        found = [] if self.facts.proxied else [*self._fetched(), *self._signalled(), *self._called(profile)]
        found += self.scene.database_needs(self.workload, "user data", self.user_data, self.consequence)
        found += self._mounted()
        bare = replace(self._service("", "", ""), waiting=() if self.signals else tuple(self.waiting))
        found += loop_needs(self.scene.world, self.user_data, bare, self.signals and self.facts.heeds)
        if self.facts.joins_cluster:
            found += _container_instance_needs(self.scene, self.workload, self.user_data)
        return found

    def _service(self, name: str, purpose: str, evidence: str) -> Need:
        return service_need(self.workload, name, purpose, evidence, self.certainty, self.phase, self.consequence)

    def _fetched(self) -> list[Need]:
        """Where the script signals success whatever happened before, a fetch that fails fails nothing by itself."""
        if self.certainty is Certainty.PROVED and not self.facts.heeds:
            return fetched_needs(
                self.workload, self.facts, "user data", Certainty.POSSIBLE, Phase.RUN, Consequence.NONE
            )
        found = fetched_needs(self.workload, self.facts, "user data", self.certainty, self.phase, self.consequence)
        system = next((name for name in _REPOSITORIES if name in self.image), "")
        tool = next((name for name in _TOOLS if self.facts.packages.startswith(name)), "")
        if not system and not tool:
            return found
        bucket = _REPOSITORIES[system or _TOOLS[tool]]
        asked = bucket_request(self.scene, self.workload.address, "s3:GetObject", bucket)
        dual = system == _SURE if system else Unknown("which system the image holds", ("the image",))
        known = ServiceTarget("s3", requests=(replace(asked, sure=system == _SURE),), dual=dual)
        return [replace(need, target=known) if need.purpose == _PACKAGES else need for need in found]

    def _signalled(self) -> list[Need]:
        found = []
        if self.signals and self.facts.signals:
            found.append(self._service("cloudformation", "signal CloudFormation", "user data runs cfn-signal"))
        for condition in self.waiting:
            need = self._service("s3", "signal CloudFormation", f"user data holds the URL of {condition.id}'s handle")
            request = bucket_request(
                self.scene, self.workload.address, "s3:PutObject", "cloudformation-waitcondition-{region}"
            )
            found.append(replace(need, target=ServiceTarget("s3", requests=(request,)), blames=(condition,)))
        return found

    def _called(self, profile: Value) -> list[Need]:
        heeded = self.certainty is Certainty.PROVED and self.facts.heeds
        own = [self._asked(name, profile) for name in (self.facts.called if heeded else ())]
        services = {name: f"user data calls aws {name}" for name in self.facts.services}
        for name, action in self.scene.implied_services(role_of_profile(self.scene, profile)):
            services.setdefault(name, f"its role allows {action}")
        if self.facts.listed:
            services.setdefault("s3", "cloud-config lists packages")
        implied = []
        for name, evidence in services.items():
            need = service_need(self.workload, name, f"call {name}", evidence, Certainty.POSSIBLE, Phase.RUN)
            if name not in self.facts.elsewhere:
                implied.append(replace(need, target=ServiceTarget(name, dual=self.facts.dual)))
        return [*own, *implied]

    def _asked(self, name: str, profile: Value) -> Need:
        """The need for a service that steps of the script call, with what they ask of it."""
        need = self._service(name, f"call {name}", f"user data calls aws {name}")
        calls = [call for service, call in self.facts.calls if service == name]
        client = Client(name, calls=tuple(call for call in calls if call is not None))
        values = environment_of({}, self.user_data)
        own = caller_of(self.scene.world, role_of_profile(self.scene, profile), render(self.user_data))
        asked = asked_by(own, requests_by(self.scene.world, self.workload.address.stack, client, values))
        return replace(need, target=ServiceTarget(name, requests=asked, whole=None not in calls, dual=self.facts.dual))

    def _mounted(self) -> list[Need]:
        waits = self.certainty is Certainty.PROVED and self.facts.heeds
        bare = service_need(self.workload, "fsx", "", "", self.certainty, self.phase, self.consequence)
        if not waits:
            bare = replace(bare, certainty=Certainty.POSSIBLE, phase=Phase.RUN, consequence=Consequence.NONE)
        found = [*mounted_needs(self.scene.world, self.user_data, bare)]
        if not self.facts.mounts:
            return found
        for reference in references_in(self.user_data):
            need = self.scene.file_system_need(
                self.workload, reference, f"user data runs: {self.facts.mounts}", self.phase
            )
            found += [replace(need, consequence=self.consequence)] if need else []
        return found


_PACKAGES = "fetch packages"
# Where Amazon Linux keeps its packages, by what names its images in the parameters of Systems Manager; older images of Amazon
# Linux 2 know another place. Amazon Linux 2023 calls the dual-stack name of its bucket. Sources: Amazon Linux 2023 User Guide,
# managing repositories; AWS Application Migration Service User Guide (dual-stack endpoint of the repository); AWS Knowledge Center,
# updating Amazon Linux without internet access; AWS Systems Manager User Guide, AMI public parameters.
_REPOSITORIES = {"al2023-ami": "al2023-repos-{region}-de612dc2", "amzn2-ami": "amazonlinux-2-repos-{region}"}
_SURE = "al2023-ami"
_TOOLS = {"dnf": "al2023-ami", "amazon-linux-extras": "amzn2-ami"}
"""Tools that only one version of it has; another system may have the tool as well."""


def fetched_needs(
    workload: Workload, facts: ScriptFacts, script: str, certainty: Certainty, phase: Phase, consequence: Consequence
) -> list[Need]:
    """The packages, downloads and images that a script names."""
    found = [
        Need(
            workload,
            _fetched_from(host, line),
            f"fetch {what}",
            f"{script} runs: {line}",
            certainty,
            phase,
            consequence,
        )
        for what, host, line in facts.fetches
        if not names_resource(host)
    ]
    if facts.packages:
        evidence = f"{script} runs: {facts.packages}"
        found.append(service_need(workload, "s3", _PACKAGES, evidence, certainty, phase, consequence))
    for host in facts.registries:
        evidence = f"{script} names an image of {host}"
        found.append(Need(workload, InternetTarget(host), "pull images", evidence, Certainty.POSSIBLE, Phase.RUN))
    return found


# Source: manuals of curl (--ipv6) and wget (--inet6-only).
_ONLY_SIX = compile_later(r"\b(?:curl|wget)\b.*\s(?:-\w*6\w*|--ipv6|--inet6-only)(?:\s|$)")


def _fetched_from(host: str, line: str) -> InternetTarget | ServiceTarget:
    found = InternetTarget(host, six=True) if _ONLY_SIX.search(line) else target_of_host(host)
    return replace(found, port=port_of_fetch(host, line)) if isinstance(found, InternetTarget) else found


def target_of_host(host: str) -> InternetTarget | ServiceTarget:
    """What a host name stands for: a service of AWS, which an endpoint may capture, or the internet."""
    found = service_of_host(host)
    if found is None:
        return InternetTarget(host)
    service, region = found
    dual = host.endswith(".api.aws") or ".dualstack." in host
    return ServiceTarget(service, region=None if region in {"", OWN_REGION} else region, dual=dual)


def _wait_conditions(scene: Scene, user_data: Value) -> list[Address]:
    """The wait conditions that a script satisfies: it is given the presigned URL of their handle."""
    given = {reference.address for reference in references_in(user_data)}
    return [
        condition.address
        for condition in scene.world.of_type("AWS::CloudFormation::WaitCondition")
        if to_address(scene.world, condition.get("Handle")) in given and known_int(condition.get("Count")) != 0
    ]


def role_of_profile(scene: Scene, profile: Value) -> Value:
    """The role behind an instance profile."""
    given = profile
    if isinstance(profile, dict):
        given = profile.get("Arn", profile.get("Name"))
    address = to_address(scene.world, given)
    if isinstance(address, Unknown):
        return None
    return next(iter(as_list(scene.world.resources[address].get("Roles"))), None)


def _container_instance_needs(scene: Scene, workload: Workload, user_data: Value) -> list[Need]:
    """An instance that joins an ECS cluster registers with it and pulls the images of its tasks."""
    names = {reference.address for reference in references_in(user_data)}
    waiting = [
        service.address
        for service in scene.world.of_type("AWS::ECS::Service")
        if known_text(service.get("LaunchType")) != "FARGATE"
        and to_address(scene.world, service.get("Cluster")) in names
    ]
    consequence = Consequence.UNSTABLE if waiting else Consequence.NONE
    phase = Phase.CREATE if waiting else Phase.RUN
    return [
        replace(
            service_need(
                workload,
                name,
                "register with its ECS cluster",
                "user data sets ECS_CLUSTER",
                Certainty.PROVED,
                phase,
                consequence,
            ),
            blames=tuple(waiting),
            patient=True,
        )
        for name in ("ecs", "ecs-agent", "ecs-telemetry")
    ]
