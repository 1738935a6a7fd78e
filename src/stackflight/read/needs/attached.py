"""Services of AWS that put interfaces of their own into a VPC -> what they must reach there or from there.

Sources: Amazon Data Firehose Developer Guide, destinations in a VPC; Amazon CloudWatch User Guide, running a canary on a VPC;
Amazon CloudFront Developer Guide, VPC origins; Amazon SageMaker AI Developer Guide, endpoints in a VPC (model data); EC2 Image
Builder User Guide, VPC endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, known_int, known_text
from stackflight.read.needs.balancers import balancer_placement
from stackflight.read.needs.destinations import one_of
from stackflight.read.needs.launches import mapped
from stackflight.read.needs.placing import placed
from stackflight.read.needs.scene import Scene, service_need

Found = tuple[Workload, list[Need]]
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def find_attached_needs(scene: Scene) -> Iterator[Found]:
    """Every such service that is placed in subnets of the template."""
    yield from _streams(scene)
    yield from _canaries(scene)
    yield from _origins(scene)
    yield from _models(scene)
    yield from _image_builds(scene)


def _streams(scene: Scene) -> Iterator[Found]:
    """A delivery stream calls the search domain by the interfaces that its VpcConfiguration places."""
    for stream in scene.world.of_type("AWS::KinesisFirehose::DeliveryStream"):
        for key in ("AmazonopensearchserviceDestinationConfiguration", "ElasticsearchDestinationConfiguration"):
            given = as_dict(stream.get(key))
            where = as_dict(given.get("VpcConfiguration"))
            if where:
                place = placed(scene, where.get("SubnetIds"), where.get("SecurityGroupIds"))
                workload = Workload(stream.address, "delivery stream", place)
                named = given.get("DomainARN", given.get("ClusterEndpoint"))
                yield workload, scene.database_needs(workload, "its destination", named, Consequence.NONE)


def _canaries(scene: Scene) -> Iterator[Found]:
    """A canary keeps its artifacts in Amazon S3 and its metrics in Amazon CloudWatch, from where it runs."""
    for canary in scene.world.of_type("AWS::Synthetics::Canary"):
        where = as_dict(canary.get("VPCConfig"))
        if where.get("SubnetIds") is None:
            continue
        workload = Workload(
            canary.address, "canary", placed(scene, where.get("SubnetIds"), where.get("SecurityGroupIds"))
        )
        evidence = "each run stores artifacts and metrics"
        yield (
            workload,
            [
                service_need(workload, name, "store its results", evidence, phase=Phase.RUN)
                for name in ("s3", "monitoring")
            ],
        )


def _origins(scene: Scene) -> Iterator[Found]:
    """CloudFront comes by interfaces in the subnets of a VPC origin, under a group that no template holds."""
    for origin in scene.world.of_type("AWS::CloudFront::VpcOrigin"):
        given = as_dict(origin.get("VpcOriginEndpointConfig"))
        balancer = resource_named(scene.world, given.get("Arn"), _BALANCER)
        if balancer is None:
            continue
        place = balancer_placement(scene, balancer)
        workload = Workload(origin.address, "CloudFront VPC origin", Placement(place.subnets, (), filtered=False))
        target = ResourceTarget(balancer.address, _origin_port(given), place, "load balancer")
        evidence = f"{origin.address} leads to {balancer.address}"
        yield (
            workload,
            [Need(workload, target, f"call the load balancer {balancer.address}", evidence, phase=Phase.RUN)],
        )


def _origin_port(given: dict[str, Value]) -> int | Unknown:
    """The port by the protocol; the viewer's may be either of them."""
    policy = known_text(given.get("OriginProtocolPolicy"))
    ports = [
        known_int(given.get(key)) if given.get(key) is not None else usual
        for key, usual, spoken in (("HTTPPort", 80, "http-only"), ("HTTPSPort", 443, "https-only"))
        if policy in {spoken, "match-viewer"}
    ]
    known = [port for port in ports if port is not None]
    if not known or len(known) < len(ports):
        return Unknown("the port of the origin")
    return one_of(known, "whether viewers speak HTTPS")


def _models(scene: Scene) -> Iterator[Found]:
    """Containers of a model in a VPC fetch their data over its interfaces while an endpoint is made of it."""
    users = list(scene.world.of_type("AWS::SageMaker::EndpointConfig"))
    for model in scene.world.of_type("AWS::SageMaker::Model"):
        where = as_dict(model.get("VpcConfig"))
        if where.get("Subnets") is None or as_dict(model.get("PrimaryContainer")).get("ModelDataUrl") is None:
            continue
        workload = Workload(model.address, "model", placed(scene, where.get("Subnets"), where.get("SecurityGroupIds")))
        waiting = tuple(
            item.address for user in users if _names(scene, user, model) for item in _endpoints(scene, user)
        )
        need = service_need(workload, "s3", "fetch its data", "it has a ModelDataUrl and a VpcConfig", phase=Phase.RUN)
        if waiting:
            need = Need(
                workload, need.target, need.purpose, need.evidence, phase=Phase.CREATE, consequence=Consequence.FAILS,
                waiting=waiting,
            )  # fmt: skip
        yield workload, [need]


def _names(scene: Scene, user: Resource, model: Resource) -> bool:
    return any(item.address == user.address for item in scene.world.referrers.get(model.address, ()))


def _endpoints(scene: Scene, config: Resource) -> list[Resource]:
    found = scene.world.of_type("AWS::SageMaker::Endpoint")
    return [item for item in found if to_address(scene.world, item.get("EndpointConfigName")) == config.address]


def _image_builds(scene: Scene) -> Iterator[Found]:
    """An image is built on an instance that AWS Systems Manager runs, while the stack waits for it."""
    for image in scene.world.of_type("AWS::ImageBuilder::Image"):
        kind = "AWS::ImageBuilder::InfrastructureConfiguration"
        given = resource_named(scene.world, image.get("InfrastructureConfigurationArn"), kind)
        if given is None or given.get("SubnetId") is None:
            continue
        subnet = to_address(scene.world, given.get("SubnetId"))
        groups = to_addresses(scene.world, given.get("SecurityGroupIds"))
        workload = Workload(image.address, "image build", Placement((subnet,), groups, mapped(scene.network, subnet)))
        evidence = "AWS Systems Manager runs the build on an instance there"
        yield (
            workload,
            [
                service_need(
                    workload, "ssm", "be built", evidence, Certainty.PROVED, Phase.CREATE, Consequence.TIMES_OUT
                )
            ],
        )
