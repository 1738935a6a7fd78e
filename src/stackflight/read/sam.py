"""A SAM template -> the template that CloudFormation's own transform makes of it, by AWS's own translator.

The translator is an extra and is loaded only where a template asks for it. It reads nothing and asks nobody here: what the
account would have to say stays as it is written. Code and images that are built from local folders have no place yet;
the functions keep the folder, so that their code is read. Source: AWS SAM Developer Guide, AWS::Serverless transform.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.budgets import SAM_ROUNDS
from stackflight.model.template import Raw
from stackflight.model.value import Unknown
from stackflight.read.sam_symbols import Symbols
from stackflight.records import dataclass

TRANSFORM = "AWS::Serverless-2016-10-31"
_PREFIX = "AWS::Serverless::"
_LOCAL = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
_PLACE = "s3://built-at-deployment/"
_GET = "aws cloudformation get-template --template-stage Processed --stack-name NAME"


@dataclass(frozen=True)
class Expanded:
    """`origins` leads from the id of a resource that the translator made to the one that it was made for, `unread` says
    what stayed as it was."""

    body: dict[str, Raw]
    origins: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Unknown, ...] = ()


def is_sam(body: Mapping[str, Raw]) -> bool:
    """Whether a template asks for the transform."""
    given = body.get("Transform")
    return TRANSFORM in given if isinstance(given, list) else given == TRANSFORM


def expand_sam(body: dict[str, Raw], file: str) -> Expanded:
    """The template without resources of SAM. Raises UnreadableInput where the translator is not installed."""
    source = copy.deepcopy(body)
    aside, unread = _set_aside(source)
    folders = dict(_point_elsewhere(source))
    for _ in range(SAM_ROUNDS.most):
        made, refusals = _translate(source, file)
        if made is not None:
            return _finish(body, made, aside, folders, tuple(unread))
        unread += [Unknown(f"{id or 'the template'} is not judged: {text}") for id, text in refusals]
        refused = [id for id in dict.fromkeys(id for id, _ in refusals) if id in source["Resources"]]
        if not refused:
            break
        for id in refused:
            del source["Resources"][id]
    rest = {id: item for id, item in body["Resources"].items() if id in aside or not _is_of_sam(item)}
    why = unread or [Unknown(f"the resources of SAM are not judged: {SAM_ROUNDS}")]
    return Expanded({**body, "Resources": rest, "Transform": _other_transforms(body)}, {}, tuple(why))


def _is_of_sam(resource: Raw) -> bool:
    return isinstance(resource, dict) and str(resource.get("Type")).startswith(_PREFIX)


def _set_aside(source: dict[str, Raw]) -> tuple[dict[str, Raw], list[Unknown]]:
    """What the translator cannot be given: loops, and applications that only the repository knows."""
    aside: dict[str, Raw] = {}
    unread: list[Unknown] = []
    for id, resource in list(source["Resources"].items()):
        if not isinstance(resource, dict):
            loop = source["Resources"].pop(id)
            if _PREFIX in repr(loop):
                unread.append(Unknown(f"{id} is not judged: it loops over resources of SAM"))
            else:
                aside[id] = loop
        elif resource.get("Type") == f"{_PREFIX}Application":
            properties = resource.get("Properties")
            if not isinstance(properties, dict) or not isinstance(properties.get("Location"), str):
                aside[id] = source["Resources"].pop(id)
                unread.append(
                    Unknown(
                        f"what {id} makes is not judged: the application is not in a file here", (f"template of {id}",)
                    )
                )
    return aside, unread


def _point_elsewhere(source: dict[str, Raw]) -> Iterator[tuple[str, str]]:
    """Give what is built from a local folder a place, and tell the folder."""
    shared = source.get("Globals")
    common = shared.get("Function") if isinstance(shared, dict) else None
    common = common if isinstance(common, dict) else {}
    for id, resource in source["Resources"].items():
        key = _LOCAL.get(str(resource.get("Type")))
        properties = resource.get("Properties") or {}
        if key is None or not isinstance(properties, dict):
            continue
        function = key == "CodeUri"
        given = properties.get(key, common.get(key) if function else None)
        if isinstance(given, str) and not given.startswith("s3://"):
            yield id, given
            resource["Properties"] = {**properties, key: f"{_PLACE}{id}"}
        elif function and "Image" in (properties.get("PackageType"), common.get("PackageType")):
            resource["Properties"] = {"ImageUri": {"Fn::ImageBuiltAtDeployment": id}, **properties}
        elif function and given is None and "InlineCode" not in properties:
            resource["Properties"] = {**properties, key: f"{_PLACE}{id}"}


def _translate(source: dict[str, Raw], file: str) -> tuple[dict[str, Any] | None, list[tuple[str, str]]]:
    """What the translator makes, with names for values first and, where it wants texts, with texts that stand for them."""
    refusals: list[tuple[str, str]] = []
    for symbols in (Symbols.references(source), Symbols.texts(source)):
        made, refusals = _run(copy.deepcopy(source), symbols, file)
        if made is not None:
            return symbols.restore(made), []
    return None, refusals


class _NoSession:
    """What the translator takes for a session with AWS: a Region, which decides the partition, and nothing else."""

    region_name = "us-east-1"


def _run(source: dict[str, Raw], symbols: Symbols, file: str) -> tuple[dict[str, Any] | None, list[tuple[str, str]]]:
    import logging

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    try:
        from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
        from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError:
        raise UnreadableInput(
            "this is a SAM template, and what expands it is not installed", file=file, line=1,
            hint=f"pip install 'stackflight[sam]', or give the expanded template: {_GET}",
        ) from None  # fmt: skip
    session: Any = _NoSession()
    translator = Translator(
        None, Parser(), boto_session=session, metrics=Metrics("ServerlessTransform", DummyMetricsPublisher())
    )
    try:
        policies = get_bundled_managed_policy_map
        return translator.translate(source, symbols.values, get_managed_policy_map=policies), []
    except InvalidDocumentException as error:
        return None, [(str(getattr(cause, "_logical_id", "") or ""), str(cause.message)) for cause in error.causes]
    except Exception as error:  # a fault of the translator, or a form that it does not expect
        return None, [("", f"the translator of SAM fails with {type(error).__name__}")]


def _finish(
    body: dict[str, Raw],
    made: dict[str, Any],
    aside: dict[str, Raw],
    folders: Mapping[str, str],
    unread: tuple[Unknown, ...],
) -> Expanded:
    resources: dict[str, Any] = made["Resources"]
    for id, resource in resources.items():
        written = body["Resources"].get(id)
        metadata = written.get("Metadata") if isinstance(written, dict) else None
        if isinstance(metadata, dict):
            resource["Metadata"] = metadata
        if id in folders and resource.get("Type") == "AWS::Lambda::Function":
            resource["Metadata"] = {"aws:asset:path": folders[id], **resource.get("Metadata", {})}
    written_ids = sorted(body["Resources"], key=len, reverse=True)
    origins = {
        id: next((other for other in written_ids if id.startswith(other)), "")
        for id in resources
        if id not in body["Resources"]
    }
    other = {"Transform": transforms} if (transforms := _other_transforms(body)) else {}
    return Expanded({**made, **other, "Resources": {**resources, **aside}}, origins, unread)


def _other_transforms(body: dict[str, Raw]) -> list[Raw]:
    given = body.get("Transform")
    return [one for one in given if one != TRANSFORM] if isinstance(given, list) else []
