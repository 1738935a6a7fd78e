"""What holds for every bill: it is the sum of its lines, nothing vanishes, and more is never cheaper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml
from bill_files import FOLDER, NAMES, bill_of, world_of
from hypothesis import given, settings
from hypothesis import strategies as st

from stackflight.model.bill import total_of
from stackflight.operate.pricing import price
from stackflight.price.bill import price_world
from stackflight.price.profile import find_usage, profile_names
from stackflight.price.sheet import load_sheet
from stackflight.price.tables import find_rates, is_free

_SIZED: dict[str, tuple[dict[str, Any], str, list[Any]]] = {
    "desired tasks": ({"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": "256", "Memory": "512", "RequiresCompatibilities": ["FARGATE"]}},
                       "It": {"Type": "AWS::ECS::Service", "Properties": {"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "Task"}}}}, "DesiredCount", [0, 1, 2, 7, 40]),
    "size of a disk": ({"It": {"Type": "AWS::EC2::Volume", "Properties": {"VolumeType": "gp3"}}}, "Size", [1, 8, 20, 500, 16000]),
    "operations of a disk": ({"It": {"Type": "AWS::EC2::Volume", "Properties": {"VolumeType": "gp3", "Size": 10}}}, "Iops", [3000, 3001, 9000]),
    "size of an instance": ({"It": {"Type": "AWS::EC2::Instance", "Properties": {}}}, "InstanceType",
                            ["t3.nano", "t3.micro", "t3.small", "t3.medium", "t3.large", "t3.xlarge", "t3.2xlarge"]),
    "storage of a database": ({"It": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro"}}}, "AllocatedStorage", [20, 100, 1000]),
    "zones of a database": ({"It": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres", "DBInstanceClass": "db.m7g.large"}}}, "MultiAZ", [False, True]),
    "class of a database": ({"It": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres"}}}, "DBInstanceClass",
                            ["db.r7g.large", "db.r7g.xlarge", "db.r7g.2xlarge", "db.r7g.4xlarge"]),
    "nodes of a cache": ({"It": {"Type": "AWS::ElastiCache::ReplicationGroup", "Properties": {"Engine": "valkey", "CacheNodeType": "cache.t4g.micro"}}}, "NumCacheClusters", [1, 2, 6]),
    "memory of a function": ({"It": {"Type": "AWS::Lambda::Function", "Properties": {}}}, "MemorySize", [128, 256, 1024, 10240]),
    "zones of an endpoint": ({"It": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Interface"}}}, "SubnetIds", [["a"], ["a", "b"], ["a", "b", "c"]]),
    "retention of logs": ({"It": {"Type": "AWS::Logs::LogGroup", "Properties": {}}}, "RetentionInDays", [1, 7, 30, 365, 3653]),
    "shards": ({"It": {"Type": "AWS::Kinesis::Stream", "Properties": {}}}, "ShardCount", [1, 2, 30]),
    "members of a group": ({"Launch": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": {"InstanceType": "m5.large"}},
                            "It": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"MinSize": "0", "MaxSize": "9", "LaunchConfigurationName": {"Ref": "Launch"}}}}, "DesiredCapacity", [0, 1, 9]),
}  # fmt: skip


@pytest.mark.parametrize("what", _SIZED)
def test_more_is_never_cheaper(what: str) -> None:
    resources, key, values = _SIZED[what]
    totals = []
    for value in values:
        it = {**resources["It"], "Properties": {**resources["It"]["Properties"], key: value}}
        bill = bill_of(yaml.safe_dump({"Resources": {**resources, "It": it}}))
        assert bill.unpriced == ()
        totals.append(bill.total)

    assert totals == sorted(totals)
    assert totals[0] < totals[-1]


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.sampled_from(profile_names()))
@settings(max_examples=40, deadline=None)
def test_a_bill_is_the_sum_of_its_lines(names: list[str], profile: str) -> None:
    bill = bill_of(_joined(names), profile)

    assert bill.total == total_of(charge.monthly for charge in bill.charges) == bill.fixed + bill.usage_total
    assert total_of(bill.by_purpose.values()) == bill.total
    assert bill.least <= bill.total <= bill.most
    assert all(charge.monthly == charge.monthly.quantize(Decimal("0.01")) for charge in bill.charges)


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), st.sampled_from(NAMES))
@settings(max_examples=40, deadline=None)
def test_a_further_stack_never_makes_it_cheaper(names: list[str], more: str) -> None:
    """Of everything but a distribution in front, which carries the traffic at a lower price."""
    if more == "edge":
        return
    assert bill_of(_joined(names)).total <= bill_of(_joined([*names, more])).total


@given(st.sampled_from(NAMES), st.sampled_from(list(find_usage().amounts)), st.integers(2, 50))
@settings(max_examples=40, deadline=None)
def test_more_use_is_never_cheaper(name: str, key: str, times: int) -> None:
    world, sheet = world_of(_joined([name])), load_sheet()
    before = find_usage()
    after = find_usage(own={key: before[key] * times})

    assert price_world("", world, sheet, before).total <= price_world("", world, sheet, after).total


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_priced_free_or_named(name: str) -> None:
    world = world_of(_joined([name]))
    bill = price_world("", world, load_sheet(), find_usage())
    charged = {charge.resource for charge in bill.charges} | {one for charge in bill.charges for one in charge.of}
    named = {one.resource for one in bill.unpriced}

    assert len(charged | named) + sum(bill.free.values()) == len(world.resources) + (name == "models")


def test_a_type_that_nobody_knows_is_named_and_not_zero() -> None:
    bill = bill_of("Resources: {It: {Type: AWS::Made::Up}, Web: {Type: AWS::Lambda::WebFunction}}")

    assert bill.unpriced_types == ("AWS::Lambda::WebFunction", "AWS::Made::Up")
    assert [one.why for one in bill.unpriced] == [
        "there is no meter for this type",
        "web functions are new, and nobody has seen their price in a source yet",
    ]


def test_a_class_that_nobody_knows_is_named_and_not_zero() -> None:
    bill = bill_of("Resources: {It: {Type: AWS::EC2::Instance, Properties: {InstanceType: z9.huge}}}")

    assert [one.why for one in bill.unpriced] == ["EC2, z9.huge Linux on demand has no price here"]


def test_what_a_parameter_decides_is_named() -> None:
    bill = bill_of(
        "Parameters: {Size: {Type: String}}\nResources: {It: {Type: AWS::EC2::Instance, Properties: {InstanceType: !Ref Size}}}"
    )

    assert [one.why for one in bill.unpriced] == ["the instance type is not known; parameter Size decides it"]


def test_a_million_people_pay_by_the_steps_of_their_plan() -> None:
    world = world_of("Resources: {It: {Type: AWS::Cognito::UserPool, Properties: {UserPoolTier: LITE}}}")
    bill = price_world("", world, load_sheet(), find_usage(own={"users": 1_200_000}))

    assert [str(charge.monthly) for charge in bill.charges] == ["550.00", "4140.00", "650.00"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_promised_to_be_saved_is_what_the_meters_say_of_a_changed_copy(name: str) -> None:
    world = world_of(_joined([name]))
    bill = price("", world, find_usage())

    assert all(thrift.monthly >= 1 and thrift.gives_up and thrift.resources for thrift in bill.thrifts)
    assert all(thrift.monthly <= bill.total for thrift in bill.thrifts)


def test_a_smaller_template_written_by_hand_saves_what_is_promised() -> None:
    """Two NAT gateways and one: the difference of the two bills is the saving."""
    two = (FOLDER / "nat-gateways.yaml").read_text(encoding="utf-8")
    lines = [line for line in two.splitlines() if not line.startswith(("  NatB", "  AddressB"))]
    saved = bill_of(two).total - bill_of("\n".join(lines)).total
    promised = {one.advice: one.monthly for one in price("", world_of(two), find_usage()).thrifts}

    assert promised["one NAT gateway instead of 2"] == saved == Decimal("36.50")


def test_endpoints_are_promised_instead_of_nat_only_where_they_reach_all_that_is_called() -> None:
    """NAT 32.85, its address 3.65 and 20 GB at 0.045, less 7.30 for one interface endpoint and 20 GB at 0.01."""
    text = (FOLDER.parent / "nat-for-services.yaml").read_text(encoding="utf-8")
    elsewhere = text.replace(
        'boto3.client("s3")', '__import__("urllib.request").request.urlopen("https://api.example.com/")'
    )
    found = {one.advice: one for one in price("", world_of(text), find_usage()).thrifts}
    saved = found["VPC endpoints for s3 and secretsmanager instead of NAT gateways"]

    assert saved.monthly == Decimal("32.85") + Decimal("3.65") + Decimal("0.90") - Decimal("7.30") - Decimal("0.20")
    assert saved.resources == ("Nat", "Ip", "PrivateRoute")
    assert not any("endpoints" in one.advice for one in price("", world_of(elsewhere), find_usage()).thrifts)


def test_what_stopping_at_night_saves_is_what_a_template_with_those_schedules_saves() -> None:
    """The fragment with schedules, set to the hours that are promised, beside the same without schedules."""
    text = (FOLDER / "hours.yaml").read_text(encoding="utf-8").replace("0 8 * * *", "0 8 * * 1-5")
    text = text.replace("0 20 * * *", "0 18 * * 1-5").replace("30 7 ? * 2-7", "0 8 ? * MON-FRI")
    text = text.replace("30 14 * * ?", "0 18 ? * MON-FRI")
    always = "\n".join(line for line in text.splitlines() if not line.startswith(("  GroupUp", "  GroupDown")))
    always = always[: always.index("  DatabaseUp")]
    promised = {one.advice.partition(" run")[0]: one for one in price("", world_of(always), find_usage()).thrifts}

    assert promised["services, instances and databases"].monthly == bill_of(always).total - bill_of(text).total
    assert promised["services, instances and databases"].resources == ("Group", "Database")


def test_no_type_is_both_free_and_priced() -> None:
    assert not [type for type in find_rates() if is_free(type)]


def _joined(names: list[str]) -> str:
    """The fragments as one template, each with names of its own."""
    blocks = []
    for number, name in enumerate(names):
        text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").removeprefix("Resources:\n")
        blocks.append(_renamed(text, f"S{number}"))
    return "Resources:\n" + "".join(blocks)


def _renamed(text: str, prefix: str) -> str:
    ids = [line.strip().partition(":")[0] for line in text.splitlines() if line.startswith("  ") and line[2] != " "]
    for id in sorted(ids, key=len, reverse=True):
        text = text.replace(f"\n  {id}:", f"\n  {prefix}{id}:").replace(f"!Ref {id}", f"!Ref {prefix}{id}")
        text = text.replace(f"!GetAtt {id}.", f"!GetAtt {prefix}{id}.").replace(f"${{{id}", f"${{{prefix}{id}")
        text = f"  {prefix}{text[2:]}" if text.startswith(f"  {id}:") else text
    return text
