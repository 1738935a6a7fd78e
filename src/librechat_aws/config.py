"""The choices of a deployment, as sum types. Everything here is resolved; raw settings end in `settings`.

Sizes are in the units of the service: ECS CPU units (1024 = one vCPU), MiB, GiB, USD per month.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Durability(StrEnum):
    """What happens to data when the stack is removed."""

    DISPOSABLE = "disposable"
    PROTECTED = "protected"


class Compliance(StrEnum):
    """What the settings must keep: nothing in particular, or all that an auditor of health data asks for."""

    NONE = "none"
    STRICT = "strict"


# --- compute ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ec2:
    """Everything in containers on one Graviton instance; the data volume is there if a database is among them."""

    instance_type: str
    volume_gib: int
    data_volume_gib: int | None
    snapshot_days: int
    key_pair: str | None


@dataclass(frozen=True)
class Ecs:
    """Fargate tasks on arm64; the service starts with one task and scales from `tasks_min` to `tasks_max`."""

    cpu: int
    memory_mib: int
    tasks_min: int
    tasks_max: int


Compute = Ec2 | Ecs


# --- entry -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrialHttp:
    """A public load balancer on port 80 without a certificate; for a trial only."""

    allowed_cidrs: tuple[str, ...]


@dataclass(frozen=True)
class HostedZone:
    """A Route 53 zone in which the app writes its address record."""

    zone_id: str
    zone_name: str


@dataclass(frozen=True)
class PublicHttps:
    """A public load balancer on port 443 with a certificate of the stack's Region."""

    domain: str
    certificate_arn: str
    zone: HostedZone | None
    allowed_cidrs: tuple[str, ...]


@dataclass(frozen=True)
class CloudFrontDomain:
    """An own name of the distribution; the certificate lives in us-east-1."""

    domain: str
    certificate_arn: str
    zone: HostedZone | None


@dataclass(frozen=True)
class CloudFront:
    """CloudFront in front of an internal load balancer, reached through a VPC origin."""

    domain: CloudFrontDomain | None


Entry = TrialHttp | PublicHttps | CloudFront


# --- egress ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NatGateways:
    """`count` NAT gateways, at most one per zone."""

    count: int


@dataclass(frozen=True)
class NatInstance:
    """One NAT instance on Graviton: cheap, and a single point of failure."""

    instance_type: str


@dataclass(frozen=True)
class EndpointsOnly:
    """No NAT; interface endpoints for every AWS service that a workload calls; images in private ECR."""


@dataclass(frozen=True)
class NoEgress:
    """No NAT and no endpoints. Synthesises, and cannot work: it exists to be refused by a check."""


Egress = NatGateways | NatInstance | EndpointsOnly | NoEgress


# --- network ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewVpc:
    """A VPC of our own: public, app and data subnets in `zones` Availability Zones."""

    cidr: str
    zones: int
    egress: Egress


@dataclass(frozen=True)
class ExistingVpc:
    """A VPC given by its ids. Its routes are the owner's affair: app subnets need egress."""

    vpc_id: str
    vpc_cidr: str
    zones: tuple[str, ...]
    public_subnet_ids: tuple[str, ...]
    app_subnet_ids: tuple[str, ...]
    data_subnet_ids: tuple[str, ...]


Network = NewVpc | ExistingVpc


# --- data stores -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DocumentDb:
    """DocumentDB 5.0 with `instances` instances of `instance_class` (without the `db.` prefix)."""

    instance_class: str
    instances: int
    backup_days: int


@dataclass(frozen=True)
class DocumentDbServerless:
    """DocumentDB 5.0 serverless; capacity in DCU."""

    min_capacity: float
    max_capacity: float
    instances: int
    backup_days: int


@dataclass(frozen=True)
class MongoOnInstance:
    """MongoDB in a container of the EC2 instance, on the data volume."""


@dataclass(frozen=True)
class ExternalMongo:
    """A MongoDB elsewhere, e.g. Atlas. The secret holds JSON with the key `uri`."""

    secret_arn: str


DocumentStore = DocumentDb | DocumentDbServerless | MongoOnInstance | ExternalMongo


@dataclass(frozen=True)
class RdsPostgres:
    """RDS for PostgreSQL; `instance_class` without the `db.` prefix."""

    instance_class: str
    storage_gib: int
    multi_az: bool
    backup_days: int


@dataclass(frozen=True)
class AuroraServerless:
    """Aurora PostgreSQL Serverless v2; capacity in ACU. rag_api holds connections, so it never pauses."""

    min_capacity: float
    max_capacity: float
    readers: int
    backup_days: int


@dataclass(frozen=True)
class PostgresOnInstance:
    """PostgreSQL with pgvector in a container of the EC2 instance."""


VectorStore = RdsPostgres | AuroraServerless | PostgresOnInstance


@dataclass(frozen=True)
class Rag:
    """Retrieval over uploaded files: rag_api, its vector store and its task size."""

    store: VectorStore
    cpu: int
    memory_mib: int


@dataclass(frozen=True)
class Valkey:
    """ElastiCache for Valkey with TLS and a password; one primary and `replicas` replicas."""

    node_type: str
    replicas: int


@dataclass(frozen=True)
class NoCache:
    """No shared cache: exactly one LibreChat process."""


Cache = Valkey | NoCache


@dataclass(frozen=True)
class Meilisearch:
    """Full-text search over conversations; a single writer on a durable volume."""

    cpu: int
    memory_mib: int


# --- operations ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operations:
    """What watches and guards the deployment."""

    dashboard: bool
    alarms: bool
    alarm_email: str | None
    flow_logs: bool
    access_logs: bool
    trail: bool
    web_firewall: bool
    backup_plan: bool
    backup_days: int
    monthly_budget_usd: int | None
    log_days: int
    customer_managed_key: bool
    compliance: Compliance


@dataclass(frozen=True)
class Chat:
    """What LibreChat is told: models, who may register, and further variables of its own.

    `secrets` maps a variable to the ARN of a secret and the JSON key in it.
    """

    models: tuple[str, ...]
    embedding_model: str
    registration: bool
    variables: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, tuple[str, str]], ...] = ()


@dataclass(frozen=True)
class Config:
    """One deployment, fully decided."""

    name: str
    preset: str
    compute: Compute
    entry: Entry
    network: Network
    documents: DocumentStore
    rag: Rag | None
    cache: Cache
    search: Meilisearch | None
    chat: Chat
    durability: Durability
    operations: Operations
    images_from_private_ecr: bool
    ca_bundle: Path | None
    tags: tuple[tuple[str, str], ...]

    @property
    def egress(self) -> Egress | None:
        """How workloads leave the VPC; None in an existing VPC, where the owner decides."""
        return self.network.egress if isinstance(self.network, NewVpc) else None

    @property
    def protected(self) -> bool:
        return self.durability is Durability.PROTECTED
