"""A `Request` in, the document store and the vector store out."""

from __future__ import annotations

from librechat_aws import config as c
from librechat_aws.belonging import held
from librechat_aws.request import Request


def resolve_documents(request: Request) -> c.DocumentStore:
    """Where conversations and users are kept; raises SettingsError."""
    s = request.settings
    if s.documents == "external":
        if not s.mongo_uri_secret_arn:
            raise request.refuse(
                ("documents",),
                'documents = "external" needs mongo_uri_secret_arn',
                "Store the MONGO_URI under the JSON key `uri` in Secrets Manager and give mongo_uri_secret_arn.",
            )
        if s.egress in ("endpoints", "none") and not s.vpc_id:
            raise request.refuse(
                ("documents", "egress"),
                f'an external MongoDB cannot be reached with egress = "{s.egress}"',
                'Nearest legal: egress = "nat-gateway"; or documents = "documentdb", and remove mongo_uri_secret_arn',
            )
        return c.ExternalMongo(s.mongo_uri_secret_arn)
    if s.documents == "mongodb":
        if s.mode != "ec2":
            raise request.refuse(
                ("documents", "mode"),
                "MongoDB in a container needs a durable volume, which Fargate tasks do not keep",
                'Nearest legal: documents = "documentdb"' + ("" if held(request, "mode") else ', or mode = "ec2"'),
            )
        return c.MongoOnInstance()
    if s.documents == "documentdb-serverless":
        least, most = s.documents_min_capacity, s.documents_max_capacity
        if least > most:
            raise request.refuse(
                ("documents_min_capacity", "documents_max_capacity"),
                f"documents_min_capacity {least} is above documents_max_capacity {most}",
                f"Nearest legal: documents_max_capacity = {least}",
            )
        return c.DocumentDbServerless(least, most, s.documents_instances, s.backup_days, s.documents_snapshot)
    return c.DocumentDb(s.documents_class, s.documents_instances, s.backup_days, s.documents_snapshot)


def resolve_rag(request: Request) -> c.Rag | None:
    """rag_api and its vector store, or None; raises SettingsError."""
    s = request.settings
    if not s.rag:
        return None
    store: c.VectorStore
    if s.postgres == "container":
        if s.mode != "ec2":
            raise request.refuse(
                ("postgres", "mode"),
                "PostgreSQL in a container needs a durable volume, which Fargate tasks do not keep",
                'Nearest legal: postgres = "rds"' + ("" if held(request, "mode") else ', or mode = "ec2"'),
            )
        store = c.PostgresOnInstance()
    elif s.postgres == "aurora-serverless":
        if s.aurora_min_capacity > s.aurora_max_capacity:
            raise request.refuse(
                ("aurora_min_capacity", "aurora_max_capacity"),
                f"aurora_min_capacity {s.aurora_min_capacity} is above aurora_max_capacity {s.aurora_max_capacity}",
                f"Nearest legal: aurora_max_capacity = {s.aurora_min_capacity}",
            )
        store = c.AuroraServerless(
            s.aurora_min_capacity, s.aurora_max_capacity, s.aurora_readers, s.backup_days, s.postgres_snapshot
        )
    else:
        store = c.RdsPostgres(
            s.postgres_class, s.postgres_storage_gib, s.postgres_multi_az, s.backup_days, s.postgres_snapshot
        )
    return c.Rag(store, s.rag_cpu, s.rag_memory_mib)
