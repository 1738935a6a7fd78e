"""What is worth waking somebody for: one `Watch` per metric, each from a producer that this deployment has.

Units are CloudWatch's own: response times in seconds, memory and storage in bytes or per cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_rds as rds

from librechat_aws import config as c
from librechat_aws.instance.render import METRICS_NAMESPACE
from librechat_aws.parts.compute_ec2 import InstanceApplication
from librechat_aws.parts.compute_ecs import EcsApplication
from librechat_aws.parts.data import Data
from librechat_aws.parts.front_door import FrontDoor

PERIOD = Duration.minutes(1)
GIB = 1024**3


@dataclass(frozen=True)
class Watch:
    """Alarm when `metric` is beyond `threshold` for `minutes` minutes in a row; `below` turns the comparison round.

    `silence_is_bad`: no data at all alarms too. It is set where the producer always reports.
    """

    id: str
    why: str
    metric: cloudwatch.IMetric
    threshold: float
    minutes: int = 5
    below: bool = False
    silence_is_bad: bool = False


def front_door_watches(door: FrontDoor, config: c.Config) -> list[Watch]:
    """The load balancer's view of LibreChat; that there is none is no alarm where it sleeps."""
    balancer, targets = door.load_balancer.metrics, door.targets.metrics
    nobody = Watch(
        "NoHealthyTarget",
        "nobody can use LibreChat",
        targets.healthy_host_count(period=PERIOD, statistic="Minimum"),
        1,
        minutes=3,
        below=True,
        silence_is_bad=True,
    )
    return [
        *([] if config.hours else [nobody]),
        Watch(
            "ServerErrors",
            "LibreChat answers with errors",
            targets.http_code_target(elb.HttpCodeTarget.TARGET_5XX_COUNT, period=PERIOD, statistic="Sum"),
            10,
        ),
        Watch(
            "GatewayErrors",
            "the load balancer cannot get answers",
            balancer.http_code_elb(elb.HttpCodeElb.ELB_5XX_COUNT, period=PERIOD, statistic="Sum"),
            10,
        ),
        Watch(
            "SlowAnswers",
            "answers begin late",
            targets.target_response_time(period=PERIOD, statistic="p95"),
            10,
        ),
    ]


def ecs_watches(application: EcsApplication) -> list[Watch]:
    """CPU and memory of every service, as a share of what its tasks have."""
    found = []
    programs = {
        "LibreChat": application.librechat,
        "RagApi": application.rag_api,
        "Search": application.search,
        "AdminPanel": application.admin_panel,
    }
    for name, program in programs.items():
        if program is not None:
            cpu = program.service.metric_cpu_utilization(period=PERIOD, statistic="Average")
            memory = program.service.metric_memory_utilization(period=PERIOD, statistic="Maximum")
            found.append(Watch(f"{name}Cpu", f"{name} is short of CPU", cpu, 85, minutes=15))
            found.append(Watch(f"{name}Memory", f"{name} is short of memory", memory, 90))
    return found


def instance_watches(application: InstanceApplication) -> list[Watch]:
    """The instance's own metrics, and those that its CloudWatch agent sends."""
    by_group = {"AutoScalingGroupName": application.group.auto_scaling_group_name}
    return [
        Watch("InstanceCpu", "the instance is short of CPU", _metric("AWS/EC2", "CPUUtilization", by_group), 85, 15),
        Watch(
            "InstanceStatus",
            "the instance fails its status checks",
            _metric("AWS/EC2", "StatusCheckFailed", by_group, "Maximum"),
            1,
            minutes=3,
        ),
        Watch(
            "InstanceMemory",
            "the instance is short of memory",
            _metric(METRICS_NAMESPACE, "mem_used_percent", by_group, "Maximum"),
            90,
        ),
        Watch(
            "InstanceDisk",
            "a disk of the instance fills up",
            _metric(METRICS_NAMESPACE, "disk_used_percent", by_group, "Maximum"),
            85,
        ),
    ]


def data_watches(data: Data, config: c.Config) -> list[Watch]:
    """The managed stores."""
    found = []
    if data.documents is not None:
        by_cluster = {"DBClusterIdentifier": data.documents.cluster.cluster_identifier}
        cpu = _metric("AWS/DocDB", "CPUUtilization", by_cluster)
        found.append(Watch("DocumentsCpu", "DocumentDB is short of CPU", cpu, 85, minutes=15))
        memory = _metric("AWS/DocDB", "FreeableMemory", by_cluster, "Minimum")
        found.append(Watch("DocumentsMemory", "DocumentDB is short of memory", memory, 0.1 * GIB, below=True))
    if data.vectors is not None:
        found += _vector_watches(data.vectors.server)
    if data.cache is not None and isinstance(config.cache, c.Valkey):
        for number in range(1, config.cache.replicas + 2):
            # ElastiCache names the nodes of a group after it.
            node = {"CacheClusterId": f"{data.cache.group.ref}-{number:03}"}
            used = _metric("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", node, "Maximum")
            found.append(Watch(f"CacheMemory{number}", "the cache is nearly full", used, 85))
    return found


def _vector_watches(server: rds.DatabaseInstance | rds.DatabaseCluster) -> list[Watch]:
    if isinstance(server, rds.DatabaseInstance):
        cpu = server.metric_cpu_utilization(period=PERIOD)
        space = server.metric_free_storage_space(period=PERIOD, statistic="Minimum")
        return [
            Watch("VectorsCpu", "PostgreSQL is short of CPU", cpu, 85, minutes=15),
            Watch("VectorsSpace", "PostgreSQL is short of disk space", space, 2 * GIB, below=True),
        ]
    by_cluster = {"DBClusterIdentifier": server.cluster_identifier}
    capacity = _metric("AWS/RDS", "ACUUtilization", by_cluster)
    return [Watch("VectorsCapacity", "Aurora is at its largest capacity", capacity, 90, minutes=15)]


def _metric(namespace: str, name: str, dimensions: Mapping[str, str], statistic: str = "Average") -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace, metric_name=name, dimensions_map=dict(dimensions), period=PERIOD, statistic=statistic
    )
