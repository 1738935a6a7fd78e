"""Pipelines: one of type V1 by the month, one of type V2 by the minutes of its actions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import ASSUMED
from stackflight.model.template import Resource
from stackflight.model.value import known_text
from stackflight.price.reading import Reading, Said, Scene, why_unknown

# Source: CodePipeline API, pipelineType: a pipeline with one of these is of type V2, whatever it says.
_OF_V2 = ("Triggers", "Variables")
_ACTIVE = "a pipeline of type V1 is counted as active: older than 30 days, and a change a month goes through it"


def measure_pipeline(resource: Resource, scene: Scene) -> Iterator[Said]:
    """V1 unless the pipeline says or shows otherwise."""
    given = resource.get("PipelineType")
    kind = known_text(given) or ("V1" if given is None else None)
    if kind is None:
        yield why_unknown(given, "its type")
    elif kind == "V2" or any(resource.get(key) is not None for key in _OF_V2):
        yield scene.use(
            "CodePipeline/V2 action minute", "pipeline_minutes", shared=False, item="minutes of its actions"
        )
    else:
        yield Reading("CodePipeline/V1 active pipeline", Decimal(1), basis=ASSUMED, note=_ACTIVE)
