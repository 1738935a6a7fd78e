"""Bedrock: the tokens of the models that the template lets somebody call.

A message goes to one of the models that answer; which one is not in the template, so the dearest is counted. Models that
index documents have a line of their own. A cross-Region profile is paid by the profile. Source: Bedrock pricing.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import ASSUMED
from stackflight.model.template import Resource
from stackflight.model.usage import Usage
from stackflight.model.value import Value, as_list, dig, known_text, render, walk
from stackflight.patterns import compile_later
from stackflight.price.reading import Reading

POLICIES = {
    "AWS::IAM::Policy": ("PolicyDocument",), "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::RolePolicy": ("PolicyDocument",), "AWS::IAM::UserPolicy": ("PolicyDocument",),
    "AWS::IAM::Role": ("Policies",), "AWS::IAM::User": ("Policies",), "AWS::IAM::Group": ("Policies",),
}  # fmt: skip
_MODEL = compile_later(r":(?P<kind>foundation-model|inference-profile)/(?P<id>[A-Za-z0-9.:_-]+)$")
_GEOGRAPHY = compile_later(r"^(global|us|us-gov|eu|apac|jp|au|ca|sa)\.")
_KEYS = ("users", "messages_a_day", "active_days")
_INDEXING = ("embed", "rerank")


def find_models(resource: Resource) -> Iterator[str]:
    """The models that a policy allows to be called, profiles before the models behind them."""
    for part in POLICIES[resource.type]:
        for statement in _statements(resource.get(part)):
            actions = {known_text(action) or "" for action in as_list(dig(statement, "Action"))}
            if dig(statement, "Effect") == "Deny" or not any(action.startswith("bedrock:Invoke") for action in actions):
                continue
            found = [match for arn in as_list(dig(statement, "Resource")) if (match := _MODEL.search(render(arn)))]
            profiles = [match["id"] for match in found if match["kind"] == "inference-profile"]
            behind = {_GEOGRAPHY.sub("", name) for name in profiles}
            yield from profiles
            yield from (
                match["id"] for match in found if match["kind"] != "inference-profile" and match["id"] not in behind
            )


def _statements(value: Value) -> Iterator[Value]:
    for item in walk(value):
        if isinstance(item, dict) and "Statement" in item:
            yield from as_list(item["Statement"])


def is_indexing(model: str) -> bool:
    """Whether a model turns documents into vectors, or sorts them."""
    return any(word in model for word in _INDEXING)


def read_tokens(model: str, usage: Usage) -> Iterator[Reading]:
    """What a model reads and writes in a month."""
    if is_indexing(model):
        key = "indexed_tokens_millions"
        yield Reading(f"Bedrock/{model} input", usage[key], f"{model}: documents", ASSUMED, assumes=(key,))
        return
    messages = usage["users"] * usage["messages_a_day"] * usage["active_days"]
    million = Decimal(1_000_000)
    for way in ("input", "output"):
        key = f"{way}_tokens"
        quantity = messages * usage[key] / million
        yield Reading(f"Bedrock/{model} {way}", quantity, f"{model}: {way} tokens", ASSUMED, assumes=(*_KEYS, key))
