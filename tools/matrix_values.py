"""The settings model in, every value of every key out: what the matrix of deployments is made of.

Choices, switches and numbers with limits are read from the model; texts, lists and what is only legal together have
samples here. A key with neither is an error, so that a new key is never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from librechat_aws.belonging import what_it_takes
from librechat_aws.resolve import FARGATE
from librechat_aws.settings import LOG_DAYS, Settings

_SECRET: Final = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
HERE: Final = "certificate_arn=arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
IN_VIRGINIA: Final = "certificate_arn=arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
DOMAIN: Final = "domain=chat.example.com"
ZONE: Final = ("hosted_zone_id=Z0123456789ABC", "hosted_zone_name=example.com")
EXTERNAL: Final = ("documents=external", f"mongo_uri_secret_arn={_SECRET}uri-AbCdEf")
VPC: Final = (
    "vpc_id=vpc-0a1b2c3d4e5f60718",
    'vpc_zones=["eu-west-1a","eu-west-1b"]',
    'public_subnet_ids=["subnet-0a1b2c3d4e5f60711","subnet-0a1b2c3d4e5f60712"]',
    'app_subnet_ids=["subnet-0a1b2c3d4e5f60713","subnet-0a1b2c3d4e5f60714"]',
    'data_subnet_ids=["subnet-0a1b2c3d4e5f60715","subnet-0a1b2c3d4e5f60716"]',
)
_VPC_OF_THREE: Final = (
    "vpc_id=vpc-0a1b2c3d",
    'vpc_zones=["eu-west-1a","eu-west-1b","eu-west-1c"]',
    'public_subnet_ids=["subnet-0a1b2c31","subnet-0a1b2c32","subnet-0a1b2c33"]',
    'app_subnet_ids=["subnet-0a1b2c34","subnet-0a1b2c35","subnet-0a1b2c36"]',
    'data_subnet_ids=["subnet-0a1b2c37","subnet-0a1b2c38","subnet-0a1b2c39"]',
)
SERVERLESS: Final = (
    *("mode=serverless", "entry=cloudfront", "documents=documentdb", "cache=valkey"),
    *("rag=false", "search=false", "web_firewall=false"),
)
STRICT: Final = (
    "compliance=strict",
    "durability=protected",
    *(f"{key}=true" for key in ("customer_managed_key", "trail", "flow_logs", "access_logs", "alarms", "backup_plan")),
    "termination_protection=true",
    "backup_days=35",
    "log_days=365",
)


@dataclass(frozen=True)
class Value:
    """One value of a key: `overrides` says it, with what is only legal together; `label` is short.

    It is `everywhere` worth a try unless it is one of many measures or names that change nothing else.
    """

    key: str
    label: str
    overrides: tuple[str, ...]
    everywhere: bool = True


def _only(key: str, *values: object) -> list[tuple[str, ...]]:
    return [(f"{key}={value}",) for value in values]


def _sizes(prefix: str, which: int) -> list[tuple[str, ...]]:
    return [(f"{prefix}_cpu={cpu}", f"{prefix}_memory_mib={limits[which]}") for cpu, limits in FARGATE.items()]


# key -> the overrides of each value that is tried, the key itself first where a label is to be short
_SAMPLES: Final[dict[str, list[tuple[str, ...]]]] = {
    "name": _only("name", "ab", "a23456789-123456789-123", "x-y-z"),
    "entry": [
        ("entry=trial-http",),
        ("entry=https", DOMAIN, HERE),
        ("entry=https", DOMAIN, HERE, *ZONE),
        ("entry=cloudfront",),
        ("entry=https", DOMAIN, *ZONE),
        ("entry=cloudfront", DOMAIN, IN_VIRGINIA),
        ("entry=cloudfront", DOMAIN, *ZONE),
        ("entry=cloudfront", DOMAIN, IN_VIRGINIA, *ZONE),
        ("entry=cloudfront", 'allowed_cidrs=["203.0.113.0/24"]', "web_firewall=true"),
    ],
    "domain": [
        ("domain=example.com", "entry=https", HERE),
        ("domain=a-b.c.example.co", "entry=cloudfront", IN_VIRGINIA),
    ],
    "registration": [
        ("registration=false",),
        ("registration=true", "entry=cloudfront"),
        ("registration=true", 'allowed_cidrs=["203.0.113.7/32"]'),
    ],
    "certificate_arn": [
        (HERE.replace("eu-west-1", "us-gov-west-1").replace("arn:aws:", "arn:aws-us-gov:"), "entry=https", DOMAIN)
    ],
    "hosted_zone_id": [("hosted_zone_id=Z1", "entry=https", DOMAIN, HERE, ZONE[1])],
    "hosted_zone_name": [("hosted_zone_name=chat.example.com", "entry=https", DOMAIN, HERE, ZONE[0])],
    "allowed_cidrs": [
        ('allowed_cidrs=["203.0.113.0/24"]',),
        ('allowed_cidrs=["203.0.113.0/24","198.51.100.7/32"]',),
        ('allowed_cidrs=["203.0.113.0/24"]', "entry=https", DOMAIN, HERE),
    ],
    "origin_certificate_arn": [
        (HERE.replace("certificate_arn", "origin_certificate_arn"), "entry=cloudfront", DOMAIN, IN_VIRGINIA)
    ],
    "allowed_countries": [
        ('allowed_countries=["DE","AT"]', "web_firewall=true"),
        ('allowed_countries=["DE"]', "entry=cloudfront"),
    ],
    "admin_domain": [
        (f"admin_domain=admin.{end}", f"entry={entry}", DOMAIN, *ZONE)
        for end, entry in (("example.com", "https"), ("chat.example.com", "cloudfront"))
    ],
    "egress_ports": [("egress_ports=[8443]",), ("egress_ports=[587,636]",)],
    "documents_snapshot": _only("documents_snapshot", "chat-2026-11-27", "rds:librechat-2026-11-27-03-30"),
    "postgres_snapshot": [
        ("postgres_snapshot=chat-2026-11-27",),
        ("postgres_snapshot=chat-2026-11-27", "postgres=aurora-serverless"),
    ],
    "data_snapshot": [("data_snapshot=snap-0123456789abcdef0", "documents=mongodb")],
    "firewall_rate": [("firewall_rate=100", "web_firewall=true"), ("firewall_rate=2000000", "web_firewall=true")],
    "nat_gateways": [("nat_gateways=1",), ("nat_gateways=2",), ("nat_gateways=3", "zones=3")],
    "awake": [('awake="07:00-20:00"',), ('awake="22:30-06:15"', "tasks_max=3")],
    "awake_days": [('awake_days="MON-SUN"', 'awake="07:00-20:00"'), ('awake_days="MON,WED"', 'awake="07:00-20:00"')],
    "time_zone": [('time_zone="Europe/Berlin"', 'awake="07:00-20:00"')],
    "nat_instance_type": _only("nat_instance_type", "t4g.nano", "t4g.micro", "c7gn.medium"),
    "vpc_cidr": _only("vpc_cidr", "10.42.0.0/16", "192.168.0.0/20", "172.16.128.0/17"),
    "vpc_id": [VPC, (*_VPC_OF_THREE, "vpc_cidr=172.31.0.0/16")],
    "vpc_zones": [_VPC_OF_THREE],
    "public_subnet_ids": [VPC],
    "app_subnet_ids": [VPC],
    "data_subnet_ids": [VPC],
    "instance_type": _only("instance_type", "t4g.micro", "t4g.2xlarge", "m7g.large", "c8g.xlarge", "r6gd.large"),
    "data_volume_gib": [
        ("data_volume_gib=10", "documents=mongodb"),
        ("data_volume_gib=4000", "rag=true", "postgres=container"),
    ],
    "key_pair": _only("key_pair", "my-key"),
    **{f"{prefix}_cpu": _sizes(prefix, 0) for prefix in ("librechat", "rag", "search")},
    **{f"{prefix}_memory_mib": _sizes(prefix, 1) for prefix in ("librechat", "rag", "search")},
    "tasks_min": [("tasks_min=1",), ("tasks_min=2", "tasks_max=3"), ("tasks_min=100", "tasks_max=100")],
    "tasks_max": [("tasks_max=1", "tasks_min=1"), ("tasks_max=3",), ("tasks_max=100",)],
    "documents": [("documents=documentdb",), ("documents=documentdb-serverless",), ("documents=mongodb",), EXTERNAL],
    "documents_class": _only("documents_class", "t3.medium", "t4g.medium", "r6g.large", "r5.24xlarge"),
    "documents_instances": [
        ("documents_instances=1",),
        ("documents_instances=2",),
        ("documents_instances=16",),
        ("documents_instances=3", "documents=documentdb-serverless"),
    ],
    "documents_min_capacity": [
        ("documents_min_capacity=0.5",),
        ("documents_min_capacity=256", "documents_max_capacity=256"),
    ],
    "aurora_min_capacity": [("aurora_min_capacity=0.5",), ("aurora_min_capacity=256", "aurora_max_capacity=256")],
    "aurora_max_capacity": [("aurora_max_capacity=1", "aurora_min_capacity=0.5"), ("aurora_max_capacity=256",)],
    "mongo_uri_secret_arn": [(f"mongo_uri_secret_arn={_SECRET}my/mongo+uri-AbCdEf", EXTERNAL[0])],
    "postgres_class": _only("postgres_class", "t4g.micro", "t3.micro", "m7g.large", "r6g.xlarge"),
    "postgres_storage_gib": _only("postgres_storage_gib", 20, 100, 400, 16384),
    "cache_node_type": _only("cache_node_type", "cache.t4g.micro", "cache.t3.micro", "cache.m7g.large"),
    "models": [
        ('models=["anthropic.claude-3-5-sonnet-20240620-v1:0"]',),
        ('models=["eu.anthropic.claude-sonnet-4-5-20250929-v1:0","amazon.nova-pro-v1:0"]',),
    ],
    "embedding_model": _only("embedding_model", "cohere.embed-multilingual-v3", "amazon.titan-embed-text-v1"),
    "variables": [
        ('variables={APP_TITLE="It\'s $HOME `x` chat", OPENID_ISSUER="https://id.example.com", OPENID_CLIENT_ID="c"}',),
        ('variables={APP_TITLE="END", HELP_AND_FAQ_URL="https://example.com/?a=%d&b=c"}',),
    ],
    "librechat_yaml": [
        (
            "librechat_yaml=tests/librechat_aws/yaml/good/everything.yaml",
            f'secret_variables={{INTERNAL_KEY="{_SECRET}chat-AbCdEf#key",SERPER_API_KEY="{_SECRET}chat-AbCdEf#serper"}}',
            'variables={MCP_HOST="mcp.example.com"}',
        )
    ],
    "package": [("package=tests/librechat_aws/serverless/package.zip", *SERVERLESS)],
    "max_environments": [(f"max_environments={number}", *SERVERLESS) for number in (2, 100)],
    "concurrency": [(f"concurrency={number}", *SERVERLESS) for number in (1, 128)],
    "web_acl_arn": [
        (
            "web_acl_arn=arn:aws:wafv2:us-east-1:123456789012:global/webacl/chat/0a1b2c3d-0000-0000-0000-000000000000",
            "entry=cloudfront",
        )
    ],
    "cognito": [("cognito=false",), ("cognito=true", "entry=cloudfront")],
    "cognito_domain": [("cognito_domain=our-chat", "cognito=true", "entry=cloudfront")],
    "mail_from": [
        ("mail_from=chat@example.com",),
        ("mail_from=chat@example.com", "entry=cloudfront", DOMAIN, *ZONE),
    ],
    "secret_variables": [(f'secret_variables={{OPENID_CLIENT_SECRET="{_SECRET}chat/openid-AbCdEf#client_secret"}}',)],
    "alarm_email": _only("alarm_email", "ops@example.com"),
    "monthly_budget_usd": [(f"monthly_budget_usd={usd}", "alarm_email=ops@example.com") for usd in (1, 5000)],
    "log_days": _only("log_days", *LOG_DAYS),
    "compliance": [
        ("compliance=none",),
        ("compliance=strict",),
        ("compliance=strict", *STRICT[1:], "entry=cloudfront"),
    ],
    "ca_bundle": _only("ca_bundle", "src/librechat_aws/certificates/rds-global-bundle.pem"),
    "tags": [('tags={Team="a b", CostCenter="4711"}',), ('tags={Name="x"}',), ('tags={Application="Mine"}',)],
}
# What is built depends on these as it does on choices and switches; the other keys are measures and names.
_SHAPES: Final = (
    *("domain", "allowed_cidrs", "nat_gateways", "zones", "vpc_id", "tasks_max"),
    *("variables", "secret_variables", "alarm_email", "monthly_budget_usd", "tags"),
)
_LONG: Final = 12
_WIDE: Final = 6  # of a range of numbers with more values only the ends are tried


def values() -> list[Value]:
    """Every value of every key, in the model's order; LookupError for a key that has neither limits nor samples."""
    return [value for key, info in Settings.model_fields.items() for value in _values_of(key, info)]


def _values_of(key: str, info: FieldInfo) -> Iterator[Value]:
    choices = _SAMPLES.get(key) or [(f"{key}={value}",) for value in _derived(info)]
    if not choices:
        raise LookupError(f"tools/matrix_values.py has no samples of the key {key!r}")
    shape = key in _SHAPES or get_origin(_kind(info)) is Literal or _kind(info) is bool
    for overrides in choices:
        yield Value(key, _label(key, overrides), overrides, shape or overrides is choices[-1])


def _kind(info: FieldInfo) -> Any:
    """What a key holds, None aside."""
    if get_origin(info.annotation) not in (Union, UnionType):
        return info.annotation
    return next(part for part in get_args(info.annotation) if part is not type(None))


def _derived(info: FieldInfo) -> list[object]:
    kind = _kind(info)
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if kind is bool:
        return ["true", "false"]
    limits: dict[str, Any] = {}
    for rule in info.metadata:
        limits |= {name: getattr(rule, name) for name in ("ge", "le") if hasattr(rule, name)}
    if kind not in (int, float) or len(limits) < 2:
        return []
    least, most = limits["ge"], limits["le"]
    return list(range(least, most + 1)) if kind is int and most - least < _WIDE else [least, most]


def _label(key: str, overrides: tuple[str, ...]) -> str:
    """The key's own value, and in brackets what is said with it; of long values only the beginning, or the name."""
    said = dict(override.split("=", 1) for override in overrides)
    own = said.pop(key)
    others = [name if len(text) > _LONG else f"{name}={text}" for name, text in said.items()]
    return (own if len(own) <= 2 * _LONG else f"{own[: 2 * _LONG]}…") + (f" ({', '.join(others)})" if others else "")


def overrides_for(key: str, settings: Settings) -> tuple[str, ...]:
    """What gives a key an effect where `settings` made other choices; () where it has one, or only the mode lacks."""
    needed = what_it_takes(key, settings)
    if any(choice == "mode" for choice, _ in needed):
        return ()
    return tuple(f"{choice}={'true' if value is True else value}" for choice, value in needed)
