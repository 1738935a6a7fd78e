"""Where behaviours are tried: a cloud behind its port, a clock that the test moves, and how things are to go wrong.

The simulated cloud is asked directly, or by boto3 over HTTP through the adapter for AWS; behaviours cannot tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import (
    ChangeSet,
    CreateChangeSet,
    CreateStack,
    DeleteStack,
    ExecuteChangeSet,
    OnFailure,
    UpdateStack,
)
from stackflight.model.submission import Submission
from stackflight.model.template import Environment, World
from stackflight.model.value import Value
from stackflight.ports import Cloud
from stackflight.rehearse.clock import VirtualClock
from stackflight.serve.desired import Surroundings, read_desired
from stackflight.serve.weather import Weather

PLACE = Environment("123456789012", "us-east-1")
Story = list[tuple[str, str]]


@dataclass
class Ground:
    """`connect` gives the cloud as a client that has just begun sees it; `publish` puts a template where a URL finds it."""

    connect: Callable[[], Cloud]
    clock: VirtualClock
    weather: Weather
    publish: Callable[[str, str], str]
    fetch: Callable[[str], str | None]
    exports: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cloud = self.connect()

    def sent(self, stack: str, resources: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
        """What an operation is given: the world to play and the submission to send."""
        text = json.dumps({"Resources": resources, **sections})
        around = Surroundings(self.fetch, lambda _: None, self.exports, PLACE)
        capabilities = ("CAPABILITY_NAMED_IAM",)
        world: World = read_desired(stack, {"TemplateBody": text, "Capabilities": capabilities}, around).world
        self.exports.update(world.stack(stack).exports)
        return {"world": world, "submission": Submission(text)}

    def create(self, stack: str, resources: Mapping[str, Any], token: str = "", **sections: Any) -> StackStatus | None:
        """Create a stack and see it to its end."""
        self.cloud.start(CreateStack(stack, **self.sent(stack, resources, **sections), token=token))
        return self.settle(stack)

    def begin(self, stack: str, resources: Mapping[str, Any], **options: Any) -> None:
        """Begin to create a stack."""
        self.cloud.start(CreateStack(stack, **self.sent(stack, resources), **options))

    def update(self, stack: str, resources: Mapping[str, Any], **options: Any) -> StackStatus | None:
        """Update a stack and see it to its end."""
        self.cloud.start(UpdateStack(stack, **self.sent(stack, resources), **options))
        return self.settle(stack)

    def keep(self, stack: str, resources: Mapping[str, Any]) -> StackStatus | None:
        """Create with rollback off."""
        self.begin(stack, resources, on_failure=OnFailure.DO_NOTHING)
        return self.settle(stack)

    def delete(self, stack: str, *retain: str) -> StackStatus | None:
        """Delete a stack and see it to its end."""
        self.cloud.start(DeleteStack(stack, retain))
        return self.settle(stack)

    def propose(self, stack: str, name: str, resources: Mapping[str, Any]) -> ChangeSet:
        """Make a change set and wait until it is computed."""
        self.cloud.start(CreateChangeSet(stack, name, **self.sent(stack, resources)))
        while True:
            found = self.cloud.change_set(stack, name)
            assert found is not None
            if not found.status.endswith(("_PENDING", "_IN_PROGRESS")):
                return found
            self.clock.sleep(1)

    def execute(self, stack: str, name: str, **options: Any) -> StackStatus | None:
        """Execute a change set and see it to its end."""
        self.cloud.start(ExecuteChangeSet(stack, name, **options))
        return self.settle(stack)

    def settle(self, stack: str) -> StackStatus | None:
        """Let time pass until nothing is in progress; the status then."""
        while not self.cloud.finished(stack):
            self.clock.sleep(5)
        return self.cloud.status(stack)

    def until(self, stack: str, resource: str, status: str) -> None:
        """Let time pass until an event has come."""
        while not any((one.resource, one.status) == (resource, status) for one in self.cloud.events(stack)):
            self.clock.sleep(0.2)

    def events(self, stack: str, after: Cursor = START) -> list[Event]:
        """What there is to read from a cursor on."""
        return list(self.cloud.events(stack, after))

    def story(self, stack: str, resource: str = "") -> Story:
        """Who had which status, in order; of one resource, or of all."""
        found = [(one.resource, one.status) for one in self.events(stack)]
        return [one for one in found if resource in {"", one[0]}]

    def statuses(self, stack: str, resource: str) -> list[str]:
        """The statuses of one resource, in order, repetitions left out."""
        return list(dict.fromkeys(status for _, status in self.story(stack, resource)))

    def reason(self, stack: str, resource: str, status: str) -> str:
        """The reason of the last such event."""
        return [one.reason for one in self.events(stack) if (one.resource, one.status) == (resource, status)][-1]

    def times(self, stack: str, resource: str, status: str) -> list[float]:
        """When such events came."""
        return [one.time for one in self.events(stack) if (one.resource, one.status) == (resource, status)]

    def physical(self, stack: str, resource: str) -> str:
        """The newest physical id of a resource."""
        return [one.physical_id for one in self.events(stack) if one.resource == resource and one.physical_id][-1]
