"""Instances, groups of them with what they are launched from, and volumes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import HOURS
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_list, dig, known_text
from stackflight.price.meters.network import addresses, has_public_address, traffic_out
from stackflight.price.reading import Missing, Reading, Said, Scene, first_of, hourly, number_of, why_unknown
from stackflight.records import dataclass

_FREE_IOPS = {"gp3": 3000, "io1": 0, "io2": 0}
_FREE_MBPS = 125
_ROOT_GB = 8


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, and between which numbers that changes by itself."""

    now: Decimal
    least: Decimal
    most: Decimal


def measure_instance(resource: Resource, scene: Scene) -> Iterator[Said]:
    """One instance all month, its volumes and its public address."""
    launched = scene.behind(resource.get("LaunchTemplate"))
    data = launched.get("LaunchTemplateData") if launched else None
    given = {**(data if isinstance(data, dict) else {}), **resource.properties}
    one = Count(Decimal(1), Decimal(1), Decimal(1))
    yield from _launch(given, one, resource.get("SubnetId"), scene)


def measure_group(resource: Resource, scene: Scene) -> Iterator[Said]:
    """As many instances as are desired, between the least and the most that the group may have."""
    least, most = number_of(resource.get("MinSize"), 0), number_of(resource.get("MaxSize"), 1)
    if least is None or most is None:
        yield why_unknown(resource.get("MinSize" if least is None else "MaxSize"), "the size of the group")
        return
    desired = number_of(resource.get("DesiredCapacity"))
    now = least if desired is None else desired
    launched = _launched_from(resource, scene)
    if launched is None:
        yield Missing("what the group launches is not in the template")
        return
    subnet = first_of(resource.get("VPCZoneIdentifier"))
    yield from _launch(launched, Count(now, min(least, now), max(most, now)), subnet, scene)


def measure_nodes(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The instances of an EKS node group, two where nobody says; 20 GB of disk each unless said otherwise."""
    sizes = resource.get("ScalingConfig")
    now = number_of(dig(sizes, "DesiredSize"), 2) or Decimal(2)
    least, most = number_of(dig(sizes, "MinSize"), 1) or now, number_of(dig(sizes, "MaxSize"), 2) or now
    given: Value = {
        "InstanceType": first_of(resource.get("InstanceTypes")) or "t3.medium",
        "BlockDeviceMappings": [{"Ebs": {"VolumeSize": resource.get("DiskSize") or 20, "VolumeType": "gp2"}}],
    }
    if resource.get("LaunchTemplate") is not None:
        launched = scene.behind(resource.get("LaunchTemplate"))
        given = launched.get("LaunchTemplateData") if launched else None
    if not isinstance(given, dict):
        yield Missing("the launch template is not in the template")
        return
    count = Count(now, min(least, now), max(most, now))
    yield from _launch(given, count, first_of(resource.get("Subnets")), scene)


def _launched_from(resource: Resource, scene: Scene) -> dict[str, Value] | None:
    configuration = scene.behind(resource.get("LaunchConfigurationName"))
    if configuration is not None:
        return configuration.properties
    mixed = resource.get("MixedInstancesPolicy", "LaunchTemplate")
    named = resource.get("LaunchTemplate") or dig(mixed, "LaunchTemplateSpecification")
    found = scene.behind(named)
    data = found.get("LaunchTemplateData") if found else None
    if not isinstance(data, dict):
        return None
    other = first_of(dig(mixed, "Overrides"), "InstanceType")
    return {**data, "InstanceType": other} if other is not None else data


def _launch(given: dict[str, Value], count: Count, subnet: Value, scene: Scene) -> Iterator[Said]:
    kind = known_text(given.get("InstanceType"))
    if kind is None:
        yield why_unknown(given.get("InstanceType"), "the instance type")
        return
    hours = hourly(f"EC2/{kind} Linux on demand", count.now, f"{kind} on demand", least=count.least, most=count.most)
    yield hours
    interface = first_of(given.get("NetworkInterfaces"), "AssociatePublicIpAddress")
    interface = given.get("AssociatePublicIpAddress") if interface is None else interface
    subnet = first_of(given.get("NetworkInterfaces"), "SubnetId") or subnet
    if has_public_address(interface, subnet, scene):
        yield addresses(hours)
        yield from traffic_out(scene)
    mappings = [one for one in as_list(given.get("BlockDeviceMappings")) if isinstance(one, dict) and one.get("Ebs")]
    if not mappings:
        size = count.now * _ROOT_GB
        note = f"the root volume of an image is taken to have {_ROOT_GB} GB"
        yield Reading(
            "EBS/gp3 storage", size, "root volume", note=note, least=count.least * _ROOT_GB, most=count.most * _ROOT_GB
        )
    for mapping in mappings:
        yield from _volume(mapping["Ebs"], count)


def measure_volume(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """A volume by size, with what it is given beyond what is included."""
    given = {"VolumeSize": resource.get("Size"), **resource.properties}
    yield from _volume(given, Count(Decimal(1), Decimal(1), Decimal(1)))


def _volume(given: Value, count: Count) -> Iterator[Said]:
    kind = known_text(dig(given, "VolumeType")) or "gp2"
    size = number_of(dig(given, "VolumeSize"), _ROOT_GB)
    if size is None:
        yield why_unknown(dig(given, "VolumeSize"), "the size of the volume")
        return
    yield _spread(f"EBS/{kind} storage", size, count, f"{kind} storage")
    over = _FREE_IOPS.get(kind)
    iops = number_of(dig(given, "Iops"), 0) or Decimal(0)
    if over is not None and iops > over:
        yield _spread(f"EBS/{'gp3 IOPS over 3000' if kind == 'gp3' else 'io1 IOPS'}", iops - over, count, "IOPS")
    speed = number_of(dig(given, "Throughput"), 0) or Decimal(0)
    if kind == "gp3" and speed > _FREE_MBPS:
        yield _spread("EBS/gp3 throughput over 125", speed - _FREE_MBPS, count, "throughput")


def _spread(product: str, each: Decimal, count: Count, item: str) -> Reading:
    return Reading(product, each * count.now, item, least=each * count.least, most=each * count.most)


def measure_broker(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Amazon MQ: the hours of each broker of the deployment."""
    kind, engine = known_text(resource.get("HostInstanceType")), known_text(resource.get("EngineType")) or ""
    mode = known_text(resource.get("DeploymentMode")) or "SINGLE_INSTANCE"
    if kind is None:
        yield why_unknown(resource.get("HostInstanceType"), "the instance type")
        return
    brokers = {"SINGLE_INSTANCE": 1, "ACTIVE_STANDBY_MULTI_AZ": 2, "CLUSTER_MULTI_AZ": 3}.get(mode, 1)
    name = "RabbitMQ" if engine.lower() == "rabbitmq" else "ActiveMQ"
    yield hourly(f"Amazon MQ/{name} {kind}", brokers, f"{brokers} × {kind}")


def measure_replication(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """A replication instance of the Database Migration Service, twice in two zones."""
    kind = (known_text(resource.get("ReplicationInstanceClass")) or "").removeprefix("dms.")
    if not kind:
        yield why_unknown(resource.get("ReplicationInstanceClass"), "the instance class")
        return
    times = 2 if known_text(resource.get("MultiAZ")) == "true" else 1
    yield Reading(f"DMS/{kind}", HOURS * times, f"{times} × {kind}")
