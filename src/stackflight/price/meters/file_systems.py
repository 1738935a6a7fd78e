"""File systems: EFS by what it stores, FSx by what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, known_text
from stackflight.price.reading import Missing, Reading, Said, Scene, number_of, why_unknown

# Source: the pricing pages of FSx: each GB of SSD storage comes with three operations a second.
_FREE_IOPS_A_GB = 3
_KINDS = {"WINDOWS": "Windows", "LUSTRE": "Lustre", "ONTAP": "ONTAP", "OPENZFS": "OpenZFS"}


def measure_files(resource: Resource, scene: Scene) -> Iterator[Said]:
    """What an EFS file system stores, in one zone or in all, and the throughput that is reserved."""
    zoned = resource.get("AvailabilityZoneName") is not None
    yield scene.use(f"EFS/{'One Zone' if zoned else 'Standard'} storage", "files_gb")
    mode = known_text(resource.get("ThroughputMode")) or "bursting"
    if mode == "provisioned":
        speed = number_of(resource.get("ProvisionedThroughputInMibps"), 1)
        yield (
            Reading("EFS/Provisioned throughput", speed, "throughput")
            if speed is not None
            else Missing("its throughput is not known")
        )
    elif mode == "elastic":
        yield scene.use("EFS/Elastic throughput read", "files_gb")
        yield scene.use("EFS/Elastic throughput write", "files_gb")


def measure_file_system(resource: Resource, scene: Scene) -> Iterator[Said]:
    """Storage, throughput and operations of an FSx file system, as they are reserved, and its automatic backups."""
    kind = known_text(resource.get("FileSystemType"))
    if kind not in _KINDS:
        yield why_unknown(resource.get("FileSystemType"), "the kind of file system")
        return
    shape = as_dict(resource.get(f"{_KINDS[kind]}Configuration".replace("ONTAP", "Ontap")))
    place, storage = _deployment(kind, shape), known_text(resource.get("StorageType") or "SSD")
    size = number_of(resource.get("StorageCapacity"))
    if place is None or storage is None or size is None:
        yield _why_shape_unknown(resource, shape, place, storage)
        return
    service = f"FSx {_KINDS[kind]}"
    yield Reading(f"{service}/{storage} storage {place}", size, f"{size:f} GB {storage}")
    if kind == "LUSTRE":
        return
    yield _throughput(service, place, shape)
    iops = number_of(as_dict(shape.get("DiskIopsConfiguration")).get("Iops"), 0) or Decimal(0)
    if iops > size * _FREE_IOPS_A_GB:
        among = f" {place}" if kind == "ONTAP" else ""
        yield Reading(f"{service}/SSD IOPS over 3 a GB{among}", iops - size * _FREE_IOPS_A_GB, "IOPS")
    if number_of(shape.get("AutomaticBackupRetentionDays"), 30) != 0:
        yield scene.use("FSx/Backup", "backup_gb") if kind != "ONTAP" else Missing("its backups have no price here")


def _deployment(kind: str, shape: dict[str, Value]) -> str | None:
    """How a file system is laid out, as far as it decides the price; None where it is not known."""
    usual = {"WINDOWS": "SINGLE_AZ_1", "LUSTRE": "SCRATCH_1"}.get(kind)
    given = known_text(shape.get("DeploymentType")) or (usual if shape.get("DeploymentType") is None else None)
    if given is None:
        return None
    if kind == "WINDOWS":
        return "Multi-AZ" if given.startswith("MULTI_AZ") else "Single-AZ"
    if kind == "LUSTRE" and given.startswith("SCRATCH"):
        return "SCRATCH"
    if kind == "LUSTRE":
        speed = number_of(shape.get("PerUnitStorageThroughput"))
        return None if speed is None else f"{given} {speed:f}"
    return given


def _throughput(service: str, place: str, shape: dict[str, Value]) -> Said:
    """The megabytes a second of a file server, of all pairs of servers together."""
    pairs = number_of(shape.get("HAPairs"), 1)
    each = number_of(shape.get("ThroughputCapacityPerHAPair"))
    whole = number_of(shape.get("ThroughputCapacity"))
    if whole is None and each is not None and pairs is not None:
        whole = each * pairs
    if whole is None:
        return why_unknown(shape.get("ThroughputCapacity"), "its throughput")
    return Reading(f"{service}/Throughput {place}", whole, f"{whole:f} MB/s")


def _why_shape_unknown(resource: Resource, shape: dict[str, Value], place: str | None, storage: str | None) -> Missing:
    if place is None:
        return why_unknown(shape.get("DeploymentType") or shape.get("PerUnitStorageThroughput"), "its deployment type")
    if storage is None:
        return why_unknown(resource.get("StorageType"), "its storage type")
    return why_unknown(resource.get("StorageCapacity"), "its storage capacity")
