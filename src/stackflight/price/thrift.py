"""World and bill -> what would cost less: each change is made in a copy of the world and metered again.

What is promised is therefore what the meters say. A row names what one gives up; nothing here is advice to do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from json import loads
from typing import TypeAlias

from stackflight.model.bill import Bill, Thrift
from stackflight.model.template import Resource, World
from stackflight.model.usage import Usage
from stackflight.model.value import Address, Reference, Value, as_dict, dig, known_text
from stackflight.price.bill import price_world
from stackflight.price.hours import find_shares
from stackflight.price.sheet import PriceSheet
from stackflight.records import dataclass

_WORTH = Decimal(1)
_SLEEPERS = {"AWS::ECS::Service", "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance", "AWS::RDS::DBInstance", "AWS::DocDB::DBInstance"}  # fmt: skip
_SHORT_RETENTION = 30


@dataclass(frozen=True, slots=True)
class Change:
    """What one would do differently: `resources` says what stands in the place of each, None where it goes."""

    advice: str
    gives_up: str
    resources: dict[Address, Resource | None]
    added: tuple[Resource, ...] = ()


_Finder: TypeAlias = Callable[[World], Iterator[Change]]


def find_thrifts(
    world: World, bill: Bill, sheet: PriceSheet, usage: Usage, more: Iterable[Change] = ()
) -> tuple[Thrift, ...]:
    """What would save a dollar a month or more, the most first; `more` are changes that somebody else has found."""
    found = []
    changes = [change for finder in _FINDERS for change in finder(world)]
    for change in (*changes, *_working_hours(world, bill), *more):
        saved = bill.total - price_world("", change_world(world, change), sheet, usage).total
        if saved >= _WORTH:
            found.append(Thrift(change.advice, change.gives_up, tuple(one.id for one in change.resources), saved))
    return tuple(sorted(found, key=lambda one: (-one.monthly, one.advice)))


def change_world(world: World, change: Change) -> World:
    """A copy of the world with the change made."""
    stacks = []
    for stack in world.stacks:
        resources: dict[str, Resource] = {}
        for id, resource in stack.resources.items():
            other = change.resources.get(resource.address, resource)
            if other is not None:
                resources[id] = other
        resources |= {one.address.id: one for one in change.added if one.address.stack == stack.name}
        stacks.append(replace(stack, resources=resources))
    return World(tuple(stacks), world.code)


def _with(resource: Resource, **properties: Value) -> Resource:
    return replace(resource, properties={**resource.properties, **properties})


def _one_nat(world: World) -> Iterator[Change]:
    gateways = world.by_type.get("AWS::EC2::NatGateway", [])
    if len(gateways) > 1:
        gone: dict[Address, Resource | None] = {one.address: None for one in gateways[1:]}
        for gateway in gateways[1:]:
            address = gateway.get("AllocationId")
            gone |= {one.address: None for one in world.of_type("AWS::EC2::EIP") if _names(address, one.address)}
        yield Change(
            f"one NAT gateway instead of {len(gateways)}",
            "the zones without one lose their way out when its zone is down, and pay for traffic between zones",
            gone,
        )


def _nat_instance(world: World) -> Iterator[Change]:
    gateways = world.by_type.get("AWS::EC2::NatGateway", [])
    if gateways:
        small = {"InstanceType": "t4g.nano"}
        yield Change(
            "a NAT instance (t4g.nano) instead of each NAT gateway",
            "you patch it, one instance carries all traffic, and it is no longer than a restart away from an outage",
            {one.address: Resource(one.address, "AWS::EC2::Instance", dict(small), one.edges) for one in gateways},
        )


def _names(value: Value, address: Address) -> bool:
    return getattr(value, "address", None) == address


@cache
def _chips() -> dict[str, str]:
    found: dict[str, str] = loads(files("stackflight.price").joinpath("chips.json").read_text())["families"]
    return found


def _graviton(world: World) -> Iterator[Change]:
    changed: dict[Address, Resource | None] = {}
    for task in world.of_type("AWS::ECS::TaskDefinition"):
        if known_text(task.get("RuntimePlatform", "CpuArchitecture")) != "ARM64" and known_text(task.get("Cpu")):
            changed[task.address] = _with(task, RuntimePlatform={**as_dict(task.get("RuntimePlatform")), "CpuArchitecture": "ARM64"})  # fmt: skip
    if changed:
        yield Change("Fargate tasks on Graviton (ARM64)", "every image has to be built for arm64", changed)
    moved: dict[Address, Resource | None] = {}
    for type, key in (("AWS::EC2::Instance", "InstanceType"), ("AWS::RDS::DBInstance", "DBInstanceClass"), ("AWS::DocDB::DBInstance", "DBInstanceClass"), ("AWS::ElastiCache::ReplicationGroup", "CacheNodeType"), ("AWS::ElastiCache::CacheCluster", "CacheNodeType"), ("AWS::AutoScaling::LaunchConfiguration", "InstanceType")):  # fmt: skip
        for resource in world.of_type(type):
            kind = _on_graviton(known_text(resource.get(key)))
            if kind:
                moved[resource.address] = _with(resource, **{key: kind})
    for template in world.of_type("AWS::EC2::LaunchTemplate"):
        data = template.get("LaunchTemplateData")
        kind = _on_graviton(known_text(dig(data, "InstanceType")))
        if kind and isinstance(data, dict):
            moved[template.address] = _with(template, LaunchTemplateData={**data, "InstanceType": kind})
    if moved:
        yield Change("the same sizes on Graviton", "what runs on instances has to be built for arm64", moved)


def _on_graviton(kind: str | None) -> str | None:
    before, _, size = (kind or "").rpartition(".")
    head, dot, family = before.rpartition(".")
    other = _chips().get(family)
    return f"{head}{dot}{other}.{size}" if other else None


def _serverless(world: World) -> Iterator[Change]:
    for clusters, instances, floor in (("AWS::DocDB::DBCluster", "AWS::DocDB::DBInstance", 0.5), ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance", 0.5)):  # fmt: skip
        for cluster in world.of_type(clusters):
            members = [
                one for one in world.of_type(instances) if _names(one.get("DBClusterIdentifier"), cluster.address)
            ]
            if not members or any(known_text(one.get("DBInstanceClass")) == "db.serverless" for one in members):
                continue
            limits: Value = {"MinCapacity": floor, "MaxCapacity": 16}
            changed: dict[Address, Resource | None] = {cluster.address: _with(cluster, ServerlessV2ScalingConfiguration=limits)}  # fmt: skip
            changed |= {one.address: _with(one, DBInstanceClass="db.serverless") for one in members}
            yield Change(
                f"{cluster.address.id} serverless, from {floor} units",
                "the amount is that of an idle database: each unit at work costs more than on an instance",
                changed,
            )


def _retention(world: World) -> Iterator[Change]:
    groups = [one for one in world.of_type("AWS::Logs::LogGroup") if _keeps_long(one)]
    if groups:
        yield Change(
            f"logs kept for {_SHORT_RETENTION} days",
            "older logs are gone",
            {one.address: _with(one, RetentionInDays=_SHORT_RETENTION) for one in groups},
        )


def _keeps_long(group: Resource) -> bool:
    days = group.get("RetentionInDays")
    return days is None or (isinstance(days, int) and days > _SHORT_RETENTION)


def _working_hours(world: World, bill: Bill) -> Iterator[Change]:
    """Schedules for what is paid by the hour, all month so far: started at eight and stopped at six on working days."""
    awake = {Address(one.stack, one.resource): None for one in bill.charges if one.type in _SLEEPERS and one.price.unit.endswith("hour")}  # fmt: skip
    scheduled = find_shares(world)
    sleepers = [world.resources[address] for address in awake if address not in scheduled]
    added = [schedule for one in sleepers for schedule in _schedules(one)]
    if added:
        yield Change(
            "services, instances and databases run by schedule, 8 to 18 on five days a week",
            "nobody can use it at other times; for development only",
            {one.address: one for one in sleepers},
            tuple(added),
        )


def _schedules(resource: Resource) -> Iterator[Resource]:
    """The scheduled actions or schedules that start and stop one resource; members of a cluster with their cluster."""
    stack, id = resource.address.stack, resource.address.id
    own: Value = Reference(resource.address)
    if resource.type == "AWS::ECS::Service":
        actions: list[Value] = [{"Schedule": f"cron(0 {hour} ? * MON-FRI *)", "ScalableTargetAction": {"MaxCapacity": most}} for hour, most in ((8, 1), (18, 0))]  # fmt: skip
        yield Resource(Address(stack, f"{id}Hours"), "AWS::ApplicationAutoScaling::ScalableTarget", {"ResourceId": own, "ScheduledActions": actions})  # fmt: skip
        return
    for verb, hour, size in (("start", 8, 1), ("stop", 18, 0)):
        address = Address(stack, f"{id}{verb.title()}")
        if resource.type == "AWS::AutoScaling::AutoScalingGroup":
            wanted: dict[str, Value] = {"AutoScalingGroupName": own, "Recurrence": f"0 {hour} * * 1-5", "DesiredCapacity": size}  # fmt: skip
            yield Resource(address, "AWS::AutoScaling::ScheduledAction", wanted)
            continue
        cluster = resource.get("DBClusterIdentifier")
        service = "ec2" if resource.type == "AWS::EC2::Instance" else "docdb" if "DocDB" in resource.type else "rds"
        what = "Instances" if service == "ec2" else "DBInstance" if cluster is None else "DBCluster"
        target: Value = {"Arn": f"arn:aws:scheduler:::aws-sdk:{service}:{verb}{what}", "Input": own if cluster is None else cluster}  # fmt: skip
        yield Resource(address, "AWS::Scheduler::Schedule", {"ScheduleExpression": f"cron(0 {hour} ? * MON-FRI *)", "Target": target})  # fmt: skip


_FINDERS: tuple[_Finder, ...] = (_one_nat, _nat_instance, _graviton, _serverless, _retention)
