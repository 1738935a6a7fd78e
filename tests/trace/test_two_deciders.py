"""The tracer against a simulator of single packets, on random networks: where the tracer is sure, every packet agrees."""

from __future__ import annotations

import pytest
from deciding import compare, contradicts, run
from packets import Packets
from random_networks import random_template

from stackflight.model.finding import Verdict

SEEDS = 2000


@pytest.fixture(scope="module")
def tally():  # type: ignore[no-untyped-def]
    return run(range(SEEDS))


def test_both_deciders_agree_on_every_network(tally) -> None:  # type: ignore[no-untyped-def]
    assert tally.templates == SEEDS
    assert tally.disagreements == []


def test_the_networks_hold_every_construct_and_every_verdict(tally) -> None:  # type: ignore[no-untyped-def]
    wanted = (
        "EC2::VPCPeeringConnection", "EC2::TransitGateway", "EC2::TransitGatewayRoute", "EC2::NetworkAclEntry",
        "EC2::VPCEndpoint", "EC2::NatGateway", "EC2::VPCBlockPublicAccessOptions", "rule that names a group",
    )  # fmt: skip
    assert all(tally.constructs[name] > 50 for name in wanted), tally.constructs
    assert all(tally.verdicts[verdict.value] > 10 for verdict in Verdict), tally.verdicts


def test_what_is_known_is_decided(tally) -> None:  # type: ignore[no-untyped-def]
    assert tally.verdicts["unknown"] < sum(tally.verdicts.values()) / 40


def test_a_decider_that_heeds_no_acl_is_contradicted() -> None:
    class Blind(Packets):
        def acl_lets(self, *_: object) -> bool:
            return True

    assert run(range(300), Blind, stop=True).disagreements


@pytest.mark.parametrize(
    ("verdict", "packets", "wrong"),
    [
        (Verdict.YES, [True, False], True),
        (Verdict.NO, [True, False], True),
        (Verdict.INTERMITTENT, [True, True], True),
        (Verdict.INTERMITTENT, [True, False], False),
        (Verdict.UNKNOWN, [True, False], False),
        (Verdict.NO, [False], False),
    ],
)
def test_a_verdict_is_contradicted_by_packets(verdict: Verdict, packets: list[bool], wrong: bool) -> None:
    assert contradicts(verdict, packets) is wrong


def test_a_seed_is_a_network() -> None:
    assert random_template(7) == random_template(7)
    assert compare(random_template(7)[0])[0]
