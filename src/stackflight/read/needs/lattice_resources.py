"""Resource configurations of VPC Lattice -> what their resource gateway must reach, inside of its own VPC.

The resource sees the gateway's own addresses, and the gateway's groups filter what leaves it. Source: Amazon VPC Lattice
User Guide, resource gateways (security groups), resource configurations (definition, port ranges).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import resource_named, to_addresses
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, as_list, known_int, references_in
from stackflight.read.needs.machines import machine_placement
from stackflight.read.needs.references import leads_from
from stackflight.read.needs.scene import Scene

_CONFIGURATION = "AWS::VpcLattice::ResourceConfiguration"


def find_lattice_resource_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every configuration whose gateway is one of the templates."""
    for configuration in scene.world.of_type(_CONFIGURATION):
        gateway = _gateway(scene, configuration)
        if gateway is not None:
            place = Placement(
                to_addresses(scene.world, gateway.get("SubnetIds")),
                to_addresses(scene.world, gateway.get("SecurityGroupIds")),
            )
            workload = Workload(configuration.address, "Lattice resource", place)
            yield workload, list(_needs(scene, workload, configuration))


def _gateway(scene: Scene, configuration: Resource) -> Resource | None:
    """Its own, or that of the group which a child belongs to."""
    group = resource_named(scene.world, configuration.get("ResourceConfigurationGroupId"), _CONFIGURATION)
    named = configuration.get("ResourceGatewayId") or (group.get("ResourceGatewayId") if group is not None else None)
    return resource_named(scene.world, named, "AWS::VpcLattice::ResourceGateway")


def _needs(scene: Scene, workload: Workload, configuration: Resource) -> Iterator[Need]:
    given = as_dict(configuration.get("ResourceConfigurationDefinition"))
    evidence = f"{configuration.address} gives clients of other VPCs a way to it"
    for target in _targets(scene, given):
        port = _port(configuration, target.port)
        end = ResourceTarget(target.address, port, target.placement, target.kind)
        yield Need(workload, end, f"hand on to {target.address}", evidence, Certainty.PROVED, Phase.RUN)


def _targets(scene: Scene, given: dict[str, Value]) -> Iterator[ResourceTarget]:
    named = (as_dict(given.get("DnsResource")).get("DomainName"), given.get("ArnResource"))
    for value in named:
        for lead in leads_from(scene.links, value):
            found = lead.destination
            yield ResourceTarget(found.address, found.port, found.placement, found.kind)
    for reference in references_in(as_dict(given.get("IpResource")).get("IpAddress")):
        machine = scene.world.resources.get(reference.address)
        if machine is not None and machine.type == "AWS::EC2::Instance":
            place = machine_placement(scene, machine)
            if place is not None:
                yield ResourceTarget(machine.address, Unknown("its port"), place, "instance")


def _port(configuration: Resource, own: int | Unknown) -> int | Unknown:
    """The port of its ranges where that is one; else the one that the resource listens on."""
    ranges = as_list(configuration.get("PortRanges"))
    only = known_int(ranges[0]) if len(ranges) == 1 else None
    return only if only is not None else own
