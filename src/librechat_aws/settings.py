"""A preset name or a TOML file and `key=value` overrides in, one validated `Settings` out.

A settings file is `preset = "standard-dev"` and the keys in which the deployment differs from it; every key is a
field of `Settings`. Unknown keys, wrong values and keys without effect are errors that name file and line.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from librechat_aws import versions
from librechat_aws.errors import SettingsError
from librechat_aws.presets import PRESETS

_Mode = Literal["ec2", "ecs"]
_Entry = Literal["trial-http", "https", "cloudfront"]
_Egress = Literal["nat-gateway", "nat-instance", "endpoints", "none"]
_Documents = Literal["documentdb", "documentdb-serverless", "mongodb", "external"]
LOG_DAYS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2557, 3653)


_CLASS: Final = r"^[a-z]+[0-9][a-z0-9-]*\.[a-z0-9-]+$"  # without db., as in t4g.micro
_SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
_Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]([a-z0-9-]*[0-9])?[a-z]$")]
_MODEL: Final = r"^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+(:[0-9a-z]+)*$"  # as in amazon.nova-pro-v1:0
_Model = Annotated[str, StringConstraints(pattern=_MODEL)]
_TagKey = Annotated[str, StringConstraints(pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$", max_length=128)]
_TagValue = Annotated[str, StringConstraints(pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", max_length=256)]


class Settings(BaseModel):
    """Every key of a settings file, its default and its meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field("librechat", description="Prefix of the stack names.", pattern=r"^[a-z][a-z0-9-]{1,22}$")
    mode: _Mode = Field("ecs", description="Where LibreChat runs: one EC2 instance or ECS on Fargate.")
    durability: Literal["disposable", "protected"] = Field(
        "disposable", description="Whether data is deleted with the stack or protected and retained."
    )

    entry: _Entry = Field("trial-http", description="How people reach LibreChat.")
    domain: str | None = Field(
        None,
        description="Host name of LibreChat, e.g. chat.example.com.",
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$",
    )
    certificate_arn: str | None = Field(
        None,
        description="ACM certificate of `domain`; for CloudFront it must be one of us-east-1.",
        pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+$",
    )
    hosted_zone_id: str | None = Field(None, description="Route 53 zone that gets the address record of `domain`.")
    hosted_zone_name: str | None = Field(None, description="Name of that zone, e.g. example.com.")
    allowed_cidrs: list[str] = Field(["0.0.0.0/0"], description="Who may reach a public load balancer.", min_length=1)

    egress: _Egress = Field(
        "nat-gateway",
        description="How workloads leave the VPC. `endpoints` needs the images in private ECR; "
        "`none` synthesises a stack that cannot start and exists to be refused by a check.",
    )
    nat_gateways: int = Field(1, description="Number of NAT gateways, at most one per zone.", ge=1, le=3)
    nat_instance_type: str = Field("t4g.nano", description="Instance type of the NAT instance.", pattern=_CLASS)
    zones: int = Field(2, description="Number of Availability Zones.", ge=2, le=3)
    vpc_cidr: str = Field("10.0.0.0/16", description="Address range of the new VPC, /16 to /20.")
    vpc_id: str | None = Field(
        None, description="An existing VPC to use instead of a new one.", pattern=r"^vpc-[0-9a-f]{8,17}$"
    )
    vpc_zones: list[_Zone] = Field([], description="Zones of the existing VPC's subnets, in subnet order.")
    public_subnet_ids: list[_SubnetId] = Field([], description="Existing public subnets, one per zone.")
    app_subnet_ids: list[_SubnetId] = Field([], description="Existing private subnets with egress, one per zone.")
    data_subnet_ids: list[_SubnetId] = Field([], description="Existing subnets for the data stores, one per zone.")

    instance_type: str = Field("t4g.large", description="EC2 mode: a Graviton instance type.")
    instance_volume_gib: int = Field(30, description="EC2 mode: size of the root volume.", ge=20, le=1000)
    data_volume_gib: int = Field(
        20, description="EC2 mode: size of the volume that holds databases in containers.", ge=10, le=4000
    )
    key_pair: str | None = Field(None, description="EC2 mode: key pair name; SSM works without one.")

    librechat_cpu: int = Field(1024, description="CPU units of a LibreChat task.")
    librechat_memory_mib: int = Field(2048, description="Memory of a LibreChat task.")
    tasks_min: int = Field(1, description="Fewest LibreChat tasks.", ge=1, le=100)
    tasks_max: int = Field(1, description="Most LibreChat tasks.", ge=1, le=100)

    documents: _Documents = Field("documentdb", description="The MongoDB-compatible store.")
    documents_class: str = Field("t4g.medium", description="DocumentDB instance class without `db.`.", pattern=_CLASS)
    documents_instances: int = Field(1, description="DocumentDB instances.", ge=1, le=16)
    documents_min_capacity: float = Field(
        0.5, description="DocumentDB serverless: least DCU, in steps of 0.5.", ge=0.5, le=256, multiple_of=0.5
    )
    documents_max_capacity: float = Field(
        4.0, description="DocumentDB serverless: most DCU, in steps of 0.5.", ge=1, le=256, multiple_of=0.5
    )
    mongo_uri_secret_arn: str | None = Field(
        None,
        description="Complete ARN of the secret with the JSON key `uri` of an external MongoDB, e.g. …:secret:uri-AbCdEf.",
        pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$",
    )

    rag: bool = Field(True, description="Chat with uploaded files: rag_api and PostgreSQL with pgvector.")
    postgres: Literal["rds", "aurora-serverless", "container"] = Field("rds", description="The vector store.")
    postgres_class: str = Field("t4g.micro", description="RDS instance class without `db.`.", pattern=_CLASS)
    postgres_storage_gib: int = Field(20, description="RDS storage.", ge=20, le=16384)
    postgres_multi_az: bool = Field(False, description="A standby in a second zone.")
    aurora_min_capacity: float = Field(
        0.5, description="Aurora: least ACU, in steps of 0.5.", ge=0.5, le=256, multiple_of=0.5
    )
    aurora_max_capacity: float = Field(
        4.0, description="Aurora: most ACU, in steps of 0.5.", ge=1, le=256, multiple_of=0.5
    )
    aurora_readers: int = Field(0, description="Aurora reader instances.", ge=0, le=15)
    rag_cpu: int = Field(512, description="CPU units of a rag_api task.")
    rag_memory_mib: int = Field(1024, description="Memory of a rag_api task.")

    cache: Literal["valkey", "none"] = Field("valkey", description="Shared cache; needed for more than one task.")
    cache_node_type: str = Field("cache.t4g.micro", description="ElastiCache node type.", pattern=r"^cache\..+$")
    cache_replicas: int = Field(0, description="Replicas of the cache.", ge=0, le=5)

    search: bool = Field(False, description="Full-text search over conversations with Meilisearch.")
    search_cpu: int = Field(512, description="CPU units of the Meilisearch task.")
    search_memory_mib: int = Field(1024, description="Memory of the Meilisearch task.")

    models: list[_Model] = Field(
        list(versions.chat_models()),
        description="Bedrock models or inference profiles on offer.",
        min_length=1,
    )
    embedding_model: str = Field(
        versions.embedding_model(), description="Bedrock model that rag_api embeds with.", pattern=_MODEL
    )
    registration: bool = Field(True, description="Whether strangers may register an account.")

    variables: dict[str, str] = Field(
        {}, description="Further variables of LibreChat, e.g. for OpenID; see `optional_variables.py` for the names."
    )
    secret_variables: dict[str, str] = Field(
        {}, description="Further secret variables, each as `ARN of the secret#JSON key`."
    )

    dashboard: bool = Field(False, description="A CloudWatch dashboard.")
    alarms: bool = Field(False, description="CloudWatch alarms on a topic; set by alarm_email as well.")
    alarm_email: str | None = Field(
        None, description="Address that alarms go to.", pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
    )
    access_logs: bool = Field(False, description="Access logs of the load balancer and the bucket.")
    flow_logs: bool = Field(False, description="VPC flow logs.")
    trail: bool = Field(False, description="A CloudTrail trail of this account's management events.")
    web_firewall: bool = Field(False, description="AWS WAF with AWS's managed rules on the load balancer.")
    backup_plan: bool = Field(False, description="AWS Backup, daily, kept for `backup_days`.")
    backup_days: int = Field(1, description="Days that automatic backups are kept.", ge=1, le=35)
    monthly_budget_usd: int | None = Field(None, description="Budget that mails `alarm_email` at 80 %.", ge=1)
    log_days: int = Field(30, description="Days that logs are kept (a retention CloudWatch knows).")
    customer_managed_key: bool = Field(False, description="Encrypt data with an own KMS key.")
    compliance: Literal["none", "strict"] = Field(
        "none", description="`strict` refuses settings that audits of health data object to."
    )

    images: Literal["public", "private-ecr"] | None = Field(
        None, description="Where images come from; default: private ECR with egress by endpoints, else public."
    )
    ca_bundle: str | None = Field(
        None, description="PEM file of RDS authorities to use instead of the one in the package."
    )
    tags: dict[_TagKey, _TagValue] = Field({}, description="Tags on every resource.", max_length=40)


@dataclass(frozen=True)
class Request:
    """Validated settings, the preset they started from, and where each explicit key was written."""

    preset: str
    settings: Settings
    explicit: Mapping[str, str] = field(default_factory=dict)

    def refuse(self, keys: Sequence[str], reason: str, hint: str) -> SettingsError:
        """The error for a combination, pointing at the first of `keys` that a person wrote."""
        place = next((self.explicit[key] for key in keys if key in self.explicit), "")
        return SettingsError(f"{place}: {reason}" if place else reason, hint)


def read_request(source: str, overrides: Sequence[str] = ()) -> Request:
    """Settings from a preset name or a path ending in `.toml`, with `key=value` overrides applied last.

    Raises SettingsError: unknown preset or key, wrong value, unreadable file.
    """
    written, places = _read_file(Path(source)) if source.endswith(".toml") else ({"preset": source}, {})
    for override in overrides:
        key, value = _parse_override(override)
        written[key] = value
        places[key] = f"--set {override}"
    preset = written.pop("preset", None)
    if not isinstance(preset, str):
        raise SettingsError(f"{source}: no preset is named", 'Add a line like: preset = "standard-dev"')
    if preset not in PRESETS:
        raise SettingsError(f"unknown preset {preset!r}", _nearest(preset, PRESETS))
    for key in written:
        if key not in Settings.model_fields:
            place = places.get(key, source)
            raise SettingsError(f"{place}: unknown key {key!r}", _nearest(key, Settings.model_fields))
    settings = _validate({**PRESETS[preset].settings, **written}, places)
    return Request(preset, settings, {key: places.get(key, source) for key in written})


def _read_file(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}", "Give a preset name or a readable .toml") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not a text file", "A settings file is TOML in UTF-8.") from error
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}", 'A line looks like: egress = "nat-gateway"') from error
    places = {key: f"{path}:{_line_of(key, text)}" for key in written}
    return written, places


def _line_of(key: str, text: str) -> int:
    pattern = re.compile(rf"^\s*(\[\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.match(line):
            return number
    return 1


def _parse_override(text: str) -> tuple[str, Any]:
    key, separator, raw = text.partition("=")
    key = key.strip()
    if not separator or not key:
        raise SettingsError(f"--set {text}: not of the form key=value", "For example: --set egress=endpoints")
    try:
        return key, tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return key, raw.strip()


def _validate(values: Mapping[str, Any], places: Mapping[str, str]) -> Settings:
    floats = {key for key, info in Settings.model_fields.items() if info.annotation is float}
    values = {key: float(v) if key in floats and type(v) is int else v for key, v in values.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0])
        place = places.get(key, key)
        about = Settings.model_fields[key].description or ""
        raise SettingsError(f"{place}: {key}: {first['msg']}, not {first['input']!r}", about) from error
    if settings.log_days not in LOG_DAYS:
        nearest = min(LOG_DAYS, key=lambda days: abs(days - settings.log_days))
        place = places.get("log_days", "log_days")
        raise SettingsError(
            f"{place}: log_days: CloudWatch has no retention of {settings.log_days} days", f"Nearest: {nearest}"
        )
    return settings


def _nearest(word: str, known: Mapping[str, object]) -> str:
    matches = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(matches)}?" if matches else f"Known: {', '.join(known)}"
