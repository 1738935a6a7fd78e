"""What speaks beside the events: stopped tasks, log lines, target health, trails. Gathered by adapters or read from a text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from stackflight.records import dataclass


class EvidenceKind(StrEnum):
    """Where a piece of evidence comes from."""

    EVENT = "event"
    SERVICE_EVENT = "service-event"
    STOPPED_TASK = "stopped-task"
    EXIT_CODE = "exit-code"
    LOG = "log"
    TARGET_HEALTH = "target-health"
    CUSTOM_RESOURCE = "custom-resource"
    BUILD = "build"
    DATABASE_EVENT = "database-event"
    BALANCER = "balancer"
    TRAIL = "trail"
    HOOK = "hook"
    TEMPLATE = "template"
    MESSAGE = "message"
    UNANSWERED = "unanswered"
    """What could not be asked, and why: it tells of the asking, and of no cause."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence.

    `text` is as AWS or the program wrote it. `resource` is the logical id that it is about, empty where that is not
    known; `where` names its place (a log stream, a task, a file and line). `time` is in seconds since the epoch.
    """

    kind: EvidenceKind
    text: str
    resource: str = ""
    where: str = ""
    time: float | None = None


@dataclass(frozen=True)
class Answer:
    """What a service answered to one question, in its own form: plain data, times as text."""

    service: str
    call: str
    asked: Mapping[str, Any]
    body: Any
