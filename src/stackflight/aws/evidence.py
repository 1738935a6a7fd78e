"""The first failure -> what services say of it, read in threads while the way back destroys it.

Every probe has a time limit, and one that fails is noted and hurts nobody. Sources: API references of the services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from stackflight.aws.session import Session
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind

Ask: TypeAlias = Callable[[str], Any]
"""The client of a service."""

Probe: TypeAlias = Callable[[Ask, Event], Iterator[Evidence]]

_LIMIT_SECONDS = 30.0
_LINES = 40


@dataclass
class Witness:
    """Gathers for one run. `functions` gives the name of the function behind a custom resource, empty where unknown."""

    session: Session
    region: Callable[[str], str]
    functions: Callable[[Event], str] = lambda _: ""
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(6, thread_name_prefix="evidence"))
    _running: dict[Future[list[Evidence]], str] = field(default_factory=dict)

    def start(self, event: Event) -> None:
        """Begin to ask about a failed resource."""
        region = self.region(event.stack.split("/")[0])
        other = region if region != self.session.region else ""

        def ask(service: str) -> Any:
            return self.session.client(service, "", other)

        for name, probe in self._probes(event).items():
            self._running[self._pool.submit(_run, name, probe, ask, event)] = name

    def collect(self) -> list[Evidence]:
        """What has come in since the last time."""
        done = [future for future in self._running if future.done()]
        return [one for future in done for one in self._take(future)]

    def finish(self) -> list[Evidence]:
        """What is still to come, for a short while; what does not answer by then is noted."""
        wait(list(self._running), _LIMIT_SECONDS)
        found = self.collect()
        for name in self._running.values():
            found.append(Evidence(EvidenceKind.MESSAGE, f"{name}: no answer within {_LIMIT_SECONDS:.0f} seconds"))
        self._running.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        return found

    def _take(self, future: Future[list[Evidence]]) -> list[Evidence]:
        del self._running[future]
        return future.result()

    def _probes(self, event: Event) -> dict[str, Probe]:
        found: dict[str, Probe] = {name: probe for types, name, probe in _PROBES if event.type.startswith(types)}
        function = event.physical_id if event.type == "AWS::Lambda::Function" else self.functions(event)
        if function:
            found["function log"] = lambda ask, event: _function_log(ask, event, function)
        if any(word in event.reason.lower() for word in ("denied", "not authorized", "forbidden", "unauthorized")):
            found["CloudTrail"] = _denials
        return found


def _run(name: str, probe: Probe, ask: Ask, event: Event) -> list[Evidence]:
    try:
        return list(probe(ask, event))
    except Exception as error:  # whatever a service does, the deployment goes on
        return [Evidence(EvidenceKind.MESSAGE, f"{name}: could not be read: {error}", event.resource)]


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
            yield from _target_health(ask, event, balancer["targetGroupArn"])


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
            yield from _log(ask, event, options["awslogs-group"], stream)


def _target_health(ask: Ask, event: Event, group: str) -> Iterator[Evidence]:
    for one in ask("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
        health = one["TargetHealth"]
        text = " ".join(health.get(key, "") for key in ("State", "Reason", "Description")).strip()
        yield Evidence(EvidenceKind.TARGET_HEALTH, text, event.resource, str(one["Target"].get("Id", "")))


def _function_log(ask: Ask, event: Event, function: str) -> Iterator[Evidence]:
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    streams = ask("logs").describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True, limit=2)
    for stream in streams["logStreams"]:
        yield from _log(ask, event, group, stream["logStreamName"])


def _log(ask: Ask, event: Event, group: str, stream: str) -> Iterator[Evidence]:
    answer = ask("logs").get_log_events(logGroupName=group, logStreamName=stream, limit=_LINES, startFromHead=False)
    for line in answer["events"]:
        where = f"{group}:{stream}"
        yield Evidence(EvidenceKind.LOG, line["message"].rstrip(), event.resource, where, line["timestamp"] / 1000)


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


def _denials(ask: Ask, event: Event) -> Iterator[Evidence]:
    """Refused calls around the failure; the trail lags by up to fifteen minutes."""
    at = datetime.fromtimestamp(event.time, UTC)
    pages = ask("cloudtrail").get_paginator("lookup_events")
    window = {"StartTime": at - timedelta(minutes=5), "EndTime": at + timedelta(minutes=2)}
    for page in pages.paginate(**window, PaginationConfig={"MaxItems": 500, "PageSize": 50}):
        for one in page["Events"]:
            if '"errorCode"' in one.get("CloudTrailEvent", ""):
                text = f"{one.get('EventSource')} {one.get('EventName')} by {one.get('Username')} was refused"
                yield Evidence(
                    EvidenceKind.TRAIL, text, event.resource, one.get("EventId", ""), _time(one.get("EventTime"))
                )


_PROBES: Sequence[tuple[str, str, Probe]] = (
    ("AWS::ECS::Service", "ECS service", _ecs_service),
    ("AWS::RDS::DBInstance", "database events", _database("rds", "db-instance")),
    ("AWS::RDS::DBCluster", "database events", _database("rds", "db-cluster")),
    ("AWS::DocDB::DBInstance", "database events", _database("docdb", "db-instance")),
    ("AWS::DocDB::DBCluster", "database events", _database("docdb", "db-cluster")),
    ("AWS::ElastiCache::ReplicationGroup", "cache events", _database("elasticache", "replication-group")),
    ("AWS::AutoScaling::AutoScalingGroup", "scaling activities", _activities),
    ("AWS::CertificateManager::Certificate", "certificate validation", _certificate),
)


def _time(when: Any) -> float | None:
    return when.timestamp() if isinstance(when, datetime) else None
