"""Relational and document databases: instances, what grows by itself, serverless capacity between its limits."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import ASSUMED, HOURS
from stackflight.model.template import Resource
from stackflight.model.value import known_flag, known_text
from stackflight.price.reading import Missing, Reading, Said, Scene, hourly, number_of, why_unknown

_OPEN = {"postgres": "PostgreSQL", "mysql": "MySQL", "mariadb": "MySQL"}
_FREE_IOPS = Decimal(3000)
_LEAST_AWAKE = Decimal("0.5")


def measure_database(resource: Resource, scene: Scene) -> Iterator[Said]:
    """A database of its own, or an instance of a cluster."""
    yield from _password(resource)
    kind = known_text(resource.get("DBInstanceClass"))
    cluster = scene.behind(resource.get("DBClusterIdentifier"))
    if kind is None:
        yield why_unknown(resource.get("DBInstanceClass"), "the instance class")
    elif cluster is not None or resource.get("DBClusterIdentifier") is not None:
        yield from _in_cluster(kind, cluster, scene)
    else:
        yield from _alone(kind, resource)


def _in_cluster(kind: str, cluster: Resource | None, scene: Scene) -> Iterator[Said]:
    if kind == "db.serverless":
        yield from _capacity("Aurora", "Serverless v2 (standard)", "ACU", cluster, scene)
    else:
        yield hourly(f"Aurora PostgreSQL/{kind}", 1, kind)


def _alone(kind: str, resource: Resource) -> Iterator[Said]:
    engine = known_text(resource.get("Engine"))
    if engine is None:  # a replica or a copy of a snapshot has its source's
        copied = resource.get("SourceDBInstanceIdentifier") or resource.get("DBSnapshotIdentifier")
        yield (
            Missing("its engine is that of its source") if copied else why_unknown(resource.get("Engine"), "the engine")
        )
        return
    name = _OPEN.get(engine.lower())
    if name is None:
        yield Missing(f"{engine} has no price here")
        return
    both = known_flag(resource.get("MultiAZ"), False) is True
    place = "Multi-AZ" if both else "Single-AZ"
    yield hourly(f"RDS {name}/{kind} {place}", 1, f"{kind} {place}")
    storage = known_text(resource.get("StorageType")) or ("io1" if resource.get("Iops") is not None else "gp3")
    size = number_of(resource.get("AllocatedStorage"), 20)
    if size is None:
        yield why_unknown(resource.get("AllocatedStorage"), "the allocated storage")
        return
    most = number_of(resource.get("MaxAllocatedStorage"))
    times = 2 if both and storage in {"io1", "io2", "standard"} else 1
    product = {"io1": "RDS/io1 storage", "io2": "RDS/io1 storage", "standard": "RDS/magnetic storage"}.get(
        storage, f"RDS/gp3/gp2 storage {place}"
    )
    yield Reading(product, size * times, f"{storage} storage", least=size * times, most=max(size, most or size) * times)
    iops = number_of(resource.get("Iops"), 0) or Decimal(0)
    if storage in {"io1", "io2"}:
        yield Reading("RDS/io1 IOPS", iops * times, "IOPS")
    elif storage == "gp3" and iops > _FREE_IOPS:
        yield Reading("RDS/gp3 IOPS over the included", (iops - _FREE_IOPS) * (2 if both else 1), "IOPS")


def measure_cluster(resource: Resource, scene: Scene) -> Iterator[Said]:
    """What a cluster stores and reads; its instances are resources of their own."""
    yield from _password(resource)
    engine = known_text(resource.get("Engine")) or ""
    if resource.get("DBClusterInstanceClass") is not None:
        yield Missing("Multi-AZ clusters have no price here")
        return
    if known_text(resource.get("EngineMode")) == "serverless":
        given = resource.get("ScalingConfiguration")
        units = number_of(given.get("MinCapacity") if isinstance(given, dict) else None, 1) or Decimal(1)
        yield hourly("Aurora/Serverless v1", units, f"{units:f} ACU, the least")
    if engine and not engine.startswith("aurora"):
        yield Missing(f"clusters of {engine} have no price here")
        return
    flat = known_text(resource.get("StorageType")) == "aurora-iopt1"
    yield from _grown("Aurora", flat, scene)


def _password(resource: Resource) -> Iterator[Said]:
    """A password that the service manages lies in a secret of its own. Source: RDS User Guide, Secrets Manager."""
    if known_flag(resource.get("ManageMasterUserPassword"), False) is True:
        yield Reading("Secrets Manager/Secret", Decimal(1), "the secret of its password")


def measure_document_cluster(resource: Resource, scene: Scene) -> Iterator[Said]:
    """What a DocumentDB cluster stores and reads."""
    yield from _password(resource)
    yield from (
        _grown("DocumentDB", False, scene)
        if known_text(resource.get("StorageType")) != "iopt1"
        else iter([Missing("I/O-optimised storage of DocumentDB has no price here")])
    )


def _grown(service: str, flat: bool, scene: Scene) -> Iterator[Said]:
    storage = "Storage I/O-optimised" if flat else "Storage standard"
    yield scene.use(f"{service}/{storage}", "database_gb", shared=False, item="storage")
    if not flat:
        yield scene.use(f"{service}/I/O requests (standard)", "database_requests_millions", shared=False, item="I/O")


def measure_document_instance(resource: Resource, scene: Scene) -> Iterator[Said]:
    """An instance of DocumentDB."""
    kind = known_text(resource.get("DBInstanceClass"))
    if kind is None:
        yield why_unknown(resource.get("DBInstanceClass"), "the instance class")
    elif kind == "db.serverless":
        cluster = scene.behind(resource.get("DBClusterIdentifier"))
        yield from _capacity("DocumentDB", "Serverless (standard)", "DCU", cluster, scene)
    else:
        yield hourly(f"DocumentDB/{kind}", 1, kind)


def _capacity(service: str, product: str, unit: str, cluster: Resource | None, scene: Scene) -> Iterator[Said]:
    """Each instance is paid by its capacity, which is at least the least; one that may pause is paid while awake."""
    limits = cluster.get("ServerlessV2ScalingConfiguration") if cluster else None
    if not isinstance(limits, dict):
        yield Missing("the limits of its capacity are not in the template")
        return
    least, most = number_of(limits.get("MinCapacity")), number_of(limits.get("MaxCapacity"))
    if least is None or most is None:
        yield why_unknown(limits.get("MinCapacity" if least is None else "MaxCapacity"), "the limit of its capacity")
        return
    if least > 0:
        note = "at its least; more while there is work"
        spread = f"{least.normalize():f} to {most.normalize():f} {unit}"
        yield Reading(f"{service}/{product}", least * HOURS, spread, least=least * HOURS, most=most * HOURS, note=note)
        return
    awake = scene.usage["database_active_hours"] * _LEAST_AWAKE
    item = f"0 to {most.normalize():f} {unit}, {_LEAST_AWAKE} while awake"
    yield Reading(f"{service}/{product}", awake, item, ASSUMED, Decimal(0), most * HOURS, ("database_active_hours",))


def measure_proxy(resource: Resource, scene: Scene) -> Iterator[Said]:
    """RDS Proxy is paid by the vCPUs of the database behind it."""
    for group in scene.world.of_type("AWS::RDS::DBProxyTargetGroup"):
        if scene.behind(group.get("DBProxyName")) is resource:
            names = group.get("DBInstanceIdentifiers") or group.get("DBClusterIdentifiers")
            if scene.behind(names) is not None:
                yield hourly("RDS Proxy/Provisioned", 2, "2 vCPUs of the database, the least that is charged")
                return
    yield Missing("the database behind it is not in the template")


def measure_neptune(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """An instance of Neptune."""
    kind = known_text(resource.get("DBInstanceClass"))
    if kind is None:
        yield why_unknown(resource.get("DBInstanceClass"), "the instance class")
    elif kind == "db.serverless":
        yield Missing("Neptune Serverless has no price here")
    else:
        yield hourly(f"Neptune/{kind}", 1, kind)
