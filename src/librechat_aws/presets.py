"""The named starting points: each preset is a summary and the settings in which it differs from the defaults.

Monthly sizes and limits are the settings' own; see `settings.Settings` for what each key means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Preset:
    """A name, one line for people, what one gives up by it, and overrides of the defaults in `settings.Settings`."""

    name: str
    summary: str
    gives_up: str
    settings: Mapping[str, object]

    @property
    def mode(self) -> str:
        return str(self.settings["mode"])


def _preset(name: str, summary: str, gives_up: str, **settings: object) -> Preset:
    return Preset(name, summary, gives_up, MappingProxyType(settings))


_PRODUCTION: Final[Mapping[str, object]] = {
    "durability": "protected",
    "entry": "cloudfront",
    "termination_protection": True,
    "dashboard": True,
    "alarms": True,
    "access_logs": True,
    "flow_logs": True,
    "trail": True,
    "web_firewall": True,
    "backup_plan": True,
    "backup_days": 30,
    "log_days": 365,
    "customer_managed_key": True,
}

_ALL: Final[tuple[Preset, ...]] = (
    _preset(
        "minimal-dev",
        "One Graviton instance runs everything in containers; no NAT gateway, no managed database.",
        "replicas, backups of the database, retrieval, a second zone: one instance is everything",
        mode="ec2",
        egress="nat-instance",
        documents="mongodb",
        rag=False,
        cache="none",
        instance_type="t4g.medium",
    ),
    _preset(
        "standard-dev",
        "Fargate with DocumentDB, PostgreSQL with pgvector, Valkey and S3; one task each, one NAT gateway.",
        "replicas and a second zone for every store, search, alarms, backups, a firewall",
        mode="ecs",
    ),
    _preset(
        "full-dev",
        "standard-dev with Meilisearch, a dashboard and larger tasks.",
        "replicas and a second zone for every store, alarms, backups, a firewall",
        mode="ecs",
        search=True,
        dashboard=True,
        librechat_cpu=2048,
        librechat_memory_mib=4096,
        rag_cpu=1024,
        rag_memory_mib=4096,
    ),
    _preset(
        "serverless-dev",
        "A Lambda web function behind CloudFront with DocumentDB serverless, Valkey and S3; no search, no retrieval.",
        "search and retrieval, replicas, alarms, backups, a firewall; web functions are new",
        mode="serverless",
        entry="cloudfront",
        documents="documentdb-serverless",
        egress="nat-instance",
        rag=False,
        documents_max_capacity=4.0,
    ),
    _preset(
        "serverless",
        "serverless-dev with every store protected and in two zones, alarms, backups and a trail.",
        "search and retrieval, a firewall; web functions are new",
        **{
            **_PRODUCTION,
            "mode": "serverless",
            "documents": "documentdb-serverless",
            "documents_instances": 2,
            "documents_max_capacity": 16.0,
            "nat_gateways": 2,
            "rag": False,
            "cache_node_type": "cache.t4g.small",
            "cache_replicas": 1,
            "web_firewall": False,
            "max_environments": 8,
        },
    ),
    _preset(
        "production-ec2",
        "One protected Graviton instance behind CloudFront, MongoDB on its own backed-up volume, RDS PostgreSQL.",
        "replicas: while the instance or its zone is down, nobody can chat",
        **{
            **_PRODUCTION,
            "mode": "ec2",
            "documents": "mongodb",
            "data_volume_gib": 100,
            "cache": "none",
            "search": True,
            "instance_type": "t4g.xlarge",
            "postgres_class": "t4g.medium",
            "postgres_storage_gib": 100,
        },
    ),
    _preset(
        "production-ecs",
        "Fargate over three zones behind CloudFront, every store replicated, alarms, firewall and backups.",
        "a NAT gateway in every zone, a third replica, longer retention",
        **{
            **_PRODUCTION,
            "mode": "ecs",
            "zones": 3,
            "nat_gateways": 2,
            "search": True,
            "tasks_min": 2,
            "tasks_max": 6,
            "librechat_cpu": 2048,
            "librechat_memory_mib": 4096,
            "rag_cpu": 1024,
            "rag_memory_mib": 4096,
            "documents_class": "r6g.large",
            "documents_instances": 2,
            "postgres": "aurora-serverless",
            "aurora_min_capacity": 0.5,
            "aurora_max_capacity": 16.0,
            "aurora_readers": 1,
            "cache_node_type": "cache.t4g.small",
            "cache_replicas": 1,
        },
    ),
    _preset(
        "enterprise",
        "production-ecs with one NAT gateway per zone, larger stores, longer retention, strict compliance.",
        "nothing that the other presets have, but money",
        **{
            **_PRODUCTION,
            "mode": "ecs",
            "zones": 3,
            "nat_gateways": 3,
            "search": True,
            "tasks_min": 3,
            "tasks_max": 20,
            "librechat_cpu": 4096,
            "librechat_memory_mib": 8192,
            "rag_cpu": 2048,
            "rag_memory_mib": 8192,
            "documents_class": "r6g.xlarge",
            "documents_instances": 3,
            "postgres": "aurora-serverless",
            "aurora_min_capacity": 2.0,
            "aurora_max_capacity": 32.0,
            "aurora_readers": 2,
            "cache_node_type": "cache.m7g.large",
            "cache_replicas": 2,
            "backup_days": 35,
            "log_days": 731,
            "compliance": "strict",
        },
    ),
)

PRESETS: Final[Mapping[str, Preset]] = MappingProxyType({preset.name: preset for preset in _ALL})
