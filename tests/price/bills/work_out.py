"""Bills worked out by hand: what is counted, times how much, times the price that stands in tools/prices.

Nothing of the engine is imported here. Quantities are written out as sums by whoever read the template and the profile
`small` (10 people, 20 messages a day on 22 days, 3,000 and 500 tokens, 10 GB out, 20 GB through NAT, 0.2 million
requests, 10 GB of files, 5 GB and 5 million requests in each database, 176 hours awake, 0.1 GB in a cache, 2 GB of logs,
10 thousand calls of 0.5 s of each function, 0.1 million events, 1 thousand steps, 10 GB of backups, 2 GB of images,
50 thousand requests to keys and secrets, 100 thousand audited events, 100 minutes of each pipeline, 2 who push code).

    python tests/price/bills/work_out.py     writes NAME.csv beside each template
"""

from __future__ import annotations

import csv
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from preset_rows import PRESETS

FOLDER = Path(__file__).parent
TABLES = FOLDER.parents[2] / "tools" / "prices"
HEAD = ("what", "count", "arithmetic", "quantity", "product", "unit_price", "each", "sum")

Row = tuple[str, int, str, str]
"""What it is, how many alike, the arithmetic of one of them, the product."""

NAT, NAT_GB, ADDRESS = "VPC/NAT gateway", "VPC/NAT gateway data processed", "VPC/Public IPv4 address (in use or idle)"
OUT = "DataTransfer/Out to internet (first 10 TB, after 100 GB free)"
SECRET, KEY = "Secrets Manager/Secret", "KMS/Key"
CALLS, X86, ARM = "Lambda/Requests", "Lambda/Duration x86 (first 6B)", "Lambda/Duration ARM (first 7.5B)"

BILLS: dict[str, list[Row]] = {
    "nat-gateways": [
        ("two gateways", 2, "730", NAT),
        ("what goes through both", 1, "20", NAT_GB),
        ("two addresses", 2, "730", ADDRESS),
    ],
    "endpoints": [
        ("logs in two zones", 1, "730 * 2", "VPC/Interface endpoint per zone"),
        ("ecr in one zone", 1, "730", "VPC/Interface endpoint per zone"),
        ("what goes through both", 1, "20", "VPC/Interface endpoint data processed (first 1 PB)"),
    ],
    "public-balancer": [
        ("balancer", 1, "730", "ELB/Application load balancer"),
        ("one capacity unit a GB", 1, "10", "ELB/ALB LCU"),
        ("an address in each zone", 1, "730 * 2", ADDRESS),
        ("out", 1, "10", OUT),
    ],
    "inner-balancer": [
        ("balancer", 1, "730", "ELB/Network load balancer"),
        ("one capacity unit a GB", 1, "10", "ELB/NLB LCU"),
    ],
    "fargate": [
        ("two tasks of half a vCPU", 1, "730 * 2 * 0.5", "ECS Fargate/vCPU Linux x86"),
        ("two tasks of 1 GB", 1, "730 * 2 * 1", "ECS Fargate/Memory Linux x86"),
    ],
    "fargate-arm-scaled": [
        ("two tasks of one vCPU", 1, "730 * 2", "ECS Fargate/vCPU Linux ARM"),
        ("two tasks of 2 GB", 1, "730 * 2 * 2", "ECS Fargate/Memory Linux ARM"),
        ("two addresses", 1, "730 * 2", ADDRESS),
    ],
    "fargate-raised": [
        ("the least number of tasks, of half a vCPU", 1, "730 * 2 * 0.5", "ECS Fargate/vCPU Linux ARM"),
        ("the least number of tasks, of 1 GB", 1, "730 * 2", "ECS Fargate/Memory Linux ARM"),
    ],
    "instance": [
        ("instance", 1, "730", "EC2/t3.medium Linux on demand"),
        ("disk", 1, "30", "EBS/gp3 storage"),
        ("address", 1, "730", ADDRESS),
        ("out", 1, "10", OUT),
    ],
    "group": [
        ("three instances", 1, "730 * 3", "EC2/m6i.large Linux on demand"),
        ("a root volume of 8 GB each", 1, "8 * 3", "EBS/gp3 storage"),
    ],
    "volumes": [
        ("fast", 1, "100", "EBS/gp3 storage"),
        ("beyond 3,000", 1, "4000 - 3000", "EBS/gp3 IOPS over 3000"),
        ("beyond 125", 1, "250 - 125", "EBS/gp3 throughput over 125"),
        ("faster", 1, "50", "EBS/io1 storage"),
        ("all of its operations", 1, "1000", "EBS/io1 IOPS"),
        ("slow", 1, "500", "EBS/st1 storage"),
    ],
    "postgres": [
        ("two zones", 1, "730", "RDS PostgreSQL/db.t4g.small Multi-AZ"),
        ("storage of both", 1, "50", "RDS/gp3/gp2 storage Multi-AZ"),
    ],
    "mysql-io1": [
        ("instance", 1, "730", "RDS MySQL/db.t3.large Single-AZ"),
        ("storage", 1, "100", "RDS/io1 storage"),
        ("operations", 1, "1200", "RDS/io1 IOPS"),
    ],
    "aurora": [
        ("instances", 2, "730", "Aurora PostgreSQL/db.r6g.large"),
        ("storage", 1, "5", "Aurora/Storage standard"),
        ("requests", 1, "5", "Aurora/I/O requests (standard)"),
    ],
    "aurora-serverless": [
        ("half a unit at least", 1, "730 * 0.5", "Aurora/Serverless v2 (standard)"),
        ("storage", 1, "5", "Aurora/Storage standard"),
        ("requests", 1, "5", "Aurora/I/O requests (standard)"),
    ],
    "aurora-pausing": [
        ("half a unit while awake", 1, "176 * 0.5", "Aurora/Serverless v2 (standard)"),
        ("storage with its requests", 1, "5", "Aurora/Storage I/O-optimised"),
    ],
    "documentdb": [
        ("one", 1, "730", "DocumentDB/db.r5.large"),
        ("two", 1, "730", "DocumentDB/db.t3.medium"),
        ("storage", 1, "5", "DocumentDB/Storage standard"),
        ("requests", 1, "5", "DocumentDB/I/O requests (standard)"),
    ],
    "documentdb-serverless": [
        ("one unit at least", 1, "730 * 1", "DocumentDB/Serverless (standard)"),
        ("storage", 1, "5", "DocumentDB/Storage standard"),
        ("requests", 1, "5", "DocumentDB/I/O requests (standard)"),
    ],
    "valkey": [("two shards with a replica each", 1, "730 * 2 * (1 + 1)", "ElastiCache Valkey/cache.t4g.small")],
    "redis": [
        ("one node", 1, "730", "ElastiCache Redis/cache.t3.micro"),
        ("three nodes", 1, "730 * 3", "ElastiCache Redis/cache.r7g.large"),
    ],
    "cache-serverless": [
        ("100 MB at least", 1, "730 * 0.1", "ElastiCache Serverless Valkey/Data stored (minimum 100 MB)"),
        ("requests", 1, "5", "ElastiCache Serverless Valkey/Requests"),
        ("1 GB at least", 1, "730 * 1", "ElastiCache Serverless Redis/Data stored (minimum 1 GB)"),
        ("requests", 1, "5", "ElastiCache Serverless Redis/Requests"),
    ],
    "files": [
        ("objects of both buckets", 1, "10", "S3/Standard storage (first 50 TB)"),
        ("thousands read", 1, "0.2 * 1000", "S3/GET"),
        ("thousands written", 1, "0.1 * 1000", "S3/PUT/COPY/POST/LIST"),
        ("files", 1, "10", "EFS/Standard storage"),
        ("throughput", 1, "4", "EFS/Provisioned throughput"),
    ],
    "edge": [
        ("out", 1, "10", "CloudFront/Out to internet, US/EU first 10 TB (1 TB free)"),
        ("tens of thousands asked", 1, "0.2 * 100", "CloudFront/HTTPS requests"),
        ("calls", 1, "0.2", "CloudFront/Function calls"),
        ("list", 1, "1", "WAF/Web ACL"),
        ("three rules", 1, "3", "WAF/Rule or managed rule group"),
        ("what passes", 1, "0.2", "WAF/Requests"),
        ("zone", 1, "1", "Route53/Hosted zone (first 25)"),
        ("queries", 1, "0.2", "Route53/Standard queries"),
    ],
    "watching": [
        ("slow alarm", 1, "1", "CloudWatch/Alarm, standard resolution"),
        ("fast alarm", 1, "1", "CloudWatch/Alarm, high resolution"),
        ("alarm on two metrics", 1, "2", "CloudWatch/Alarm, standard resolution"),
        ("board", 1, "1", "CloudWatch/Dashboard (first 3 free)"),
        ("logs written", 1, "2", "CloudWatch Logs/Ingestion"),
        ("logs kept for three months", 1, "2 * 3", "CloudWatch Logs/Storage"),
        ("metric", 1, "1", "CloudWatch/Custom metric (first 10k)"),
        ("hundreds of thousands", 1, "100 / 100", "CloudTrail/Data events"),
    ],
    "secrets": [
        ("secrets", 2, "1", SECRET),
        ("tens of thousands", 1, "50 / 10", "Secrets Manager/API calls"),
        ("key", 1, "1", KEY),
        ("tens of thousands", 1, "50 / 10", "KMS/Requests symmetric"),
        ("parameter", 1, "1", "SSM/Advanced parameter"),
    ],
    "functions": [
        ("calls of each", 2, "10 / 1000", CALLS),
        ("512 MB", 1, "10000 * 0.5 * 0.5", X86),
        ("1,024 MB", 1, "10000 * 0.5 * 1", ARM),
        ("REST", 1, "0.2", "API Gateway/REST requests (first 333M)"),
        ("HTTP", 1, "0.2", "API Gateway/HTTP API requests (first 300M)"),
        ("out", 1, "10", OUT),
        ("steps", 1, "1", "Step Functions/Standard transitions"),
    ],
    "messages": [
        ("queue", 1, "0.1", "SQS/Standard requests"),
        ("ordered queue", 1, "0.1", "SQS/FIFO requests"),
        ("topic", 1, "0.1", "SNS/Requests"),
        ("bus", 1, "0.1", "EventBridge/Custom events"),
        ("two shards", 1, "730 * 2", "Kinesis/Shard"),
        ("put", 1, "0.1", "Kinesis/PUT payload units"),
    ],
    "tables": [
        ("read", 1, "0.1", "DynamoDB/On-demand read requests"),
        ("written", 1, "0.1", "DynamoDB/On-demand write requests"),
        ("capacity", 1, "10", "DynamoDB/Read capacity unit"),
        ("capacity", 1, "5", "DynamoDB/Write capacity unit"),
        ("stored in each", 2, "5", "DynamoDB/Storage"),
    ],
    "search": [
        ("two nodes", 1, "730 * 2", "OpenSearch/m6g.large.search"),
        ("their disks", 1, "100 * 2", "OpenSearch/EBS gp3"),
    ],
    "kafka": [
        ("two brokers", 1, "730 * 2", "MSK/kafka.t3.small"),
        ("their disks", 1, "200 * 2", "MSK/Storage"),
    ],
    "kubernetes": [
        ("cluster", 1, "730", "EKS/Cluster, standard support"),
        ("two nodes", 1, "730 * 2", "EC2/m5.large Linux on demand"),
        ("20 GB each", 1, "20 * 2", "EBS/gp2 storage"),
    ],
    "wide-network": [
        ("connection", 1, "730", "VPN/Site-to-site connection"),
        ("attachments", 2, "730", "Transit Gateway/Attachment"),
        ("what goes through", 1, "20", "Transit Gateway/Data processed"),
    ],
    "audit": [
        ("a million events", 1, "100 / 1000", "GuardDuty/CloudTrail management events (first tier)"),
        ("logs", 1, "2", "GuardDuty/VPC flow and DNS logs (first 500 GB)"),
        ("items", 1, "1 * 1000", "Config/Configuration item"),
        ("evaluations", 1, "1 * 1000", "Config/Rule evaluations (first 100k)"),
        ("backups", 1, "10", "Backup/RDS snapshot"),
        ("images", 1, "2", "ECR/Storage"),
        ("authority", 1, "1", "ACM Private CA/Certificate authority, short-lived"),
    ],
    "file-systems": [
        ("Windows in two zones", 1, "300", "FSx Windows/SSD storage Multi-AZ"),
        ("its throughput", 1, "32", "FSx Windows/Throughput Multi-AZ"),
        ("scratch", 1, "1200", "FSx Lustre/SSD storage SCRATCH"),
        ("ONTAP in two zones", 1, "1024", "FSx ONTAP/SSD storage MULTI_AZ_1"),
        ("its throughput", 1, "128", "FSx ONTAP/Throughput MULTI_AZ_1"),
        ("operations beyond three a GB", 1, "4000 - 1024 * 3", "FSx ONTAP/SSD IOPS over 3 a GB MULTI_AZ_1"),
        ("OpenZFS in one zone", 1, "64", "FSx OpenZFS/SSD storage SINGLE_AZ_1"),
        ("its throughput", 1, "64", "FSx OpenZFS/Throughput SINGLE_AZ_1"),
        ("backups", 1, "10", "FSx/Backup"),
    ],
    "spot": [
        ("one task and a quarter of the other four", 1, "730 * (1 + 4 / 4) * 0.5", "ECS Fargate/vCPU Linux x86"),
        ("of 1 GB", 1, "730 * (1 + 4 / 4) * 1", "ECS Fargate/Memory Linux x86"),
        ("three quarters of four tasks", 1, "730 * 4 * 3 / 4 * 0.5", "ECS Fargate/vCPU Spot x86"),
        ("of 1 GB", 1, "730 * 4 * 3 / 4 * 1", "ECS Fargate/Memory Spot x86"),
    ],
    "delivery": [
        ("pipeline of the first type", 1, "1", "CodePipeline/V1 active pipeline"),
        ("minutes of each of the second", 2, "100", "CodePipeline/V2 action minute"),
        ("who pushes", 1, "2", "CodeCommit/Active user"),
    ],
    "people": [
        ("ten people", 1, "10", "Cognito/Essentials"),
        ("ten people", 1, "10", "Cognito/Lite (first 100k)"),
        ("ten people", 1, "10", "Cognito/Plus"),
    ],
    "warm": [
        ("calls", 1, "10 / 1000", CALLS),
        ("512 MB", 1, "10000 * 0.5 * 0.5", ARM),
        ("two kept, 512 MB each", 1, "2 * 0.5 * 730 * 3600", "Lambda/Provisioned concurrency ARM"),
        ("every five minutes", 1, "730 * 60 / 5", "CloudWatch/Canary run"),
        ("alarm on alarms", 1, "1", "CloudWatch/Composite alarm"),
    ],
    "hours": [
        ("twelve hours of every day", 1, "730 * 12 / 24", "EC2/m5.large Linux on demand"),
        ("root volume", 1, "8", "EBS/gp3 storage"),
        ("seven hours on six days of a week of 168", 1, "730 * 6 * 7 / 168", "RDS PostgreSQL/db.t4g.small Single-AZ"),
        ("storage", 1, "50", "RDS/gp3/gp2 storage Single-AZ"),
    ],
    "models": [
        ("10 * 20 * 22 messages", 1, "4400 * 3000 / 1000000", "Bedrock/us.anthropic.claude-sonnet-5 input"),
        ("10 * 20 * 22 answers", 1, "4400 * 500 / 1000000", "Bedrock/us.anthropic.claude-sonnet-5 output"),
        ("documents", 1, "2", "Bedrock/amazon.titan-embed-text-v2:0 input"),
    ],
}

BILLS |= {f"preset-{name}": rows for name, rows in PRESETS.items()}


def read_prices() -> dict[str, Decimal]:
    """Product -> its price in us-east-1; a later table replaces an earlier one."""
    found: dict[str, Decimal] = {}
    for table in ("first.csv", "more.csv", "services.csv"):
        with (TABLES / table).open(encoding="utf-8", newline="") as file:
            found |= {
                f"{row['service']}/{row['item']}": Decimal(row["usd"])
                for row in csv.DictReader(file)
                if row["region"] == "us-east-1"
            }
    return found


def reckon(sum_: str) -> Decimal:
    """A product, quotient, sum or difference of numbers, from left to right but for brackets, exactly."""
    tokens = sum_.replace("(", " ( ").replace(")", " ) ").split()
    value, rest = _terms(tokens)
    if rest:
        raise ValueError(sum_)
    return value


def _terms(tokens: list[str]) -> tuple[Decimal, list[str]]:
    value, rest = _factors(tokens)
    while rest and rest[0] in {"+", "-"}:
        other, after = _factors(rest[1:])
        value, rest = (value + other if rest[0] == "+" else value - other), after
    return value, rest


def _factors(tokens: list[str]) -> tuple[Decimal, list[str]]:
    value, rest = _number(tokens)
    while rest and rest[0] in {"*", "/"}:
        other, after = _number(rest[1:])
        value, rest = (value * other if rest[0] == "*" else value / other), after
    return value, rest


def _number(tokens: list[str]) -> tuple[Decimal, list[str]]:
    if tokens[0] != "(":
        return Decimal(tokens[0]), tokens[1:]
    value, rest = _terms(tokens[1:])
    return value, rest[1:]


def work_out(rows: list[Row], prices: dict[str, Decimal]) -> list[tuple[str, ...]]:
    """The bill as it is written: each line to the cent, and the sum of the lines at the end."""
    made: list[tuple[str, ...]] = []
    total = Decimal("0.00")
    for what, count, arithmetic, product in rows:
        quantity = reckon(arithmetic)
        each = (quantity * prices[product]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        total += each * count
        price = format(prices[product], "f")
        made.append((what, str(count), arithmetic, format(quantity.normalize(), "f"), product, price, str(each), str(each * count)))  # fmt: skip
    return [*made, ("total", "", "", "", "", "", "", str(total))]


def main() -> int:
    """Write every bill."""
    prices = read_prices()
    for name, rows in BILLS.items():
        with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEAD, *work_out(rows, prices)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
