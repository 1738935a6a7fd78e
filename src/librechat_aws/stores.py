"""The choices of where data is kept, as sum types; `config` hands them out with all others.

`snapshot` names what a store is made of, instead of being made empty; a change of it makes a new store.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentDb:
    """DocumentDB 5.0 with `instances` instances of `instance_class` (without the `db.` prefix)."""

    instance_class: str
    instances: int
    backup_days: int
    snapshot: str | None = None


@dataclass(frozen=True)
class DocumentDbServerless:
    """DocumentDB 5.0 serverless; capacity in DCU."""

    min_capacity: float
    max_capacity: float
    instances: int
    backup_days: int
    snapshot: str | None = None


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
    snapshot: str | None = None


@dataclass(frozen=True)
class AuroraServerless:
    """Aurora PostgreSQL Serverless v2; capacity in ACU. rag_api holds connections, so it never pauses."""

    min_capacity: float
    max_capacity: float
    readers: int
    backup_days: int
    snapshot: str | None = None


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
