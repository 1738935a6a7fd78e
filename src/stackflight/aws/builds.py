"""A text that names builds of CodeBuild -> what their phases and logs say.

A custom resource that starts a build fails with its number, and what went wrong stands with the build alone.
Source: CodeBuild API reference, BatchGetBuilds (phases with their contexts, logs); a build's ARN ends with PROJECT:UUID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stackflight.aws.log_tail import log_tail
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.patterns import compile_later

_BUILD = compile_later(
    r"(?<![\w/-])(?:arn:aws[a-z-]{0,12}:codebuild:[a-z0-9-]{1,30}:\d{12}:build/)?"
    r"([A-Za-z0-9][\w-]{1,149}:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?![\w-])"
)
_MOST = 5
_WELL = {"SUCCEEDED", "IN_PROGRESS", "QUEUED", ""}


def builds_in(*texts: str) -> tuple[str, ...]:
    """The builds that texts name, the last ones last."""
    return tuple(dict.fromkeys(match[1] for text in texts for match in _BUILD.finditer(text)))[-_MOST:]


def tell_builds(ask: Callable[[str], Any], event: Event, ids: tuple[str, ...]) -> Iterator[Evidence]:
    """Phases that failed, with the reason that CodeBuild gives, and the end of the log of each build that failed."""
    for build in ask("codebuild").batch_get_builds(ids=list(ids))["builds"]:
        if build.get("buildStatus", "") in _WELL:
            continue
        for phase in build.get("phases", []):
            if phase.get("phaseStatus", "") not in _WELL:
                said = "; ".join(
                    f"{one.get('statusCode', '')}: {one.get('message', '')}" for one in phase.get("contexts") or []
                )
                text = f"Phase {phase['phaseType']} {phase['phaseStatus']}{': ' + said if said else ''}"
                yield Evidence(EvidenceKind.BUILD, text, event.resource, build["id"])
        logs = build.get("logs") or {}
        if logs.get("groupName") and logs.get("streamName"):
            yield from log_tail(ask, event, logs["groupName"], logs["streamName"], EvidenceKind.BUILD)
