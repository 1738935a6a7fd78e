"""Load balancers -> the targets that they must reach, on the target port and the health-check port.

An Application Load Balancer opens its own flow from its own interfaces. A Network Load Balancer may keep the client's
address, but its health checks come from its own interfaces. A balancer itself is created without waiting for targets:
who waits for them to be healthy is the service that registers them. Sources: Elastic Load Balancing User Guides; Amazon
ECS Developer Guide, "Monitor Application Load Balancer target status".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import ClientsTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.relations import balancer_kind, balancers_by_group
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text
from stackflight.read.needs.entries import entry_need, groups_admit
from stackflight.read.needs.logins import login_needs
from stackflight.read.needs.machines import container_instances, machine_placement
from stackflight.read.needs.named import placement_of
from stackflight.read.needs.scene import Scene

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def find_balancer_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every load balancer of the world with the targets behind it."""
    owners = balancers_by_group(scene.world)
    needs: dict[Address, list[Need]] = defaultdict(list)
    workloads = {
        resource.address: Workload(resource.address, "load balancer", balancer_placement(scene, resource))
        for resource in scene.world.of_type(_BALANCER)
    }
    for group, target, port, placement, starts in _registrations(scene):
        for balancer in owners.get(group, ()):
            if balancer in workloads:
                needs[balancer] += _target_needs(scene, workloads[balancer], group, target, port, placement, starts)
                needs[balancer] += client_needs(scene, workloads[balancer], group, target, port, placement)
    for address, workload in workloads.items():
        yield (
            workload,
            [
                *needs[address],
                *entry_need(scene, workload, scene.world.resources[address]),
                *login_needs(scene, workload),
            ],
        )


def balancer_placement(scene: Scene, balancer: Resource) -> Placement:
    """Where a load balancer's interfaces are; only an Application one is filtered without groups, by the default one."""
    subnets = balancer.get("Subnets")
    if subnets is None:
        subnets = [as_dict(item).get("SubnetId") for item in as_list(balancer.get("SubnetMappings"))]
    groups = to_addresses(scene.world, balancer.get("SecurityGroups"))
    return Placement(
        to_addresses(scene.world, subnets),
        groups,
        _faces_internet(balancer),
        filtered=bool(groups) or balancer_kind(balancer) == "application",
    )


def client_needs(
    scene: Scene, workload: Workload, group: Address, target: Address, port: int | Unknown, placement: Placement
) -> list[Need]:
    """Clients on the internet reach targets under their own addresses where a Network Load Balancer keeps them."""
    balancer = scene.world.resources[workload.address]
    if workload.placement.public_ip is not True or not _keeps_addresses(balancer, scene.world.resources[group]):
        return []
    through = workload.placement.groups if workload.placement.filtered else ()
    wanted = ClientsTarget(target, port, placement, "target", through=through)
    purpose = f"let clients through to {target}"
    return [
        Need(workload, wanted, purpose, f"{group} keeps the addresses of clients", phase=Phase.RUN, blames=(group,))
    ]


def _keeps_addresses(balancer: Resource, group: Resource) -> bool:
    """Source: Network Load Balancers User Guide, client IP preservation (instance targets; IP targets but for TCP, TLS)."""
    if known_text(balancer.get("Type")) != "network":
        return False
    for item in as_list(group.get("TargetGroupAttributes")):
        if known_text(as_dict(item).get("Key")) == "preserve_client_ip.enabled":
            return known_text(as_dict(item).get("Value")) == "true"
    kind, protocol = known_text(group.get("TargetType")) or "instance", known_text(group.get("Protocol"))
    return protocol in {"TCP", "TLS"} and kind == "instance" and group.get("TargetType") in {None, "instance"}


def _faces_internet(balancer: Resource) -> bool | Unknown:
    scheme = balancer.get("Scheme")
    if scheme is not None and known_text(scheme) is None:
        return Unknown(f"the scheme of {balancer.address}")
    return known_text(scheme) != "internal"


# The last says whether the target starts with the stack; None where no target is wanted at all.
_Registration = tuple[Address, Address, int | Unknown, Placement, bool | None]


def _registrations(scene: Scene) -> Iterator[_Registration]:
    """Target group, what is registered, on which port, where it is, and whether it starts with the stack."""
    for service in scene.world.of_type("AWS::ECS::Service"):
        network = service.get("NetworkConfiguration", "AwsvpcConfiguration")
        for item in as_list(service.get("LoadBalancers")):
            entry = as_dict(item)
            group = to_address(scene.world, entry.get("TargetGroupArn"))
            if isinstance(group, Address) and isinstance(network, dict):
                port = known_int(entry.get("ContainerPort"))
                starts = True if known_int(service.get("DesiredCount")) != 0 else None
                where = port if port is not None else Unknown(f"the container port of {service.address}")
                yield group, service.address, where, placement_of(scene, network), starts
            elif isinstance(group, Address) and network is None:
                yield from _on_instances(scene, service, group, entry)
    for machines in scene.world.of_type("AWS::AutoScaling::AutoScalingGroup"):
        for item in as_list(machines.get("TargetGroupARNs")):
            yield from _machine_registration(scene, machines, to_address(scene.world, item), None)
    for target_group in scene.world.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        for item in as_list(target_group.get("Targets")):
            machine = resource_named(scene.world, as_dict(item).get("Id"), "AWS::EC2::Instance")
            if machine is not None:
                yield from _machine_registration(scene, machine, target_group.address, as_dict(item).get("Port"))


# Docker takes a port of the kernel's ephemeral range. Source: Amazon ECS API reference, PortMapping hostPort.
_EPHEMERAL_HOST_PORT = Unknown("which host port Docker picks", candidates=([32768, 60999],))


def _on_instances(scene: Scene, service: Resource, group: Address, entry: dict[str, Value]) -> Iterator[_Registration]:
    """A service in bridge or host mode answers on its container instances."""
    cluster = to_address(scene.world, service.get("Cluster"))
    task = resource_named(scene.world, service.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    if task is None or not isinstance(cluster, Address):
        return
    port = _host_port(task, entry)
    starts = True if known_int(service.get("DesiredCount")) != 0 else None
    for machine in container_instances(scene, cluster) if port is not None else ():
        placement = machine_placement(scene, machine)
        if port is not None and placement is not None:
            yield group, service.address, port, placement, starts


def _host_port(task: Resource, entry: dict[str, Value]) -> int | Unknown | None:
    """The port on the instance that a container's port is mapped to; None where the templates do not say."""
    mode, wanted = known_text(task.get("NetworkMode")), known_int(entry.get("ContainerPort"))
    if wanted is None or mode == "host":
        return wanted
    if task.get("NetworkMode") is not None and mode != "bridge":
        return None
    for container in as_list(task.get("ContainerDefinitions")):
        given = as_dict(container)
        if known_text(given.get("Name")) == known_text(entry.get("ContainerName")):
            for mapping in as_list(given.get("PortMappings")):
                if known_int(as_dict(mapping).get("ContainerPort")) == wanted:
                    host = as_dict(mapping).get("HostPort", 0)
                    return _EPHEMERAL_HOST_PORT if known_int(host) == 0 else known_int(host)
    return None


def _machine_registration(
    scene: Scene, machine: Resource, group: Address | Unknown, port: Value
) -> Iterator[_Registration]:
    placement = machine_placement(scene, machine)
    if isinstance(group, Address) and placement is not None:
        given = port if port is not None else scene.world.resources[group].get("Port")
        number = known_int(given)
        yield (
            group,
            machine.address,
            number if number is not None else Unknown(f"the port of {group}"),
            placement,
            False,
        )


def _target_needs(
    scene: Scene,
    workload: Workload,
    group: Address,
    target: Address,
    port: int | Unknown,
    placement: Placement,
    starts: bool | None,
) -> list[Need]:
    resource = scene.world.resources[group]
    health = resource.get("HealthCheckPort")
    checked: int | Unknown = port
    if health is not None and known_text(health) != "traffic-port":
        number = known_int(health)
        checked = number if number is not None else Unknown(f"the health-check port of {group}")
    purposes: dict[int | Unknown, str] = {checked: f"check the health of {target}"}
    kind = balancer_kind(scene.world.resources[workload.address])
    if kind in {"application", None}:
        purposes[port] = f"forward requests to {target}"
    # ECS calls a service behind a Network Load Balancer steady before its health checks fail: the stack stays green, and
    # the tasks are replaced for ever. Instances stay, and a balancer without any healthy target sends to all of them.
    waits = starts is True and kind == "application"
    # A group that lets nobody in may wait for rules from elsewhere.
    admits = kind == "application" or groups_admit(scene, placement.groups)
    sure = (kind == "application" and starts is not None) or (kind == "network" and starts is True and admits)
    return [
        Need(
            workload,
            ResourceTarget(target, number, placement, "target"),
            purpose,
            f"target group {group}",
            Certainty.PROVED if sure else Certainty.POSSIBLE,
            Phase.CREATE if waits else Phase.RUN,
            Consequence.UNSTABLE if waits else Consequence.NONE,
            blames=(target,),
            waiting=(target,),
        )
        for number, purpose in purposes.items()
    ]
