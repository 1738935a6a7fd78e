"""Which keys have an effect with which choices: a key that was written by a person must have one."""

from __future__ import annotations

from typing import Final

from librechat_aws.request import Request
from librechat_aws.settings import Settings

# key -> (the choice it belongs to, its values)
BELONGS_TO: Final[dict[str, tuple[str, tuple[object, ...]]]] = {
    **dict.fromkeys(("instance_type", "instance_volume_gib", "data_volume_gib", "key_pair"), ("mode", ("ec2",))),
    **dict.fromkeys(
        ("librechat_cpu", "librechat_memory_mib", "tasks_min", "tasks_max", "admin_domain"), ("mode", ("ecs",))
    ),
    **dict.fromkeys(("rag_cpu", "rag_memory_mib", "search_cpu", "search_memory_mib"), ("mode", ("ecs",))),
    **dict.fromkeys(
        ("domain", "certificate_arn", "hosted_zone_id", "hosted_zone_name"), ("entry", ("https", "cloudfront"))
    ),
    "origin_certificate_arn": ("entry", ("cloudfront",)),
    **dict.fromkeys(("package", "max_environments", "concurrency"), ("mode", ("serverless",))),
    "web_acl_arn": ("entry", ("cloudfront",)),
    "awake": ("mode", ("ec2", "ecs")),
    "firewall_rate": ("web_firewall", (True,)),
    "shell": ("mode", ("ecs",)),
    "cognito_domain": ("cognito", (True,)),
    "postgres_snapshot": ("postgres", ("rds", "aurora-serverless")),
    "documents_snapshot": ("documents", ("documentdb", "documentdb-serverless")),
    "data_snapshot": ("mode", ("ec2",)),
    "nat_gateways": ("egress", ("nat-gateway",)),
    "nat_instance_type": ("egress", ("nat-instance",)),
    "documents_class": ("documents", ("documentdb",)),
    "documents_instances": ("documents", ("documentdb", "documentdb-serverless")),
    "documents_min_capacity": ("documents", ("documentdb-serverless",)),
    "documents_max_capacity": ("documents", ("documentdb-serverless",)),
    "mongo_uri_secret_arn": ("documents", ("external",)),
    **dict.fromkeys(("postgres", "embedding_model"), ("rag", (True,))),
    **dict.fromkeys(("postgres_class", "postgres_storage_gib", "postgres_multi_az"), ("postgres", ("rds",))),
    **dict.fromkeys(
        ("aurora_min_capacity", "aurora_max_capacity", "aurora_readers"), ("postgres", ("aurora-serverless",))
    ),
    **dict.fromkeys(("cache_node_type", "cache_replicas"), ("cache", ("valkey",))),
}


def what_it_takes(key: str, settings: Settings) -> tuple[tuple[str, object], ...]:
    """The choices that give a key an effect where `settings` made others, the first of its values; () where it has one."""
    choice, legal = BELONGS_TO.get(key, ("", ()))
    if not choice or getattr(settings, choice) in legal:
        return ()
    return (*what_it_takes(choice, settings), (choice, legal[0]))


def held(request: Request, choice: str) -> bool:
    """Whether a key that was written has its effect only with what `choice` is: then the choice is no way out."""
    return any(BELONGS_TO.get(key, ("",))[0] == choice for key in request.explicit)


def written(value: object) -> str:
    """A value as it is written in a settings file."""
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
