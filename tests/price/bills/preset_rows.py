"""The presets of LibreChat, worked out by hand: quantities written down by whoever read the synthesised templates.

Nothing of the engine is imported here. `work_out.py` multiplies and adds, and says what the profile `small` is.
"""

from __future__ import annotations

Row = tuple[str, int, str, str]

ADDRESS, OUT = (
    "VPC/Public IPv4 address (in use or idle)",
    "DataTransfer/Out to internet (first 10 TB, after 100 GB free)",
)
VCPU, MEMORY = "ECS Fargate/vCPU Linux ARM", "ECS Fargate/Memory Linux ARM"

MODELS: list[Row] = [
    ("10 * 20 * 22 messages", 1, "4400 * 3000 / 1000000", "Bedrock/global.anthropic.claude-sonnet-5 input"),
    ("10 * 20 * 22 answers", 1, "4400 * 500 / 1000000", "Bedrock/global.anthropic.claude-sonnet-5 output"),
]
INDEX: list[Row] = [("documents for retrieval", 1, "2", "Bedrock/amazon.titan-embed-text-v2:0 input")]
FILES: list[Row] = [
    ("files", 1, "10", "S3/Standard storage (first 50 TB)"),
    ("thousands read", 1, "0.2 * 1000", "S3/GET"),
    ("thousands written", 1, "0.1 * 1000", "S3/PUT/COPY/POST/LIST"),
]
LOGS: list[Row] = [("logs written", 1, "2", "CloudWatch Logs/Ingestion")]
MONTH: list[Row] = [("logs kept for a month", 1, "2 * 1", "CloudWatch Logs/Storage")]
YEAR: list[Row] = [("logs kept for a year", 1, "2 * 12", "CloudWatch Logs/Storage")]
BALANCER: list[Row] = [
    ("balancer", 1, "730", "ELB/Application load balancer"),
    ("a capacity unit a GB", 1, "10", "ELB/ALB LCU"),
]
PUBLIC: list[Row] = [("addresses of the balancer in two zones", 1, "730 * 2", ADDRESS), ("out", 1, "10", OUT)]
DOCUMENTS: list[Row] = [
    ("documents", 1, "5", "DocumentDB/Storage standard"),
    ("their requests", 1, "5", "DocumentDB/I/O requests (standard)"),
]
ZONE: list[Row] = [("names of the services", 1, "1", "Route53/Hosted zone (first 25)")]
BOARD: list[Row] = [
    ("board", 1, "1", "CloudWatch/Dashboard (first 3 free)"),
    ("errors counted in the logs", 1, "1", "CloudWatch/Custom metric (first 10k)"),
]
AUDIT: list[Row] = [
    ("keys of files and logs", 2, "1", "KMS/Key"),
    ("tens of thousands", 1, "50 / 10", "KMS/Requests symmetric"),
    ("hundreds of thousands", 1, "100 / 100", "CloudTrail/Data events"),
    ("backups", 1, "10", "Backup/RDS snapshot"),
    ("topic", 1, "0.1", "SNS/Requests"),
]
PAGE: list[Row] = [
    ("out", 1, "10", "CloudFront/Out to internet, US/EU first 10 TB (1 TB free)"),
    ("tens of thousands", 1, "0.2 * 100", "CloudFront/HTTPS requests"),
]
WALL: list[Row] = [
    ("code at the edge", 1, "0.2", "CloudFront/Function calls"),
    ("list", 1, "1", "WAF/Web ACL"),
    ("three managed rules and a rate", 1, "3 + 1", "WAF/Rule or managed rule group"),
    ("what passes", 1, "0.2", "WAF/Requests"),
]


def secrets(number: int) -> list[Row]:
    """So many secrets, and what all of them are asked."""
    return [("secrets", number, "1", "Secrets Manager/Secret"), ("asked", 1, "50 / 10", "Secrets Manager/API calls")]


def gateways(number: int) -> list[Row]:
    """So many NAT gateways with an address each."""
    return [
        ("gateways", number, "730", "VPC/NAT gateway"),
        ("what goes through", 1, "20", "VPC/NAT gateway data processed"),
        ("their addresses", number, "730", ADDRESS),
    ]


def functions(own: int, made_by_cdk: int, machines: int) -> list[Row]:
    """Functions of 256 MB on arm64, of 128 MB on x86, and the machines that wait for them."""
    return [
        ("calls of each", own + made_by_cdk, "10 / 1000", "Lambda/Requests"),
        *([("256 MB", own, "10000 * 0.5 * 0.25", "Lambda/Duration ARM (first 7.5B)")] if own else []),
        ("128 MB", made_by_cdk, "10000 * 0.5 * 0.125", "Lambda/Duration x86 (first 6B)"),
        *([("steps", machines, "1", "Step Functions/Standard transitions")] if machines else []),
    ]


def task(vcpu: str, memory: str) -> list[Row]:
    """One task all month."""
    return [("vCPU", 1, f"730 * {vcpu}", VCPU), ("memory", 1, f"730 * {memory}", MEMORY)]


def alarms(number: int) -> list[Row]:
    """Alarms on a metric each."""
    return [("alarms", number, "1", "CloudWatch/Alarm, standard resolution")]


def valkey(nodes: int, kind: str) -> list[Row]:
    """The nodes of the cache."""
    return [("cache", 1, f"730 * {nodes}", f"ElastiCache Valkey/{kind}")]


PRESETS: dict[str, list[Row]] = {
    "minimal-dev": [
        *MODELS, *FILES, *LOGS, *MONTH, *BALANCER, *PUBLIC, *secrets(6), *functions(0, 1, 0),
        ("instance", 1, "730", "EC2/t4g.medium Linux on demand"), ("its root", 1, "30", "EBS/gp3 storage"),
        ("documents", 1, "20", "EBS/gp3 storage"), ("snapshots", 1, "10", "EBS/snapshot"),
        ("way out", 1, "730", "EC2/t4g.nano Linux on demand"), ("its root", 1, "8", "EBS/gp3 storage"), ("its address", 1, "730", ADDRESS),
    ],
    "standard-dev": [
        *MODELS, *INDEX, *FILES, *LOGS, *MONTH, *BALANCER, *PUBLIC, *secrets(9), *gateways(1), *functions(4, 7, 2), *DOCUMENTS, *ZONE,
        *task("1", "2"), *task("0.5", "2"), *valkey(1, "cache.t4g.micro"),
        ("documents", 1, "730", "DocumentDB/db.t4g.medium"),
        ("vectors", 1, "730", "RDS PostgreSQL/db.t4g.micro Single-AZ"), ("their storage", 1, "20", "RDS/gp3/gp2 storage Single-AZ"),
    ],
    "full-dev": [
        *MODELS, *INDEX, *FILES, *LOGS, *MONTH, *BALANCER, *PUBLIC, *secrets(10), *gateways(1), *functions(4, 7, 3), *DOCUMENTS, *ZONE,
        *BOARD, *task("2", "4"), *task("1", "4"), *task("0.5", "1"), *valkey(1, "cache.t4g.micro"),
        ("documents", 1, "730", "DocumentDB/db.t4g.medium"),
        ("vectors", 1, "730", "RDS PostgreSQL/db.t4g.micro Single-AZ"), ("their storage", 1, "20", "RDS/gp3/gp2 storage Single-AZ"),
    ],
    "serverless-dev": [
        *MODELS, *FILES, *LOGS, *MONTH, *PAGE, *secrets(8), *functions(5, 9, 2), *DOCUMENTS, *valkey(1, "cache.t4g.micro"),
        ("documents, half a unit at least", 1, "730 * 0.5", "DocumentDB/Serverless (standard)"),
        ("way out", 1, "730", "EC2/t4g.nano Linux on demand"), ("its root", 1, "8", "EBS/gp3 storage"), ("its address", 1, "730", ADDRESS),
    ],
    "serverless": [
        *MODELS, *FILES, *LOGS, *YEAR, *PAGE, *secrets(8), *gateways(2), *functions(5, 8, 2), *DOCUMENTS, *valkey(2, "cache.t4g.small"),
        *BOARD, *AUDIT, *alarms(5),
        ("documents, half a unit each at least", 2, "730 * 0.5", "DocumentDB/Serverless (standard)"),
    ],
    "production-ec2": [
        *MODELS, *INDEX, *FILES, *LOGS, *YEAR, *PAGE, *WALL, *BALANCER, *secrets(9), *gateways(1), *functions(2, 4, 1),
        *BOARD, *AUDIT, *alarms(11),
        ("instance", 1, "730", "EC2/t4g.xlarge Linux on demand"), ("its root", 1, "30", "EBS/gp3 storage"), ("documents", 1, "100", "EBS/gp3 storage"),
        ("vectors", 1, "730", "RDS PostgreSQL/db.t4g.medium Single-AZ"), ("their storage", 1, "100", "RDS/gp3/gp2 storage Single-AZ"),
    ],
    "production-ecs": [
        *MODELS, *INDEX, *FILES, *LOGS, *YEAR, *PAGE, *WALL, *BALANCER, *secrets(10), *gateways(2), *functions(4, 7, 3), *DOCUMENTS, *ZONE,
        *BOARD, *AUDIT, *alarms(16), *task("2 * 2", "4 * 2"), *task("1", "4"), *task("0.5", "1"), *valkey(2, "cache.t4g.small"),
        ("documents", 2, "730", "DocumentDB/db.r6g.large"),
        ("vectors, half a unit each at least", 2, "730 * 0.5", "Aurora/Serverless v2 (standard)"),
        ("their storage", 1, "5", "Aurora/Storage standard"), ("their requests", 1, "5", "Aurora/I/O requests (standard)"),
    ],
    "enterprise": [
        *MODELS, *INDEX, *FILES, *LOGS, *YEAR, *PAGE, *WALL, *BALANCER, *secrets(10), *gateways(3), *functions(4, 7, 3), *DOCUMENTS, *ZONE,
        *BOARD, *AUDIT, *alarms(17), *task("4 * 3", "8 * 3"), *task("2", "8"), *task("0.5", "1"), *valkey(3, "cache.m7g.large"),
        ("documents", 3, "730", "DocumentDB/db.r6g.xlarge"),
        ("vectors, two units each at least", 3, "730 * 2", "Aurora/Serverless v2 (standard)"),
        ("their storage", 1, "5", "Aurora/Storage standard"), ("their requests", 1, "5", "Aurora/I/O requests (standard)"),
    ],
}  # fmt: skip
