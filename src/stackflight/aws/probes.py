"""A failed resource -> what the services behind it say: one question each, in the order in which they are told.

Sources: API references of the services.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from stackflight.aws.balancers import balancer_state, group_health, members_health, scaled_group_health
from stackflight.aws.builds import builds_in, tell_builds
from stackflight.aws.log_tail import log_tail
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind

Ask: TypeAlias = Callable[[str], Any]
"""The client of a service."""

Probe: TypeAlias = Callable[[Ask, Event], Iterator[Evidence]]


def _ecs_service(ask: Ask, event: Event) -> Iterator[Evidence]:
    cluster, _, name = event.physical_id.partition(":service/")[2].partition("/")
    if not name:
        return
    ecs = ask("ecs")
    [service] = ecs.describe_services(cluster=cluster, services=[name])["services"]
    for told in service.get("events", [])[:10]:
        when = told.get("createdAt")
        yield Evidence(EvidenceKind.SERVICE_EVENT, told.get("message", ""), event.resource, name, _time(when))
    arns = ecs.list_tasks(cluster=cluster, serviceName=name, desiredStatus="STOPPED")["taskArns"][:5]
    for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []:
        yield from _stopped_task(ask, event, task)
    for balancer in service.get("loadBalancers", []):
        if balancer.get("targetGroupArn"):
            yield from group_health(ask, event, balancer["targetGroupArn"])


def _stopped_task(ask: Ask, event: Event, task: Mapping[str, Any]) -> Iterator[Evidence]:
    id = task["taskArn"].rpartition("/")[2]
    yield Evidence(
        EvidenceKind.STOPPED_TASK, task.get("stoppedReason", ""), event.resource, id, _time(task.get("stoppedAt"))
    )
    definition = ask("ecs").describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    logs = {
        one["name"]: one.get("logConfiguration", {}).get("options", {}) for one in definition["containerDefinitions"]
    }
    for container in task.get("containers", []):
        code = container.get("exitCode")
        said = f"container {container['name']} ended with exit code {code}" if code is not None else ""
        text = ": ".join(part for part in (said, container.get("reason", "")) if part)
        if text:
            yield Evidence(EvidenceKind.EXIT_CODE, text, event.resource, id)
        options = logs.get(container["name"], {})
        if options.get("awslogs-group"):
            stream = f"{options.get('awslogs-stream-prefix', '')}/{container['name']}/{id}".lstrip("/")
            yield from log_tail(ask, event, options["awslogs-group"], stream)


def function_log(ask: Ask, event: Event, function: str) -> Iterator[Evidence]:
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    streams = ask("logs").describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True, limit=2)
    for stream in streams["logStreams"]:
        yield from log_tail(ask, event, group, stream["logStreamName"])


def with_builds(probe: Probe) -> Probe:
    """The same probe, and after it what the builds say that the failure or the evidence names."""

    def probing(ask: Ask, event: Event) -> Iterator[Evidence]:
        texts = [event.reason]
        for one in probe(ask, event):
            texts.append(one.text)
            yield one
        builds = builds_in(*texts)
        if builds:
            yield from tell_builds(ask, event, builds)

    return probing


def _database(service: str, kind: str) -> Probe:
    def probe(ask: Ask, event: Event) -> Iterator[Evidence]:
        answer = ask(service).describe_events(SourceIdentifier=event.physical_id, SourceType=kind, Duration=180)
        for one in answer["Events"][-20:]:
            yield Evidence(
                EvidenceKind.DATABASE_EVENT,
                one.get("Message", ""),
                event.resource,
                event.physical_id,
                _time(one.get("Date")),
            )

    return probe


def _activities(ask: Ask, event: Event) -> Iterator[Evidence]:
    answer = ask("autoscaling").describe_scaling_activities(AutoScalingGroupName=event.physical_id, MaxRecords=10)
    for one in answer["Activities"]:
        text = f"{one.get('StatusCode', '')}: {one.get('StatusMessage') or one.get('Description', '')}"
        yield Evidence(EvidenceKind.SERVICE_EVENT, text, event.resource, event.physical_id, _time(one.get("StartTime")))


def _certificate(ask: Ask, event: Event) -> Iterator[Evidence]:
    found = ask("acm").describe_certificate(CertificateArn=event.physical_id)["Certificate"]
    for one in found.get("DomainValidationOptions", []):
        record = one.get("ResourceRecord", {})
        text = f"{one.get('DomainName')}: {one.get('ValidationStatus')}, waits for {record.get('Name')} {record.get('Type')} {record.get('Value')}"
        yield Evidence(EvidenceKind.SERVICE_EVENT, text, event.resource)


def denials(ask: Ask, event: Event, names: Set[str]) -> Iterator[Evidence]:
    """Refused calls around the failure by the stack's own identities, which are called `names`, or by CloudFormation for it.

    The trail lags by up to fifteen minutes. Filtering by CloudFormation's address alone would miss services that act with a role.
    """
    at = datetime.fromtimestamp(event.time, UTC)
    pages = ask("cloudtrail").get_paginator("lookup_events")
    window = {"StartTime": at - timedelta(minutes=5), "EndTime": at + timedelta(minutes=2)}
    for page in pages.paginate(**window, PaginationConfig={"MaxItems": 500, "PageSize": 50}):
        for one in page["Events"]:
            code = refusal_in(one.get("CloudTrailEvent", ""), names)
            if code:
                text = f"{one.get('EventSource')} {one.get('EventName')} by {one.get('Username')} was refused: {code}"
                yield Evidence(
                    EvidenceKind.TRAIL, text, event.resource, one.get("EventId", ""), _time(one.get("EventTime"))
                )


def refusal_in(record: str, names: Set[str]) -> str:
    """Error code and text of a record of the trail; empty where it went well or is somebody else's."""
    try:
        told = json.loads(record or "{}")
    except ValueError:
        return ""
    if not isinstance(told, dict) or not told.get("errorCode"):
        return ""
    identity = told.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    segments = set(re.split("[/:]", f"{identity.get('arn', '')}/{issuer.get('arn', '')}"))
    ours = bool(segments & names) or told.get("sourceIPAddress") == "cloudformation.amazonaws.com"
    return f"{told['errorCode']}: {told.get('errorMessage', '')}".rstrip(": ") if ours or not names else ""


def silent_function(ask: Ask, event: Event, function: str) -> Iterator[Evidence]:
    """The line with which a custom resource's function ended for good since it was called; none where it may answer yet.

    Source: Lambda Developer Guide, what the runtime writes on timeouts, exits and failed starts.
    """
    for line in function_log(ask, event, function):
        after = line.time is not None and line.time >= event.time - _SLACK_SECONDS
        if after and any(text in line.text for text in _LAST_WORDS):
            said = f"its function has ended without an answer: {line.text}"
            yield Evidence(EvidenceKind.CUSTOM_RESOURCE, said, event.resource, line.where, line.time)
            return


_LAST_WORDS = (
    "Task timed out after",
    "Runtime exited",
    "Runtime.ImportModuleError",
    "Runtime.HandlerNotFound",
    "Status: timeout",
)
_SLACK_SECONDS = 5.0


def hook_annotations(ask: Ask, event: Event) -> Iterator[Evidence]:
    """What hooks that failed say of the stack, with their remedies. Source: API reference, ListHookResults, GetHookResult."""
    cloud = ask("cloudformation")
    found = cloud.list_hook_results(TargetType="STACK", TargetId=event.stack_id)
    for result in found.get("HookResults", []):
        if "FAILED" not in result.get("Status", ""):
            continue
        yield Evidence(
            EvidenceKind.HOOK, result.get("HookStatusReason", ""), event.resource, result.get("TypeName", "")
        )
        told = cloud.get_hook_result(HookResultId=result["HookResultId"])
        for one in told.get("Annotations") or []:
            text = ": ".join(
                one[key] for key in ("AnnotationName", "StatusMessage", "RemediationMessage") if one.get(key)
            )
            yield Evidence(EvidenceKind.HOOK, text, event.resource, result.get("TypeName", ""))


def _interfaces(filter: str) -> Probe:
    """Who owns the network interfaces that keep something from being deleted."""

    def probe(ask: Ask, event: Event) -> Iterator[Evidence]:
        answer = ask("ec2").describe_network_interfaces(Filters=[{"Name": filter, "Values": [event.physical_id]}])
        for one in answer["NetworkInterfaces"]:
            owner = one.get("RequesterId") or one.get("Attachment", {}).get("InstanceId", "") or one.get("OwnerId", "")
            text = f"{one['NetworkInterfaceId']} is {one.get('Status')}: {one.get('Description', '')} (of {owner})"
            yield Evidence(EvidenceKind.SERVICE_EVENT, text, event.resource, one["NetworkInterfaceId"])

    return probe


def _database_state(service: str, member: bool) -> Probe:
    """In which state a database is, and what waits to be changed in it."""

    def probe(ask: Ask, event: Event) -> Iterator[Evidence]:
        client, id = ask(service), event.physical_id
        if member:
            found = client.describe_db_instances(DBInstanceIdentifier=id)["DBInstances"]
            told = [(one.get("DBInstanceStatus"), one.get("PendingModifiedValues")) for one in found]
        else:
            found = client.describe_db_clusters(DBClusterIdentifier=id)["DBClusters"]
            told = [(one.get("Status"), one.get("PendingModifiedValues")) for one in found]
        for status, pending in told:
            text = f"{id} is {status}" + (f", waits to change {', '.join(pending)}" if pending else "")
            yield Evidence(EvidenceKind.DATABASE_EVENT, text, event.resource, id)

    return probe


def _cache_state(ask: Ask, event: Event) -> Iterator[Evidence]:
    groups = ask("elasticache").describe_replication_groups(ReplicationGroupId=event.physical_id)["ReplicationGroups"]
    for one in groups:
        yield Evidence(EvidenceKind.DATABASE_EVENT, f"{event.physical_id} is {one.get('Status')}", event.resource)


def _search_domain(ask: Ask, event: Event) -> Iterator[Evidence]:
    name = event.physical_id.rpartition("/")[2]
    one = ask("opensearch").describe_domain(DomainName=name)["DomainStatus"]
    state = one.get("DomainProcessingStatus") or ("processing" if one.get("Processing") else "at rest")
    change = one.get("ChangeProgressDetails") or {}
    text = f"{name} is {state}" + (f": {change.get('Message')}" if change.get("Message") else "")
    yield Evidence(EvidenceKind.DATABASE_EVENT, text, event.resource, name)


PROBES: Sequence[tuple[str, str, Probe]] = (
    ("AWS::ECS::Service", "ECS service", _ecs_service),
    ("AWS::RDS::DBInstance", "database events", _database("rds", "db-instance")),
    ("AWS::RDS::DBCluster", "database events", _database("rds", "db-cluster")),
    ("AWS::DocDB::DBInstance", "database events", _database("docdb", "db-instance")),
    ("AWS::DocDB::DBCluster", "database events", _database("docdb", "db-cluster")),
    ("AWS::RDS::DBInstance", "database state", _database_state("rds", True)),
    ("AWS::RDS::DBCluster", "database state", _database_state("rds", False)),
    ("AWS::DocDB::DBInstance", "database state", _database_state("docdb", True)),
    ("AWS::DocDB::DBCluster", "database state", _database_state("docdb", False)),
    ("AWS::ElastiCache::ReplicationGroup", "cache state", _cache_state),
    ("AWS::OpenSearchService::Domain", "search domain", _search_domain),
    ("AWS::ElastiCache::ReplicationGroup", "cache events", _database("elasticache", "replication-group")),
    ("AWS::AutoScaling::AutoScalingGroup", "scaling activities", _activities),
    ("AWS::AutoScaling::AutoScalingGroup", "health of its members", scaled_group_health),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "state of the load balancer", balancer_state),
    ("AWS::ElasticLoadBalancing::LoadBalancer", "health of its members", members_health),
    ("AWS::CertificateManager::Certificate", "certificate validation", _certificate),
)


BLOCKERS: Sequence[tuple[str, str, Probe]] = (
    ("AWS::EC2::SecurityGroup", "network interfaces", _interfaces("group-id")),
    ("AWS::EC2::Subnet", "network interfaces", _interfaces("subnet-id")),
    ("AWS::EC2::VPC", "network interfaces", _interfaces("vpc-id")),
)
"""What is asked where something cannot be deleted."""


def _time(when: Any) -> float | None:
    return when.timestamp() if isinstance(when, datetime) else None
