"""The first failure -> what services say of it, read in threads while the way back destroys it.

Every probe has a time limit, and one that fails is noted and hurts nobody.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from stackflight.aws.answers import Heard
from stackflight.aws.builds import builds_in, tell_builds
from stackflight.aws.operation_errors import operation_errors
from stackflight.aws.probes import (
    BLOCKERS,
    PROBES,
    Ask,
    Probe,
    denials,
    function_log,
    hook_annotations,
    refusal_in,
    silent_function,
    with_builds,
)
from stackflight.aws.session import Session
from stackflight.model.event import Event
from stackflight.model.evidence import Answer, Evidence, EvidenceKind

_LIMIT_SECONDS = 30.0
_TRAIL_AGAIN = (300.0, 900.0)
_SILENCE_SECONDS = 60.0
_TRAIL, _SILENCE = "CloudTrail", "function without an answer"


@dataclass(frozen=True)
class _Due:
    """A question for later; `every` seconds again, as long as it is not dropped."""

    at: float
    name: str
    event: Event
    probe: Probe
    every: float = 0.0


@dataclass
class Witness:
    """Gathers for one run.

    `functions` gives the name of the function behind a custom resource, empty where unknown; `names` what the stacks'
    roles and functions are called; `now` is the clock, seconds.
    """

    session: Session
    region: Callable[[str], str]
    functions: Callable[[Event], str] = lambda _: ""
    names: Callable[[], Set[str]] = frozenset
    now: Callable[[], float] = time.time
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(6, thread_name_prefix="evidence"))
    _running: dict[Future[list[Evidence]], str] = field(default_factory=dict)
    _later: list[_Due] = field(default_factory=list)
    _told: set[Evidence] = field(default_factory=set)
    _answers: deque[Answer] = field(default_factory=deque)

    def start(self, event: Event) -> None:
        """Begin to ask about a failed resource."""
        for name, probe in self._probes(event).items():
            self._ask(name, probe, event)
            if name == _TRAIL:
                self._later += [_Due(self.now() + seconds, name, event, probe) for seconds in _TRAIL_AGAIN]

    def heed(self, events: Iterable[Event]) -> None:
        """Look after custom resources that wait for an answer, and ask about what cannot be deleted."""
        for event in events:
            self._later = [
                one
                for one in self._later
                if one.name != _SILENCE or (one.event.stack, one.event.resource) != (event.stack, event.resource)
            ]
            if event.status == "DELETE_FAILED" and any(event.type == type for type, _, _ in BLOCKERS):
                self.start(event)
            function = self.functions(event) if event.status.endswith("_IN_PROGRESS") else ""
            if function:
                self._later.append(
                    _Due(self.now() + _SILENCE_SECONDS, _SILENCE, event, _of(function), _SILENCE_SECONDS)
                )

    def collect(self) -> list[Evidence]:
        """What has come in since the last time; what is due is asked."""
        due = [one for one in self._later if one.at <= self.now()]
        self._later = [one for one in self._later if one not in due]
        for one in due:
            self._ask(one.name, one.probe, one.event)
            if one.every:
                self._later.append(_Due(self.now() + one.every, one.name, one.event, one.probe, one.every))
        done = [future for future in self._running if future.done()]
        return [one for future in done for one in self._take(future)]

    def finish(self) -> list[Evidence]:
        """What is still to come, for a short while; what does not answer by then is noted."""
        wait(list(self._running), _LIMIT_SECONDS)
        late = any(one.name == _TRAIL for one in self._later)
        self._later.clear()
        found = self.collect()
        for name in self._running.values():
            found.append(Evidence(EvidenceKind.UNANSWERED, f"{name}: no answer within {_LIMIT_SECONDS:.0f} seconds"))
        if late:
            text = "CloudTrail tells up to 15 minutes late; `stackflight diagnose STACK` asks it again"
            found.append(Evidence(EvidenceKind.UNANSWERED, text))
        self._running.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        return found

    def answers(self) -> list[Answer]:
        """What services answered since the last time, as they said it."""
        return [self._answers.popleft() for _ in range(len(self._answers))]

    def _sift(self, call: str, answer: Any) -> Any:
        """Of the trail what was refused to the stack's own identities: all else is other people's."""
        if call != "lookup_events":
            return answer
        ours = [one for one in answer["Events"] if refusal_in(one.get("CloudTrailEvent", ""), self.names())]
        return {**answer, "Events": ours}

    def _ask(self, name: str, probe: Probe, event: Event) -> None:
        region = self.region(event.stack.split("/")[0])
        other = region if region != self.session.region else ""

        def ask(service: str) -> Any:
            return Heard(self.session.client(service, "", other), service, self._answers.append, self._sift)

        self._running[self._pool.submit(_run, name, probe, ask, event)] = name

    def _take(self, future: Future[list[Evidence]]) -> Sequence[Evidence]:
        """What is told for the first time."""
        del self._running[future]
        new = [one for one in dict.fromkeys(future.result()) if one not in self._told]
        self._told |= set(new)
        return new

    def _probes(self, event: Event) -> dict[str, Probe]:
        table = BLOCKERS if event.status == "DELETE_FAILED" else PROBES
        found: dict[str, Probe] = {name: probe for type, name, probe in table if event.type == type}
        function = event.physical_id if event.type == "AWS::Lambda::Function" else self.functions(event)
        reason = event.reason.lower()
        if function:
            found["function log"] = with_builds(lambda ask, event: function_log(ask, event, function))
        elif builds_in(event.reason):
            found["builds"] = lambda ask, event: tell_builds(ask, event, builds_in(event.reason))
        if any(word in reason for word in ("denied", "not authorized", "forbidden", "unauthorized")):
            found[_TRAIL] = lambda ask, event: denials(ask, event, self.names())
        if event.operation and event.status != "DELETE_FAILED":
            found["operation"] = operation_errors
        if "hook" in reason and event.stack_id:
            found["hook annotations"] = hook_annotations
        return found


def _of(function: str) -> Probe:
    return lambda ask, event: silent_function(ask, event, function)


def _run(name: str, probe: Probe, ask: Ask, event: Event) -> list[Evidence]:
    try:
        return list(probe(ask, event))
    except Exception as error:  # whatever a service does, the deployment goes on
        return [Evidence(EvidenceKind.UNANSWERED, f"{name}: could not be read: {error}", event.resource)]
