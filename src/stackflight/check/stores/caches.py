"""World -> findings on ElastiCache clusters whose settings exclude one another.

Source: Amazon ElastiCache User Guide and API Reference (CreateCacheCluster, CreateReplicationGroup).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import known_flag, known_int, known_text

_PROOF = "Only values that the templates determine are compared."


CACHE_CONTRADICTION = Check(
    "cache-contradiction",
    found_when="settings of a cache exclude one another",
    explains=_PROOF,
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html",
    ),
    replaces=("E3026", "E3704"),
    example="eng-cachecluster-redis-transit-encryption",
)


@finds(CACHE_CONTRADICTION)
def find_cache_contradictions(case: Case) -> Iterator[Finding]:
    """Settings that ElastiCache refuses together."""
    for cluster in case.world.of_type("AWS::ElastiCache::CacheCluster"):
        engine = known_text(cluster.get("Engine"))
        nodes = known_int(cluster.get("NumCacheNodes"))
        if engine == "redis" and known_flag(cluster.get("TransitEncryptionEnabled"), False) is True:
            yield _cache(
                case, cluster, "TransitEncryptionEnabled", "Encryption features are not supported for a redis cache cluster",
                "use an AWS::ElastiCache::ReplicationGroup, which encrypts Redis in transit",
            )  # fmt: skip
        if engine == "redis" and nodes is not None and nodes > 1:
            yield _cache(
                case, cluster, "NumCacheNodes", "NumCacheNodes should be 1 if engine is redis",
                "use an AWS::ElastiCache::ReplicationGroup with NumCacheClusters",
            )  # fmt: skip
        if engine == "valkey":
            yield _cache(
                case, cluster, "Engine", "This API doesn't support Valkey engine",
                "use an AWS::ElastiCache::ReplicationGroup or ServerlessCache",
            )  # fmt: skip
        if engine == "memcached" and nodes == 1 and known_text(cluster.get("AZMode")) == "cross-az":
            yield _cache(
                case,
                cluster,
                "AZMode",
                "cross-az needs more than one cache node",
                "raise NumCacheNodes, or set AZMode: single-az",
            )
    for group in case.world.of_type("AWS::ElastiCache::ReplicationGroup"):
        yield from _replication(case, group)


def _replication(case: Case, group: Resource) -> Iterator[Finding]:
    failover = known_flag(group.get("AutomaticFailoverEnabled"), False)
    # With cluster mode a single node is legal: there failover has to be on, whatever the number of replicas.
    if failover is True and known_int(group.get("NumCacheClusters")) == 1 and group.get("NumNodeGroups") is None:
        yield _cache(
            case, group, "AutomaticFailoverEnabled", "Automatic failover requires 2 or more cache clusters",
            "set NumCacheClusters to 2 or more, or turn automatic failover off",
        )  # fmt: skip
    if known_flag(group.get("MultiAZEnabled"), False) is True and failover is False:
        yield _cache(
            case, group, "MultiAZEnabled", "Automatic failover must be enabled when Multi-AZ is enabled",
            "set AutomaticFailoverEnabled: true",
        )  # fmt: skip
    encrypted = known_flag(group.get("TransitEncryptionEnabled"), False)
    if group.get("AuthToken") is not None and encrypted is False:
        yield _cache(
            case, group, "AuthToken", "The AUTH token is only supported when encryption-in-transit is enabled",
            "set TransitEncryptionEnabled: true",
        )  # fmt: skip
    if known_text(group.get("Engine")) == "memcached":
        yield _cache(
            case, group, "Engine", "Specified engine does not support replication",
            "use an AWS::ElastiCache::CacheCluster for memcached",
        )  # fmt: skip


def _cache(case: Case, resource: Resource, key: str, text: str, remedy: str) -> Finding:
    return refused(
        case, CACHE_CONTRADICTION, [resource.address], f"{resource.address} is refused: {text}", remedy, (key,)
    )
