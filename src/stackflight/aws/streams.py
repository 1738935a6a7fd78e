"""A stack and those nested in it -> one stream of events, read from the newest back to what is known.

A nested stack has a stream of its own, found by the ARN that its parent's events show, and read while its parent works
on it and until it has told its own end. Its events before that work began are of other days and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from stackflight.aws.refusals import is_missing
from stackflight.aws.shapes import read_event
from stackflight.model.event import STACK_TYPE, START, Cursor, Event
from stackflight.model.plan import ChangeSet

_SLACK_SECONDS = 1.0
_LOOKS_AT_SILENCE = 3


@dataclass
class _Child:
    """A nested stack: its ARN, since when its parent works on it, its own last status, and whether it has to be read."""

    id: str
    since: float
    status: str = ""
    open: bool = True
    empty: int = 0
    """How often there was nothing to read since its parent is through with it."""


def _is_due(path: str, child: _Child, after: Cursor) -> bool:
    return child.open or (child.status != "" and path not in after.newest)


class Streams:
    """The events of all stacks that are followed. `identify` gives a root stack's ARN or name."""

    def __init__(self, client: Callable[[], Any], identify: Callable[[str], str]) -> None:
        self._client = client
        self._identify = identify
        self._children: dict[str, dict[str, _Child]] = {}
        self._begun: dict[str, float] = {}

    def read(self, stack: str, after: Cursor) -> list[Event]:
        """What is new in a family since a cursor, oldest first.

        A nested stack of which the cursor knows nothing is read from its start. Where one of several questions fails, nothing
        is taken as read.
        """
        if stack not in self._children:
            self._children[stack] = {}
            if after.newest:
                self._discover(stack, after)
        children = self._children[stack]
        found = self._read_one(stack, self._identify(stack), after.newest.get(stack, ""), 0.0)
        self._note_children(stack, found)
        done: set[str] = set()
        while due := [path for path, child in children.items() if _is_due(path, child, after) and path not in done]:
            for path in due:
                done.add(path)
                child = children[path]
                new = self._read_one(path, child.id, after.newest.get(path, ""), child.since)
                child.status = next((event.status for event in reversed(new) if event.of_stack), child.status)
                self._note_children(stack, new)
                found += new
        for path in done:
            self._close(path, children[path], found)
        return sorted(found, key=lambda event: event.time)

    def latest(self, stack: str) -> Cursor:
        """The cursor behind the newest event of a root stack."""
        for answer in self._pages(self._identify(stack)):
            return Cursor({stack: answer["EventId"]})
        return START

    def before_operation(self, stack: str, operations: int = 1) -> Cursor:
        """The cursor before the first event of what was last begun on a root stack, or of the last few things."""
        begun = 0
        for answer in self._pages(self._identify(stack)):
            if begun >= operations:
                return Cursor({stack: answer["EventId"]})
            begun += read_event(answer, stack).begins
        return START

    def has_token(self, stack: str, token: str) -> bool:
        """Whether the stack's newest events were caused by a request with a token."""
        for number, answer in enumerate(self._pages(self._identify(stack))):
            if answer.get("ClientRequestToken") == token:
                return True
            if number >= 100:
                break
        return False

    def with_validation(self, made: ChangeSet, change_set_id: str) -> ChangeSet:
        """A failed change set with the reasons of CloudFormation's own validation, where it tells them."""
        if made.status != "FAILED" or "alidation" not in made.reason:
            return made
        try:
            answer = self._client().describe_events(ChangeSetName=change_set_id, Filters={"FailedEvents": True})
        except ClientError:  # bootstrap roles before version 30 may not ask; the bare reason has to do
            return made
        told = [
            f"{one.get('LogicalResourceId', '')}: {one['ValidationStatusReason']} ({one.get('ValidationPath', '')})"
            for one in answer.get("OperationEvents") or []
            if one.get("ValidationStatusReason")
        ]
        return replace(made, reason="; ".join([made.reason, *told])) if told else made

    def _discover(self, stack: str, after: Cursor) -> None:
        """Somebody else began to follow: find the nested stacks that are worked on since the operation of the cursor."""
        found: list[Event] = []
        passed = False
        for answer in self._pages(self._identify(stack)):
            event = read_event(answer, stack)
            found.append(event)
            passed = passed or event.id == after.newest.get(stack)
            if event.begins and passed:
                break
        self._note_children(stack, list(reversed(found)))

    def _read_one(self, path: str, id: str, newest: str, since: float) -> list[Event]:
        found = []
        for answer in self._pages(id):
            event = read_event(answer, path)
            if event.id == newest or event.time < since - _SLACK_SECONDS:
                break
            found.append(event)
        return list(reversed(found))

    def _note_children(self, root: str, events: list[Event]) -> None:
        children = self._children[root]
        for event in events:
            if event.type != STACK_TYPE or event.of_stack:
                continue
            path = f"{event.stack}/{event.resource}"
            if not event.physical_id.startswith("arn:"):  # about to be made: it may speak before its parent names it
                self._begun[path] = event.time
                continue
            if path not in children or children[path].id != event.physical_id:
                children[path] = _Child(event.physical_id, self._begun.pop(path, event.time))
            children[path].open = True
            children[path].empty = 0

    def _close(self, path: str, child: _Child, found: list[Event]) -> None:
        """Ask no more about what its parent is through with, once it has told its own end or nothing three times."""
        if self._is_left(path, found) or child.empty:
            child.empty = 1 if any(event.stack == path for event in found) else child.empty + 1
            ended = child.status != "" and not child.status.endswith("_IN_PROGRESS")
            child.open = not ended and child.empty < _LOOKS_AT_SILENCE

    def _is_left(self, path: str, events: list[Event]) -> bool:
        """Whether the parent's last word on a nested stack, among these events, is that it is through with it."""
        parent, _, id = path.rpartition("/")
        said = [event for event in events if event.stack == parent and event.resource == id and not event.of_stack]
        return bool(said) and not said[-1].status.endswith("_IN_PROGRESS")

    def _pages(self, id: str) -> Iterator[Any]:
        """Entries of DescribeStackEvents, newest first, as many as are taken; none where there is no such stack."""
        token: dict[str, str] = {}
        while True:
            try:
                answer = self._client().describe_stack_events(StackName=id, **token)
            except ClientError as error:
                if is_missing(error):
                    return
                raise
            yield from answer["StackEvents"]
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}
