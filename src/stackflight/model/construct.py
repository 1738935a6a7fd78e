"""Paths of constructs, as the CDK writes them -> how people call what stands there."""

from __future__ import annotations

from stackflight.patterns import compile_later

_SINGLETON = compile_later(r"^AWS679f53fac002430cb0da5b7982bd2287$")
"""The function that all AwsCustomResource of a stack share. Source: aws-cdk-lib, custom-resources, AwsCustomResource."""


def name_construct(path: str | None) -> str:
    """`Shop/Vpc/Vpc/Resource` -> `Vpc`: below the stack, without what the CDK puts at the end; empty for an empty path."""
    parts = (path or "").split("/")[1:]
    while len(parts) > 1 and parts[-1] in {"Resource", "Default"}:
        parts.pop()
    kept = [part for index, part in enumerate(parts) if index == 0 or part != parts[index - 1]]
    return "/".join(_SINGLETON.sub("AwsCustomResource", part) for part in kept)
