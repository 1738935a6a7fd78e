"""World -> findings on pipelines whose actions ask for artifacts that no earlier action gives.

Source: AWS CodePipeline User Guide (pipeline structure reference: stages, actions, artifacts).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, known_int, known_text, unknowns_in

PIPELINE_REFUSED = Check(
    "pipeline-refused",
    found_when="an action of a pipeline asks for an artifact that no earlier action gives",
    explains="CodePipeline validates the whole structure. Artifacts with unknown names end the judgement.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html",),
)


@finds(PIPELINE_REFUSED)
def find_pipeline_defects(case: Case) -> Iterator[Finding]:
    """Artifacts from nowhere, and source actions in the wrong stage."""
    for pipeline in case.world.of_type("AWS::CodePipeline::Pipeline"):
        stages = pipeline.get("Stages")
        if not isinstance(stages, list) or any(not isinstance(item, dict) for item in stages):
            continue
        produced: dict[str, tuple[int, int]] = {}
        for number, stage in enumerate(stages):
            for action in as_list(as_dict(stage).get("Actions")):
                if unknowns_in(as_dict(action).get("OutputArtifacts")) or not isinstance(action, dict):
                    break
                for name in _artifacts(action, "OutputArtifacts"):
                    produced.setdefault(name, (number, known_int(action.get("RunOrder", 1)) or 1))
            else:
                yield from _stage(case, pipeline, number, stage, produced)
                continue
            break


def _artifacts(action: dict[str, Value], key: str) -> list[str]:
    names = (known_text(as_dict(item).get("Name")) for item in as_list(action.get(key)))
    return [name for name in names if name is not None]


def _stage(
    case: Case, pipeline: Resource, number: int, stage: Value, produced: dict[str, tuple[int, int]]
) -> Iterator[Finding]:
    for index, item in enumerate(as_list(as_dict(stage).get("Actions"))):
        action = as_dict(item)
        name = known_text(action.get("Name")) or f"action {index + 1}"
        order = known_int(action.get("RunOrder", 1)) or 1
        missing = [
            artifact
            for artifact in _artifacts(action, "InputArtifacts")
            if artifact not in produced or produced[artifact] >= (number, order)
        ]
        category = known_text(as_dict(action.get("ActionTypeId")).get("Category"))
        wrong = remedy = ""
        if missing:
            wrong = f"the action {name} has the input artifact {listed(missing)}, which no earlier action gives"
            remedy = f"name one of {listed(sorted(set(produced) - set(missing)))}, or add it to the outputs of an earlier action"
        elif category is not None and (category == "Source") != (number == 0):
            wrong = f"the action {name} is of category {category} in stage {number + 1}; the first stage has source actions only"
            remedy = "put the source actions, and nothing else, into the first stage"
        if wrong:
            yield refused(
                case, PIPELINE_REFUSED, [pipeline.address], f"{pipeline.address} is refused: {wrong}", remedy,
                ("Stages", number, "Actions", index),
            )  # fmt: skip
