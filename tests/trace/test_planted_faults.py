"""Forty-one mistakes in either decider: each is contradicted by the other one within five thousand random networks."""

from __future__ import annotations

import pytest
from deciding import run
from faults import IN_SIMULATOR, IN_TRACER, planted
from packets import Packets

pytestmark = pytest.mark.slow
SEEDS = range(5000)


@pytest.mark.parametrize("fault", IN_SIMULATOR, ids=lambda item: item.__doc__)
def test_a_fault_of_the_simulator_is_found(fault: type[Packets]) -> None:
    assert run(SEEDS, fault, stop=True).disagreements


@pytest.mark.parametrize("fault", IN_TRACER)
def test_a_fault_of_the_tracer_is_found(fault: str) -> None:
    with planted(fault):
        assert run(SEEDS, stop=True).disagreements
