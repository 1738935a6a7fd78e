"""Deployments to the simulated cloud, with everything that looks on and keeps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stackflight.local.ledger import LocalLedger
from stackflight.model.moment import Moment, Planned
from stackflight.model.plan import CreateStack
from stackflight.model.run import Run
from stackflight.model.template import Environment, World
from stackflight.operate.deploy import Confirm, Deployment, Order
from stackflight.operate.eta import usual_from_table
from stackflight.operate.lookout import Lookout
from stackflight.operate.watch import Attachment
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.simulator import SimulatedCloud

BEFORE = """
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: one}}
  Role: {Type: AWS::IAM::Role}
"""
AFTER = """
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: two}}
  Role: {Type: AWS::IAM::Role, Properties: {Description: new}}
"""
SMALL = "Resources: {Nat: {Type: AWS::EC2::NatGateway}, Role: {Type: AWS::IAM::Role}}"


class NoFiles:
    """A folder with nothing in it."""

    def read(self, name: str) -> str | None:  # noqa: ARG002
        return None

    def names(self, below: str) -> list[str]:  # noqa: ARG002
        return []

    def show(self, name: str) -> str:
        return name


def world_of(text: str, name: str = "app") -> World:
    return join_stacks([Source(name, parse_template(text, f"{name}.yaml"))], {}, NoFiles(), Environment())


@dataclass
class Watcher:
    """A view that remembers."""

    moments: list[Moment] = field(default_factory=list)

    def show(self, moment: Moment) -> None:
        self.moments.append(moment)

    def of(self, kind: type) -> list[Moment]:
        return [moment for moment in self.moments if isinstance(moment, kind)]


@dataclass
class Stage:
    """A cloud on a virtual clock, a ledger in a folder, and a view."""

    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    watcher: Watcher = field(default_factory=Watcher)

    def __post_init__(self) -> None:
        self.cloud = SimulatedCloud(self.clock)
        self.ledger = LocalLedger(self.folder)

    def holding(self, text: str, name: str = "app") -> Stage:
        self.cloud.start(CreateStack(name, world_of(text, name)))
        self.cloud.settle()
        return self

    def lookout(self, **others: Any) -> Lookout:
        """From where its runs are followed; `others` take the place of its own parts."""
        return replace(
            Lookout(self.cloud, self.clock, self.ledger, self.watcher, usual_from_table(), lambda: 0.5), **others
        )

    def deployment(self, text: str, *, id: str = "r-1", confirm: Confirm = lambda _: True, lookout: Lookout | None = None,
                   **order: object) -> Deployment:  # fmt: skip
        run = Run(id, "app.yaml", ("app",), "maria", "desk", "simulated", "", self.clock.now(), simulated=True)
        self.ledger.save(run)
        wanted = Order(world_of(text), {"app": set()}, **order)  # type: ignore[arg-type]
        return Deployment(wanted, run, lookout or self.lookout(), confirm)

    def attach(self, id: str = "r-1", **others: Any) -> Run:
        """Watch a run to its end."""
        run = self.ledger.run(id)
        assert run is not None
        return Attachment(run, self.lookout(**others)).follow().run


def declined(planned: Planned) -> bool:  # noqa: ARG001
    return False
