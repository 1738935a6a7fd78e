"""The right to call the configured Bedrock models, and nothing else.

A cross-Region inference profile runs the model in other Regions: the caller needs the profile in its own Region and
the foundation model in every destination. Source: Bedrock user guide, "Prerequisites for inference profiles".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam

_PROFILE = re.compile(r"^(global|us|us-gov|eu|apac|jp|au|ca|sa)\.(?P<model>.+)$")


def allow_models(stack: Stack, models: Iterable[str], *, streaming: bool) -> iam.PolicyStatement:
    """A statement that allows invoking `models` (model ids or inference-profile ids)."""
    resources: list[str] = []
    for model in models:
        profile = _PROFILE.match(model)
        resources.extend(_profile(stack, model) if profile else [])
        resources.extend(_foundation_model(stack, profile["model"] if profile else model, bool(profile)))
    actions = ["bedrock:InvokeModel"] + (["bedrock:InvokeModelWithResponseStream"] if streaming else [])
    return iam.PolicyStatement(sid="InvokeModels", actions=actions, resources=resources)


def _profile(stack: Stack, profile: str) -> list[str]:
    return [stack.format_arn(service="bedrock", resource="inference-profile", resource_name=profile)]


def _foundation_model(stack: Stack, model: str, elsewhere: bool) -> list[str]:
    regions = ["*", ""] if elsewhere else [stack.region]
    return [
        stack.format_arn(
            service="bedrock",
            region=region,
            account="",
            resource="foundation-model",
            resource_name=model,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        for region in regions
    ]
