"""The choices of a deployment, as sum types. Everything here is resolved; raw settings end in `settings`.

Sizes are in the units of the service: ECS CPU units (1024 = one vCPU), MiB, GiB, USD per month.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from librechat_aws.entries import CloudFront, CloudFrontDomain, Entry, HostedZone, PublicHttps, TrialHttp
from librechat_aws.networks import (
    Egress,
    EndpointsOnly,
    ExistingVpc,
    NatGateways,
    NatInstance,
    Network,
    NewVpc,
    NoEgress,
)
from librechat_aws.providers import endpoints_of
from librechat_aws.stores import (
    AuroraServerless,
    Cache,
    DocumentDb,
    DocumentDbServerless,
    DocumentStore,
    ExternalMongo,
    Meilisearch,
    MongoOnInstance,
    NoCache,
    PostgresOnInstance,
    Rag,
    RdsPostgres,
    Valkey,
    VectorStore,
)

__all__ = [
    "AdminPanel",
    "AuroraServerless",
    "Cache",
    "Chat",
    "CloudFront",
    "CloudFrontDomain",
    "Compliance",
    "Compute",
    "Config",
    "DocumentDb",
    "DocumentDbServerless",
    "DocumentStore",
    "Durability",
    "Ec2",
    "Ecs",
    "Egress",
    "EndpointsOnly",
    "Entry",
    "ExistingVpc",
    "ExternalMongo",
    "HostedZone",
    "Hours",
    "Mail",
    "Meilisearch",
    "MongoOnInstance",
    "NatGateways",
    "NatInstance",
    "Network",
    "NewVpc",
    "NoCache",
    "NoEgress",
    "Operations",
    "PostgresOnInstance",
    "PublicHttps",
    "Rag",
    "RdsPostgres",
    "TrialHttp",
    "UserPool",
    "Valkey",
    "VectorStore",
    "WebFunction",
]


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
    data_snapshot: str | None
    snapshot_days: int
    key_pair: str | None


@dataclass(frozen=True)
class Ecs:
    """Fargate tasks on arm64; the service starts with one task and scales from `tasks_min` to `tasks_max`."""

    cpu: int
    memory_mib: int
    tasks_min: int
    tasks_max: int


@dataclass(frozen=True)
class WebFunction:
    """A Lambda web function; at most so many environments, each with so many requests at once.

    `package` is what `python -m librechat_aws package` wrote; without one the function has the wrapper alone and cannot start.
    """

    max_environments: int
    concurrency: int
    package: Path | None


Compute = Ec2 | Ecs | WebFunction


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
    firewall_rate: int
    web_acl_arn: str | None
    backup_plan: bool
    backup_days: int
    monthly_budget_usd: int | None
    log_days: int
    customer_managed_key: bool
    compliance: Compliance
    termination_protection: bool
    shell: bool


@dataclass(frozen=True)
class Chat:
    """What LibreChat is told: models, who may register, and further variables of its own.

    `secrets` maps a variable to the ARN of a secret and the JSON key in it; `egress_ports` are those on which LibreChat
    calls others, beside 443. `own_yaml` is a person's librechat.yaml as JSON, `named` the variables that it mentions.
    """

    models: tuple[str, ...]
    embedding_model: str
    registration: bool
    variables: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, tuple[str, str]], ...] = ()
    egress_ports: tuple[int, ...] = ()
    own_yaml: str = "{}"
    named: frozenset[str] = frozenset()
    user_pool: UserPool | None = None
    mail: Mail | None = None

    @property
    def endpoints(self) -> str:
        """What LibreChat offers: Bedrock, and what keys and the person's own file bring."""
        own = json.loads(self.own_yaml).get("endpoints", {})
        offered = own if isinstance(own, dict) else {}
        keys = [name for name, _ in self.secrets] + (["AZURE_API_KEY"] if "azureOpenAI" in offered else [])
        return endpoints_of(keys, custom="custom" in offered)


@dataclass(frozen=True)
class Mail:
    """Mail through Amazon SES. `zone` is the one in which the sender's domain proves itself; None: a person writes the records."""

    sender: str
    zone: HostedZone | None

    @property
    def domain(self) -> str:
        return self.sender.partition("@")[2]


@dataclass(frozen=True)
class UserPool:
    """A Cognito user pool in which people have their accounts; no `domain`: one of name and account."""

    domain: str | None


@dataclass(frozen=True)
class AdminPanel:
    """LibreChat's admin panel, a service of its own under a host name of its own."""

    domain: str

    @property
    def address(self) -> str:
        return f"https://{self.domain}"


@dataclass(frozen=True)
class Hours:
    """When LibreChat runs: from one time of day to another, as (hour, minute), on some days of the week."""

    start: tuple[int, int]
    end: tuple[int, int]
    days: str
    time_zone: str


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
    rotation: int = 0
    hours: Hours | None = None
    admin_panel: AdminPanel | None = None

    @property
    def further_names(self) -> tuple[str, ...]:
        """Host names beside the domain under which the way in answers."""
        return (self.admin_panel.domain,) if self.admin_panel else ()

    @property
    def egress(self) -> Egress | None:
        """How workloads leave the VPC; None in an existing VPC, where the owner decides."""
        return self.network.egress if isinstance(self.network, NewVpc) else None

    @property
    def protected(self) -> bool:
        return self.durability is Durability.PROTECTED
