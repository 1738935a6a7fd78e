"""VPC links of API Gateway -> the load balancers and services that their integrations must reach.

A link of version 2 has interfaces of its own in the VPC. One of version 1 comes by PrivateLink to a Network Load Balancer,
from addresses of API Gateway that nobody may rely on. Sources: API Gateway Developer Guide, VPC links V2; set up a Network
Load Balancer for private integrations (turn off security group evaluation for PrivateLink).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import LinkTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text, render
from stackflight.read.needs.balancers import balancer_placement
from stackflight.read.needs.named import placement_of
from stackflight.read.needs.scene import Scene

Found = tuple[Workload, list[Need]]
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def find_link_needs(scene: Scene) -> Iterator[Found]:
    """Every link of either version with what goes through it."""
    for link in scene.world.of_type("AWS::ApiGatewayV2::VpcLink"):
        placement = Placement(
            to_addresses(scene.world, link.get("SubnetIds")), to_addresses(scene.world, link.get("SecurityGroupIds"))
        )
        workload = Workload(link.address, "VPC link", placement)
        yield workload, [*_of_http_apis(scene, workload), *_of_rest_apis(scene, workload)]
    for link in scene.world.of_type("AWS::ApiGateway::VpcLink"):
        place = Placement((Unknown("the network of API Gateway"),), (Unknown("the network of API Gateway"),))
        workload = Workload(link.address, "VPC link", place)
        yield workload, list(_over_private_link(scene, workload, link))


def _of_http_apis(scene: Scene, workload: Workload) -> Iterator[Need]:
    for integration in scene.world.of_type("AWS::ApiGatewayV2::Integration"):
        if to_address(scene.world, integration.get("ConnectionId")) != workload.address:
            continue
        named = to_address(scene.world, integration.get("IntegrationUri"))
        resource = scene.world.resources.get(named) if isinstance(named, Address) else None
        if resource is not None and resource.type == "AWS::ServiceDiscovery::Service":
            yield from _to_registered(scene, workload, resource, integration)
        elif resource is not None and resource.type == "AWS::ElasticLoadBalancingV2::Listener":
            balancer = resource_named(scene.world, resource.get("LoadBalancerArn"), _BALANCER)
            if balancer is not None:
                yield from _to_balancer(scene, workload, balancer, resource.get("Port"), integration)


def _of_rest_apis(scene: Scene, workload: Workload) -> Iterator[Need]:
    """REST APIs name the load balancer as target of the integration, and the port in its URI."""
    for method in scene.world.of_type("AWS::ApiGateway::Method"):
        given = as_dict(method.get("Integration"))
        if to_address(scene.world, given.get("ConnectionId")) != workload.address:
            continue
        named = to_address(scene.world, given.get("IntegrationTarget"))
        resource = scene.world.resources.get(named) if isinstance(named, Address) else None
        if resource is not None and resource.type == "AWS::ElasticLoadBalancingV2::Listener":
            balancer = resource_named(scene.world, resource.get("LoadBalancerArn"), _BALANCER)
            if balancer is not None:
                yield from _to_balancer(scene, workload, balancer, resource.get("Port"), method)
        elif resource is not None and resource.type == _BALANCER:
            yield from _to_balancer(scene, workload, resource, port_of_uri(given.get("Uri")), method)


def port_of_uri(uri: Value) -> Value:
    """The port of a URI, by its scheme where it names none; None where neither is written down."""
    scheme, _, rest = render(uri).partition("://")
    port = rest.split("/")[0].rpartition(":")[2] if "}:" in rest or rest.split("/")[0].count(":") == 1 else ""
    return int(port) if port.isdigit() else {"http": 80, "https": 443}.get(scheme)


def _to_balancer(
    scene: Scene, workload: Workload, balancer: Resource, port: Value, integration: Resource
) -> Iterator[Need]:
    placement = balancer_placement(scene, balancer)
    if placement.filtered and port is not None:
        number = known_int(port)
        where = number if number is not None else Unknown(f"the port of {integration.address}")
        target = ResourceTarget(balancer.address, where, placement, "load balancer")
        evidence = f"integration {integration.address}"
        yield Need(workload, target, f"call {balancer.address}", evidence, Certainty.PROVED, Phase.RUN)


def _to_registered(scene: Scene, workload: Workload, registry: Resource, integration: Resource) -> Iterator[Need]:
    """The tasks behind a service of AWS Cloud Map, on the port of its SRV records, which the registration gives."""
    for service in scene.world.of_type("AWS::ECS::Service"):
        network = service.get("NetworkConfiguration", "AwsvpcConfiguration")
        for item in as_list(service.get("ServiceRegistries")):
            given = as_dict(item)
            if to_address(scene.world, given.get("RegistryArn")) != registry.address or not isinstance(network, dict):
                continue
            port = known_int(given.get("Port", given.get("ContainerPort")))
            where = port if port is not None else Unknown(f"the port of {registry.address}")
            target = ResourceTarget(service.address, where, placement_of(scene, network), "service")
            evidence = f"integration {integration.address} names {registry.address}"
            yield Need(workload, target, f"call {service.address}", evidence, Certainty.PROVED, Phase.RUN)


def _over_private_link(scene: Scene, workload: Workload, link: Resource) -> Iterator[Need]:
    for item in as_list(link.get("TargetArns")):
        balancer = resource_named(scene.world, item, _BALANCER)
        placement = balancer_placement(scene, balancer) if balancer is not None else None
        if balancer is None or placement is None or not placement.filtered or not enforces(balancer):
            continue
        ports = [
            number
            for listener in scene.world.of_type("AWS::ElasticLoadBalancingV2::Listener")
            if to_address(scene.world, listener.get("LoadBalancerArn")) == balancer.address
            and (number := known_int(listener.get("Port"))) is not None
        ]
        if ports:
            port = ports[0] if len(ports) == 1 else Unknown("which listener is called", candidates=tuple(ports))
            target = LinkTarget(balancer.address, port, placement, "load balancer", link=link.address)
            evidence = f"{link.address} leads to it, and it applies its groups to what comes by PrivateLink"
            yield Need(workload, target, f"call {balancer.address}", evidence, Certainty.PROVED, Phase.RUN)


def enforces(balancer: Resource) -> bool:
    """Whether a Network Load Balancer surely applies its inbound rules to what comes by PrivateLink."""
    given = balancer.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
    return given is None or known_text(given) == "on"
