"""Laws of reachability that hold for every network, tried on many."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from towns import Town, att, judge_text, ref, town, with_database, with_function

from stackflight.check.registry import Verdicts
from stackflight.model.finding import Verdict

ENDPOINTS = ("secretsmanager", "s3", "logs", "sts")
EVERYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """A town with some of its parts missing, narrowed or misplaced."""
    built = town(nat=draw(st.booleans()), endpoints=tuple(draw(st.sets(st.sampled_from(ENDPOINTS)))))
    tier = draw(st.sampled_from(["Private", "Public"]))
    with_database(with_function(built, (f"{tier}Subnet1", f"{tier}Subnet2")))
    egress = draw(
        st.sampled_from(
            [None, [], [EVERYWHERE], [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]]
        )
    )
    if egress:
        built.set("Group", SecurityGroupEgress=egress)
    if draw(st.booleans()):
        built.set("DatabaseGroup", SecurityGroupIngress=[])
    if "Nat" in built.resources:
        built.set("Nat", SubnetId=ref(draw(st.sampled_from(["PublicSubnet1", "PrivateSubnet1"]))))
    for name in draw(st.sets(st.sampled_from(["PrivateLink1", "PrivateLink2", "PublicLink1", "PublicRoute"]))):
        built.remove(name)
        built.resources["Init"]["DependsOn"].remove(name)
    if "EndpointSecretsmanager" in built.resources:
        built.set("EndpointSecretsmanager", PrivateDnsEnabled=draw(st.booleans()))
    return built


def answers(verdicts: Verdicts) -> dict[tuple[str, str, str], Verdict]:
    return {
        (reach.need.workload.address.id, reach.need.workload.kind, reach.need.target.title): reach.verdict
        for reach in verdicts.reaches
    }


@st.composite
def additions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A route, rule or gateway endpoint that opens something."""
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}
    return draw(
        st.sampled_from(
            [
                ("AWS::EC2::SecurityGroupEgress", {"GroupId": att("Group", "GroupId"), **rule, "CidrIp": "0.0.0.0/0"}),
                ("AWS::EC2::SecurityGroupIngress", {"GroupId": att("DatabaseGroup", "GroupId"), **rule, "CidrIp": "10.0.0.0/16"}),
                ("AWS::EC2::Route", {"RouteTableId": ref("PrivateTable"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ref("Igw")}),
                (
                    "AWS::EC2::VPCEndpoint",
                    {"VpcId": ref("Vpc"), "ServiceName": "com.amazonaws.eu-west-1.s3", "RouteTableIds": [ref("PrivateTable"), ref("PublicTable")]},
                ),
            ]
        )
    )  # fmt: skip


@relaxed
@given(towns(), additions())
def test_opening_something_never_closes_a_path_and_closing_it_never_opens_one(
    built: Town, addition: tuple[str, dict[str, Any]]
) -> None:
    kind, properties = addition
    if kind == "AWS::EC2::Route" and "PrivateRoute" in built.resources:
        built.remove("PrivateRoute")
        built.resources["Init"]["DependsOn"].remove("PrivateRoute")
    without = answers(built.judge())
    opened = answers(copy.deepcopy(built).add("Added", kind, **properties).judge())
    for need, verdict in without.items():
        assert (verdict, opened[need]) != (Verdict.YES, Verdict.NO), need


def renamed(text: str, names: list[str], order: list[int]) -> str:
    body = json.loads(text)
    new = {name: f"R{number}x" for name, number in zip(names, order, strict=True)}

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"Ref"}:
                return {"Ref": new.get(value["Ref"], value["Ref"])}
            if set(value) == {"Fn::GetAtt"}:
                return {"Fn::GetAtt": [new[value["Fn::GetAtt"][0]], value["Fn::GetAtt"][1]]}
            if "DependsOn" in value:
                value = {**value, "DependsOn": [new[name] for name in value["DependsOn"]]}
            return {key: change(item) if key != "DependsOn" else item for key, item in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    resources = {
        new[name]: change(body["Resources"][name]) for name in sorted(names, key=lambda name: order[names.index(name)])
    }
    return json.dumps({**body, "Resources": resources})


@relaxed
@given(towns(), st.randoms(use_true_random=False))
def test_names_and_order_change_no_verdict(built: Town, random: Any) -> None:
    names = list(built.resources)
    order = list(range(len(names)))
    random.shuffle(order)
    before, after = built.judge(), judge_text(renamed(built.text(), names, order))

    def shape(verdicts: Verdicts) -> Counter[tuple[str, str, str]]:
        return Counter(
            (reach.need.workload.kind, type(reach.need.target).__name__, reach.verdict) for reach in verdicts.reaches
        )

    assert shape(before) == shape(after)
    assert Counter((item.check, item.severity) for item in before.findings) == Counter(
        (item.check, item.severity) for item in after.findings
    )


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict) and set(value) not in ({"Ref"}, {"Fn::GetAtt"}, {"Fn::Sub"}, {"Fn::Select"}):
        return [found for key, item in value.items() for found in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in leaves(item, (*path, index))]
    return [path]


@settings(parent=relaxed, max_examples=150)
@given(towns(), st.data())
def test_an_unknown_input_moves_verdicts_towards_unknown_only(built: Town, data: st.DataObject) -> None:
    before = answers(built.judge())
    name = data.draw(st.sampled_from(sorted(built.resources)))
    places = leaves(built.resources[name]["Properties"])
    if not places:
        return
    *parents, last = data.draw(st.sampled_from(places))
    changed = copy.deepcopy(built)
    holder = changed.resources[name]["Properties"]
    for step in parents:
        holder = holder[step]
    holder[last] = ref("Hidden")
    changed.parameters["Hidden"] = {"Type": "String"}
    after = answers(changed.judge())
    for need, verdict in after.items():
        known = before.get(need)
        if known is Verdict.YES:
            assert verdict in {Verdict.YES, Verdict.UNKNOWN}, (need, name, last)
        if known is Verdict.NO:
            assert verdict in {Verdict.NO, Verdict.UNKNOWN, Verdict.INTERMITTENT}, (need, name, last)
        if known is None:
            assert verdict is not Verdict.NO or name in {"Function", "Database"}, (need, name, last)
