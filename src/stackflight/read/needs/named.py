"""ECS services by the names under which others call them -> the needs of whoever holds such a name.

The records of a private namespace of AWS Cloud Map exist in the namespace's own VPC. Sources: AWS Cloud Map Developer
Guide, namespaces; Amazon ECS Developer Guide, service discovery.
"""

from __future__ import annotations

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import to_addresses
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.value import Address, Unknown, Value, known_text
from stackflight.read.needs.references import named_services
from stackflight.read.needs.scene import Scene


def placement_of(scene: Scene, network: dict[str, Value]) -> Placement:
    """The placement that an AwsvpcConfiguration describes."""
    assign = network.get("AssignPublicIp")
    public: bool | Unknown = known_text(assign) == "ENABLED"
    if isinstance(assign, Unknown):
        public = assign
    return Placement(
        to_addresses(scene.world, network.get("Subnets")),
        to_addresses(scene.world, network.get("SecurityGroups")),
        public,
    )


def named_needs(scene: Scene, workload: Workload, value: Value, place: str) -> list[Need]:
    """Needs for the services whose private DNS names a value holds."""
    return [
        need
        for address, port, home in named_services(scene.links, value)
        if address != workload.address
        for need in service_calls(scene, workload, address, port, f"{place} names it", home)
    ]


def service_calls(
    scene: Scene,
    workload: Workload,
    service: Address,
    port: int | Unknown | None,
    evidence: str,
    home: Address | None = None,
) -> list[Need]:
    """The need to call a service's tasks, where they have interfaces of their own; `home` is where its name exists."""
    network = scene.world.resources[service].get("NetworkConfiguration", "AwsvpcConfiguration")
    if not isinstance(network, dict):
        return []
    where = port if port is not None else Unknown("its port")
    target = ResourceTarget(
        service, where, placement_of(scene, network), "service", named_in=(home,) if home is not None else ()
    )
    return [Need(workload, target, f"call the service {service}", evidence, Certainty.PROVED, Phase.RUN)]
