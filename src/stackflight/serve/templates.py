"""Templates as clients read them: GetTemplate, GetTemplateSummary, ValidateTemplate, stack policies, limits.

Source: CloudFormation API reference and User Guide, quotas.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.template import Environment, Raw, Template, World
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import Source
from stackflight.read.sam import TRANSFORM as SAM
from stackflight.serve.capabilities import needed_capability
from stackflight.serve.change_sets import find_proposal
from stackflight.serve.desired import NoFiles, parse, read_text, transforms_of
from stackflight.serve.realm import Realm
from stackflight.serve.refusals import invalid, no_stack_to_act_on
from stackflight.serve.starts import Request, Result, read_policy


def get_template(realm: Realm, request: Request) -> Result:
    """GetTemplate: as it was sent, or after its transform."""
    if "ChangeSetName" in request:
        _, proposal = find_proposal(realm, request)
        text = proposal.desired.text
    else:
        if "StackName" not in request:
            raise invalid("StackName is required if ChangeSetName is not specified.")
        record = realm.need(request["StackName"])
        text = record.desired.text if record.desired is not None else record.live.template.template.text
    if request.get("TemplateStage") == "Processed" and SAM in transforms_of(template := parse(text)):
        text = json.dumps(template.body, default=str)
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


def get_template_summary(realm: Realm, request: Request) -> Result:
    """GetTemplateSummary."""
    if "StackName" in request:
        record = realm.need(request["StackName"])
        text = record.desired.text if record.desired is not None else record.live.template.template.text
    else:
        text = read_text(request, None, realm.around())
    template = parse(text)
    resources = template.section("Resources")
    by_type: dict[str, list[str]] = {}
    for name, raw in resources.items():
        by_type.setdefault(_type(raw), []).append(name)
    parameters = [
        {
            **_declared(name, raw),
            "ParameterType": str(raw.get("Type", "String")),
            "ParameterConstraints": {"AllowedValues": [str(item) for item in raw.get("AllowedValues") or []]},
        }
        for name, raw in _parameters(template)
    ]
    return {
        **_said(realm, template),
        "Parameters": parameters,
        "ResourceTypes": list(by_type),
        "Version": _text(template.body.get("AWSTemplateFormatVersion")),
        "Metadata": json.dumps(template.body["Metadata"], default=str) if "Metadata" in template.body else None,
    }


def validate_template(realm: Realm, request: Request) -> Result:
    """ValidateTemplate."""
    template = parse(read_text(request, None, realm.around()))
    return {**_said(realm, template), "Parameters": [_declared(name, raw) for name, raw in _parameters(template)]}


def _said(realm: Realm, template: Template) -> Result:
    """What both operations tell of a template: Raises Refusal where it cannot be resolved."""
    try:
        world = join_stacks([Source("template", template, Environment())], {}, NoFiles(), realm.environment)
    except UnreadableInput as error:
        raise invalid(f"Template format error: {error.message}") from None
    for defect in world.stack("template").defects:
        raise invalid(f"Template error: {defect.message}")
    return {
        "Description": _text(template.body.get("Description")),
        **_capabilities(world),
        "DeclaredTransforms": transforms_of(template),
    }


def _capabilities(world: World) -> Result:
    needed, types = needed_capability(world)
    if not needed:
        return {"Capabilities": []}
    reason = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    return {"Capabilities": [needed], "CapabilitiesReason": reason}


def _parameters(template: Template) -> list[tuple[str, Mapping[str, Raw]]]:
    return [(name, raw) for name, raw in template.section("Parameters").items() if isinstance(raw, dict)]


def _declared(name: str, raw: Mapping[str, Raw]) -> dict[str, Any]:
    return {
        "ParameterKey": name,
        "DefaultValue": _text(raw.get("Default")),
        "NoEcho": str(raw.get("NoEcho", "")).lower() == "true",
        "Description": _text(raw.get("Description")),
    }


def _text(value: Raw) -> str | None:
    return None if value is None else str(value)


def _type(raw: Raw) -> str:
    return str(raw.get("Type")) if isinstance(raw, dict) else ""


def set_stack_policy(realm: Realm, request: Request) -> Result:
    """SetStackPolicy."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    record.policy = read_policy(realm, request, "StackPolicy")
    return {}


def get_stack_policy(realm: Realm, request: Request) -> Result:
    """GetStackPolicy."""
    record = realm.need(request["StackName"], no_stack_to_act_on(request["StackName"]))
    return {"StackPolicyBody": record.policy or None}


_LIMITS = {"StackLimit": 2000, "StackOutputsLimit": 200, "ConcurrentResourcesLimit": 2500}


def describe_account_limits(realm: Realm, request: Request) -> Result:  # noqa: ARG001 -- every operation is called alike
    """DescribeAccountLimits: the service's defaults."""
    return {"AccountLimits": [{"Name": name, "Value": value} for name, value in _LIMITS.items()]}
