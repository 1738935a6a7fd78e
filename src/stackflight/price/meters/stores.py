"""Caches, search, streams and tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import ASSUMED, HOURS
from stackflight.model.template import Resource
from stackflight.model.value import as_dict, as_list, dig, known_flag, known_text
from stackflight.price.reading import Missing, Reading, Said, Scene, hourly, number_of, why_unknown

_LEAST_CACHE_GB = {"valkey": Decimal("0.1"), "redis": Decimal(1), "memcached": Decimal(1)}


def _cache_service(engine: str | None) -> str:
    """Memcached costs what Redis does, nodes as well as serverless caches. Source: ElastiCache pricing page."""
    return "ElastiCache Valkey" if engine == "valkey" else "ElastiCache Redis"


def measure_cache(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """The nodes of a cluster."""
    kind, nodes = known_text(resource.get("CacheNodeType")), number_of(resource.get("NumCacheNodes"), 1)
    if kind is None or nodes is None:
        yield why_unknown(resource.get("CacheNodeType" if kind is None else "NumCacheNodes"), "the node type or number")
        return
    yield hourly(f"{_cache_service(known_text(resource.get('Engine')))}/{kind}", nodes, f"{nodes:f} × {kind}")


def measure_replication_group(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """The nodes of all shards with their replicas."""
    kind = known_text(resource.get("CacheNodeType"))
    if kind is None:
        yield why_unknown(resource.get("CacheNodeType"), "the node type")
        return
    shards, replicas = number_of(resource.get("NumNodeGroups"), 1), number_of(resource.get("ReplicasPerNodeGroup"), 0)
    whole = number_of(resource.get("NumCacheClusters"))
    if shards is None or replicas is None:
        yield why_unknown(
            resource.get("NumNodeGroups" if shards is None else "ReplicasPerNodeGroup"), "the number of nodes"
        )
        return
    nodes = whole if whole is not None else shards * (1 + replicas)
    yield hourly(f"{_cache_service(known_text(resource.get('Engine')))}/{kind}", nodes, f"{nodes:f} × {kind}")


def measure_serverless_cache(resource: Resource, scene: Scene) -> Iterator[Said]:
    """What is stored, at least the least that is charged, and what is asked."""
    engine = (known_text(resource.get("Engine")) or "redis").lower()
    if engine not in _LEAST_CACHE_GB:
        yield Missing(f"a serverless cache of {engine} has no price here")
        return
    floor = max(
        _LEAST_CACHE_GB[engine], number_of(resource.get("CacheUsageLimits", "DataStorage", "Minimum"), 0) or Decimal(0)
    )
    service, minimum = ("Valkey", "100 MB") if engine == "valkey" else ("Redis", "1 GB")
    product = f"ElastiCache Serverless {service}/Data stored (minimum {minimum})"
    yield Reading(product, floor * HOURS, f"{floor.normalize():f} GB, the least")
    more = max(scene.usage["cache_gb"] - floor, Decimal(0))
    if more:
        yield Reading(product, more * HOURS, "what is stored beyond", ASSUMED, assumes=("cache_gb",))
    yield scene.use(f"ElastiCache Serverless {service}/Requests", "database_requests_millions", shared=False)


def measure_search(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """The data nodes, dedicated masters and disks of a domain."""
    shape = as_dict(resource.get("ClusterConfig") or resource.get("ElasticsearchClusterConfig"))
    for kind_key, count_key, on in (("InstanceType", "InstanceCount", True), ("DedicatedMasterType", "DedicatedMasterCount", known_flag(shape.get("DedicatedMasterEnabled"), False) is True)):  # fmt: skip
        kind = (known_text(shape.get(kind_key)) or "m4.large.search").replace(".elasticsearch", ".search")
        count = number_of(shape.get(count_key), 1)
        if on and count is not None:
            yield hourly(f"OpenSearch/{kind}", count, f"{count:f} × {kind}")
    disks = as_dict(resource.get("EBSOptions"))
    if known_flag(disks.get("EBSEnabled"), bool(disks)) is True:
        size, nodes = number_of(disks.get("VolumeSize"), 10), number_of(shape.get("InstanceCount"), 1)
        if size is None or nodes is None:
            yield why_unknown(disks.get("VolumeSize"), "the size of the disks")
            return
        kind = known_text(disks.get("VolumeType")) or "gp2"
        yield Reading(f"OpenSearch/EBS {kind}", size * nodes, f"{nodes:f} × {size:f} GB {kind}")


def measure_kafka(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """The brokers of an MSK cluster and their disks."""
    kind, count = (
        known_text(resource.get("BrokerNodeGroupInfo", "InstanceType")),
        number_of(resource.get("NumberOfBrokerNodes")),
    )
    if kind is None or count is None:
        yield why_unknown(resource.get("NumberOfBrokerNodes"), "the type or number of its brokers")
        return
    size = number_of(resource.get("BrokerNodeGroupInfo", "StorageInfo", "EBSStorageInfo", "VolumeSize"), 1000)
    yield hourly(f"MSK/{kind}", count, f"{count:f} × {kind}")
    if size is not None:
        yield Reading("MSK/Storage", size * count, f"{count:f} × {size:f} GB")


def measure_table(resource: Resource, scene: Scene) -> Iterator[Said]:
    """A DynamoDB table by request or by capacity, and what it stores."""
    if known_text(resource.get("BillingMode")) == "PAY_PER_REQUEST":
        yield scene.use("DynamoDB/On-demand read requests", "events_millions")
        yield scene.use("DynamoDB/On-demand write requests", "events_millions")
    elif resource.type == "AWS::DynamoDB::Table":
        units = [
            resource.get("ProvisionedThroughput"),
            *(dig(one, "ProvisionedThroughput") for one in as_list(resource.get("GlobalSecondaryIndexes"))),
        ]
        for key, product in (
            ("ReadCapacityUnits", "Read capacity unit"),
            ("WriteCapacityUnits", "Write capacity unit"),
        ):
            numbers = [number_of(dig(one, key), 0) for one in units]
            if any(number is None for number in numbers):
                yield Missing(f"{key} is not known")
            else:
                total = sum((number for number in numbers if number is not None), start=Decimal(0))
                yield Reading(f"DynamoDB/{product}", total, f"{total:f} {key}")
    yield scene.use("DynamoDB/Storage", "database_gb", shared=False, item="storage")
    if known_flag(resource.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"), False) is True:
        yield scene.use("DynamoDB/Point-in-time recovery", "database_gb", shared=False)


def measure_stream(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The shards of a stream, or its hours where it scales by itself."""
    if known_text(resource.get("StreamModeDetails", "StreamMode")) == "ON_DEMAND":
        yield hourly("Kinesis/On-demand stream")
        yield scene.use("Kinesis/On-demand data in", "logs_gb")
        return
    shards = number_of(resource.get("ShardCount"), 1)
    if shards is None:
        yield why_unknown(resource.get("ShardCount"), "the number of shards")
        return
    yield hourly("Kinesis/Shard", shards, f"{shards:f} shard{'s' * (shards != 1)}")
    yield scene.use("Kinesis/PUT payload units", "events_millions")
