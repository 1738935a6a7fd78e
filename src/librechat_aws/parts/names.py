"""Names where AWS insists on one: unique to the stack, so that what a removed stack retained is never in the way."""

from __future__ import annotations

from aws_cdk import Fn, Stack
from constructs import Construct


def unique_name(scope: Construct, prefix: str) -> str:
    """`prefix-xxxxxxxx`, with the first eight characters of the stack's own id, which is new with every stack."""
    guid = Fn.select(2, Fn.split("/", Stack.of(scope).stack_id))
    return f"{prefix}-{Fn.select(0, Fn.split('-', guid))}"
