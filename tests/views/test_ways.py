"""Who reaches what by which way: what stands together, and how it is called."""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.finding import BLOCKS, PASSES, UNDECIDED, Hop, Verdict
from stackflight.model.need import InternetTarget, Need, Placement, Reach, Route, ServiceTarget, Target, Workload
from stackflight.model.value import Address
from stackflight.views.ways import Way, find_parties, gather_ways

_LOGS, _ECR, _S3 = ServiceTarget("logs"), ServiceTarget("ecr.api"), ServiceTarget("s3")


def _reach(name: str, target: Target, purpose: str, *vias: str, kind: str = "Lambda function") -> Reach:
    need = Need(Workload(Address("Shop", name), kind, Placement((), ())), target, purpose, "")
    return Reach(need, Verdict.YES, tuple(Route("", Verdict.YES, (), via) for via in vias), ", ".join(vias))


def _same(text: str) -> str:
    return text


def test_workloads_with_the_same_needs_and_ways_stand_together() -> None:
    reaches = [_reach(name, _LOGS, "write its logs", "NAT gateway Nat") for name in ("First", "Second")]
    reaches.append(_reach("Third", _LOGS, "write its logs", "interface endpoint Logs"))
    parties = find_parties(reaches, _same)

    assert [[title for title, _ in party.members] for party in parties] == [["First", "Second"], ["Third"]]


def test_workloads_that_stacks_call_alike_are_counted() -> None:
    """Audit, row 14: nineteen functions of nineteen stacks were one "Worker"."""
    reach = _reach("Worker", _LOGS, "write its logs", "NAT gateway Nat")
    elsewhere = replace(reach.need.workload, address=Address("Other", "Worker"))
    [party] = find_parties([reach, replace(reach, need=replace(reach.need, workload=elsewhere))], _same)

    assert len(party.members) == 2
    assert list(party.named.values()) == ["Worker (2 stacks)"]


def test_a_function_and_the_custom_resource_that_it_runs_stand_together() -> None:
    reaches = [_reach("Run", _S3, "call s3", "Nat"), _reach("Migrate", _S3, "call s3", "Nat", kind="custom resource")]
    [party] = find_parties(reaches, _same)

    assert party.members == (("Run", "Lambda function"), ("Migrate", "custom resource"))


def test_targets_of_one_purpose_share_its_brackets_and_calls_need_none() -> None:
    wanted = [(_S3, "pull its image"), (_ECR, "pull its image"), (_LOGS, "call logs"), (InternetTarget(""), "call")]
    [party] = find_parties([_reach("Run", target, purpose, "Nat") for target, purpose in wanted], _same)
    [way] = party.ways

    assert [wish.text for wish in way.wishes] == ["ecr.api and s3 (pull its image)", "logs", "the internet"]


def test_a_target_that_is_wanted_twice_names_both_purposes() -> None:
    reaches = [_reach("Run", _S3, purpose, "Nat") for purpose in ("answer CloudFormation", "call s3", "load its code")]
    [party] = find_parties(reaches, _same)

    assert party.ways[0].wishes[0].text == "s3 (answer CloudFormation; load its code)"


def test_several_gateways_are_one_way_that_names_the_first() -> None:
    [party] = find_parties(
        [_reach("Run", _LOGS, "call logs", "NAT gateway A", "NAT gateway B", "NAT gateway A")], _same
    )

    assert party.ways[0].text == "NAT gateway A and 1 more"
    assert party.ways[0].stations == ("NAT gateway A", "NAT gateway B")


def test_a_small_screen_counts_endpoints_instead_of_naming_each() -> None:
    wanted = [(_LOGS, "write its logs", "Logs"), (_ECR, "pull its image", "Ecr"), (_S3, "pull its image", "S3")]
    reaches = [_reach("Run", target, purpose, f"interface endpoint {name}") for target, purpose, name in wanted]
    [party] = find_parties([*reaches, _reach("Run", InternetTarget(""), "call", "NAT gateway Nat")], _same)
    nat, endpoints = gather_ways(party.ways)

    assert (nat.text, endpoints.text) == ("NAT gateway Nat", "3 interface endpoints")
    assert [wish.text for wish in endpoints.wishes] == ["ecr.api and s3 (pull its image)", "logs (write its logs)"]
    assert endpoints.stations == ("interface endpoint Ecr", "interface endpoint Logs", "interface endpoint S3")


def test_a_way_is_stopped_where_it_is_blocked_and_not_where_it_is_open() -> None:
    """Audit, row 12: the route is not known, the security group is what blocks."""
    hops = (Hop("route", UNDECIDED, "not decidable"), Hop("security group of Db", BLOCKS, "it allows nothing"))
    need = Need(Workload(Address("Shop", "Run"), "Lambda function", Placement((), ())), _S3, "call s3", "")
    [party] = find_parties([Reach(need, Verdict.NO, (Route("", Verdict.NO, hops),))], _same)

    assert party.ways[0].text == "stopped at security group of Db"


def test_open_ways_that_stand_together_keep_their_words() -> None:
    """Audit, row 20: "decided by parameter SubnetIdss"."""
    ways = [Way(Verdict.UNKNOWN, (place,), "open, decided by parameter SubnetIds", ()) for place in ("route", "DNS")]
    [way] = gather_ways(ways)

    assert way.text == "open, decided by parameter SubnetIds"


def test_a_way_is_drawn_hop_by_hop_and_says_why_it_is_wanted() -> None:
    hops = (Hop("group", PASSES, "lets it out"), Hop("table", BLOCKS, "has no route"))
    need = Need(Workload(Address("Shop", "Run"), "task", Placement((), ())), _S3, "call s3", "its code calls s3")
    [party] = find_parties([Reach(need, Verdict.NO, (Route("", Verdict.NO, hops),))], _same)
    [way] = party.ways

    assert [(step.at, step.verdict) for step in way.trail] == [("group", PASSES), ("table", BLOCKS)]
    assert way.because == ("its code calls s3",)
