"""Commands of our own, run against an endpoint by a clock that skips what is slept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from served_account import Account
from served_templates import text

from stackflight.cli.main import main
from stackflight.local.home import state_folder
from stackflight.local.ledger import LocalLedger

FLAGS = ("--yes", "--no-standard-rules")


@dataclass
class HastyClock:
    """Real time, but whoever sleeps is woken at once; `on_sleep` is called with how often that was."""

    on_sleep: Callable[[int], None] = lambda _: None
    sleeps: int = field(default=0)
    skipped: float = field(default=0.0)

    def now(self) -> float:
        return time.time() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        self.skipped += seconds
        self.on_sleep(self.sleeps)
        time.sleep(0.002)


@dataclass
class Desk:
    """Runs commands against an endpoint."""

    account: Account
    folder: Path
    capsys: pytest.CaptureFixture[str]
    clock: HastyClock = field(default_factory=HastyClock)
    said: str = ""
    told: str = ""
    """What came to stdout."""

    def __call__(self, *arguments: str) -> int:
        self.capsys.readouterr()
        code = main(arguments, self.clock)
        self.told, talk = self.capsys.readouterr()
        self.said = self.told + talk
        return code

    def once_running(self, act: Callable[[int], None]) -> None:
        """From the first sleep on at which the stack is being created: act with the number of that sleep and the next."""
        seen: list[int] = []

        def on_sleep(_: int) -> None:
            if not seen:
                stacks = self.account.cloudformation.describe_stacks()["Stacks"]
                if not any(stack["StackStatus"] == "CREATE_IN_PROGRESS" for stack in stacks):
                    return
            act(len(seen))
            seen.append(1)

        self.clock.on_sleep = on_sleep

    def write(self, name: str, resources: dict[str, object], **sections: object) -> str:
        file = self.folder / name
        file.write_text(text(resources, **sections))  # type: ignore[arg-type]
        return str(file)

    def event_ids(self, stack: str) -> list[str]:
        pages = self.account.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        return [event["EventId"] for page in pages for event in page["StackEvents"]][::-1]

    def kept_ids(self) -> list[str]:
        ledger = LocalLedger(state_folder())
        return [event.id for event in ledger.events(ledger.runs()[0].id)]


OpenDesk = Callable[..., Desk]
