"""Every key of a settings file: its type, its limits, its default and its meaning. `request` reads the file."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from librechat_aws import versions

_Mode = Literal["ec2", "ecs", "serverless"]
_Entry = Literal["trial-http", "https", "cloudfront"]
_Egress = Literal["nat-gateway", "nat-instance", "endpoints", "none"]
_Documents = Literal["documentdb", "documentdb-serverless", "mongodb", "external"]
LOG_DAYS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2557, 3653)


_CLASS: Final = r"^[a-z]+[0-9][a-z0-9-]*\.[a-z0-9-]+$"  # without db., as in t4g.micro
_SNAPSHOT: Final = r"^(arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:(cluster-)?snapshot:)?[a-zA-Z][a-zA-Z0-9:-]{0,254}$"
_DOMAIN: Final = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$"
_Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
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
    mode: _Mode = Field(
        "ecs", description="Where LibreChat runs: one EC2 instance, ECS on Fargate, or a Lambda web function."
    )
    durability: Literal["disposable", "protected"] = Field(
        "disposable", description="Whether data is deleted with the stack or protected and retained."
    )

    entry: _Entry = Field("trial-http", description="How people reach LibreChat.")
    domain: str | None = Field(
        None,
        description="Host name of LibreChat, e.g. chat.example.com.",
        pattern=_DOMAIN,
    )
    certificate_arn: str | None = Field(
        None,
        description="ACM certificate of `domain`, for CloudFront one of us-east-1; made by itself where hosted_zone_id is given.",
        pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+$",
    )
    hosted_zone_id: str | None = Field(None, description="Route 53 zone that gets the records of `domain`.")
    hosted_zone_name: str | None = Field(None, description="Name of that zone, e.g. example.com.")
    origin_certificate_arn: str | None = Field(
        None,
        description="CloudFront with a domain: ACM certificate of `domain` in the stacks' Region, for the load balancer; "
        "made by itself where hosted_zone_id is given.",
        pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+$",
    )
    admin_domain: str | None = Field(
        None,
        description="ECS mode: host name of LibreChat's admin panel, which runs where this is set; a certificate that is "
        "given has to name it as well.",
        pattern=_DOMAIN,
    )
    allowed_cidrs: list[str] = Field(
        ["0.0.0.0/0"], description="IPv4 ranges from which LibreChat may be reached.", min_length=1
    )
    allowed_countries: list[_Country] = Field(
        [],
        description="Countries (ISO 3166, two letters) from which LibreChat may be reached; none: all.",
        max_length=50,
    )

    egress_ports: list[Annotated[int, Field(ge=1, le=65535)]] = Field(
        [],
        description="Ports beside 443 on which LibreChat calls other hosts; those of its variables are known.",
        max_length=20,
    )
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
    data_snapshot: str | None = Field(
        None,
        description="EC2 mode: EBS snapshot that the data volume is made of; a change makes a new volume.",
        pattern=r"^snap-[0-9a-f]{8,17}$",
    )
    key_pair: str | None = Field(None, description="EC2 mode: key pair name; SSM works without one.")

    awake: str | None = Field(
        None,
        description="Hours in which LibreChat runs, e.g. 07:00-20:00; outside of them no task or instance does.",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
    )
    awake_days: str = Field(
        "MON-FRI",
        description="Days on which `awake` begins.",
        pattern=r"^(MON|TUE|WED|THU|FRI|SAT|SUN)([-,](MON|TUE|WED|THU|FRI|SAT|SUN)){0,6}$",
    )
    time_zone: str = Field(
        "Etc/UTC",
        description="Time zone of `awake`, as in Europe/Berlin.",
        pattern=r"^[A-Z][A-Za-z]+/[A-Za-z_+\-0-9/]+$",
    )

    librechat_cpu: int = Field(1024, description="CPU units of a LibreChat task.")
    librechat_memory_mib: int = Field(2048, description="Memory of a LibreChat task.")
    tasks_min: int = Field(1, description="Fewest LibreChat tasks.", ge=1, le=100)
    tasks_max: int = Field(1, description="Most LibreChat tasks.", ge=1, le=100)

    package: str | None = Field(
        None,
        description="Serverless mode: the package that `python -m librechat_aws package` wrote; relative to this file.",
    )
    max_environments: int = Field(
        2, description="Serverless mode: most environments, of 2 vCPU and 2 GB each.", ge=2, le=100
    )
    concurrency: int = Field(128, description="Serverless mode: requests at once in one environment.", ge=1, le=128)

    documents: _Documents = Field("documentdb", description="The MongoDB-compatible store.")
    documents_class: str = Field("t4g.medium", description="DocumentDB instance class without `db.`.", pattern=_CLASS)
    documents_instances: int = Field(1, description="DocumentDB instances.", ge=1, le=16)
    documents_min_capacity: float = Field(
        0.5, description="DocumentDB serverless: least DCU, in steps of 0.5.", ge=0.5, le=256, multiple_of=0.5
    )
    documents_max_capacity: float = Field(
        4.0, description="DocumentDB serverless: most DCU, in steps of 0.5.", ge=1, le=256, multiple_of=0.5
    )
    documents_snapshot: str | None = Field(
        None,
        description="DocumentDB snapshot (name or ARN) that the cluster is made of; a change makes a new cluster.",
        pattern=_SNAPSHOT,
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
    postgres_snapshot: str | None = Field(
        None,
        description="RDS or Aurora snapshot (name or ARN) that PostgreSQL is made of; a change makes a new one.",
        pattern=_SNAPSHOT,
    )
    rag_cpu: int = Field(512, description="CPU units of a rag_api task.")
    rag_memory_mib: int = Field(2048, description="Memory of a rag_api task.")

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
    registration: bool = Field(
        False, description="Whether strangers may register an account; the first one is the administrator."
    )

    cognito: bool = Field(
        False,
        description="People log in with a Cognito user pool, which is made; with `registration` strangers may join it.",
    )
    cognito_domain: str | None = Field(
        None,
        description="First label of the user pool's login page, unique in its Region; default: name and account.",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    )

    mail_from: str | None = Field(
        None,
        description="Address that LibreChat's mail comes from; SES sends it, with an identity and credentials that are made.",
        pattern=r"^[A-Za-z0-9._%+-]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$",
    )

    librechat_yaml: str | None = Field(
        None,
        description="A librechat.yaml of your own, laid over this app's; the path is relative to the settings file.",
    )
    variables: dict[str, str] = Field(
        {},
        description="Further variables of LibreChat, e.g. for OpenID: those in `optional_variables.json` and in `librechat_yaml`.",
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
    web_firewall: bool = Field(
        False,
        description="AWS WAF before the load balancer, or before CloudFront in serverless mode: AWS's managed rules and a "
        "limit on requests.",
    )
    firewall_rate: int = Field(
        10_000,
        description="Requests in five minutes from one address that AWS WAF lets through.",
        ge=100,
        le=2_000_000_000,
    )
    web_acl_arn: str | None = Field(
        None,
        description="CloudFront: a web ACL of your own, of scope CLOUDFRONT in us-east-1.",
        pattern=r"^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global/webacl/[\w-]+/[0-9a-f-]+$",
    )
    backup_plan: bool = Field(False, description="AWS Backup, daily, kept for `backup_days`.")
    backup_days: int = Field(1, description="Days that automatic backups are kept.", ge=1, le=35)
    monthly_budget_usd: int | None = Field(None, description="Budget that mails `alarm_email` at 80 %.", ge=1)
    log_days: int = Field(30, description="Days that logs are kept (a retention CloudWatch knows).")
    customer_managed_key: bool = Field(False, description="Encrypt data with an own KMS key.")
    compliance: Literal["none", "strict"] = Field(
        "none", description="`strict` refuses settings that audits of health data object to."
    )

    termination_protection: bool = Field(
        False, description="CloudFormation refuses to delete the stacks until it is turned off."
    )
    shell: bool = Field(True, description="ECS mode: whether a shell can be opened in a running container (ECS Exec).")

    images: Literal["public", "private-ecr"] | None = Field(
        None, description="Where images come from; default: private ECR with egress by endpoints, else public."
    )
    rotation: int = Field(
        0, description="Raise it to give the databases new passwords and start the services with them.", ge=0, le=10_000
    )
    ca_bundle: str | None = Field(
        None, description="PEM file of RDS authorities to use instead of the one in the package."
    )
    tags: dict[_TagKey, _TagValue] = Field({}, description="Tags on every resource.", max_length=40)
