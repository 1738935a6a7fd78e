"""Worlds for the tests of the rehearsal: from templates written in the test, or drawn at random."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from stackflight.model.event import Event
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.rehearse.behaviour import Behaviour, Fault
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.simulator import SimulatedCloud


@dataclass(frozen=True)
class MemoryFolder:
    """Files by name."""

    files: Mapping[str, str] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        return self.files.get(name)

    def names(self, below: str) -> list[str]:
        return sorted(name for name in self.files if name.startswith(below))

    def show(self, name: str) -> str:
        return name


def world_of(text: str, name: str = "app", **nested: str) -> World:
    """One root stack from a template's text; `nested` are further templates, read as FILE.yaml."""
    folder = MemoryFolder({f"{file}.yaml": body for file, body in nested.items()})
    return join_stacks([Source(name, parse_template(text, f"{name}.yaml"))], {}, folder)


def worlds_of(*sources: tuple[str, str, tuple[str, ...]]) -> World:
    """Several root stacks: (name, text, names of the stacks it depends on)."""
    made = [Source(name, parse_template(text, f"{name}.yaml"), depends_on=before) for name, text, before in sources]
    return join_stacks(made, {}, MemoryFolder())


def cloud_with(
    faults: Mapping[tuple[Address, str], Fault] | None = None, behaviour: Behaviour | None = None
) -> SimulatedCloud:
    """A fresh cloud."""
    return SimulatedCloud(VirtualClock(), behaviour, faults)


def lines(events: Any, stack: str = "") -> list[str]:
    """Events as `RESOURCE STATUS`, those of one stack where a name is given."""
    return [f"{event.resource} {event.status}" for event in events if not stack or event.stack == stack]


def last_status(events: Any) -> dict[tuple[str, str], Event]:
    """The newest event per stack and resource."""
    return {(event.stack, event.resource): event for event in events}


TYPES = (
    "AWS::S3::Bucket",
    "AWS::IAM::Role",
    "AWS::EC2::NatGateway",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
    "AWS::KMS::Key",
    "Custom::Thing",
    "AWS::RDS::DBInstance",
)


FIXED = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "Path",
    "AWS::EC2::NatGateway": "SubnetId",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SQS::Queue": "FifoQueue",
    "AWS::RDS::DBInstance": "Timezone",
}
"""A property per type that cannot be changed in place."""

NESTED = ("first", "second")
kinds = st.lists(st.sampled_from((*TYPES, *NESTED)), min_size=1, max_size=9)


@st.composite
def templates(draw: st.DrawFn, types: list[str]) -> dict[str, Any]:
    """A template's body: a resource of each type (or nested file) in turn, some left out, linked in all ways."""
    resources: dict[str, Any] = {}
    for index, kind in enumerate(types):
        if index and draw(st.integers(0, 5)) == 0:
            continue
        earlier = list(resources)
        needed = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        made: dict[str, Any] = {"Type": kind, "Properties": {}}
        if kind in NESTED:
            made = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"{kind}.yaml"}}
        elif kind in FIXED:
            made["Properties"][FIXED[kind]] = f"v{draw(st.integers(0, 2))}"
        made["DependsOn"] = needed[:1]
        made["Properties"]["Links"] = [{"Ref": other} for other in needed[1:]]
        made["Properties"]["Marker"] = draw(st.integers(0, 2))
        policy = draw(st.sampled_from((None, None, "Delete", "Retain", "RetainExceptOnCreate")))
        if policy is not None:
            made["DeletionPolicy"] = policy
        resources[f"R{index}"] = made
    return {"Resources": resources}


@st.composite
def worlds(draw: st.DrawFn, types: list[str] | None = None) -> World:
    """A stack of up to nine resources, two kinds of nested stack among them."""
    inner = {
        name: json.dumps(draw(templates(["Custom::Thing", "AWS::IAM::Role", "AWS::SQS::Queue"]))) for name in NESTED
    }
    body = draw(templates(types if types is not None else draw(kinds)))
    return world_of(json.dumps(body), **inner)


@st.composite
def faults_for(draw: st.DrawFn, world: World, operations: tuple[str, ...] = ("create",)) -> dict[Any, Fault]:
    """Up to three faults on resources of a world, at once or later, some without any answer."""
    addresses = sorted(world.resources)
    chosen = draw(st.lists(st.sampled_from(addresses), max_size=3, unique=True))
    return {
        (address, draw(st.sampled_from(operations))): Fault(
            "injected", draw(st.sampled_from((None, 0.5, 40.0, 3600.0))), draw(st.booleans())
        )
        for address in chosen
    }


behaviours = st.builds(Behaviour, seed=st.integers(0, 5), run=st.integers(-1, 3))
